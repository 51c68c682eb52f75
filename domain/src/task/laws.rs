//! Laws that hold for every task, tried on generated commands.

mod back;
mod this_one;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::given::{TASK, now};
use super::*;
use crate::limits::{DESCRIPTION_MAX_BYTES, TAG_MAX_CHARS, TAGS_MAX, TITLE_MAX_CHARS};

fn titles() -> impl Strategy<Value = Value> {
    prop_oneof!["[a-zA-Zäöü ]{1,20}x", Just("x".repeat(TITLE_MAX_CHARS))].prop_map(Value::from)
}

fn words(words: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop::sample::select(words).prop_map(Value::from)
}

fn nullable(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop_oneof![1 => Just(Value::Null), 3 => values]
}

fn tags() -> impl Strategy<Value = Value> {
    prop::collection::btree_set("[a-e]{1,2}", 0..5).prop_map(|tags| json!(tags))
}

/// The due fields of a patch. A kind that is given also clears the other by name, so that patches compose: see
/// `given_two_patches…`.
fn dues() -> impl Strategy<Value = Map<String, Value>> {
    let dates = prop::sample::select(vec!["2026-12-01", "2027-03-28", "1900-01-01"]);
    let walls = prop::sample::select(vec!["2026-12-01T09:00:00", "2026-03-29T02:30:00", "2026-10-25T02:30:00"]);
    let zones = prop::sample::select(vec!["Europe/Berlin", "Asia/Tokyo", "UTC"]);
    prop_oneof![
        Just(json!({})),
        Just(json!({"due_date": null})),
        Just(json!({"due_at": null, "time_zone": null})),
        dates.prop_map(|date| json!({"due_date": date, "due_at": null, "time_zone": null})),
        (walls.clone(), zones.clone())
            .prop_map(|(at, zone)| json!({"due_at": at, "time_zone": zone, "due_date": null})),
        walls.prop_map(|at| json!({"due_at": at, "due_date": null})),
        zones.prop_map(|zone| json!({"time_zone": zone})),
    ]
    .prop_map(object)
}

fn recurrences() -> impl Strategy<Value = Value> {
    let inner = (
        option::of(words(&["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO", "FREQ=MONTHLY;BYMONTHDAY=-1"])),
        option::of(nullable(words(&["due", "completion"]))),
        option::of(nullable(words(&["when_due", "when_completed"]))),
        option::of(nullable(words(&["keep", "collapse"]))),
    );
    inner.prop_map(|(rrule, from, generate, missed)| {
        given_ones([("rrule", rrule), ("from", from), ("generate", generate), ("missed", missed)]).into()
    })
}

fn patches() -> impl Strategy<Value = Map<String, Value>> {
    let fields = (
        option::of(titles()),
        option::of(nullable("[a-z\\n ]{0,12}".prop_map(Value::from))),
        option::of(words(&["pending", "in_progress", "completed", "cancelled"])),
        option::of(nullable(words(&["none", "low", "medium", "high", "urgent"]))),
        option::of(nullable(tags())),
        option::of(nullable(recurrences())),
        option::of(nullable(words(&["00000000-0000-0000-0000-00000000aaaa", "00000000-0000-0000-0000-00000000bbbb"]))),
        option::of(nullable(words(&["a0", "Zz"]))),
    );
    (fields, dues()).prop_map(
        |((title, description, status, priority, tags, recurrence_pattern, parent_id, rank), due)| {
            let mut patch = given_ones([
                ("title", title),
                ("description", description),
                ("status", status),
                ("priority", priority),
                ("tags", tags),
                ("recurrence_pattern", recurrence_pattern),
                ("parent_id", parent_id),
                ("rank", rank),
            ]);
            patch.extend(due);
            patch
        },
    )
}

