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
            Self::NothingToUndo => {
                Problem::conflict("there is nothing to undo: the last change of this task changed nothing")
            }
            Self::NotRecurring => {
                Problem::conflict("the task does not repeat, so there is no next occurrence to skip to")
            }
            Self::NotOpen(status) => {
                Problem::conflict(format!("the task is {status}: there is nothing to skip any more"))
            }
            Self::LineageNeeded { .. } => Problem::conflict(
                "others moved the task again and again while it was being changed; read it and try again",
            ),
            Self::Invalid(violations) => invalid(violations),
        }
    }
}

impl Rejection for ReminderRejection {
    const RESOURCE: &'static str = "reminder";

    fn problem(self) -> Problem {
        match self {
            Self::NotFound => not_found::<Self>(),
            Self::NoTask => not_found::<TaskRejection>(),
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
        // A stream without events is a resource that never was; RFC 9110 section 13.2.1 lets 404 go before the precondition.
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
            "whether the change was written is not known ({why}); repeat the request with the same Idempotency-Key, \
             or, if it had none, first read whether the change is there"
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

/// As [`problem`], for a create: what it makes is not there yet, so a version that `If-Match` names is 412, where other
/// writes say 404.
pub fn create_problem<E: Rejection>(error: ExecuteError<E>) -> Problem {
    match error {
        ExecuteError::WrongVersion { actual: 0 } => Problem::precondition_failed(format!(
            "If-Match names a version, and the {} to create has none yet; leave If-Match out",
            E::RESOURCE
        )),
        other => problem(other),
    }
}

/// What a stream that could not be read answers; `E` is the rejection of its resource.
pub fn load_problem<E: Rejection>(error: LoadError) -> Problem {
    match error {
        LoadError::Unavailable(why) => Problem::unavailable(format!("the event log cannot be reached: {why}")),
        LoadError::PartitionStopped { partition, reason } => stopped(partition, &reason),
        LoadError::StreamBlocked { sequence, reason } => blocked(E::RESOURCE, sequence, &reason),
        LoadError::Log(why) => {
            tracing::error!(reason = why, resource = E::RESOURCE, "a stream could not be read from the event log");
            Problem::unavailable(format!("this {} could not be read from the event log", E::RESOURCE))
        }
        LoadError::State(why) => state_failed(&why),
    }
}

/// 412.
fn wrong_version(actual: u64) -> Problem {
    Problem::precondition_failed(format!("the version now is \"{actual}\"; read it again, then decide"))
}

/// Seconds to wait where a person has to look first: to ask every second helps nobody.
const RETRY_AFTER_A_PERSON_SECS: u32 = 60;

fn blocked(resource: &str, sequence: u64, reason: &str) -> Problem {
    Problem::stream_blocked(format!("this {resource} has an event (sequence {sequence}) that cannot be read: {reason}"))
        .retry_after(RETRY_AFTER_A_PERSON_SECS)
}

fn stopped(partition: i32, reason: &str) -> Problem {
    Problem::unavailable(format!("partition {partition} of the event log is stopped: {reason}"))
        .retry_after(RETRY_AFTER_A_PERSON_SECS)
}

fn state_failed(why: &str) -> Problem {
    tracing::error!(reason = why, "the local state of the event log failed");
    Problem::unavailable("the local state of the event log failed")
}

#[cfg(test)]
mod tests {
    use axum::http::header;
    use axum::response::IntoResponse;

    use super::*;

    fn status(problem: &Problem) -> u16 {
        problem.status().as_u16()
    }

    #[test]
    fn given_a_version_of_what_is_not_there_then_a_create_says_412_and_any_other_write_404() {
        let error = || ExecuteError::<ReminderRejection>::WrongVersion { actual: 0 };
        assert_eq!((status(&create_problem(error())), status(&problem(error()))), (412, 404));
        let error = || ExecuteError::<TaskRejection>::WrongVersion { actual: 3 };
        assert_eq!((status(&create_problem(error())), status(&problem(error()))), (412, 412));
    }

    #[test]
    fn given_nothing_to_undo_then_409_says_why() {
        let problem = TaskRejection::NothingToUndo.problem();
        assert_eq!(status(&problem), 409);
        assert!(problem.body().detail.starts_with("there is nothing to undo: "), "{}", problem.body().detail);
    }

    #[test]
    fn given_a_reminder_without_its_task_then_404_names_the_task() {
        let problem = ReminderRejection::NoTask.problem();
        assert_eq!((status(&problem), problem.body().detail.as_str()), (404, "there is no task with this id"));
    }

    #[test]
    fn given_a_stream_that_cannot_be_read_then_the_detail_names_its_resource() {
        let blocked = || LoadError::StreamBlocked { sequence: 2, reason: "no such type".to_owned() };
        assert!(load_problem::<ReminderRejection>(blocked()).body().detail.starts_with("this reminder "));
        assert!(load_problem::<TaskRejection>(blocked()).body().detail.starts_with("this task "));
        assert_eq!(status(&load_problem::<TaskRejection>(LoadError::Log("gone".to_owned()))), 503);
    }

    #[test]
    fn given_what_a_person_has_to_mend_when_it_is_answered_then_the_client_is_asked_to_wait_for_longer() {
        let wait = |error| {
            let response = load_problem::<TaskRejection>(error).into_response();
            response.headers()[header::RETRY_AFTER].to_str().unwrap().to_owned()
        };
        assert_eq!(wait(LoadError::PartitionStopped { partition: 3, reason: "the disk is full".to_owned() }), "60");
        assert_eq!(wait(LoadError::StreamBlocked { sequence: 2, reason: "no such type".to_owned() }), "60");
        assert_eq!(wait(LoadError::Unavailable("Kafka is away".to_owned())), "1");
    }
}
