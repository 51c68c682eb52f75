//! What a write that did not go through answers.

use domain::Violations;
use domain::reminder::ReminderRejection;
use domain::task::TaskRejection;
use kafka_es::{ExecuteError, LoadError};
use platform::problem::{FieldError, Problem};

/// What is refused, in a problem's words.
pub trait Rejection {
    /// The resource in a sentence: "task", "reminder".
    const RESOURCE: &'static str;

    /// The problem this rejection is answered with.
    fn problem(self) -> Problem;
}

impl Rejection for TaskRejection {
    const RESOURCE: &'static str = "task";

    fn problem(self) -> Problem {
        match self {
            Self::NotFound => not_found::<Self>(),
            Self::AlreadyExists => Problem::conflict("a task with this id exists already"),
            Self::Invalid(violations) => invalid(violations),
        }
    }
}

impl Rejection for ReminderRejection {
    const RESOURCE: &'static str = "reminder";

    fn problem(self) -> Problem {
        match self {
            Self::NotFound => not_found::<Self>(),
            Self::AlreadyExists => Problem::conflict("a reminder with this id exists already"),
            Self::Invalid(violations) => invalid(violations),
        }
    }
}

/// 422 with every violation and its field.
pub fn invalid(Violations(violations): Violations) -> Problem {
    Problem::invalid(violations.into_iter().map(|violation| FieldError::new(violation.field, violation.detail)))
}

/// 404 for the resource of `R`.
pub fn not_found<R: Rejection>() -> Problem {
    Problem::not_found(format!("there is no {} with this id", R::RESOURCE))
}

/// What a command that was not committed answers. A fault that an operator must look at is logged here, once.
pub fn problem<E: Rejection>(error: ExecuteError<E>) -> Problem {
    match error {
        ExecuteError::Rejected(rejection) => rejection.problem(),
        // A stream without events is a resource that never was; RFC 9110 lets 404 go before the precondition.
        ExecuteError::WrongVersion { actual: 0 } => not_found::<E>(),
        ExecuteError::WrongVersion { actual } => wrong_version(actual),
        ExecuteError::KeyReused => {
            Problem::idempotency_key_reused("the Idempotency-Key was used before for another request; use a new key")
        }
        ExecuteError::Conflict { attempts } => Problem::conflict(format!(
            "others changed this {} {attempts} times while it was being changed; read it and try again",
            E::RESOURCE
        )),
        ExecuteError::Unavailable(why) => Problem::unavailable(format!("the event log cannot be reached: {why}")),
        ExecuteError::OutcomeUnknown(why) => Problem::outcome_unknown(format!(
            "whether the change was written is not known ({why}); repeat the request with the same Idempotency-Key"
        )),
        ExecuteError::TooLarge { bytes } => {
            Problem::too_large(format!("the change makes an event of {bytes} bytes, which is more than the log takes"))
        }
        ExecuteError::StreamBlocked { sequence, reason } => blocked(E::RESOURCE, sequence, &reason),
        ExecuteError::PartitionStopped { partition, reason } => stopped(partition, &reason),
        ExecuteError::Encode(error) => {
            tracing::error!(%error, resource = E::RESOURCE, "an event could not be encoded");
            Problem::internal("the change could not be written as an event")
        }
        // Ours are `<tenant>/<uuid>`.
        ExecuteError::StreamName => {
            tracing::error!(resource = E::RESOURCE, "a stream's name was refused");
            Problem::internal("the stream has no valid name")
        }
        ExecuteError::State(why) => state_failed(&why),
    }
}

/// What a stream that could not be read answers.
pub fn load_problem(error: LoadError) -> Problem {
    match error {
        LoadError::Unavailable(why) => Problem::unavailable(format!("the event log cannot be reached: {why}")),
        LoadError::PartitionStopped { partition, reason } => stopped(partition, &reason),
        LoadError::StreamBlocked { sequence, reason } => blocked("task", sequence, &reason),
        LoadError::Log(why) | LoadError::State(why) => state_failed(&why),
    }
}

/// 412.
pub fn wrong_version(actual: u64) -> Problem {
    Problem::precondition_failed(format!("the version now is \"{actual}\"; read it again, then decide"))
}

fn blocked(resource: &str, sequence: u64, reason: &str) -> Problem {
    Problem::stream_blocked(format!("this {resource} has an event (sequence {sequence}) that cannot be read: {reason}"))
}

fn stopped(partition: i32, reason: &str) -> Problem {
    Problem::unavailable(format!("partition {partition} of the event log is stopped: {reason}"))
}

fn state_failed(why: &str) -> Problem {
    tracing::error!(reason = why, "the local state of the event log failed");
    Problem::unavailable("the local state of the event log failed")
}
