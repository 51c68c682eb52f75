//! Which recurrence rules are taken: RFC 5545, where the rrule crate is laxer than that or stricter than we are.

use chrono::DateTime;

use crate::limits::{RRULE_COUNT_MAX, RRULE_INTERVAL_MAX, RRULE_MAX_BYTES};

/// Whether `text` is a rule we can follow: RFC 5545, FREQ from MINUTELY to YEARLY, positive INTERVAL and COUNT within
/// limits, UNTIL as a date or in UTC.
pub(super) fn check_rrule(text: &str) -> Result<(), String> {
    if text.is_empty() || text.len() > RRULE_MAX_BYTES {
        return Err(format!(
            "must be a rule of 1 to {RRULE_MAX_BYTES} characters such as \"FREQ=WEEKLY;BYDAY=MO\", not {} bytes",
            text.len()
        ));
    }
    // The rrule crate slices bytes and reads content lines, so it must only ever see plain one-line ASCII.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"=;,+-".contains(&byte);
    if !text.bytes().all(plain) {
        return Err(
            "must be the bare rule such as \"FREQ=WEEKLY;BYDAY=MO\": no \"RRULE:\", spaces or line breaks".to_owned()
        );
    }
    let mut checked = Vec::new();
    for part in text.to_ascii_uppercase().split(';') {
        let (name, value) = part
            .split_once('=')
            .ok_or_else(|| format!("must be NAME=VALUE pairs with \";\" between them; \"{part}\" is not one"))?;
        checked.push(format!("{name}={}", checked_part(name, value)?));
    }
    if has(&checked, "COUNT=") && has(&checked, "UNTIL=") {
        return Err("must not have both COUNT and UNTIL".to_owned());
    }
    check_numbered_days(&checked)?;
    // Any start early enough will do: the crate only compares it with UNTIL.
    let start = DateTime::UNIX_EPOCH.with_timezone(&rrule::Tz::UTC);
    let unchecked: rrule::RRule<rrule::Unvalidated> =
        checked.join(";").parse().map_err(|error: rrule::RRuleError| format!("is not an RFC 5545 rule: {error}"))?;
    unchecked.validate(start).map(drop).map_err(|error| format!("is not an RFC 5545 rule: {error}"))
}

/// A number before a day counts such days within a month or a year, so it needs one of these as its frame.
fn check_numbered_days(parts: &[String]) -> Result<(), String> {
    let by_day = parts.iter().find_map(|part| part.strip_prefix("BYDAY=")).unwrap_or_default();
    if !by_day.bytes().any(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    if !has(parts, "FREQ=MONTHLY") && !has(parts, "FREQ=YEARLY") {
        return Err("must have numbers in BYDAY, such as -1FR, only with FREQ=MONTHLY or YEARLY".to_owned());
    }
    if has(parts, "FREQ=YEARLY") && has(parts, "BYWEEKNO=") {
        return Err("must not have numbers in BYDAY, such as -1FR, together with BYWEEKNO".to_owned());
    }
    Ok(())
}

fn has(parts: &[String], start: &str) -> bool {
    parts.iter().any(|part| part.starts_with(start))
}

/// Checks what the rrule crate lets through, and gives the value in the form it can check.
fn checked_part(name: &str, value: &str) -> Result<String, String> {
    match name {
        "FREQ" if !["MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"].contains(&value) => {
            Err("must have FREQ=MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY".to_owned())
        }
        "INTERVAL" => in_range(name, value, RRULE_INTERVAL_MAX),
        "COUNT" => in_range(name, value, RRULE_COUNT_MAX),
        "UNTIL" => until(value),
        "BYDAY" if !value.split(',').all(is_by_day) => {
            Err("must have BYDAY as MO, TU, WE, TH, FR, SA, SU, with a number before it where needed such as -1FR"
                .to_owned())
        }
        "BYMONTHDAY" if value.split(',').any(|day| day.parse() == Ok(0)) => {
            Err("must have BYMONTHDAY from 1 to 31, or -1 to -31 from the end".to_owned())
        }
        _ if value.is_empty() => Err(format!("must give {name} a value")),
        _ => Ok(value.to_owned()),
    }
}

fn in_range(name: &str, value: &str, max: u32) -> Result<String, String> {
    match value.parse::<u32>() {
        Ok(number) if (1..=max).contains(&number) && value.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(number.to_string())
        }
        _ => Err(format!("must have {name} as a number from 1 to {max}")),
    }
}

