//! One attempt to deliver, and what follows from it.

use chrono::{DateTime, TimeDelta, Utc};
use domain::reminder::{ReminderCommand, ReminderStatus};
use notification::backoff::{self, Next};
use notification::email::{Mail, Notice};
use notification::webhook::{self, Request};
use notification::{Channel, Health, Outcome};
use platform::postgres::in_time;

use super::attempts::Attempted;
use super::ring::tells_of;
use super::rows::{self, ANSWER, Due};
use super::{NAME, Notify, bound};
use crate::commands::Cause;
use crate::manager::Failure;

/// The ends of a delivery.
const DELIVERED: &str = "delivered";
const FAILED: &str = "failed";

impl Notify {
    /// Does what there is to do about a delivery.
    pub(super) async fn work(&self, mut due: Due) -> Result<(), Failure> {
        if due.outcome.is_none() {
            if !self.still_rings(&due).await? {
                in_time(ANSWER, rows::superseded(&self.pool, due.id)).await?;
                // Whoever was read in between, and left itself to this one, has to be told of after all.
                if self.still_rings(&due).await? {
                    in_time(ANSWER, rows::go_on(&self.pool, due.id)).await?;
                }
                return Ok(());
            }
            if due.channel_id.is_nil() {
                return self.over_channels(&due, cause(&due)).await;
            }
            let (outcome, channel_was) = self.attempt(&due).await?;
            let ended_at = self.clock.now();
            let attempts = u32::try_from(due.attempts + 1).unwrap_or(u32::MAX);
            let (end, waits) = match backoff::next(&outcome, attempts, ended_at, random()) {
                Next::Done => (Some(DELIVERED), TimeDelta::zero()),
                Next::Failed => (Some(FAILED), TimeDelta::zero()),
                Next::Attempt { due_at } => (None, due_at - ended_at),
            };
            said(&due, &outcome);
            due.detail = outcome.why().map(str::to_owned);
            let attempted = Attempted {
                id: due.id,
                attempts: due.attempts,
                at: ended_at,
                delivered: matches!(outcome, Outcome::Delivered),
                word: word(&outcome),
                detail: due.detail.clone(),
                end,
                waits,
            };
            if !self.record(&due, attempted, (&outcome, channel_was)).await? {
                return Ok(());
            }
            due.outcome = end.map(str::to_owned);
        }
        match due.outcome.as_deref() {
            Some(end) => self.tell(&due, end == DELIVERED).await,
            None => Ok(()),
        }
    }

    /// Whether there is still something to tell: the reminder was not put off, given another time or cancelled since it rang, or it tells
    /// of others.
    async fn still_rings(&self, due: &Due) -> Result<bool, Failure> {
        let (ring, reminder) = (due.ring(), self.commands.reminder(&due.tenant, due.reminder_id).await?);
        let rings = reminder.is_some_and(|reminder| match reminder.status {
            // By another channel, or given up by it, where it has ended.
            ReminderStatus::Triggered | ReminderStatus::Sent | ReminderStatus::Failed => ring.is_last_of(&reminder),
            ReminderStatus::Scheduled | ReminderStatus::Cancelled => false,
        });
        Ok(rings || !self.waiting(&ring).await?.is_empty())
    }

    /// Tries once, unless it is known to have been delivered; gives how the channel fared before, where the outcome says something of it.
    async fn attempt(&self, due: &Due) -> Result<(Outcome, Option<Health>), Failure> {
        if self.was_delivered(due).await {
            return Ok((Outcome::Delivered, None));
        }
        let sent = self.send(due).await?;
        if matches!(sent.0, Outcome::Delivered) {
            self.remember(due).await;
        }
        Ok(sent)
    }

    /// Sends once.
    async fn send(&self, due: &Due) -> Result<(Outcome, Option<Health>), Failure> {
        let fares = self.fares_of(due).await?;
        let refused = |why: &str| Ok((Outcome::Refused { why: why.to_owned() }, None));
        let Some(channel) = fares.channels.iter().find(|channel| channel.id() == due.channel_id) else {
            return refused("the channel was taken out of the settings");
        };
        let health = fares.health(due.channel_id);
        if health.is_disabled() {
            return refused("the channel is disabled; save the settings again to enable it");
        }
        let (id, at) = (due.id, self.clock.now());
        match channel {
            Channel::Webhook { url, secret } => {
                let body = webhook::body(due.event.0.clone(), due.task.0.clone());
                Ok((self.channels.webhooks.attempt(Request { id, url, secret, body, at }).await, Some(health)))
            }
            Channel::Email { address } => {
                let notice = Notice::of_task(&due.task.0).along_with(tells_of(&due.event.0).len());
                match (&self.channels.mailer, &self.channels.binding) {
                    (Some(mailer), _) => {
                        Ok((mailer.attempt(&Mail { id, to: address, notice: &notice, at }).await, None))
                    }
                    (None, Some(binding)) => Ok((bound::mail(binding, address.as_ref(), &notice).await, None)),
                    (None, None) => refused("no mail server is configured (SMTP_URL)"),
                }
            }
        }
    }

    /// Tells the log how it ended: sent with the first channel, failed with the last one.
    async fn tell(&self, due: &Due, delivered: bool) -> Result<(), Failure> {
        let at = self.clock.now();
        let command = if delivered {
            Some(ReminderCommand::MarkSent { at })
        } else if in_time(ANSWER, rows::others_may(&self.pool, due)).await? {
            None
        } else {
            let detail = due.detail.clone().unwrap_or_default();
            Some(ReminderCommand::MarkFailed { detail, at })
        };
        if let Some(command) = command {
            self.end(&due.ring(), command, cause(due)).await?;
        }
        Ok(self.done(due.id).await?)
    }

    /// When the next attempt or the next word to the log is due, of what nobody is at work on: by this process's clock, however far that is
    /// from the database's.
    pub(super) async fn earliest_due(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        let left = in_time(ANSWER, rows::earliest(&self.pool)).await?;
        Ok(left.and_then(|left| self.clock.now().checked_add_signed(TimeDelta::try_milliseconds(left)?)))
    }
}

/// What the end of a delivery follows from.
fn cause(due: &Due) -> Cause {
    let of_event = |name: &str| due.event.0.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    Cause {
        manager: NAME,
        event: Some(due.event_id.clone()),
        correlation_id: of_event("correlationid"),
        traceparent: of_event("traceparent"),
    }
}

/// Drawn anew each time: receivers that were away are not asked by all at once when they are back.
fn random() -> u32 {
    uuid::Uuid::new_v4().as_u64_pair().1 as u32
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Delivered => DELIVERED,
        Outcome::Retry { .. } => "retry",
        Outcome::Refused { .. } => "refused",
        Outcome::Gone { .. } => "gone",
    }
}

fn said(due: &Due, outcome: &Outcome) {
    crate::metric_definitions::attempt(word(outcome));
    if let Some(why) = outcome.why() {
        let (delivery, reminder, attempt) = (due.id, due.reminder_id, due.attempts + 1);
        tracing::warn!(%delivery, %reminder, attempt, outcome = word(outcome), why, "a reminder was not delivered");
    }
}
