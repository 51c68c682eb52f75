//! What is kept of a request, so that it can be sent once more.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::request::Parts;
use futures::{StreamExt, stream};
use platform::http::{BODY_MAX_BYTES, read_body};
use platform::problem::Problem;

/// A request that can be sent once more, as long as nothing of its body is gone.
pub(super) struct Again {
    head: Parts,
    body: Unread,
}

/// A body until somebody begins to read it.
type Unread = Arc<Mutex<Option<Body>>>;

impl Again {
    /// The request as it is to be sent, and what is kept of it.
    ///
    /// Of one that may arrive twice (`harmless`) the body is read first, if it tells its length and is no longer than what an upstream reads
    /// of a body that it does not work off as it comes. Any other passes as it comes: before a connection that is refused it is still whole,
    /// and after one that ends it is not to be sent again.
    pub(super) async fn keep(request: Request, harmless: bool) -> Result<(Request, Self), Problem> {
        let length = request.body().size_hint().exact().and_then(|length| usize::try_from(length).ok());
        let (head, body) = request.into_parts();
        // Nothing is at once read, and goes on as nothing and not as a body whose length is not known.
        let (sent, kept) = if length.is_some_and(|length| length == 0 || (harmless && length <= BODY_MAX_BYTES)) {
            let body = read_body(body).await?;
            (Body::from(body.clone()), unread(Body::from(body)))
        } else {
            let kept = unread(body);
            (passing(Arc::clone(&kept)), kept)
        };
        let request = Request::from_parts(head.clone(), sent);
        Ok((request, Self { head, body: kept }))
    }

    /// The same request, unless its body has been begun.
    pub(super) fn request(self) -> Option<Request> {
        let body = begin(&self.body)?;
        Some(Request::from_parts(self.head, body))
    }
}

fn unread(body: Body) -> Unread {
    Arc::new(Mutex::new(Some(body)))
}

/// The body, which is then whoever's that asks first.
fn begin(body: &Unread) -> Option<Body> {
    body.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// A body that is begun when it is asked for its first part.
fn passing(body: Unread) -> Body {
    let begun = stream::once(async move { begin(&body) });
    Body::from_stream(begun.flat_map(|body| body.unwrap_or_default().into_data_stream()))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::future::OptionFuture;
    use http_body_util::BodyExt;

    use super::*;

    async fn text(request: Request) -> Vec<u8> {
        request.into_body().collect().await.unwrap().to_bytes().to_vec()
    }

    #[tokio::test]
    async fn given_a_body_that_passes_as_it_comes_then_it_is_kept_until_it_is_begun() {
        for harmless in [false, true] {
            let parts = || Body::from_stream(stream::iter(["a", "b"].map(Ok::<_, Infallible>)));
            let (request, again) = Again::keep(Request::new(parts()), harmless).await.unwrap();
            drop(request);
            assert_eq!(text(again.request().expect("nobody has begun it")).await, b"ab");

            let (mut request, again) = Again::keep(Request::new(parts()), harmless).await.unwrap();
            request.body_mut().frame().await.unwrap().unwrap();
            assert!(again.request().is_none(), "its first part is gone");
            assert_eq!(text(request).await, b"b");
        }
    }

    #[tokio::test]
    async fn given_a_body_of_known_length_then_it_can_be_sent_after_it_was_read_where_it_may_arrive_twice() {
        for (harmless, expected) in [(false, None), (true, Some(b"ab".to_vec()))] {
            let (request, again) = Again::keep(Request::new(Body::from("ab")), harmless).await.unwrap();
            assert_eq!(text(request).await, b"ab");
            assert_eq!(OptionFuture::from(again.request().map(text)).await, expected);
        }
    }

    #[tokio::test]
    async fn given_no_body_then_none_is_sent_either_time() {
        let (request, again) = Again::keep(Request::new(Body::empty()), false).await.unwrap();
        assert_eq!(request.body().size_hint().exact(), Some(0));
        assert_eq!(again.request().unwrap().body().size_hint().exact(), Some(0));
    }
}