/// A date means the end of that day. A time must be in UTC: a floating one would mean this machine's time zone.
fn until(value: &str) -> Result<String, String> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = match value.len() {
        8 if digits(value) => format!("{value}T235959Z"),
        16 if digits(&value[..8]) && digits(&value[9..15]) && &value[8..9] == "T" && value.ends_with('Z') => {
            value.to_owned()
        }
        _ => return Err("must have UNTIL as a date such as 20261231 or a UTC time such as 20261231T220000Z".to_owned()),
    };
    if whole.as_str() < "1971" {
        return Err("must have UNTIL in 1971 or later".to_owned());
    }
    Ok(whole)
}

fn is_by_day(item: &str) -> bool {
    let Some((number, day)) = item.len().checked_sub(2).and_then(|at| item.split_at_checked(at)) else { return false };
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    let number_ok = number.is_empty()
        || (matches!(digits.len(), 1 | 2)
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0'));
    number_ok && ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn given_rules_people_write_when_checked_then_accepted() {
        for rule in [
            "FREQ=DAILY",
            "freq=weekly;byday=mo,we,fr",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;WKST=SU",
            "FREQ=MONTHLY;BYMONTHDAY=-1",
            "FREQ=MONTHLY;BYDAY=-1FR",
            "FREQ=YEARLY;BYDAY=20MO",
            "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
            "FREQ=DAILY;COUNT=10",
            "FREQ=DAILY;UNTIL=20261231",
            "FREQ=DAILY;UNTIL=20261231T220000Z",
            "FREQ=MINUTELY;INTERVAL=15",
        ] {
            assert_eq!(check_rrule(rule), Ok(()), "{rule}");
        }
    }

    #[test]
    fn given_rules_that_are_wrong_when_checked_then_refused() {
        for rule in [
            "",
            "often",
            "FREQ=",
            "FREQ=SECONDLY",
            "FREQ=FORTNIGHTLY",
            "INTERVAL=2",
            "RRULE:FREQ=DAILY",
            "FREQ=DAILY\nFREQ=DAILY",
            "FREQ=DAILY;",
            "FREQ=DAILY;FREQ=DAILY",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;INTERVAL=65536",
            "FREQ=DAILY;INTERVAL=-1",
            "FREQ=DAILY;COUNT=0",
            "FREQ=DAILY;COUNT=99999999999",
            "FREQ=DAILY;COUNT=2;UNTIL=20261231",
            "FREQ=DAILY;UNTIL=20261231T220000",
            "FREQ=DAILY;UNTIL=20261301",
            "FREQ=DAILY;UNTIL=00010101",
            "FREQ=WEEKLY;BYDAY=2MO",
            "FREQ=WEEKLY;BYDAY=MO,-1FR",
            "FREQ=DAILY;BYDAY=1MO",
            "BYDAY=1MO;FREQ=HOURLY",
            "FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO",
            "FREQ=WEEKLY;BYDAY=XX",
            "FREQ=WEEKLY;BYDAY=FOOMO",
            "FREQ=WEEKLY;BYDAY=é1",
            "FREQ=WEEKLY;BYDAY=",
            "FREQ=MONTHLY;BYMONTHDAY=32",
            "FREQ=MONTHLY;BYMONTHDAY=0",
            "FREQ=MONTHLY;BYMONTHDAY=1,-0",
            "FREQ=YEARLY;BYMONTH=13",
            "FREQ=YEARLY;BYMONTH=",
            "FREQ=DAILY;BYHOUR=24",
            "FREQ=DAILY;MOON=full",
        ] {
            assert!(check_rrule(rule).is_err(), "{rule}");
        }
    }

    proptest! {
        #[test]
        fn given_any_text_when_checked_then_never_a_panic(text in any::<String>()) {
            let _answer = check_rrule(&text);
        }

        #[test]
        fn given_anything_that_looks_like_a_rule_when_checked_then_never_a_panic(
            text in "(FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY|HOURLY|MINUTELY);)?((BY[A-Z]{2,8}|UNTIL|COUNT|INTERVAL|WKST)=[-+A-Z0-9,]{0,20};?){0,4}"
        ) {
            let _answer = check_rrule(&text);
        }
    }
}
