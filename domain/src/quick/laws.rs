//! What is true of every text.

use chrono::{Datelike as _, NaiveDateTime};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::phrases::{as_body, now};
use super::{PartKind, Quick, QuickReminder, parse};
use crate::recurrence::Rule;
use crate::task::{Due, NewTask};

const ZONE: Tz = Tz::America__New_York;

/// Words that mean something, in any order: nonsense that comes close to sense.
fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "every",
        "every!",
        "ev",
        "other",
        "daily",
        "monthly",
        "recur:2w",
        "recur:weekly",
        "day",
        "week",
        "months",
        "hours",
        "minutes",
        "weekday",
        "workday",
        "weekend",
        "mon",
        "friday",
        "mondays",
        "mon-fri",
        "may",
        "june",
        "jan",
        "feb",
        "1st",
        "second",
        "last",
        "31st",
        "29",
        "30",
        "3",
        "0",
        "9999",
        "1000",
        "of",
        "the",
        "month",
        "year",
        "end",
        "on",
        "at",
        "by",
        "due",
        "due:eom",
        "due:5d",
        "until",
        "until:eoy",
        "from",
        "starting",
        "for",
        "times",
        "x5",
        "x999999",
        "and",
        ",",
        "&",
        "-",
        "to",
        "in",
        "next",
        "this",
        "mid",
        "5pm",
        "17:00",
        "9",
        "noon",
        "morning",
        "tonight",
        "tomorrow",
        "today",
        "now",
        "+5",
        "+9999",
        "2026-12-01",
        "9999-12-31",
        "1900-01-01",
        "27.1.",
        "1/27",
        "2/29",
        "2026-w53",
        "later",
        "easter",
        "remind",
        "me",
        "before",
        "after",
        "completion",
        "!",
        "!30",
        "min",
        "p1",
        "!high",
        "!!2",
        "#home",
        "@work",
        "+tag",
        "\"quoted\"",
        "\\escaped",
        "(",
        ")",
        "call",
        "Bob",
        "p9999y",
        "pt9999h",
        "half",
        "an",
        "hour",
        "a",
        "couple",
    ]);
    prop::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
}

/// What must hold of an answer.
fn check(text: &str, now: NaiveDateTime, quick: &Quick) {
    assert_eq!(quick.title.is_empty(), text.trim().is_empty(), "{text:?}");
    let mut end = 0;
    for part in &quick.understood {
        assert!(part.start >= end && part.start < part.end, "{text:?}: {part:?}");
        assert_eq!(text.get(part.start..part.end), Some(part.text.as_str()), "{text:?}");
        end = part.end;
    }
    let has = |kind| quick.understood.iter().any(|part| part.kind == kind);
    assert_eq!(quick.rrule.is_some(), has(PartKind::Recurrence), "{text:?}");
    assert_eq!(quick.due.is_some(), has(PartKind::Due) || has(PartKind::Recurrence), "{text:?}");
    assert_eq!(quick.priority.is_some(), has(PartKind::Priority), "{text:?}");
    assert_eq!(!quick.tags.is_empty(), has(PartKind::Tag), "{text:?}");
    assert_eq!(!quick.reminders.is_empty(), has(PartKind::Reminder), "{text:?}");
    let is_before = |reminder: &QuickReminder| matches!(reminder, QuickReminder::BeforeDue(_));
    assert!(quick.due.is_some() || !quick.reminders.iter().any(is_before), "{text:?}");
    let mut body = as_body(quick);
    body["title"] = "x".into();
    assert!(NewTask::from_json(&body).is_ok(), "{text:?} at {now}: {:?}", NewTask::from_json(&body));
}

