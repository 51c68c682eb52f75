//! `POST /tags/{tag}/rename`

use axum::Json;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderName, StatusCode};
use chrono::{DateTime, Utc};
use domain::task::{TagRename, tag_rename_id};
use domain::tenant;
use platform::http::{JsonObject, PathName, Preconditions};
use platform::problem::{FieldError, Problem, ProblemBody};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::ProcessState;
use crate::tag_renames::{self, Asked, Rename, Status};

/// The new name of a tag.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = NewTagName)]
pub(super) struct NewName {
    /// 1 to 64 characters, as in a task's `tags`. Where it is a tag already, the two become one.
    #[schema(min_length = 1, max_length = 64, example = "household")]
    to: String,
}

/// The rename of a tag over all tasks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TagRename)]
pub(super) struct RenameBody {
    /// Names it.
    id: Uuid,
    /// The old name.
    from: String,
    /// The new name.
    to: String,
    /// Where it stands.
    status: Status,
    /// Tasks that were changed so far.
    changed: u64,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When it ended; `null` while it runs.
    #[schema(required = true)]
    finished_at: Option<DateTime<Utc>>,
}

impl RenameBody {
    pub(super) fn of(rename: Rename) -> Self {
        let Rename { id, names, status, changed, created_at, finished_at, .. } = rename;
        let (from, to) = (names.from().to_owned(), names.to().to_owned());
        Self { id, from, to, status, changed, created_at, finished_at }
    }
}

/// Gives a tag another name on every task that carries it, deleted ones aside.
///
/// It goes on by itself after the answer; `GET /tag-renames/{id}` tells how far it is. Each task is changed once, by a change of its own,
/// which its history shows and an undo takes back. A task that has both names keeps one, at the place of the first of them. A tag that no task
/// carries is renamed at once, in none.
#[utoipa::path(
    post,
    path = "/tags/{tag}/rename",
    tag = "tasks",
    params(
        ("tag" = String, Path, description = "The tag"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same names gives the first answer again, and renames nothing twice; with other names it is 422. 1 to 255 characters"),
    ),
    request_body = NewName,
    responses(
        (status = 202, description = "It will be renamed", body = RenameBody, headers(
            ("Location" = String, description = "Path of the rename"),
        )),
        (status = 400, description = "The body, the key or the query cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "The body is of another media type", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A name is no valid tag, or both are the same; or an `If-Match`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn rename_tag(
    State(state): State<ProcessState>,
    PathName(tag): PathName,
    preconditions: Preconditions,
    JsonObject(body): JsonObject,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<RenameBody>), Problem> {
    preconditions.refuse_if_match("where no version is that of all tasks")?;
    let names = TagRename::from_json(&tag, &body).map_err(|violations| {
        Problem::invalid(violations.0.into_iter().map(|violation| FieldError::new(violation.field, violation.detail)))
    })?;
    let key = preconditions.idempotency_key.as_deref();
    let id = key.map_or_else(Uuid::now_v7, |key| tag_rename_id(tenant::DEFAULT, key));
    let renames = &state.tag_renames;
    let rename = Rename::new(id, tenant::DEFAULT, names, renames.clock().now());
    let Asked::Accepted(rename) = tag_renames::ask(renames.pool(), &rename).await.map_err(away)? else {
        let detail = "the Idempotency-Key was used before for another rename; use a new key";
        return Err(Problem::idempotency_key_reused(detail));
    };
    renames.alarm().ring();
    let location = format!("/tag-renames/{id}");
    Ok((StatusCode::ACCEPTED, [(LOCATION, location)], Json(RenameBody::of(rename))))
}

pub(super) fn away(error: sqlx::Error) -> Problem {
    tracing::error!(%error, "the renames of tags cannot be reached");
    Problem::unavailable("postgres cannot be reached")
}
