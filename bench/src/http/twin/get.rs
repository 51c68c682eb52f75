//! `GET /tasks/{id}`: one row by its key.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use sqlx::PgPool;
use uuid::Uuid;

use super::failure::Failure;
use super::{TENANT, Task, table};

/// Reads a task.
pub(super) async fn get_task(State(pool): State<PgPool>, Path(id): Path<Uuid>) -> Result<impl IntoResponse, Failure> {
    let columns = table::READ;
    let statement = format!("SELECT {columns} FROM tasks WHERE deleted_at IS NULL AND tenant = $1 AND id = $2");
    let task: Option<Task> = sqlx::query_as(&statement).bind(TENANT).bind(id).fetch_optional(&pool).await?;
    let task = task.ok_or(Failure::NotFound)?;
    Ok(([(header::ETAG, task.etag())], Json(task)))
}
