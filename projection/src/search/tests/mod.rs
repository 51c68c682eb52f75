//! Behaviour of search as a whole, over a real index in a folder that goes away.

pub(super) mod dictionaries;
mod given;
mod growing;
mod running;

mod crashes;
mod failing;
mod filters;
mod following;
mod paging;
mod rebuilding;
mod relevance;
mod reopening;
mod reusing;
mod threads;
mod upgrading;
mod waiting;
mod writing;
