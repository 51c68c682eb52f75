//! Another process that answers calls.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::uri::{Authority, PathAndQuery, Scheme};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use platform::sidecar;

use super::DEADLINE;

/// A machine that is gone answers nothing at all.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// Before the deadline of the whole request, so that the answer names the upstream.
const ANSWER_WITHIN: Duration = Duration::from_secs(DEADLINE.as_secs() - 2);
/// How long a connection that nobody uses is kept.
const IDLE: Duration = Duration::from_secs(30);

/// Where a Dapr sidecar passes calls on to the application that is named next.
const INVOKE: &str = "/v1.0/invoke/";

/// Why there is no such upstream.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// The URL is none, or names no host.
    #[error("{0:?} is not the URL of a server, such as http://command:8080")]
    Url(String),
    /// Connections to upstreams are not encrypted by this process.
    #[error("{0:?} is not an http:// URL; TLS between services is up to a service mesh or a sidecar")]
    Scheme(String),
}

/// Another process that answers calls. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Upstream {
    name: &'static str,
    authority: Authority,
    /// Before each path; empty, or begins with a slash and does not end with one.
    base: String,
    /// Shown to the sidecar that the calls go through.
    token: Option<HeaderValue>,
    client: Client<HttpConnector, Body>,
    answer_within: Duration,
}

/// Why an upstream has not answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// There was no connection, so nothing was done.
    #[error("no connection")]
    Away(#[source] ClientError),
    /// The caller's body broke off.
    #[error("the caller's body cannot be read")]
    Body(#[source] ClientError),
    /// The connection ended before there was an answer.
    #[error("the connection ended without an answer")]
    Broken(#[source] ClientError),
    /// It took too long.
    #[error("no answer in time")]
    Late,
    /// The sidecar on the way could not or would not ask it.
    #[error("the Dapr sidecar answers {0} in its place")]
    Sidecar(StatusCode),
}

impl Failure {
    /// Whether the same request may be sent once more; `harmless` is one that may arrive twice.
    pub(super) fn may_be_repeated(&self, harmless: bool) -> bool {
        match self {
            // Nothing has arrived.
            Self::Away(_) => true,
            Self::Broken(_) | Self::Sidecar(_) => harmless,
            Self::Body(_) | Self::Late => false,
        }
    }
}

impl Upstream {
    /// The process `name` at a base URL such as `http://command:8080`, which may have a path.
    ///
    /// # Errors
    /// When the URL is of another form.
    pub fn new(name: &'static str, url: &str) -> Result<Self, UpstreamError> {
        let parts = url.parse::<Uri>().map_err(|_| UpstreamError::Url(url.to_owned()))?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(UpstreamError::Url(url.to_owned()));
        };
        if scheme != Scheme::HTTP {
            return Err(UpstreamError::Scheme(url.to_owned()));
        }
        let path = parts.path_and_query.as_ref().map_or("", PathAndQuery::path);
        let base = path.trim_end_matches('/').to_owned();
        Ok(Self { name, authority, base, token: None, client: client(), answer_within: ANSWER_WITHIN })
    }

    /// The same; where it is behind a Dapr sidecar, which the path tells, that is shown this token.
    #[must_use]
    pub fn showing(self, token: Option<&HeaderValue>) -> Self {
        let token = token.filter(|_| self.is_invoked()).cloned();
        Self { token, ..self }
    }

    /// Whether calls go by service invocation.
    fn is_invoked(&self) -> bool {
        self.base.starts_with(INVOKE)
    }

    /// The same, with less patience.
    #[cfg(test)]
    pub(super) fn answering_within(self, answer_within: Duration) -> Self {
        Self { answer_within, ..self }
    }

    /// Its name in logs, metrics and problems.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Where a path, with its query, is there.
    pub(super) fn uri(&self, of: &Uri) -> Uri {
        let asked = of.path_and_query().map_or("/", PathAndQuery::as_str);
        let builder = Uri::builder().scheme(Scheme::HTTP).authority(self.authority.clone());
        builder.path_and_query(format!("{}{asked}", self.base)).build().expect("a path after a path is a path")
    }

    /// Sends a request that is addressed to it.
    pub(super) async fn send(&self, mut request: Request) -> Result<Response, Failure> {
        if let Some(token) = &self.token {
            request.headers_mut().insert(sidecar::TOKEN, token.clone());
        }
        match tokio::time::timeout(self.answer_within, self.client.request(request)).await {
            Ok(Ok(response)) if self.is_invoked() && is_of_sidecar(&response) => {
                Err(Failure::Sidecar(response.status()))
            }
            Ok(Ok(response)) => Ok(response.map(Body::new)),
            Ok(Err(error)) if error.is_connect() => Err(Failure::Away(error)),
            Ok(Err(error)) if is_of_the_body(&error) => Err(Failure::Body(error)),
            Ok(Err(error)) => Err(Failure::Broken(error)),
            Err(_) => Err(Failure::Late),
        }
    }
}

fn client() -> Client<HttpConnector, Body> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(CONNECT_WITHIN));
    connector.set_keepalive(Some(IDLE));
    Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE).build(connector)
}

/// Whether a sidecar speaks for itself. An upstream that fails or forbids answers a problem, which is of another media type.
fn is_of_sidecar<B>(response: &axum::http::Response<B>) -> bool {
    let fails = [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::FORBIDDEN].contains(&response.status());
    let media_type = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    fails && media_type.is_none_or(|media_type| media_type.starts_with(b"application/json"))
}

/// Whether the body that was to be sent broke off; it is the only thing here that fails by axum's error.
fn is_of_the_body(error: &ClientError) -> bool {
    let first: Option<&(dyn std::error::Error + 'static)> = Some(error);
    std::iter::successors(first, |error| error.source()).any(|error| error.is::<axum::Error>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_base_url_then_paths_are_below_it_with_their_queries() {
        for (base, path, expected) in [
            ("http://command:8080", "/tasks?q=a%20b", "http://command:8080/tasks?q=a%20b"),
            ("http://command:8080/", "/tasks", "http://command:8080/tasks"),
            (
                "http://[::1]:3500/v1.0/invoke/command/method/",
                "/tasks/%2F",
                "http://[::1]:3500/v1.0/invoke/command/method/tasks/%2F",
            ),
        ] {
            let upstream = Upstream::new("command", base).unwrap();
            assert_eq!(upstream.uri(&path.parse().unwrap()), expected);
        }
    }

    #[test]
    fn given_what_is_no_base_url_then_it_is_refused_with_what_would_be_right() {
        for (url, part) in [
            ("", "http://command"),
            ("command:8080", "http://command"),
            ("/tasks", "http://command"),
            ("https://command", "TLS"),
        ] {
            let error = Upstream::new("command", url).unwrap_err().to_string();
            assert!(error.contains(part) && error.contains(url), "{error}");
        }
    }
}
