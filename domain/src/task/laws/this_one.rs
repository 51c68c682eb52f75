//! Changes of one occurrence and of those that follow, held against a model that keeps the fields of both side by side.

use super::*;

/// The fields that go on, and the due.
#[derive(Debug, Clone, PartialEq)]
struct Fields {
    title: String,
    description: String,
    priority: Priority,
    tags: Vec<String>,
    due: Due,
}

impl Fields {
    fn of(task: &Task) -> Self {
        let Task { title, description, priority, tags, due, .. } = task.clone();
        Self { title, description, priority, tags, due: due.unwrap() }
    }
}

/// What this occurrence has, what the series has, and whether this one is done.
#[derive(Debug, Clone, PartialEq)]
struct Model {
    this: Fields,
    series: Fields,
    done: bool,
}

/// The other fields of a patch, as values.
#[derive(Debug, Clone)]
struct Patch {
    title: Option<&'static str>,
    description: Option<&'static str>,
    priority: Option<Priority>,
    tags: Option<Vec<String>>,
    due: When,
    gives_recurrence: bool,
    done: Option<bool>,
    scope: Option<Scope>,
}

#[derive(Debug, Clone, Copy)]
enum When {
    Unsaid,
    Given(Due),
    Zone(chrono_tz::Tz),
}

#[derive(Debug, Clone)]
enum Step {
    Patch(Patch),
    Skip,
    Undo,
}

const RULE: &str = "FREQ=DAILY";

fn zones() -> impl Strategy<Value = chrono_tz::Tz> {
    prop::sample::select(vec![chrono_tz::Tz::UTC, chrono_tz::Tz::Europe__Berlin, chrono_tz::Tz::Asia__Tokyo])
}

fn whens() -> impl Strategy<Value = When> {
    let days = prop::sample::select(vec!["2026-12-01", "2026-12-05"]);
    let walls = prop::sample::select(vec!["2026-12-01T09:00:00", "2026-12-02T18:30:00"]);
    prop_oneof![
        3 => Just(When::Unsaid),
        1 => days.prop_map(|day| When::Given(Due::Date { due_date: day.parse().unwrap() })),
        2 => (walls, zones()).prop_map(|(wall, time_zone)| When::Given(Due::At { due_at: wall.parse().unwrap(), time_zone })),
        1 => zones().prop_map(When::Zone),
    ]
}

/// Of few values, so that one often comes back to what was there.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fields = (
        option::weighted(0.4, prop::sample::select(vec!["a", "b", "c"])),
        option::weighted(0.3, prop::sample::select(vec!["", "long"])),
        option::weighted(0.3, prop::sample::select(vec![Priority::None, Priority::High])),
        option::weighted(0.3, prop::sample::select(vec![vec![], vec!["home".to_owned()]])),
    );
    let rest = (whens(), prop::bool::weighted(0.2), option::weighted(0.2, any::<bool>()));
    let patch = (fields, rest, option::of(prop::sample::select(Scope::ALL))).prop_map(
        |((title, description, priority, tags), (due, gives_recurrence, done), scope)| {
            let gives_recurrence = gives_recurrence && scope != Some(Scope::This);
            Step::Patch(Patch { title, description, priority, tags, due, gives_recurrence, done, scope })
        },
    );
    vec(prop_oneof![7 => patch, 1 => Just(Step::Skip), 2 => Just(Step::Undo)], 1..20)
}

impl Patch {
    fn command(&self) -> TaskCommand {
        let mut body = given_ones([
            ("title", self.title.map(Value::from)),
            ("description", self.description.map(Value::from)),
            ("priority", self.priority.map(|priority| json!(priority))),
            ("tags", self.tags.clone().map(Value::from)),
            ("status", self.done.map(|done| json!(if done { "completed" } else { "pending" }))),
            ("recurrence_pattern", self.gives_recurrence.then(|| json!({"rrule": RULE}))),
        ]);
        match self.due {
            When::Unsaid => {}
            When::Given(due) => body.extend(object(json!(due))),
            When::Zone(zone) => body.extend(object(json!({"time_zone": zone.name()}))),
        }
        TaskCommand::Update { patch: TaskPatch::from_json(&body).unwrap().meant_for(self.scope).unwrap(), at: now() }
    }
}

