//! Laws that hold for every reminder, tried on generated commands.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::given::{REMINDER, TASK, now, reschedule, schedule, snooze, timed_due, without_task};
use super::*;
use crate::task::Due;

fn times() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({"remind_at":"2026-12-01T08:30:00","time_zone":"Europe/Berlin","before_due":null}),
        json!({"remind_at":"2026-03-29T02:30:00","time_zone":"Europe/Berlin","before_due":null}),
        json!({"before_due":"PT30M","remind_at":null,"time_zone":null}),
        json!({"before_due":"P1D","remind_at":null,"time_zone":null,"repeat":{"every":"PT3H","times":4}}),
    ])
}

fn dues() -> impl Strategy<Value = Option<Due>> {
    prop::sample::select(vec![None, Some(timed_due()), Some(Due::Date { due_date: "2026-12-01".parse().unwrap() })])
}

fn commands() -> impl Strategy<Value = ReminderCommand> {
    let patches =
        prop_oneof![times(), Just(json!({})), Just(json!({"time_zone":"Asia/Tokyo"})), Just(json!({"repeat":null}))];
    let reasons = prop::sample::select(CancelReason::ALL);
    let snoozes = prop::sample::select(vec![
        json!({"for":"PT10M"}),
        json!({"until":"2026-12-02T09:00:00","time_zone":"Europe/Berlin"}),
    ]);
    prop_oneof![
        2 => (times(), dues()).prop_map(|(time, due)| schedule(time, due)),
        3 => (patches, dues()).prop_map(|(patch, due)| reschedule(patch, due)),
        2 => snoozes.prop_map(snooze),
        2 => Just(ReminderCommand::Trigger { at: now(), told: Told::Alone }),
        1 => dues().prop_map(|due| ReminderCommand::Follow { task: Some(TaskDue { due }), at: now() }),
        2 => dues().prop_map(|due| ReminderCommand::Resume { task: Some(TaskDue { due }), at: now() }),
        1 => Just(ReminderCommand::MarkSent { at: now() }),
        1 => Just(ReminderCommand::MarkFailed { detail: "no route".to_owned(), at: now() }),
        1 => reasons.prop_map(|reason| ReminderCommand::Cancel { reason, at: now() }),
        1 => (times(), dues()).prop_map(|(time, due)| without_task(reschedule(time, due))),
    ]
}

/// Commands one after the other, at times that only grow: up to a day apart, and sometimes at the same time.
fn histories(most: usize) -> impl Strategy<Value = Vec<ReminderCommand>> {
    vec((commands(), 0..86_400_i64), 0..most).prop_map(|commands| {
        let mut time = now();
        let later = |(command, seconds)| {
            time += TimeDelta::seconds(seconds);
            given_at(command, time)
        };
        commands.into_iter().map(later).collect()
    })
}

fn given_at(mut command: ReminderCommand, time: DateTime<Utc>) -> ReminderCommand {
    *time_of(&mut command) = time;
    command
}

fn time_of(command: &mut ReminderCommand) -> &mut DateTime<Utc> {
    match command {
        ReminderCommand::Schedule { at, .. }
        | ReminderCommand::Reschedule { at, .. }
        | ReminderCommand::Snooze { at, .. }
        | ReminderCommand::Follow { at, .. }
        | ReminderCommand::Trigger { at, .. }
        | ReminderCommand::MarkSent { at }
        | ReminderCommand::MarkFailed { at, .. }
        | ReminderCommand::Resume { at, .. }
        | ReminderCommand::Cancel { at, .. } => at,
    }
}

fn step(reminder: &mut Reminder, command: &ReminderCommand) -> Option<ReminderEvent> {
    let event = decide(reminder, command).ok()??;
    evolve(reminder, &event);
    Some(event)
}

fn assert_invariants(reminder: &Reminder, events: u64) {
    assert_eq!(reminder.version, events);
    if reminder.version == 0 {
        assert_eq!(*reminder, Reminder::default());
        return;
    }
    assert_eq!((reminder.id, reminder.task_id), (REMINDER, TASK));
    assert!(reminder.time.is_some());
    assert_eq!(reminder.cancel_reason.is_some(), reminder.status == ReminderStatus::Cancelled);
    assert!(reminder.snoozed_until.is_none() || reminder.status != ReminderStatus::Cancelled);
}

proptest! {
    #[test]
    fn given_any_commands_when_the_accepted_ones_are_folded_then_the_invariants_hold(mut commands in histories(25)) {
        let mut reminder = Reminder::default();
        let mut events = Vec::new();
        for command in &mut commands {
            if let Some(event) = step(&mut reminder, command) {
                prop_assert_eq!(reminder.updated_at, *time_of(command), "the time of the last event");
                events.push(event);
            }
            assert_invariants(&reminder, events.len() as u64);
        }
        let mut folded = Reminder::default();
        events.iter().for_each(|event| evolve(&mut folded, event));
        prop_assert_eq!(folded, reminder);
    }

    #[test]
    fn given_any_event_when_written_and_read_as_json_then_the_same(commands in histories(25)) {
        let mut reminder = Reminder::default();
        for event in commands.iter().filter_map(|command| step(&mut reminder, command)) {
            let text = serde_json::to_string(&event).unwrap();
            prop_assert_eq!(serde_json::from_str::<ReminderEvent>(&text).unwrap(), event, "{}", text);
        }
        let snapshot = serde_json::to_string(&reminder).unwrap();
        prop_assert_eq!(serde_json::from_str::<Reminder>(&snapshot).unwrap(), reminder);
    }

    #[test]
    fn given_any_command_when_repeated_at_once_then_nothing_more_happens(mut commands in histories(15), last in commands()) {
        let mut reminder = Reminder::default();
        commands.iter().for_each(|command| { step(&mut reminder, command); });
        let last = given_at(last, commands.last_mut().map_or(now(), |command| *time_of(command)));
        step(&mut reminder, &last);
        prop_assert_eq!(step(&mut reminder, &last), None);
    }
}
