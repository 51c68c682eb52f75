//! Deliveries that did not go as they should, for operators: the newest first.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgPool, Row as _};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::manager::FREE;

/// What is the matter with a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeliveryTrouble)]
pub enum Trouble {
    /// An attempt has failed, and it is tried again.
    Failing,
    /// It was given up.
    Failed,
}

impl Trouble {
    /// Each of them.
    pub const ALL: [Self; 2] = [Self::Failing, Self::Failed];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Failed => "failed",
        }
    }
}

/// A delivery that is tried again, or has failed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = TroubledDelivery)]
pub struct Troubled {
    /// Names it. Receivers see it as `webhook-id`, or in the mail's `Message-ID`.
    pub id: Uuid,
    /// The reminder that rang.
    pub reminder_id: Uuid,
    /// Its task.
    pub task_id: Uuid,
    /// The title that the task had when the reminder rang.
    pub title: String,
    /// The channel: `webhook` or `email`.
    #[schema(example = "webhook")]
    pub channel: String,
    /// What is the matter with it.
    pub outcome: Trouble,
    /// Attempts so far.
    #[schema(value_type = u32)]
    pub attempts: i32,
    /// What went wrong the last time, in words.
    #[schema(required = true)]
    pub detail: Option<String>,
    /// When it was to be delivered first.
    pub created_at: DateTime<Utc>,
    /// When the last attempt ended.
    #[schema(required = true)]
    pub last_attempt_at: Option<DateTime<Utc>>,
    /// When it is tried again; `null` while it is, and where it has failed.
    #[schema(required = true)]
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// The trace in which the reminder rang.
    #[schema(required = true)]
    pub traceparent: Option<String>,
}

impl FromRow<'_, PgRow> for Troubled {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let outcome: Option<&str> = row.try_get("outcome")?;
        Ok(Self {
            id: row.try_get("id")?,
            reminder_id: row.try_get("reminder_id")?,
            task_id: row.try_get("task_id")?,
            title: row.try_get("title")?,
            channel: row.try_get("channel")?,
            outcome: if outcome.is_some() { Trouble::Failed } else { Trouble::Failing },
            attempts: row.try_get("attempts")?,
            detail: row.try_get("detail")?,
            created_at: row.try_get("created_at")?,
            last_attempt_at: row.try_get("last_attempt_at")?,
            next_attempt_at: row.try_get("next_attempt_at")?,
            traceparent: row.try_get("traceparent")?,
        })
    }
}

/// Where a delivery is in the list of them, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When it was to be delivered first.
    pub created_at: DateTime<Utc>,
    /// Its id.
    pub id: Uuid,
}

/// Deliveries with any of these troubles, newest first: those after this place, so many.
///
/// Each trouble has an index of its own, which is read in its order: what has gone well is not looked at, however much it is.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn in_trouble(
    pool: &PgPool,
    tenant: &str,
    troubles: &[Trouble],
    after: Option<Place>,
    most: usize,
) -> Result<Vec<Troubled>, sqlx::Error> {
    let of = |condition: &str| {
        format!(
            "(SELECT * FROM tasklog_process.deliveries
              WHERE tenant = $1 AND {condition} AND (created_at, id) <
                    (coalesce($2, 'infinity'::timestamptz), coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
              ORDER BY created_at DESC, id DESC LIMIT $4)"
        )
    };
    let statement = format!(
        "SELECT d.id, d.reminder_id, (d.task->>'id')::uuid AS task_id, d.task->>'title' AS title, d.channel, d.outcome, d.attempts,
                d.detail, d.created_at, a.at AS last_attempt_at,
                CASE WHEN d.outcome IS NULL AND {FREE} THEN d.due_at END AS next_attempt_at,
                d.event->>'traceparent' AS traceparent
         FROM ({failing} UNION ALL {failed}) d
         LEFT JOIN tasklog_process.attempts a ON a.delivery_id = d.id AND a.number = d.attempts
         ORDER BY d.created_at DESC, d.id DESC LIMIT $4",
        failing = of("$5 AND outcome IS NULL AND attempts > 0"),
        failed = of("$6 AND outcome = 'failed'"),
    );
    let rows = sqlx::query_as(&statement)
        .bind(tenant)
        .bind(after.map(|place| place.created_at))
        .bind(after.map(|place| place.id))
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .bind(troubles.contains(&Trouble::Failing))
        .bind(troubles.contains(&Trouble::Failed));
    rows.fetch_all(pool).await
}
