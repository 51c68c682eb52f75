//! Saved filters: their endpoints, one a file, and what a list is asked for by the name of one.

mod answer;
mod body;
mod named;
mod write;

pub(super) mod change;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;

pub(super) use named::{FILTER, named};
