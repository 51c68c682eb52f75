//! The channels that a reminder is delivered over: whose they are (settings), one attempt over one of them, and when
//! the next attempt is due.
//!
//! Knows nothing of Kafka, Postgres or the API; whoever keeps the deliveries calls it: [`Webhooks::attempt`] or
//! [`Mailer::attempt`] gives an [`Outcome`], [`backoff::next`] says what follows from it, and [`Health`] when a channel
//! is to be disabled. It never reads a clock or draws a random number: both are arguments.
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
