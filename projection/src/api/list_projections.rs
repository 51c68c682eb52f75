//! `GET /projections`

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use domain::topics;
use platform::http::QueryParams;
use platform::problem::{Problem, ProblemBody};
use serde::Serialize;
use utoipa::ToSchema;

use super::QueryState;
use crate::positions::{Offsets, merge_applied};
use crate::search::{NAME as SEARCH, Progress};
use crate::source::ByPartition;

/// The log is asked for its end no longer than this: an operator looks here when something is down.
const LOG_TIMEOUT: Duration = Duration::from_secs(2);

/// Every projection.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProjectionPage {
    /// The projections, by name.
    items: Vec<Projection>,
    /// Always `null`: they come in one page.
    next_cursor: Option<String>,
}

/// How far a projection is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Projection {
    /// Its name.
    name: String,
    /// What it has applied, as a consistency token; empty before its first event.
    position: String,
    /// Records in the log that it has not passed yet; `null` while the log cannot be asked.
    lag: Option<i64>,
    /// The same for each partition.
    partitions: Vec<Partition>,
    /// How often it was filled from the beginning, where that is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u64>,
    /// How far it is being filled from the beginning: the search index beside the one that serves, the others in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    rebuild: Option<Rebuild>,
}

/// How far a rebuild is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Rebuild {
    /// Records read.
    read: u64,
    /// Records to read.
    total: u64,
}

/// How far a projection is in a partition.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Partition {
    /// The topic.
    topic: String,
    /// The partition.
    partition: i32,
    /// The offset of the last record applied; -1 before the first.
    position: i64,
    /// Records not passed yet; `null` while the log cannot be asked.
    lag: Option<i64>,
}

/// Tells how far each projection is behind the log.
#[utoipa::path(
    get,
    path = "/projections",
    tag = "operations",
    responses(
        (status = 200, description = "Every projection", body = ProjectionPage),
        (status = 422, description = "A parameter is unknown", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_projections(
    State(state): State<QueryState>,
    params: QueryParams,
) -> Result<Json<ProjectionPage>, Problem> {
    params.allow(&[], &[])?;
    // The positions first: then no lag comes out negative.
    let known = state.positions.all();
    let ends = tokio::time::timeout(LOG_TIMEOUT, state.log.end_offsets(&[topics::TASKS, topics::REMINDERS])).await;
    let ends = ends.ok().and_then(Result::ok);
    let mut items: Vec<_> = known.into_iter().map(|(name, offsets)| describe(name, &offsets, ends.as_ref())).collect();
    for item in &mut items {
        item.rebuild = state.positions.filling(&item.name).map(|(read, total)| Rebuild { read, total });
    }
    if let (Some(search), Some(item)) = (&state.search, items.iter_mut().find(|item| item.name == SEARCH)) {
        item.generation = Some(search.generation());
        item.rebuild = search.progress().borrow().map(|Progress { read, total }| Rebuild { read, total });
    }
    Ok(Json(ProjectionPage { items, next_cursor: None }))
}

fn describe(name: String, offsets: &Offsets, ends: Option<&ByPartition<i64>>) -> Projection {
    let mut token = kafka_es::ConsistencyToken::new();
    merge_applied(&mut token, offsets);
    let partitions: Vec<Partition> = offsets
        .iter()
        .map(|((topic, partition), position)| {
            let end = ends.map(|ends| ends.get(&(topic.clone(), *partition)).copied().unwrap_or_default());
            let lag = end.map(|end| (end - 1 - position).max(0));
            Partition { topic: topic.clone(), partition: *partition, position: *position, lag }
        })
        .collect();
    let lag = partitions.iter().map(|partition| partition.lag).sum();
    Projection { name, position: token.to_string(), lag, partitions, generation: None, rebuild: None }
}
