//! The task that a reminder belongs to, read from the log's own state.

use domain::reminder::{Reminder, ReminderRejection, TaskDue};
use domain::task::{Task, TaskRejection};
use kafka_es::Freshness;
use platform::problem::Problem;
use uuid::Uuid;

use crate::failure::load_problem;
use crate::state::CommandState;

/// The task as the log has it at this moment; `None` where there is none or it is deleted.
///
/// That is for the command to refuse, not for here: before it is, the stream is asked whether it knows the request already.
pub(super) async fn task_of(state: &CommandState, id: Uuid) -> Result<Option<TaskDue>, Problem> {
    let loaded = state.tasks.load(&state.stream(id), Freshness::Barrier).await;
    let task = loaded.map_err(load_problem::<TaskRejection>)?.map(|loaded| loaded.aggregate.task).filter(Task::exists);
    Ok(task.map(|task| TaskDue { due: task.due }))
}

/// The task of the reminder `id`; `None` also where there is no such reminder.
pub(super) async fn task_of_reminder(state: &CommandState, id: Uuid) -> Result<Option<TaskDue>, Problem> {
    let loaded = state.reminders.load(&state.stream(id), Freshness::Barrier).await;
    let reminder =
        loaded.map_err(load_problem::<ReminderRejection>)?.map(|loaded| loaded.aggregate).filter(Reminder::exists);
    match reminder {
        Some(reminder) => task_of(state, reminder.task_id).await,
        None => Ok(None),
    }
}
