//! Takes up deliveries that are due, by the clock of the database. Each goes on by itself: a receiver that is slow holds up no other.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use platform::postgres::in_time;
use tracing::Instrument as _;

use super::rows::{self, ANSWER};
use super::{NAME, Notify};
use crate::manager::{Failure, Fired, Timed};
use crate::metric_definitions as metric;

#[async_trait]
impl Timed for Notify {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn fire(&self, _now: DateTime<Utc>) -> Result<Fired, Failure> {
        let room = self.room();
        if room == 0 {
            // Whoever makes room rings; that a rush is over, the look once a second finds.
            return Ok(Fired { rows: 0, more: false });
        }
        let claimed = in_time(ANSWER, rows::claim(&self.pool, room)).await?;
        let taken = claimed.len();
        for due in claimed {
            let Ok(permit) = self.room.clone().acquire_owned().await else { break };
            let (notify, reminder) = (self.clone(), due.reminder_id);
            let span = tracing::info_span!("deliver", delivery = %due.id, %reminder);
            if let Some(parent) = due.event.0.get("traceparent").and_then(|parent| parent.as_str()) {
                platform::telemetry::set_parent(&span, parent);
            }
            let (id, attempts) = (due.id, due.attempts);
            let work = async move {
                if let Err(failure) = notify.holding(id, attempts, notify.work(due)).await {
                    // Its time comes again.
                    metric::failed(NAME);
                    tracing::error!(%reminder, error = %failure, "a delivery could not be finished, it is taken up again");
                }
                drop(permit);
                notify.alarm.ring();
            };
            tokio::spawn(work.instrument(span));
        }
        Ok(Fired { rows: taken, more: false })
    }

    async fn earliest(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        // With no room there is nothing to wake for but room.
        if self.room() == 0 { Ok(None) } else { self.earliest_due().await }
    }
}
