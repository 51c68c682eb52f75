//! Turns what was said into a due date and a rule.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use chrono_tz::Tz;

use super::calendar::whole_minute;
use super::moment::Moment;
use super::repeat::{End, Repeat};
use super::rule::Rule;
use crate::limits::{RRULE_COUNT_MAX, RRULE_INTERVAL_MAX, YEAR_MAX, YEAR_MIN};
use crate::task::Due;
use crate::time::utc_of_wall;

/// Now and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Here {
    pub(super) now: NaiveDateTime,
    pub(super) zone: Tz,
}

impl Here {
    /// The due date of a day, a time or both. A time alone is today's if it is still ahead, else tomorrow's.
    pub(super) fn due(self, date: Option<NaiveDate>, time: Option<NaiveTime>) -> Option<Due> {
        let day = match (date, time) {
            (Some(day), _) => day,
            (None, Some(time)) => self.day_of(time)?,
            (None, None) => return None,
        };
        self.due_on(day, time)
    }

    fn due_on(self, day: NaiveDate, time: Option<NaiveTime>) -> Option<Due> {
        // The last year is left out: some zones would reach past it.
        let day = Some(day).filter(|day| (YEAR_MIN..YEAR_MAX).contains(&day.year()))?;
        Some(match time {
            Some(time) => Due::At { due_at: day.and_time(time), time_zone: self.zone },
            None => Due::Date { due_date: day },
        })
    }

    /// The next day on which it is that time.
    fn day_of(self, time: NaiveTime) -> Option<NaiveDate> {
        let today = self.now.date();
        if time > self.now.time() { Some(today) } else { today.succ_opt() }
    }

    /// The first occurrence of a recurrence and its rule; `None` where there is no such occurrence, or a task takes no such rule. `date` and `time` stand
    /// apart from it.
    pub(super) fn recurrence(
        self,
        repeat: &Repeat,
        end: Option<End>,
        date: Option<NaiveDate>,
        time: Option<NaiveTime>,
    ) -> Option<(Due, String)> {
        if repeat.rule.interval > RRULE_INTERVAL_MAX {
            return None;
        }
        let first = if repeat.rule.is_within_days() {
            self.first_within_days(date, time)?
        } else {
            self.first_day(&repeat.rule, date, time)?
        };
        let end = match end {
            Some(end) => Some(self.end(end, &repeat.rule, first)?),
            None => None,
        };
        Some((first, repeat.rule.text(end.as_deref())))
    }

    fn first_day(self, rule: &Rule, date: Option<NaiveDate>, time: Option<NaiveTime>) -> Option<Due> {
        let from = match (date, time) {
            (Some(day), _) => day,
            (None, Some(time)) => self.day_of(time)?,
            (None, None) => self.now.date(),
        };
        self.due_on(rule.first(from)?, time)
    }

    /// Of hours and minutes: from the time that was said, or from this minute on.
    fn first_within_days(self, date: Option<NaiveDate>, time: Option<NaiveTime>) -> Option<Due> {
        if time.is_some() {
            return self.due(date, time);
        }
        if let Some(day) = date.filter(|day| *day != self.now.date()) {
            return self.due_on(day, Some(NaiveTime::MIN));
        }
        let minute = self.now.date().and_time(whole_minute(self.now.time()));
        let is_whole = self.now.second() == 0 && self.now.nanosecond() == 0;
        let next = if is_whole { minute } else { minute.checked_add_signed(chrono::Duration::minutes(1))? };
        self.due_on(next.date(), Some(next.time()))
    }

    /// COUNT or UNTIL; `None` where nothing would ever occur.
    fn end(self, end: End, rule: &Rule, first: Due) -> Option<String> {
        match end {
            End::Times(count) => (count <= RRULE_COUNT_MAX).then(|| format!("COUNT={count}")),
            End::On(moment) => {
                self.until(moment.date.map_or_else(|| self.day_of(moment.time?), Some)?, moment.time, first)
            }
            End::After(span) => match first {
                Due::At { due_at, .. } if rule.is_within_days() && span.is_within_days() => {
                    let last = span.after_time(due_at)?;
                    self.until(last.date(), Some(last.time()), first)
                }
                _ => self.until(span.after(first.day())?.pred_opt()?, None, first),
            },
        }
    }

    /// UNTIL that day or time, both inclusive. With a timed start it is in UTC, as RFC 5545 wants it.
    fn until(self, day: NaiveDate, time: Option<NaiveTime>, first: Due) -> Option<String> {
        if day < first.day() || day.year() >= YEAR_MAX {
            return None;
        }
        match first {
            Due::Date { .. } => Some(day.format("UNTIL=%Y%m%d").to_string()),
            Due::At { due_at, time_zone } => {
                let last = day.and_time(time.or_else(|| NaiveTime::from_hms_opt(23, 59, 59))?);
                let utc = utc_of_wall(last, time_zone);
                (last >= due_at).then(|| utc.format("UNTIL=%Y%m%dT%H%M%SZ").to_string())
            }
        }
    }

    /// When a reminder is to ring. A time without a day is on the day the task is due, if that is still ahead; a day
    /// without a time means its morning.
    pub(super) fn reminder(self, moment: Moment, due: Option<Due>) -> Option<NaiveDateTime> {
        let time = moment.time.or_else(|| NaiveTime::from_hms_opt(9, 0, 0))?;
        let on_due = due.map(|due| due.day()).filter(|day| day.and_time(time) > self.now);
        let day = moment.date.or(on_due).map_or_else(|| self.day_of(time), Some)?;
        (YEAR_MIN..YEAR_MAX).contains(&day.year()).then(|| day.and_time(time))
    }
}
