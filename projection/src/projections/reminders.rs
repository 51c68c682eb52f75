//! `reminders`: one row a reminder.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::reminder::{Reminder, ReminderEvent};
use domain::topics;
use kafka_es::Envelope;
use sqlx::PgConnection;
use uuid::Uuid;

use super::copy::CopyRows;
use super::rows::{Changed, changed, json, keys, stored, take_new, version};
use super::{Description, Projection, Table};
use crate::event::decode;
use crate::projector::batch::{Batch, State, Streams};
use crate::projector::failure::ApplyError;

/// Its name.
pub const NAME: &str = "reminders";
/// Goes up with every change of the table, or of what is written into it for the same events.
const VERSION: i32 = 2;

/// The projection.
#[derive(Debug)]
pub struct Reminders;

/// `state` is the folded aggregate, which answers are made from.
const TABLES: &str = r#"
    CREATE TABLE reminders (
        tenant        text        NOT NULL,
        id            uuid        NOT NULL,
        task_id       uuid        NOT NULL,
        status        text        NOT NULL,
        remind_utc    timestamptz NOT NULL,
        snoozed_until timestamptz,
        rings_at      timestamptz NOT NULL, -- when it rings, snoozed or not: what lists are ordered by
        created_at    timestamptz NOT NULL,
        updated_at    timestamptz NOT NULL,
        hidden        boolean     NOT NULL, -- deleted by the caller: answered as if it had never been
        version       bigint      NOT NULL,
        state         json        NOT NULL,
        PRIMARY KEY (tenant, id)
    );
"#;

const INDEXES: &str = "
    CREATE INDEX IF NOT EXISTS reminders_by_time ON reminders (tenant, rings_at, id) WHERE NOT hidden;
    CREATE INDEX IF NOT EXISTS reminders_by_task ON reminders (tenant, task_id, rings_at, id) WHERE NOT hidden;
";

impl State for Reminder {
    type Event = ReminderEvent;

    fn sequence(&self) -> u64 {
        self.version
    }

    fn decode(envelope: &Envelope) -> Result<ReminderEvent, String> {
        decode(envelope)
    }

    fn apply(&mut self, event: &ReminderEvent, _envelope: &Envelope) {
        domain::reminder::evolve(self, event);
    }

    fn pass(&mut self, sequence: u64) {
        self.version = sequence;
    }
}

#[async_trait]
impl Projection for Reminders {
    fn describe(&self) -> &Description {
        &Description {
            name: NAME,
            topic: topics::REMINDERS,
            version: VERSION,
            create: TABLES,
            index: INDEXES,
            rows_are_told: false,
            tables: &[Table { name: "reminders", order: "tenant COLLATE \"C\", id" }],
        }
    }

    async fn apply(&self, connection: &mut PgConnection, batch: &mut Batch<'_>) -> Result<(), ApplyError> {
        let mut reminders = load(connection, &batch.streams()).await?;
        batch.fold(&mut reminders)?;
        save(connection, &reminders).await
    }
}

async fn load(connection: &mut PgConnection, streams: &[String]) -> Result<Streams<Reminder>, ApplyError> {
    if streams.is_empty() {
        return Ok(Streams::new());
    }
    let (tenants, ids) = keys(streams);
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT r.tenant || '/' || r.id, r.state::text
         FROM UNNEST($1::text[], $2::uuid[]) AS k(tenant, id) JOIN reminders r USING (tenant, id)",
    )
    .bind(&tenants)
    .bind(&ids)
    .fetch_all(connection)
    .await?;
    stored(rows)
}

const SAVE: &str = "
    INSERT INTO reminders (
        tenant, id, task_id, status, remind_utc, snoozed_until, rings_at, created_at, updated_at, hidden, version, state)
    SELECT tenant, id, task_id, status, remind_utc, snoozed_until, rings_at, created_at, updated_at, hidden, version, state::json
    FROM UNNEST(
        $1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[],
        $8::timestamptz[], $9::timestamptz[], $10::boolean[], $11::bigint[], $12::text[])
    AS r(tenant, id, task_id, status, remind_utc, snoozed_until, rings_at, created_at, updated_at, hidden, version, state)
    ON CONFLICT (tenant, id) DO UPDATE SET
        task_id = excluded.task_id, status = excluded.status, remind_utc = excluded.remind_utc,
        snoozed_until = excluded.snoozed_until, rings_at = excluded.rings_at, created_at = excluded.created_at,
        updated_at = excluded.updated_at, hidden = excluded.hidden, version = excluded.version, state = excluded.state";

async fn save(connection: &mut PgConnection, reminders: &Streams<Reminder>) -> Result<(), ApplyError> {
    let mut rows = changed(reminders);
    let new = take_new(&mut rows);
    if !new.is_empty() {
        copy(connection, &new).await?;
    }
    if rows.is_empty() {
        return Ok(());
    }
    let tenants: Vec<&str> = rows.iter().map(|row| row.tenant).collect();
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let each = |column: fn(&Reminder) -> DateTime<Utc>| rows.iter().map(|row| column(row.state)).collect::<Vec<_>>();
    let states = rows.iter().map(|row| json(row.state)).collect::<Result<Vec<_>, _>>()?;
    sqlx::query(SAVE)
        .bind(&tenants)
        .bind(&ids)
        .bind(rows.iter().map(|row| row.state.task_id).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.state.status.as_str()).collect::<Vec<_>>())
        .bind(each(|reminder| reminder.remind_utc))
        .bind(rows.iter().map(|row| row.state.snoozed_until).collect::<Vec<_>>())
        .bind(each(Reminder::rings_at))
        .bind(each(|reminder| reminder.created_at))
        .bind(each(|reminder| reminder.updated_at))
        .bind(rows.iter().map(|row| !row.state.exists()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| version(row.state.version)).collect::<Vec<_>>())
        .bind(&states)
        .execute(connection)
        .await?;
    Ok(())
}

async fn copy(connection: &mut PgConnection, new: &[Changed<'_, Reminder>]) -> Result<(), ApplyError> {
    let mut rows = CopyRows::new();
    for Changed { tenant, id, state: reminder, .. } in new {
        rows.begin(12);
        rows.value(*tenant)?;
        rows.value(*id)?;
        rows.value(reminder.task_id)?;
        rows.value(reminder.status.as_str())?;
        rows.value(reminder.remind_utc)?;
        rows.value(reminder.snoozed_until)?;
        rows.value(reminder.rings_at())?;
        rows.value(reminder.created_at)?;
        rows.value(reminder.updated_at)?;
        rows.value(!reminder.exists())?;
        rows.value(version(reminder.version))?;
        rows.value(json(*reminder)?)?;
    }
    let into = "reminders (
        tenant, id, task_id, status, remind_utc, snoozed_until, rings_at, created_at, updated_at, hidden, version, state)";
    rows.write(connection, into).await
}
