//! A model of the append protocol, and every interleaving of it within bounds.
//!
//! The crate's own tests run the code in some orders; this model has no code of the store but [`kafka_es::rule::judge`],
//! and `stateright` visits all orders. The model says whether the protocol is right, the tests whether the code is the
//! protocol: `kafka-es/src/simulation.rs` and the conformance suite break the same things in the code.
//!
//! # What is modelled
//! - **The log** of one partition: records of commands, records of other programs, records that skip a sequence.
//! - **Writers**: an applied prefix of the log, a tail that reads the next record, a state on disk that is written in one
//!   piece with its offset, a crash that goes back to it. A writer works on one command of a stream at a time.
//! - **Clients**, one a command: each gives its command to any writer and, when the outcome is unknown, again, with the
//!   same id. A command is taken always, in one version of the stream only, or by a rule on the aggregate's state.
//! - **The way of a record**: sent; landed now, later, twice or never; acknowledged with its offset, without it, or not at
//!   all; judged at once, or after the tail has filled the gap below it. A writer that was paused is a writer that takes
//!   no step for a while, and a record that nobody waits for any more lands whenever it likes.
//! - **Refusals**: after a barrier, which is the end of the log at some moment since the call began, or the place of a
//!   record that was written for it: a copy of one that is in the log, void wherever it lands.
//!
//! What must hold is in `properties`, with the witnesses: things that must happen in some state, so that nothing holds
//! only because nothing happens.
//!
//! # What is not
//! Time; several partitions, which share nothing; commands that change nothing, which take the way of a refusal; the
//! fingerprint of a command id; the order in which one producer's records land, so that the model allows more than Kafka
//! does; the wait for the log's end after a start, so that it allows more than the store does; a log that is truncated or
//! created anew, which `simulation.rs` and the faults of package `tests` have.
//!
//! # Bounds
//! Each run visits every state that its bounds allow (`scenarios`):
//!
//! | run | writers | commands | calls of each | besides | states |
//! |---|---|---|---|---|---|
//! | `RACE` | 3 | 3 | 1 | | 494,008 |
//! | `CRASH` | 2 | 2 | 2 | a crash | 155,203 |
//! | `COPIES` | 2 | 2 | 2 | a record lands twice | 1,431,292 |
//! | `BARRIER` | 2 | 3 | 1 | barriers are records | 39,566 |
//! | `TWINS` | 3 | 3 | 1 | two of the calls are of one command, at once | 715,030 |
//! | `BLIND` | 2 | 3 | 1 | acknowledgements without an offset | 74,113 |
//! | `STREAMS` | 2 | 3, one of two events | 1 | two streams, a foreign record | 554,487 |
//! | `SKIP` | 2 | 2 | 1 | a record that skips a sequence, a crash | 23,148 |
//! | `CONFLICT` | 2 | 2 | 1 | no second try after a lost race, a record lands twice | 8,772 |
//! | `CONFLICT_AGAIN` | 2 | 2 | 2 | no second try after a lost race | 108,079 |
//!
//! Each [`Mutation`] breaks one thing, and the checker has to find which properties fail then.
//!
//! # How to run
//! ```text
//! cargo test --release -p kafka-es --features conformance --test model -- --nocapture --test-threads=1
//! ```
//! prints the states of each run, and the shortest way to a property that fails. `make test` runs it too.

mod actions;
mod client;
mod log;
mod mutation;
mod properties;
mod protocol;
mod scenarios;
mod state;
mod writer;

use stateright::{Checker, HasDiscoveries, Model};

use mutation::Mutation;
use properties::{
    CONFLICTS_HONEST, IN_ORDER, NOTHING_LOST, ONCE, REFUSALS_CURRENT, REFUSALS_FINAL, STOPS_AT_GAPS, WRITERS_AGREE,
};
use scenarios::{BARRIER, BLIND, CLOCK, CONFLICT, CONFLICT_AGAIN, COPIES, CRASH, RACE, SKIP, STREAMS, TWINS};
use state::{Bounds, Protocol};

const THREADS: usize = 2;

