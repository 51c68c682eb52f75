//! What holds for every rule, from every start.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike, Weekday};
use chrono_tz::Tz;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{After, Base, Next, Rule, Start, next, next_from};
use crate::time::utc_of_wall;

/// Numbers for a part, or none: most parts are left out of most rules.
fn listed(name: &'static str, numbers: impl Strategy<Value = i32> + 'static) -> BoxedStrategy<String> {
    let list = vec(numbers, 1..4).prop_map(move |numbers| {
        let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
        format!(";{name}={}", numbers.join(","))
    });
    prop_oneof![3 => Just(String::new()), 1 => list].boxed()
}

fn by_day(numbers: bool) -> BoxedStrategy<String> {
    let day = prop::sample::select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"]);
    let number = prop_oneof![
        Just(String::new()),
        (1..5).prop_map(|n: i32| n.to_string()),
        (-5..0).prop_map(|n: i32| n.to_string())
    ];
    let list = vec((number, day), 1..4).prop_map(move |days| {
        let days: Vec<_> = days.into_iter().map(|(n, day)| if numbers { n + day } else { day.to_owned() }).collect();
        format!(";BYDAY={}", days.join(","))
    });
    prop_oneof![2 => Just(String::new()), 1 => list].boxed()
}

fn signed(max: i32) -> impl Strategy<Value = i32> {
    prop_oneof![1..=max, -max..=-1]
}

