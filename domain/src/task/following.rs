//! What the occurrences that follow have, where this one was changed for itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Scope, Task, TaskChanges, TaskEvent, TaskFields, TaskPatch};

/// The fields in which those that follow differ from this one, as they have them. A field that is left out goes on to them as it is here.
///
/// The due date is not among them: when those that follow are due is said by the [`Occurrence`](super::Occurrence).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Following {
    /// Their title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub title: Option<String>,
    /// Their description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub description: Option<String>,
    /// Their priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "super::Priority")]
    pub priority: Option<super::Priority>,
    /// Their tags, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub tags: Option<Vec<String>>,
}

impl Following {
    /// They have all that this one has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// After a patch that makes `after` of the fields `before`.
    pub(super) fn patched(&self, patch: &TaskPatch, before: &TaskFields, after: &TaskFields) -> Self {
        match patch.scope {
            Some(Scope::This) => Self {
                title: apart(self.title.as_ref(), &before.title, &after.title),
                description: apart(self.description.as_ref(), &before.description, &after.description),
                priority: apart(self.priority.as_ref(), &before.priority, &after.priority),
                tags: apart(self.tags.as_ref(), &before.tags, &after.tags),
            },
            None | Some(Scope::Following) => Self {
                title: unless(patch.title.is_some(), &self.title),
                description: unless(patch.description.is_some(), &self.description),
                priority: unless(patch.priority.is_some(), &self.priority),
                tags: unless(patch.tags.is_some(), &self.tags),
            },
        }
    }

    /// After these changes: what they say of those that follow, or else what they change goes on to them.
    pub(super) fn after(&self, changes: &TaskChanges) -> Self {
        changes.following.clone().unwrap_or_else(|| Self {
            title: unless(changes.title.is_some(), &self.title),
            description: unless(changes.description.is_some(), &self.description),
            priority: unless(changes.priority.is_some(), &self.priority),
            tags: unless(changes.tags.is_some(), &self.tags),
        })
    }

    /// After the event that has made `task` what it is. None follow one that does not repeat.
    #[must_use]
    pub fn after_event(self, event: &TaskEvent, task: &Task) -> Self {
        match (event, event.changes()) {
            (TaskEvent::Created(_), _) => Self::default(),
            _ if task.due.is_none() || task.recurrence.is_none() => Self::default(),
            (_, Some(changes)) => self.after(changes),
            (_, None) => self,
        }
    }

    /// The changes that make a task the one that they are.
    pub(super) fn changes(&self) -> TaskChanges {
        let Self { title, description, priority, tags } = self.clone();
        TaskChanges { title, description, priority, tags, ..TaskChanges::default() }
    }

    /// The fields of the task that follows one with these.
    pub(super) fn over(&self, fields: TaskFields) -> TaskFields {
        let Self { title, description, priority, tags } = self.clone();
        TaskFields {
            title: title.unwrap_or(fields.title),
            description: description.unwrap_or(fields.description),
            priority: priority.unwrap_or(fields.priority),
            tags: tags.unwrap_or(fields.tags),
            ..fields
        }
    }
}

impl TaskChanges {
    /// The names of the fields that were changed for this occurrence alone: those that follow have something else, which they had
    /// `before` already.
    #[must_use]
    pub fn only_this(&self, before: &Task, their: &Following) -> Vec<&'static str> {
        let Some(now) = &self.following else { return Vec::new() };
        let fields = [
            ("title", self.title.is_some() && keep(now.title.as_ref(), their.title.as_ref(), &before.title)),
            (
                "description",
                self.description.is_some()
                    && keep(now.description.as_ref(), their.description.as_ref(), &before.description),
            ),
            (
                "priority",
                self.priority.is_some() && keep(now.priority.as_ref(), their.priority.as_ref(), &before.priority),
            ),
            ("tags", self.tags.is_some() && keep(now.tags.as_ref(), their.tags.as_ref(), &before.tags)),
        ];
        fields.into_iter().filter_map(|(name, only_this)| only_this.then_some(name)).collect()
    }
}

