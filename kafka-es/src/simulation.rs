//! The append protocol on a simulated log: several writers, acknowledgements and tails in any order, crashes, flushes,
//! void and foreign records, records that stand there twice, offsets that no reader is given. Whatever happens, every
//! writer ends with the same streams and every verdict was right.

mod filed;
mod full_disk;
mod switches;

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
use crate::state::{MemoryState, StateStore, fingerprint};
use crate::stream_state::Body;
use cqrs_es::Aggregate;

const WRITERS: usize = 3;
const STREAMS: [&str; 3] = ["s/0", "s/1", "s/2"];

/// Key and value by offset; `None` where a reader is given nothing, as at the end of a foreign program's transaction.
type Log = Vec<Option<(String, Vec<u8>)>>;

fn end(log: &Log) -> i64 {
    i64::try_from(log.len()).unwrap()
}

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
        tail_wanted: tokio::sync::Notify::new(),
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
        self.acks.push((end(log), own));
        log.push(Some((stream.to_owned(), value)));
    }

    /// A record lands once more before it is acknowledged, and its acknowledgement is the second one's.
    fn append_again(&mut self, log: &mut Log, which: usize) {
        if self.acks.is_empty() {
            return;
        }
        let which = which % self.acks.len();
        let (offset, _) = &mut self.acks[which];
        let copy = log[usize::try_from(*offset).unwrap()].clone();
        *offset = end(log);
        log.push(copy);
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

    /// The tail rests only on a log that it has recognised.
    fn wake(&mut self) {
        if !self.partition.at().verified {
            return;
        }
        self.tail = self.tail.max(usize::try_from(self.partition.wake()).unwrap());
    }

    fn hear_tail(&mut self, log: &Log) {
        let Some(record) = log.get(self.tail) else { return };
        if let Some((key, value)) = record {
            self.partition.on_tail(i64::try_from(self.tail).unwrap(), Some(key.as_bytes()), Some(value));
        }
        self.tail += 1;
    }
}

fn envelope(stream: &str, sequence: u64, id: usize) -> Envelope {
    let (event_type, data) = AdjacentlyTagged::encode(&CounterEvent::Added { by: 1 }).unwrap();
    Envelope { commandid: id.to_string(), ..raw_envelope(stream, sequence, &event_type, data.get()) }
}

/// The truth, folded from the log alone.
#[derive(Default)]
struct Truth {
    heads: HashMap<String, u64>,
    /// By offset.
    verdicts: HashMap<i64, Settled>,
    /// The next offset for who has applied all that can be.
    next: i64,
    /// There stands a record that skips a sequence, and nothing more can be applied.
    gap: bool,
}

fn truth(log: &Log) -> Truth {
    let mut truth = Truth::default();
    for (offset, record) in (0..).zip(log) {
        let Some((key, value)) = record else { continue };
        if let Ok(events) = parse_record(Some(key.as_bytes()), Some(value)) {
            let head = truth.heads.entry(key.clone()).or_insert(0);
            let settled = match judge(*head, events[0].sequence) {
                Verdict::Accepted => {
                    *head = events[events.len() - 1].sequence;
                    Settled::Accepted
                }
                Verdict::Void => Settled::Void,
                Verdict::Gap { .. } => return Truth { gap: true, ..truth },
            };
            truth.verdicts.insert(offset, settled);
        }
        truth.next = offset + 1;
    }
    truth
}

#[derive(Clone, Debug)]
enum Step {
    Append {
        writer: usize,
        stream: usize,
        events: u64,
    },
    Ack {
        writer: usize,
        which: usize,
    },
    Tail {
        writer: usize,
    },
    Flush {
        writer: usize,
    },
    Crash {
        writer: usize,
    },
    Foreign {
        stream: usize,
    },
    /// The tail rested, and goes on with the next record to apply.
    Wake {
        writer: usize,
    },
    /// A record on its way lands twice.
    Again {
        writer: usize,
        which: usize,
    },
    /// An offset that no reader is given.
    Hidden,
    /// Another program writes an event that skips a sequence.
    Skip {
        stream: usize,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let writer = 0..WRITERS;
    let stream = 0..STREAMS.len();
    let step = prop_oneof![
        6 => (writer.clone(), stream.clone(), 1u64..3).prop_map(|(writer, stream, events)| Step::Append { writer, stream, events }),
        5 => (writer.clone(), 0usize..4).prop_map(|(writer, which)| Step::Ack { writer, which }),
        7 => writer.clone().prop_map(|writer| Step::Tail { writer }),
        2 => writer.clone().prop_map(|writer| Step::Flush { writer }),
        1 => writer.clone().prop_map(|writer| Step::Crash { writer }),
        2 => writer.prop_map(|writer| Step::Wake { writer }),
        1 => stream.prop_map(|stream| Step::Foreign { stream }),
        1 => (0..WRITERS, 0usize..4).prop_map(|(writer, which)| Step::Again { writer, which }),
        1 => Just(Step::Hidden),
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
            Step::Wake { writer } => writers[writer].wake(),
            Step::Foreign { stream } => log.push(Some((STREAMS[stream].to_owned(), b"hello".to_vec()))),
            Step::Again { writer, which } => writers[writer].append_again(&mut log, which),
            Step::Hidden => log.push(None),
            Step::Skip { stream } => log.push(Some(skipping(&log, STREAMS[stream], id))),
        }
    }
    let truth = truth(&log);
    for writer in &mut writers {
        while !writer.acks.is_empty() {
            writer.hear_ack(0);
        }
        while writer.tail < log.len() {
            writer.hear_tail(&log);
        }
        compare(writer, &truth)?;
    }
    Ok(())
}

/// An event of another program that leaves out the stream's next sequence.
fn skipping(log: &Log, stream: &str, id: usize) -> (String, Vec<u8>) {
    let head = truth(log).heads.get(stream).copied().unwrap_or(0);
    let (value, _) = record_value(&[envelope(stream, head + 2, id)]).unwrap();
    (stream.to_owned(), value)
}

fn compare(writer: &mut Writer, truth: &Truth) -> Result<(), String> {
    match writer.partition.stop_reason() {
        Some(reason) if !truth.gap => return Err(reason),
        None if truth.gap => return Err(format!("went on behind offset {}", truth.next)),
        _ => {}
    }
    let next = writer.partition.at().next;
    if next != truth.next {
        return Err(format!("applied up to {next} instead of {}", truth.next));
    }
    for stream in STREAMS {
        let state = writer.partition.stream(stream).unwrap();
        let Body::Ready(counter) = &state.body else { return Err(format!("{stream} is not ready")) };
        let head = truth.heads.get(stream).copied().unwrap_or(0);
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
            // A crash or a stop took the receiver's other half with it: the writer never answered.
            Heard::Later(mut receiver) => match receiver.try_recv() {
                Ok(settled) => settled,
                Err(_) => continue,
            },
        };
        if truth.verdicts.get(&offset) != Some(&settled) {
            return Err(format!(
                "offset {offset} is {:?} but its writer heard {settled:?}",
                truth.verdicts.get(&offset)
            ));
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

    #[test]
    fn given_a_record_that_skips_a_sequence_when_all_has_arrived_then_every_writer_stopped_there(
        before in steps(), stream in 0..STREAMS.len(), after in steps(),
    ) {
        let steps = [before, vec![Step::Skip { stream }], after].concat();
        run(&steps, Mutations::default()).map_err(TestCaseError::fail)?;
    }
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
