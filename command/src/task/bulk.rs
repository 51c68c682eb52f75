//! `POST /tasks/bulk`

mod operation;

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::task::TaskAggregate;
use futures::{StreamExt, stream};
use kafka_es::{Committed, ConsistencyToken};
use platform::http::JsonObject;
use platform::problem::{Kind, Problem, ProblemBody};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::{TokenHeader, token_of_all};
use crate::bodies::BulkBody;
use crate::request::{IDEMPOTENCY_KEY_MAX_CHARS, Preconditions, fingerprint};
use crate::state::CommandState;
use crate::task::import::IN_FLIGHT;
use crate::task::{create, delete, restore, skip, undo, update};

use operation::{Op, Operation};

/// What became of every operation, in order.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkReport {
    /// One entry an operation.
    pub results: Vec<OperationResult>,
}

/// What became of one operation.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationResult {
    /// What the call of its own would answer: 201 created; 200 changed; 204 the task is deleted; anything else: see `problem`.
    pub status: u16,
    /// The task: the one that the operation names, or the created one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// The task's version after the operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Why the operation was refused; its fields are named by their path in the request, such as `operations[3].task.title`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemBody>,
}

/// Runs many operations on tasks, each for itself.
///
/// `create`, `update`, `delete`, `restore`, `skip` and `undo` do and answer what the calls of their own do, and take what those
/// take; the parameter of `PATCH /tasks/{id}` is a member. An operation that is refused does not stop the others: only where
/// `operations` itself is not valid, or what is sent is no JSON that this API reads, is the whole request refused.
///
/// Operations on the same task take effect in their order, those on different tasks at the same time. A created task has no id
/// before the answer, so no operation of the same request can name it.
///
/// With an `Idempotency-Key`, the request can be repeated as a whole, as it was: every operation that made an event answers what it
/// answered before, and one that was refused, or changed nothing, is judged anew. `If-Match` is refused, as no version is that of all:
/// each operation may have its own `if_match` and `idempotency_key`, which mean what the headers mean. Where there was not enough
/// time for all operations the answer is 503; repeat it.
#[utoipa::path(
    post,
    path = "/tasks/bulk",
    tag = "tasks",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "An operation without an `idempotency_key` has this one, a slash and its index in `operations`, from 0: `key/0` (a digest, where that has more than 255 characters). A call of its own with the same key is the same command"),
    ),
    request_body(content = BulkBody, description = "1 to 1,000 operations and at most 1 MiB"),
    responses(
        (status = 200, description = "What became of each operation", body = BulkReport, headers(
            ("Consistency-Token" = String, description = "Send it with a query to see all that was done; left out where every operation was refused"),
        )),
        (status = 422, description = "`operations` is missing, no list, empty or longer than 1,000; or an `If-Match`"),
    )
)]
pub async fn bulk_tasks(
    State(state): State<CommandState>,
    preconditions: Preconditions,
    JsonObject(body): JsonObject,
) -> Result<(Option<TokenHeader>, Json<BulkReport>), Problem> {
    preconditions.refuse_if_match("where each operation may have an `if_match` of its own")?;
    let mut done = Vec::new();
    let mut planned = Vec::new();
    for (index, operation) in operation::read_all(&body)?.into_iter().enumerate() {
        match operation {
            Ok(operation) => planned.push(plan(&state, &preconditions, index, operation)),
            Err(problem) => done.push(Done::refused(index, None, &problem)),
        }
    }
    let ran: Vec<Vec<Done>> = stream::iter(by_task(planned))
        .map(|same| run_in_order(&state, same))
        .buffer_unordered(IN_FLIGHT)
        .collect()
        .await;
    done.extend(ran.into_iter().flatten());
    done.sort_unstable_by_key(|done| done.index);
    let (results, tokens): (Vec<_>, Vec<_>) = done.into_iter().map(|done| (done.result, done.token)).unzip();
    Ok((token_of_all(tokens.into_iter().flatten()), Json(BulkReport { results })))
}

/// An operation with all that it takes to run it.
struct Planned {
    /// Its place in the request, from 0.
    index: usize,
    /// The task, which may be one to create.
    id: Uuid,
    op: Op,
    preconditions: Preconditions,
    /// Its key is its own, not the request's.
    own_key: bool,
}

/// An operation that was answered.
struct Done {
    index: usize,
    result: OperationResult,
    token: Option<ConsistencyToken>,
}

impl Done {
    fn committed(index: usize, id: Uuid, status: StatusCode, committed: Committed<TaskAggregate>) -> Self {
        let (status, version) = (status.as_u16(), Some(committed.sequence));
        let result = OperationResult { status, id: Some(id), version, problem: None };
        Self { index, result, token: Some(ConsistencyToken::from(committed.position)) }
    }

    fn refused(index: usize, id: Option<Uuid>, problem: &Problem) -> Self {
        let status = problem.status().as_u16();
        let result = OperationResult { status, id, version: None, problem: Some(problem.body()) };
        Self { index, result, token: None }
    }
}

