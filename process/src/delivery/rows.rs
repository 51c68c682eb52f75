//! The rows of deliveries and of their attempts.

use std::time::Duration;

use chrono::{DateTime, Utc};
use notification::{Health, Outcome};
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection, PgExecutor, PgPool, Row as _};
use utoipa::ToSchema;
use uuid::Uuid;

use super::attempts::{self, Attempted, Locked};
use super::lease::LEASE;
use super::ring::{Ring, tells_of, triggered_at};
use crate::manager::FREE;

/// How long Postgres may take to answer.
pub(super) const ANSWER: Duration = Duration::from_secs(10);

/// A delivery that is to be.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    pub(super) id: Uuid,
    pub(super) tenant: String,
    pub(super) reminder_id: Uuid,
    pub(super) event_id: String,
    pub(super) event: Value,
    pub(super) task: Value,
    pub(super) channel_id: Uuid,
    pub(super) channel: &'static str,
}

/// A delivery about which there is something to do.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) id: Uuid,
    pub(super) tenant: String,
    pub(super) reminder_id: Uuid,
    pub(super) event_id: String,
    pub(super) event: Json<Map<String, Value>>,
    pub(super) task: Json<Value>,
    pub(super) channel_id: Uuid,
    /// Attempts so far.
    pub(super) attempts: i32,
    /// Until when it was left to whoever took it up, before that was renewed.
    pub(super) taken_until: Option<DateTime<Utc>>,
    /// How it ended, where the log is still to be told.
    pub(super) outcome: Option<String>,
    pub(super) detail: Option<String>,
}

/// One attempt to deliver a reminder.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttemptRow {
    /// The delivery: the same in each of its attempts. Receivers see it as `webhook-id`, or in the mail's `Message-ID`.
    pub delivery_id: Uuid,
    /// The channel: `webhook` or `email`.
    #[schema(example = "webhook")]
    pub channel: String,
    /// Which attempt it was, from 1.
    #[schema(value_type = u32)]
    pub attempt: i32,
    /// When.
    pub time: DateTime<Utc>,
    /// `delivered`; `retry`: it is tried again; `refused`: not this one; `gone`: the receiver wants none any more.
    #[schema(example = "delivered")]
    pub outcome: String,
    /// What went wrong, in words.
    pub detail: Option<String>,
}

impl Due {
    /// What it is to tell of.
    pub(super) fn ring(&self) -> Ring {
        Ring {
            tenant: self.tenant.clone(),
            reminder_id: self.reminder_id,
            version: self.event.0.get("sequence").and_then(Value::as_u64).unwrap_or_default(),
            tells_of: tells_of(&self.event.0),
            told_by: None,
            at: triggered_at(&self.event.0),
        }
    }
}

impl FromRow<'_, PgRow> for Due {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            tenant: row.try_get("tenant")?,
            reminder_id: row.try_get("reminder_id")?,
            event_id: row.try_get("event_id")?,
            event: row.try_get("event")?,
            task: row.try_get("task")?,
            channel_id: row.try_get("channel_id")?,
            attempts: row.try_get("attempts")?,
            taken_until: row.try_get("taken_until")?,
            outcome: row.try_get("outcome")?,
            detail: row.try_get("detail")?,
        })
    }
}

impl FromRow<'_, PgRow> for AttemptRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            delivery_id: row.try_get("delivery_id")?,
            channel: row.try_get("channel")?,
            attempt: row.try_get("attempt")?,
            time: row.try_get("time")?,
            outcome: row.try_get("outcome")?,
            detail: row.try_get("detail")?,
        })
    }
}

/// The attempts to deliver a reminder, oldest first.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn attempts_of(pool: &PgPool, tenant: &str, reminder_id: Uuid) -> Result<Vec<AttemptRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT d.id AS delivery_id, d.channel, a.number AS attempt, a.at AS time, a.outcome, a.detail
         FROM tasklog_process.deliveries d JOIN tasklog_process.attempts a ON a.delivery_id = d.id
         WHERE d.tenant = $1 AND d.reminder_id = $2 ORDER BY a.at, d.id, a.number",
    )
    .bind(tenant)
    .bind(reminder_id)
    .fetch_all(pool)
    .await
}