fn given_ones<const N: usize>(fields: [(&str, Option<Value>); N]) -> Map<String, Value> {
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

/// Bodies that create a task; not all of them are valid.
fn bodies() -> impl Strategy<Value = Map<String, Value>> {
    (patches(), titles()).prop_map(|(mut body, title)| {
        body.insert("title".to_owned(), title);
        body
    })
}

/// For any occurrences; a recurrence is never for one alone.
fn updates() -> impl Strategy<Value = TaskCommand> {
    (patches(), option::of(prop::sample::select(Scope::ALL))).prop_map(|(patch, scope)| {
        let patch = TaskPatch::from_json(&patch).unwrap();
        let patch = patch.clone().meant_for(scope).unwrap_or(patch);
        TaskCommand::Update { patch, at: now() }
    })
}

fn commands() -> impl Strategy<Value = TaskCommand> {
    prop_oneof![
        1 => bodies().prop_filter_map("not valid", |body| Some(TaskCommand::Create {
            id: TASK,
            new: NewTask::from_json(&body).ok()?,
            at: now(),
        })),
        6 => updates(),
        1 => Just(TaskCommand::Delete { at: now() }),
        2 => Just(TaskCommand::Restore { at: now() }),
        2 => ("[a-e]", "[a-e]").prop_filter_map("the same", |(from, to)| Some(TaskCommand::RenameTag {
            rename: TagRename::new(&from, &to).ok()?,
            at: now(),
        })),
        2 => Just(TaskCommand::Undo { at: now() }),
        2 => Just(TaskCommand::Skip { at: now() }),
        1 => prop::sample::select(vec![Reversal::Delete, Reversal::Restore])
            .prop_map(|change| TaskCommand::TakeBack { change, at: now() }),
    ]
}

/// Commands one after the other, at times that only grow: up to a day apart, and sometimes at the same time.
fn histories(most: usize) -> impl Strategy<Value = Vec<TaskCommand>> {
    vec((commands(), 0..86_400_i64), 0..most).prop_map(|commands| {
        let mut time = now();
        let later = |(mut command, seconds)| {
            time += TimeDelta::seconds(seconds);
            *time_of(&mut command) = time;
            command
        };
        commands.into_iter().map(later).collect()
    })
}

fn time_of(command: &mut TaskCommand) -> &mut DateTime<Utc> {
    match command {
        TaskCommand::Create { at, .. }
        | TaskCommand::Update { at, .. }
        | TaskCommand::RenameTag { at, .. }
        | TaskCommand::TakeBack { at, .. }
        | TaskCommand::Renew { at, .. }
        | TaskCommand::Delete { at }
        | TaskCommand::Restore { at }
        | TaskCommand::Undo { at }
        | TaskCommand::Skip { at } => at,
        TaskCommand::Below { command, .. } => time_of(command),
    }
}

fn live_tasks() -> impl Strategy<Value = Task> {
    (bodies(), vec(patches(), 0..4)).prop_filter_map("not valid", |(body, patches)| {
        let new = NewTask::from_json(&body).ok()?;
        let mut task = created(TaskCommand::Create { id: TASK, new, at: now() });
        patches.iter().for_each(|patch| {
            apply(&mut task, patch);
        });
        Some(task)
    })
}

fn step(aggregate: &mut TaskAggregate, command: &TaskCommand) -> Option<TaskEvent> {
    let event = decided(aggregate, command).ok()??;
    aggregate.follow(&event);
    Some(event)
}

/// What comes of a command that is told of its task's parent: that it is there, at the top.
fn decided(aggregate: &TaskAggregate, command: &TaskCommand) -> Result<Option<TaskEvent>, TaskRejection> {
    match decide(aggregate, command) {
        Err(TaskRejection::LineageNeeded { parent }) => {
            let mut lineage = Lineage::of(parent);
            lineage.learn(Some(&Task { id: parent, version: 1, ..Task::default() }));
            decide(aggregate, &command.clone().below(lineage))
        }
        decision => decision,
    }
}

fn created(command: TaskCommand) -> Task {
    let mut aggregate = TaskAggregate::default();
    step(&mut aggregate, &command);
    aggregate.task
}

/// Whether the patch was accepted.
fn apply(task: &mut Task, patch: &Map<String, Value>) -> bool {
    let command = TaskCommand::Update { patch: TaskPatch::from_json(patch).unwrap(), at: now() };
    let decision = decided(&TaskAggregate { task: task.clone(), ..TaskAggregate::default() }, &command);
    decision.iter().flatten().for_each(|event| evolve(task, event));
    decision.is_ok()
}

/// The merge of RFC 7396 section 2, on patches: `null` stays in the result.
fn merged(first: &Map<String, Value>, second: &Map<String, Value>) -> Map<String, Value> {
    let mut result = first.clone();
    for (name, value) in second {
        let value = match (result.get(name), value) {
            (Some(Value::Object(old)), Value::Object(new)) => Value::Object(merged(old, new)),
            _ => value.clone(),
        };
        result.insert(name.clone(), value);
    }
    result
}

/// Whether a field shows what was given for it; `null` gives what the field has instead of nothing.
fn shows(shown: &Value, given: &Value, name: &str) -> bool {
    let empty = match name {
        "description" => json!(""),
        "priority" => json!("none"),
        "tags" => json!([]),
        "from" => json!("due"),
        "generate" => json!("when_completed"),
        "missed" => json!("collapse"),
        _ => Value::Null,
    };
    *shown == if given.is_null() { empty } else { given.clone() }
}

/// The fields that clients set.
fn fields(task: &Task) -> TaskFields {
    TaskFields::of(task)
}

fn assert_invariants(task: &Task, events: u64) {
    assert_eq!(task.version, events);
    if task.version == 0 {
        assert_eq!(*task, Task::default());
        return;
    }
    assert_eq!(task.id, TASK);
    assert_eq!(task.completed_at.is_some(), task.status == Status::Completed);
    assert!(task.created_at <= task.updated_at && task.completed_at.is_none_or(|at| task.created_at <= at));
    assert!(task.recurrence.is_none() || (task.due.is_some() && task.series_id.is_some()));
    assert!(!task.title.trim().is_empty() && task.title.chars().count() <= TITLE_MAX_CHARS);
    assert!(task.description.len() <= DESCRIPTION_MAX_BYTES);
    assert!(
        task.tags.len() <= TAGS_MAX && task.tags.iter().all(|tag| (1..=TAG_MAX_CHARS).contains(&tag.chars().count()))
    );
    let mut once = task.tags.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), task.tags.len());
}

