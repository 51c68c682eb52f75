//! A stream with more commands than its row holds.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Log, STREAMS, Writer, partition};
use crate::codec::AdjacentlyTagged;
use crate::conformance::Counter;
use crate::mutation::Mutations;
use crate::partition::Partition;
use crate::state::{MemoryState, StateStore};

const STREAM: &str = STREAMS[0];

#[derive(Clone, Debug)]
enum Step {
    /// A record of so many events is read.
    Read(u64),
    Flush,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![30 => (1u64..4).prop_map(Step::Read), 2 => Just(Step::Flush), 1 => Just(Step::Restart)]
}

fn read_on(partition: &Partition<Counter, AdjacentlyTagged>, log: &Log, from: i64) {
    for (offset, record) in log.iter().enumerate().skip(usize::try_from(from).unwrap()) {
        let (key, value) = record.as_ref().unwrap();
        partition.on_tail(i64::try_from(offset).unwrap(), Some(key.as_bytes()), Some(value));
    }
}

/// The command is found with its record, the way in which a command asks for itself.
fn check(partition: &Partition<Counter, AdjacentlyTagged>, offset: usize, sequence: u64) -> Result<(), TestCaseError> {
    let id = offset.to_string();
    let state = partition.stream(STREAM).unwrap();
    prop_assert!(state.commands.find(&id).is_some() || state.filed.may_hold(&id), "{id} is ruled out");
    let found = partition.command(STREAM, &id).unwrap().map(|command| (command.sequence, command.offset));
    prop_assert_eq!(found, Some((sequence, i64::try_from(offset).unwrap())));
    Ok(())
}

proptest! {
    #[test]
    fn given_many_commands_when_written_and_restarted_at_any_time_then_each_is_found_with_its_record(steps in proptest::collection::vec(step(), 1..400)) {
        let rows: Arc<dyn StateStore> = Arc::new(MemoryState::default());
        let mut current = partition(&rows, Mutations::default());
        current.begin_tail();
        let (mut writer, mut log, mut lasts, mut places) = (Writer::new(Mutations::default()), Log::new(), Vec::new(), Vec::new());
        for step in steps {
            match step {
                Step::Read(events) => {
                    let head = lasts.last().copied().unwrap_or(0);
                    places.extend((head + 1..=head + events).map(|sequence| (sequence, i64::try_from(log.len()).unwrap())));
                    writer.append(&mut log, STREAM, events, lasts.len());
                    let (offset, own) = writer.acks.pop().unwrap();
                    writer.partition.on_ack(offset, own);
                    lasts.push(head + events);
                }
                Step::Flush => current.flush().unwrap(),
                Step::Restart => {
                    current = partition(&rows, Mutations::default());
                    read_on(&current, &log, current.begin_tail().unwrap());
                }
            }
            read_on(&current, &log, current.next());
            for offset in [0, lasts.len() / 2, lasts.len().saturating_sub(1)] {
                if let Some(last) = lasts.get(offset) {
                    check(&current, offset, *last)?;
                }
            }
            prop_assert_eq!(current.command(STREAM, "never given").unwrap(), None);
        }
        for (offset, last) in lasts.iter().enumerate() {
            check(&current, offset, *last)?;
        }
        let head = lasts.last().copied().unwrap_or(0);
        prop_assert_eq!(current.events(STREAM, head).unwrap(), places);
    }
}
