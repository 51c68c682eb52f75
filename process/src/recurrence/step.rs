//! What follows from a change of a task that repeats. Pure: the rest does what is said here.

use chrono::{DateTime, Utc};
use domain::task::{Brought, Generate, Status, TaskAggregate};

use super::rows::Successor;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reaction {
    /// Make the task that follows.
    Make(Brought),
    /// Take it back: what brought it about was taken back.
    TakeBack(Successor),
}

/// What an event asks for that has made `after` of `before`.
pub(super) fn reaction(
    before: &TaskAggregate,
    after: &TaskAggregate,
    successor: Option<Successor>,
) -> Option<Reaction> {
    let (was, is) = (before.task.status == Status::Completed, after.task.status == Status::Completed);
    let living = successor.filter(|successor| !successor.taken_back);
    match (was, is) {
        // What came to be as completed was not completed here: an import tells of what is over.
        (false, true) if before.task.version > 0 && living.is_none() && generates(after, Generate::WhenCompleted) => {
            Some(Reaction::Make(Brought::Completed(after.task.completed_at.unwrap_or(after.task.updated_at))))
        }
        (true, false) => living.map(Reaction::TakeBack),
        _ => None,
    }
}

/// When the next occurrence is to be made, where the time brings it about.
pub(super) fn fires_at(state: &TaskAggregate, successor: Option<Successor>) -> Option<DateTime<Utc>> {
    let waits = state.task.exists()
        && state.task.status != Status::Cancelled
        && successor.is_none()
        && generates(state, Generate::WhenDue);
    state.occurrence.filter(|_| waits).map(|place| place.due.begins())
}

fn generates(state: &TaskAggregate, how: Generate) -> bool {
    state.task.recurrence.as_ref().is_some_and(|recurrence| recurrence.generate == how)
}
