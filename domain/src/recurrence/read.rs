//! Reads a rule: RFC 5545 section 3.3.10, FREQ from MINUTELY to YEARLY.

use chrono::{NaiveDate, NaiveDateTime, Weekday};

use super::bits::{Numbers, Places, Weekdays};
use super::rule::{Freq, Rule, Until};
use crate::limits::{RRULE_COUNT_MAX, RRULE_INTERVAL_MAX, RRULE_MAX_BYTES};

const FREQ: &str = "must have FREQ=MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY";

impl Rule {
    /// Reads the bare rule, without `RRULE:`; letters of either case.
    ///
    /// # Errors
    /// What it must be and is not, to be read after the name of the field.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.len() > RRULE_MAX_BYTES {
            return Err(format!(
                "must be a rule of 1 to {RRULE_MAX_BYTES} characters such as \"FREQ=WEEKLY;BYDAY=MO\", not {} bytes",
                text.len()
            ));
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"=;,+-".contains(&byte);
        if !text.bytes().all(plain) {
            return Err("must be the bare rule such as \"FREQ=WEEKLY;BYDAY=MO\": no \"RRULE:\", spaces or line breaks"
                .to_owned());
        }
        let text = text.to_ascii_uppercase();
        let mut parts = Vec::new();
        for part in text.split(';') {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| format!("must be NAME=VALUE pairs with \";\" between them; \"{part}\" is not one"))?;
            if parts.iter().any(|(other, _)| *other == name) {
                return Err(format!("must have {name} only once"));
            }
            parts.push((name, value));
        }
        let mut rule = Self::of_freq(freq(&parts)?);
        for (name, value) in parts {
            rule.read_part(name, value)?;
        }
        rule.check_together()?;
        Ok(rule)
    }

    fn of_freq(freq: Freq) -> Self {
        Self {
            freq,
            interval: 1,
            count: None,
            until: None,
            week_start: Weekday::Mon,
            months: Numbers::default(),
            week_numbers: Places::default(),
            year_days: Vec::new(),
            month_days: Places::default(),
            weekdays: Weekdays::default(),
            hours: Numbers::default(),
            minutes: Numbers::default(),
            seconds: Numbers::default(),
            set_positions: Vec::new(),
        }
    }

    fn read_part(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "FREQ" => {}
            "INTERVAL" => self.interval = in_range(name, value, RRULE_INTERVAL_MAX)?,
            "COUNT" => self.count = Some(in_range(name, value, RRULE_COUNT_MAX)?),
            "UNTIL" => self.until = Some(until(value)?),
            "WKST" => {
                self.week_start = weekday(value).ok_or("must have WKST as one of MO, TU, WE, TH, FR, SA, SU")?;
            }
            "BYMONTH" => self.months = numbers(name, value, 1, 12)?,
            "BYWEEKNO" => self.week_numbers = places(name, value, 53)?,
            "BYYEARDAY" => self.year_days = signed(name, value, 366)?,
            "BYMONTHDAY" => self.month_days = places(name, value, 31)?,
            "BYDAY" => self.weekdays = by_day(value)?,
            "BYHOUR" => self.hours = numbers(name, value, 0, 23)?,
            "BYMINUTE" => self.minutes = numbers(name, value, 0, 59)?,
            "BYSECOND" => self.seconds = numbers(name, value, 0, 59)?,
            "BYSETPOS" => self.set_positions = signed(name, value, 366)?,
            _ => return Err(format!("is not an RFC 5545 rule: it has no part {name}")),
        }
        Ok(())
    }

    /// What parts may not stand beside each other.
    fn check_together(&self) -> Result<(), String> {
        let refused = |because: &str| Err(because.to_owned());
        if self.count.is_some() && self.until.is_some() {
            return refused("must not have both COUNT and UNTIL");
        }
        // A number before a day counts such days within a month or a year, so it needs one of these as its frame.
        if self.weekdays.has_numbers() {
            if !matches!(self.freq, Freq::Monthly | Freq::Yearly) {
                return refused("must have numbers in BYDAY, such as -1FR, only with FREQ=MONTHLY or YEARLY");
            }
            if !self.week_numbers.is_empty() {
                return refused("must not have numbers in BYDAY, such as -1FR, together with BYWEEKNO");
            }
        }
        if !self.week_numbers.is_empty() && self.freq != Freq::Yearly {
            return refused("must have BYWEEKNO only with FREQ=YEARLY");
        }
        if !self.year_days.is_empty() && matches!(self.freq, Freq::Daily | Freq::Weekly | Freq::Monthly) {
            return refused("must not have BYYEARDAY with FREQ=DAILY, WEEKLY or MONTHLY");
        }
        if !self.month_days.is_empty() && self.freq == Freq::Weekly {
            return refused("must not have BYMONTHDAY with FREQ=WEEKLY");
        }
        if !self.set_positions.is_empty() && !self.has_set() {
            return refused("must have BYSETPOS only beside another part that begins with BY");
        }
        Ok(())
    }

    fn has_set(&self) -> bool {
        let no_dates = self.months.is_empty()
            && self.week_numbers.is_empty()
            && self.year_days.is_empty()
            && self.month_days.is_empty()
            && self.weekdays.is_empty();
        !no_dates || !self.hours.is_empty() || !self.minutes.is_empty() || !self.seconds.is_empty()
    }
}

