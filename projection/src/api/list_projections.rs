//! `GET /projections`

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use domain::topics;
use platform::http::QueryParams;
use platform::problem::{Problem, ProblemBody};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use super::QueryState;
use crate::generations::{self, Stored};
use crate::positions::{Offsets, Positions, merge_applied};
use crate::search::{NAME as SEARCH, Progress};
use crate::source::ByPartition;

/// The log is asked for its end no longer than this: an operator looks here when something is down.
const LOG_TIMEOUT: Duration = Duration::from_secs(2);
/// The same for Postgres.
const STORE_TIMEOUT: Duration = Duration::from_secs(1);

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
    /// Seconds since the oldest of them was written; 0 where it has passed them by now, `null` while that cannot be told.
    lag_seconds: Option<f64>,
    /// The same for each partition.
    partitions: Vec<Partition>,
    /// The generation that serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u64>,
    /// While another generation is filled beside the one that serves, or the first one in its place: how far that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    rebuild: Option<Rebuild>,
    /// What is stored of its generations, the one that serves among them; left out of the search index, and while Postgres cannot be asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    generations: Vec<Stored>,
}

/// How far a rebuild is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Rebuild {
    /// Records read.
    read: u64,
    /// Records to read.
    total: u64,
    /// Records read in a second, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<f64>,
    /// Seconds to its end at that rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    eta_seconds: Option<f64>,
    /// Why it has failed, until it comes further: it is tried again. Of the search index alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
}

impl Rebuild {
    fn new(read: u64, total: u64, rate: Option<f64>) -> Self {
        let rate = rate.map(f64::round).filter(|rate| *rate >= 1.0);
        let eta_seconds = rate.map(|rate| (total.saturating_sub(read) as f64 / rate).ceil());
        Self { read, total, rate, eta_seconds, failed: None }
    }

    /// Of one that is filled in the place of none, and has so many records before it.
    fn first(partitions: &[Partition], lag: i64) -> Self {
        let read: u64 = partitions.iter().map(|partition| (partition.position + 1).max(0).unsigned_abs()).sum();
        Self::new(read, read + lag.unsigned_abs(), None)
    }

    fn of_search(progress: Progress) -> Self {
        Self::new(progress.read, progress.total, progress.rate())
    }
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
    let mut late = match &ends {
        Some(ends) => state.lateness.of(&known, ends, state.clock.now()).await,
        None => BTreeMap::new(),
    };
    let mut items: Vec<_> = known.into_iter().map(|(name, offsets)| describe(name, &offsets, ends.as_ref())).collect();
    let mut stored = stored(&state.pool).await;
    for item in &mut items {
        item.lag_seconds = late.remove(&item.name).flatten();
        item.generation = state.positions.serving(&item.name).and_then(|number| number.try_into().ok());
        item.rebuild = rebuild_of(&state.positions, &item.name);
        item.generations = stored.remove(&item.name).unwrap_or_default();
    }
    if let (Some(search), Some(item)) = (&state.search, items.iter_mut().find(|item| item.name == SEARCH)) {
        item.generation = Some(search.generation());
        let progress = *search.progress().borrow();
        let failed = search.failure();
        item.rebuild = match progress {
            Some(progress) => Some(Rebuild { failed, ..Rebuild::of_search(progress) }),
            None if search.has_been_filled() => None,
            None => item.lag.map(|lag| Rebuild::first(&item.partitions, lag)),
        };
    }
    Ok(Json(ProjectionPage { items, next_cursor: None }))
}

fn rebuild_of(positions: &Positions, name: &str) -> Option<Rebuild> {
    if let Some(building) = positions.building(name) {
        let count = |offset: &i64| (offset + 1).max(0).unsigned_abs();
        let total = positions.current(name).values().map(count).sum();
        return Some(Rebuild::new(building.read(), total, building.rate()));
    }
    positions.filling(name).map(|(read, total)| Rebuild::new(read, total, None))
}

/// What is stored, by projection. Nothing while Postgres cannot be asked: the rest of the answer matters most then.
async fn stored(pool: &PgPool) -> BTreeMap<String, Vec<Stored>> {
    let rows = tokio::time::timeout(STORE_TIMEOUT, generations::all(pool)).await;
    let mut stored = BTreeMap::new();
    for row in rows.ok().and_then(Result::ok).unwrap_or_default() {
        stored.entry(row.projection.clone()).or_insert_with(Vec::new).push(row);
    }
    stored
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
    Projection {
        name,
        position: token.to_string(),
        lag,
        lag_seconds: None,
        partitions,
        generation: None,
        rebuild: None,
        generations: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn given_a_rebuild_of_the_search_index_when_it_has_read_for_a_while_then_its_rate_and_its_end_are_told() {
        let of = |since| Rebuild::of_search(Progress { read: 300, total: 900, since: (since, 100) });
        let begun = of(Instant::now() + Duration::from_secs(60));
        assert_eq!((begun.rate, begun.eta_seconds), (None, None), "nothing can be told of a moment");
        let told = of(Instant::now().checked_sub(Duration::from_secs(2)).unwrap());
        let (rate, eta) = (told.rate.unwrap(), told.eta_seconds.unwrap());
        assert!((50.0..=100.0).contains(&rate) && (6.0..=12.0).contains(&eta), "{rate} {eta}");
    }
}
