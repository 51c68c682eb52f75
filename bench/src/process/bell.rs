//! Hears which reminders ring and what becomes of them, from the log.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::topics;
use kafka_es::Envelope;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::log::Log;

/// How often it is looked at what was heard.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// The listener says nothing for so long at most.
const QUIET_MAX: Duration = Duration::from_secs(1);

/// What was heard.
#[derive(Debug, Default)]
pub struct Heard {
    /// When each reminder rang, the first time.
    pub rang: HashMap<Uuid, DateTime<Utc>>,
    /// Rings beyond the first one of their reminder.
    pub doubled: usize,
    /// When each was told to be sent.
    pub sent: HashMap<Uuid, DateTime<Utc>>,
    /// Reminders that were told to have failed.
    pub failed: usize,
    /// Records that lost the race for their sequence.
    pub void: usize,
}

impl Heard {
    fn take(&mut self, event: &Envelope, at: DateTime<Utc>) -> anyhow::Result<()> {
        let reminder = event.subject.parse()?;
        match event.event_type.as_str() {
            "tasklog.reminder.triggered.v1" if self.rang.contains_key(&reminder) => self.doubled += 1,
            "tasklog.reminder.triggered.v1" => {
                self.rang.insert(reminder, at);
            }
            "tasklog.reminder.sent.v1" => {
                self.sent.entry(reminder).or_insert(at);
            }
            "tasklog.reminder.delivery_failed.v1" => self.failed += 1,
            _ => {}
        }
        Ok(())
    }
}

/// Listens until it is dropped.
pub struct Bell {
    heard: Arc<Mutex<Heard>>,
    listening: JoinHandle<anyhow::Error>,
}

impl Bell {
    /// Begins to listen, with the first record of the topic.
    ///
    /// # Errors
    /// When Kafka does not answer.
    pub async fn listen(bootstrap: &str) -> anyhow::Result<Self> {
        let log = Log::open(bootstrap, topics::REMINDERS).await?;
        let heard = Arc::new(Mutex::new(Heard::default()));
        let listening = tokio::spawn(listen(log, heard.clone()));
        Ok(Self { heard, listening })
    }

    /// Waits until enough was heard; false where that is not so by `last`.
    ///
    /// # Errors
    /// When the log could not be read.
    pub async fn until(&mut self, last: DateTime<Utc>, enough: impl Fn(&Heard) -> bool) -> anyhow::Result<bool> {
        loop {
            if enough(&self.heard.lock().unwrap_or_else(PoisonError::into_inner)) {
                return Ok(true);
            }
            if self.listening.is_finished() {
                return Err((&mut self.listening).await?);
            }
            if Utc::now() > last {
                return Ok(false);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// How many rang so far.
    pub fn rung(&self) -> usize {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).rang.len()
    }

    /// All that was heard.
    pub fn heard(self) -> Heard {
        std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Listens for good; gives why it could not.
async fn listen(mut log: Log, heard: Arc<Mutex<Heard>>) -> anyhow::Error {
    loop {
        let events = match log.next(QUIET_MAX).await {
            Ok(events) => events,
            Err(error) => return error,
        };
        let now = Utc::now();
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.void = log.void();
        for event in &events {
            if let Err(error) = heard.take(event, now) {
                return error;
            }
        }
    }
}

// Not `tests`: that is the name of a crate, too.
#[cfg(test)]
mod hearing {
    use super::*;
    use serde_json::json;

    fn event(kind: &str, reminder: Uuid) -> Envelope {
        let envelope = json!({
            "specversion": "1.0", "id": "x", "source": "/tenants/default", "type": format!("tasklog.reminder.{kind}.v1"),
            "subject": reminder, "time": "2026-11-23T19:00:00Z", "datacontenttype": "application/json",
            "partitionkey": format!("default/{reminder}"), "sequence": 1, "tenant": "default", "commandid": "c",
            "actor": "a", "data": {},
        });
        serde_json::from_value(envelope).unwrap()
    }

    #[test]
    fn given_a_reminder_that_rings_twice_when_heard_then_the_second_time_is_doubled_and_the_first_one_counts() {
        let (one, other, mut heard) = (Uuid::from_u128(1), Uuid::from_u128(2), Heard::default());
        let told = [("scheduled", one), ("triggered", one), ("triggered", other), ("sent", one), ("triggered", one)];
        let times: Vec<DateTime<Utc>> = (0..).take(told.len()).filter_map(|n| DateTime::from_timestamp(n, 0)).collect();
        for ((kind, reminder), at) in told.into_iter().zip(&times) {
            heard.take(&event(kind, reminder), *at).unwrap();
        }
        heard.take(&event("delivery_failed", other), times[4]).unwrap();
        assert_eq!(heard.rang, HashMap::from([(one, times[1]), (other, times[2])]));
        assert_eq!((heard.doubled, heard.failed, heard.sent), (1, 1, HashMap::from([(one, times[3])])));
    }
}
