//! A receiver of webhooks that keeps what it got.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Response, StatusCode};
use notification::webhook::Secret;
use tokio::net::TcpListener;
use url::Url;

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    /// A header's text; empty where it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Whether it is signed as Standard Webhooks says.
    pub(crate) fn is_signed_with(&self, secret: &Secret) -> bool {
        notification::webhook::verify(
            secret,
            self.header("webhook-id"),
            self.header("webhook-timestamp"),
            self.header("webhook-signature"),
            &self.body,
        )
    }
}

/// It lives as long as the runtime of its test.
pub(crate) struct Receiver {
    port: u16,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    /// One that answers every request with `status` and `headers`.
    pub(crate) async fn start(status: u16, headers: &[(&str, &str)]) -> Self {
        let mut answer = Response::builder().status(StatusCode::from_u16(status).unwrap());
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        let answer = answer.body("thank you".to_owned()).unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&received);
        let handler = async move |method: Method, headers: HeaderMap, body: Bytes| {
            keep.lock().unwrap().push(Received { method, headers, body });
            answer
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await });
        Self { port, received }
    }

    /// Its URL under a name or address of this machine.
    pub(crate) fn url_at(&self, host: &str) -> Url {
        format!("http://{host}:{}/hook", self.port).parse().unwrap()
    }

    /// Its URL.
    pub(crate) fn url(&self) -> Url {
        self.url_at("127.0.0.1")
    }

    /// What it got so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}
