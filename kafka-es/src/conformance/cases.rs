//! The cases. Each one takes a broker and panics with what it found.

use std::collections::HashSet;
use std::path::Path;

use cqrs_es::{AggregateError, CqrsFramework, EventStore as _};
use serde_json::value::RawValue;

use super::counter::{Counter, CounterCommand, CounterEvent, meta};
use super::race::{Race, race};
use super::raw::{fresh_topic, raw_envelope, read_all, write_raw};
use super::{Attempt, Audit, Told, audit};
use crate::codec::{AdjacentlyTagged, CodecError, EventCodec};
use crate::command::{CommandMeta, Expected, Freshness, Outcome};
use crate::envelope::EnvelopeError;
use crate::error::{ExecuteError, LoadError};
use crate::health::StoreHealth;
use crate::mutation::Mutations;
use crate::options::{Barrier, StateLocation, StoreOptions};
use crate::partitioner::partition_for;
use crate::settings::KafkaSettings;
use crate::store::EventStore;

const PARTITIONS: i32 = 4;

fn options(settings: &KafkaSettings, topic: &str) -> StoreOptions {
    StoreOptions::new(settings.clone(), topic, StateLocation::Memory)
}

async fn open(options: StoreOptions) -> EventStore<Counter> {
    let store = EventStore::open(options).await.expect("the store opens");
    store.ready().await.expect("the store gets ready");
    store
}

async fn add(store: &EventStore<Counter>, stream: &str, id: &str) -> crate::Committed<Counter> {
    store.execute(stream, CounterCommand::Add(1), &(), meta(id), Expected::Any).await.expect("the command is committed")
}

/// Several writers race for the same streams; afterwards log and attempts are compared.
///
/// # Errors
/// The audit's faults: none unless `mutations` break the protocol.
///
/// # Panics
/// When the broker fails.
pub async fn first_one_wins(
    settings: &KafkaSettings,
    writers: u64,
    attempts: u64,
    mutations: Mutations,
) -> Result<Audit, Vec<String>> {
    let topic = fresh_topic(settings, PARTITIONS).await;
    let mut racers = Vec::new();
    for writer in 0..writers {
        let store = open(StoreOptions { mutations, retries: 3, ..options(settings, &topic) }).await;
        let plan = Race {
            writer: format!("w{writer}"),
            streams: 100,
            attempts: attempts / writers,
            seed: writer + 1,
            concurrency: 16,
        };
        racers.push(tokio::spawn(async move {
            let attempts = race(&store, &plan).await;
            store.close().await.expect("the store closes");
            attempts
        }));
    }
    let mut told = Vec::new();
    for racer in racers {
        told.extend(racer.await.expect("the writer ends"));
    }
    let away =
        |attempt: &&Attempt| matches!(&attempt.told, Told::Refused { reason } if reason.contains("not available"));
    if mutations == Mutations::default() {
        assert_eq!(told.iter().find(away), None, "the broker is there all the time");
    }
    audit(&read_all(settings, &topic).await, &told)
}

