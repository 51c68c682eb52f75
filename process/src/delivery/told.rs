//! Who speaks for reminders that rang along with another, where that one was put off since: the log does not say whether its message had
//! gone out by then, the rows of deliveries do.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use domain::reminder::Reminder;
use platform::postgres::in_time;
use sqlx::PgPool;
use uuid::Uuid;

use super::Notify;
use super::ring::Ring;
use super::rows::ANSWER;
use crate::manager::Failure;

/// Rings whose deliveries are about to be written, by tenant, reminder and time.
#[derive(Debug, Default)]
pub(super) struct AboutToTell(HashSet<(String, Uuid, Option<DateTime<Utc>>)>);

impl AboutToTell {
    pub(super) fn add(&mut self, ring: Ring) {
        self.0.insert((ring.tenant, ring.reminder_id, ring.at));
    }
}

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Message {
    /// There is none, or it was held back.
    None,
    /// Whoever sends it tells the log of all that it is about.
    UnderWay,
    Delivered,
    Failed,
}

impl Notify {
    /// How far the message has come in which the reminder `other` tells of this ring.
    pub(super) async fn message_of(
        &self,
        other: Uuid,
        ring: &Ring,
        about_to: &AboutToTell,
    ) -> Result<Message, Failure> {
        if about_to.0.contains(&(ring.tenant.clone(), other, ring.at)) {
            return Ok(Message::UnderWay);
        }
        let outcomes = in_time(ANSWER, outcomes(&self.pool, other, ring)).await?;
        let any = |outcome: Option<&str>| outcomes.iter().any(|it| it.as_deref() == outcome);
        Ok(match () {
            () if any(Some("delivered")) => Message::Delivered,
            () if any(None) => Message::UnderWay,
            () if any(Some("failed")) => Message::Failed,
            () => Message::None,
        })
    }

    /// Those of these reminders that have not spoken for themselves when they were read before the ring that tells of them.
    pub(super) async fn silent(&self, ring: &Ring, waiting: Vec<Reminder>) -> Result<Vec<Reminder>, Failure> {
        let spoke = in_time(ANSWER, spoke(&self.pool, ring, &waiting)).await?;
        Ok(waiting.into_iter().filter(|reminder| !spoke.contains(&reminder.id)).collect())
    }
}

/// How the deliveries ended in which `other` tells of this ring.
async fn outcomes(pool: &PgPool, other: Uuid, ring: &Ring) -> Result<Vec<Option<String>>, sqlx::Error> {
    let found: Vec<(Option<String>, Option<String>)> = sqlx::query_as(
        "SELECT event #>> '{data,triggered_at}', outcome FROM tasklog_process.deliveries
         WHERE tenant = $1 AND reminder_id = $2 AND event #> '{data,tells_of}' ? $3",
    )
    .bind(&ring.tenant)
    .bind(other)
    .bind(ring.reminder_id.to_string())
    .fetch_all(pool)
    .await?;
    Ok(found.into_iter().filter(|(at, _)| is_at(at.as_deref(), ring)).map(|(_, outcome)| outcome).collect())
}

/// Those of these reminders that have deliveries of their own for when they rang along with this ring.
async fn spoke(pool: &PgPool, ring: &Ring, waiting: &[Reminder]) -> Result<HashSet<Uuid>, sqlx::Error> {
    if waiting.is_empty() {
        return Ok(HashSet::new());
    }
    let found: Vec<(Uuid, Option<String>)> = sqlx::query_as(
        "SELECT reminder_id, event #>> '{data,triggered_at}' FROM tasklog_process.deliveries
         WHERE tenant = $1 AND reminder_id = ANY($2) AND event #>> '{data,told_by}' = $3",
    )
    .bind(&ring.tenant)
    .bind(waiting.iter().map(|reminder| reminder.id).collect::<Vec<_>>())
    .bind(ring.reminder_id.to_string())
    .fetch_all(pool)
    .await?;
    Ok(found.into_iter().filter(|(_, at)| is_at(at.as_deref(), ring)).map(|(id, _)| id).collect())
}

/// Compared here and not in Postgres, which rounds what is finer than a microsecond.
fn is_at(at: Option<&str>, ring: &Ring) -> bool {
    at.and_then(|at| DateTime::parse_from_rfc3339(at).ok()).is_some_and(|at| ring.at == Some(at.to_utc()))
}
