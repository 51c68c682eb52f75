//! `history`: one document a task, who changed what and when. A view of postgres-es, read through its repository; written in
//! batches into the same table, see `docs/decisions/0003-history-through-postgres-es.md`.

mod past;

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use cqrs_es::{EventEnvelope, View};
use domain::task::{Following, Task, TaskAggregate, TaskEvent};
use domain::topics;
use kafka_es::Envelope;
use postgres_es::PostgresViewRepository;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::{PgConnection, PgPool};
use utoipa::ToSchema;

use super::copy::{CopyRows, WORTH_ROWS};
use super::rows::{json, version};
use super::{Description, Projection, Table};
use crate::event::decode;
use crate::generations::Generation;
use crate::projector::batch::{Batch, State, Stream, Streams};
use crate::projector::failure::ApplyError;

/// Its name.
pub const NAME: &str = "history";
/// Goes up with every change of the table, or of what is written into it for the same events.
const VERSION: i32 = 4;

/// Laid out as postgres-es wants it.
const TABLES: &str = r#"
    CREATE TABLE history (
        view_id text   NOT NULL PRIMARY KEY,
        version bigint NOT NULL,
        payload json   NOT NULL
    );
"#;

/// The projection.
#[derive(Debug)]
pub struct History;

/// The document of a task.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskHistory {
    /// What happened, oldest first.
    pub items: Vec<HistoryItem>,
    /// The task after the last item: what the next change is compared with.
    pub task: Task,
    /// What those that follow it have, where it was changed for itself.
    #[serde(default, skip_serializing_if = "Following::is_empty")]
    following: Following,
    /// The task's `updated_at` after an item, by version, where it is not the item's time: an import keeps that of its file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    updated_at: BTreeMap<u64, DateTime<Utc>>,
    /// The first version whose event an operator has dropped. What the task was from then on is known to this view only as far as later
    /// changes tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    passed_from: Option<u64>,
}

/// One thing that happened to a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HistoryItem {
    /// The task's version after it.
    pub version: u64,
    /// What happened: `task.created`, `task.updated` and so on.
    #[serde(rename = "type")]
    #[schema(example = "task.updated")]
    pub event_type: String,
    /// When it was done.
    pub time: DateTime<Utc>,
    /// Who did it.
    pub actor: String,
    /// The fields that changed: `{"title": {"from": "old", "to": "new"}}`.
    #[schema(value_type = Object)]
    pub changes: Map<String, Value>,
    /// Of a task that repeats, those of the changed fields that were changed for this occurrence alone; left out where there are none. A due
    /// date is not among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, example = json!(["title"]))]
    pub only_this: Vec<String>,
}

/// Keys of the metadata of a cqrs-es event that the view reads.
const TIME: &str = "time";
const ACTOR: &str = "actor";

impl View<TaskAggregate> for TaskHistory {
    fn update(&mut self, event: &EventEnvelope<TaskAggregate>) {
        let metadata = |key: &str| event.metadata.get(key).map(String::as_str).unwrap_or_default();
        self.add(&event.payload, metadata(TIME).parse().ok(), metadata(ACTOR));
    }
}

impl TaskHistory {
    /// Adds what happened, at the task's `updated_at` where no time is known.
    fn add(&mut self, event: &TaskEvent, time: Option<DateTime<Utc>>, actor: &str) {
        let before = self.task.clone();
        domain::task::evolve(&mut self.task, event);
        let theirs = std::mem::take(&mut self.following);
        let only_this = event.changes().map(|changes| changes.only_this(&before, &theirs)).unwrap_or_default();
        self.following = theirs.after_event(event, &self.task);
        let time = time.unwrap_or(self.task.updated_at);
        if time != self.task.updated_at {
            self.updated_at.insert(self.task.version, self.task.updated_at);
        }
        self.items.push(HistoryItem {
            version: self.task.version,
            event_type: short_type(event.type_name()).to_owned(),
            time,
            actor: actor.to_owned(),
            changes: domain::task::changes_between(&before, &self.task),
            only_this: only_this.into_iter().map(str::to_owned).collect(),
        });
    }
}

