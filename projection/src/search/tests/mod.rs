//! Behaviour of search as a whole, over a real index in a folder that goes away.

mod given;
mod growing;

mod crashes;
mod filters;
mod following;
mod paging;
mod relevance;
mod writing;