impl Model {
    fn patched(&self, patch: &Patch) -> Self {
        let mut after = self.clone();
        let Model { this, series, done } = &mut after;
        *done = patch.done.unwrap_or(*done);
        let this_alone = patch.scope == Some(Scope::This);
        for fields in if this_alone { vec![&mut *this] } else { vec![&mut *this, &mut *series] } {
            fields.title = patch.title.map_or(fields.title.clone(), str::to_owned);
            fields.description = patch.description.map_or(fields.description.clone(), str::to_owned);
            fields.priority = patch.priority.unwrap_or(fields.priority);
            fields.tags = patch.tags.clone().unwrap_or_else(|| fields.tags.clone());
            if let (When::Zone(zone), Due::At { due_at, .. }) = (patch.due, fields.due) {
                fields.due = Due::At { due_at, time_zone: zone };
            }
        }
        if let When::Given(due) = patch.due {
            this.due = due;
            if patch.scope == Some(Scope::Following) {
                series.due = due;
            }
        }
        if patch.gives_recurrence {
            series.due = this.due;
        }
        after
    }
}

fn begun() -> TaskAggregate {
    let body = json!({
        "title": "a", "due_at": "2026-12-01T09:00:00", "time_zone": "Europe/Berlin", "recurrence_pattern": {"rrule": RULE},
    });
    let mut aggregate = TaskAggregate::default();
    step(&mut aggregate, &super::super::given::create(body));
    aggregate
}

/// The fields of the task that would be made to follow this one, but for its own due: where the series has this one.
fn series(aggregate: &TaskAggregate) -> Fields {
    let next = aggregate.next_occurrence(Brought::Completed(now())).unwrap().unwrap();
    let task = created(TaskCommand::Create { id: TASK, new: NewTask::following(aggregate, next), at: now() });
    assert_eq!(task.due, Some(next.due));
    Fields { due: aggregate.occurrence.unwrap().due, ..Fields::of(&task) }
}

proptest! {
    #[test]
    fn given_any_changes_for_one_or_for_the_following_then_both_are_as_in_the_model_and_an_event_is_where_it_changes(
        steps in steps()
    ) {
        let mut aggregate = begun();
        let first = Fields::of(&aggregate.task);
        let mut model = Model { this: first.clone(), series: first, done: false };
        let mut before: Option<Model> = None;
        for taken in &steps {
            let command = match taken {
                Step::Patch(patch) => patch.command(),
                Step::Skip => TaskCommand::Skip { at: now() },
                // Else it would take the creation back.
                Step::Undo if before.is_none() => continue,
                Step::Undo => TaskCommand::Undo { at: now() },
            };
            let Ok(event) = decide(&aggregate, &command) else {
                let zone_of_a_day = matches!((taken, model.this.due), (Step::Patch(_), Due::Date { .. }));
                prop_assert!(zone_of_a_day || matches!(taken, Step::Skip) && model.done, "{:?}", taken);
                continue;
            };
            if let Some(event) = &event {
                aggregate.follow(event);
            }
            let after = match taken {
                Step::Patch(patch) => model.patched(patch),
                Step::Skip => {
                    // When the next one is due, others say.
                    let series = Fields { due: aggregate.task.due.unwrap(), ..model.series.clone() };
                    Model { this: series.clone(), series, done: false }
                }
                Step::Undo => before.clone().unwrap(),
            };
            prop_assert_eq!(event.is_some(), after != model, "{:?}", taken);
            if after != model {
                before = Some(std::mem::replace(&mut model, after));
            }
            prop_assert_eq!(&Fields::of(&aggregate.task), &model.this, "{:?}", taken);
            prop_assert_eq!(&series(&aggregate), &model.series, "{:?}", taken);
        }
    }
}
