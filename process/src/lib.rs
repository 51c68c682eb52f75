//! Process managers: they read events and give commands. Recurrence makes the next task of a series, subtasks go along with what they are
//! a part of, reminders ring, and whoever wants to be is told of it. A tag that is to have another name gets it on every task.
//!
//! A command that follows from an event has an id that follows from it too, and the task that it makes has an id that follows from the
//! series and the day: whoever asks again, after a crash or from the first record of the log, asks for what is there.
//!
//! Reading order: what a manager is ([`manager`]), how it gives commands ([`commands`]), the four of them ([`recurrence`], [`subtasks`],
//! [`reminders`], [`delivery`]), the work that is asked for rather than follows from events ([`tag_renames`]), what waits for its time with
//! all of them ([`timers`]), what they answer over HTTP ([`api`]), and how Postgres answers their clocks ([`plans`]).

pub mod commands;
pub mod manager;

pub mod recurrence;
pub mod reminders;
pub mod subtasks;

pub mod delivery;

pub mod tag_renames;

pub mod timers;

pub mod api;

pub mod plans;

pub mod database;
mod gathered;
pub mod metric_definitions;

pub use api::{ProcessState, SidecarOptions, contract, dapr_router, notify_contract, notify_router, router};
pub use database::migrate;
