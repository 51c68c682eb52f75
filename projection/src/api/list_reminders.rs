//! `GET /reminders`

use axum::extract::State;
use domain::reminder::ReminderStatus;
use platform::http::{Page, QueryParams};
use platform::problem::{FieldError, Problem, ProblemBody};

use super::QueryState;
use super::answer::Answer;
use super::consistency::Consistency;
use super::failure::ask;
use crate::lists::reminders::{self, ORDER, ReminderFilter, ReminderPage};
use crate::projections;

/// Lists reminders, soonest first.
#[utoipa::path(
    get,
    path = "/reminders",
    tag = "reminders",
    params(
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
        (status = 422, description = "A parameter is unknown or wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The token was not reached in time, or Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_reminders(
    State(state): State<QueryState>,
    consistency: Consistency,
    params: QueryParams,
) -> Result<Answer<ReminderPage>, Problem> {
    let filter = filter(&params, state.tenant(), None)?;
    let page = Page::read(&params, ORDER, &filter.fingerprint())?;
    let (reflects, [generation]) = consistency.reach_tables(&state.positions, [projections::reminders::NAME]).await?;
    let body = ask(reminders::page(&state.pool, generation, &filter, page.limit, page.cursor.as_ref())).await?;
    Ok(Answer { body, reflects })
}

/// Reads the conditions on reminders.
pub(super) fn filter(
    params: &QueryParams,
    tenant: &str,
    task_id: Option<uuid::Uuid>,
) -> Result<ReminderFilter, Problem> {
    params.allow(&["limit", "cursor"], &["status"])?;
    let mut status: Vec<ReminderStatus> = Vec::new();
    for text in params.all("status") {
        status.push(text.parse().map_err(|detail: String| Problem::invalid([FieldError::new("status", detail)]))?);
    }
    status.sort_by_key(|status| status.as_str());
    status.dedup();
    Ok(ReminderFilter { tenant: tenant.to_owned(), task_id, status })
}
