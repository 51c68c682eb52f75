//! Each safeguard of the partition, off and on: off, the simulation notices; on, the same steps pass.

use super::{Step, run};
use crate::mutation::Mutations;

fn append(writer: usize) -> Step {
    Step::Append { writer, stream: 0, events: 1 }
}

fn ack(writer: usize) -> Step {
    Step::Ack { writer, which: 0 }
}

/// The steps pass, and fail with the mutation.
fn notices(mutations: Mutations, steps: &[Step]) {
    assert_eq!(run(steps, Mutations::default()), Ok(()));
    let noticed = run(steps, mutations);
    assert!(noticed.is_err(), "{mutations:?} goes unnoticed");
}

#[test]
fn given_the_rule_switched_off_when_two_writers_append_the_same_sequence_then_the_simulation_notices() {
    let mutations = Mutations { first_wins_off: true, ..Mutations::default() };
    notices(mutations, &[append(0), append(1), ack(0), Step::Tail { writer: 1 }, ack(1)]);
}

#[test]
fn given_gaps_unseen_when_a_record_skips_a_sequence_then_the_simulation_notices() {
    let mutations = Mutations { gap_unseen: true, ..Mutations::default() };
    notices(mutations, &[append(0), ack(0), Step::Skip { stream: 0 }]);
}

#[test]
fn given_voids_applied_when_two_writers_append_the_same_sequence_then_the_simulation_notices() {
    let mutations = Mutations { voids_applied: true, ..Mutations::default() };
    notices(mutations, &[append(0), append(1), ack(0)]);
}

#[test]
fn given_offset_gaps_unseen_when_an_acknowledgement_overtakes_the_tail_then_the_simulation_notices() {
    let mutations = Mutations { offset_gaps_unseen: true, ..Mutations::default() };
    notices(mutations, &[append(0), append(1), ack(1)]);
}

#[test]
fn given_a_torn_flush_when_the_writer_crashes_then_the_simulation_notices() {
    let mutations = Mutations { flush_torn: true, ..Mutations::default() };
    notices(mutations, &[append(0), ack(0), Step::Flush { writer: 0 }, Step::Crash { writer: 0 }]);
}
