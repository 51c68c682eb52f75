//! Plumbing without business words, shared by every role of Tasklog.
//!
//! `platform` knows nothing of tasks, reminders, events or projections, imports none of our crates,
//! and holds no global state besides what logging and metrics need. Whoever adds a word of the task
//! domain here has put it into the wrong crate.
//!
//! Reading order: what a role is told ([`config`], [`clock`]), how it lives and dies ([`lifecycle`],
//! [`health`], [`telemetry`], [`metrics`]), how it speaks HTTP ([`problem`], [`http`], [`page`]), and what
//! `tasklog up` keeps on one machine ([`data_dir`], [`embedded`]); how Postgres is used ([`postgres`]), and a Dapr sidecar ([`sidecar`]).

pub mod clock;
pub mod config;
pub mod data_dir;
pub mod embedded;
pub mod health;
pub mod http;
pub mod lifecycle;
pub mod metrics;
pub mod page;
pub mod postgres;
pub mod problem;
pub mod sidecar;
pub mod telemetry;
