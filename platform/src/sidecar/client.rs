//! One question to the sidecar, and its answer.

use std::fmt;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde_json::Value;

/// By this, daprd knows its own application, where it was told to ask.
pub const TOKEN: HeaderName = HeaderName::from_static("dapr-api-token");
/// It is on this machine: one that does not take a connection at once is not there.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);
/// How long a connection that nobody uses is kept.
const IDLE: Duration = Duration::from_secs(30);
/// No answer that is read here is longer.
const ANSWER_MAX_BYTES: usize = 1024 * 1024;
/// So much of a refusal is told.
const SAID_MAX_CHARS: usize = 300;

/// The sidecar of this process. Clones share its connections.
#[derive(Clone)]
pub struct Sidecar {
    address: String,
    token: Option<HeaderValue>,
    client: Client<HttpConnector, Body>,
}

/// Why the sidecar has not done what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum SidecarError {
    /// Nobody is there, or the connection ended.
    #[error("the Dapr sidecar at {address} cannot be reached")]
    Away {
        /// Where it was looked for.
        address: String,
        /// What failed.
        #[source]
        source: ClientError,
    },
    /// It has not answered in time, or not to the end.
    #[error("the Dapr sidecar at {address} has not answered")]
    Silent {
        /// Where it is.
        address: String,
    },
    /// It answered that it cannot or may not.
    #[error("the Dapr sidecar answers {status}: {said}")]
    Refused {
        /// The status.
        status: StatusCode,
        /// What it said.
        said: String,
    },
    /// The question or the answer is not what this build knows.
    #[error("{0}")]
    Unreadable(&'static str),
}

impl fmt::Debug for Sidecar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sidecar").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Sidecar {
    /// The one whose HTTP API is at this port of the loopback interface; it is shown `token`.
    #[must_use]
    pub fn new(port: u16, token: Option<HeaderValue>) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_WITHIN));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(connector);
        Self { address: format!("127.0.0.1:{port}"), token, client }
    }

    /// Asks, and waits for so long; gives the body of an answer that is no refusal.
    pub(super) async fn ask(
        &self,
        (method, path): (Method, &str),
        body: Option<&Value>,
        limit: Duration,
    ) -> Result<Bytes, SidecarError> {
        let request = self.request(method, path, body)?;
        let silent = || SidecarError::Silent { address: self.address.clone() };
        let answered = async {
            let away = |source| SidecarError::Away { address: self.address.clone(), source };
            let (head, body) = self.client.request(request).await.map_err(away)?.into_parts();
            let body = to_bytes(Body::new(body), ANSWER_MAX_BYTES).await.map_err(|_| silent())?;
            if head.status.is_success() { Ok(body) } else { Err(refused(head.status, &body)) }
        };
        tokio::time::timeout(limit, answered).await.unwrap_or_else(|_| Err(silent()))
    }

    fn request(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Request<Body>, SidecarError> {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        if let Some(token) = &self.token {
            request = request.header(TOKEN, token);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        request.body(body).map_err(|_| SidecarError::Unreadable("a name has characters that no path has"))
    }
}

/// What daprd says of itself is `{"errorCode": …, "message": …}`.
fn refused(status: StatusCode, body: &[u8]) -> SidecarError {
    let told: Option<Value> = serde_json::from_slice(body).ok();
    let message = told.as_ref().and_then(|told| told.get("message")?.as_str());
    let said = message.map_or_else(|| String::from_utf8_lossy(body), Into::into);
    SidecarError::Refused { status, said: said.chars().take(SAID_MAX_CHARS).collect() }
}
