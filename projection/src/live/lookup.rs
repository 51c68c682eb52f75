//! What filters must know of the tasks of a batch of records: asked for once, by the first client that needs it, for all of them.
//!
//! The projection `history` says it: it holds each change with its version, so the answer is that of the event's own time, however
//! late it is asked for. The events alone do not: an update tells the tags it has changed, not those it has left alone. The rows
//! of `tasks` do not either: they may be ahead of the event.

use std::collections::HashMap;

use domain::task::Status;
use domain::topics;
use futures::TryStreamExt as _;
use kafka_es::{ConsistencyToken, LogRecord};
use sqlx::PgPool;
use tokio::sync::OnceCell;

use super::Inner;
use super::filter::Past;
use super::tail::{GATE_PATIENCE, RETRY};
use crate::generations::Generation;
use crate::positions::{Offsets, merge_applied};
use crate::projections::history;

/// The pasts of a batch's tasks, by stream.
pub(super) type Pasts = HashMap<String, Past>;

/// One batch's question, and the answer once it is there.
#[derive(Debug)]
pub(super) struct Lookup {
    /// The first and the last event of each task in the batch.
    asked: HashMap<String, (u64, u64)>,
    /// Where the history must be to know of them.
    reached: ConsistencyToken,
    found: OnceCell<Pasts>,
}

/// It cannot be answered now.
struct Later;

impl From<sqlx::Error> for Later {
    fn from(_: sqlx::Error) -> Self {
        // Postgres is away, which others say, or another generation has taken the place of the one that was asked.
        Self
    }
}

/// Waits until the history knows of everything up to these offsets.
pub(super) async fn until_known(inner: &Inner, offsets: &Offsets) {
    let mut token = ConsistencyToken::new();
    merge_applied(&mut token, offsets);
    reach(inner, &token).await;
}

async fn reach(inner: &Inner, token: &ConsistencyToken) {
    while inner.positions.wait_for(history::NAME, token, GATE_PATIENCE).await.is_err() {}
}

impl Lookup {
    /// About the events in these records.
    pub(super) fn about(records: &[&LogRecord]) -> Self {
        let (mut asked, mut reached) = (HashMap::<String, (u64, u64)>::new(), ConsistencyToken::new());
        for record in records.iter().filter(|record| record.position.topic == topics::TASKS) {
            let Ok(envelopes) = &record.content else { continue };
            for envelope in envelopes {
                let (first, last) =
                    asked.entry(envelope.partitionkey.clone()).or_insert((envelope.sequence, envelope.sequence));
                (*first, *last) = (envelope.sequence.min(*first), envelope.sequence.max(*last));
            }
            reached.insert(&record.position);
        }
        Self { asked, reached, found: OnceCell::new() }
    }

    /// The answer, however long that takes. Clients that ask meanwhile wait for the same one.
    pub(super) async fn found(&self, inner: &Inner) -> &Pasts {
        loop {
            match self.found.get_or_try_init(|| self.ask(inner)).await {
                Ok(found) => return found,
                Err(Later) => tokio::time::sleep(RETRY).await,
            }
        }
    }

    async fn ask(&self, inner: &Inner) -> Result<Pasts, Later> {
        reach(inner, &self.reached).await;
        let number = inner.positions.serving(history::NAME).ok_or(Later)?;
        Ok(self.read(&inner.pool, Generation { projection: history::NAME, number }).await?)
    }

    /// Reads row by row, and keeps no more than the changes by the events of the batch.
    async fn read(&self, pool: &PgPool, generation: Generation) -> Result<Pasts, sqlx::Error> {
        let statement = format!(
            "SELECT a.stream, coalesce((h.payload ->> 'passed_from')::bigint - 1, h.version), (item ->> 'version')::bigint, item #>> '{{changes,status,to}}', item #>> '{{changes,tags,to}}'
             FROM UNNEST($1::text[], $2::bigint[]) AS a(stream, last)
             JOIN {} h ON h.view_id = a.stream
             CROSS JOIN LATERAL json_array_elements(h.payload -> 'items') WITH ORDINALITY AS i(item, place)
             WHERE (item ->> 'version')::bigint <= a.last
               AND (item #> '{{changes,status}}' IS NOT NULL OR item #> '{{changes,tags}}' IS NOT NULL)
             ORDER BY a.stream, place",
            generation.table("history")
        );
        let streams: Vec<&str> = self.asked.keys().map(String::as_str).collect();
        let lasts: Vec<i64> = self.asked.values().map(|(_, last)| i64::try_from(*last).unwrap_or(i64::MAX)).collect();
        let mut rows = sqlx::query_as::<_, (String, i64, i64, Option<String>, Option<String>)>(&statement)
            .bind(&streams)
            .bind(&lasts)
            .fetch(pool);
        let mut pasts = Pasts::new();
        while let Some((stream, known, version, status, tags)) = rows.try_next().await? {
            let Some((first, _)) = self.asked.get(&stream) else { continue };
            let status: Option<Status> = status.and_then(|status| status.parse().ok());
            let tags: Option<Vec<String>> = tags.and_then(|tags| serde_json::from_str(&tags).ok());
            pasts.entry(stream).or_default().note(known.unsigned_abs(), *first, version.unsigned_abs(), status, tags);
        }
        Ok(pasts)
    }
}
