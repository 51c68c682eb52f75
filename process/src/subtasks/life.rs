//! What an event of a task asks of one below it. Pure: it is told by the events of both, and is the same whenever it is asked, so that
//! nothing is done again because rows were lost, and nothing that was rightly left alone is done later.

use chrono::{DateTime, Utc};
use domain::task::{Generate, Status, TaskAggregate, TaskCommand, TaskEvent, TaskPatch};
use kafka_es::{AdjacentlyTagged, CodecError, Envelope, EventCodec as _, Position};
use uuid::Uuid;

use super::NAME;
use crate::commands::is_by;
use crate::tag_renames;

const COMPLETED: &str = "tasklog.task.completed.v1";
const REOPENED: &str = "tasklog.task.reopened.v1";
const DELETED: &str = "tasklog.task.deleted.v1";
const RESTORED: &str = "tasklog.task.restored.v1";

/// Whether an event ends a task, and what is below it.
pub(super) fn ends(envelope: &Envelope) -> bool {
    [COMPLETED, DELETED].contains(&envelope.event_type.as_str())
}

/// Whether an event takes such an end back.
pub(super) fn brings_back(envelope: &Envelope) -> bool {
    [REOPENED, RESTORED].contains(&envelope.event_type.as_str())
}

/// Whether an event brings a deleted task back.
pub(super) fn restores(envelope: &Envelope) -> bool {
    envelope.event_type == RESTORED
}

/// The id of the command that an event of a task gives to one below it.
pub(super) fn command_id(event_id: &str) -> String {
    format!("process/subtasks/{event_id}")
}

/// Whether the event `end` of the task above has made this one.
fn follows_from(envelope: &Envelope, end: &Envelope) -> bool {
    envelope.commandid == command_id(&end.id) && is_by(envelope, NAME)
}

/// What the end of a task finds below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// A task, which is deleted along with it.
    Task,
    /// An open one, which is completed along with it.
    Open,
    /// One that was completed before, and would have been followed by the next of its series when its time comes.
    ToBeFollowed,
}

impl Found {
    /// In a task in this state, by the event `end` of `parent`; `None` where it does not go along.
    fn of(state: &TaskAggregate, parent: Uuid, end: &Envelope) -> Option<Self> {
        let task = &state.task;
        if !task.exists() || task.parent_id != Some(parent) {
            return None;
        }
        let repeats_when_due = task.recurrence.as_ref().is_some_and(|how| how.generate == Generate::WhenDue);
        match task.status {
            _ if end.event_type == DELETED => Some(Self::Task),
            Status::Pending | Status::InProgress => Some(Self::Open),
            Status::Completed if repeats_when_due && !is_followed(state, end.time) => Some(Self::ToBeFollowed),
            Status::Completed | Status::Cancelled => None,
        }
    }
}

/// The events of a task, the first one first.
pub(super) struct Life(Vec<(Envelope, TaskEvent)>);

