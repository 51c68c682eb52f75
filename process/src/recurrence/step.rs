//! What follows from a change of a task that repeats. Pure: the rest does what is said here.

use chrono::{DateTime, Utc};
use domain::task::{Brought, Generate, Status, TaskAggregate};

use super::rows::{Row, Successor};

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
    let living = successor.filter(|successor| !successor.taken_back);
    let (was, is) = (before.task.status == Status::Completed, after.task.status == Status::Completed);
    match (was, is) {
        // What came to be as completed was not completed here: an import tells of what is over.
        (false, true) if before.task.version > 0 && living.is_none() && generates(after, Generate::WhenCompleted) => {
            Some(Reaction::Make(Brought::Completed(after.task.completed_at.unwrap_or(after.task.updated_at))))
        }
        // What the time has brought about, no completion did.
        (true, false) if generates(after, Generate::WhenCompleted) => living.map(Reaction::TakeBack),
        _ => None,
    }
}

/// When the next occurrence is to be made, where the time brings it about; `waited_for` is what that was before the event.
pub(super) fn fires_at(before: &TaskAggregate, row: &Row, waited_for: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let task = &row.state.task;
    let waits = task.exists()
        && !(row.came_as_over && task.status == Status::Completed)
        && row.successor.is_none_or(|successor| successor.taken_back)
        && generates(&row.state, Generate::WhenDue);
    let place = row.state.occurrence.filter(|_| waits)?;
    let begins = task.recurrence.as_ref()?.begins(place.due);
    match (before.task.status, task.status) {
        (Status::Cancelled, Status::Cancelled) => waited_for,
        // Its time had come before it was given up, so it is followed, whether or not the clock was there.
        (_, Status::Cancelled) => (begins <= task.updated_at).then_some(begins),
        _ => Some(begins),
    }
}

fn generates(state: &TaskAggregate, how: Generate) -> bool {
    state.task.recurrence.as_ref().is_some_and(|recurrence| recurrence.generate == how)
}
