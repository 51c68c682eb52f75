//! The place of a task in its series, and which one comes next.

use chrono::{DateTime, NaiveTime, Timelike as _, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Due, Missed, OccurrenceSkipped, RecurFrom, Recurrence, Task, TaskAggregate, TaskEvent};
use crate::recurrence::{self, After, Base, Rule, Start};

/// The place of a task in its series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Occurrence {
    /// When the rule has it due. A task that was moved by itself is due at another time, and those that follow do not care.
    pub due: Due,
    /// Which one of the series it is, from 1: what `COUNT` counts. Without `COUNT` nobody asks, and those that were passed over do not
    /// count.
    pub number: u32,
}

impl Occurrence {
    /// Where a task is that skipped this one.
    pub(super) fn skipped(self, event: &OccurrenceSkipped) -> Self {
        event.occurrence.unwrap_or(Self { due: event.next, number: self.number.saturating_add(1) })
    }
}

/// What brings the next occurrence about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brought {
    /// This one was completed then.
    Completed(DateTime<Utc>),
    /// This one's time came, and was noticed then.
    Due(DateTime<Utc>),
}

/// The recurrence of a task is no rule: none of our own events says such a thing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the recurrence rule {0}")]
pub struct BadRule(String);

impl TaskAggregate {
    /// The occurrence that comes after this one; `None` where the task does not repeat, or its series is over.
    ///
    /// # Errors
    /// [`BadRule`].
    pub fn next_occurrence(&self, brought: Brought) -> Result<Option<Occurrence>, BadRule> {
        let (Some(recurrence), Some(place)) = (&self.task.recurrence, self.occurrence) else { return Ok(None) };
        match brought {
            Brought::Completed(at) if recurrence.from == RecurFrom::Completion => {
                after_completion(recurrence, place, at)
            }
            Brought::Completed(at) | Brought::Due(at) => after_place(recurrence, place, at),
        }
    }
}

/// The place in the series after an event that has made `task` what it is.
pub(super) fn after(before: Option<Occurrence>, event: &TaskEvent, task: &Task) -> Option<Occurrence> {
    let (due, _) = (task.due?, task.recurrence.as_ref()?);
    let given = match event {
        TaskEvent::Created(created) => created.occurrence,
        TaskEvent::OccurrenceSkipped(skipped) => before.map(|place| place.skipped(skipped)),
        other => other.changes().and_then(|changes| changes.occurrence),
    };
    given.or(before).or(Some(Occurrence { due, number: 1 }))
}

/// The next one by the rule, counted from where this one stands in the series; missed ones are passed over where they become one.
pub(super) fn after_place(
    recurrence: &Recurrence,
    place: Occurrence,
    now: DateTime<Utc>,
) -> Result<Option<Occurrence>, BadRule> {
    let after = match recurrence.missed {
        Missed::Keep => After::Wall(place.due.wall()),
        Missed::Collapse => latest_missed(recurrence, place.due, now),
    };
    Ok(next_by(&read(recurrence)?, place, after))
}

/// The next one by the rule, counted from the day it was completed; from the time, where the rule repeats within a day.
fn after_completion(
    recurrence: &Recurrence,
    place: Occurrence,
    at: DateTime<Utc>,
) -> Result<Option<Occurrence>, BadRule> {
    let start = match place.due {
        Due::Date { .. } => Due::Date { due_date: recurrence.day_of(at) },
        Due::At { due_at, time_zone } => {
            let wall = at.with_timezone(&time_zone).naive_local();
            let time = if recurrence.is_within_days() { to_the_second(wall.time()) } else { due_at.time() };
            Due::At { due_at: wall.date().and_time(time), time_zone }
        }
    };
    let after = After::Wall(start.wall());
    // It begins anew there: nothing that the rule would make before it is still to come.
    Ok(next_from(&read(recurrence)?, place.number, (start, false), after))
}

fn to_the_second(time: NaiveTime) -> NaiveTime {
    time.with_nanosecond(0).unwrap_or(time)
}

/// What the next one has to come after, so that none before it has passed by `now`. A whole day has passed when the next day begins.
fn latest_missed(recurrence: &Recurrence, due: Due, now: DateTime<Utc>) -> After {
    match due {
        Due::Date { due_date } => {
            let yesterday = recurrence.day_of(now).pred_opt().unwrap_or(due_date);
            After::Wall(due_date.max(yesterday).and_time(NaiveTime::MIN))
        }
        Due::At { due_at, .. } if recurrence.begins(due) > now => After::Wall(due_at),
        Due::At { .. } => After::Instant(now),
    }
}

