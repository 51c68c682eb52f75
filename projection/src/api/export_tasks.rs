//! `GET /tasks/export`

use std::collections::HashMap;
use std::io;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::reminder::ReminderView;
use formats::{ExportFile, ExportFormat};
use futures::{Stream, StreamExt as _, stream};
use platform::http::QueryParams;
use platform::page::Cursor;
use platform::problem::{Problem, ProblemBody};
use serde::Deserialize;
use uuid::Uuid;

use super::QueryState;
use super::answer::mark;
use super::consistency::Consistency;
use super::failure::{ask, list_problem};
use super::task_params;
use crate::generations::Generation;
use crate::lists::{ListError, reminders};
use crate::projections;
use crate::query::task_query::TaskQuery;

const FORMAT: &str = "format";

/// All tasks as a file, oldest first, in a shape that `POST /tasks/import` takes: JSON Lines, a table, or a calendar with those of their
/// reminders that are still to ring.
///
/// They are read page by page while the answer is sent; should that fail half-way, the connection breaks off and the file is not whole.
#[utoipa::path(
    get,
    path = "/tasks/export",
    tag = "tasks",
    params(
        ("format" = Option<String>, Query, description = "`jsonl`, `csv` or `ics`; `jsonl` without it"),
        ("Consistency-Token" = Option<String>, Header, description = "Wait until the answer shows this write"),
        ("Prefer" = Option<String>, Header, description = "`wait=2`: for how many seconds, at most 7; `handling=lenient`: then take a stale answer"),
    ),
    responses(
        (status = 200, description = "The tasks", content(
            (String = "application/x-ndjson"),
            (String = "text/csv"),
            (String = "text/calendar"),
        ), headers(
            ("Consistency-Token" = String, description = "What the answer shows at least"),
            ("Content-Disposition" = String, description = "A name for the file"),
        )),
        (status = 400, description = "`Consistency-Token` or `Prefer` cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown or wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The token was not reached in time, or Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn export_tasks(
    State(state): State<QueryState>,
    consistency: Consistency,
    params: QueryParams,
) -> Result<Response, Problem> {
    params.allow(&[FORMAT], &[])?;
    let format = params.one(FORMAT).map_or(Ok(ExportFormat::JsonLines), str::parse::<ExportFormat>);
    let format = format.map_err(|detail| Problem::invalid_field(FORMAT, detail))?;
    let (reflects, tables) = if format == ExportFormat::ICalendar {
        let names = [projections::tasks::NAME, projections::reminders::NAME];
        let (reflects, [tasks, reminders]) = consistency.reach_tables(&state.positions, names).await?;
        (reflects, Tables { tasks, reminders: Some(reminders) })
    } else {
        let (reflects, [tasks]) = consistency.reach_tables(&state.positions, [projections::tasks::NAME]).await?;
        (reflects, Tables { tasks, reminders: None })
    };
    let now = state.clock.now();
    let nothing = QueryParams::default();
    let query = task_params::read_all(&nothing, &nothing, state.tenant(), now)?;
    let mut export = Export { state, tables, query: Some(query), file: ExportFile::new(format), begun: false };
    // Before the head: what fails now is still a problem.
    let first = export.next().await?.unwrap_or_default();
    let body = Body::from_stream(stream::once(async { Ok(first) }).chain(export.rest()));
    let name = format!("attachment; filename=\"tasklog-{}.{}\"", now.date_naive(), format.ending());
    let headers = [(header::CONTENT_TYPE, format.media_type().to_owned()), (header::CONTENT_DISPOSITION, name)];
    let mut response = (headers, body).into_response();
    mark(&mut response, &reflects);
    Ok(response)
}

/// Where the tasks are read from, and the reminders where the file has them.
#[derive(Clone, Copy)]
struct Tables {
    tasks: Generation,
    reminders: Option<Generation>,
}

/// A file on its way out.
struct Export {
    state: QueryState,
    tables: Tables,
    /// The next page, until all are written.
    query: Option<TaskQuery>,
    file: ExportFile,
    begun: bool,
}

impl Export {
    /// The next part; `None` when all is written. No more than a page of tasks is in memory.
    async fn next(&mut self) -> Result<Option<String>, Problem> {
        let Some(mut query) = self.query.take() else { return Ok(None) };
        let (views, next_cursor) =
            ask(async { self.state.tasks.page(self.tables.tasks, &query).await?.into_views() }).await?;
        let reminders = self.reminders_of(&views).await?;
        let of_task = |id: Uuid| reminders.get(&id).map(Vec::as_slice).unwrap_or_default();
        let mut text = String::new();
        if !std::mem::replace(&mut self.begun, true) {
            self.file.begin(&mut text);
        }
        for view in &views {
            self.file.add(view, of_task, &mut text).map_err(unreadable)?;
        }
        match next_cursor {
            None => self.file.end(&mut text),
            Some(cursor) => {
                let cursor = Cursor::decode(&cursor, &query.sort.to_string(), &query.fingerprint());
                query.cursor = Some(cursor.map_err(|error| Problem::internal(error.to_string()))?);
                self.query = Some(query);
            }
        }
        Ok(Some(text))
    }

    /// The reminders of a page of tasks, by their task.
    async fn reminders_of(&self, views: &[String]) -> Result<HashMap<Uuid, Vec<ReminderView>>, Problem> {
        let mut of_task: HashMap<Uuid, Vec<ReminderView>> = HashMap::new();
        let Some(generation) = self.tables.reminders else { return Ok(of_task) };
        let tasks = views.iter().map(|view| serde_json::from_str::<Id>(view).map(|task| task.id));
        let tasks = tasks.collect::<Result<Vec<Uuid>, _>>().map_err(unreadable)?;
        let (pool, tenant) = (&self.state.pool, self.state.tenant());
        for reminder in ask(reminders::still_to_ring(pool, generation, tenant, &tasks)).await? {
            of_task.entry(reminder.task_id).or_default().push(reminder);
        }
        Ok(of_task)
    }

    /// All further parts. Why one fails is in the log; its client sees that the answer breaks off.
    fn rest(self) -> impl Stream<Item = io::Result<String>> {
        stream::try_unfold(self, async |mut export| match export.next().await {
            Ok(part) => Ok(part.map(|part| (part, export))),
            Err(_) => Err(io::Error::other("the tasks cannot be read any further")),
        })
    }
}

/// Of a task's JSON what tells which it is.
#[derive(Deserialize)]
struct Id {
    id: Uuid,
}

fn unreadable(error: serde_json::Error) -> Problem {
    list_problem(ListError::State(error.to_string()))
}
