//! The cases: one promise each, on streams of their own.

use domain::reminder::{NewReminder, Reminder, ReminderCommand, ReminderStatus, Told};
use domain::task::{NewTask, TaskAggregate, TaskCommand, TaskPatch, TaskRejection};
use domain::{tenant, topics};
use futures::future::join_all;
use kafka_es::{Envelope, Expected, Position};
use process::commands::{Answer, Cause, Order};
use process::manager::Failure;
use serde_json::json;
use uuid::Uuid;

use super::Side;
use crate::world::start;

fn order<C>(id: Uuid, command: C, command_id: &str) -> Order<C> {
    let (tenant, command_id) = (tenant::DEFAULT.to_owned(), command_id.to_owned());
    Order { tenant, id, command, command_id, expected: Expected::Any, cause: Cause::time("conformance") }
}

fn expecting<C>(version: u64, order: Order<C>) -> Order<C> {
    Order { expected: Expected::Version(version), ..order }
}

fn creation(id: Uuid, title: &str) -> TaskCommand {
    let new = NewTask::from_json(json!({"title": title}).as_object().unwrap()).unwrap();
    TaskCommand::Create { id, new, at: start() }
}

fn renaming(title: &str) -> TaskCommand {
    let patch = TaskPatch::from_json(json!({"title": title}).as_object().unwrap()).unwrap();
    TaskCommand::Update { patch, at: start() }
}

async fn give(side: &dyn Side, order: Order<TaskCommand>) -> Answer<TaskAggregate, TaskRejection> {
    side.commands().to_task(order).await.unwrap()
}

/// Gives what must be done; the title and the version right after it.
async fn done(side: &dyn Side, order: Order<TaskCommand>) -> (String, u64) {
    match give(side, order).await {
        Answer::Done { aggregate, version, .. } => (aggregate.task.title, version),
        answer => panic!("it was not done: {answer:?}"),
    }
}

/// A task that is there.
async fn created(side: &dyn Side) -> Uuid {
    let id = Uuid::new_v4();
    assert_eq!(done(side, order(id, creation(id, "one"), "create")).await, ("one".to_owned(), 1));
    id
}

async fn events(side: &dyn Side, id: Uuid) -> Vec<(Position, Envelope)> {
    side.commands().events(topics::TASKS, &stream(id)).await.unwrap()
}

async fn title(side: &dyn Side, id: Uuid) -> Option<String> {
    side.commands().task(tenant::DEFAULT, id).await.unwrap().map(|known| known.task.title)
}

async fn counts(side: &dyn Side, position: &Position, id: Uuid, sequence: u64) -> bool {
    side.commands().counts(position, &stream(id), sequence).await.unwrap()
}

/// The end of the partition in which this record stands.
async fn end(side: &dyn Side, position: &Position) -> i64 {
    side.commands().ends(&position.topic).await.unwrap()[&position.partition]
}

fn stream(id: Uuid) -> String {
    tenant::stream_id(tenant::DEFAULT, id)
}

/// A record that another writer might make: an event like this one, as the event of that sequence.
fn like(envelope: &Envelope, sequence: u64) -> Envelope {
    let id = format!("{}@{sequence}", envelope.partitionkey);
    Envelope { id, sequence, commandid: Uuid::new_v4().to_string(), ..envelope.clone() }
}

pub(super) async fn a_command_id_counts_once(side: &dyn Side) {
    let id = created(side).await;
    done(side, order(id, renaming("two"), "rename")).await;
    // Whatever became of the task, of the command or of the version since, the answer is the first one.
    let repeated = order(id, creation(id, "another"), "create");
    assert_eq!(done(side, repeated.clone()).await, ("one".to_owned(), 1));
    assert_eq!(done(side, expecting(0, repeated)).await, ("one".to_owned(), 1));
    assert_eq!(events(side, id).await.len(), 2);
    assert_eq!(title(side, id).await.as_deref(), Some("two"));
}

pub(super) async fn an_id_is_of_its_stream(side: &dyn Side) {
    let (one, other) = (created(side).await, created(side).await);
    done(side, order(one, renaming("two"), "rename")).await;
    assert_eq!(done(side, order(other, renaming("three"), "rename")).await, ("three".to_owned(), 2));
}

pub(super) async fn many_at_once(side: &dyn Side) {
    let id = created(side).await;
    let titles: Vec<String> = (0..16).map(|n| format!("title {n}")).collect();
    // Whichever comes first is the one.
    let all = join_all(titles.iter().map(|title| done(side, order(id, renaming(title), "rename")))).await;
    assert!(all.iter().all(|answer| *answer == all[0] && answer.1 == 2), "{all:?}");
    assert_eq!(events(side, id).await.len(), 2);
    // Commands with ids of their own are all done, one after the other.
    done(side, order(id, renaming("two"), "rename again")).await;
    join_all(titles.iter().map(|title| done(side, order(id, renaming(title), title)))).await;
    let sequences: Vec<u64> = events(side, id).await.iter().map(|(_, envelope)| envelope.sequence).collect();
    assert_eq!(sequences, (1..=19).collect::<Vec<_>>());
}

