//! `POST /tasks/bulk`

mod operation;

use std::collections::HashMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::task::TaskAggregate;
use futures::future::join_all;
use futures::{StreamExt, stream};
use kafka_es::{Committed, ConsistencyToken, Freshness};
use platform::http::JsonObject;
use platform::problem::{Kind, Problem, ProblemBody};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::{TokenHeader, token_of_all};
use crate::bodies::BulkBody;
use crate::request::{IDEMPOTENCY_KEY_MAX_CHARS, Preconditions, fingerprint};
use crate::state::CommandState;
use crate::task::import::IN_FLIGHT;
use crate::task::{create, delete, restore, skip, undo, update};

use operation::{Op, Operation};

/// How long a task may take to say whether it knows a key: most of the request's time is for what is to be done.
const ASKED_FOR: Duration = Duration::from_secs(2);

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
/// answered before, and one that was refused, could not be done, or changed nothing, is judged anew.
///
/// With other operations under the same key it is another request. Only the events that the first one made remember the key: where, at
/// the same index, a task that an operation names or would create has such an event, the whole request is 422, and none of its
/// operations is run. Where no operation meets one, such as that of a single change of another task, nothing tells, and the request is
/// carried out. Of two such requests at the same time both may be run, and a task whose part of the log cannot be reached is not asked:
/// then each operation that meets an event of the other request is 422 by itself.
///
/// `If-Match` is refused, as no version is that of all: each operation may have its own `if_match` and `idempotency_key`, which mean what
/// the headers mean. An `if_match` may be another in a repetition; an operation with its own key is a call of its own with that key,
/// whatever request it is in. Where there was not enough time for all operations the answer is 503; repeat it.
#[utoipa::path(
    post,
    path = "/tasks/bulk",
    tag = "tasks",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "An operation without an `idempotency_key` has this one, a slash and its index in `operations`, from 0: `key/0` (a digest, where that has more than 255 characters), and is known again only as part of the whole request. A call of its own with an operation's own key is the same command"),
    ),
    request_body(content = BulkBody, description = "1 to 1,000 operations and at most 1 MiB"),
    responses(
        (status = 200, description = "What became of each operation", body = BulkReport, headers(
            ("Consistency-Token" = String, description = "Send it with a query to see all that was done; left out where every operation was refused"),
        )),
        (status = 422, description = "`operations` is missing, no list, empty or longer than 1,000; an `If-Match`; or an `Idempotency-Key` that is known from other operations"),
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
    let operations = operation::read_all(&body)?;
    let part_of = preconditions.idempotency_key.is_some().then(|| whole(body));
    let of_request = Preconditions { part_of, ..preconditions };
    for (index, operation) in operations.into_iter().enumerate() {
        match operation {
            Ok(operation) => planned.push(plan(&state, &of_request, index, operation)),
            Err(problem) => done.push(Done::refused(index, None, &problem)),
        }
    }
    refuse_reused(&state, &planned).await?;
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
    let part_of = of_request.part_of.clone().filter(|_| !own_key);
    let preconditions = Preconditions { if_match, idempotency_key, part_of };
    let id = op.id().unwrap_or_else(|| create::new_id(state, &preconditions));
    Planned { index, id, op, preconditions, own_key }
}

/// What stands for the request: all of its operations. As with the header of a call of its own, the version that one is for does not count.
fn whole(mut body: Map<String, Value>) -> String {
    let operations = body.get_mut("operations").and_then(Value::as_array_mut);
    for operation in operations.into_iter().flatten().filter_map(Value::as_object_mut) {
        operation.remove("if_match");
    }
    fingerprint("bulk", "/tasks/bulk", &Value::Object(body))
}

/// Refuses the request where a task knows the key of one of its operations from another request: what was meant by the key was not this.
async fn refuse_reused(state: &CommandState, planned: &[Planned]) -> Result<(), Problem> {
    let reused = join_all(planned.iter().map(|operation| is_reused(state, operation))).await;
    if reused.contains(&true) {
        return Err(Problem::idempotency_key_reused(
            "the Idempotency-Key was used before for other operations, and none of these was run; use a new key",
        ));
    }
    Ok(())
}

async fn is_reused(state: &CommandState, Planned { id, preconditions, .. }: &Planned) -> bool {
    let (Some(key), Some(request)) = (&preconditions.idempotency_key, &preconditions.part_of) else { return false };
    let stream = state.stream(*id);
    let asked = state.tasks.is_reused(&stream, key, Some(request.as_str()), Freshness::Barrier);
    // Where that cannot be said in time, the operation will hardly be done either: it answers why, and does not stop the others.
    tokio::time::timeout(ASKED_FOR, asked).await.is_ok_and(|asked| asked.unwrap_or(false))
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
    use serde_json::json;

    fn planned(index: usize, id: u128) -> Planned {
        let id = Uuid::from_u128(id);
        let preconditions = Preconditions { if_match: IfMatch::Any, idempotency_key: None, part_of: None };
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
    fn given_operations_then_what_stands_for_all_is_another_for_others_and_the_same_for_other_versions() {
        let of = |operations: Value| whole([("operations".to_owned(), operations)].into_iter().collect());
        let rename = |title: &str| json!({"op": "update", "id": Uuid::nil(), "patch": {"title": title}});
        let delete = |id: u128| json!({"op": "delete", "id": Uuid::from_u128(id)});
        let one = of(json!([rename("a"), delete(1)]));
        for others in [
            json!([rename("b"), delete(1)]),
            json!([rename("a"), delete(2)]),
            json!([rename("a")]),
            json!([rename("a"), delete(1), delete(2)]),
            json!([delete(1), rename("a")]),
        ] {
            assert_ne!(of(others.clone()), one, "{others}");
        }
        let mut at_version = rename("a");
        at_version["if_match"] = json!(3);
        assert_eq!(of(json!([at_version, delete(1)])), one);
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