proptest! {
    #[test]
    fn given_any_commands_when_the_accepted_ones_are_folded_then_the_invariants_hold(mut commands in histories(25)) {
        let mut aggregate = TaskAggregate::default();
        let mut events = Vec::new();
        for command in &mut commands {
            if let Some(event) = step(&mut aggregate, command) {
                prop_assert_eq!(aggregate.task.updated_at, *time_of(command), "the time of the last event");
                prop_assert_eq!(event.at(), aggregate.task.updated_at);
                events.push(event);
            }
            assert_invariants(&aggregate.task, events.len() as u64);
            prop_assert_eq!(aggregate.occurrence.is_some(), aggregate.task.recurrence.is_some());
            let own = aggregate.following.over(fields(&aggregate.task));
            prop_assert!(aggregate.following.is_empty() || aggregate.task.recurrence.is_some() && own != fields(&aggregate.task));
        }
        let mut folded = Task::default();
        events.iter().for_each(|event| evolve(&mut folded, event));
        prop_assert_eq!(folded, aggregate.task);
    }

    #[test]
    fn given_any_event_when_written_and_read_as_json_then_the_same(commands in histories(25)) {
        let mut aggregate = TaskAggregate::default();
        for event in commands.iter().filter_map(|command| step(&mut aggregate, command)) {
            let text = serde_json::to_string(&event).unwrap();
            prop_assert_eq!(serde_json::from_str::<TaskEvent>(&text).unwrap(), event, "{}", text);
        }
    }

    #[test]
    fn given_any_task_when_its_view_is_read_back_then_the_same_task(commands in histories(10)) {
        let mut aggregate = TaskAggregate::default();
        for _ in commands.iter().filter_map(|command| step(&mut aggregate, command)) {}
        let text = serde_json::to_string(&TaskView::of(&aggregate.task)).unwrap();
        let view: TaskView = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(view.into_task(aggregate.task.deleted_at), Ok(aggregate.task));
    }

    #[test]
    fn given_any_task_when_kept_as_a_snapshot_then_the_same(commands in histories(10)) {
        let mut aggregate = TaskAggregate::default();
        commands.iter().for_each(|command| {
            step(&mut aggregate, command);
        });
        let text = serde_json::to_string(&aggregate).unwrap();
        prop_assert_eq!(serde_json::from_str::<TaskAggregate>(&text).unwrap(), aggregate);
    }

    #[test]
    fn given_a_patch_when_applied_twice_then_as_once(mut task in live_tasks(), patch in patches()) {
        if apply(&mut task, &patch) {
            let once = task.clone();
            prop_assert!(apply(&mut task, &patch));
            prop_assert_eq!(task, once);
        }
    }

    #[test]
    fn given_a_patch_when_applied_then_a_field_that_it_gives_has_that_value(mut task in live_tasks(), patch in patches()) {
        if apply(&mut task, &patch) {
            let view = serde_json::to_value(TaskView::of(&task)).unwrap();
            for (name, given) in &patch {
                let Some(given) = given.as_object() else {
                    prop_assert!(shows(&view[name], given, name), "{}: {} of {}", name, view[name], given);
                    continue;
                };
                for (name, given) in given {
                    let shown = &view["recurrence_pattern"][name];
                    prop_assert!(shows(shown, given, name), "{}: {} of {}", name, shown, given);
                }
            }
        }
    }

    #[test]
    fn given_a_patch_when_applied_then_fields_it_leaves_out_stay(mut task in live_tasks(), patch in patches()) {
        let before = serde_json::to_value(TaskView::of(&task)).unwrap();
        if apply(&mut task, &patch) {
            let after = serde_json::to_value(TaskView::of(&task)).unwrap();
            for name in ["title", "description", "status", "priority", "tags", "recurrence_pattern", "parent_id", "rank"] {
                prop_assert!(patch.contains_key(name) || before[name] == after[name], "{}", name);
            }
            let says_due = ["due_date", "due_at", "time_zone"].iter().any(|name| patch.contains_key(*name));
            prop_assert!(says_due || before["due_utc"] == after["due_utc"] && before["due_date"] == after["due_date"]);
        }
    }

    #[test]
    fn given_null_when_applied_then_the_field_is_empty(mut task in live_tasks()) {
        let clear = json!({
            "description": null, "priority": null, "tags": null, "due_date": null, "due_at": null, "time_zone": null,
            "recurrence_pattern": null, "parent_id": null, "rank": null,
        });
        prop_assert!(apply(&mut task, &object(clear)));
        let kept = TaskFields { title: task.title.clone(), status: task.status, ..TaskFields::default() };
        prop_assert_eq!(fields(&task), kept);
    }

    /// Two cases are left out, where RFC 7396 itself does not compose: an object after a `null` (merged, the `null` is
    /// forgotten), and a kind of due that is replaced without being named (the patches here name it).
    #[test]
    fn given_two_patches_when_applied_in_turn_then_as_their_merge(task in live_tasks(), p1 in patches(), p2 in patches()) {
        let object_after_null = p1.get("recurrence_pattern").is_some_and(Value::is_null)
            && p2.get("recurrence_pattern").is_some_and(Value::is_object);
        let (mut in_turn, mut at_once) = (task.clone(), task);
        let valid = !object_after_null
            && apply(&mut in_turn, &p1)
            && apply(&mut in_turn, &p2)
            && TaskPatch::from_json(&merged(&p1, &p2)).is_ok()
            && apply(&mut at_once, &merged(&p1, &p2));
        if valid {
            prop_assert_eq!(fields(&in_turn), fields(&at_once));
        }
    }

    #[test]
    fn given_a_task_when_its_view_is_imported_then_the_same_view(task in live_tasks()) {
        let view = serde_json::to_value(TaskView::of(&task)).unwrap();
        let new = NewTask::import_from_json(view.as_object().unwrap()).unwrap();
        prop_assert_eq!(new.id(), Some(task.id));
        let imported = created(TaskCommand::Create { id: task.id, new, at: now() });
        prop_assert_eq!(&imported, &Task { version: 1, ..task });
        let read: TaskView = serde_json::from_value(view).unwrap();
        prop_assert_eq!(TaskView { version: 1, ..read }, TaskView::of(&imported));
    }
}