impl Life {
    /// Reads them.
    ///
    /// # Errors
    /// An event that this build cannot read.
    pub(super) fn read(events: Vec<(Position, Envelope)>) -> Result<Self, CodecError> {
        let read = |(_, envelope): (Position, Envelope)| {
            let event = AdjacentlyTagged::decode(&envelope.event_type, &envelope.data)?;
            Ok((envelope, event))
        };
        events.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Its version.
    pub(super) fn version(&self) -> u64 {
        self.0.last().map_or(0, |(envelope, _)| envelope.sequence)
    }

    /// The last event of this type before a sequence.
    fn last_of(&self, event_type: &str, before: u64) -> Option<&Envelope> {
        let events = self.0.iter().rev().map(|(envelope, _)| envelope);
        events.filter(|envelope| envelope.sequence < before).find(|envelope| envelope.event_type == event_type)
    }

    /// The events that have ended the task, and were not taken back.
    pub(super) fn ended_by(&self) -> impl Iterator<Item = &Envelope> {
        let task = after(&self.0).task;
        let completed = (task.status == Status::Completed).then_some(COMPLETED);
        let deleted = task.deleted_at.map(|_| DELETED);
        completed.into_iter().chain(deleted).filter_map(move |event_type| self.last_of(event_type, u64::MAX))
    }

    /// The event whose end this one takes back.
    pub(super) fn taken_back_by(&self, back: &Envelope) -> Option<&Envelope> {
        self.last_of(if back.event_type == REOPENED { COMPLETED } else { DELETED }, back.sequence)
    }

    /// The task as it came to be, and when.
    pub(super) fn made(&self) -> Option<(TaskAggregate, DateTime<Utc>)> {
        let (envelope, _) = self.0.first()?;
        Some((after(&self.0[..1]), envelope.time))
    }

    /// The task as it was at a time, but for what the end of the one above it had made of it by then.
    pub(super) fn by_itself(&self, at: DateTime<Utc>) -> TaskAggregate {
        let until = self.0.iter().take_while(|(envelope, _)| envelope.time <= at).count();
        let events = &self.0[..until];
        let by_itself = |(envelope, event): &(Envelope, TaskEvent)| !(is_by(envelope, NAME) && takes_along(event));
        let changes = |(envelope, _): &(Envelope, TaskEvent)| !is_by(envelope, tag_renames::NAME);
        let last = events.iter().rposition(|event| by_itself(event) && changes(event)).map_or(0, |last| last + 1);
        let (before, since) = events.split_at(last);
        let mut state = after(before);
        since.iter().filter(|event| by_itself(event)).for_each(|(_, event)| state.follow(event));
        state
    }

    /// What is to be done with this task when `parent` has been ended by an event: it is ended too, if it was below it then and has
    /// been since, and was open then and has been since. Who has completed it in between, or moved it, or opened it again afterwards,
    /// is left alone. One that was completed before `parent` was, and would still be followed when its time comes, repeats no more.
    pub(super) fn end(&self, parent: Uuid, end: &Envelope, at: DateTime<Utc>) -> Option<TaskCommand> {
        let mut state = TaskAggregate::default();
        let mut since = Vec::new();
        for (envelope, event) in &self.0 {
            if follows_from(envelope, end) {
                return None;
            }
            if envelope.time > end.time {
                since.push(Found::of(&state, parent, end));
            }
            state.follow(event);
        }
        let found = Found::of(&state, parent, end)?;
        since.iter().all(|before| *before == Some(found)).then(|| match found {
            Found::Task => TaskCommand::Delete { at },
            Found::Open | Found::ToBeFollowed => TaskCommand::Update { patch: TaskPatch::completed_with_parent(), at },
        })
    }

    /// What is to be done with this task when the event `end` of the one above it was taken back: if that was what changed it last, its
    /// change is taken back. A tag that was renamed over all tasks since is no change of this one that anybody made.
    pub(super) fn bring_back(&self, end: &Envelope, at: DateTime<Utc>) -> Option<TaskCommand> {
        let last = self.0.iter().rposition(|(envelope, _)| !is_by(envelope, tag_renames::NAME))?;
        if !follows_from(&self.0[last].0, end) {
            return None;
        }
        after(&self.0[..=last]).last.map(|change| TaskCommand::TakeBack { change, at })
    }

    /// The task that is to be done again below what follows `parent` from a time on: as it was then, where it was a part and was not
    /// given up. What the end of `parent` itself has made of it does not count, and one that another of its series has followed is left
    /// out.
    pub(super) fn again_at(&self, parent: Uuid, at: DateTime<Utc>) -> Option<TaskAggregate> {
        let state = self.by_itself(at);
        let task = &state.task;
        let is_part = task.exists() && task.parent_id == Some(parent) && task.status != Status::Cancelled;
        (is_part && !is_followed(&state, at)).then_some(state)
    }
}

fn after(events: &[(Envelope, TaskEvent)]) -> TaskAggregate {
    let mut state = TaskAggregate::default();
    events.iter().for_each(|(_, event)| state.follow(event));
    state
}

/// Whether this manager's event ends a task along with its parent, rather than taking that back.
fn takes_along(event: &TaskEvent) -> bool {
    match event {
        TaskEvent::Completed(_) | TaskEvent::Deleted(_) => true,
        TaskEvent::Updated(updated) => updated.changes.recurrence_pattern == Some(None),
        _ => false,
    }
}

/// Whether the next one of its series was there at a time.
fn is_followed(state: &TaskAggregate, at: DateTime<Utc>) -> bool {
    state.task.recurrence.as_ref().is_some_and(|recurrence| match recurrence.generate {
        Generate::WhenCompleted => state.task.status == Status::Completed,
        Generate::WhenDue => state.occurrence.is_some_and(|occurrence| recurrence.begins(occurrence.due) <= at),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const WHOLE: Uuid = Uuid::from_u128(1);

    fn at(second: u32) -> DateTime<Utc> {
        format!("2026-11-30T08:00:{second:02}Z").parse().unwrap()
    }

    /// The event of a stream, given by a command of this id; by whom, tells what the id of a manager's begins with.
    fn envelope(
        stream: &str,
        (sequence, second): (u64, u32),
        command: &str,
        event_type: &str,
        data: &Value,
    ) -> Envelope {
        let actor = match command.strip_prefix("process/").and_then(|own| own.split_once('/')) {
            Some((manager, _)) => format!("tasklog/{manager}"),
            None => "ann".to_owned(),
        };
        serde_json::from_value(json!({
            "specversion": "1.0", "id": format!("{stream}@{sequence}"), "source": "/tenants/default", "type": event_type,
            "subject": stream, "time": at(second), "datacontenttype": "application/json", "partitionkey": stream,
            "sequence": sequence, "tenant": "default", "commandid": command, "actor": actor, "data": data,
        }))
        .unwrap()
    }

    /// The parent is completed, as its second event.
    fn end(second: u32) -> Envelope {
        let completed_at = json!({"completed_at": at(second)});
        envelope("default/whole", (2, second), "by hand", COMPLETED, &completed_at)
    }

    /// A part that was made in second 1, and what became of it: second, command, type and data.
    fn part(then: &[(u32, &str, &str, Value)]) -> Life {
        let created = json!({
            "id": Uuid::from_u128(2), "title": "part", "description": "", "status": "pending", "priority": "none", "tags": [],
            "due": null, "recurrence_pattern": null, "series_id": null, "parent_id": WHOLE, "created_at": at(1),
            "updated_at": at(1), "completed_at": null,
        });
        let first = envelope("default/part", (1, 1), "by hand", "tasklog.task.created.v1", &created);
        let rest = (2..).zip(then).map(|(sequence, (second, command, event_type, data))| {
            envelope("default/part", (sequence, *second), command, event_type, data)
        });
        let place = Position { topic: "task-events".to_owned(), partition: 0, offset: 0 };
        Life::read(std::iter::once(first).chain(rest).map(|envelope| (place.clone(), envelope)).collect()).unwrap()
    }

    fn completed(second: u32, command: &str) -> (u32, &str, &'static str, Value) {
        (second, command, COMPLETED, json!({"completed_at": at(second)}))
    }

    fn reopened(second: u32, command: &str) -> (u32, &str, &'static str, Value) {
        (second, command, REOPENED, json!({"reopened_at": at(second), "status": "pending"}))
    }

    /// The tags, over all tasks.
    fn renamed(second: u32) -> (u32, &'static str, &'static str, Value) {
        let data = json!({"changes": {"tags": ["new"]}, "updated_at": at(second)});
        (second, "process/tag-renames/1", "tasklog.task.updated.v1", data)
    }

    fn goes_along(life: &Life, second: u32) -> bool {
        life.end(WHOLE, &end(second), at(second)).is_some()
    }

    #[test]
    fn given_a_part_that_was_open_then_and_has_been_since_then_it_goes_along() {
        let renamed =
            (7, "by hand", "tasklog.task.updated.v1", json!({"changes": {"title": "y"}, "updated_at": at(7)}));
        assert!(goes_along(&part(&[]), 5));
        assert!(goes_along(&part(&[renamed]), 5));
        assert!(goes_along(&part(&[completed(2, "by hand"), reopened(3, "by hand")]), 5));
    }

    #[test]
    fn given_a_part_that_was_not_there_or_not_open_at_some_time_since_then_it_is_left_alone() {
        let moved = json!({"changes": {"parent_id": null}, "updated_at": at(7)});
        let back = json!({"changes": {"parent_id": WHOLE}, "updated_at": at(8)});
        let updated = "tasklog.task.updated.v1";
        assert!(!goes_along(&part(&[]), 0), "made afterwards");
        assert!(!goes_along(&part(&[completed(2, "by hand"), reopened(6, "by hand")]), 5), "over then");
        assert!(!goes_along(&part(&[completed(6, "by hand"), reopened(7, "by hand")]), 5), "over in between");
        assert!(
            !goes_along(&part(&[(7, "by hand", updated, moved), (8, "by hand", updated, back)]), 5),
            "moved in between"
        );
        let ended = command_id(&end(5).id);
        assert!(!goes_along(&part(&[completed(5, &ended), reopened(6, "by hand")]), 5), "done already");
    }

    #[test]
    fn given_an_end_that_is_taken_back_then_only_what_it_changed_last_comes_back() {
        let ended = command_id(&end(5).id);
        let comes_back = |life: &Life| life.bring_back(&end(5), at(9)).is_some();
        assert!(comes_back(&part(&[completed(5, &ended)])));
        assert!(!comes_back(&part(&[completed(5, "by hand")])));
        assert!(!comes_back(&part(&[completed(5, &ended), reopened(6, "by hand")])));
    }

    #[test]
    fn given_a_part_that_its_parent_took_along_then_it_is_done_again_as_it_was_before() {
        let ended = command_id(&end(5).id);
        let again = |life: &Life, second| life.again_at(WHOLE, at(second)).map(|state| state.task.status);
        assert_eq!(again(&part(&[completed(5, &ended)]), 5), Some(Status::Pending));
        assert_eq!(again(&part(&[completed(3, "by hand")]), 5), Some(Status::Completed));
        assert_eq!(again(&part(&[]), 0), None);
        // Whatever it is called by then.
        let renamed = part(&[completed(5, &ended), renamed(6)]);
        let state = renamed.again_at(WHOLE, at(7)).unwrap();
        assert_eq!((state.task.status, state.task.tags), (Status::Pending, vec!["new".to_owned()]));
    }

    #[test]
    fn given_a_tag_that_was_renamed_since_then_what_was_taken_along_still_comes_back() {
        let ended = command_id(&end(5).id);
        let comes_back = |life: &Life| life.bring_back(&end(5), at(9)).is_some();
        assert!(comes_back(&part(&[completed(5, &ended), renamed(6), renamed(7)])));
        assert!(!comes_back(&part(&[completed(5, "by hand"), renamed(6)])));
        assert!(!comes_back(&part(&[completed(5, &ended), reopened(6, "by hand"), renamed(7)])));
    }

    #[test]
    fn given_a_client_that_gives_its_command_an_id_of_this_manager_then_that_is_a_change_by_hand() {
        let mut life = part(&[completed(5, &command_id(&end(5).id))]);
        assert!(life.bring_back(&end(5), at(9)).is_some());
        assert_eq!(life.by_itself(at(9)).task.status, Status::Pending);
        life.0[1].0.actor = "anonymous".to_owned();
        assert!(life.bring_back(&end(5), at(9)).is_none());
        assert_eq!(life.by_itself(at(9)).task.status, Status::Completed);
    }
}
