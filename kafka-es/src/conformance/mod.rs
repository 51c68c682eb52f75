//! The conformance suite: what an event store on a log must do, checked against any broker.
//!
//! Each case makes its own topic and panics with what it found. [`audit`] is pure: it compares a log with what the
//! writers were told.

mod again;
mod audit;
mod blank;
mod call;
mod cases;
mod copies;
mod counter;
mod hidden;
mod lost;
mod race;
mod raw;
mod repeated;
mod resting;

pub use again::given_again_at_once;
pub use audit::{Attempt, Audit, Told, audit};
pub use blank::barrier_without_events;
pub use call::{Answer, Call, Question, ask};
pub use cases::{
    barrier_before_refusal, blocked_stream, commands_of_many_events, cqrs_framework, first_one_wins, foreign_records,
    gap_stops, idempotent_replay, recreated_topic_stops, restart_resumes, void_records,
};
pub use copies::written_twice;
pub use counter::{Counter, CounterCommand, CounterEvent, CounterRefusal, meta};
pub use hidden::hidden_records;
pub use lost::lost_records;
pub use race::{Race, race};
pub use raw::{fresh_topic, raw_envelope, read_all, write_each_raw, write_raw};
pub use repeated::repeated_command_id;
pub use resting::resting_tail;
