//! Somebody's own server that takes webhooks.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;

/// A request that came.
#[derive(Clone, Debug)]
pub struct Taken {
    /// `webhook-id`.
    pub id: String,
    /// `webhook-signature`.
    pub signature: String,
    /// `content-type`.
    pub content_type: String,
    /// The body.
    pub body: Value,
}

/// The running server.
pub struct Receiver {
    url: String,
    taken: Arc<Mutex<Vec<Taken>>>,
    /// What is answered.
    status: Arc<Mutex<StatusCode>>,
    server: tokio::task::JoinHandle<()>,
}

impl Receiver {
    /// Listens on a free loopback port.
    ///
    /// # Panics
    /// When it cannot.
    pub async fn start() -> Self {
        let (taken, status) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(StatusCode::NO_CONTENT)));
        let (into, answers) = (Arc::clone(&taken), Arc::clone(&status));
        let take = async move |headers: HeaderMap, body: Bytes| {
            let text = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
            into.lock().unwrap().push(Taken {
                id: text("webhook-id"),
                signature: text("webhook-signature"),
                content_type: text("content-type"),
                body: serde_json::from_slice(&body).unwrap(),
            });
            *answers.lock().unwrap()
        };
        let router = Router::new().route("/hook", post(take));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, taken, status, server }
    }

    /// Where it takes webhooks.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Answers with this status from now on.
    ///
    /// # Panics
    /// When it is no status.
    pub fn answer(&self, status: u16) {
        *self.status.lock().unwrap() = StatusCode::from_u16(status).unwrap();
    }

    /// What has come so far.
    ///
    /// # Panics
    /// Never: the lock is not held across a panic.
    #[must_use]
    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}
