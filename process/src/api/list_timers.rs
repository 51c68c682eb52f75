//! `GET /timers`

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use platform::http::QueryParams;
use platform::problem::{Problem, ProblemBody};
use serde::Serialize;
use utoipa::ToSchema;

use super::ProcessState;
use crate::timers::{self, Waiting};

/// What waits for its time.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TimerPage {
    /// Each process manager that has a clock.
    items: Vec<Timer>,
    /// Always `null`: they come in one page.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// What waits for its time with one process manager.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Timer {
    /// The manager: `recurrence` (occurrences that come by the time), `reminders`, `notify` (deliveries), `tag-renames`.
    #[schema(example = "reminders")]
    name: String,
    /// What has a time, that which is due among it. Counted up to 10,000: where it is so many, there may be more.
    waiting: u32,
    /// What is due. Counted up to 10,000.
    due: u32,
    /// Since when the oldest of it has been due; `null` where nothing is.
    #[schema(required = true)]
    oldest_due: Option<DateTime<Utc>>,
    /// Seconds since then; 0 where nothing is due.
    late_seconds: f64,
    /// The earliest time that is still to come; `null` where there is none.
    #[schema(required = true)]
    next: Option<DateTime<Utc>>,
}

impl Timer {
    fn of(waiting: Waiting) -> Self {
        let late_seconds = waiting.late_seconds();
        let Waiting { manager, waiting, due, oldest_due, next, .. } = waiting;
        Self { name: manager.to_owned(), waiting, due, oldest_due, late_seconds, next }
    }
}

/// How much waits for its time with each process manager, how much is due, and how late that is.
///
/// What is due is done within a second. What stays due says that nobody does it: no process that has the manager runs, it cannot reach the
/// log, or `INTERNAL_CLOCK` is off and nothing ticks. A delivery that is being worked on is not due; of such a rename, the time is when it is
/// given up for lost.
#[utoipa::path(
    get,
    path = "/timers",
    tag = "operations",
    responses(
        (status = 200, description = "Each manager that has a clock", body = TimerPage),
        (status = 400, description = "The query cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_timers(
    State(state): State<ProcessState>,
    params: QueryParams,
) -> Result<Json<TimerPage>, Problem> {
    params.allow(&[], &[])?;
    let waiting = timers::all(state.tag_renames.pool(), state.clock.now()).await.map_err(away)?;
    let items = waiting.into_iter().map(Timer::of).collect();
    Ok(Json(TimerPage { items, next_cursor: None }))
}

fn away(error: sqlx::Error) -> Problem {
    tracing::error!(%error, "what waits for its time cannot be counted");
    Problem::unavailable("postgres cannot be reached")
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn given_what_is_due_when_told_then_it_is_as_late_as_the_oldest_of_it() {
        let at: DateTime<Utc> = "2026-11-30T08:00:00Z".parse().unwrap();
        let waiting = |oldest_due| Waiting { manager: "reminders", at, waiting: 3, due: 1, oldest_due, next: None };
        let oldest = at - TimeDelta::milliseconds(90_250);
        assert_eq!(Timer::of(waiting(Some(oldest))).late_seconds, 90.25);
        assert_eq!(Timer::of(waiting(None)).late_seconds, 0.0);
    }
}
