//! The append protocol on a simulated log: several writers, acknowledgements and tails in any order, crashes, flushes,
//! void and foreign records. Whatever happens, every writer ends with the same streams and every verdict was right.

use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;
use tokio::sync::oneshot;

use crate::codec::{AdjacentlyTagged, EventCodec};
use crate::conformance::{Counter, CounterEvent, raw_envelope};
use crate::envelope::{Envelope, parse_record, record_value};
use crate::health::Health;
use crate::metric_definitions::StoreMetrics;
use crate::mutation::Mutations;
use crate::overlay::stream_cache;
use crate::partition::{Ack, Own, Partition, Settled, Surroundings};
use crate::rule::{Verdict, judge};
use crate::state::{Batch, CommandRow, MemoryState, PartitionRow, StateError, StateStore, StreamRow, fingerprint};
use crate::stream_state::Body;
use cqrs_es::Aggregate;

const WRITERS: usize = 3;
const STREAMS: [&str; 3] = ["s/0", "s/1", "s/2"];

type Log = Vec<(String, Vec<u8>)>;

/// What a writer heard of the record at an offset, if it heard.
enum Heard {
    Now(Settled),
    Later(oneshot::Receiver<Settled>),
}

struct Writer {
    rows: Arc<dyn StateStore>,
    mutations: Mutations,
    partition: Partition<Counter, AdjacentlyTagged>,
    /// What its tail delivers next.
    tail: usize,
    /// Records in the log whose acknowledgement is still under way.
    acks: Vec<(i64, Own<Counter>)>,
    heard: Vec<(i64, Heard)>,
}

fn partition(rows: &Arc<dyn StateStore>, mutations: Mutations) -> Partition<Counter, AdjacentlyTagged> {
    let around = Surroundings {
        topic: "t".to_owned(),
        partitions: 1,
        snapshot_version: 1,
        rows: rows.clone(),
        // So small that states are read back from the rows all the time.
        cache: stream_cache(2048),
        health: Arc::new(Health::new(1, metrics::Gauge::noop())),
        metrics: Arc::new(StoreMetrics::of("t")),
        mutations,
    };
    Partition::open(0, Arc::new(around)).unwrap()
}

impl Writer {
    fn new(mutations: Mutations) -> Self {
        let rows: Arc<dyn StateStore> = Arc::new(MemoryState::default());
        let partition = partition(&rows, mutations);
        partition.begin_tail();
        Self { partition, rows, mutations, tail: 0, acks: Vec::new(), heard: Vec::new() }
    }

    /// The process dies: what was not flushed and every acknowledgement under way is gone.
    fn crash(&mut self) {
        self.acks.clear();
        self.partition = partition(&self.rows, self.mutations);
        self.tail = usize::try_from(self.partition.begin_tail().unwrap()).unwrap();
    }

    fn append(&mut self, log: &mut Log, stream: &str, events: u64, id: usize) {
        // One command of a stream at a time, as the stripes ensure.
        if self.acks.iter().any(|(_, own)| &*own.stream == stream) {
            return;
        }
        let state = self.partition.stream(stream).unwrap();
        let Body::Ready(before) = &state.body else { panic!("every event can be read") };
        let mut after = before.clone();
        let envelopes: Vec<Envelope> = (1..=events).map(|n| envelope(stream, state.head + n, id)).collect();
        (0..events).for_each(|_| after.apply(CounterEvent::Added { by: 1 }));
        let (value, _) = record_value(&envelopes).unwrap();
        let own = Own {
            stream: stream.into(),
            first: state.head + 1,
            last: state.head + events,
            command_id: id.to_string(),
            command_fingerprint: None,
            after,
            fingerprint: fingerprint(stream.as_bytes(), &value),
            size: value.len(),
            floor: self.partition.at().next,
        };
        self.acks.push((i64::try_from(log.len()).unwrap(), own));
        log.push((stream.to_owned(), value));
    }

    fn hear_ack(&mut self, which: usize) {
        if self.acks.is_empty() {
            return;
        }
        let (offset, own) = self.acks.remove(which % self.acks.len());
        let heard = match self.partition.on_ack(offset, own) {
            Ack::Known(settled) => Heard::Now(settled),
            Ack::Later(receiver) => Heard::Later(receiver),
        };
        self.heard.push((offset, heard));
    }