fn plan(state: &CommandState, of_request: &Preconditions, index: usize, operation: Operation) -> Planned {
    let Operation { op, if_match, key } = operation;
    let own_key = key.is_some();
    let idempotency_key = key.or_else(|| of_request.idempotency_key.as_deref().map(|key| key_at(key, index)));
    let preconditions = Preconditions { if_match, idempotency_key };
    let id = op.id().unwrap_or_else(|| create::new_id(state, &preconditions));
    Planned { index, id, op, preconditions, own_key }
}

/// The key of an operation that follows from the request's; never longer than a key may be.
fn key_at(key: &str, index: usize) -> String {
    let own = format!("{key}/{index}");
    if own.len() <= IDEMPOTENCY_KEY_MAX_CHARS { own } else { fingerprint("bulk", key, &Value::from(index)) }
}

/// The operations of each task, in their order; the tasks by their first operation.
fn by_task(planned: Vec<Planned>) -> Vec<Vec<Planned>> {
    let mut places = HashMap::new();
    let mut tasks: Vec<Vec<Planned>> = Vec::new();
    for operation in planned {
        let place = *places.entry(operation.id).or_insert(tasks.len());
        if place == tasks.len() {
            tasks.push(Vec::new());
        }
        tasks[place].push(operation);
    }
    tasks
}

/// Runs the operations of one task, each when the one before it is answered.
async fn run_in_order(state: &CommandState, operations: Vec<Planned>) -> Vec<Done> {
    let mut done = Vec::with_capacity(operations.len());
    for operation in operations {
        done.push(run(state, operation).await);
    }
    done
}

async fn run(state: &CommandState, operation: Planned) -> Done {
    let Planned { index, id, op, preconditions, own_key } = operation;
    let named = op.id();
    let fields_at = op.fields_at();
    match call(state, id, op, &preconditions).await {
        Ok((status, committed)) => Done::committed(index, id, status, committed),
        Err(problem) => Done::refused(index, named, &of_the_whole(problem, index, fields_at, own_key)),
    }
}

/// Does what the call of its own does.
async fn call(
    state: &CommandState,
    id: Uuid,
    op: Op,
    preconditions: &Preconditions,
) -> Result<(StatusCode, Committed<TaskAggregate>), Problem> {
    let (status, committed) = match op {
        Op::Create(task) => (StatusCode::CREATED, create::run(state, id, preconditions, task).await?),
        Op::Update(_, scope, patch) => (StatusCode::OK, update::run(state, id, preconditions, scope, patch).await?),
        Op::Delete(_) => (StatusCode::NO_CONTENT, delete::run(state, id, preconditions).await?),
        Op::Restore(_) => (StatusCode::OK, restore::run(state, id, preconditions).await?),
        Op::Skip(_) => (StatusCode::OK, skip::run(state, id, preconditions).await?),
        Op::Undo(_) => (StatusCode::OK, undo::run(state, id, preconditions).await?),
    };
    // An undo of what had brought the task here deletes it.
    let status = if committed.aggregate.task.exists() { status } else { StatusCode::NO_CONTENT };
    Ok((status, committed))
}

/// The problem of one operation, with its fields by their paths in the request.
fn of_the_whole(problem: Problem, index: usize, fields_at: &str, own_key: bool) -> Problem {
    let path = operation::path(index);
    match problem.kind() {
        Kind::IdempotencyKeyReused if own_key => problem.rename_fields(|_| format!("{path}.idempotency_key")),
        // The header, which goes by its own name.
        Kind::IdempotencyKeyReused => problem,
        _ => problem.rename_fields(|field| format!("{path}.{fields_at}{field}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::IfMatch;

    fn planned(index: usize, id: u128) -> Planned {
        let id = Uuid::from_u128(id);
        let preconditions = Preconditions { if_match: IfMatch::Any, idempotency_key: None };
        Planned { index, id, op: Op::Delete(id), preconditions, own_key: false }
    }

    #[test]
    fn given_operations_on_several_tasks_then_those_of_one_task_stay_together_in_order() {
        let ids = [7, 8, 7, 9, 8, 7];
        let tasks = by_task(ids.into_iter().enumerate().map(|(index, id)| planned(index, id)).collect());
        let found: Vec<Vec<usize>> =
            tasks.iter().map(|same| same.iter().map(|operation| operation.index).collect()).collect();
        assert_eq!(found, [vec![0, 2, 5], vec![1, 4], vec![3]]);
    }

    #[test]
    fn given_a_key_of_the_request_then_each_operation_has_another_that_is_not_too_long() {
        assert_eq!(key_at("k", 0), "k/0");
        let longest = "k".repeat(IDEMPOTENCY_KEY_MAX_CHARS);
        let (first, second) = (key_at(&longest, 0), key_at(&longest, 1));
        assert!(first != second && first.len() == 32 && second.len() == 32, "{first} {second}");
        assert_eq!(key_at(&longest, 0), first);
    }

    #[test]
    fn given_a_problem_of_an_operation_then_its_fields_are_named_by_their_paths() {
        let field = |problem, own_key| of_the_whole(problem, 3, "task.", own_key).errors()[0].field.clone();
        assert_eq!(field(Problem::invalid_field("title", "is needed"), false), "operations[3].task.title");
        let reused = || Problem::idempotency_key_reused("use a new key");
        assert_eq!(field(reused(), true), "operations[3].idempotency_key");
        assert_eq!(field(reused(), false), "Idempotency-Key");
    }
}