fn read(recurrence: &Recurrence) -> Result<Rule, BadRule> {
    Rule::parse(&recurrence.rrule).map_err(BadRule)
}

/// The next one by a rule that has come to this place.
pub(super) fn next_by(rule: &Rule, place: Occurrence, after: After) -> Option<Occurrence> {
    next_from(rule, place.number, (place.due, place.number > 1), after)
}

/// The next one by a rule, counted from a start to which the rule has come, or where it begins. `number` is that of the start.
fn next_from(rule: &Rule, number: u32, (start, is_reached): (Due, bool), after: After) -> Option<Occurrence> {
    let at = match start {
        Due::Date { due_date } => Start::Day(due_date),
        Due::At { due_at, time_zone } => Start::At(due_at, time_zone),
    };
    let next = recurrence::next_from(rule, Base { at, before: number.saturating_sub(1), is_reached }, after)?;
    let due = match at {
        Start::Day(_) => Due::Date { due_date: next.at.date() },
        Start::At(_, time_zone) => Due::At { due_at: next.at, time_zone },
    };
    let number = i64::from(number).saturating_add(next.steps);
    Some(Occurrence { due, number: u32::try_from(number).unwrap_or(u32::MAX) })
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::*;
    use serde_json::{Value, json};

    /// The due of the next occurrence of a task with this due and recurrence, and its number.
    fn next_of(due: Value, pattern: Value, brought: Brought) -> Option<(Value, u32)> {
        let mut body = due;
        body["title"] = json!("x");
        body["recurrence_pattern"] = pattern;
        let next = given([created(body)]).aggregate().next_occurrence(brought).unwrap()?;
        Some((serde_json::to_value(next.due).unwrap(), next.number))
    }

    fn done(at: &str) -> Brought {
        Brought::Completed(instant(at))
    }

    fn day(day: &str) -> Value {
        json!({"due_date": day})
    }

    #[test]
    fn given_a_task_completed_in_time_when_asked_for_the_next_then_the_rules_next() {
        let weekly = json!({"rrule":"FREQ=WEEKLY;BYDAY=MO"});
        assert_eq!(next_of(day("2026-11-30"), weekly, done("2026-11-29T10:00:00Z")), Some((day("2026-12-07"), 2)));
        let last = json!({"rrule":"FREQ=MONTHLY;BYMONTHDAY=-1"});
        assert_eq!(next_of(day("2026-01-31"), last, done("2026-01-31T10:00:00Z")), Some((day("2026-02-28"), 2)));
    }

    #[test]
    fn given_missed_occurrences_when_they_collapse_then_the_first_that_has_not_passed_and_when_kept_the_very_next() {
        let daily = |missed: &str| json!({"rrule":"FREQ=DAILY","missed":missed});
        let late = done("2026-12-05T18:00:00Z");
        assert_eq!(next_of(day("2026-12-01"), daily("collapse"), late), Some((day("2026-12-05"), 2)));
        assert_eq!(next_of(day("2026-12-01"), daily("keep"), late), Some((day("2026-12-02"), 2)));
        let at = |wall: &str| json!({"due_at": wall, "time_zone": "Europe/Berlin"});
        let timed = next_of(at("2026-12-01T09:00:00"), daily("collapse"), late);
        assert_eq!(timed, Some((at("2026-12-06T09:00:00"), 2)), "nine o'clock has passed");
        let counted = json!({"rrule":"FREQ=DAILY;COUNT=9"});
        assert_eq!(next_of(day("2026-12-01"), counted, late), Some((day("2026-12-05"), 5)));
    }

    #[test]
    fn given_a_task_completed_early_when_missed_ones_collapse_then_none_is_passed_over() {
        let daily = json!({"rrule":"FREQ=DAILY"});
        assert_eq!(next_of(day("2026-12-05"), daily, done("2026-12-01T10:00:00Z")), Some((day("2026-12-06"), 2)));
    }

    #[test]
    fn given_a_rule_from_completion_when_completed_then_counted_from_that_day_at_the_time_of_the_due() {
        let third = json!({"rrule":"FREQ=DAILY;INTERVAL=3","from":"completion"});
        assert_eq!(
            next_of(day("2026-12-01"), third.clone(), done("2026-12-05T10:00:00Z")),
            Some((day("2026-12-08"), 2))
        );
        let at = |wall: &str| json!({"due_at": wall, "time_zone": "Asia/Tokyo"});
        // In Tokyo it is the sixth already.
        let timed = next_of(at("2026-12-01T09:00:00"), third, done("2026-12-05T20:00:00Z"));
        assert_eq!(timed, Some((at("2026-12-09T09:00:00"), 2)));
        let hours = json!({"rrule":"FREQ=HOURLY;INTERVAL=4","from":"completion"});
        let within = next_of(at("2026-12-01T09:00:00"), hours, done("2026-12-05T20:10:30.5Z"));
        assert_eq!(within, Some((at("2026-12-06T09:10:30"), 2)));
    }

    /// The same of a whole day, whose series has a zone.
    fn next_day_in(zone: &str, due: &str, pattern: &Value, at: &str) -> Value {
        let mut pattern = pattern.clone();
        pattern["time_zone"] = json!(zone);
        next_of(day(due), pattern, done(at)).unwrap().0
    }

    #[test]
    fn given_whole_days_and_a_zone_when_completed_then_the_day_is_that_of_the_zone_and_without_it_that_of_utc() {
        let counted = json!({"rrule":"FREQ=DAILY","from":"completion"});
        // Eight in the morning of the fifth in Sydney is ten in the evening of the fourth in UTC or so.
        let morning = "2026-12-04T21:00:00Z";
        assert_eq!(next_day_in("Australia/Sydney", "2026-12-05", &counted, morning), day("2026-12-06"));
        assert_eq!(next_of(day("2026-12-05"), counted.clone(), done(morning)), Some((day("2026-12-05"), 2)));
        // Eight in the evening of the fourth in New York is the fifth in UTC.
        let evening = "2026-12-05T01:00:00Z";
        assert_eq!(next_day_in("America/New_York", "2026-12-04", &counted, evening), day("2026-12-05"));
        assert_eq!(next_of(day("2026-12-04"), counted, done(evening)), Some((day("2026-12-06"), 2)));

        let missed = json!({"rrule":"FREQ=DAILY","missed":"collapse"});
        assert_eq!(next_day_in("Australia/Sydney", "2026-12-01", &missed, morning), day("2026-12-05"));
        assert_eq!(next_day_in("America/New_York", "2026-12-01", &missed, evening), day("2026-12-04"));
    }

    #[test]
    fn given_whole_days_and_a_zone_then_one_begins_with_its_first_moment_there() {
        let due = Due::Date { due_date: "2026-12-05".parse().unwrap() };
        for (pattern, begins) in [
            (json!({"rrule":"FREQ=DAILY"}), "2026-12-05T00:00:00Z"),
            (json!({"rrule":"FREQ=DAILY","time_zone":"Australia/Sydney"}), "2026-12-04T13:00:00Z"),
            (json!({"rrule":"FREQ=DAILY","time_zone":"America/New_York"}), "2026-12-05T05:00:00Z"),
        ] {
            let body = json!({"title":"x","due_date":"2026-12-05","recurrence_pattern":pattern});
            let recurrence = given([created(body)]).aggregate().task.recurrence.unwrap();
            assert_eq!(recurrence.begins(due), instant(begins), "{pattern}");
        }
    }

    /// The wall times of a series in Berlin whose tasks are completed as they fall due.
    fn walls(rule: &str, first: &str) -> Vec<String> {
        let pattern = json!({"rrule":rule});
        let first = json!({"title":"x","due_at":first,"time_zone":"Europe/Berlin","recurrence_pattern":pattern});
        let mut task = given([created(first)]).aggregate();
        let mut walls = Vec::new();
        for _ in 0..5 {
            walls.push(task.occurrence.unwrap().due.wall().format("%H:%M").to_string());
            let at = task.occurrence.unwrap().due.utc().unwrap();
            task.occurrence = task.next_occurrence(Brought::Completed(at)).unwrap();
            if task.occurrence.is_none() {
                break;
            }
        }
        walls
    }

    #[test]
    fn given_an_occurrence_that_clocks_skip_when_a_later_one_comes_before_it_then_it_comes_all_the_same() {
        // 02:15 comes at 03:15. The rule counts in wall time: it is the third.
        let rule = "FREQ=MINUTELY;INTERVAL=45";
        assert_eq!(walls(rule, "2026-03-29T00:45:00"), ["00:45", "01:30", "03:00", "02:15", "03:45"]);
        let counted = |count| walls(&format!("{rule};COUNT={count}"), "2026-03-29T00:45:00");
        assert_eq!(counted(3), ["00:45", "01:30", "02:15"]);
        assert_eq!(counted(4), ["00:45", "01:30", "03:00", "02:15"]);
        assert_eq!(walls(rule, "2026-03-29T03:00:00")[..2], ["03:00", "03:45"], "nothing is before the first");
        // 02:40 would be before the first, and come after the second.
        let rule = "FREQ=MINUTELY;INTERVAL=25";
        assert_eq!(walls(rule, "2026-03-29T03:05:00"), ["03:05", "03:30", "03:55", "04:20", "04:45"]);
        assert_eq!(walls(&format!("{rule};COUNT=3"), "2026-03-29T03:05:00"), ["03:05", "03:30", "03:55"]);
        // As many as COUNT has are between, and the first is none that the rule makes.
        assert_eq!(walls("FREQ=MINUTELY;COUNT=2", "2026-03-29T03:00:00"), ["03:00", "03:01"]);
        let unmet = "FREQ=MINUTELY;BYMINUTE=18,19;BYSECOND=1,2,21;COUNT=2";
        assert_eq!(walls(unmet, "2026-03-29T03:00:00"), ["03:00", "03:18"]);
        // 02:15 comes at 01:15 in UTC, after the end, and 03:00 before it.
        let until = "FREQ=MINUTELY;INTERVAL=45;UNTIL=20260329T010500Z";
        assert_eq!(walls(until, "2026-03-29T00:45:00"), ["00:45", "01:30", "03:00"]);
    }

    #[test]
    fn given_a_series_with_an_end_when_it_is_reached_then_there_is_no_next() {
        for rrule in ["FREQ=DAILY;COUNT=3", "FREQ=DAILY;UNTIL=20261203"] {
            let pattern = json!({"rrule":rrule,"missed":"keep"});
            let mut place = given([created(json!({
                "title":"x","due_date":"2026-12-01","recurrence_pattern":pattern,
            }))])
            .aggregate();
            let mut days = Vec::new();
            while let Some(next) = place.next_occurrence(done("2026-12-01T00:00:00Z")).unwrap() {
                days.push(next.due.day().to_string());
                place.occurrence = Some(next);
            }
            assert_eq!(days, ["2026-12-02", "2026-12-03"], "{rrule}");
        }
    }

    #[test]
    fn given_a_wall_time_when_clocks_change_then_the_wall_time_stays() {
        let at = |wall: &str| json!({"due_at": wall, "time_zone": "Europe/Berlin"});
        let daily = json!({"rrule":"FREQ=DAILY"});
        let next = next_of(at("2027-03-27T09:00:00"), daily, done("2027-03-27T08:30:00Z"));
        assert_eq!(next, Some((at("2027-03-28T09:00:00"), 2)));
    }

    #[test]
    fn given_one_occurrence_that_was_moved_when_asked_for_the_next_then_the_series_stays_where_it_was() {
        let weekly = json!({"title":"x","due_date":"2026-11-30","recurrence_pattern":{"rrule":"FREQ=WEEKLY;BYDAY=MO"}});
        let moved = given([created(weekly)]).and(update(json!({"due_date":"2026-12-02"}))).aggregate();
        let next = moved.next_occurrence(done("2026-12-02T10:00:00Z")).unwrap().unwrap();
        assert_eq!(serde_json::to_value(next.due).unwrap(), day("2026-12-07"));
    }

    #[test]
    fn given_a_due_that_is_moved_along_with_the_recurrence_then_those_that_follow_move_too() {
        let pattern = json!({"rrule":"FREQ=WEEKLY"});
        let weekly = json!({"title":"x","due_date":"2026-11-30","recurrence_pattern":pattern});
        let patch = json!({"due_date":"2026-12-02","recurrence_pattern":pattern});
        let moved = given([created(weekly)]).and(update(patch)).aggregate();
        let next = moved.next_occurrence(done("2026-12-02T10:00:00Z")).unwrap().unwrap();
        assert_eq!((serde_json::to_value(next.due).unwrap(), next.number), (day("2026-12-09"), 2));
    }

    #[test]
    fn given_another_rule_when_asked_for_the_next_then_its_count_begins_with_this_one() {
        let place = Occurrence { due: Due::Date { due_date: "2026-12-01".parse().unwrap() }, number: 7 };
        let daily = created(json!({"title":"x","due_date":"2026-12-01","recurrence_pattern":{"rrule":"FREQ=DAILY"}}));
        let TaskEvent::Created(mut seventh) = daily else { panic!("{daily:?}") };
        seventh.occurrence = Some(place);
        let counted = given([TaskEvent::Created(seventh)])
            .and(update(json!({"recurrence_pattern":{"rrule":"FREQ=DAILY;COUNT=2"}})))
            .aggregate();
        let next = counted.next_occurrence(done("2026-12-01T10:00:00Z")).unwrap().unwrap();
        assert_eq!(next.number, 2);
    }

    #[test]
    fn given_a_task_that_does_not_repeat_when_asked_for_the_next_then_none() {
        let single = given([created(json!({"title":"x","due_date":"2026-12-01"}))]).aggregate();
        assert_eq!(single.next_occurrence(done("2026-12-01T10:00:00Z")), Ok(None));
    }
}
