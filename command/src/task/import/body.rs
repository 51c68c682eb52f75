//! The body as it comes; what it is read as, the head of the request has said.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use platform::http::read_body;
use platform::problem::Problem;

/// A whole body, which is a file.
#[derive(Debug)]
pub struct FileBody(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for FileBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        read_body(request.into_body()).await.map(Self)
    }
}