fn freq(parts: &[(&str, &str)]) -> Result<Freq, String> {
    match parts.iter().find(|(name, _)| *name == "FREQ").map(|(_, value)| *value) {
        Some("MINUTELY") => Ok(Freq::Minutely),
        Some("HOURLY") => Ok(Freq::Hourly),
        Some("DAILY") => Ok(Freq::Daily),
        Some("WEEKLY") => Ok(Freq::Weekly),
        Some("MONTHLY") => Ok(Freq::Monthly),
        Some("YEARLY") => Ok(Freq::Yearly),
        Some(_) | None => Err(FREQ.to_owned()),
    }
}

fn in_range(name: &str, value: &str, max: u32) -> Result<u32, String> {
    digits(value)
        .filter(|number| (1..=max).contains(number))
        .ok_or_else(|| format!("must have {name} as a number from 1 to {max}"))
}

/// A number without a sign.
fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// A date means the end of that day. A time must be in UTC: a floating one would mean this machine's time zone.
fn until(value: &str) -> Result<Until, String> {
    let until = match value.len() {
        8 if digits(value).is_some() => NaiveDate::parse_from_str(value, "%Y%m%d").ok().map(Until::Day),
        // chrono reads :60 as a leap second, which no wall clock here shows.
        16 if digits(&value[..8]).is_some() && digits(&value[9..15]).is_some() && &value[13..15] < "60" => {
            NaiveDateTime::parse_from_str(value, "%Y%m%dT%H%M%SZ").ok().map(|time| Until::Instant(time.and_utc()))
        }
        _ => None,
    };
    let until = until.ok_or("must have UNTIL as a date such as 20261231 or a UTC time such as 20261231T220000Z")?;
    if value < "1971" {
        return Err("must have UNTIL in 1971 or later".to_owned());
    }
    Ok(until)
}

fn numbers(name: &str, value: &str, min: u32, max: u32) -> Result<Numbers, String> {
    value.split(',').try_fold(Numbers::default(), |set, item| {
        digits(item)
            .filter(|number| (min..=max).contains(number))
            .map(|number| set.with(number))
            .ok_or_else(|| format!("must have {name} as numbers from {min} to {max}"))
    })
}

fn places(name: &str, value: &str, max: i32) -> Result<Places, String> {
    Ok(signed(name, value, max)?.into_iter().fold(Places::default(), Places::with))
}

/// Numbers from the front or, with a minus, from the back; sorted, each once.
fn signed(name: &str, value: &str, max: i32) -> Result<Vec<i32>, String> {
    let read = |item: &str| {
        let number = digits(item.strip_prefix(['+', '-']).unwrap_or(item))?.cast_signed();
        let number = if item.starts_with('-') { number.checked_neg()? } else { number };
        (1..=max).contains(&number.checked_abs()?).then_some(number)
    };
    let list: Option<Vec<_>> = value.split(',').map(read).collect();
    let mut list = list.ok_or_else(|| format!("must have {name} from 1 to {max}, or -1 to -{max} from the end"))?;
    list.sort_unstable();
    list.dedup();
    Ok(list)
}

fn by_day(value: &str) -> Result<Weekdays, String> {
    value.split(',').try_fold(Weekdays::default(), with_day).ok_or_else(|| {
        "must have BYDAY as MO, TU, WE, TH, FR, SA, SU, with a number before it where needed such as -1FR".to_owned()
    })
}

fn with_day(set: Weekdays, item: &str) -> Option<Weekdays> {
    let (number, day) = item.split_at_checked(item.len().checked_sub(2)?)?;
    let day = weekday(day)?;
    if number.is_empty() {
        return Some(set.with_every(day));
    }
    let place = digits(number.strip_prefix(['+', '-']).unwrap_or(number)).filter(|place| (1..=53).contains(place))?;
    let place = place.cast_signed();
    Some(set.with_numbered(if number.starts_with('-') { -place } else { place }, day))
}

fn weekday(text: &str) -> Option<Weekday> {
    match text {
        "MO" => Some(Weekday::Mon),
        "TU" => Some(Weekday::Tue),
        "WE" => Some(Weekday::Wed),
        "TH" => Some(Weekday::Thu),
        "FR" => Some(Weekday::Fri),
        "SA" => Some(Weekday::Sat),
        "SU" => Some(Weekday::Sun),
        _ => None,
    }
}
