//! Filters, and orders other than relevance.

use chrono::NaiveDate;
use domain::task::{Due, Priority, Status};

use super::given::{Library, created, numbers, query, time};
use crate::query::task_query::{TaskFilter, TaskQuery};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Four tasks that all answer `x`.
fn library() -> Library {
    let mut library = Library::new();
    let mut one = created(1, "x beta", "");
    one.priority = Priority::High;
    one.tags = vec!["home".into(), "Garden".into()];
    one.due = Some(Due::Date { due_date: date("2026-03-01") });
    let mut two = created(2, "x Alpha", "");
    two.status = Status::InProgress;
    two.tags = vec!["home".into()];
    two.due = Some(Due::At { due_at: "2026-03-01T09:00:00".parse().unwrap(), time_zone: chrono_tz::Tz::UTC });
    let mut three = created(3, "x älpha", "");
    three.status = Status::Completed;
    three.completed_at = Some(time(3));
    three.due = Some(Due::Date { due_date: date("2026-02-01") });
    three.priority = Priority::Low;
    let four = created(4, "x gamma", "");
    for task in [one, two, three, four] {
        library.create(task);
    }
    library.writer.commit().unwrap();
    library
}

fn filtered(filter: TaskFilter) -> Vec<u128> {
    let now = "2026-03-02T00:00:00Z".parse().unwrap();
    let asked = TaskQuery { filter, sort: "created_at".parse().unwrap(), now, ..query("x") };
    let page = library().ask(&asked).unwrap();
    assert_eq!(page.total, Some(page.items.len() as u64));
    numbers(&page)
}

fn sorted(sort: &str) -> Vec<u128> {
    numbers(&library().ask(&TaskQuery { sort: sort.parse().unwrap(), ..query("x") }).unwrap())
}

#[test]
fn given_each_filter_then_only_tasks_that_meet_it() {
    let none = TaskFilter::default;
    assert_eq!(filtered(none()), [1, 2, 3, 4]);
    assert_eq!(filtered(TaskFilter { status: vec![Status::Completed, Status::InProgress], ..none() }), [2, 3]);
    assert_eq!(filtered(TaskFilter { priority: vec![Priority::High, Priority::None], ..none() }), [1, 2, 4]);
    assert_eq!(filtered(TaskFilter { tags: vec!["home".into()], ..none() }), [1, 2]);
    assert_eq!(filtered(TaskFilter { tags: vec!["Garden".into(), "home".into()], ..none() }), [1]);
    assert_eq!(
        filtered(TaskFilter { tags: vec!["garden".into()], ..none() }),
        [0u128; 0],
        "tags are compared as they are"
    );
    assert_eq!(filtered(TaskFilter { due_from: Some(date("2026-03-01")), ..none() }), [1, 2]);
    assert_eq!(filtered(TaskFilter { due_to: Some(date("2026-02-28")), ..none() }), [3]);
    assert_eq!(filtered(TaskFilter { overdue: true, ..none() }), [1, 2], "not the completed one");
    assert_eq!(filtered(TaskFilter { overdue: true, status: vec![Status::Pending], ..none() }), [1]);
    assert_eq!(filtered(TaskFilter { undated: true, ..none() }), [4]);
    assert_eq!(filtered(TaskFilter { undated: true, overdue: true, ..none() }), [0u128; 0]);
}

#[test]
fn given_each_field_in_q_then_only_tasks_that_meet_it() {
    let found = |q: &str| {
        let now = "2026-03-02T00:00:00Z".parse().unwrap();
        let asked = TaskQuery { sort: "created_at".parse().unwrap(), now, ..query(q) };
        numbers(&library().ask(&asked).unwrap())
    };
    for (q, numbers) in [
        ("x tag:home", &[1, 2][..]),
        ("tag:HOME tag:garden", &[1]),
        ("x -tag:garden", &[2, 3, 4]),
        ("status:open", &[1, 2, 4]),
        ("x status:done status:in-progress", &[2, 3]),
        ("-status:done", &[1, 2, 4]),
        ("priority:high priority:low", &[1, 3]),
        ("-priority:none", &[1, 3]),
        ("due:2026-03-01", &[1, 2]),
        ("due:<2026-03-01", &[3]),
        ("due:none", &[4]),
        ("-due:none", &[1, 2, 3]),
        ("due:any due:none", &[]),
        ("due:overdue", &[1, 2]),
        ("beta tag:home status:open due:<=2026-03-01 priority:high", &[1]),
        ("beta tag:home status:done", &[]),
    ] {
        assert_eq!(found(q), numbers, "{q}");
    }
    let narrowed = TaskFilter { tags: vec!["home".into()], ..TaskFilter::default() };
    let both = TaskQuery { filter: narrowed, ..query("tag:garden") };
    assert_eq!(numbers(&library().ask(&both).unwrap()), [1], "beside the parameters");
}

#[test]
fn given_each_order_then_tasks_stand_in_it_and_those_without_a_due_date_last() {
    assert_eq!(sorted("created_at"), [1, 2, 3, 4]);
    assert_eq!(sorted("-updated_at"), [4, 3, 2, 1]);
    assert_eq!(sorted("due"), [3, 2, 1, 4]);
    assert_eq!(sorted("-due"), [1, 2, 3, 4]);
    assert_eq!(sorted("priority"), [2, 4, 3, 1]);
    assert_eq!(sorted("-priority"), [1, 3, 4, 2]);
    assert_eq!(sorted("title"), [2, 3, 1, 4], "case and accents folded, then by id");
    assert_eq!(sorted("-title"), [4, 1, 3, 2]);
}

#[test]
fn given_another_tenant_then_nothing_is_found() {
    let page = library().ask(&TaskQuery { tenant: "other".into(), ..query("x") }).unwrap();
    assert_eq!(page.total, Some(0));
}
