//! One ring of a reminder, with those that it tells of as well, and how the log is told of its end.

use chrono::{DateTime, Utc};
use domain::reminder::{Reminder, ReminderCommand, ReminderEvent, ReminderStatus};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kafka_es::{AdjacentlyTagged, Envelope, EventCodec as _, Expected};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::told::{AboutToTell, Message};
use super::{AT_ONCE, NAME, Notify};
use crate::commands::{Answer, Cause, Order};
use crate::manager::{Failure, only_this_stream};

/// A ring.
#[derive(Debug, Clone)]
pub(super) struct Ring {
    pub(super) tenant: String,
    pub(super) reminder_id: Uuid,
    /// The version of the reminder that rang.
    pub(super) version: u64,
    /// The reminders that people are told of by this one.
    pub(super) tells_of: Vec<Uuid>,
    /// The reminder by which people are told of this one.
    pub(super) told_by: Option<Uuid>,
    /// When it rang.
    pub(super) at: Option<DateTime<Utc>>,
}

impl Ring {
    /// The ring that an event tells of; `None` where this build cannot read it.
    pub(super) fn of(envelope: &Envelope) -> Option<Self> {
        let (tenant, reminder_id) = domain::tenant::parse_stream_id(&envelope.partitionkey)?;
        match AdjacentlyTagged::decode(&envelope.event_type, &envelope.data) {
            Ok(ReminderEvent::Triggered(event)) => Some(Self {
                tenant: tenant.to_owned(),
                reminder_id,
                version: envelope.sequence,
                tells_of: event.tells_of,
                told_by: event.told_by,
                at: Some(event.triggered_at),
            }),
            _ => None,
        }
    }

    /// Whether this is when a reminder rang last. Its version does not tell: how it repeats may have been changed since.
    pub(super) fn is_last_of(&self, reminder: &Reminder) -> bool {
        self.at.is_some() && reminder.triggered_at == self.at
    }

    /// Whether a reminder still rings as it did then.
    pub(super) fn is_of(&self, reminder: &Reminder) -> bool {
        reminder.status == ReminderStatus::Triggered && self.is_last_of(reminder)
    }

    /// Whether people are still to be told by it of a reminder that rang along with it, in the same look of the clock.
    fn is_to_tell_of(&self, reminder: &Reminder) -> bool {
        self.is_of(reminder) && reminder.told_by == Some(self.reminder_id)
    }
}

/// The reminders that the event of a ring tells of as well.
pub(super) fn tells_of(event: &Map<String, Value>) -> Vec<Uuid> {
    let ids = event.get("data").and_then(|data| data.get("tells_of")).and_then(Value::as_array);
    ids.into_iter().flatten().filter_map(|id| id.as_str()?.parse().ok()).collect()
}

/// When the reminder rang of whose ring the event is.
pub(super) fn triggered_at(event: &Map<String, Value>) -> Option<DateTime<Utc>> {
    let at = event.get("data").and_then(|data| data.get("triggered_at")).and_then(Value::as_str)?;
    DateTime::parse_from_rfc3339(at).ok().map(|at| at.to_utc())
}

impl Notify {
    /// Those reminders that people are still to be told of by this ring, as they are now.
    pub(super) async fn waiting(&self, ring: &Ring) -> Result<Vec<Reminder>, Failure> {
        // One that cannot be read must not keep the others from being told.
        let load = |id: Uuid| async move {
            let loaded = self.commands.reminder(&ring.tenant, id).await;
            only_this_stream(NAME, &domain::tenant::stream_id(&ring.tenant, id), loaded).map(Option::flatten)
        };
        let loading: Vec<_> = ring.tells_of.iter().copied().map(load).collect();
        let loaded: Vec<Option<Reminder>> = stream::iter(loading).buffered(AT_ONCE).try_collect().await?;
        Ok(loaded.into_iter().flatten().filter(|reminder| ring.is_to_tell_of(reminder)).collect())
    }

    /// Tells the log how a ring ended, for all that it tells of; of a later ring it says nothing.
    pub(super) async fn end(&self, ring: &Ring, command: ReminderCommand, cause: Cause) -> Result<(), Failure> {
        self.end_itself(ring, command.clone(), cause.clone()).await?;
        // Those that ring from now on find that it has ended, see `end_like`.
        let others = self.waiting(ring).await?;
        let others = others.into_iter().map(|other| (other.id, other.version));
        let ending: Vec<_> = others
            .map(|which| self.end_where(ring, which, Ring::is_to_tell_of, command.clone(), cause.clone()))
            .collect();
        stream::iter(ending).buffered(AT_ONCE).try_collect().await
    }

