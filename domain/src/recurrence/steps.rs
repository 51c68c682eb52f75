//! Periods of a day or less, which a rule's dates only limit: DAILY, HOURLY and MINUTELY.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};

use super::bits::Numbers;
use super::periods::CALENDAR_DAYS;
use super::plan::Plan;
use super::rule::{Freq, is_in_years};
use super::times::Times;
use crate::limits::YEAR_MAX;

const DAY_MINUTES: i64 = 24 * 60;
const HOUR_MINUTES: i64 = 60;

/// Where periods begin, in minutes: every `step` from `origin` on, and before it.
#[derive(Debug, Clone, Copy)]
struct Grid {
    origin: i64,
    step: i64,
}

impl Grid {
    /// The first beginning from `minute` on.
    const fn from(self, minute: i64) -> i64 {
        self.origin + (minute - self.origin + self.step - 1).div_euclid(self.step) * self.step
    }

    /// Days after which the grid and the calendar have gone through all of their combinations.
    const fn cycle_days(self) -> i64 {
        let days = self.step / greatest_common_divisor(self.step, DAY_MINUTES);
        days / greatest_common_divisor(days, CALENDAR_DAYS) * CALENDAR_DAYS
    }
}

impl Plan<'_> {
    pub(super) fn first_by_steps(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        let unit = match self.rule.freq {
            Freq::Minutely => 1,
            Freq::Hourly => HOUR_MINUTES,
            _ => DAY_MINUTES,
        };
        let begin = |moment: NaiveDateTime| minutes_of(moment).div_euclid(unit) * unit;
        let grid = Grid { origin: begin(self.start), step: i64::from(self.rule.interval) * unit };
        if !self.is_ever_open(grid) {
            return None;
        }
        let mut minute = grid.from(begin(after));
        let last = day_of(minute + (grid.cycle_days() + 1) * DAY_MINUTES);
        let last = last.filter(|day| is_in_years(*day)).or(NaiveDate::from_ymd_opt(YEAR_MAX, 12, 31))?;
        loop {
            let day = day_of(minute).filter(|day| *day <= last)?;
            let open = self.next_open(day, minute, last)?;
            if open > minute {
                minute = grid.from(open);
            } else if let Some(moment) = self.first_in((day, day), self.times_at(minute), after) {
                return Some(moment);
            } else {
                minute += grid.step;
            }
        }
    }

    /// The first minute from `minute` on, which is of `day`, that may lie in a period that the rule lets through.
    fn next_open(&self, day: NaiveDate, minute: i64, last: NaiveDate) -> Option<i64> {
        let open_day = self.next_day(day, last)?;
        let midnight = minute_of_day(open_day);
        if open_day > day || self.rule.freq == Freq::Daily {
            return Some(midnight);
        }
        let (hour, in_hour) = hour_and_minute(minute);
        match self.times.hours.from(hour) {
            None => return Some(midnight + DAY_MINUTES),
            Some(open) if open > hour => return Some(midnight + i64::from(open) * HOUR_MINUTES),
            Some(_) if self.rule.freq == Freq::Hourly => return Some(minute),
            Some(_) => {}
        }
        let open = self.times.minutes.from(in_hour).map_or(HOUR_MINUTES, i64::from);
        Some(midnight + i64::from(hour) * HOUR_MINUTES + open)
    }

    /// The times of day that the period holds which begins at `minute`.
    fn times_at(&self, minute: i64) -> Times {
        let (hour, in_hour) = hour_and_minute(minute);
        match self.rule.freq {
            Freq::Minutely => {
                Times { hours: Numbers::one(hour), minutes: Numbers::one(in_hour), seconds: self.times.seconds }
            }
            Freq::Hourly => Times { hours: Numbers::one(hour), ..self.times },
            _ => self.times,
        }
    }

    /// Whether any period of the grid has a moment, whatever the day. `FREQ=HOURLY;INTERVAL=24;BYHOUR=9` never comes about from
    /// 10:00, and `FREQ=DAILY;BYHOUR=9;BYSETPOS=2` never does.
    fn is_ever_open(&self, grid: Grid) -> bool {
        let size = i64::from(self.times_at(grid.origin).len());
        let positions = &self.rule.set_positions;
        if !positions.is_empty() && positions.iter().all(|position| i64::from(position.abs()) > size) {
            return false;
        }
        if self.rule.hours.is_empty() && self.rule.minutes.is_empty() || self.rule.freq == Freq::Daily {
            return true;
        }
        let common = greatest_common_divisor(grid.step, DAY_MINUTES);
        let on_grid = |minute: i64| (minute - grid.origin).rem_euclid(common) == 0;
        let minutes = if self.rule.freq == Freq::Hourly { Numbers::one(0) } else { self.times.minutes };
        each(self.times.hours)
            .any(|hour| each(minutes).any(|minute| on_grid(i64::from(hour) * HOUR_MINUTES + i64::from(minute))))
    }
}

fn each(numbers: Numbers) -> impl Iterator<Item = u32> {
    std::iter::successors(numbers.from(0), move |number| numbers.from(number + 1))
}

fn minute_of_day(day: NaiveDate) -> i64 {
    i64::from(day.num_days_from_ce()) * DAY_MINUTES
}

fn minutes_of(moment: NaiveDateTime) -> i64 {
    minute_of_day(moment.date()) + i64::from(moment.hour() * 60 + moment.minute())
}

fn day_of(minute: i64) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(i32::try_from(minute.div_euclid(DAY_MINUTES)).ok()?)
}

/// The hour and the minute in it at which clocks are.
fn hour_and_minute(minute: i64) -> (u32, u32) {
    let in_day = u32::try_from(minute.rem_euclid(DAY_MINUTES)).unwrap_or_default();
    (in_day / 60, in_day % 60)
}

const fn greatest_common_divisor(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
