//! `PATCH /tasks/{id}`

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use domain::task::{Scope, TaskAggregate, TaskCommand, TaskPatch, TaskView};
use kafka_es::Committed;
use platform::http::{JsonObject, PathUuid, QueryParams};
use platform::problem::Problem;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::answer::Answer;
use crate::bodies::TaskPatchBody;
use crate::failure::invalid;
use crate::request::{Preconditions, fingerprint};
use crate::state::CommandState;

/// The parameter that says which occurrences are meant.
const OCCURRENCES: &str = "occurrences";

/// What the call takes besides its body.
#[derive(Debug)]
pub struct Asked {
    preconditions: Preconditions,
    scope: Option<Scope>,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let scope = read_scope(parts.uri.query().unwrap_or_default())?;
        Ok(Self { preconditions: Preconditions::from_headers(&parts.headers)?, scope })
    }
}

fn read_scope(query: &str) -> Result<Option<Scope>, Problem> {
    let params = QueryParams::parse(query)?;
    params.allow(&[OCCURRENCES], &[])?;
    let scope = params.one(OCCURRENCES).map(str::parse::<Scope>).transpose();
    scope.map_err(|detail| Problem::invalid_field(OCCURRENCES, detail))
}

/// Changes a task by a JSON Merge Patch (RFC 7396): an absent member stays, `null` clears.
///
/// `{"status":"completed"}` completes the task, and any other status opens a completed one again.
///
/// Of a task that repeats, title, description, priority, tags, and `time_zone` without another time, go on to the occurrences that are made
/// after it, and a due date does not. `occurrences` says otherwise: `this` changes this one alone, `following` moves those that follow as well.
/// `recurrence_pattern` is always for all of them, and a due date that is given along with it too.
#[utoipa::path(
    patch,
    path = "/tasks/{id}",
    tag = "tasks",
    params(
        ("id" = uuid::Uuid, Path, description = "The task"),
        ("occurrences" = Option<Scope>, Query, description = "Which occurrences of a task that repeats the change is for: `this` one alone, or this and the `following`. `this` excludes `recurrence_pattern`, `parent_id` and `rank`"),
    ),
    request_body(content = TaskPatchBody, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The task after the change", body = TaskView),
        (status = 404, description = "No such task"),
    )
)]
pub async fn update_task(
    State(state): State<CommandState>,
    PathUuid(id): PathUuid,
    Asked { preconditions, scope }: Asked,
    JsonObject(body): JsonObject,
) -> Result<Answer<TaskView>, Problem> {
    let committed = run(&state, id, &preconditions, scope, body).await?;
    let view = TaskView::of(&committed.aggregate.task);
    Ok(Answer::ok(&committed, view))
}

/// Changes the task, or this and the following occurrences, by the body of the call.
pub(super) async fn run(
    state: &CommandState,
    id: Uuid,
    preconditions: &Preconditions,
    scope: Option<Scope>,
    body: Map<String, Value>,
) -> Result<Committed<TaskAggregate>, Problem> {
    let patch = TaskPatch::from_json(&body).and_then(|patch| patch.meant_for(scope)).map_err(invalid)?;
    let meta = state.meta(id, preconditions, fingerprint("update", &target(id, scope), &body.into()));
    let command = TaskCommand::Update { patch, at: meta.time };
    state.change_task(id, command, meta, preconditions).await
}

/// What the fingerprint is of: without the parameter it is what it was before there was one, as events keep it.
fn target(id: Uuid, scope: Option<Scope>) -> String {
    match scope {
        None => format!("/tasks/{id}"),
        Some(scope) => format!("/tasks/{id}?{OCCURRENCES}={scope}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_the_parameter_then_it_is_one_of_two_words_and_no_other_is_taken() {
        assert_eq!(read_scope(""), Ok(None));
        assert_eq!(read_scope("occurrences=this"), Ok(Some(Scope::This)));
        assert_eq!(read_scope("occurrences=following"), Ok(Some(Scope::Following)));
        for (query, field) in [
            ("occurrences=all", "occurrences"),
            ("occurrences", "occurrences"),
            ("occurrences=this&occurrences=this", "occurrences"),
            ("occurrence=this", "occurrence"),
        ] {
            let problem = read_scope(query).unwrap_err();
            assert_eq!((problem.status().as_u16(), problem.errors()[0].field.as_str()), (422, field), "{query}");
        }
    }

    #[test]
    fn given_the_same_body_for_other_occurrences_then_it_is_another_request() {
        let print = |scope| fingerprint("update", &target(Uuid::nil(), scope), &Value::Null);
        let [unsaid, this, following] = [None, Some(Scope::This), Some(Scope::Following)].map(print);
        assert!(unsaid != this && unsaid != following && this != following);
    }
}
