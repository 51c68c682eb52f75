//! `GET /tags`

use axum::extract::State;
use domain::task::Status;
use platform::http::QueryParams;
use platform::problem::{Problem, ProblemBody};
use serde::Serialize;
use utoipa::ToSchema;

use super::QueryState;
use super::answer::Answer;
use super::consistency::Consistency;
use super::failure::ask;
use super::task_params::values;
use crate::lists::index::Shown;
use crate::lists::tags::{self, TagCount};
use crate::projections;

/// Every tag in use.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TagPage {
    /// The tags, in the order of their bytes.
    items: Vec<TagCount>,
    /// Always `null`: they come in one page.
    next_cursor: Option<String>,
}

/// Lists the tags in use and how many tasks carry each.
#[utoipa::path(
    get,
    path = "/tags",
    tag = "tasks",
    params(
        ("status" = Option<Vec<Status>>, Query, description = "Only tasks with any of these statuses count, and only tags that one of them carries are listed; repeat it for several"),
        ("Consistency-Token" = Option<String>, Header, description = "Wait until the answer shows this write"),
        ("Prefer" = Option<String>, Header, description = "`wait=2`: for how many seconds, at most 7; `handling=lenient`: then take a stale answer"),
    ),
    responses(
        (status = 200, description = "The tags", body = TagPage, headers(
            ("Consistency-Token" = String, description = "What the answer shows at least"),
        )),
        (status = 400, description = "`Consistency-Token` or `Prefer` cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown or wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The token was not reached in time, or Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_tags(
    State(state): State<QueryState>,
    consistency: Consistency,
    params: QueryParams,
) -> Result<Answer<TagPage>, Problem> {
    params.allow(&[], &["status"])?;
    let mut errors = Vec::new();
    let statuses = values::words(&params, "status", &mut errors, |status: &Status| status.as_str());
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let (mut reflects, [tasks]) = consistency.reach_tables(&state.positions, [projections::tasks::NAME]).await?;
    let wanted = consistency.wanted(&reflects);
    let items = if let Some(Shown { answer, shows }) = state.index.tags(tasks, state.tenant(), &statuses, &wanted).await
    {
        reflects.token = shows;
        answer
    } else {
        let tags = ask(tags::all(&state.pool, tasks, state.tenant(), &statuses)).await?;
        state.index.note(tasks, &state.positions.token(&[projections::tasks::NAME]));
        tags
    };
    Ok(Answer { body: TagPage { items, next_cursor: None }, reflects })
}
