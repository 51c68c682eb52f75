//! Process managers: they read events and give commands. Recurrence makes the next task of a series, reminders ring, and whoever wants to
//! be is told of it.
//!
//! A command that follows from an event has an id that follows from it too, and the task that it makes has an id that follows from the
//! series and the day: whoever asks again, after a crash or from the first record of the log, asks for what is there.
//!
//! Reading order: what a manager is ([`manager`]), how it gives commands ([`commands`]), the three of them ([`recurrence`],
//! [`reminders`], [`delivery`]), and what they answer over HTTP ([`api`]).

pub mod commands;
pub mod manager;

pub mod recurrence;
pub mod reminders;

pub mod delivery;

pub mod api;

pub mod database;
pub mod metric_definitions;

pub use api::{ProcessState, SidecarOptions, contract, dapr_router, notify_router, router};
pub use database::migrate;
