//! The writes on tasks, one call a file.

pub mod bulk;
pub mod create;
pub mod delete;
pub mod import;
mod lineage;
pub mod parse_quick;
pub mod quick;
pub mod restore;
pub mod skip;
pub mod undo;
pub mod update;

pub(crate) use lineage::{LOOKS_MAX, lineage_of};