pub(super) async fn what_changes_nothing(side: &dyn Side) {
    let id = created(side).await;
    assert_eq!(done(side, order(id, renaming("one"), "rename")).await, ("one".to_owned(), 1));
    assert_eq!(events(side, id).await.len(), 1);
}

pub(super) async fn another_version(side: &dyn Side) {
    let id = created(side).await;
    for version in [0, 2] {
        let answer = give(side, expecting(version, order(id, renaming("two"), "rename"))).await;
        assert!(matches!(answer, Answer::Moved), "{answer:?}");
    }
    assert_eq!(events(side, id).await.len(), 1);
    assert_eq!(done(side, expecting(1, order(id, renaming("two"), "rename"))).await, ("two".to_owned(), 2));
    let new = Uuid::new_v4();
    assert_eq!(done(side, expecting(0, order(new, creation(new, "one"), "create"))).await, ("one".to_owned(), 1));
}

pub(super) async fn what_is_refused(side: &dyn Side) {
    let id = created(side).await;
    let again = give(side, order(id, creation(id, "two"), "create it again")).await;
    assert!(matches!(again, Answer::Refused(TaskRejection::AlreadyExists)), "{again:?}");
    let nobody = Uuid::new_v4();
    let missing = give(side, order(nobody, renaming("two"), "rename")).await;
    assert!(matches!(missing, Answer::Refused(TaskRejection::NotFound)), "{missing:?}");
    assert_eq!((events(side, id).await.len(), events(side, nobody).await.len()), (1, 0));
    // What was refused was not done: the same command may be done later.
    done(side, order(nobody, creation(nobody, "one"), "create")).await;
    assert_eq!(done(side, order(nobody, renaming("two"), "rename")).await, ("two".to_owned(), 2));
}

pub(super) async fn as_the_log_has_it(side: &dyn Side) {
    assert_eq!(title(side, Uuid::new_v4()).await, None);
    let id = created(side).await;
    assert_eq!(title(side, id).await.as_deref(), Some("one"));
    done(side, order(id, renaming("two"), "rename")).await;
    done(side, order(id, renaming("three"), "rename again")).await;
    // Another writer's event is seen at once, and the next command stands behind it.
    let events = events(side, id).await;
    side.put(topics::TASKS, like(&events[1].1, 4)).await;
    assert_eq!(title(side, id).await.as_deref(), Some("two"));
    assert_eq!(done(side, order(id, TaskCommand::Delete { at: start() }, "delete")).await.1, 5);
    let deleted = side.commands().task(tenant::DEFAULT, id).await.unwrap().unwrap();
    assert!(!deleted.task.exists(), "what is deleted is known, as deleted");
    reminder_as_the_log_has_it(side, created(side).await).await;
}

async fn reminder_as_the_log_has_it(side: &dyn Side, task_id: Uuid) {
    let commands = side.commands();
    let id = Uuid::new_v4();
    assert!(commands.reminder(tenant::DEFAULT, id).await.unwrap().is_none());
    let time = json!({"remind_at": "2026-11-30T16:00:00", "time_zone": "UTC"});
    let (new, at) = (NewReminder::from_json(time.as_object().unwrap()).unwrap(), start());
    let task = Some(domain::reminder::TaskDue { due: None });
    let schedule = ReminderCommand::Schedule { id, task_id, new, task, at };
    let status = |answer| match answer {
        Answer::Done { aggregate: Reminder { status, .. }, version, .. } => (status, version),
        answer => panic!("it was not done: {answer:?}"),
    };
    let trigger = |at| ReminderCommand::Trigger { at, told: Told::Alone };
    let scheduled = commands.to_reminder(order(id, schedule, "schedule")).await.unwrap();
    assert_eq!(status(scheduled), (ReminderStatus::Scheduled, 1));
    let early = commands.to_reminder(order(id, trigger(at), "ring early")).await.unwrap();
    assert_eq!(status(early), (ReminderStatus::Scheduled, 1));
    let rings_at = at + chrono::TimeDelta::hours(8);
    for _ in 0..2 {
        let rang = commands.to_reminder(order(id, trigger(rings_at), "ring")).await.unwrap();
        assert_eq!(status(rang), (ReminderStatus::Triggered, 2));
    }
    let reminder = commands.reminder(tenant::DEFAULT, id).await.unwrap().unwrap();
    assert_eq!((reminder.status, reminder.task_id), (ReminderStatus::Triggered, task_id));
    let events = commands.events(topics::REMINDERS, &stream(id)).await.unwrap();
    assert_eq!(events.len(), 2);
    assert!(commands.counts(&events[1].0, &stream(id), 2).await.unwrap());
}