/// `task.created` of `tasklog.task.created.v1`: the name the API gives an event.
pub fn short_type(event_type: &str) -> &str {
    let name = event_type.strip_prefix("tasklog.").unwrap_or(event_type);
    match name.rsplit_once(".v") {
        Some((name, version)) if version.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => name,
    }
}

impl State for TaskHistory {
    type Event = TaskEvent;

    fn sequence(&self) -> u64 {
        self.task.version
    }

    fn decode(envelope: &Envelope) -> Result<TaskEvent, String> {
        decode(envelope)
    }

    fn apply(&mut self, event: &TaskEvent, envelope: &Envelope) {
        self.add(event, Some(envelope.time), &envelope.actor);
    }

    fn pass(&mut self, sequence: u64) {
        self.task.version = sequence;
        self.passed_from = self.passed_from.or(Some(sequence));
    }
}

/// Reads documents of a generation: `load(stream id)`.
pub fn repository(generation: Generation, pool: PgPool) -> PostgresViewRepository<TaskHistory, TaskAggregate> {
    PostgresViewRepository::new(&generation.table("history"), pool)
}

#[async_trait]
impl Projection for History {
    fn describe(&self) -> &Description {
        &Description {
            name: NAME,
            topic: topics::TASKS,
            version: VERSION,
            create: TABLES,
            index: "",
            rows_are_told: false,
            tables: &[Table { name: "history", order: "view_id COLLATE \"C\"" }],
        }
    }

    async fn apply(&self, connection: &mut PgConnection, batch: &mut Batch<'_>) -> Result<(), ApplyError> {
        let mut histories = load(connection, &batch.streams()).await?;
        batch.fold(&mut histories)?;
        save(connection, &histories).await
    }
}

async fn load(connection: &mut PgConnection, streams: &[String]) -> Result<Streams<TaskHistory>, ApplyError> {
    if streams.is_empty() {
        return Ok(Streams::new());
    }
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT view_id, payload::text FROM history WHERE view_id = ANY($1)")
            .bind(streams)
            .fetch_all(connection)
            .await?;
    super::rows::stored(rows)
}

async fn save(connection: &mut PgConnection, histories: &Streams<TaskHistory>) -> Result<(), ApplyError> {
    let mut changed: Vec<(&String, &Stream<TaskHistory>)> =
        histories.iter().filter(|(_, stream)| stream.changed).collect();
    changed.sort_unstable_by_key(|(id, _)| *id);
    if changed.iter().filter(|(_, stream)| !stream.stored).count() >= WORTH_ROWS {
        let mut rows = CopyRows::new();
        for (id, stream) in changed.extract_if(.., |(_, stream)| !stream.stored) {
            rows.begin(3);
            rows.value(id)?;
            rows.value(version(stream.state.task.version))?;
            rows.value(json(&stream.state)?)?;
        }
        rows.write(connection, "history (view_id, version, payload)").await?;
    }
    upsert(connection, &changed).await
}