/// Whether those that follow have something else `now`, and had that before: as said apart, or else as this one had it.
fn keep<T: PartialEq>(now: Option<&T>, apart: Option<&T>, before: &T) -> bool {
    now.is_some_and(|now| now == apart.unwrap_or(before))
}

/// What those that follow have, where it is not what this one has `after` a change of its own; they have what was there `before` it.
fn apart<T: Clone + PartialEq>(theirs: Option<&T>, before: &T, after: &T) -> Option<T> {
    let theirs = theirs.unwrap_or(before);
    (theirs != after).then(|| theirs.clone())
}

fn unless<T: Clone>(goes_on: bool, theirs: &Option<T>) -> Option<T> {
    if goes_on { None } else { theirs.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::super::{Brought, NewTask, TagRename, TaskAggregate, TaskCommand, TaskPatch, TaskRejection};
    use super::*;
    use serde_json::{Value, json};

    fn daily() -> TaskEvent {
        created(json!({
            "title":"water","priority":"low","tags":["home"],"due_date":"2026-12-01",
            "recurrence_pattern":{"rrule":"FREQ=DAILY"},
        }))
    }

    fn this(body: Value) -> TaskCommand {
        update_for(Scope::This, body)
    }

    fn following(body: Value) -> TaskCommand {
        update_for(Scope::Following, body)
    }

    /// Title, priority, tags and due day of the task that comes after this one.
    fn next(aggregate: &TaskAggregate) -> Value {
        let occurrence = aggregate.next_occurrence(Brought::Completed(now())).unwrap().unwrap();
        let create = TaskCommand::Create { id: TASK, new: NewTask::following(aggregate, occurrence), at: now() };
        let task = given([]).when(create).state();
        json!([task.title, task.priority, task.tags, task.due.unwrap().day()])
    }

    #[test]
    fn given_an_occurrence_when_changed_for_itself_then_the_event_says_what_the_following_have_and_the_next_is_as_before()
     {
        let changed = given([daily()]).when(this(json!({"title":"water twice","tags":null,"due_date":"2026-12-03"})));
        changed.then(&json!({
            "type": "tasklog.task.updated.v1",
            "data": {
                "changes": {
                    "title": "water twice", "tags": [], "due": {"due_date": "2026-12-03"},
                    "following": {"title": "water", "tags": ["home"]},
                },
                "updated_at": "2026-11-23T12:00:00Z",
            },
        }));
        assert_eq!(next(&changed.aggregate()), json!(["water", "low", ["home"], "2026-12-02"]));
    }

    #[test]
    fn given_a_change_of_its_own_when_completed_or_reopened_then_the_next_is_as_before() {
        let done = given([daily()]).and(this(json!({"status":"completed","title":"water twice"})));
        assert_eq!(next(&done.aggregate()), json!(["water", "low", ["home"], "2026-12-02"]));
        let again = done.and(update(json!({"status":"pending"}))).and(update(json!({"status":"completed"})));
        assert_eq!(next(&again.aggregate()), json!(["water", "low", ["home"], "2026-12-02"]));
        let apart = given([daily()]).and(update(json!({"status":"completed"})));
        let apart = apart.and(this(json!({"status":"pending","priority":"high"}))).aggregate();
        assert_eq!(next(&apart), json!(["water", "low", ["home"], "2026-12-02"]));
    }

    #[test]
    fn given_a_change_without_a_word_or_for_the_following_then_the_next_has_it() {
        for command in [update(json!({"title":"soak","tags":["a"]})), following(json!({"title":"soak","tags":["a"]}))] {
            let changed = given([daily()]).when(command).aggregate();
            assert!(changed.following.is_empty());
            assert_eq!(next(&changed), json!(["soak", "low", ["a"], "2026-12-02"]));
        }
    }

    #[test]
    fn given_changes_of_its_own_when_one_field_is_changed_for_the_following_then_the_other_stays_its_own() {
        let both =
            given([daily()]).and(this(json!({"title":"one"}))).and(this(json!({"title":"two","priority":"high"})));
        let changed = both.when(following(json!({"title":"soak"})));
        changed.then(&json!({
            "type": "tasklog.task.updated.v1",
            "data": {"changes": {"title": "soak"}, "updated_at": "2026-11-23T12:00:00Z"},
        }));
        assert_eq!(next(&changed.aggregate()), json!(["soak", "low", ["home"], "2026-12-02"]));
    }

    #[test]
    fn given_a_value_of_its_own_when_it_is_given_for_the_following_too_then_an_event_says_so() {
        let own = || given([daily()]).and(this(json!({"title":"soak"})));
        let goes_on = own().when(update(json!({"title":"soak"})));
        goes_on.then(&json!({
            "type": "tasklog.task.updated.v1",
            "data": {"changes": {"following": {}}, "updated_at": "2026-11-23T12:00:00Z"},
        }));
        assert_eq!(next(&goes_on.clone().aggregate()), json!(["soak", "low", ["home"], "2026-12-02"]));
        assert_eq!(goes_on.again(undo()).aggregate().following, own().aggregate().following);
        // Of its own it is already.
        own().when(this(json!({"title":"soak"}))).then_nothing();
    }

    #[test]
    fn given_a_value_of_its_own_when_it_gets_that_of_the_following_then_it_has_none_of_its_own() {
        let back = given([daily()]).and(this(json!({"title":"soak"}))).when(this(json!({"title":"water"})));
        assert!(back.aggregate().following.is_empty());
    }

    #[test]
    fn given_a_due_date_when_moved_for_the_following_then_those_move_too_and_when_for_itself_not() {
        let moved = |command| next(&given([daily()]).when(command).aggregate())[3].clone();
        assert_eq!(moved(following(json!({"due_date":"2026-12-05"}))), "2026-12-06");
        assert_eq!(moved(this(json!({"due_date":"2026-12-05"}))), "2026-12-02");
        assert_eq!(moved(update(json!({"due_date":"2026-12-05"}))), "2026-12-02");
        let apart = given([daily()]).and(this(json!({"due_date":"2026-12-05"})));
        // It is the title that goes on, not the day.
        let renamed = apart.and(following(json!({"title":"soak"})));
        assert_eq!(next(&renamed.aggregate()), json!(["soak", "low", ["home"], "2026-12-02"]));
        let given_again = renamed.when(following(json!({"due_date":"2026-12-05"}))).aggregate();
        assert_eq!(next(&given_again)[3], "2026-12-06");
    }

    #[test]
    fn given_a_rule_that_names_days_when_one_is_moved_for_the_following_then_they_come_on_those_days_at_its_time() {
        let monday = created(json!({
            "title":"x","due_at":"2026-11-30T09:00:00","time_zone":"UTC","recurrence_pattern":{"rrule":"FREQ=WEEKLY;BYDAY=MO"},
        }));
        let moved = given([monday]).when(following(json!({"due_at":"2026-12-02T18:00:00"}))).aggregate();
        let next = moved.next_occurrence(Brought::Completed(now())).unwrap().unwrap();
        assert_eq!(serde_json::to_value(next.due).unwrap(), json!({"due_at":"2026-12-07T18:00:00","time_zone":"UTC"}));
    }

    #[test]
    fn given_an_occurrence_with_changes_of_its_own_when_skipped_then_they_end_with_it_and_an_undo_brings_them_back() {
        let own = given([daily()]).and(this(json!({"title":"water twice","priority":"high"})));
        let before = own.aggregate();
        let skipped = own.when(skip());
        skipped.then(&json!({
            "type": "tasklog.task.occurrence_skipped.v1",
            "data": {
                "skipped": {"due_date": "2026-12-01"}, "next": {"due_date": "2026-12-02"},
                "occurrence": {"due": {"due_date": "2026-12-02"}, "number": 2},
                "changes": {"title": "water", "priority": "low"},
                "skipped_at": "2026-11-23T12:00:00Z",
            },
        }));
        let after = skipped.clone().aggregate();
        assert!(after.following.is_empty());
        assert_eq!(next(&after), json!(["water", "low", ["home"], "2026-12-03"]));
        let undone = skipped.again(undo()).aggregate();
        assert_eq!((undone.task.title, undone.task.due), (before.task.title, before.task.due));
        assert_eq!((undone.occurrence, undone.following), (before.occurrence, before.following));
    }

    #[test]
    fn given_a_change_of_its_own_when_undone_then_what_the_following_have_is_as_it_was() {
        let title = |title: &str| json!({"title": title});
        for commands in [
            vec![this(title("one"))],
            vec![this(title("one")), this(title("two"))],
            vec![this(title("one")), following(title("two"))],
            vec![this(title("one")), update(json!({"recurrence_pattern":null}))],
            vec![this(title("one")), update(json!({"recurrence_pattern":null,"due_date":null,"title":"two"}))],
        ] {
            let mut state = given([daily()]);
            let mut before = state.aggregate();
            for command in commands {
                before = state.aggregate();
                state = state.and(command);
            }
            let after = state.aggregate();
            for expected in [&before, &after, &before] {
                state = state.and(undo());
                let found = state.aggregate();
                assert_eq!((&found.task.title, found.occurrence), (&expected.task.title, expected.occurrence));
                assert_eq!(found.following, expected.following);
            }
        }
    }

    #[test]
    fn given_what_all_occurrences_have_in_common_when_changed_for_one_then_refused_naming_it() {
        for pattern in [json!({"rrule":"FREQ=WEEKLY"}), Value::Null] {
            let body = json!({"title":"x","recurrence_pattern":pattern});
            let patch = TaskPatch::from_json(body.as_object().unwrap()).unwrap();
            assert_eq!(named(patch.clone().meant_for(Some(Scope::This))), ["recurrence_pattern"]);
            assert!(patch.meant_for(Some(Scope::Following)).is_ok());
        }
        let place = json!({"parent_id": null, "rank": "a0"});
        let patch = TaskPatch::from_json(place.as_object().unwrap()).unwrap();
        assert_eq!(named(patch.clone().meant_for(Some(Scope::This))), ["parent_id", "rank"]);
        assert!(patch.meant_for(None).is_ok());
    }

    #[test]
    fn given_a_task_that_does_not_repeat_when_changed_for_this_one_then_as_without_a_word() {
        let single = created(json!({"title":"x","due_date":"2026-12-01"}));
        let changed = given([single]).when(this(json!({"title":"y"})));
        changed.then(&json!({
            "type": "tasklog.task.updated.v1",
            "data": {"changes": {"title": "y"}, "updated_at": "2026-11-23T12:00:00Z"},
        }));
        // What it is called when it begins to repeat is what the series is called.
        let repeats = changed.again(update(json!({"recurrence_pattern":{"rrule":"FREQ=DAILY"}}))).aggregate();
        assert_eq!(next(&repeats)[0], "y");
        given([]).when(this(json!({"title":"y"}))).then_rejected(&TaskRejection::NotFound);
    }

    #[test]
    fn given_changes_of_its_own_then_they_are_named() {
        let named = |before: TaskAggregate, command| {
            let event = super::super::decide(&before, &command).unwrap().unwrap();
            event.changes().unwrap().only_this(&before.task, &before.following)
        };
        let daily = || given([daily()]);
        let own = || daily().and(this(json!({"title":"y","tags":["home","own"]})));
        let body = json!({"title":"y","priority":"low","status":"in_progress"});
        assert_eq!(named(daily().aggregate(), this(body)), ["title"]);
        assert_eq!(named(own().aggregate(), this(json!({"priority":"high"}))), ["priority"]);
        assert_eq!(named(own().aggregate(), this(json!({"title":"z","tags":[]}))), ["title", "tags"]);
        assert!(named(daily().aggregate(), update(json!({"title":"y"}))).is_empty());
        // What is changed here and for those that follow is none, nor is what takes that back.
        let rename = TaskCommand::RenameTag { rename: TagRename::new("home", "house").unwrap(), at: now() };
        assert!(named(own().aggregate(), rename.clone()).is_empty());
        assert!(named(own().and(rename).aggregate(), undo()).is_empty());
    }
}