/// Whether the due date meets the rule, which the rule itself does not ask of its start.
fn starts_with_its_due(rrule: &str, due: Due) -> bool {
    // Begun so much earlier, after which the calendar comes again, it has the same day of the week, of the month and of the year to fill in
    // where it lacks a part; the interval counts from the start, and whether it is over by then is no matter here.
    const YEARS: i32 = 400;
    let given = |part: &&str| !["UNTIL=", "COUNT=", "INTERVAL="].iter().any(|name| part.starts_with(name));
    let parts: Vec<&str> = rrule.split(';').filter(given).collect();
    let rule = Rule::parse(&parts.join(";")).unwrap();
    let start = due.wall().with_year(due.wall().year() - YEARS).unwrap();
    let next = rule.next_after(start, due.wall() - chrono::TimeDelta::seconds(1), |_, _| false);
    next.is_some_and(|next| next.at == due.wall())
}

#[test]
fn given_a_recurrence_when_parsed_then_its_due_date_meets_it() {
    for text in [
        "x every 3 days at 9",
        "x every mon, fri",
        "x every last workday",
        "x every 15th workday, last workday",
        "x every 2nd and 4th friday",
        "x every 31st",
        "x every 29 feb",
        "x every last friday of november",
        "x every first workday of march",
        "x every april and october",
        "x every month starting 31 jan",
        "x every 12 hours",
        "x every other week on sun",
        "x every 14 jan, 14 apr, 15 jun, 15 sep",
        "x every 1st wed jan, 3rd thu jul",
        "x every 31 jan, 30 apr, 28 feb",
        "x every last fri jan, 2nd tue mar and oct",
        "x every last day of feb",
        // Beyond a year that would be a leap year every four, and is none.
        "x +9999 weeks recur:2w",
    ] {
        let quick = parse(text, now(), ZONE);
        assert!(starts_with_its_due(quick.rrule.as_deref().unwrap(), quick.due.unwrap()), "{text}: {quick:?}");
    }
}

#[test]
fn given_a_very_long_line_when_parsed_then_answered() {
    for word in ["mon ", "every ", "every mon, ", "1st and ", "at 9 ", "!high", "remind me 1 day and ", "\"", "until "]
    {
        let text = word.repeat(4_000);
        check(&text, now(), &parse(&text, now(), ZONE));
    }
}

proptest! {
    #[test]
    fn given_any_text_when_parsed_then_the_answer_holds_together(text in any::<String>()) {
        check(&text, now(), &parse(&text, now(), ZONE));
    }

    #[test]
    fn given_words_that_mean_something_in_any_order_when_parsed_then_the_answer_holds_together(
        text in words(), minutes in 0_i64..60 * 24 * 366 * 30
    ) {
        let now = now() + chrono::Duration::minutes(minutes);
        let quick = parse(&text, now, ZONE);
        check(&text, now, &quick);
        if let (Some(rrule), Some(due)) = (&quick.rrule, quick.due) {
            prop_assert!(starts_with_its_due(rrule, due), "{}: {:?}", text, quick);
        }
    }

    #[test]
    fn given_words_when_in_capitals_then_as_in_small_letters(text in words()) {
        let (small, capitals) = (parse(&text, now(), ZONE), parse(&text.to_uppercase(), now(), ZONE));
        prop_assert_eq!(
            (small.due, small.rrule, small.priority, small.reminders),
            (capitals.due, capitals.rrule, capitals.priority, capitals.reminders)
        );
    }

    #[test]
    fn given_an_answer_when_what_was_read_is_parsed_then_the_same(text in words()) {
        let first = parse(&text, now(), ZONE);
        let mut line = "x".to_owned();
        for part in &first.understood {
            line.push_str(&match part.kind {
                PartKind::Due => format!(" {}", part.read_as),
                PartKind::Priority => format!(" !{}", part.read_as),
                PartKind::Tag => format!(" #{}", part.read_as),
                PartKind::Reminder => format!(" remind me {}", part.read_as),
                // A rule has no words of its own; its first occurrence is what can be said.
                PartKind::Recurrence => String::new(),
            });
        }
        let second = parse(&line, now(), ZONE);
        prop_assert_eq!(&second.tags, &first.tags);
        prop_assert_eq!(second.priority, first.priority);
        if first.rrule.is_none() {
            prop_assert_eq!(second.due, first.due, "{}", line);
            prop_assert_eq!(&second.reminders, &first.reminders, "{}", line);
        }
    }
}
