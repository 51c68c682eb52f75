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
fn given_an_occurrence_when_changed_for_itself_then_the_event_says_what_the_following_have_and_the_next_is_as_before() {
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
    let both = given([daily()]).and(this(json!({"title":"one"}))).and(this(json!({"title":"two","priority":"high"})));
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