    fn hear_tail(&mut self, log: &Log) {
        if let Some((key, value)) = log.get(self.tail) {
            self.partition.on_tail(i64::try_from(self.tail).unwrap(), Some(key.as_bytes()), Some(value));
            self.tail += 1;
        }
    }
}

fn envelope(stream: &str, sequence: u64, id: usize) -> Envelope {
    let (event_type, data) = AdjacentlyTagged::encode(&CounterEvent::Added { by: 1 }).unwrap();
    Envelope { commandid: id.to_string(), ..raw_envelope(stream, sequence, &event_type, data.get()) }
}

/// The truth: head of each stream and the verdict of each offset, folded from the log alone.
fn truth(log: &Log) -> (HashMap<String, u64>, HashMap<i64, Settled>) {
    let (mut heads, mut verdicts) = (HashMap::new(), HashMap::new());
    for (offset, (key, value)) in (0..).zip(log) {
        let Ok(events) = parse_record(Some(key.as_bytes()), Some(value)) else { continue };
        let head = heads.entry(key.clone()).or_insert(0);
        let accepted = judge(*head, events[0].sequence) == Verdict::Accepted;
        if accepted {
            *head = events[events.len() - 1].sequence;
        }
        verdicts.insert(offset, if accepted { Settled::Accepted } else { Settled::Void });
    }
    (heads, verdicts)
}

