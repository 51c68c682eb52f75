//! The channels that a reminder is delivered over: whose they are (settings), one attempt over one of them, and when
//! the next attempt is due.
//!
//! Knows nothing of Kafka, Postgres or the API; whoever keeps the deliveries calls it: [`Webhooks::attempt`] or
//! [`Mailer::attempt`] gives an [`Outcome`], [`backoff::next`] says what follows from it, and [`Health`] when a channel
//! is to be disabled. It never reads a clock or draws a random number: both are arguments.
//!
//! ```
//! use chrono::{DateTime, Utc};
//! use notification::backoff::{self, Next};
//! use notification::email::{Mail, Notice};
//! use notification::webhook::{self, Request};
//! use notification::{Channel, Health, Mailer, Outcome, Webhooks, delivery_id};
//! use serde_json::{Map, Value};
//!
//! /// The `attempts`-th attempt to tell `channel` of `event`, the CloudEvent `tasklog.reminder.triggered.v1`, and of its
//! /// task.
//! async fn attempt(
//!     (webhooks, mailer): (&Webhooks, &Mailer),
//!     channel: &Channel,
//!     (event, task): (Map<String, Value>, Value),
//!     attempts: u32,
//!     (clock, random): (fn() -> DateTime<Utc>, u32),
//!     health: Health,
//! ) -> (Outcome, Next, Health) {
//!     let id = delivery_id(channel.id(), event["id"].as_str().unwrap_or_default());
//!     let outcome = match channel {
//!         Channel::Webhook { url, secret } => {
//!             webhooks.attempt(Request { id, url, secret, body: webhook::body(event, task), at: clock() }).await
//!         }
//!         Channel::Email { address } => {
//!             mailer.attempt(&Mail { id, to: address, notice: &Notice::of_task(&task), at: clock() }).await
//!         }
//!     };
//!     let ended_at = clock();
//!     let next = backoff::next(&outcome, attempts, ended_at, random);
//!     let health = health.after(&outcome, ended_at);
//!     (outcome, next, health)
//! }
//! ```
//!
//! Delivery is at least once: an attempt whose answer was lost is repeated. [`delivery_id`] is the same in each
//! attempt and after each crash, and receivers see it (`webhook-id`, `Message-ID`), so that they can drop doubles.

mod causes;
mod delivery;
pub use delivery::{Outcome, delivery_id};

pub mod backoff;
mod health;
pub use health::Health;

mod settings;
pub use settings::{Channel, MASKED_SECRET, Settings, Targets};

pub mod webhook;
pub use webhook::Webhooks;

pub mod email;
pub use email::Mailer;