prop_compose! {
    /// Rules that may or may not come about.
    pub(super) fn any_rule()(freq in prop::sample::select(vec!["MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
        (
            interval in prop_oneof![3 => 1..4, 1 => 1..1001],
            month in listed("BYMONTH", 1..13),
            week in if freq == "YEARLY" { listed("BYWEEKNO", signed(53)) } else { Just(String::new()).boxed() },
            year_day in if matches!(freq, "YEARLY" | "HOURLY" | "MINUTELY") { listed("BYYEARDAY", signed(366)) } else { Just(String::new()).boxed() },
            month_day in if freq == "WEEKLY" { Just(String::new()).boxed() } else { listed("BYMONTHDAY", signed(31)) },
            day in by_day(matches!(freq, "MONTHLY" | "YEARLY")),
            hour in listed("BYHOUR", 0..24),
            minute in listed("BYMINUTE", 0..60),
            second in listed("BYSECOND", 0..60),
            position in listed("BYSETPOS", signed(5)),
            week_start in prop_oneof![Just(""), Just(";WKST=SU"), Just(";WKST=TH")],
            freq in Just(freq),
        ) -> String
    {
        let by = format!("{month}{week}{year_day}{month_day}{day}{hour}{minute}{second}");
        let position = if by.is_empty() { String::new() } else { position };
        format!("FREQ={freq};INTERVAL={interval}{by}{position}{week_start}")
    }
}

fn any_start() -> impl Strategy<Value = NaiveDateTime> {
    (1_700_000_000_i64..2_300_000_000).prop_map(|second| DateTime::from_timestamp(second, 0).unwrap().naive_utc())
}

fn read(text: &str) -> Option<Rule> {
    // Numbers in BYDAY do not go with BYWEEKNO; everything else that is made here is a rule.
    match Rule::parse(text) {
        Ok(rule) => Some(rule),
        Err(because) if because.contains("together with BYWEEKNO") => None,
        Err(because) => panic!("{text} {because}"),
    }
}

fn later(rule: &Rule, start: NaiveDateTime, after: NaiveDateTime) -> Option<NaiveDateTime> {
    rule.next_after(start, after, |_, _| false).map(|next| next.at)
}

/// The first occurrences later than the start.
fn occurrences(rule: &Rule, start: NaiveDateTime, most: usize) -> Vec<NaiveDateTime> {
    std::iter::successors(later(rule, start, start), |at| later(rule, start, *at)).take(most).collect()
}

/// Whether `at` has what one part of a rule lists, worked out from its text and without the code under test.
fn meets(part: &str, monthly: bool, at: NaiveDateTime) -> bool {
    let (name, list) = part.split_once('=').unwrap();
    let one_of = |value: u32, total: u32| {
        list.split(',').any(|item| {
            let number: i64 = item.parse().unwrap();
            number == i64::from(value) || number < 0 && i64::from(total) + 1 + number == i64::from(value)
        })
    };
    let month_days = u32::from(at.num_days_in_month());
    let year_days = if at.date().leap_year() { 366 } else { 365 };
    match name {
        "BYMONTH" => one_of(at.month(), 0),
        "BYMONTHDAY" => one_of(at.day(), month_days),
        "BYYEARDAY" => one_of(at.ordinal(), year_days),
        "BYHOUR" => one_of(at.hour(), 0),
        "BYMINUTE" => one_of(at.minute(), 0),
        "BYSECOND" => one_of(at.second(), 0),
        "BYDAY" => list.split(',').any(|item| {
            let (number, day) = item.split_at(item.len() - 2);
            let (of, total) = if monthly { (at.day(), month_days) } else { (at.ordinal(), year_days) };
            let numbered = match number.parse::<i64>() {
                Err(_) => true,
                Ok(number) if number > 0 => i64::from(of.div_ceil(7)) == number,
                Ok(number) => i64::from(total - of) / 7 + 1 == -number,
            };
            at.weekday().to_string().to_uppercase().starts_with(day) && numbered
        }),
        _ => true,
    }
}

#[test]
fn given_a_start_that_the_rule_does_not_meet_when_asked_before_it_then_it_is_the_first_occurrence() {
    let rule = Rule::parse("FREQ=WEEKLY;BYDAY=MO;COUNT=3").unwrap();
    let start: NaiveDateTime = "2026-12-01T09:00:00".parse().unwrap();
    let next = |after: &str| rule.next_after(start, after.parse().unwrap(), |_, _| false).unwrap();
    assert_eq!(next("2026-11-30T09:00:00"), Next { at: start, steps: 0 });
    assert_eq!(next("2026-12-01T09:00:00"), Next { at: "2026-12-07T09:00:00".parse().unwrap(), steps: 1 });
    assert_eq!(next("2026-12-07T09:00:00"), Next { at: "2026-12-14T09:00:00".parse().unwrap(), steps: 2 });
    assert_eq!(next("2036-12-07T09:00:00").steps, 3, "it counts no further than COUNT");
}

#[test]
fn given_a_count_when_its_occurrences_are_over_then_there_is_no_next() {
    let rule = Rule::parse("FREQ=DAILY;COUNT=2").unwrap();
    let start = Start::At("2026-12-01T09:00:00".parse().unwrap(), Tz::Europe__Berlin);
    let at = |after: &str| next(&rule, start, After::Wall(after.parse().unwrap())).map(|next| next.at.to_string());
    assert_eq!(at("2026-12-01T09:00:00").as_deref(), Some("2026-12-02 09:00:00"));
    assert_eq!(at("2026-12-02T09:00:00"), None);
}

#[test]
fn given_a_count_when_clocks_skip_an_hour_then_it_counts_in_wall_time() {
    // 02:00, 02:15 and so on come at 03:00, 03:15; what comes at an instant twice still counts twice.
    let rule = Rule::parse("FREQ=MINUTELY;INTERVAL=15;COUNT=7").unwrap();
    let start = Start::At("2026-03-29T01:30:00".parse().unwrap(), Tz::Europe__Berlin);
    let find = |after: NaiveDateTime| next(&rule, start, After::Wall(after)).map(|next| (next.at, next.steps));
    let found = std::iter::successors(find("2026-03-29T01:30:00".parse().unwrap()), |(at, _)| find(*at));
    let found: Vec<_> = found.map(|(at, steps)| (at.format("%H:%M").to_string(), steps)).collect();
    let expected = [("01:45", 1), ("03:00", 6), ("02:15", 3), ("02:30", 4), ("02:45", 5)];
    assert_eq!(found, expected.map(|(at, steps)| (at.to_owned(), steps)));
}

#[test]
fn given_rules_that_never_come_about_from_a_start_when_asked_then_there_is_none() {
    let start = "2026-12-01T10:00:00".parse().unwrap(); // a Tuesday
    for text in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=9",
        "FREQ=HOURLY;INTERVAL=168;BYDAY=MO",
        "FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1",
        "FREQ=MINUTELY;INTERVAL=840;BYHOUR=10;BYMINUTE=0;BYDAY=WE",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=1",
        "FREQ=YEARLY;INTERVAL=4;BYYEARDAY=366",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
        "FREQ=DAILY;BYHOUR=9,17;BYSETPOS=3",
    ] {
        assert_eq!(later(&Rule::parse(text).unwrap(), start, start), None, "{text}");
    }
}

#[test]
fn given_rules_that_rarely_come_about_when_asked_then_they_are_found_however_far_they_are() {
    let start = "2026-12-01T10:00:00".parse().unwrap();
    for (text, at) in [
        ("FREQ=YEARLY;INTERVAL=1000", "3026-12-01 10:00:00"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU", "2032-02-29 10:00:00"),
        ("FREQ=MONTHLY;INTERVAL=1000;BYDAY=5SU", "2276-12-31 10:00:00"),
        ("FREQ=WEEKLY;INTERVAL=1000;BYMONTH=12", "3310-12-30 10:00:00"),
    ] {
        let found = later(&Rule::parse(text).unwrap(), start, start).map(|at| at.to_string());
        assert_eq!(found.as_deref(), Some(at), "{text}");
    }
}

#[test]
fn given_a_day_as_start_when_asked_then_until_is_compared_by_days() {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    for until in ["20261203", "20261203T000000Z", "20261203T235959Z"] {
        let rule = Rule::parse(&format!("FREQ=DAILY;UNTIL={until}")).unwrap();
        let after = |after: &str| {
            let after = After::Wall(day(after).and_hms_opt(0, 0, 0).unwrap());
            next(&rule, Start::Day(day("2026-12-01")), after).map(|next| next.at.date())
        };
        assert_eq!(after("2026-12-02"), Some(day("2026-12-03")), "{until}");
        assert_eq!(after("2026-12-03"), None, "{until}");
    }
}

#[test]
fn given_an_until_in_utc_when_asked_in_a_zone_then_the_instant_is_compared() {
    let start = Start::At("2026-12-01T09:00:00".parse().unwrap(), Tz::America__New_York);
    let next = |until: &str| {
        let rule = Rule::parse(&format!("FREQ=DAILY;UNTIL={until}")).unwrap();
        next(&rule, start, After::Wall("2026-12-01T09:00:00".parse().unwrap())).is_some()
    };
    assert!(next("20261202T140000Z"));
    assert!(!next("20261202T135959Z"));
    assert!(next("20261202"));
    assert!(!next("20261201"));
}

/// The instants of a rule from the start on.
fn instants(rule: &str, start: &str, zone: Tz, most: usize) -> Vec<String> {
    let rule = Rule::parse(rule).unwrap();
    let start = start.parse().unwrap();
    let find = |after| next(&rule, Start::At(start, zone), After::Wall(after)).map(|next| next.at);
    let walls = std::iter::successors(Some(start), |at| find(*at));
    walls.take(most).map(|wall| utc_of_wall(wall, zone).format("%d %H:%M").to_string()).collect()
}

#[test]
fn given_rules_within_days_when_clocks_skip_an_hour_then_each_instant_comes_once_and_in_order() {
    let berlin = |rule, start| instants(rule, start, Tz::Europe__Berlin, 5);
    assert_eq!(
        berlin("FREQ=HOURLY", "2026-03-29T00:00:00"),
        ["28 23:00", "29 00:00", "29 01:00", "29 02:00", "29 03:00"]
    );
    // 02:15 is skipped and comes at 03:15, after 03:00.
    assert_eq!(
        berlin("FREQ=MINUTELY;INTERVAL=45", "2026-03-29T00:45:00"),
        ["28 23:45", "29 00:30", "29 01:00", "29 01:15", "29 01:45"]
    );
    assert_eq!(
        berlin("FREQ=HOURLY", "2026-10-25T01:00:00"),
        ["24 23:00", "25 00:00", "25 02:00", "25 03:00", "25 04:00"],
        "02:00 comes the first time only"
    );
    assert_eq!(
        instants("FREQ=DAILY", "2011-12-28T09:00:00", Tz::Pacific__Apia, 4),
        ["28 19:00", "29 19:00", "30 19:00", "31 19:00"],
        "the day that Samoa skipped is the next one"
    );
}

#[test]
fn given_an_hour_that_clocks_show_twice_when_asked_by_instant_then_nothing_earlier_comes() {
    let rule = Rule::parse("FREQ=DAILY").unwrap();
    let start = Start::At("2026-10-01T02:30:00".parse().unwrap(), Tz::Europe__Berlin);
    let second_time: DateTime<_> = "2026-10-25T01:15:00Z".parse().unwrap();
    let at = next(&rule, start, After::Instant(second_time)).unwrap().at;
    assert_eq!(at.to_string(), "2026-10-26 02:30:00");
}

proptest! {
    #[test]
    fn given_any_rule_when_walked_through_then_occurrences_ascend_and_jumping_finds_the_same(
        text in any_rule(), start in any_start(), into in 0.0..1.0_f64
    ) {
        let Some(rule) = read(&text) else { return Ok(()) };
        let found = occurrences(&rule, start, 12);
        prop_assert!(found.first().is_none_or(|first| *first > start));
        prop_assert!(found.is_sorted_by(|a, b| a < b), "{text} from {start}: {found:?}");
        for pair in found.windows(2) {
            #[expect(clippy::cast_possible_truncation, reason = "a fraction of a length of time")]
            let seconds = ((pair[1] - pair[0]).num_seconds() as f64 * into) as i64;
            let between = pair[0] + chrono::Duration::seconds(seconds);
            prop_assert_eq!(later(&rule, start, between), Some(pair[1]), "{} from {} after {}", &text, start, between);
        }
    }

    #[test]
    fn given_any_rule_when_walked_through_then_every_occurrence_meets_its_parts(text in any_rule(), start in any_start()) {
        let Some(rule) = read(&text) else { return Ok(()) };
        let monthly = text.contains("MONTHLY") || text.contains("BYMONTH=");
        for at in occurrences(&rule, start, 12) {
            for part in text.split(';') {
                prop_assert!(meets(part, monthly, at), "{text} from {start}: {at} does not meet {part}");
            }
        }
    }

    #[test]
    fn given_any_rule_when_counted_then_steps_are_places(text in any_rule(), start in any_start()) {
        let Some(rule) = read(&format!("{text};COUNT=8")) else { return Ok(()) };
        for (place, at) in occurrences(&rule, start, 10).into_iter().enumerate() {
            let before = at - chrono::Duration::seconds(1);
            let steps = rule.next_after(start, before, |_, _| false).unwrap().steps;
            prop_assert_eq!(usize::try_from(steps).unwrap(), (place + 1).min(8));
        }
    }

    #[test]
    fn given_any_rule_within_days_when_clocks_change_then_instants_ascend(
        interval in 1..200, minute in 0..60_i64, zone in 0..chrono_tz::TZ_VARIANTS.len(), day in 0..6_000_i64
    ) {
        let zone = chrono_tz::TZ_VARIANTS[zone];
        let rule = Rule::parse(&format!("FREQ=MINUTELY;INTERVAL={interval}")).unwrap();
        let start = DateTime::from_timestamp(1_700_000_000 / 60 * 60 + day * 86_400 + minute * 60, 0).unwrap().naive_utc();
        let find = |after| next(&rule, Start::At(start, zone), After::Wall(after)).map(|next| next.at);
        let mut before = utc_of_wall(start, zone);
        for wall in std::iter::successors(find(start), |at| find(*at)).take(40) {
            let instant = utc_of_wall(wall, zone);
            prop_assert!(instant > before, "{instant} after {before}");
            before = instant;
        }
    }

    #[test]
    fn given_any_rule_when_it_is_followed_from_one_to_the_next_then_it_comes_to_the_same_as_from_its_start(
        text in any_rule(), hours in -30..3_i64, minutes in 0..60_i64, count in prop::option::of(1..30_u32),
        until in prop::option::of(-60..600_i64)
    ) {
        // Around the hour that clocks in Berlin skip on March 29, 2026.
        let (zone, skipped) = (Tz::Europe__Berlin, "2026-03-29T02:00:00".parse::<NaiveDateTime>().unwrap());
        let ends = skipped + chrono::Duration::minutes(until.unwrap_or_default() - 60);
        let text = match (count, until) {
            (Some(count), _) => format!("{text};COUNT={count}"),
            (None, Some(_)) => format!("{text};UNTIL={}Z", ends.format("%Y%m%dT%H%M%S")),
            (None, None) => text,
        };
        let Some(rule) = read(&text) else { return Ok(()) };
        let start = skipped + chrono::Duration::minutes(hours * 60 + minutes);
        let direct = |after| next(&rule, Start::At(start, zone), After::Wall(after)).map(|next| next.at);
        let one_by_one = |(wall, number): (NaiveDateTime, i64)| {
            let before = u32::try_from(number - 1).unwrap();
            let base = Base { at: Start::At(wall, zone), before, is_reached: number > 1 };
            next_from(&rule, base, After::Wall(wall)).map(|next| (next.at, number + next.steps))
        };
        let direct: Vec<_> = std::iter::successors(Some(start), |at| direct(*at)).take(40).collect();
        let chained = std::iter::successors(Some((start, 1)), |one| one_by_one(*one)).take(40);
        prop_assert_eq!(chained.map(|(wall, _)| wall).collect::<Vec<_>>(), direct, "{} from {}", text, start);
    }

    #[test]
    fn given_any_rule_and_the_ends_of_time_when_asked_then_never_a_panic(
        text in any_rule(), other in any_start(), zone in 0..chrono_tz::TZ_VARIANTS.len(),
    ) {
        let Some(rule) = read(&text) else { return Ok(()) };
        let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap().and_hms_opt(23, 59, 59).unwrap();
        let ends = [NaiveDateTime::MIN, other, last, NaiveDateTime::MAX];
        for start in ends {
            for after in ends {
                let after = After::Wall(after);
                let _in_zone = next(&rule, Start::At(start, chrono_tz::TZ_VARIANTS[zone]), after);
                let _all_day = next(&rule, Start::Day(start.date()), after);
            }
        }
    }
}

#[test]
fn given_weeks_that_begin_on_another_day_when_every_second_week_then_wkst_decides() {
    // The examples of RFC 5545 section 3.8.5.3 on WKST.
    let start = "1997-08-05T09:00:00".parse().unwrap();
    let days = |week_start: Weekday| {
        let text = format!("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST={}", &week_start.to_string().to_uppercase()[..2]);
        occurrences(&Rule::parse(&text).unwrap(), start, 3).iter().map(Datelike::day).collect::<Vec<_>>()
    };
    assert_eq!(days(Weekday::Mon), [10, 19, 24]);
    assert_eq!(days(Weekday::Sun), [17, 19, 31]);
}