#[derive(Clone, Debug)]
enum Step {
    Append { writer: usize, stream: usize, events: u64 },
    Ack { writer: usize, which: usize },
    Tail { writer: usize },
    Flush { writer: usize },
    Crash { writer: usize },
    Foreign { stream: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let writer = 0..WRITERS;
    let stream = 0..STREAMS.len();
    let step = prop_oneof![
        6 => (writer.clone(), stream.clone(), 1u64..3).prop_map(|(writer, stream, events)| Step::Append { writer, stream, events }),
        5 => (writer.clone(), 0usize..4).prop_map(|(writer, which)| Step::Ack { writer, which }),
        7 => writer.clone().prop_map(|writer| Step::Tail { writer }),
        2 => writer.clone().prop_map(|writer| Step::Flush { writer }),
        1 => writer.prop_map(|writer| Step::Crash { writer }),
        1 => stream.prop_map(|stream| Step::Foreign { stream }),
    ];
    proptest::collection::vec(step, 0..150)
}

/// Runs the steps, lets everything arrive, and compares every writer with the truth.
fn run(steps: &[Step], mutations: Mutations) -> Result<(), String> {
    let mut log: Log = Vec::new();
    let mut writers: Vec<Writer> = (0..WRITERS).map(|_| Writer::new(mutations)).collect();
    for (id, step) in steps.iter().enumerate() {
        match *step {
            Step::Append { writer, stream, events } => writers[writer].append(&mut log, STREAMS[stream], events, id),
            Step::Ack { writer, which } => writers[writer].hear_ack(which),
            Step::Tail { writer } => writers[writer].hear_tail(&log),
            Step::Flush { writer } => writers[writer].partition.flush().unwrap(),
            Step::Crash { writer } => writers[writer].crash(),
            Step::Foreign { stream } => log.push((STREAMS[stream].to_owned(), b"hello".to_vec())),
        }
    }
    let (heads, verdicts) = truth(&log);
    for writer in &mut writers {
        while !writer.acks.is_empty() {
            writer.hear_ack(0);
        }
        while writer.tail < log.len() {
            writer.hear_tail(&log);
        }
        compare(writer, &log, &heads, &verdicts)?;
    }
    Ok(())
}

fn compare(
    writer: &mut Writer,
    log: &Log,
    heads: &HashMap<String, u64>,
    verdicts: &HashMap<i64, Settled>,
) -> Result<(), String> {
    if let Some(reason) = writer.partition.stop_reason() {
        return Err(reason);
    }
    let next = writer.partition.at().next;
    if next != i64::try_from(log.len()).unwrap() {
        return Err(format!("applied up to {next} of {}", log.len()));
    }
    for stream in STREAMS {
        let state = writer.partition.stream(stream).unwrap();
        let Body::Ready(counter) = &state.body else { return Err(format!("{stream} is not ready")) };
        let head = heads.get(stream).copied().unwrap_or(0);
        if (state.head, counter.events) != (head, head) {
            return Err(format!("{stream} is at {} with {} events instead of {head}", state.head, counter.events));
        }
        let events = writer.partition.events(stream, u64::MAX).unwrap();
        if !events.iter().map(|(sequence, _)| *sequence).eq(1..=head) {
            return Err(format!("the index of {stream} is {events:?}"));
        }
    }
    for (offset, heard) in writer.heard.drain(..) {
        let settled = match heard {
            Heard::Now(settled) => settled,
            // A crash took the receiver's other half with it: the writer never answered.
            Heard::Later(mut receiver) => match receiver.try_recv() {
                Ok(settled) => settled,
                Err(_) => continue,
            },
        };
        if verdicts[&offset] != settled {
            return Err(format!("offset {offset} is {:?} but its writer heard {settled:?}", verdicts[&offset]));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn given_any_interleaving_when_all_has_arrived_then_every_writer_agrees_with_the_log(steps in steps()) {
        run(&steps, Mutations::default()).map_err(TestCaseError::fail)?;
    }
}

#[test]
fn given_the_rule_switched_off_when_two_writers_append_the_same_sequence_then_the_simulation_notices() {
    let append = |writer| Step::Append { writer, stream: 0, events: 1 };
    let ack = |writer| Step::Ack { writer, which: 0 };
    let steps = [append(0), append(1), ack(0), Step::Tail { writer: 1 }, ack(1)];
    assert_eq!(run(&steps, Mutations::default()), Ok(()));
    assert!(run(&steps, Mutations { first_wins_off: true, ..Mutations::default() }).is_err());
}

#[test]
fn given_an_acknowledgement_below_what_was_applied_before_the_record_was_sent_when_heard_then_the_partition_stops() {
    let (mut writer, mut log) = (Writer::new(Mutations::default()), Log::new());
    for id in 0..3 {
        writer.append(&mut log, STREAMS[0], 1, id);
        writer.hear_ack(0);
    }
    writer.append(&mut log, STREAMS[1], 1, 3);
    // The topic was created anew: its first record is ours.
    let (_, own) = writer.acks.remove(0);
    assert!(matches!(writer.partition.on_ack(0, own), Ack::Later(_)), "no verdict on another log");
    assert!(writer.partition.stop_reason().is_some_and(|reason| reason.contains("created anew")));
}

/// Rows of which one write fails.
struct FullOnce(MemoryState, std::sync::atomic::AtomicBool);

impl StateStore for FullOnce {
    fn partition(&self, partition: i32) -> Result<Option<PartitionRow>, StateError> {
        self.0.partition(partition)
    }

    fn stream(&self, stream: &str) -> Result<Option<StreamRow>, StateError> {
        self.0.stream(stream)
    }

    fn event(&self, stream: &str, sequence: u64) -> Result<Option<i64>, StateError> {
        self.0.event(stream, sequence)
    }

    fn events(&self, stream: &str, last: u64) -> Result<Vec<(u64, i64)>, StateError> {
        self.0.events(stream, last)
    }

    fn command(&self, stream: &str, command_id: &str) -> Result<Option<CommandRow>, StateError> {
        self.0.command(stream, command_id)
    }

    fn write(&self, batch: &Batch) -> Result<(), StateError> {
        if self.1.swap(false, std::sync::atomic::Ordering::Relaxed) {
            return Err(StateError("disk full".to_owned()));
        }
        self.0.write(batch)
    }

    fn sync(&self) -> Result<(), StateError> {
        self.0.sync()
    }
}

#[test]
fn given_a_write_that_failed_when_there_is_room_again_then_no_later_write_moves_the_offset_past_its_rows() {
    let rows: Arc<dyn StateStore> = Arc::new(FullOnce(MemoryState::default(), true.into()));
    let partition = partition(&rows, Mutations::default());
    partition.begin_tail();
    let (mut writer, mut log) = (Writer::new(Mutations::default()), Log::new());
    writer.append(&mut log, STREAMS[0], 1, 0);
    writer.append(&mut log, STREAMS[1], 1, 1);
    partition.on_tail(0, Some(log[0].0.as_bytes()), Some(&log[0].1));
    assert!(partition.flush().is_err());
    assert!(partition.stop_reason().is_some_and(|reason| reason.contains("disk full")));
    partition.on_tail(1, Some(log[1].0.as_bytes()), Some(&log[1].1));
    assert!(partition.flush().is_err());
    assert_eq!(rows.partition(0).unwrap(), None, "a restart reads everything again");
}
