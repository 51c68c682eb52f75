//! `POST /tasks/quick/parse`

use axum::Json;
use axum::extract::State;
use domain::Violations;
use domain::quick::{Part, QuickReminder, QuickRequest, parse};
use domain::reminder::NewReminder;
use domain::task::NewTask;
use platform::http::{JsonObject, QueryParams};
use platform::problem::Problem;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::quick::of_the_text;
use crate::bodies::{QuickBody, ReminderTimeBody, TaskBody};
use crate::failure::invalid;
use crate::state::CommandState;

/// What a line of text was understood as.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParsedQuickTask {
    /// What is left of the line.
    #[schema(example = "pay rent")]
    pub title: String,
    /// What `POST /tasks` would take for it, the title too.
    #[schema(value_type = TaskBody)]
    pub task: Map<String, Value>,
    /// What `POST /tasks/{id}/reminders` would take for each reminder.
    #[schema(value_type = Vec<ReminderTimeBody>)]
    pub reminders: Vec<Map<String, Value>>,
    /// The pieces of the text that were understood, in its order; the others are the title.
    pub understood: Vec<Part>,
}

/// Says what `POST /tasks/quick` would make of a line, and makes nothing.
///
/// For whoever shows what is understood while the line is written: it reads and writes no log, so it takes neither `If-Match` nor
/// `Idempotency-Key` and may be called again and again. A line that would make no task is refused as it would be there.
#[utoipa::path(
    post,
    path = "/tasks/quick/parse",
    tag = "tasks",
    request_body(content = QuickBody, description = "Only `text` is required"),
    responses((status = 200, description = "What was understood", body = ParsedQuickTask))
)]
pub async fn parse_quick_task(
    State(state): State<CommandState>,
    params: QueryParams,
    JsonObject(body): JsonObject,
) -> Result<Json<ParsedQuickTask>, Problem> {
    params.allow(&[], &[])?;
    let QuickRequest { text, time_zone } = QuickRequest::from_json(&body).map_err(invalid)?;
    let quick = parse(&text, state.clock.now().with_timezone(&time_zone).naive_local(), time_zone);
    let task = quick.task();
    let reminders: Vec<_> = quick.reminders.iter().map(QuickReminder::body).collect();
    check(&task, &reminders).map_err(of_the_text)?;
    Ok(Json(ParsedQuickTask { title: quick.title, task, reminders, understood: quick.understood }))
}

/// Whether a task and its reminders can be made of these.
fn check(task: &Map<String, Value>, reminders: &[Map<String, Value>]) -> Result<(), Violations> {
    NewTask::from_json(task)?;
    reminders.iter().try_for_each(|reminder| NewReminder::from_json(reminder).map(|_| ()))
}