pub(super) async fn insert(
    connection: &mut PgConnection,
    deliveries: &[NewDelivery],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    if deliveries.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO tasklog_process.deliveries
             (id, tenant, reminder_id, event_id, event, task, channel_id, channel, due_at, waits_since, created_at)
         SELECT id, tenant, reminder_id, event_id, event, task, channel_id, channel, now(), now(), $9
         FROM UNNEST($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::jsonb[], $6::jsonb[], $7::uuid[], $8::text[])
              AS d(id, tenant, reminder_id, event_id, event, task, channel_id, channel)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(deliveries.iter().map(|it| it.id).collect::<Vec<_>>())
    .bind(deliveries.iter().map(|it| it.tenant.as_str()).collect::<Vec<_>>())
    .bind(deliveries.iter().map(|it| it.reminder_id).collect::<Vec<_>>())
    .bind(deliveries.iter().map(|it| it.event_id.as_str()).collect::<Vec<_>>())
    .bind(deliveries.iter().map(|it| Json(&it.event)).collect::<Vec<_>>())
    .bind(deliveries.iter().map(|it| Json(&it.task)).collect::<Vec<_>>())
    .bind(deliveries.iter().map(|it| it.channel_id).collect::<Vec<_>>())
    .bind(deliveries.iter().map(|it| it.channel).collect::<Vec<_>>())
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes up so many deliveries that are due; for a while nobody else does. One that waits since a time that is still to come was written
/// before the database's clock went back: it is due, rather than late by as much. An array has few rows in the eyes of the planner, however
/// many are due: they are found by their ids.
pub(crate) fn claiming() -> String {
    format!(
        "WITH due AS MATERIALIZED (
             SELECT id FROM tasklog_process.deliveries WHERE due_at <= now() AND {FREE}
             ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
         ), ahead AS MATERIALIZED (
             SELECT id FROM tasklog_process.deliveries
             WHERE waits_since > now() + interval '1 minute' AND due_at > now() AND {FREE}
             ORDER BY waits_since LIMIT $1 FOR UPDATE SKIP LOCKED
         )
         UPDATE tasklog_process.deliveries SET taken_until = now() + {LEASE}
         WHERE id = ANY(ARRAY(SELECT id FROM due UNION ALL SELECT id FROM ahead LIMIT $1))
         RETURNING id, tenant, reminder_id, event_id, event, task, channel_id, attempts, taken_until, outcome, detail"
    )
}

/// See [`claiming`].
pub(super) async fn claim(pool: &PgPool, most: usize) -> Result<Vec<Due>, sqlx::Error> {
    sqlx::query_as(&claiming()).bind(i64::try_from(most).unwrap_or(i64::MAX)).fetch_all(pool).await
}

/// In how many milliseconds the next one is due that nobody is at work on.
pub(crate) fn next_due() -> String {
    format!(
        "SELECT ceil(extract(epoch FROM due_at - now()) * 1000)::bigint FROM tasklog_process.deliveries
         WHERE due_at IS NOT NULL AND {FREE} ORDER BY due_at LIMIT 1"
    )
}

/// See [`next_due`].
pub(super) async fn earliest(pool: &PgPool) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar(&next_due()).fetch_optional(pool).await
}

