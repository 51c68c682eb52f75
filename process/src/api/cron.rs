//! `POST /cron/recurrence` and `POST /cron/reminders`: a clock from outside, such as a Dapr cron binding, says that time has passed.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use platform::clock::Clock;
use platform::http::QueryParams;
use platform::problem::{Problem, ProblemBody};
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::ProcessState;
use crate::manager::Timed;
use crate::metric_definitions as metric;

/// The longest a tick works; what is left then is done by the next one.
const TICK_MAX: Duration = Duration::from_secs(5);

/// What a tick has done.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Tick {
    /// So many were due.
    fired: usize,
    /// Others are due, and wait for the next tick.
    more: bool,
}

/// Makes the tasks whose time has come in series that go by the time.
///
/// The process role has a clock of its own that does the same; both together make nothing twice. The body is ignored.
#[utoipa::path(
    post,
    path = "/cron/recurrence",
    tag = "operations",
    responses(
        (status = 200, description = "What was due is done", body = Tick),
        (status = 400, description = "The query cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The log or Postgres cannot be reached: tick again", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn tick_recurrence(
    State(state): State<ProcessState>,
    params: QueryParams,
) -> Result<Json<Tick>, Problem> {
    params.allow(&[], &[])?;
    tick(&*state.recurrence, &state.clock).await
}

/// Lets those reminders ring whose time has come.
///
/// The process role has a clock of its own that does the same; both together let none ring twice. The body is ignored.
#[utoipa::path(
    post,
    path = "/cron/reminders",
    tag = "operations",
    responses(
        (status = 200, description = "What was due is done", body = Tick),
        (status = 400, description = "The query cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The log or Postgres cannot be reached: tick again", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn tick_reminders(
    State(state): State<ProcessState>,
    params: QueryParams,
) -> Result<Json<Tick>, Problem> {
    params.allow(&[], &[])?;
    tick(&*state.reminders, &state.clock).await
}

async fn tick(timed: &dyn Timed, clock: &Clock) -> Result<Json<Tick>, Problem> {
    let until = Instant::now() + TICK_MAX;
    let (mut fired, mut more) = (0, true);
    while more && Instant::now() < until {
        let round = timed.fire(clock.now()).await.map_err(|failure| {
            metric::failed(timed.name());
            tracing::error!(clock = timed.name(), error = %failure, "what is due cannot be done");
            Problem::unavailable(format!("what is due cannot be done: {failure}"))
        })?;
        metric::fired(timed.name(), round.rows);
        fired += round.rows;
        more = round.more;
    }
    Ok(Json(Tick { fired, more }))
}