    /// Ends the ring of the reminder itself.
    async fn end_itself(&self, ring: &Ring, command: ReminderCommand, cause: Cause) -> Result<(), Failure> {
        self.end_where(ring, (ring.reminder_id, ring.version), Ring::is_of, command, cause).await
    }

    /// Ends what rings, at this version or at whatever version it has where it still does.
    async fn end_where(
        &self,
        ring: &Ring,
        (id, mut version): (Uuid, u64),
        rings: fn(&Ring, &Reminder) -> bool,
        command: ReminderCommand,
        cause: Cause,
    ) -> Result<(), Failure> {
        let stream = domain::tenant::stream_id(&ring.tenant, id);
        while !self.end_one(&ring.tenant, (id, version), command.clone(), cause.clone()).await? {
            let loaded = self.commands.reminder(&ring.tenant, id).await;
            let loaded = only_this_stream(NAME, &stream, loaded)?.flatten();
            match loaded.filter(|it| rings(ring, it) && it.version != version) {
                Some(changed) => version = changed.version,
                None => break,
            }
        }
        Ok(())
    }

    /// Ends a ring that people are told of by `other`, as that one ended if it did by now: it rang first. Gives whether they are told of
    /// it at all: that one may have been put off before it could tell, and then this one has to speak for itself.
    pub(super) async fn end_like(
        &self,
        other: Uuid,
        ring: &Ring,
        about_to: &AboutToTell,
        cause: Cause,
    ) -> Result<bool, Failure> {
        let stream = domain::tenant::stream_id(&ring.tenant, other);
        let loaded = only_this_stream(NAME, &stream, self.commands.reminder(&ring.tenant, other).await)?;
        // They rang in the same look of the clock.
        let status = loaded.flatten().filter(|other| other.triggered_at == ring.at).map(|other| other.status);
        let message = match status {
            Some(ReminderStatus::Triggered) => Message::UnderWay,
            Some(ReminderStatus::Sent) => Message::Delivered,
            Some(ReminderStatus::Failed) => Message::Failed,
            Some(ReminderStatus::Scheduled | ReminderStatus::Cancelled) | None => {
                self.message_of(other, ring, about_to).await?
            }
        };
        let at = self.clock.now();
        let end = match message {
            Message::None => return Ok(false),
            Message::UnderWay => return Ok(true),
            Message::Delivered => ReminderCommand::MarkSent { at },
            Message::Failed => {
                let detail = "the reminder that tells of it could not be sent".to_owned();
                ReminderCommand::MarkFailed { detail, at }
            }
        };
        self.end_itself(ring, end, cause).await.map(|()| true)
    }

    /// Ends what rings at this version. False where the reminder has another one.
    async fn end_one(
        &self,
        tenant: &str,
        (id, version): (Uuid, u64),
        command: ReminderCommand,
        cause: Cause,
    ) -> Result<bool, Failure> {
        let (tenant, command_id) = (tenant.to_owned(), format!("process/notify/{version}"));
        let stream = domain::tenant::stream_id(&tenant, id);
        let order = Order { tenant, id, command, command_id, expected: Expected::Version(version), cause };
        let answer = only_this_stream(NAME, &stream, self.commands.to_reminder(order).await)?;
        if let Some(Answer::Refused(rejection)) = &answer {
            tracing::debug!(reminder = %id, %rejection, "the end of a delivery was refused");
        }
        Ok(!matches!(answer, Some(Answer::Moved)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::Duration::hours(hour)
    }

    fn ring(at: DateTime<Utc>) -> Ring {
        let (tenant, reminder_id) = ("default".to_owned(), Uuid::from_u128(1));
        Ring { tenant, reminder_id, version: 2, tells_of: vec![Uuid::from_u128(2)], told_by: None, at: Some(at) }
    }

    fn told(at: DateTime<Utc>, told_by: Option<Uuid>) -> Reminder {
        let (id, status) = (Uuid::from_u128(2), ReminderStatus::Triggered);
        Reminder { id, status, told_by, triggered_at: Some(at), ..Reminder::default() }
    }

    #[test]
    fn a_ring_tells_of_those_that_rang_along_with_it_and_of_no_later_ring_of_theirs() {
        let (then, later) = (at(1), at(2));
        let teller = Some(Uuid::from_u128(1));
        assert!(ring(then).is_to_tell_of(&told(then, teller)));
        assert!(!ring(then).is_to_tell_of(&told(then, None)), "it tells of itself");
        assert!(!ring(then).is_to_tell_of(&told(later, teller)), "it has rung again since");
        let sent = Reminder { status: ReminderStatus::Sent, ..told(then, teller) };
        assert!(!ring(then).is_to_tell_of(&sent), "people have been told");
    }
}
