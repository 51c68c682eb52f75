//! What came of attempts, written for many deliveries in one statement.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgExecutor, Row as _};
use uuid::Uuid;

use super::lease::LEASE;

/// What came of an attempt.
#[derive(Debug, Clone)]
pub(super) struct Attempted {
    /// Of the delivery.
    pub(super) id: Uuid,
    /// How many attempts there were before.
    pub(super) attempts: i32,
    pub(super) at: DateTime<Utc>,
    pub(super) delivered: bool,
    /// The outcome in a word.
    pub(super) word: &'static str,
    /// What went wrong.
    pub(super) detail: Option<String>,
    /// How the delivery ended, if it did.
    pub(super) end: Option<&'static str>,
    /// After how long there is something to do next.
    pub(super) waits: TimeDelta,
}

/// What is to become of a row that somebody else has locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Locked {
    /// It is waited for.
    Waits,
    /// It is left as it is: whoever writes many must not hold up the others for it, nor wait for rows in no order.
    Left,
}

impl Locked {
    const fn sql(self) -> &'static str {
        match self {
            Self::Waits => "",
            Self::Left => "SKIP LOCKED",
        }
    }
}

/// Writes down what came of attempts; gives the deliveries of which it is written. Nothing is written of one where the attempt took longer
/// than the lease and another has written since what came of its own: that stays, unless this one has delivered. Of two of the same
/// delivery only the first is looked at.
///
/// One that is tried again is free for whoever comes then. One that has ended is left to whoever is about to tell the log.
pub(super) async fn write(
    postgres: impl PgExecutor<'_>,
    attempts: &[Attempted],
    locked: Locked,
) -> Result<HashSet<Uuid>, sqlx::Error> {
    let mut seen = HashSet::new();
    let each: Vec<&Attempted> = attempts.iter().filter(|it| seen.insert(it.id)).collect();
    let statement = format!(
        "WITH free AS MATERIALIZED (
             SELECT id FROM tasklog_process.deliveries WHERE id = ANY($1) FOR UPDATE {locked}
         ), delivery AS (
             UPDATE tasklog_process.deliveries d
             SET attempts = d.attempts + 1, outcome = it.ending, detail = it.detail,
                 due_at = now() + it.waits * interval '1 millisecond', waits_since = now(),
                 taken_until = CASE WHEN it.ending IS NOT NULL THEN now() + {LEASE} END
             FROM UNNEST($1::uuid[], $2::int[], $3::bool[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[], $8::text[])
                  AS it(id, attempts, delivered, ending, detail, waits, at, word)
             JOIN free USING (id)
             WHERE d.id = it.id AND d.outcome IS NULL AND (d.attempts = it.attempts OR it.delivered)
             RETURNING d.id, d.attempts, it.at, it.word, it.detail
         )
         INSERT INTO tasklog_process.attempts (delivery_id, number, at, outcome, detail)
         SELECT id, attempts, at, word, detail FROM delivery RETURNING delivery_id",
        locked = locked.sql()
    );
    let written = sqlx::query(&statement)
        .bind(each.iter().map(|it| it.id).collect::<Vec<_>>())
        .bind(each.iter().map(|it| it.attempts).collect::<Vec<_>>())
        .bind(each.iter().map(|it| it.delivered).collect::<Vec<_>>())
        .bind(each.iter().map(|it| it.end).collect::<Vec<_>>())
        .bind(each.iter().map(|it| it.detail.as_deref()).collect::<Vec<_>>())
        .bind(each.iter().map(|it| it.waits.num_milliseconds()).collect::<Vec<_>>())
        .bind(each.iter().map(|it| it.at).collect::<Vec<_>>())
        .bind(each.iter().map(|it| it.word).collect::<Vec<_>>());
    written.fetch_all(postgres).await?.iter().map(|row| row.try_get("delivery_id")).collect()
}

/// The log was told how these ended: nothing is left to do. Gives those of which it is written.
pub(super) async fn done(
    postgres: impl PgExecutor<'_>,
    ids: &[Uuid],
    locked: Locked,
) -> Result<HashSet<Uuid>, sqlx::Error> {
    let statement = format!(
        "WITH free AS MATERIALIZED (
             SELECT id FROM tasklog_process.deliveries WHERE id = ANY($1) FOR UPDATE {}
         )
         UPDATE tasklog_process.deliveries d SET due_at = NULL FROM free WHERE d.id = free.id RETURNING d.id",
        locked.sql()
    );
    sqlx::query(&statement).bind(ids).fetch_all(postgres).await?.iter().map(|row| row.try_get("id")).collect()
}
