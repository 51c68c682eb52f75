//! What is not answered with a task.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a call failed.
#[derive(Debug)]
pub enum Failure {
    /// There is no such task.
    NotFound,
    /// It is not at the version that `If-Match` names.
    OtherVersion,
    /// The request cannot be taken, and what would be right.
    Invalid(&'static str),
    /// Postgres did not answer.
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, detail) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "there is no such task".to_owned()),
            Self::OtherVersion => (StatusCode::PRECONDITION_FAILED, "the task has another version".to_owned()),
            Self::Invalid(detail) => (StatusCode::UNPROCESSABLE_ENTITY, detail.to_owned()),
            Self::Database(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        };
        (status, Json(json!({"status": status.as_u16(), "detail": detail}))).into_response()
    }
}