/// A refusal is judged on everything in the log, not on what one writer happens to know, whichever way it finds out.
pub async fn barrier_before_refusal(settings: &KafkaSettings, barrier: Barrier, mutations: Mutations) {
    let topic = fresh_topic(settings, PARTITIONS).await;
    let here = open(StoreOptions { barrier, ..options(settings, &topic) }).await;
    let there = open(StoreOptions { barrier, mutations, ..options(settings, &topic) }).await;
    for n in 0..20 {
        let stream = format!("barrier/{n}");
        add(&here, &stream, "a").await;
        let committed = there.execute(&stream, CounterCommand::Add(1), &(), meta("b"), Expected::Version(1)).await;
        assert_eq!(committed.expect("the version is 1 by now").sequence, 2);
        let refused = here.execute(&stream, CounterCommand::Add(1), &(), meta("c"), Expected::Version(1)).await;
        assert!(matches!(refused, Err(ExecuteError::WrongVersion { actual: 2 })), "{refused:?}");
        let limited = CounterCommand::AddBelow { by: 5, limit: 2 };
        let refused = here.execute(&stream, limited, &(), meta("d"), Expected::Any).await;
        assert!(matches!(refused, Err(ExecuteError::Rejected(_))), "{refused:?}");
        add(&here, &stream, "e").await;
        let looked = there
            .execute(&stream, CounterCommand::Look, &(), meta("f"), Expected::Any)
            .await
            .expect("looking changes nothing");
        assert_eq!((looked.outcome, looked.sequence, looked.aggregate.value), (Outcome::Unchanged, 3, 3));
        let loaded = there.load(&stream, Freshness::Barrier).await.expect("loaded").expect("there");
        assert_eq!(loaded.sequence, 3);
    }
    close(&[here, there]).await;
    let log = read_all(settings, &topic).await;
    let foreign = log.iter().filter(|record| record.content.as_ref().is_err_and(|why| *why != EnvelopeError::Blank));
    assert_eq!(foreign.count(), 0, "a barrier leaves nothing foreign behind");
    let audited = audit(&log, &[]).expect("a barrier's records are void");
    assert_eq!(audited.events, 60);
    let mut seen = HashSet::new();
    let copies = log.iter().filter(|record| !seen.insert(&record.raw)).count();
    assert_eq!(copies > 0, barrier == Barrier::Record, "{copies} copies");
}

async fn close(stores: &[EventStore<Counter>]) {
    for store in stores {
        store.close().await.expect("the store closes");
    }
}

/// The same command id is executed once, whoever asks and whenever; with another payload it is refused.
pub async fn idempotent_replay(settings: &KafkaSettings, folder: &Path, mutations: Mutations) {
    let topic = fresh_topic(settings, PARTITIONS).await;
    let with_state =
        || StoreOptions { state: StateLocation::Folder(folder.join("state")), mutations, ..options(settings, &topic) };
    let store = open(with_state()).await;
    let keyed = |hash: &str| CommandMeta { fingerprint: Some(hash.to_owned()), ..meta("key") };
    let command = || CounterCommand::Add(7);
    add(&store, "s/1", "before").await;
    let first = store.execute("s/1", command(), &(), keyed("h"), Expected::Version(1)).await.expect("committed");
    assert_eq!((first.outcome, first.sequence, first.aggregate.value), (Outcome::Appended, 2, 8));
    let again = store.execute("s/1", command(), &(), keyed("h"), Expected::Version(1)).await.expect("replayed");
    assert_eq!(
        (again.outcome, again.sequence, &again.aggregate, &again.position),
        (Outcome::Replayed, 2, &first.aggregate, &first.position)
    );
    // So many that the command no longer stands in the row of its stream.
    for n in 0..30 {
        add(&store, "s/1", &format!("after-{n}")).await;
    }
    let later = store.execute("s/1", command(), &(), keyed("h"), Expected::Any).await.expect("replayed");
    assert_eq!(
        (later.outcome, later.sequence, &later.aggregate, &later.position),
        (Outcome::Replayed, 2, &first.aggregate, &first.position)
    );
    let reused = store.execute("s/1", command(), &(), keyed("other"), Expected::Any).await;
    assert!(matches!(reused, Err(ExecuteError::KeyReused)), "{reused:?}");
    close(&[store]).await;
    let restarted = open(with_state()).await;
    let elsewhere = open(StoreOptions { mutations, ..options(settings, &topic) }).await;
    for store in [&restarted, &elsewhere] {
        let later = store.execute("s/1", command(), &(), keyed("h"), Expected::Any).await.expect("replayed");
        assert_eq!((later.outcome, later.sequence, &later.aggregate), (Outcome::Replayed, 2, &first.aggregate));
        for (stream, id, hash, expected) in [
            ("s/1", "key", "h", false),
            ("s/1", "key", "other", true),
            ("s/1", "another key", "other", false),
            ("s/2", "key", "other", false),
        ] {
            let reused = store.is_reused(stream, id, Some(hash), Freshness::Local).await.expect("asked");
            assert_eq!(reused, expected, "{stream} {id} {hash}");
        }
    }
    close(&[restarted, elsewhere]).await;
    assert_eq!(read_all(settings, &topic).await.len(), 32, "nothing was written twice");
}

