//! What users do, from the first call to what they see, on each broker.

mod bulk;
mod bulk_again;
mod calendar;
mod calendar_file;
mod filtered_live;
mod formats;
mod import;
mod import_http;
mod lists;
mod live;
mod mailed;
mod many_listeners;
mod page;
mod quick;
mod reconnects;
mod recurring;
mod reminded;
mod reminders;
mod restart;
mod saved_filters;
mod search;
mod subtasks;
mod tag_rename;
mod task;
mod time_travel;
