//! Many reminders that are late at the same time, as after a long downtime, are told of by one of them: nobody wants a hundred mails about
//! last week. Each rings all the same, and its event says by which one people were told.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::reminder::{ReminderStatus, Told, is_late};

use super::Reminders;
use super::due::Due;
use super::rows::Row;
use crate::manager::Failure;

/// So many late reminders of one tenant, found in one look, are told of one by one.
const TOLD_ALONE_MAX: usize = 10;

impl Reminders {
    /// Where more than [`TOLD_ALONE_MAX`] of one tenant are late, lets the latest ring for all, and marks the others as told by it.
    pub(super) async fn tell_together(&self, rows: &[Row], due: &mut [Due], now: DateTime<Utc>) -> Result<(), Failure> {
        let mut late = BTreeMap::<&str, Vec<usize>>::new();
        for (at, (row, due)) in rows.iter().zip(&*due).enumerate() {
            if *due == Due::Rings(Told::Alone) && row.fires_at.is_some_and(|fires_at| is_late(fires_at, now)) {
                late.entry(&row.tenant).or_default().push(at);
            }
        }
        for mut late in late.into_values() {
            while late.len() > TOLD_ALONE_MAX {
                let Some(last) = late.pop() else { break };
                let others = late.iter().map(|at| rows[*at].reminder_id).collect();
                let rang = self.trigger(&rows[last], Told::For(others), now).await?;
                due[last] = if rang.is_some() { Due::Nothing } else { Due::Blocked };
                // It rings first: whoever dies now has told of the others once too often, not never. One that did not ring, as it was
                // put off meanwhile or had rung before such a death, tells of nobody.
                let tells = |it: domain::reminder::Reminder| {
                    it.status == ReminderStatus::Triggered && it.triggered_at == Some(now)
                };
                if rang.flatten().is_some_and(tells) {
                    late.drain(..).for_each(|at| due[at] = Due::Rings(Told::By(rows[last].reminder_id)));
                }
            }
        }
        Ok(())
    }
}
