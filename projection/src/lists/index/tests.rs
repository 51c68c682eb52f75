//! Pages against a model that knows no index: it looks at every task and sorts all that match.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::task::{Priority, Status};
use proptest::prelude::*;
use proptest::sample::subsequence;
use uuid::Uuid;

use super::find::{self, Found};
use super::kept::Tasks;
use super::row::{Key, Kind, NEVER, NO_DAY, Row, day_number, micros};
use crate::lists::tasks::place::After;
use crate::query::sort::{Sort, SortKey};
use crate::query::task_query::{TaskFilter, TaskQuery};

const TAGS: [&str; 4] = ["home", "work", "later", "nobody's"];

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).unwrap()
}

fn day(n: i64) -> NaiveDate {
    (noon() + TimeDelta::days(n)).date_naive()
}

/// A task as it is stored: few values of each field, so that ties are common.
#[derive(Debug, Clone)]
struct Given {
    row: Row,
    tags: Vec<&'static str>,
}

fn given_task() -> impl Strategy<Value = Given> {
    let due = proptest::option::of((0..6_i64, -34..15_i64));
    let fields = (0..60_u128, 0..4_u8, 0..5_u8, 0..8_i64, 0..8_i64, due, "[ab]{0,2}", subsequence(&TAGS[..3], 0..=3));
    (fields, 1..1_000_u64).prop_map(|((id, status, priority, created, updated, due, title, tags), version)| {
        // A day on the wall is from 14 hours before that of UTC to 12 after it.
        let at = due.map(|(days, hours)| noon() + TimeDelta::days(days) + TimeDelta::hours(hours));
        let row = Row {
            id: Uuid::from_u128(id),
            version,
            created: micros(noon() + TimeDelta::seconds(created)),
            updated: micros(noon() + TimeDelta::seconds(updated)),
            due: at.map_or(NEVER, micros),
            day: due.map_or(NO_DAY, |(days, _)| day_number(day(days))),
            status,
            priority,
            title: title.into(),
            tags: Box::default(),
        };
        Given { row, tags }
    })
}

fn query() -> impl Strategy<Value = TaskQuery> {
    let keys = prop_oneof![
        Just(SortKey::CreatedAt),
        Just(SortKey::UpdatedAt),
        Just(SortKey::Due),
        Just(SortKey::Priority),
        Just(SortKey::Title)
    ];
    let filter = (
        subsequence(Status::ALL.to_vec(), 0..=2),
        subsequence(Priority::ALL.to_vec(), 0..=2),
        subsequence(TAGS.to_vec(), 0..=2),
        proptest::option::of(-1..7_i64),
        proptest::option::of(-1..7_i64),
        proptest::bool::weighted(0.2),
        proptest::bool::weighted(0.2),
    );
    (keys, any::<bool>(), filter, 1..8_usize, any::<bool>(), -1..7_i64).prop_map(
        |(key, descending, (status, priority, tags, from, to, overdue, undated), limit, total, now)| TaskQuery {
            tenant: "default".to_owned(),
            q: None,
            filter: TaskFilter {
                status,
                priority,
                tags: tags.into_iter().map(str::to_owned).collect(),
                due_from: from.map(day),
                due_to: to.map(day),
                overdue,
                undated,
            },
            sort: Sort { key, descending },
            limit,
            cursor: None,
            total,
            now: noon() + TimeDelta::days(now),
        },
    )
}

fn matches(given: &Given, query: &TaskQuery) -> bool {
    let Given { row, tags } = given;
    let TaskFilter { status, priority, tags: wanted, due_from, due_to, overdue, undated } = &query.filter;
    let is = Status::ALL[usize::from(row.status)];
    let due = row.day != NO_DAY;
    (status.is_empty() || status.contains(&is))
        && (priority.is_empty() || priority.contains(&Priority::ALL[usize::from(row.priority)]))
        && wanted.iter().all(|tag| tags.contains(&tag.as_str()))
        && due_from.is_none_or(|from| due && row.day >= day_number(from))
        && due_to.is_none_or(|to| due && row.day <= day_number(to))
        && (!undated || !due)
        && (!overdue || due && row.due < micros(query.now) && matches!(is, Status::Pending | Status::InProgress))
}

/// Every match, in order.
fn expected(all: &[Given], query: &TaskQuery) -> Vec<Uuid> {
    let mut rows: Vec<&Row> = all.iter().filter(|given| matches(given, query)).map(|given| &given.row).collect();
    rows.sort_by(|a, b| {
        let by_key = match query.sort.key {
            SortKey::UpdatedAt => a.updated.cmp(&b.updated),
            SortKey::Priority => a.priority.cmp(&b.priority),
            SortKey::Title => a.title.cmp(&b.title),
            // Last in both directions.
            SortKey::Due if (a.due == NEVER) != (b.due == NEVER) => return a.due.cmp(&b.due),
            SortKey::Due => a.due.cmp(&b.due),
            _ => a.created.cmp(&b.created),
        };
        let order = by_key.then(a.id.cmp(&b.id));
        if query.sort.descending { order.reverse() } else { order }
    });
    rows.into_iter().map(|row| row.id).collect()
}