/// Writes down what came of an attempt that says something new of its channel. False, and nothing is written, as with
/// [`attempts::write`](super::attempts::write).
pub(super) async fn record_with_health(
    pool: &PgPool,
    due: &Due,
    attempted: &Attempted,
    outcome: &Outcome,
) -> Result<bool, sqlx::Error> {
    let mut transaction = platform::postgres::begin(pool).await?;
    if attempts::write(&mut *transaction, std::slice::from_ref(attempted), Locked::Waits).await?.is_empty() {
        return Ok(false);
    }
    // Attempts over one channel end at the same time: each goes on from what the one before has written, and that may be the same.
    let lock = sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))");
    lock.bind(due.channel_id.to_string()).execute(&mut *transaction).await?;
    let was = health(&mut *transaction, &due.tenant, due.channel_id).await?;
    let is = was.after(outcome, attempted.at);
    if is != was {
        write_health(&mut transaction, due, is).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// The reminder is not what it was when it rang: nobody is to be told any more.
pub(super) async fn superseded(postgres: impl PgExecutor<'_>, id: Uuid) -> Result<(), sqlx::Error> {
    let end =
        "UPDATE tasklog_process.deliveries SET outcome = 'superseded', due_at = NULL WHERE id = $1 AND outcome IS NULL";
    sqlx::query(end).bind(id).execute(postgres).await?;
    Ok(())
}

/// Nothing can be done about it for now: those of others come first. What has come to something since stays as it is, and whoever may have
/// taken it up as the lease had run out keeps it; a lease that was renewed runs out by itself, long before it is due.
pub(super) async fn put_off(pool: &PgPool, due: &Due) -> Result<(), sqlx::Error> {
    let later = sqlx::query(
        "UPDATE tasklog_process.deliveries
         SET due_at = now() + interval '1 minute', waits_since = now(), taken_until = nullif(taken_until, $3)
         WHERE id = $1 AND attempts = $2 AND outcome IS NULL",
    );
    later.bind(due.id).bind(due.attempts).bind(due.taken_until).execute(pool).await?;
    Ok(())
}

/// There is somebody to be told after all.
pub(super) async fn go_on(pool: &PgPool, id: Uuid) -> Result<(), sqlx::Error> {
    let anew = sqlx::query(
        "UPDATE tasklog_process.deliveries SET outcome = NULL, due_at = now(), waits_since = now(), taken_until = NULL
         WHERE id = $1 AND outcome = 'superseded'",
    );
    anew.bind(id).execute(pool).await?;
    Ok(())
}

/// Whether some other channel has delivered the same, or may still do so.
pub(super) async fn others_may(pool: &PgPool, due: &Due) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM tasklog_process.deliveries
                        WHERE event_id = $1 AND id <> $2 AND coalesce(outcome, '') NOT IN ('failed', 'superseded'))",
    )
    .bind(&due.event_id)
    .bind(due.id)
    .fetch_one(pool)
    .await
}

/// How a channel fares.
async fn health(postgres: impl PgExecutor<'_>, tenant: &str, channel_id: Uuid) -> Result<Health, sqlx::Error> {
    let row = sqlx::query(
        "SELECT failing_since, disabled_at FROM tasklog_process.channels WHERE tenant = $1 AND channel_id = $2",
    );
    let row = row.bind(tenant).bind(channel_id).fetch_optional(postgres).await?;
    row.map_or(Ok(Health::Well), |row| health_of(&row))
}

/// How the channel of such a row fares.
pub(super) fn health_of(row: &PgRow) -> Result<Health, sqlx::Error> {
    let (since, disabled): (Option<DateTime<Utc>>, Option<DateTime<Utc>>) =
        (row.try_get("failing_since")?, row.try_get("disabled_at")?);
    Ok(disabled.map(Health::DisabledAt).or(since.map(Health::FailingSince)).unwrap_or_default())
}

async fn write_health(connection: &mut PgConnection, due: &Due, health: Health) -> Result<(), sqlx::Error> {
    let (failing_since, disabled_at) = match health {
        Health::Well => (None, None),
        Health::FailingSince(since) => (Some(since), None),
        Health::DisabledAt(at) => (None, Some(at)),
    };
    sqlx::query(
        "INSERT INTO tasklog_process.channels (tenant, channel_id, failing_since, disabled_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant, channel_id) DO UPDATE SET failing_since = excluded.failing_since, disabled_at = excluded.disabled_at",
    )
    .bind(&due.tenant)
    .bind(due.channel_id)
    .bind(failing_since)
    .bind(disabled_at)
    .execute(connection)
    .await?;
    Ok(())
}