async fn upsert(connection: &mut PgConnection, changed: &[(&String, &Stream<TaskHistory>)]) -> Result<(), ApplyError> {
    if changed.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = changed.iter().map(|(id, _)| id.as_str()).collect();
    // postgres-es counts updates, and makes one an event.
    let versions: Vec<i64> = changed.iter().map(|(_, stream)| version(stream.state.task.version)).collect();
    let payloads = changed.iter().map(|(_, stream)| json(&stream.state)).collect::<Result<Vec<_>, _>>()?;
    sqlx::query(
        "INSERT INTO history (view_id, version, payload)
         SELECT view_id, version, payload::json FROM UNNEST($1::text[], $2::bigint[], $3::text[]) AS r(view_id, version, payload)
         ON CONFLICT (view_id) DO UPDATE SET version = excluded.version, payload = excluded.payload",
    )
    .bind(&ids)
    .bind(&versions)
    .bind(&payloads)
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_cloudevents_types_when_shortened_then_prefix_and_version_go() {
        assert_eq!(short_type("tasklog.task.created.v1"), "task.created");
        assert_eq!(short_type("tasklog.reminder.delivery_failed.v12"), "reminder.delivery_failed");
        assert_eq!(short_type("other"), "other");
        assert_eq!(short_type("tasklog.task.very.vague"), "task.very.vague");
    }

    #[test]
    fn given_an_event_of_the_log_when_added_as_a_view_adds_it_then_the_document_is_the_same() {
        let envelope: Envelope = serde_json::from_value(serde_json::json!({
            "specversion": "1.0", "id": "default/0198@1", "source": "/tenants/default",
            "type": "tasklog.task.deleted.v1", "subject": "0198", "time": "2026-06-01T12:00:00.123456Z",
            "datacontenttype": "application/json", "partitionkey": "default/0198", "sequence": 1, "tenant": "default",
            "commandid": "c1", "actor": "ann", "data": {}
        }))
        .unwrap();
        let deleted_at = "2026-06-01T11:59:59Z".parse().unwrap();
        let event = TaskEvent::Deleted(domain::task::TaskDeleted { deleted_at });
        let mut viewed = TaskHistory::default();
        viewed.update(&EventEnvelope {
            aggregate_id: envelope.partitionkey.clone(),
            sequence: 1,
            payload: event.clone(),
            metadata: [(TIME.to_owned(), envelope.time.to_rfc3339()), (ACTOR.to_owned(), "ann".to_owned())].into(),
        });
        let mut folded = TaskHistory::default();
        folded.apply(&event, &envelope);
        assert_eq!(json(&folded).unwrap(), json(&viewed).unwrap());
        assert_eq!(folded.items[0].time, envelope.time);
    }

    #[test]
    fn given_a_change_of_one_occurrence_when_added_then_the_item_names_its_fields_and_other_items_have_no_such_member()
    {
        let mut history = TaskHistory::default();
        let updated = |changes| {
            let data = serde_json::json!({"changes": changes, "updated_at": "2026-06-01T12:00:00Z"});
            let event = serde_json::json!({"type": "tasklog.task.updated.v1", "data": data});
            serde_json::from_value::<TaskEvent>(event).unwrap()
        };
        history.add(&updated(serde_json::json!({"title": "a"})), None, "ann");
        history.add(&updated(serde_json::json!({"title": "b", "following": {"title": "a"}})), None, "ann");
        let items = serde_json::to_value(&history.items).unwrap();
        assert_eq!(items[0].get("only_this"), None);
        assert_eq!(items[1]["only_this"], serde_json::json!(["title"]));
    }

    #[test]
    fn given_a_tag_that_was_renamed_here_and_for_the_following_when_added_then_it_is_no_change_of_one_occurrence() {
        let mut history = TaskHistory::default();
        for changes in [
            serde_json::json!({"tags": ["old"], "due": {"due_date": "2026-06-01"}, "recurrence_pattern": {"rrule": "FREQ=DAILY"}}),
            serde_json::json!({"tags": ["own", "old"], "following": {"tags": ["old"]}}),
            serde_json::json!({"tags": ["own", "new"], "following": {"tags": ["new"]}}),
        ] {
            let data = serde_json::json!({"changes": changes, "updated_at": "2026-06-01T12:00:00Z"});
            let event = serde_json::json!({"type": "tasklog.task.updated.v1", "data": data});
            history.add(&serde_json::from_value(event).unwrap(), None, "ann");
        }
        let alone: Vec<&[String]> = history.items.iter().map(|item| item.only_this.as_slice()).collect();
        assert_eq!(alone, [&[][..], &["tags".to_owned()][..], &[][..]]);
        let stored: TaskHistory = serde_json::from_str(&json(&history).unwrap()).unwrap();
        assert_eq!(stored, history);
    }
}
