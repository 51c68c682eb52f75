//! `GET /tag-renames`

use axum::Json;
use axum::extract::State;
use domain::tenant;
use platform::http::QueryParams;
use platform::problem::{FieldError, Problem, ProblemBody};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use super::ProcessState;
use super::rename_tag::{RenameBody, away};
use crate::tag_renames::{self, Rename};

/// Renames on a page where `limit` does not say.
const LIMIT_DEFAULT: usize = 50;
/// The most that it may say.
const LIMIT_MAX: usize = 200;

/// A page of renames.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TagRenamePage)]
pub(super) struct RenamePage {
    /// Newest first.
    items: Vec<RenameBody>,
    /// Give it as `cursor` to get the next page; `null` on the last one.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// The renames of tags that were asked for, newest first.
#[utoipa::path(
    get,
    path = "/tag-renames",
    tag = "tasks",
    params(
        ("limit" = Option<u32>, Query, description = "Renames on a page, 1 to 200, 50 without it"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of renames", body = RenamePage),
        (status = 400, description = "The query cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown or wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_tag_renames(
    State(state): State<ProcessState>,
    params: QueryParams,
) -> Result<Json<RenamePage>, Problem> {
    params.allow(&["limit", "cursor"], &[])?;
    let pool = state.tag_renames.pool();
    let (limit, after) = (limit(&params), cursor(&params, pool).await?);
    let (limit, after) = match (limit, after) {
        (Ok(limit), Ok(after)) => (limit, after),
        (limit, after) => return Err(Problem::invalid(limit.err().into_iter().chain(after.err()))),
    };
    let page = tag_renames::page(pool, tenant::DEFAULT, after.as_ref(), limit + 1);
    let mut renames = page.await.map_err(away)?;
    let more = renames.len() > limit;
    renames.truncate(limit);
    let next_cursor = renames.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Json(RenamePage { items: renames.into_iter().map(RenameBody::of).collect(), next_cursor }))
}

fn limit(params: &QueryParams) -> Result<usize, FieldError> {
    let Some(text) = params.one("limit") else { return Ok(LIMIT_DEFAULT) };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text.parse().ok().filter(|limit| digits && (1..=LIMIT_MAX).contains(limit));
    limit.ok_or_else(|| FieldError::new("limit", format!("must be a whole number from 1 to {LIMIT_MAX}")))
}

/// The last rename of the page before, which the cursor names. Renames stay for good, so it is there.
async fn cursor(params: &QueryParams, pool: &PgPool) -> Result<Result<Option<Rename>, FieldError>, Problem> {
    let Some(text) = params.one("cursor") else { return Ok(Ok(None)) };
    let last = match Uuid::try_parse(text) {
        Ok(id) => tag_renames::find(pool, tenant::DEFAULT, id).await.map_err(away)?,
        Err(_) => None,
    };
    let foreign = "is not a cursor this service gave; leave it out to start from the first page";
    Ok(last.map(Some).ok_or_else(|| FieldError::new("cursor", foreign)))
}