/// A restart goes on where the state on disk ends, and a lost folder is rebuilt from the log.
pub async fn restart_resumes(settings: &KafkaSettings, folder: &Path, mutations: Mutations) {
    let topic = fresh_topic(settings, PARTITIONS).await;
    let with_state = |name: &str| StoreOptions {
        state: StateLocation::Folder(folder.join(name)),
        mutations,
        ..options(settings, &topic)
    };
    let store = open(with_state("kept")).await;
    for n in 0..300 {
        add(&store, &format!("r/{}", n % 50), &format!("c{n}")).await;
    }
    store.close().await.expect("the store closes");
    let before = store.next_offsets();
    assert_eq!(before.iter().sum::<i64>(), 300);
    drop(store);
    let store: EventStore<Counter> = EventStore::open(with_state("kept")).await.expect("the store opens again");
    assert_eq!(store.next_offsets(), before, "known before anything is read");
    store.ready().await.expect("ready");
    assert_eq!(add(&store, "r/7", "more").await.sequence, 7);
    let partitions = u64::try_from(store.partitions()).unwrap_or(0);
    assert!(store.records_read() <= partitions + 1, "{} records read, not just the anchors", store.records_read());
    close(&[store]).await;
    let rebuilt = open(with_state("new")).await;
    assert_eq!(rebuilt.next_offsets().iter().sum::<i64>(), 301);
    assert_eq!(rebuilt.load("r/7", Freshness::Local).await.expect("loaded").expect("there").sequence, 7);
    close(&[rebuilt]).await;
}

/// Reads what the current build does not know as adding nothing.
struct NextBuild;

impl EventCodec<CounterEvent> for NextBuild {
    fn encode(event: &CounterEvent) -> Result<(String, Box<RawValue>), CodecError> {
        AdjacentlyTagged::encode(event)
    }

    fn decode(event_type: &str, data: &RawValue) -> Result<CounterEvent, CodecError> {
        match event_type {
            "counter.painted.v1" => Ok(CounterEvent::Added { by: 0 }),
            _ => AdjacentlyTagged::decode(event_type, data),
        }
    }
}

/// An event that this build cannot read claims its slot and blocks its stream alone, until a build comes that can.
pub async fn blocked_stream(settings: &KafkaSettings, folder: &Path) {
    let topic = fresh_topic(settings, PARTITIONS).await;
    let with_state =
        || StoreOptions { state: StateLocation::Folder(folder.join("blocked")), ..options(settings, &topic) };
    let store = open(with_state()).await;
    add(&store, "b/1", "a").await;
    let painted = serde_json::to_vec(&raw_envelope("b/1", 2, "counter.painted.v1", "{}")).expect("JSON");
    let home = partition_for(b"b/1", PARTITIONS);
    write_raw(settings, &topic, home, "b/1", Some(&painted)).await;
    let refused = store.execute("b/1", CounterCommand::Add(1), &(), meta("b"), Expected::Any).await;
    assert!(matches!(refused, Err(ExecuteError::StreamBlocked { sequence: 2, .. })), "{refused:?}");
    for n in 0..20 {
        add(&store, &format!("b/other-{n}"), "a").await;
    }
    close(&[store]).await;
    let store = open(with_state()).await;
    let refused = store.execute("b/1", CounterCommand::Add(1), &(), meta("b"), Expected::Any).await;
    assert!(matches!(refused, Err(ExecuteError::StreamBlocked { sequence: 2, .. })), "after a restart: {refused:?}");
    store.close().await.expect("closes");
    drop(store);
    let newer: EventStore<Counter, NextBuild> = EventStore::open(with_state()).await.expect("opens");
    let committed =
        newer.execute("b/1", CounterCommand::Add(1), &(), meta("b"), Expected::Version(2)).await.expect("readable now");
    assert_eq!((committed.sequence, committed.aggregate.value, committed.aggregate.events), (3, 2, 3));
    newer.close().await.expect("closes");
}

