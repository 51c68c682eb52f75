//! `POST /tasks/quick`

use axum::extract::State;
use domain::quick::{Part, QuickReminder, QuickRequest, parse};
use domain::reminder::{NewReminder, ReminderCommand, ReminderView, TaskDue, new_reminder_id};
use domain::task::{NewTask, TaskCommand, TaskView};
use kafka_es::{Committed, Position};
use platform::http::JsonObject;
use platform::problem::{FieldError, Problem};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::create::new_id;
use crate::answer::Answer;
use crate::bodies::QuickBody;
use crate::failure::{create_problem, invalid, problem};
use crate::request::{IfMatch, Preconditions, fingerprint};
use crate::state::CommandState;

/// A task that came of a line of text, and what was understood.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuickTask {
    /// The task.
    #[serde(flatten)]
    #[schema(inline)]
    pub task: TaskView,
    /// The pieces of the text that were understood, in its order; the others are the title.
    pub understood: Vec<Part>,
    /// The reminders that were made.
    pub reminders: Vec<ReminderView>,
}

/// Creates a task from a line of plain English: `pay rent every month on the 1st 9am #home !high`.
///
/// Days, times, recurrences, `#tags`, `!priority` and `remind me …` are understood; the answer says which. What is not understood stays in
/// the title; what stands in quotes is left alone. Days and times are those of `time_zone`.
#[utoipa::path(
    post,
    path = "/tasks/quick",
    tag = "tasks",
    request_body(content = QuickBody, description = "Only `text` is required"),
    responses(
        (status = 201, description = "Created", body = QuickTask, headers(
            ("Location" = String, description = "Path of the task"),
        )),
    )
)]
pub async fn quick_task(
    State(state): State<CommandState>,
    preconditions: Preconditions,
    JsonObject(body): JsonObject,
) -> Result<Answer<QuickTask>, Problem> {
    let QuickRequest { text, time_zone } = QuickRequest::from_json(&body).map_err(invalid)?;
    let id = new_id(&state, &preconditions);
    let meta = state.meta(id, &preconditions, fingerprint("quick", "/tasks/quick", &Value::Object(body)));
    let quick = parse(&text, meta.time.with_timezone(&time_zone).naive_local(), time_zone);
    let new = NewTask::from_json(&quick.task()).map_err(of_the_text)?;
    let command = TaskCommand::Create { id, new, at: meta.time };
    let committed = state.run_on_task(id, command, meta, &preconditions).await.map_err(create_problem)?;
    let task = &committed.aggregate.task;
    let (mut reminders, mut positions) = (Vec::new(), Vec::new());
    for (number, reminder) in quick.reminders.iter().enumerate() {
        let due = TaskDue { due: task.due };
        let (view, position) = remind(&state, id, due, number, reminder).await?;
        reminders.push(view);
        positions.push(position);
    }
    let location = format!("/tasks/{id}");
    let quick = QuickTask { task: TaskView::of(task), understood: quick.understood, reminders };
    Ok(Answer::created(&committed, location, quick).and_at(&positions))
}

/// Schedules a reminder of the line; its id follows from the task and its place in the line, so that a repeated request makes no other.
async fn remind(
    state: &CommandState,
    task_id: uuid::Uuid,
    task: TaskDue,
    number: usize,
    reminder: &QuickReminder,
) -> Result<(ReminderView, Position), Problem> {
    let new = NewReminder::from_json(&reminder.body()).map_err(of_the_text)?;
    let key = format!("quick/{number}");
    let id = new_reminder_id(&state.tenant, task_id, &key);
    let preconditions = Preconditions { if_match: IfMatch::Any, idempotency_key: Some(key), part_of: None };
    let meta = state.meta(id, &preconditions, fingerprint("quick", "/tasks/quick", &Value::Null));
    let command = ReminderCommand::Schedule { id, task_id, new, task: Some(task), at: meta.time };
    let committed: Committed<_> = state.run_on_reminder(id, command, meta, &preconditions).await.map_err(problem)?;
    Ok((ReminderView::of(&committed.aggregate), committed.position))
}

/// The fields are ours; what the client can change is the text.
pub(super) fn of_the_text(violations: domain::Violations) -> Problem {
    let details = violations.0.into_iter().map(|violation| {
        FieldError::new("text".to_owned(), format!("makes a task whose {} {}", violation.field, violation.detail))
    });
    Problem::invalid(details)
}
