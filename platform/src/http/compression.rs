//! Long JSON answers are compressed for whoever takes that.

use axum::body::HttpBody;
use axum::http::{HeaderValue, Response, header};
use tower_http::compression::{CompressionLayer, CompressionLevel, Predicate};

use crate::problem;

/// What is shorter fits into a packet or so as it is.
const MIN_BYTES: u64 = 1_024;

/// gzip, which every client knows, at its fastest level: JSON repeats its names so often that the others save little more.
pub(super) fn layer() -> CompressionLayer<LongJson> {
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(LongJson)
}

/// Of what is not encoded yet, JSON of a length that is known and worth it.
///
/// Not what streams (live events, exports): each part of it is to be sent as it comes. Nor what has an entity tag: a strong one, as
/// `If-Match` wants it, stands for the same bytes each time (RFC 9110 section 8.8.1), and what has one is a single thing, seldom long.
#[derive(Debug, Clone, Copy)]
pub(super) struct LongJson;

impl Predicate for LongJson {
    fn should_compress<B: HttpBody>(&self, response: &Response<B>) -> bool {
        let headers = response.headers();
        let is_long = response.body().size_hint().exact().is_some_and(|bytes| bytes >= MIN_BYTES);
        is_long && !headers.contains_key(header::ETAG) && headers.get(header::CONTENT_TYPE).is_some_and(is_json)
    }
}

fn is_json(content_type: &HeaderValue) -> bool {
    let media_type = content_type.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    media_type == b"application/json" || media_type == problem::CONTENT_TYPE.as_bytes()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::ready;

    use axum::Router;
    use axum::body::{Body, Bytes};
    use axum::http::{HeaderMap, Method, Request};
    use axum::response::IntoResponse;
    use futures::stream;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    const LONG: usize = 10_000;

    /// What comes when `gzip` is taken and the answer is this one.
    async fn asked(method: Method, answer: impl IntoResponse + Clone + Send + Sync + 'static) -> (HeaderMap, Bytes) {
        let router = Router::new().fallback(move || ready(answer.clone())).layer(layer());
        let request = Request::builder().method(method).uri("/").header("accept-encoding", "gzip");
        let (head, body) = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap().into_parts();
        (head.headers, body.collect().await.unwrap().to_bytes())
    }

    fn of_type(media_type: &'static str, bytes: usize) -> ([(&'static str, &'static str); 1], String) {
        ([("content-type", media_type)], "1".repeat(bytes))
    }

    fn json_with(name: &'static str, value: &'static str) -> ([(&'static str, &'static str); 2], String) {
        ([("content-type", "application/json"), (name, value)], "1".repeat(LONG))
    }

    #[tokio::test]
    async fn given_json_of_some_length_when_gzip_is_taken_then_it_is_gzip_and_caches_are_told() {
        for media_type in ["application/json", "application/json; charset=utf-8", "application/problem+json"] {
            let (headers, body) = asked(Method::GET, of_type(media_type, LONG)).await;
            assert_eq!(headers["content-encoding"], "gzip", "{media_type}");
            assert_eq!(headers["vary"], "accept-encoding", "{media_type}");
            assert!(!headers.contains_key("content-length"), "{media_type}");
            assert!(body.starts_with(&[0x1f, 0x8b]) && body.len() < LONG / 10, "{media_type}: {} bytes", body.len());
        }
    }

    #[tokio::test]
    async fn given_what_is_short_or_no_json_or_has_a_tag_when_gzip_is_taken_then_it_is_as_it_was() {
        for (headers, body) in [
            asked(Method::GET, of_type("application/json", 1_023)).await,
            asked(Method::GET, of_type("application/jsonl", LONG)).await,
            asked(Method::GET, of_type("text/html; charset=utf-8", LONG)).await,
            asked(Method::GET, of_type("text/event-stream", LONG)).await,
            asked(Method::GET, json_with("etag", "\"7\"")).await,
        ] {
            assert!(!headers.contains_key("content-encoding") && !headers.contains_key("vary"), "{headers:?}");
            assert!(body.iter().all(|byte| *byte == b'1'), "{headers:?}");
        }
    }

    #[tokio::test]
    async fn given_json_that_is_encoded_already_then_it_is_not_encoded_again() {
        let (headers, body) = asked(Method::GET, json_with("content-encoding", "br")).await;
        assert_eq!(headers["content-encoding"], "br");
        assert_eq!(body, "1".repeat(LONG));
    }

    #[tokio::test]
    async fn given_json_whose_end_is_not_known_then_its_parts_come_as_they_are() {
        let parts = || Body::from_stream(stream::iter([Ok::<_, Infallible>("1".repeat(LONG)), Ok("2".to_owned())]));
        let answer = move || ready(([("content-type", "application/json")], parts()));
        let router = Router::new().fallback(answer).layer(layer());
        let request = Request::get("/").header("accept-encoding", "gzip").body(Body::empty()).unwrap();
        let mut response = router.oneshot(request).await.unwrap();
        assert!(!response.headers().contains_key("content-encoding"));
        let first = response.body_mut().frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(first, "1".repeat(LONG));
    }

    #[tokio::test]
    async fn given_only_the_head_is_asked_for_then_it_is_that_of_the_compressed_answer() {
        let (headers, body) = asked(Method::HEAD, of_type("application/json", LONG)).await;
        assert_eq!(headers["content-encoding"], "gzip");
        assert!(body.is_empty() && !headers.contains_key("content-length"), "{headers:?}");
    }
}
