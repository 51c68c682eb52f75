//! The operations of a bulk request, read as far as they are operations: what is in `task` and `patch` is for the call
//! that takes it.

use domain::read::{Reader, string, type_of};
use domain::task::Scope;
use platform::http::refuse_own_commands;
use platform::problem::Problem;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::failure::invalid;
use crate::request::{IDEMPOTENCY_KEY_MAX_CHARS, IfMatch};

/// Operations a request may hold at most.
const OPERATIONS_MAX: usize = 1_000;

/// The members that some operation has, beside `op`.
const MEMBERS: [&str; 6] = ["id", "task", "patch", "occurrences", "if_match", "idempotency_key"];

/// One operation.
#[derive(Debug, PartialEq)]
pub(super) struct Operation {
    /// What it asks for.
    pub(super) op: Op,
    /// What it asks of the task's version.
    pub(super) if_match: IfMatch,
    /// Its own idempotency key.
    pub(super) key: Option<String>,
}

/// What an operation asks for: which call, on which task, with which body.
#[derive(Debug, PartialEq)]
pub(super) enum Op {
    Create(Map<String, Value>),
    Update(Uuid, Option<Scope>, Map<String, Value>),
    Delete(Uuid),
    Restore(Uuid),
    Skip(Uuid),
    Undo(Uuid),
}

impl Op {
    /// The task it names; a create names none.
    pub(super) fn id(&self) -> Option<Uuid> {
        match self {
            Self::Create(_) => None,
            Self::Update(id, ..) | Self::Delete(id) | Self::Restore(id) | Self::Skip(id) | Self::Undo(id) => Some(*id),
        }
    }

    /// Where the fields of the task are in the operation: a path with a dot at its end, or nothing.
    pub(super) fn fields_at(&self) -> &'static str {
        match self {
            Self::Create(_) => "task.",
            Self::Update(..) => "patch.",
            Self::Delete(_) | Self::Restore(_) | Self::Skip(_) | Self::Undo(_) => "",
        }
    }
}

/// Reads the body of a request: each operation, or what is wrong with it, in order.
///
/// # Errors
/// `operations` is missing, no list, empty or too long; or there is another member.
pub(super) fn read_all(body: &Map<String, Value>) -> Result<Vec<Result<Operation, Problem>>, Problem> {
    let mut reader = Reader::new(body);
    let operations = needed(&mut reader, "operations", list);
    reader.finish("a bulk request", &[]).map_err(invalid)?;
    Ok(operations.into_iter().flatten().enumerate().map(|(index, value)| read(index, value)).collect())
}

/// The path of an operation in the body.
pub(super) fn path(index: usize) -> String {
    format!("operations[{index}]")
}

fn read(index: usize, value: &Value) -> Result<Operation, Problem> {
    let Value::Object(object) = value else {
        return Err(Problem::invalid_field(path(index), format!("must be an object, not {}", type_of(value))));
    };
    let mut reader = Reader::new(object).inside(object, format!("{}.", path(index)));
    let op = read_op(&mut reader);
    let if_match = reader.take_not_null("if_match", version);
    let key = reader.take_not_null("idempotency_key", key);
    reader.finish("this operation", &[]).map_err(invalid)?;
    Ok(Operation {
        op: op.expect("a member that is missing or wrong is a violation"),
        if_match: if_match.map_or(IfMatch::Any, |version| IfMatch::Versions(vec![version])),
        key,
    })
}

/// Nothing where a member that the operation needs is violated.
fn read_op(reader: &mut Reader<'_>) -> Option<Op> {
    match needed(reader, "op", string) {
        Some("create") => needed(reader, "task", members).map(Op::Create),
        Some("update") => {
            let (id, patch) = (needed(reader, "id", id), needed(reader, "patch", members));
            let scope = reader.take_not_null("occurrences", |value| string(value)?.parse());
            id.zip(patch).map(|(id, patch)| Op::Update(id, scope, patch))
        }
        Some("delete") => needed(reader, "id", id).map(Op::Delete),
        Some("restore") => needed(reader, "id", id).map(Op::Restore),
        Some("skip") => needed(reader, "id", id).map(Op::Skip),
        Some("undo") => needed(reader, "id", id).map(Op::Undo),
        other => {
            if other.is_some() {
                reader.violation("op", "must be create, update, delete, restore, skip or undo");
            }
            // Which of them belong to it cannot be said.
            reader.tolerate(&MEMBERS);
            None
        }
    }
}

/// Reads a member that must be there; what is missing or wrong is a violation.
fn needed<'a, T>(
    reader: &mut Reader<'a>,
    name: &'static str,
    parse: impl FnOnce(&'a Value) -> Result<T, String>,
) -> Option<T> {
    if reader.lacks(name) {
        reader.violation(name, "is needed");
    }
    reader.take_not_null(name, parse)
}

fn list(value: &Value) -> Result<&[Value], String> {
    let Value::Array(operations) = value else {
        return Err(format!("must be an array, not {}", type_of(value)));
    };
    match operations.len() {
        0 => Err(format!("must not be empty; it takes 1 to {OPERATIONS_MAX} operations")),
        1..=OPERATIONS_MAX => Ok(operations.as_slice()),
        more => Err(format!("has {more} operations; send at most {OPERATIONS_MAX} in one request")),
    }
}

fn members(value: &Value) -> Result<Map<String, Value>, String> {
    value.as_object().cloned().ok_or_else(|| format!("must be an object, not {}", type_of(value)))
}

/// Only the hyphenated form, as in a path.
fn id(value: &Value) -> Result<Uuid, String> {
    Some(string(value)?)
        .filter(|text| text.len() == 36)
        .and_then(|text| Uuid::try_parse(text).ok())
        .ok_or_else(|| "must be a UUID like \"01234567-89ab-7def-8123-456789abcdef\"".to_owned())
}

fn version(value: &Value) -> Result<u64, String> {
    let version = value.as_u64().filter(|version| *version > 0);
    version.ok_or_else(|| "must be a version: a whole number from 1, such as 3".to_owned())
}

/// What the header `Idempotency-Key` could hold too, as a key is the same one wherever it is sent.
fn key(value: &Value) -> Result<String, String> {
    let key = string(value)?;
    let visible = key.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if key.is_empty() || key.len() > IDEMPOTENCY_KEY_MAX_CHARS || !visible || key.trim() != key {
        return Err(format!(
            "must have 1 to {IDEMPOTENCY_KEY_MAX_CHARS} characters of visible ASCII, and no white space around them"
        ));
    }
    refuse_own_commands(key)?;
    Ok(key.to_owned())
}

#[cfg(test)]
mod tests;
