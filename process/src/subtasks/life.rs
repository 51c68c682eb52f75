//! What an event of a task asks of one below it. Pure: it is told by the events of both, and is the same whenever it is asked, so that
//! nothing is done again because rows were lost, and nothing that was rightly left alone is done later.

use chrono::{DateTime, Utc};
use domain::task::{Generate, Status, Task, TaskCommand, TaskEvent, TaskPatch, evolve};
use kafka_es::{AdjacentlyTagged, CodecError, Envelope, EventCodec as _, Position};
use uuid::Uuid;

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
    format!("subtasks/{event_id}")
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
        let task = after(&self.0);
        let completed = (task.status == Status::Completed).then_some(COMPLETED);
        let deleted = task.deleted_at.map(|_| DELETED);
        completed.into_iter().chain(deleted).filter_map(move |event_type| self.last_of(event_type, u64::MAX))
    }

    /// The event whose end this one takes back.
    pub(super) fn taken_back_by(&self, back: &Envelope) -> Option<&Envelope> {
        self.last_of(if back.event_type == REOPENED { COMPLETED } else { DELETED }, back.sequence)
    }

    /// The task as it was at a time.
    pub(super) fn at(&self, at: DateTime<Utc>) -> Task {
        after(&self.0[..self.events_until(at)])
    }

    fn events_until(&self, at: DateTime<Utc>) -> usize {
        self.0.iter().take_while(|(envelope, _)| envelope.time <= at).count()
    }

    /// What is to be done with this task when `parent` has been ended by an event: it is ended too, if it was below it then and has
    /// been since, and was open then and has been since. Who has completed it in between, or moved it, or opened it again afterwards,
    /// is left alone.
    pub(super) fn end(&self, parent: Uuid, end: &Envelope, at: DateTime<Utc>) -> Option<TaskCommand> {
        let completed = end.event_type == COMPLETED;
        let is_open = |task: &Task| matches!(task.status, Status::Pending | Status::InProgress);
        let goes_along = |task: &Task| task.exists() && task.parent_id == Some(parent) && (!completed || is_open(task));
        let mut task = Task::default();
        for (envelope, event) in &self.0 {
            if envelope.commandid == command_id(&end.id) || (envelope.time > end.time && !goes_along(&task)) {
                return None;
            }
            evolve(&mut task, event);
        }
        if !goes_along(&task) {
            None
        } else if completed {
            Some(TaskCommand::Update { patch: TaskPatch::completed_with_parent(), at })
        } else {
            Some(TaskCommand::Delete { at })
        }
    }

    /// What is to be done with this task when the event `end` of the one above it was taken back: if that was what changed it last, its
    /// change is taken back.
    pub(super) fn bring_back(&self, end: &Envelope, at: DateTime<Utc>) -> Option<TaskCommand> {
        let (last, _) = self.0.last()?;
        (last.commandid == command_id(&end.id)).then_some(TaskCommand::Undo { at })
    }

    /// The task that is to be done again below what follows `parent` from a time on: as it was then, where it was a part and was not
    /// given up. What the end of `parent` itself has made of it does not count, and one that another of its series has followed is left
    /// out.
    pub(super) fn again_at(&self, (stream, parent): (&str, Uuid), at: DateTime<Utc>) -> Option<Task> {
        let mut until = self.events_until(at);
        let by_parent = command_id(&format!("{stream}@"));
        while until > 0 && self.0[until - 1].0.commandid.starts_with(&by_parent) && ends(&self.0[until - 1].0) {
            until -= 1;
        }
        let task = after(&self.0[..until]);
        let is_part = task.exists() && task.parent_id == Some(parent) && task.status != Status::Cancelled;
        (is_part && !is_followed(&task, at)).then_some(task)
    }
}

fn after(events: &[(Envelope, TaskEvent)]) -> Task {
    let mut task = Task::default();
    events.iter().for_each(|(_, event)| evolve(&mut task, event));
    task
}

/// Whether the next one of its series was there at a time.
fn is_followed(task: &Task, at: DateTime<Utc>) -> bool {
    task.recurrence.as_ref().is_some_and(|recurrence| match recurrence.generate {
        Generate::WhenCompleted => task.status == Status::Completed,
        Generate::WhenDue => task.due.is_some_and(|due| due.begins() <= at),
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

    /// The event of a stream, given by a command of this id.
    fn envelope(
        stream: &str,
        (sequence, second): (u64, u32),
        command: &str,
        event_type: &str,
        data: &Value,
    ) -> Envelope {
        serde_json::from_value(json!({
            "specversion": "1.0", "id": format!("{stream}@{sequence}"), "source": "/tenants/default", "type": event_type,
            "subject": stream, "time": at(second), "datacontenttype": "application/json", "partitionkey": stream,
            "sequence": sequence, "tenant": "default", "commandid": command, "actor": "ann", "data": data,
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
        let whole = ("default/whole", WHOLE);
        let ended = command_id(&end(5).id);
        let again = |life: &Life, second| life.again_at(whole, at(second)).map(|task| task.status);
        assert_eq!(again(&part(&[completed(5, &ended)]), 5), Some(Status::Pending));
        assert_eq!(again(&part(&[completed(3, "by hand")]), 5), Some(Status::Completed));
        assert_eq!(again(&part(&[]), 0), None);
    }
}
