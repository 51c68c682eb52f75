//! One writer of a race: many commands on few streams, each outcome written down.

use futures::StreamExt;

use super::audit::{Attempt, Told};
use super::counter::{Counter, CounterCommand, meta};
use crate::command::Expected;
use crate::error::ExecuteError;
use crate::store::EventStore;

/// What one writer does.
#[derive(Clone, Debug)]
pub struct Race {
    /// Tells the writer's commands from those of others.
    pub writer: String,
    /// How many streams are raced for.
    pub streams: u64,
    /// How many commands are given.
    pub attempts: u64,
    /// The same seed gives the same commands.
    pub seed: u64,
    /// How many commands are under way at once.
    pub concurrency: usize,
}

/// Gives all commands and notes what the writer was told. Half of them expect the version that was last seen, a tenth
/// can be refused by the aggregate.
pub async fn race(store: &EventStore<Counter>, race: &Race) -> Vec<Attempt> {
    let commands = (0..race.attempts).map(|n| one(store, race, n));
    futures::stream::iter(commands).buffer_unordered(race.concurrency).collect().await
}

async fn one(store: &EventStore<Counter>, race: &Race, n: u64) -> Attempt {
    let dice = scramble(race.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(n));
    let stream = format!("race/{}", dice % race.streams);
    let command_id = format!("{}-{n}", race.writer);
    let command = match (dice >> 32) % 10 {
        0 => CounterCommand::AddBelow { by: 1, limit: 40 },
        1 => CounterCommand::AddEach(2),
        _ => CounterCommand::Add(1),
    };
    let seen = match (dice >> 48) % 2 {
        0 => store.load(&stream, crate::Freshness::Local).await.ok(),
        _ => None,
    };
    let expected = seen.map_or(Expected::Any, |loaded| Expected::Version(loaded.map_or(0, |loaded| loaded.sequence)));
    let told = match store.execute(&stream, command, &(), meta(&command_id), expected).await {
        Ok(committed) => Told::Acknowledged { sequence: committed.sequence, position: committed.position },
        Err(ExecuteError::OutcomeUnknown(reason)) => Told::Unknown { reason },
        Err(refusal) => Told::Refused { reason: refusal.to_string() },
    };
    Attempt { stream, command_id, told }
}

/// SplitMix64: a fixed scrambling of numbers.
fn scramble(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
