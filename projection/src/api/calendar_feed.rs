//! `GET /tasks.ics`

use std::io;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use formats::ical::FeedWriter;
use futures::{Stream, StreamExt as _, stream};
use platform::http::QueryParams;
use platform::page::Cursor;
use platform::problem::{Problem, ProblemBody};

use super::QueryState;
use super::answer::mark;
use super::consistency::{Consistency, Reflects};
use super::failure::{ask, search_problem};
use super::filters::named;
use super::get_task::not_modified;
use super::task_conditions::TaskConditions;
use super::task_params;
use crate::generations::Generation;
use crate::lists;
use crate::projections;
use crate::query::task_query::{TaskPage, TaskQuery, fingerprint};

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("text/calendar; charset=utf-8");
/// The most tasks a feed holds. Clients take what is missing for deleted, so it is refused rather than cut.
const TASKS_MAX: u64 = 50_000;

/// The tasks as a calendar feed (RFC 5545), for calendar programs to subscribe to: a VTODO for each task that matches, oldest
/// first.
///
/// It takes the filters of `GET /tasks` and holds all that match, 50,000 at most: more are refused with 422, never cut off. They
/// are read page by page while the answer is sent; should that fail half-way, the connection breaks off and the feed is not whole.
/// `UID` is the task's id, `SEQUENCE` its version. A due time within a year before to ten years after this one is in its time
/// zone, which is described, others are in UTC. There is no `RRULE`: each occurrence of a recurring task is one of its own.
#[utoipa::path(
    get,
    path = "/tasks.ics",
    tag = "tasks",
    params(
        TaskConditions,
        ("Consistency-Token" = Option<String>, Header, description = "Wait until the answer shows this write"),
        ("Prefer" = Option<String>, Header, description = "`wait=2`: for how many seconds, at most 7; `handling=lenient`: then take a stale answer"),
        ("If-None-Match" = Option<String>, Header, description = "Answer 304 when the feed is still the same; not with `q`"),
    ),
    responses(
        (status = 200, description = "The calendar", body = String, content_type = "text/calendar", headers(
            ("ETag" = String, description = "For `If-None-Match`; not with `q`"),
            ("Consistency-Token" = String, description = "What the answer shows at least"),
        )),
        (status = 304, description = "The feed is still what `If-None-Match` names"),
        (status = 400, description = "`Consistency-Token` or `Prefer` cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown or wrong, or too many tasks match", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The token was not reached in time, the search index is still being filled, or a store cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn calendar_feed(
    State(state): State<QueryState>,
    consistency: Consistency,
    params: QueryParams,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let saved = named(&state, &params).await?;
    let query = task_params::read_all(&params, &saved, state.tenant(), state.clock.now())?;
    let (mut feed, reflects, etag) = if query.q.is_none() {
        let (reflects, [tasks]) = consistency.reach_tables(&state.positions, [projections::tasks::NAME]).await?;
        let (count, content) = ask(lists::tasks::content(&state.pool, tasks, &query, TASKS_MAX + 1)).await?;
        check(count)?;
        let feed = Feed::new(state, Some(tasks), query);
        let etag = feed.etag(&content);
        if not_modified(&headers, &etag) {
            return Ok(answer(StatusCode::NOT_MODIFIED.into_response(), &reflects, Some(&etag)));
        }
        (feed, reflects, Some(etag))
    } else {
        let search = state.search.as_ref().ok_or_else(no_search)?;
        let reflects = consistency.reach_search(&state.positions, search).await?;
        (Feed::new(state, None, query), reflects, None)
    };
    // Before the head: what fails now is still a problem.
    let first = feed.next().await?.unwrap_or_default();
    let body = Body::from_stream(stream::once(async { Ok(first) }).chain(feed.rest()));
    let response = ([(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
    Ok(answer(response, &reflects, etag.as_deref()))
}

fn answer(mut response: Response, reflects: &Reflects, etag: Option<&str>) -> Response {
    mark(&mut response, reflects);
    // Weak: what is read after it was made may be newer. Cannot fail: letters and digits in quotes.
    if let Some(etag) = etag
        && let Ok(etag) = HeaderValue::from_str(&format!("W/{etag}"))
    {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

fn check(count: u64) -> Result<(), Problem> {
    if count <= TASKS_MAX {
        return Ok(());
    }
    let detail = format!(
        "must be given, or another filter such as tag or due_from: more than {TASKS_MAX} tasks match, which is the most a feed holds"
    );
    Err(Problem::invalid_field("status", detail))
}

fn no_search() -> Problem {
    Problem::unavailable("this process has no search index")
}

/// A feed on its way out.
struct Feed {
    state: QueryState,
    /// Where the tasks are read from; `None`: from the search index.
    tasks: Option<Generation>,
    /// The next page, until all are written.
    query: Option<TaskQuery>,
    writer: FeedWriter,
    begun: bool,
}

impl Feed {
    fn new(state: QueryState, tasks: Option<Generation>, query: TaskQuery) -> Self {
        let writer = FeedWriter::new(query.now);
        Self { state, tasks, query: Some(query), writer, begun: false }
    }

    /// In quotes, without the mark that it is a weak one. What is written follows from the tasks, the format and the year.
    fn etag(&self, content: &str) -> String {
        let of = fingerprint(format!("{} {} {content}", FeedWriter::FORMAT, self.writer.first_year()).as_bytes());
        format!("\"{of}\"")
    }

    /// The next part; `None` when all is written. No more than a page of tasks is in memory.
    async fn next(&mut self) -> Result<Option<String>, Problem> {
        let Some(mut query) = self.query.take() else { return Ok(None) };
        query.total = self.tasks.is_none() && !self.begun;
        let page = self.page(&query).await?;
        check(page.total.unwrap_or_default())?;
        let mut text = String::new();
        if !std::mem::replace(&mut self.begun, true) {
            self.writer.begin(&mut text);
        }
        for item in &page.items {
            self.writer.add(&item.task, &mut text);
        }
        match page.next_cursor {
            None => self.writer.end(&mut text),
            Some(cursor) => {
                let cursor = Cursor::decode(&cursor, &query.sort.to_string(), &query.fingerprint());
                query.cursor = Some(cursor.map_err(|error| Problem::internal(error.to_string()))?);
                self.query = Some(query);
            }
        }
        Ok(Some(text))
    }

    async fn page(&self, query: &TaskQuery) -> Result<TaskPage, Problem> {
        match (self.tasks, &self.state.search) {
            (Some(tasks), _) => ask(async { self.state.tasks.page(tasks, query).await?.into_tasks() }).await,
            (None, Some(search)) => search.query(query).await.map_err(search_problem),
            (None, None) => Err(no_search()),
        }
    }

    /// All further parts. Why one fails is in the log; its client sees that the answer breaks off.
    fn rest(self) -> impl Stream<Item = io::Result<String>> {
        stream::try_unfold(self, async |mut feed| match feed.next().await {
            Ok(part) => Ok(part.map(|part| (part, feed))),
            Err(_) => Err(io::Error::other("the tasks cannot be read any further")),
        })
    }
}
