//! A rule that has been read.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc, Weekday};

use super::bits::{Numbers, Places, Weekdays};
use super::plan::Plan;
use crate::limits::YEAR_MAX;

/// A recurrence rule as RFC 5545 section 3.3.10 has it. An empty set means that the rule lacks the part.
#[derive(Debug, Clone)]
pub struct Rule {
    pub(super) freq: Freq,
    /// Every how many periods it comes about, from 1.
    pub(super) interval: u32,
    pub(super) count: Option<u32>,
    pub(super) until: Option<Until>,
    /// WKST: where weeks begin.
    pub(super) week_start: Weekday,
    pub(super) months: Numbers,
    pub(super) week_numbers: Places,
    /// BYYEARDAY: in order.
    pub(super) year_days: Vec<i32>,
    pub(super) month_days: Places,
    pub(super) weekdays: Weekdays,
    pub(super) hours: Numbers,
    pub(super) minutes: Numbers,
    pub(super) seconds: Numbers,
    /// BYSETPOS.
    pub(super) set_positions: Vec<i32>,
}

/// FREQ: the length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Freq {
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// UNTIL: the last moment at which a rule may come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The end of a day, in wall time.
    Day(NaiveDate),
    /// An instant.
    Instant(DateTime<Utc>),
}

/// An occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// Its wall time, as the rule makes it: where clocks skip it, [`crate::time::utc_of_wall`] says which instant it is.
    pub at: NaiveDateTime,
    /// How many occurrences later than the start it is, counted no further than COUNT; negative where its wall time is before that of the
    /// start, see [`Base::is_reached`](super::Base). Without COUNT the search jumps over those between: the first one behind that jump
    /// counts as the next.
    pub steps: i64,
}

impl Rule {
    /// COUNT, where the rule has one: how many occurrences there are, the start among them.
    #[must_use]
    pub const fn count(&self) -> Option<u32> {
        self.count
    }

    /// UNTIL, where the rule has one.
    #[must_use]
    pub const fn until(&self) -> Option<Until> {
        self.until
    }

    /// The first occurrence later than `after`, in wall time, of the rule that starts at `start`.
    ///
    /// The start is an occurrence whether or not the rule meets it, and the first one. Whole seconds; what is smaller in
    /// `start` is left out. UNTIL is applied with `ended`, which says whether a wall time is later than it; COUNT is not, but the
    /// steps tell. `None` where there is none before the year 10000. That nothing more comes is known when the calendar and the
    /// interval have gone through all of their combinations, so it is never a guess.
    pub fn next_after(
        &self,
        start: NaiveDateTime,
        after: NaiveDateTime,
        ended: impl Fn(Until, NaiveDateTime) -> bool,
    ) -> Option<Next> {
        if after < start {
            return Some(Next { at: start, steps: 0 });
        }
        self.next_around(start, after, ended)
    }

    /// The same of a start that the rule has come to: others of its occurrences are before it, and `after` may be.
    pub(super) fn next_around(
        &self,
        start: NaiveDateTime,
        after: NaiveDateTime,
        ended: impl Fn(Until, NaiveDateTime) -> bool,
    ) -> Option<Next> {
        let plan = Plan::new(self, start);
        let at = plan.first_later(after)?;
        let is_over = self.until.is_some_and(|until| ended(until, at));
        let steps = || match self.count {
            Some(count) => plan.steps_to(at, count),
            None if at > start => 1,
            // These are few: they are of one gap.
            None => plan.steps_to(at, 1),
        };
        (!is_over).then(|| Next { at, steps: steps() })
    }

    /// The occurrence that follows another one; it is not counted from the start again.
    pub(super) fn following(
        &self,
        start: NaiveDateTime,
        one: Next,
        ended: impl Fn(Until, NaiveDateTime) -> bool,
    ) -> Option<Next> {
        let at = Plan::new(self, start).first_later(one.at)?;
        let is_over = self.until.is_some_and(|until| ended(until, at));
        (!is_over).then(|| Next { at, steps: one.steps + 1 })
    }

    /// Whether the rule comes about at all, from some start on.
    pub(crate) fn can_fire(&self) -> bool {
        // INTERVAL and what the start fills in keep a rule from coming about at most from some starts. These seven have each day of
        // the week, and days of the month that each month has.
        let rule = Self { interval: 1, ..self.clone() };
        (1..=7).any(|day| {
            let start = NaiveDate::from_ymd_opt(2024, 1, day).map(NaiveDateTime::from);
            start.is_some_and(|start| Plan::new(&rule, start).first_later(start).is_some())
        })
    }
}

/// Whether a day is within the years that dates may name.
pub(super) fn is_in_years(day: NaiveDate) -> bool {
    use chrono::Datelike as _;
    day.year() <= YEAR_MAX
}
