//! The reminders of a task in another program's file.
//!
//! They come with their task: where this very line made it, now or in an import before that was cut off, they are made. Their ids follow from
//! the task and from when they ring, so one that was made before, and has been moved or deleted since, does not come again. A task that
//! was there otherwise stays as it is with the reminders that it has: which they are, the write side does not know.

use formats::Lost;
use formats::ids::reminder_key;
use kafka_es::{ConsistencyToken, Outcome};
use platform::problem::{Kind, Problem};
use serde_json::{Map, Value};

use super::line::Imported;
use crate::reminder::create;
use crate::request::{IfMatch, Preconditions};
use crate::state::CommandState;

/// What became of the reminders of one task.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) count: usize,
    pub(super) token: Option<ConsistencyToken>,
}

/// Makes them, and notes in `lost` which are not.
///
/// # Errors
/// The log cannot take them now.
pub(super) async fn make(
    state: &CommandState,
    imported: &Imported,
    bodies: Vec<Map<String, Value>>,
    lost: &mut Vec<Lost>,
) -> Result<Made, Problem> {
    let mut made = Made::default();
    if !imported.is_of_this_line() {
        if !bodies.is_empty() {
            lost.push(not_made(
                "reminders",
                "the task was there already, and stays as it is with the reminders that it has",
            ));
        }
        return Ok(made);
    }
    for body in bodies {
        let key = reminder_key(imported.id, &body);
        let preconditions = Preconditions { if_match: IfMatch::Any, idempotency_key: Some(key), part_of: None };
        match create::run(state, imported.id, &preconditions, body).await {
            Ok((_, committed)) => {
                made.count += usize::from(committed.outcome == Outcome::Appended);
                made.token.get_or_insert_default().merge(&ConsistencyToken::from(committed.position));
            }
            // The task was deleted since it was imported.
            Err(problem) if problem.kind() == Kind::NotFound => break,
            Err(problem) if problem.status().is_server_error() => return Err(problem),
            Err(problem) => lost.extend(refused(&problem)),
        }
    }
    Ok(made)
}

/// What a reminder was refused for, field by field.
fn refused(problem: &Problem) -> Vec<Lost> {
    if problem.errors().is_empty() {
        return vec![not_made("reminder", &problem.body().detail)];
    }
    let errors = problem.errors().iter();
    errors.map(|error| not_made(&format!("reminder {}", error.field), &error.detail)).collect()
}

fn not_made(field: &str, why: &str) -> Lost {
    Lost { field: field.to_owned(), value: String::new(), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_reminder_that_is_refused_then_each_field_says_why() {
        let fields = |problem: Problem| {
            refused(&problem).into_iter().map(|lost| format!("{}: {}", lost.field, lost.why)).collect::<Vec<_>>()
        };
        assert_eq!(
            fields(Problem::invalid_field("before_due", "needs a due date")),
            ["reminder before_due: needs a due date"]
        );
        assert_eq!(fields(Problem::conflict("it is there")), ["reminder: it is there"]);
    }
}
