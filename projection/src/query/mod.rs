//! Questions and answers of the read side, as types: no HTTP, no store.

pub mod sort;
pub mod task_query;
