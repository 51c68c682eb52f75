//! What tests of readers and writers start from.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::task::{
    Due, Generate, Lineage, Missed, NewTask, Priority, RecurFrom, Recurrence, Status, Task, TaskAggregate, TaskCommand,
    TaskView, decide, evolve,
};
use proptest::prelude::*;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{Format, Imported, Options, Reading};

/// An evening before all that the files have still to come.
pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-28T20:00:00Z".parse().unwrap()
}

/// Times that name no zone are in `zone`, and of dates in words only `tomorrow` and `every day` are understood.
pub(crate) fn options(zone: Tz) -> Options<'static> {
    Options { zone, now: now(), read_date: &read_date }
}

fn read_date(text: &str, _zone: Tz) -> Option<Map<String, Value>> {
    let fields = match text {
        "tomorrow" => serde_json::json!({"due_date": "2026-11-29"}),
        "every day" => serde_json::json!({"due_date": "2026-11-28", "recurrence_pattern": {"rrule": "FREQ=DAILY"}}),
        _ => return None,
    };
    fields.as_object().cloned()
}

/// Reads a file, and holds that an import takes every line of it.
pub(crate) fn read(format: Format, text: &str, zone: Tz) -> Reading {
    let reading = crate::read(format, text.as_bytes(), &options(zone)).unwrap();
    for task in &reading.tasks {
        assert!(NewTask::import_from_json(&task.line).is_ok(), "{task:?}");
    }
    reading
}

pub(crate) fn titled<'a>(reading: &'a Reading, title: &str) -> &'a Imported {
    let mut found = reading.tasks.iter().filter(|task| task.line["title"] == title);
    found.next().unwrap_or_else(|| panic!("{title} is not among {:#?}", reading.tasks))
}

pub(crate) fn fields_lost(task: &Imported) -> Vec<&str> {
    task.lost.iter().map(|lost| lost.field.as_str()).collect()
}

/// A task with nothing but a title.
pub(crate) fn task(title: &str) -> TaskView {
    TaskView {
        id: Uuid::from_u128(0x0198_c5d2_7f3a_7cc1_9a53_2f1f_6f3f_6a10),
        title: title.to_owned(),
        description: String::new(),
        status: Status::Pending,
        priority: Priority::None,
        tags: Vec::new(),
        due_date: None,
        due_at: None,
        time_zone: None,
        due_utc: None,
        recurrence_pattern: None,
        series_id: None,
        parent_id: None,
        rank: None,
        created_at: "2026-11-01T08:30:00Z".parse().unwrap(),
        updated_at: "2026-11-02T09:45:10Z".parse().unwrap(),
        completed_at: None,
        version: 1,
    }
}

/// A task that is due then.
pub(crate) fn due_at(wall: &str, zone: &str) -> TaskView {
    let due_at = wall.parse().unwrap();
    let due_utc = Due::At { due_at, time_zone: zone.parse().unwrap() }.utc();
    TaskView { due_at: Some(due_at), time_zone: Some(zone.to_owned()), due_utc, ..task("Call") }
}

/// Whether a calendar has this line, which is not folded.
pub(crate) fn has_line(calendar: &str, line: &str) -> bool {
    calendar.split("\r\n").any(|found| found == line)
}

/// Any task there can be, whose description is of this form.
pub(crate) fn any_task(description: &'static str) -> impl Strategy<Value = TaskView> {
    let texts =
        ("[^\\p{Cc}\u{2028}\u{2029}]{0,60}x", description, prop::collection::btree_set("[a-z,;\\\\'=+-]{1,5}", 0..4));
    let words = (
        0..4_usize,
        0..5_usize,
        prop::option::of(0..5_usize),
        any::<[bool; 3]>(),
        prop::option::of("[0-9A-Za-z]{1,9}"),
    );
    let times = (0..4_102_444_800_000_000_i64, 0..9_000_000_000_i64, any::<Option<u128>>());
    let due = prop_oneof![Just(None), any_day().prop_map(Some), any_wall().prop_map(Some)];
    (any::<u128>(), texts, words, times, due).prop_map(|(id, (title, description, tags), words, times, due)| {
        let (status, priority, rule, [completion, when_due, keep], rank) = words;
        let created_at = DateTime::from_timestamp_micros(times.0).unwrap();
        let updated_at = DateTime::from_timestamp_micros(times.0 + times.1).unwrap();
        let status = Status::ALL[status];
        let recurrence = rule.filter(|_| due.is_some()).map(|rule| Recurrence {
            rrule: RULES[rule].to_owned(),
            from: if completion { RecurFrom::Completion } else { RecurFrom::Due },
            generate: if when_due { Generate::WhenDue } else { Generate::WhenCompleted },
            missed: if keep { Missed::Keep } else { Missed::Collapse },
            // Where the days of a whole day are counted.
            time_zone: keep.then_some(Tz::Asia__Tokyo),
        });
        let task = Task {
            id: Uuid::from_u128(id.max(1)),
            title,
            description,
            status,
            priority: Priority::ALL[priority],
            tags: tags.into_iter().collect(),
            due,
            // The first of a series names it.
            series_id: times
                .2
                .map(|id| Uuid::from_u128(id.max(1)))
                .or(recurrence.as_ref().map(|_| Uuid::from_u128(id.max(1)))),
            recurrence,
            parent_id: None,
            rank,
            created_at,
            updated_at,
            completed_at: (status == Status::Completed).then_some(updated_at),
            deleted_at: None,
            version: 3,
        };
        TaskView::of(&task)
    })
}

const RULES: [&str; 5] = [
    "FREQ=DAILY",
    "freq=weekly;byday=mo,fr",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=DAILY;COUNT=3",
    "FREQ=YEARLY;UNTIL=20301231",
];

fn any_day() -> impl Strategy<Value = Due> {
    (0..2_900_000_u64)
        .prop_map(|days| Due::Date { due_date: NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + Days::new(days) })
}

fn any_wall() -> impl Strategy<Value = Due> {
    (0..250_000_000_000_i64, 0..chrono_tz::TZ_VARIANTS.len()).prop_map(|(seconds, zone)| Due::At {
        due_at: NaiveDate::from_ymd_opt(1900, 1, 1).unwrap().and_time(NaiveTime::MIN) + TimeDelta::seconds(seconds),
        time_zone: chrono_tz::TZ_VARIANTS[zone],
    })
}

/// The task that an import makes of a line, as if it had changed so often; what it is a part of is there, and a part of nothing.
pub(crate) fn back(imported: &Imported, version: u64) -> TaskView {
    let new = NewTask::import_from_json(&imported.line).unwrap();
    let id = new.id().unwrap();
    let mut create = TaskCommand::Create { id, new, at: now() };
    if let Some(parent) = imported.line.get("parent_id").and_then(Value::as_str) {
        let mut lineage = Lineage::of(parent.parse().unwrap());
        lineage.learn(Some(&Task { version: 1, ..Task::default() }));
        create = create.below(lineage);
    }
    let event = decide(&TaskAggregate::default(), &create).unwrap().unwrap();
    let mut task = Task::default();
    evolve(&mut task, &event);
    TaskView { version, ..TaskView::of(&task) }
}
