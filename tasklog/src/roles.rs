//! The roles of a cluster; `up` runs them all.

pub mod command;
pub mod managers;
pub mod notify;
pub mod process;
pub mod projector;
pub mod query;
pub mod schema;
mod server;
mod tasks_with_tag;
pub mod web;

pub use server::Server;
