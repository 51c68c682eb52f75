//! When a rule comes about: RFC 5545's recurrence rules (sections 3.3.10 and 3.8.5.3), from MINUTELY to YEARLY.
//!
//! A [`Rule`] is read once. [`Rule::next_after`] finds its next occurrence in wall time, which is what the rule counts in; it
//! goes straight to the period (the year, month, week, day, hour or minute) that holds the given time, however far that is from the start.
//! [`Rule::words`] says it in plain English. [`next()`] puts the zone to it: which instant a wall time is, and where UNTIL ends the rule.

mod bits;
mod expand;
mod periods;
mod plan;
mod read;
mod rule;
mod steps;
mod times;
mod words;
mod zoned;

pub use rule::{Next, Rule, Until};
pub use zoned::{After, Base, Start, next, next_from};

#[cfg(test)]
mod laws;
#[cfg(test)]
mod vectors;
