//! Process managers: they read events and give commands. Recurrence makes the next task of a series, reminders ring.
//!
//! A command that follows from an event has an id that follows from it too, and the task that it makes has an id that follows from the
//! series and the day: whoever asks again, after a crash or from the first record of the log, asks for what is there.
//!
//! Reading order: what a manager is ([`manager`]), how it gives commands ([`commands`]), the two of them ([`recurrence`],
//! [`reminders`]), and what wakes them from outside ([`api`]).

pub mod commands;
pub mod manager;

pub mod recurrence;
pub mod reminders;

pub mod api;

pub mod database;
pub mod metric_definitions;

pub use api::{ProcessState, contract, router};
pub use database::migrate;
