use super::*;
use crate::query::task_query::TaskFilter;
use chrono::DateTime;

const TABLE: &str = "t.tasks";

fn query(sort: &str, filter: TaskFilter) -> TaskQuery {
    TaskQuery {
        tenant: "default".to_owned(),
        q: None,
        filter,
        sort: sort.parse().unwrap(),
        limit: 50,
        cursor: None,
        total: false,
        now: DateTime::UNIX_EPOCH,
    }
}

/// The steps of a page whose statements find these numbers of rows.
fn steps(query: &TaskQuery, found: &[usize]) -> Vec<Step> {
    let statements = Statements::new(TABLE, query).unwrap().unwrap();
    let mut steps = vec![Step::Near];
    for found in found {
        steps.extend(statements.after(steps[steps.len() - 1], *found));
    }
    steps
}

fn priorities(priority: &[Priority]) -> TaskFilter {
    TaskFilter { priority: priority.to_vec(), ..Default::default() }
}

#[test]
fn given_conditions_that_exclude_one_another_when_a_page_is_asked_for_then_nothing_is_read() {
    let filter = TaskFilter { status: vec![Status::Cancelled, Status::Completed], overdue: true, ..Default::default() };
    assert!(Statements::new(TABLE, &query("title", filter.clone())).unwrap().is_none());
    let undated = TaskFilter { undated: true, ..Default::default() };
    let due_from = DateTime::UNIX_EPOCH.date_naive();
    for filter in [TaskFilter { overdue: true, ..undated.clone() }, TaskFilter { due_from: Some(due_from), ..undated }]
    {
        assert!(Statements::new(TABLE, &query("title", filter)).unwrap().is_none());
    }
    let filter = TaskFilter { status: vec![Status::Cancelled, Status::Pending], ..filter };
    assert_eq!(Statements::new(TABLE, &query("title", filter)).unwrap().unwrap().statuses, [Status::Pending]);
}

#[test]
fn given_a_filter_when_a_page_is_not_full_then_the_next_step_follows_from_how_much_was_found() {
    let tagged = query("title", TaskFilter { tags: vec!["home".to_owned()], ..Default::default() });
    assert_eq!(steps(&tagged, &[51]), [Step::Near]);
    assert_eq!(steps(&tagged, &[20, 20]), [Step::Near, Step::Collect]);
    assert_eq!(steps(&tagged, &[21, 51]), [Step::Near, Step::Far]);
    assert_eq!(steps(&tagged, &[21, 50, 50]), [Step::Near, Step::Far, Step::Collect]);
}

#[test]
fn given_conditions_that_the_sort_key_tells_when_a_page_is_not_full_then_it_is_the_last_one() {
    let open = TaskFilter { status: vec![Status::InProgress, Status::Pending], ..Default::default() };
    let overdue = TaskFilter { overdue: true, ..Default::default() };
    let high = priorities(&[Priority::High, Priority::Urgent]);
    let undated = TaskFilter { undated: true, ..Default::default() };
    for (sort, filter) in
        [("title", open), ("-due", overdue), ("priority", high), ("due", undated.clone()), ("-due", undated.clone())]
    {
        assert_eq!(steps(&query(sort, filter), &[0]), [Step::Near], "{sort}");
    }
    assert_eq!(steps(&query("title", undated), &[0]), [Step::Near, Step::Collect]);
}

#[test]
fn given_priorities_with_a_gap_between_them_when_sorted_by_priority_then_what_is_between_is_passed_over() {
    let gap = query("priority", priorities(&[Priority::None, Priority::Urgent]));
    assert_eq!(steps(&gap, &[0]), [Step::Near, Step::Collect]);
}
