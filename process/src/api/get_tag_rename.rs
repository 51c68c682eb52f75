//! `GET /tag-renames/{id}`

use axum::Json;
use axum::extract::State;
use domain::tenant;
use platform::http::{PathUuid, QueryParams};
use platform::problem::{Problem, ProblemBody};

use super::ProcessState;
use super::rename_tag::{RenameBody, away};
use crate::tag_renames;

/// How far the rename of a tag is.
#[utoipa::path(
    get,
    path = "/tag-renames/{id}",
    tag = "tasks",
    params(("id" = uuid::Uuid, Path, description = "The rename")),
    responses(
        (status = 200, description = "The rename as it stands", body = RenameBody),
        (status = 400, description = "The query cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such rename", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_tag_rename(
    State(state): State<ProcessState>,
    PathUuid(id): PathUuid,
    params: QueryParams,
) -> Result<Json<RenameBody>, Problem> {
    params.allow(&[], &[])?;
    let rename = tag_renames::find(state.tag_renames.pool(), tenant::DEFAULT, id).await.map_err(away)?;
    let rename = rename.ok_or_else(|| Problem::not_found("there is no rename of a tag with this id"))?;
    Ok(Json(RenameBody::of(rename)))
}
