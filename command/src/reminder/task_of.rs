//! The task that a reminder belongs to, read from the log's own state.

use domain::reminder::{Reminder, ReminderRejection};
use domain::task::{Due, Task, TaskRejection};
use kafka_es::Freshness;
use platform::problem::Problem;
use uuid::Uuid;

use crate::failure::{load_problem, not_found};
use crate::state::CommandState;

/// The task as the log has it at this moment; 404 where there is none or it is deleted.
pub(super) async fn task_of(state: &CommandState, id: Uuid) -> Result<Task, Problem> {
    state
        .tasks
        .load(&state.stream(id), Freshness::Barrier)
        .await
        .map_err(load_problem)?
        .map(|loaded| loaded.aggregate)
        .filter(Task::exists)
        .ok_or_else(not_found::<TaskRejection>)
}

/// The due date of the task of the reminder `id`, which a time relative to it is counted from; 404 where there is no such reminder.
pub(super) async fn due_of_reminder(state: &CommandState, id: Uuid) -> Result<Option<Due>, Problem> {
    let reminder = state
        .reminders
        .load(&state.stream(id), Freshness::Barrier)
        .await
        .map_err(load_problem)?
        .map(|loaded| loaded.aggregate)
        .filter(Reminder::exists)
        .ok_or_else(not_found::<ReminderRejection>)?;
    Ok(task_of(state, reminder.task_id).await?.due)
}
