//! Settings of a tenant that cannot be read. Over which channels its reminders go out, nobody can say then: what rings waits as one delivery
//! over none, and becomes one over each channel when they can be read. The reminders of others do not wait for that.

use chrono::{DateTime, Utc};
use domain::reminder::ReminderCommand;
use kafka_es::Envelope;
use notification::delivery_id;
use platform::postgres::{begin, in_time};
use serde_json::Value;
use uuid::Uuid;

use super::rows::{self, ANSWER, Due, NewDelivery};
use super::settings::{self, Fares};
use super::{NAME, Notify};
use crate::commands::Cause;
use crate::manager::Failure;
use crate::metric_definitions as metric;

/// What a delivery has instead of a channel while nobody can say over which it goes.
pub(super) const NO_CHANNEL: (Uuid, &str) = (Uuid::nil(), "unknown");

impl Notify {
    /// The channels of the tenant that rang; `None` where its settings cannot be read, which is told.
    pub(super) async fn readable_fares(&self, tenant: &str, envelope: &Envelope) -> Result<Option<Fares>, Failure> {
        match self.fares(tenant).await {
            Err(error) if settings::cannot_be_read(&error) => {
                metric::failed(NAME);
                tracing::error!(tenant, event = envelope.id, %error, "settings cannot be read, so a ring waits");
                Ok(None)
            }
            fares => Ok(Some(fares?)),
        }
    }

    /// The channels of the tenant of a delivery, which is put off where its settings cannot be read.
    pub(super) async fn fares_of(&self, due: &Due) -> Result<Fares, Failure> {
        let fares = self.fares(&due.tenant).await;
        if fares.as_ref().is_err_and(settings::cannot_be_read) {
            in_time(ANSWER, rows::put_off(&self.pool, due)).await?;
        }
        Ok(fares?)
    }

    /// Makes a delivery over each channel of one that waits for the settings, if they can be read by now.
    pub(super) async fn over_channels(&self, due: &Due, cause: Cause) -> Result<(), Failure> {
        let (fares, at) = (self.fares_of(due).await?, self.clock.now());
        let (channels, disabled) = fares.active();
        if channels.is_empty() {
            self.end(&due.ring(), without_channel(disabled, at), cause).await?;
        }
        let delivery = |(channel_id, channel): (Uuid, &'static str)| NewDelivery {
            id: delivery_id(channel_id, &due.event_id),
            tenant: due.tenant.clone(),
            reminder_id: due.reminder_id,
            event_id: due.event_id.clone(),
            event: Value::Object(due.event.0.clone()),
            task: due.task.0.clone(),
            channel_id,
            channel,
        };
        let deliveries: Vec<_> = channels.iter().map(|it| delivery((it.id(), it.kind()))).collect();
        let writing = async {
            let mut transaction = begin(&self.pool).await?;
            rows::insert(&mut transaction, &deliveries, at).await?;
            rows::superseded(&mut *transaction, due.id).await?;
            transaction.commit().await
        };
        in_time(ANSWER, writing).await?;
        self.alarm.ring();
        Ok(())
    }
}

/// How a ring ends that goes out over no channel: without one it is on the live stream, and there is nothing else that could fail.
pub(super) fn without_channel(disabled: bool, at: DateTime<Utc>) -> ReminderCommand {
    let detail = "every channel is disabled; save the settings again to enable them".to_owned();
    if disabled { ReminderCommand::MarkFailed { detail, at } } else { ReminderCommand::MarkSent { at } }
}
