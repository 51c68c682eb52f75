//! `GET /events`

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::task::Status;
use futures::{Stream, StreamExt as _, stream};
use kafka_es::{ConsistencyToken, TokenError};
use platform::http::QueryParams;
use platform::problem::{FieldError, Problem, ProblemBody};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::QueryState;
use super::consistency::bad_header;
use super::filters::{FILTER, named};
use super::task_params::{self, values};
use crate::live::{ConnectError, LiveFilter, Taken, Told};
use crate::query::task_query::TaskFilter;

const LAST_EVENT_ID: &str = "Last-Event-ID";
/// Most tasks and reminders that one stream follows by their ids.
const IDS_MAX: usize = 50;
const HEARTBEAT: Duration = Duration::from_secs(15);
const CUT: &str = "event: cut\ndata: {\"detail\":\"you read too slowly; connect again with Last-Event-ID\"}\n\n";

/// Streams changes as they become visible (server-sent events).
///
/// `event` is `task.created`, `reminder.scheduled` and so on, `data` the CloudEvent, `id` the consistency token after it. Send
/// the last `id` as `Last-Event-ID` to go on without loss; without it the stream starts now. A client that reads too slowly
/// gets an event `cut` and is disconnected.
///
/// With `tag` or `status`, or by `filter` those of a saved filter as it is when the stream starts, an event is sent when its task matches before or after it, so that whoever shows a filtered list sees
/// a task enter, change and leave it; that is judged as of the event, also when an old stream is gone on with. Events of reminders
/// are sent only without a filter: they have neither. Such a stream begins with an `id` that no event belongs to, and sends one
/// now and then, so that little is read again after a break. So does one with `id`, which holds events of these tasks and reminders alone; with
/// the other parameters beside it, of those that match them too.
#[utoipa::path(
    get,
    path = "/events",
    tag = "tasks",
    params(
        ("id" = Option<Vec<Uuid>>, Query, description = "Only of the tasks and reminders with these ids; repeat it for up to 50"),
        ("tag" = Option<Vec<String>>, Query, description = "Only of tasks with every one of these tags; repeat it for several"),
        ("status" = Option<Vec<domain::task::Status>>, Query, description = "Only of tasks with any of these statuses; repeat it for several"),
        ("filter" = Option<String>, Query, description = "Name of a saved filter that has no other conditions than these; one of them that is given beside it replaces the filter's"),
        ("Last-Event-ID" = Option<String>, Header, description = "`id` of the last event seen"),
    ),
    responses(
        (status = 200, description = "The stream", body = String, content_type = "text/event-stream"),
        (status = 400, description = "`Last-Event-ID` names no place in this log", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown or wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The stream cannot start yet", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn events(
    State(state): State<QueryState>,
    params: QueryParams,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let filter = filter(&state, &params).await?;
    let resume = last_event_id(&headers)?;
    let told = state.live.connect(state.tenant(), filter, resume).await.map_err(|error| match error {
        ConnectError::Place(detail) => bad_header(LAST_EVENT_ID, &detail),
        ConnectError::Unavailable(_) => Problem::unavailable(error.to_string()),
    })?;
    let mut response = Body::from_stream(written(told).map(Ok::<_, Infallible>)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that buffer would hold events back.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

async fn filter(state: &QueryState, params: &QueryParams) -> Result<LiveFilter, Problem> {
    params.allow(&[FILTER], &["id", "tag", "status"])?;
    let saved = named(state, params).await?;
    let kept = task_params::read_all(&QueryParams::default(), &saved, state.tenant(), state.clock.now())?;
    let others = TaskFilter { tags: Vec::new(), status: Vec::new(), ..kept.filter };
    if kept.q.is_some() || others != TaskFilter::default() {
        let detail = "has conditions on other things than tags and status, which is all that a stream is filtered by";
        return Err(Problem::invalid_field(FILTER, detail));
    }
    let params = params.over(&saved);
    let mut errors = Vec::new();
    let ids = ids(&params, &mut errors);
    let tags = values::tags(&params, &mut errors);
    let status = values::words(&params, "status", &mut errors, |status: &Status| status.as_str());
    if errors.is_empty() { Ok(LiveFilter { ids, tags, status }) } else { Err(Problem::invalid(errors)) }
}

fn ids(params: &QueryParams, errors: &mut Vec<FieldError>) -> Vec<Uuid> {
    if params.all("id").count() > IDS_MAX {
        errors.push(FieldError::new("id", format!("may be given at most {IDS_MAX} times")));
        return Vec::new();
    }
    let ids: Option<Vec<Uuid>> = params.all("id").map(|id| Uuid::try_parse(id).ok()).collect();
    ids.unwrap_or_else(|| {
        let detail = "must be the id of a task or a reminder, such as 0198c5d2-7f3a-7cc1-9a53-2f1f6f3f6a10";
        errors.push(FieldError::new("id", detail));
        Vec::new()
    })
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<ConsistencyToken>, Problem> {
    let Some(value) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let text = value.to_str().map_err(|_| bad_header(LAST_EVENT_ID, "must be ASCII text"))?;
    // An EventSource that has seen no event yet sends an empty one.
    if text.trim().is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|error: TokenError| bad_header(LAST_EVENT_ID, &error.to_string()))
}

/// What a client is told as it goes over the wire, with a sign of life where it is told nothing for a while.
fn written(told: mpsc::Receiver<Told>) -> impl Stream<Item = Bytes> {
    let parts = stream::unfold(told, |mut told| async move {
        match tokio::time::timeout(HEARTBEAT, told.recv()).await {
            Ok(Some(next)) => Some((render(next), told)),
            Ok(None) => None,
            Err(_) => Some((vec![Bytes::from_static(b": heartbeat\n\n")], told)),
        }
    });
    parts.flat_map(stream::iter)
}

fn render(told: Told) -> Vec<Bytes> {
    match told {
        Told::Event { id, kind, data, room } => {
            vec![format!("id: {id}\nevent: {kind}\n").into(), Bytes::from_owner(Data { text: data, _room: room })]
        }
        Told::Place { id } => vec![format!("id: {id}\n\n").into()],
        Told::Cut => vec![Bytes::from_static(CUT.as_bytes())],
    }
}

/// An event's text, which takes room until the last byte of it is sent. Not copied: it is the same for all clients.
struct Data {
    text: Arc<str>,
    _room: Taken,
}

impl AsRef<[u8]> for Data {
    fn as_ref(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[test]
    fn given_ids_when_read_then_up_to_fifty_are_taken_and_what_is_none_is_refused() {
        let read = |query: &str| {
            let mut errors = Vec::new();
            let ids = ids(&QueryParams::parse(query).unwrap(), &mut errors);
            if errors.is_empty() { Some(ids.len()) } else { None }
        };
        let many = |count: usize| format!("id={}&", Uuid::from_u128(7)).repeat(count);
        assert_eq!([0, 1, IDS_MAX, IDS_MAX + 1].map(|count| read(&many(count))), [Some(0), Some(1), Some(50), None]);
        assert_eq!(["id=", "id=x", "id=7"].map(read), [None; 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn given_nothing_to_tell_when_time_goes_by_then_there_is_a_sign_of_life_now_and_then() {
        let (sender, told) = mpsc::channel(1);
        let mut stream = Box::pin(written(told));
        let began = Instant::now();
        assert_eq!(stream.next().await.unwrap(), ": heartbeat\n\n");
        assert_eq!(began.elapsed(), HEARTBEAT);
        sender.send(Told::Place { id: "task-events/0@7".to_owned() }).await.unwrap();
        assert_eq!(stream.next().await.unwrap(), "id: task-events/0@7\n\n");
        assert_eq!(stream.next().await.unwrap(), ": heartbeat\n\n");
        assert_eq!(began.elapsed(), 2 * HEARTBEAT);
    }

    #[tokio::test(start_paused = true)]
    async fn given_a_client_that_is_cut_when_it_is_told_then_the_stream_ends_at_once() {
        let (sender, told) = mpsc::channel(1);
        sender.send(Told::Cut).await.unwrap();
        drop(sender);
        let all: Vec<Bytes> = written(told).collect().await;
        assert_eq!(all, [CUT]);
    }
}
