//! `POST /tasks/import`

mod asked;
mod body;
mod file;
mod line;
mod lines;
mod reminders;
mod turns;

use axum::Json;
use axum::extract::State;
use formats::Input;
use platform::problem::{Problem, ProblemBody};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::{TokenHeader, token_of_all};
use crate::state::CommandState;

use asked::Asked;
use body::FileBody;
use line::Done;

/// Lines a request may hold at most, and tasks of a file that it imports.
pub const LINES_MAX: usize = 1_000;

/// Commands of one request that are on their way to the log at the same time.
pub(super) const IN_FLIGHT: usize = 512;

/// What became of every line, in order.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ImportReport {
    /// One entry a line that is not blank; of another program's file one a task that this request was to import, in the file's order.
    pub results: Vec<LineResult>,
    /// Of another program's file, how many tasks it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tasks: Option<usize>,
    /// Of another program's file with more tasks than one request imports, the `from` to go on with. Absent: it is all in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<usize>,
    /// What else another program's file held, and is left out: events of a calendar, say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub left_out: Vec<LeftOut>,
}

/// What is no task, or none that is imported.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeftOut {
    /// `VEVENT`, `deleted task`.
    pub what: String,
    /// How many of them the file has.
    pub count: usize,
}

/// What became of one line.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LineResult {
    /// The line's number in this request, from 1; of another program's file that of the task.
    pub line: usize,
    /// 201 imported; 200 the task was there already and stays as it is; anything else: see `problem`.
    pub status: u16,
    /// The task, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// Why the line was refused; with 200, that the task was imported from a line of other content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemBody>,
    /// Where the task stands in another program's file: `row at line 7`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What another program's file says of the task and could not be carried.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub lost: Vec<LostField>,
    /// Reminders that were made for the task. Absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminders: Option<usize>,
}

/// Something of a task that could not be carried, or not as it was.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LostField {
    /// Its name in the file.
    pub field: String,
    /// What stood there, shortened; empty where that says nothing.
    pub value: String,
    /// Why, and what became of it.
    pub why: String,
}

/// Imports tasks: JSON Lines, one JSON object a line, or the file of another program.
///
/// A line takes what `POST /tasks` takes, and the task's own `id`, `created_at`, `updated_at` and `completed_at`,
/// which are kept. Without an `id` it follows from the line's content, so the same line is imported once. A line
/// that is refused does not stop the others.
///
/// A line may give the `parent_id` of a task whose own line comes later in the same request; one of an earlier request must be there
/// already. Where that is not so, the line is refused, and goes through when it is sent again.
///
/// The file of another program is sent whole, under `format` or its media type: `text/calendar`, or `text/csv`, of which the headings
/// tell whether it is Todoist's. The ids of its tasks follow from the file too, and its reminders are made with the tasks. What it says
/// and a task has no place for is `lost`, and told with the task; a parent that is refused is lost, and not the task. One request imports
/// 1,000 of its tasks, each after what it is a part of: send the file again with `from` for the others.
///
/// A line is idempotent by its id: a task that is there already stays as it is, with its reminders, so the request can be repeated as
/// often as need be, with an `Idempotency-Key` or without. `If-Match` is refused, as no version is that of all lines.
#[utoipa::path(
    post,
    path = "/tasks/import",
    tag = "tasks",
    params(
        ("format" = Option<String>, Query, description = "What the body is: `jsonl`, `icalendar` (or `ical`), `csv`, `todoist` or `taskwarrior`; without it the media type says so"),
        ("time_zone" = Option<String>, Query, description = "Zone of the times in another program's file that name none, UTC without it"),
        ("from" = Option<usize>, Query, description = "Of another program's file: `next` of the request before"),
    ),
    request_body(content(
        (String = "application/x-ndjson"),
        (String = "text/calendar"),
        (String = "text/csv"),
        (String = "application/json"),
        (String = "application/octet-stream"),
    ), description = "At most 1 MiB, and of JSON Lines 1,000 lines. `application/json` and `application/octet-stream` need `format`"),
    responses(
        (status = 200, description = "What became of each line", body = ImportReport, headers(
            ("Consistency-Token" = String, description = "Send it with a query to see all that was imported; left out where no line was ever imported"),
        )),
        (status = 400, description = "The body, a header or the query string cannot be read; or the body is not of its format, or is cut off"),
        (status = 413, description = "Over 1 MiB: send fewer lines"),
        (status = 422, description = "Over 1,000 lines, an unknown `format`, or an `If-Match`"),
    )
)]
pub async fn import_tasks(
    State(state): State<CommandState>,
    asked: Asked,
    FileBody(body): FileBody,
) -> Result<(Option<TokenHeader>, Json<ImportReport>), Problem> {
    let (done, report) = match asked.input(&body) {
        Input::JsonLines => {
            asked.refuse_options_of_files()?;
            (lines::import(&state, &body).await?, ImportReport::default())
        }
        Input::Foreign(format) => file::import(&state, format, body, &asked).await?,
    };
    Ok(answer(done, report))
}

/// The results in the order of their lines, and one token for all that was written.
fn answer(mut done: Vec<Done>, report: ImportReport) -> (Option<TokenHeader>, Json<ImportReport>) {
    done.sort_unstable_by_key(|done| done.result.line);
    let (results, tokens): (Vec<_>, Vec<_>) = done.into_iter().map(|done| (done.result, done.token)).unzip();
    (token_of_all(tokens.into_iter().flatten()), Json(ImportReport { results, ..report }))
}
