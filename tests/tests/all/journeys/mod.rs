//! What users do, from the first call to what they see, on each broker.

mod task;
mod lists;
mod search;
mod reminders;
mod live;
mod import;
mod restart;