/// Visits every state within the bounds: what must always hold does, and every witness is found.
fn every_property_holds(bounds: Bounds) {
    let protocol = Protocol { bounds, mutation: Mutation::None };
    let checker = protocol.checker().threads(THREADS).spawn_bfs().join();
    println!("{} states, {} deep", checker.unique_state_count(), checker.max_depth());
    checker.assert_properties();
}

/// The checker finds a state for each of these properties in which it does not hold.
fn is_noticed(mutation: Mutation, bounds: Bounds, broken: &[&'static str]) {
    let protocol = Protocol { bounds, mutation };
    let all = HasDiscoveries::AllOf(broken.iter().copied().collect());
    let checker = protocol.checker().threads(THREADS).finish_when(all).spawn_bfs().join();
    for property in broken {
        let ways = checker.discoveries();
        let way = ways.get(property).unwrap_or_else(|| panic!("{mutation:?} goes unnoticed by: {property}"));
        println!("{mutation:?} breaks: {property}, in {} steps", way.clone().into_actions().len());
    }
}

#[test]
fn given_three_writers_when_they_race_then_every_property_holds() {
    every_property_holds(RACE);
}

#[test]
fn given_a_crash_when_clients_ask_again_then_every_property_holds() {
    every_property_holds(CRASH);
}

#[test]
fn given_a_record_that_lands_twice_when_clients_ask_again_then_every_property_holds() {
    every_property_holds(COPIES);
}

#[test]
fn given_barriers_that_are_records_when_a_command_is_refused_then_every_property_holds() {
    every_property_holds(BARRIER);
}

#[test]
fn given_a_command_when_two_writers_have_it_at_once_then_every_property_holds() {
    every_property_holds(TWINS);
}

#[test]
fn given_acknowledgements_without_an_offset_when_writers_race_then_every_property_holds() {
    every_property_holds(BLIND);
}

#[test]
fn given_two_streams_and_a_foreign_record_when_writers_race_then_every_property_holds() {
    every_property_holds(STREAMS);
}

#[test]
fn given_a_record_that_skips_a_sequence_when_read_then_every_property_holds() {
    every_property_holds(SKIP);
}

#[test]
fn given_no_second_try_when_a_race_is_lost_then_every_property_holds() {
    every_property_holds(CONFLICT);
}

/// Here the witness is a lesson: who is told of a conflict, after a call whose outcome was unknown, may find the command
/// in the stream later, by the record of that first call.
#[test]
fn given_a_conflict_when_clients_ask_again_then_every_property_holds() {
    every_property_holds(CONFLICT_AGAIN);
}

/// Why a decision must follow from state and command alone: else a command that was accepted by a call of unknown outcome
/// can be refused by the next, on the same state, and land later.
#[test]
fn given_a_rule_that_looks_at_the_clock_when_asked_again_then_a_refused_command_may_get_into_the_stream() {
    is_noticed(Mutation::None, CLOCK, &[REFUSALS_FINAL]);
}

#[test]
fn given_each_mutation_when_checked_then_the_properties_that_it_breaks_fail() {
    is_noticed(Mutation::FirstWinsOff, RACE, &[WRITERS_AGREE, NOTHING_LOST, IN_ORDER]);
    is_noticed(Mutation::BarrierOff, CRASH, &[REFUSALS_CURRENT, REFUSALS_FINAL]);
    is_noticed(Mutation::BarrierStale, CRASH, &[REFUSALS_CURRENT, REFUSALS_FINAL]);
    is_noticed(Mutation::GapUnseen, SKIP, &[WRITERS_AGREE, NOTHING_LOST]);
    is_noticed(Mutation::VoidsApplied, COPIES, &[WRITERS_AGREE, NOTHING_LOST]);
    is_noticed(Mutation::NewIdOnRetry, CRASH, &[ONCE]);
    is_noticed(Mutation::ReplayOff, CRASH, &[ONCE]);
    is_noticed(Mutation::FlushTorn, CRASH, &[WRITERS_AGREE, STOPS_AT_GAPS, REFUSALS_CURRENT]);
    is_noticed(Mutation::OffsetGapsUnseen, RACE, &[WRITERS_AGREE, NOTHING_LOST]);
    is_noticed(Mutation::CopiesUnseen, CONFLICT, &[CONFLICTS_HONEST]);
    is_noticed(Mutation::BlindAckUnchecked, CONFLICT, &[CONFLICTS_HONEST]);
}
