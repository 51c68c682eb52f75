//! iCalendar (RFC 5545): VTODOs are tasks, their VALARMs reminders.
//!
//! Read: SUMMARY, DESCRIPTION, STATUS, PRIORITY (1 and 2 urgent, 3 and 4 high, 5 medium, 6 to 9 low), CATEGORIES as tags, DUE (else DTSTART,
//! with DURATION), RRULE, RELATED-TO as the parent, COMPLETED, CREATED, LAST-MODIFIED and VALARM. An id that is a UUID stays, of others ours follows.
//! Not told of are what programs keep for themselves (DTSTAMP, SEQUENCE, sort orders and the like), the text of an alarm, and a
//! PERCENT-COMPLETE of 0 or 100.
//!
//! Written by [`ExportWriter`]: the same, so that what was written is read back as it was. What iCalendar has no place for stands in
//! parameters and properties that begin with `X-TASKLOG-`, which other programs pass over. Written by [`FeedWriter`]: what a program
//! shows that subscribes to the tasks. Control characters, which iCalendar forbids, are left out of both, and line breaks become one
//! kind.

mod component;
mod content;
mod time;
mod tzid;

mod alarm;
mod reading;
mod todo;
pub(crate) use reading::read;

mod property;
mod zone;

mod export;
mod feed;
pub use export::ExportWriter;
pub use feed::FeedWriter;

#[cfg(test)]
mod tests;