/// Records that are no events of ours change nothing, and a reader names what is wrong with each.
pub async fn foreign_records(settings: &KafkaSettings) {
    let topic = fresh_topic(settings, PARTITIONS).await;
    let store = open(options(settings, &topic)).await;
    add(&store, "f/1", "a").await;
    let home = partition_for(b"f/1", PARTITIONS);
    let json = |e: &crate::Envelope| serde_json::to_vec(e).expect("JSON");
    let good = raw_envelope("f/1", 2, "counter.added.v1", r#"{"by":100}"#);
    write_raw(settings, &topic, home, "f/1", Some(b"hello")).await;
    write_raw(settings, &topic, home, "f/1", None).await;
    write_raw(settings, &topic, home, "f/other", Some(&json(&good))).await;
    write_raw(settings, &topic, (home + 1) % PARTITIONS, "f/1", Some(&json(&good))).await;
    write_raw(settings, &topic, home, "f/1", Some(&json(&raw_envelope("f/1", 0, "counter.added.v1", "{}")))).await;
    let next = add(&store, "f/1", "b").await;
    assert_eq!((next.sequence, next.aggregate.value), (2, 2));
    close(&[store]).await;
    let records = read_all(settings, &topic).await;
    let foreign = records.iter().filter(|record| record.content.is_err()).count();
    assert_eq!((records.len(), foreign), (7, 5));
    let ours = records.iter().find(|record| record.content.is_ok()).expect("our record");
    assert!(ours.traceparent.is_some(), "the Kafka header carries the trace");
}

/// A record whose sequence is taken changes nothing, for those who wrote before it and for those who read it later.
pub async fn void_records(settings: &KafkaSettings, mutations: Mutations) {
    let topic = fresh_topic(settings, PARTITIONS).await;
    let store = open(StoreOptions { mutations, ..options(settings, &topic) }).await;
    for id in ["a", "b"] {
        add(&store, "v/1", id).await;
    }
    let late = serde_json::to_vec(&raw_envelope("v/1", 2, "counter.added.v1", r#"{"by":100}"#)).expect("JSON");
    write_raw(settings, &topic, partition_for(b"v/1", PARTITIONS), "v/1", Some(&late)).await;
    let reader = open(StoreOptions { mutations, ..options(settings, &topic) }).await;
    for store in [&store, &reader] {
        let loaded = store.load("v/1", Freshness::Barrier).await.expect("loaded").expect("there");
        assert_eq!((loaded.sequence, loaded.aggregate.value), (2, 2));
    }
    close(&[store, reader]).await;
}

/// A record that skips a sequence stops its partition, and only that one.
pub async fn gap_stops(settings: &KafkaSettings, mutations: Mutations) {
    let topic = fresh_topic(settings, PARTITIONS).await;
    let store = open(StoreOptions { mutations, ..options(settings, &topic) }).await;
    add(&store, "g/1", "a").await;
    let home = partition_for(b"g/1", PARTITIONS);
    let skips = serde_json::to_vec(&raw_envelope("g/1", 3, "counter.added.v1", r#"{"by":1}"#)).expect("JSON");
    write_raw(settings, &topic, home, "g/1", Some(&skips)).await;
    let looked = store.load("g/1", Freshness::Barrier).await.map(|loaded| loaded.map(|loaded| loaded.sequence));
    assert!(matches!(&looked, Err(LoadError::PartitionStopped { partition, .. }) if *partition == home), "{looked:?}");
    let health = store.health().borrow().clone();
    assert!(matches!(&health, StoreHealth::PartitionStopped { partition, .. } if *partition == home), "{health:?}");
    let refused = store.execute("g/1", CounterCommand::Add(1), &(), meta("b"), Expected::Any).await;
    assert!(
        matches!(refused, Err(ExecuteError::PartitionStopped { partition, .. }) if partition == home),
        "{refused:?}"
    );
    let other =
        (0..).map(|n| format!("g/other-{n}")).find(|stream| partition_for(stream.as_bytes(), PARTITIONS) != home);
    add(&store, &other.expect("some stream lives elsewhere"), "a").await;
    close(&[store]).await;
}

/// State of a topic that was deleted and created anew is noticed; nothing is decided on it.
pub async fn recreated_topic_stops(settings: &KafkaSettings, folder: &Path, recreate: impl AsyncFnOnce(&str)) {
    let topic = fresh_topic(settings, PARTITIONS).await;
    let with_state =
        || StoreOptions { state: StateLocation::Folder(folder.join("recreated")), ..options(settings, &topic) };
    let store = open(with_state()).await;
    for n in 0..40 {
        add(&store, &format!("t/{}", n % 4), &format!("c{n}")).await;
    }
    close(&[store]).await;
    recreate(&topic).await;
    // The new topic is longer than the old one was: only its content tells it apart.
    let other = open(options(settings, &topic)).await;
    for n in 0..80 {
        add(&other, &format!("t/{}", n % 4), &format!("d{n}")).await;
    }
    close(&[other]).await;
    let store: EventStore<Counter> = EventStore::open(with_state()).await.expect("opens");
    let refused = store.execute("t/1", CounterCommand::Add(1), &(), meta("x"), Expected::Any).await;
    assert!(
        matches!(&refused, Err(ExecuteError::PartitionStopped { reason, .. }) if reason.contains("delete the state folder")),
        "{refused:?}"
    );
    close(&[store]).await;
}

/// All events of a command stand in one record and come or stay away together.
pub async fn commands_of_many_events(settings: &KafkaSettings) {
    let topic = fresh_topic(settings, PARTITIONS).await;
    let store = open(options(settings, &topic)).await;
    add(&store, "m/1", "a").await;
    let many = store
        .execute("m/1", CounterCommand::AddEach(5), &(), meta("b"), Expected::Version(1))
        .await
        .expect("committed");
    assert_eq!((many.sequence, many.aggregate.value), (6, 6));
    assert_eq!(add(&store, "m/1", "c").await.sequence, 7);
    let history = store.history("m/1", Freshness::Barrier).await.expect("read");
    let sequences: Vec<u64> = history.iter().map(|(_, envelope)| envelope.sequence).collect();
    assert_eq!(sequences, [1, 2, 3, 4, 5, 6, 7]);
    close(&[store]).await;
    let records = read_all(settings, &topic).await;
    let sizes: Vec<usize> = records.iter().map(|record| record.content.as_ref().map_or(0, Vec::len)).collect();
    assert_eq!(sizes, [1, 5, 1]);
}

/// The store under cqrs-es's own framework.
pub async fn cqrs_framework(settings: &KafkaSettings) {
    let topic = fresh_topic(settings, PARTITIONS).await;
    let store = open(options(settings, &topic)).await;
    let framework = CqrsFramework::new(store.clone(), vec![], ());
    framework.execute("q/1", CounterCommand::Add(4)).await.expect("committed");
    let metadata = [("actor".to_owned(), "ann".to_owned()), ("shoe".to_owned(), "42".to_owned())].into();
    framework.execute_with_metadata("q/1", CounterCommand::AddEach(2), metadata).await.expect("committed");
    let refused = framework.execute("q/1", CounterCommand::AddBelow { by: 1, limit: 2 }).await;
    assert!(matches!(refused, Err(AggregateError::UserError(_))), "{refused:?}");
    let events = store.load_events("q/1").await.expect("loaded");
    let sequences: Vec<usize> = events.iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, [1, 2, 3]);
    assert_eq!(events[2].metadata.get("shoe").map(String::as_str), Some("42"));
    let stale = store.load_aggregate("q/1").await.expect("loaded");
    assert_eq!((stale.sequence, stale.aggregate.value), (3, 6));
    add(&store, "q/1", "faster").await;
    let lost = store.commit(vec![CounterEvent::Added { by: 1 }], stale, [].into()).await;
    assert!(matches!(lost, Err(AggregateError::AggregateConflict)), "{lost:?}");
    close(&[store]).await;
}