pub(super) async fn events_in_order(side: &dyn Side) {
    assert_eq!(events(side, Uuid::new_v4()).await.len(), 0);
    let id = created(side).await;
    let follows = Cause {
        manager: "conformance",
        event: Some("default/another@3".to_owned()),
        correlation_id: Some("a request".to_owned()),
        traceparent: None,
    };
    done(side, Order { cause: follows, ..order(id, renaming("two"), "rename") }).await;
    done(side, order(id, renaming("three"), "rename again")).await;
    let events = events(side, id).await;
    let told: Vec<(u64, &str)> = events.iter().map(|(_, it)| (it.sequence, it.commandid.as_str())).collect();
    assert_eq!(told, [(1, "create"), (2, "rename"), (3, "rename again")]);
    let (_, renamed) = &events[1];
    assert_eq!(
        (renamed.causationid.as_deref(), renamed.correlationid.as_deref()),
        (Some("default/another@3"), Some("a request"))
    );
    assert_eq!((renamed.actor.as_str(), renamed.time), ("tasklog/conformance", start()));
    assert_eq!((renamed.id.clone(), renamed.partitionkey.clone()), (format!("{}@2", stream(id)), stream(id)));
    let places: Vec<(&str, i32)> = events.iter().map(|(at, _)| (at.topic.as_str(), at.partition)).collect();
    assert!(places.iter().all(|place| *place == (topics::TASKS, places[0].1)), "a stream is in one partition");
    assert!(events.is_sorted_by(|(one, _), (other, _)| one.offset < other.offset), "{places:?}");
}

pub(super) async fn void_records(side: &dyn Side) {
    let id = created(side).await;
    done(side, order(id, renaming("two"), "rename")).await;
    let (first, second) = (events(side, id).await[0].clone(), events(side, id).await[1].clone());
    // Both claim what is taken: one comes late, one right behind the event.
    let lost = side.put(topics::TASKS, Envelope { data: first.1.data.clone(), ..like(&second.1, 2) }).await;
    assert!(!counts(side, &lost, id, 2).await, "a record that lost the race counts");
    done(side, order(id, renaming("three"), "rename again")).await;
    let lost_too = side.put(topics::TASKS, like(&second.1, 3)).await;
    assert!(!counts(side, &lost_too, id, 3).await);
    let events = events(side, id).await;
    for (position, envelope) in &events {
        assert!(counts(side, position, id, envelope.sequence).await, "{position} is not known");
        assert!(!counts(side, position, id, envelope.sequence + 1).await);
        assert!(!counts(side, position, Uuid::new_v4(), envelope.sequence).await);
    }
    assert_eq!((events.len(), title(side, id).await.as_deref()), (3, Some("three")));
    // The event of another writer, which nobody here has read, counts as one's own.
    let theirs = side.put(topics::TASKS, like(&second.1, 4)).await;
    assert!(counts(side, &theirs, id, 4).await, "an event of another writer does not count");
}

pub(super) async fn ends_of_the_log(side: &dyn Side) {
    let id = created(side).await;
    let (position, envelope) = events(side, id).await.remove(0);
    assert_eq!(end(side, &position).await, position.offset + 1);
    let lost = side.put(topics::TASKS, like(&envelope, 1)).await;
    assert_eq!(end(side, &lost).await, lost.offset + 1, "records without effect are in the log too");
    assert!(side.commands().ends(topics::REMINDERS).await.unwrap().values().all(|end| *end >= 0));
}

pub(super) async fn blocked_stream(side: &dyn Side) {
    let (id, other) = (created(side).await, created(side).await);
    let (_, envelope) = events(side, id).await.remove(0);
    let foreign = Envelope { event_type: "tasklog.task.of_a_newer_build.v1".to_owned(), ..like(&envelope, 2) };
    let position = side.put(topics::TASKS, foreign).await;
    let read = side.commands().task(tenant::DEFAULT, id).await;
    assert!(matches!(read, Err(Failure::Blocked(_))), "{read:?}");
    let given = side.commands().to_task(order(id, renaming("two"), "rename")).await;
    assert!(matches!(given, Err(Failure::Blocked(_))), "{given:?}");
    // Where the event stands can be said, whoever can read it.
    assert!(counts(side, &position, id, 2).await);
    assert_eq!(events(side, id).await.len(), 2);
    assert_eq!(title(side, other).await.as_deref(), Some("one"));
}