fn numbered(tasks: &mut Tasks, given: &Given) -> Row {
    Row { tags: given.tags.iter().map(|tag| tasks.number_tag(tag)).collect(), ..given.row.clone() }
}

fn ids(tasks: &Tasks, found: &Found) -> Vec<Uuid> {
    found.slots.iter().map(|slot| tasks.row(*slot).id).collect()
}

/// All pages, one after the other; their limits and totals are checked on the way.
fn pages(tasks: &Tasks, query: &TaskQuery, count: usize) -> Vec<Uuid> {
    let (mut all, mut query): (Vec<Uuid>, _) = (Vec::new(), query.clone());
    loop {
        let after = query.cursor.as_ref().map(|cursor| After::read(query.sort, cursor).unwrap());
        let found = find::find(tasks, &query, after);
        assert_eq!(found.count, query.total.then_some(count as u64));
        let page = ids(tasks, &found);
        assert!(page.len() <= query.limit + 1);
        all.extend(page.iter().take(query.limit));
        if page.len() <= query.limit {
            return all;
        }
        let last = tasks.get(page[query.limit - 1]).unwrap();
        query.cursor = Some(super::cursor_after(&query, last));
    }
}

/// How many tasks of these statuses have each tag.
fn tag_counts(tasks: &Tasks, statuses: &[u8]) -> BTreeMap<String, u64> {
    tasks.tag_counts(statuses).into_iter().map(|(tag, count)| (tag.to_owned(), count)).collect()
}

fn expected_counts(all: &[Given], statuses: &[u8]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for given in all.iter().filter(|given| statuses.is_empty() || statuses.contains(&given.row.status)) {
        for tag in &given.tags {
            *counts.entry((*tag).to_owned()).or_default() += 1;
        }
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn given_any_tasks_and_changes_when_listed_then_the_pages_are_the_models_pages(
        first in proptest::collection::vec(given_task(), 0..60),
        changes in proptest::collection::vec((given_task(), proptest::bool::weighted(0.2)), 0..80),
        queries in proptest::collection::vec(query(), 1..12),
        statuses in subsequence(vec![0, 1, 2, 3], 0..=4),
    ) {
        let (mut tasks, mut model) = (Tasks::default(), BTreeMap::new());
        for given in first {
            model.insert(given.row.id, given);
        }
        let rows = model.values().map(|given| numbered(&mut tasks, given)).collect();
        tasks.fill(rows);
        for (given, removes) in changes {
            if removes {
                tasks.remove(given.row.id);
                model.remove(&given.row.id);
            } else {
                let row = numbered(&mut tasks, &given);
                tasks.put(row);
                model.insert(given.row.id, given);
            }
        }
        let all: Vec<Given> = model.into_values().collect();
        prop_assert_eq!(tasks.len(), all.len());
        prop_assert_eq!(tag_counts(&tasks, &statuses), expected_counts(&all, &statuses), "{:?}", statuses);
        for query in queries {
            let expected = expected(&all, &query);
            prop_assert_eq!(pages(&tasks, &query, expected.len()), expected, "{:?}", query);
        }
    }

    /// More tasks than steps that are taken along an order, and few that match, all at its other end.
    #[test]
    fn given_matches_far_along_the_order_when_listed_then_they_are_collected(
        few in 0..30_u128, mut query in query(), by in 0..3,
    ) {
        let given = |n: u128| {
            let last = n >= 2_000;
            let row = Row {
                id: Uuid::from_u128(n),
                version: 1,
                created: n as i64,
                updated: n as i64,
                due: micros(noon() + TimeDelta::days(if last { 5 } else { 900 })),
                day: day_number(day(if last { 5 } else { 900 })),
                status: 0,
                priority: if last { 4 } else { 1 },
                title: format!("{n:09}").into(),
                tags: Box::default(),
            };
            Given { row, tags: if last { vec!["home"] } else { vec!["work"] } }
        };
        let all: Vec<Given> = (0..2_000 + few).map(given).collect();
        let filter = TaskFilter::default();
        query.filter = match by {
            0 => TaskFilter { tags: vec!["home".to_owned()], ..filter },
            1 => TaskFilter { due_from: Some(day(4)), due_to: Some(day(6)), ..filter },
            _ => TaskFilter { priority: vec![Priority::ALL[4]], ..filter },
        };
        let mut tasks = Tasks::default();
        let rows = all.iter().map(|given| numbered(&mut tasks, given)).collect();
        tasks.fill(rows);
        let expected = expected(&all, &query);
        prop_assert_eq!(expected.len(), few as usize);
        prop_assert_eq!(pages(&tasks, &query, expected.len()), expected);
    }
}

#[test]
fn given_tasks_that_are_not_due_when_ordered_by_due_then_they_have_the_last_key_in_both_directions() {
    let row = Row {
        id: Uuid::nil(),
        version: 1,
        created: 0,
        updated: 0,
        due: NEVER,
        day: NO_DAY,
        status: 0,
        priority: 0,
        title: Box::default(),
        tags: Box::default(),
    };
    assert_eq!(Kind::DueAscending.key(&row), Key::Number(i64::MAX));
    assert_eq!(Kind::DueDescending.key(&row), Key::Number(i64::MIN));
}
