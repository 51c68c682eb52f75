//! `GET /tasks/{id}/reminders`

use axum::extract::State;
use domain::reminder::ReminderStatus;
use platform::http::{Page, PathUuid, QueryParams};
use platform::problem::{Problem, ProblemBody};

use super::QueryState;
use super::answer::Answer;
use super::consistency::Consistency;
use super::failure::ask;
use super::get_task::no_task;
use super::list_reminders::filter;
use crate::lists::reminders::{self, ORDER, ReminderPage};
use crate::projections;

/// Lists the reminders of a task, soonest first.
#[utoipa::path(
    get,
    path = "/tasks/{id}/reminders",
    tag = "reminders",
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the task"),
        ("status" = Option<Vec<ReminderStatus>>, Query, description = "Any of these statuses; repeat it for several"),
        ("limit" = Option<u32>, Query, description = "Reminders on a page, 1 to 200, 50 without it"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("Consistency-Token" = Option<String>, Header, description = "Wait until the answer shows this write"),
        ("Prefer" = Option<String>, Header, description = "`wait=2`: for how many seconds, at most 7; `handling=lenient`: then take a stale answer"),
    ),
    responses(
        (status = 200, description = "A page of reminders", body = ReminderPage, headers(
            ("Consistency-Token" = String, description = "What the answer shows at least"),
        )),
        (status = 400, description = "`Consistency-Token` or `Prefer` cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such task", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown or wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The token was not reached in time, or Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_task_reminders(
    State(state): State<QueryState>,
    PathUuid(id): PathUuid,
    consistency: Consistency,
    params: QueryParams,
) -> Result<Answer<ReminderPage>, Problem> {
    let filter = filter(&params, state.tenant(), Some(id))?;
    let page = Page::read(&params, ORDER, &filter.fingerprint())?;
    let needed = [projections::tasks::NAME, projections::reminders::NAME];
    let (reflects, [tasks, generation]) = consistency.reach_tables(&state.positions, needed).await?;
    ask(state.tasks.find(tasks, state.tenant(), id)).await?.ok_or_else(|| no_task(id))?;
    let body = ask(reminders::page(&state.pool, generation, &filter, page.limit, page.cursor.as_ref())).await?;
    Ok(Answer { body, reflects })
}
