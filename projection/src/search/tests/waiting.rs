//! Streams that wait behind an event that cannot be read, and when they go on.

use std::collections::HashSet;
use std::fs;

use domain::task::TaskEvent;
use domain::{tenant, topics};

use super::given::{HEAP_BYTES, Library, created, id, record, renamed};
use super::running::Running;
use crate::search::handle::{View, dump};
use crate::search::store::{NextOffsets, Payload, Store};
use crate::search::stream::{Segments, Stream};
use crate::search::waiting::Dropped;
use crate::search::writer::Writer;
use crate::search::{Blocked, Dumped, StoredTask};

fn stream(n: u128) -> String {
    tenant::stream_id(tenant::DEFAULT, id(n))
}

/// Title and version of a task, and whether its stream waits.
fn state_of(dump: &[Dumped], n: u128) -> (&str, u64, bool) {
    let found = dump.iter().find(|dumped| dumped.stream == stream(n)).unwrap();
    (&found.state.task.title, found.version, found.state.blocked.is_some())
}

fn bytes(dump: &[Dumped]) -> Vec<u8> {
    serde_json::to_vec(dump).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn given_an_unreadable_event_when_it_is_passed_over_then_its_stream_goes_on_here_and_in_a_rebuild_and_after_a_restart()
 {
    let running = Running::new().await;
    running.create(1, "task first");
    let poison = running.poison(1, 2);
    running.append(1, 3, &renamed("task third", 3));
    running.append(1, 3, &renamed("task void", 3));
    let token = running.create(3, "task other");
    running.found_after(&token).await;
    assert_eq!(state_of(&running.handle.dump().await.unwrap(), 1), ("task first", 1, true));

    running.handle.pass_over(HashSet::from([poison])).await.unwrap();
    let token = running.create(5, "task later");
    assert_eq!(running.found_after(&token).await, [5, 3, 1], "what is behind the record is read again first");
    let live = running.handle.dump().await.unwrap();
    assert_eq!(state_of(&live, 1), ("task third", 3, false));
    assert_eq!(state_of(&live, 3), ("task other", 1, false));

    running.handle.rebuild().await.unwrap();
    assert_eq!(bytes(&running.handle.dump().await.unwrap()), bytes(&live));
    let running = running.again().await;
    assert_eq!(bytes(&running.handle.dump().await.unwrap()), bytes(&live));
    let token = running.append(1, 4, &renamed("task fourth", 4));
    running.found_after(&token).await;
    assert_eq!(state_of(&running.handle.dump().await.unwrap(), 1), ("task fourth", 4, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn given_two_unreadable_events_when_one_is_passed_over_then_the_other_holds_the_stream_up() {
    let running = Running::new().await;
    running.create(1, "task first");
    let first = running.poison(1, 2);
    running.append(1, 3, &renamed("task third", 3));
    let second = running.poison(1, 4);
    let after = running.append(1, 5, &renamed("task fifth", 5));
    let unborn = running.poison(3, 1);
    running.append(3, 2, &renamed("task never created", 2));
    running.found_after(&after).await;

    running.handle.pass_over(HashSet::from([first, unborn])).await.unwrap();
    let token = running.create(5, "task later");
    assert_eq!(running.found_after(&token).await, [5, 1]);
    let live = running.handle.dump().await.unwrap();
    assert_eq!(state_of(&live, 1), ("task third", 3, true));
    assert!(state_of(&live, 3).2, "without its first event a stream has nothing to change");

    running.handle.pass_over(HashSet::from([second])).await.unwrap();
    let token = running.create(7, "task last");
    assert_eq!(running.found_after(&token).await, [7, 5, 1], "no gap has stopped the partition");
    assert_eq!(state_of(&running.handle.dump().await.unwrap(), 1), ("task fifth", 5, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_stream_that_goes_on_while_a_rebuild_runs_then_the_new_index_serves_only_with_all_the_old_one_has_shown()
 {
    let running = Running::new().await;
    running.create(1, "task first");
    let poison = running.poison(1, 2);
    running.append(1, 3, &renamed("task third", 3));
    let mut token = running.create(3, "task other");
    for n in [5, 7, 9] {
        token.merge(&running.create(n, "task other"));
    }
    let found = running.found_after(&token).await.len();
    running.log.hold(2);
    let handle = running.handle.clone();
    let rebuild = tokio::spawn(async move { handle.rebuild().await });
    let meta = running.dir.path().join("generation-2/meta.json");
    running.until(|_| fs::read_to_string(&meta).is_ok_and(|meta| meta.contains("task-events/"))).await;

    // Both go back to the record and wait for the log there.
    running.log.hold(0);
    running.handle.pass_over(HashSet::from([poison])).await.unwrap();
    running.handle.pass_over(HashSet::new()).await.unwrap();
    assert_eq!((running.handle.generation(), running.found_after(&token).await.len()), (1, found));
    running.log.let_go();
    assert_eq!(rebuild.await.unwrap().unwrap().generation, 2);
    assert_eq!(running.found_after(&token).await.len(), found);
    assert_eq!(state_of(&running.handle.dump().await.unwrap(), 1), ("task third", 3, false));
}

/// An index that a build has written which could not read the change of task 1 at offset 2, and what the log holds from there on.
fn of_an_older_build() -> (tempfile::TempDir, [kafka_es::LogRecord; 2]) {
    let library = Library::with(&[("task first", ""), ("task other", "")]);
    let changes = [record(1, 2, 2, &renamed("task second", 2)), record(1, 3, 3, &renamed("task third", 3))];
    let task = dumped(&library.writer).remove(0).state.task;
    let events = serde_json::to_string(changes[0].content.as_ref().unwrap()).unwrap();
    let blocked = StoredTask { task, blocked: Some(Blocked { at: changes[0].position.clone(), events }) };
    let Library { writer, dir, .. } = library;
    drop(writer);
    let mut generation = Store::new(dir.path().into(), HEAP_BYTES).open().unwrap();
    let before = Stream::new(&generation.fields, &Segments::default(), tenant::DEFAULT, id(1));
    generation.writer.delete_query(Box::new(before)).unwrap();
    let document = generation.fields.document(tenant::DEFAULT, id(1), &blocked).unwrap();
    generation.writer.add_document(document).unwrap();
    let next = NextOffsets::from([((topics::TASKS.to_owned(), 0), 4)]);
    let mut prepared = generation.writer.prepare_commit().unwrap();
    prepared.set_payload(&serde_json::to_string(&Payload::new(1, &next)).unwrap());
    prepared.commit().unwrap();
    (dir, changes)
}

fn dumped(writer: &Writer) -> Vec<Dumped> {
    let (reader, fields) = writer.reader();
    dump(&View { number: writer.number(), reader: reader.clone(), fields: fields.clone() }).unwrap()
}

#[test]
fn given_an_index_of_a_build_that_could_not_read_an_event_when_one_opens_it_that_can_then_the_stream_goes_on() {
    let (dir, changes) = of_an_older_build();
    let mut writer = Writer::new(Store::new(dir.path().into(), HEAP_BYTES).open().unwrap());
    assert_eq!(state_of(&dumped(&writer), 1), ("task first", 1, true));
    assert!(writer.go_on(Dropped::default()).unwrap());
    let (next, reached) = (writer.next_offsets().values().sum::<i64>(), writer.reached().values().sum::<i64>());
    assert_eq!((next, reached), (2, 4));
    writer.apply(&changes).unwrap();
    writer.apply(&[record(2, 1, 4, &TaskEvent::Created(created(2, "task void", "")))]).unwrap();
    writer.commit().unwrap();
    assert_eq!(state_of(&dumped(&writer), 1), ("task third", 3, false));
    assert!(!writer.go_on(Dropped::default()).unwrap(), "nothing waits that could go on");
}
