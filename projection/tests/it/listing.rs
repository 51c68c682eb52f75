//! Lists: every sort and filter against a model, and pages that neither repeat nor lose a task while others change.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;
use domain::task::{Due, Priority, Status, TaskCreated, TaskDeleted, TaskEvent};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;
use uuid::Uuid;

use crate::world::*;

const SORTS: [&str; 10] = [
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "due",
    "-due",
    "priority",
    "-priority",
    "title",
    "-title",
];

/// Few values of each field, so that ties are common.
fn tasks() -> impl Strategy<Value = Vec<TaskCreated>> {
    let due = prop_oneof![
        Just(None),
        (0..3_i64).prop_map(|day| Some(Due::Date { due_date: (start() + TimeDelta::days(day)).date_naive() })),
        (0..3_i64).prop_map(|hour| {
            let due_at = (start() + TimeDelta::hours(hour)).naive_utc();
            Some(Due::At { due_at, time_zone: chrono_tz::Tz::Asia__Tokyo })
        }),
    ];
    let tags = proptest::sample::subsequence(vec!["home", "work", "a\"b\\c"], 0..=3);
    let fields = ("[aAbBéE ]{0,2}x", 0..4_usize, 0..5_usize, tags, due, 0..3_i64);
    proptest::collection::vec(fields, 5..40).prop_map(|all| {
        let task_of =
            |(n, (title, status, priority, tags, due, second)): (usize, (String, usize, usize, Vec<&str>, _, i64))| {
                let at = start() + TimeDelta::seconds(second);
                let status = Status::ALL[status];
                TaskCreated {
                    status,
                    priority: Priority::ALL[priority],
                    tags: tags.into_iter().map(str::to_owned).collect(),
                    due,
                    created_at: at,
                    updated_at: at + TimeDelta::seconds(second % 2),
                    completed_at: (status == Status::Completed).then_some(at),
                    ..task(id(n as u128 + 1), &title)
                }
            };
        all.into_iter().enumerate().map(task_of).collect()
    })
}

fn sample(seed: u8) -> Vec<TaskCreated> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    tasks().new_tree(&mut TestRunner::new_with_rng(Config::default(), rng)).unwrap().current()
}

async fn world_with(tasks: &[TaskCreated]) -> World {
    let world = World::new().await;
    for task in tasks {
        world.append(task_record(task.id, 1, &TaskEvent::Created(task.clone())));
    }
    world.start_projector();
    world.settle().await;
    world
}

/// The same process when it has read the tasks into memory.
async fn remembering(world: World) -> World {
    world.remember();
    world.until_remembered().await;
    let known = world.index.find(world.serving("tasks"), domain::tenant::DEFAULT, id(1), &Default::default()).await;
    assert!(known.unwrap().is_some(), "memory answers");
    world
}

/// The order by definition, without a database.
fn expected(tasks: &[TaskCreated], sort: &str, keep: impl Fn(&TaskCreated) -> bool) -> Vec<String> {
    let (descending, key) = sort.strip_prefix('-').map_or((false, sort), |key| (true, key));
    let mut kept: Vec<&TaskCreated> = tasks.iter().filter(|task| keep(task)).collect();
    kept.sort_by(|a, b| {
        let by_key = match key {
            "created_at" => a.created_at.cmp(&b.created_at),
            "updated_at" => a.updated_at.cmp(&b.updated_at),
            "priority" => a.priority.cmp(&b.priority),
            "title" => domain::text::fold(&a.title).cmp(&domain::text::fold(&b.title)),
            _ => match (a.due, b.due) {
                (None, None) => std::cmp::Ordering::Equal,
                // Last in both directions.
                (None, Some(_)) => return std::cmp::Ordering::Greater,
                (Some(_), None) => return std::cmp::Ordering::Less,
                (Some(a), Some(b)) => a.sort_key().cmp(&b.sort_key()),
            },
        };
        let order = by_key.then(a.id.cmp(&b.id));
        if descending { order.reverse() } else { order }
    });
    kept.iter().map(|task| task.id.to_string()).collect()
}

async fn page(world: &World, query: &str) -> (Vec<String>, Option<String>, Value) {
    let (status, _, body) = world.get(&format!("/tasks?{query}")).await;
    assert_eq!(status, 200, "{query}: {body}");
    assert_eq!(body.get("total_is_exact"), body.get("total").map(|_| &Value::Bool(true)), "{query}");
    let ids = body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    (ids, body["next_cursor"].as_str().map(str::to_owned), body["total"].clone())
}

async fn all_pages(world: &World, query: &str) -> Vec<String> {
    let (mut ids, mut cursor, _) = page(world, query).await;
    while let Some(next) = cursor {
        let (more, after, _) = page(world, &format!("{query}&cursor={next}")).await;
        ids.extend(more);
        cursor = after;
    }
    ids
}

#[tokio::test]
async fn given_any_tasks_when_listed_in_every_order_then_the_pages_are_the_models_order() {
    for seed in 0..4 {
        let tasks = sample(seed);
        let mut world = world_with(&tasks).await;
        for remembers in [false, true] {
            for sort in SORTS {
                let ids = all_pages(&world, &format!("sort={sort}&limit=3")).await;
                assert_eq!(ids, expected(&tasks, sort, |_| true), "seed {seed} sort {sort} memory {remembers}");
            }
            world = remembering(world).await;
        }
        world.pool.close().await;
    }
}

#[tokio::test]
async fn given_any_tasks_when_filtered_then_the_models_tasks_come_and_total_counts_them() {
    let tasks = sample(9);
    filters_are_the_models(&tasks, &world_with(&tasks).await).await;
    filters_are_the_models(&tasks, &remembering(world_with(&tasks).await).await).await;
}

async fn filters_are_the_models(tasks: &[TaskCreated], world: &World) {
    let day = (start() + TimeDelta::days(1)).date_naive();
    let now = start() + TimeDelta::days(100);
    type Keep = Box<dyn Fn(&TaskCreated) -> bool>;
    let filters: Vec<(String, Keep)> = vec![
        (
            "status=pending&status=cancelled".into(),
            Box::new(|t| matches!(t.status, Status::Pending | Status::Cancelled)),
        ),
        ("priority=none&priority=urgent".into(), Box::new(|t| matches!(t.priority, Priority::None | Priority::Urgent))),
        (
            "tag=home&tag=work".into(),
            Box::new(|t| ["home", "work"].iter().all(|tag| t.tags.contains(&(*tag).to_owned()))),
        ),
        ("tag=a%22b%5Cc".into(), Box::new(|t| t.tags.iter().any(|tag| tag == "a\"b\\c"))),
        (format!("due_from={day}"), Box::new(move |t| t.due.is_some_and(|due| due.day() >= day))),
        (format!("due_to={day}"), Box::new(move |t| t.due.is_some_and(|due| due.day() <= day))),
        (
            format!("due_from={day}&due_to={day}&status=pending"),
            Box::new(move |t| t.status == Status::Pending && t.due.is_some_and(|due| due.day() == day)),
        ),
        ("due=none".into(), Box::new(|t| t.due.is_none())),
        (
            "due=none&tag=home&status=pending".into(),
            Box::new(|t| t.due.is_none() && t.status == Status::Pending && t.tags.contains(&"home".to_owned())),
        ),
        (
            "overdue=true".into(),
            Box::new(move |t| {
                matches!(t.status, Status::Pending | Status::InProgress)
                    && t.due.is_some_and(|due| due.sort_key() < now)
            }),
        ),
    ];
    for (query, keep) in filters {
        for sort in ["due", "-title"] {
            let expected = expected(tasks, sort, &keep);
            assert_eq!(all_pages(world, &format!("{query}&sort={sort}&limit=2")).await, expected, "{query}");
            let (_, _, total) = page(world, &format!("{query}&sort={sort}&limit=1&total=true")).await;
            assert_eq!(total, expected.len(), "{query}");
        }
    }
}

#[tokio::test]
async fn given_tasks_changed_and_added_between_pages_then_no_unchanged_task_is_lost_or_repeated() {
    for (seed, sort) in SORTS.into_iter().enumerate() {
        let tasks = sample(20 + seed as u8);
        let mut world = world_with(&tasks).await;
        let remembers = seed % 2 == 0;
        if remembers {
            world = remembering(world).await;
        }
        let query = format!("sort={sort}&limit=2");
        let mut versions: HashMap<Uuid, u64> = HashMap::new();
        let (mut seen, mut cursor, _) = page(&world, &query).await;
        let mut step = 0;
        while let Some(next) = cursor {
            // Every third task moves about; new ones appear all over.
            let moved = tasks[(step * 3) % tasks.len() / 3 * 3].id;
            let version = versions.entry(moved).or_insert(1);
            *version += 1;
            world.append(task_record(
                moved,
                *version,
                &renamed(&format!("{}x", ["a", "zz", ""][step % 3]), step as u64),
            ));
            let added = id(1_000 + step as u128);
            world.append(task_record(added, 1, &created(added, ["b", "E", "ax"][step % 3])));
            world.settle().await;
            if remembers {
                world.until_remembered().await;
            }
            step += 1;
            let (more, after, _) = page(&world, &format!("{query}&cursor={next}")).await;
            seen.extend(more);
            cursor = after;
            assert!(step < 500, "the pages must end");
        }
        let unchanged = expected(&tasks, sort, |task| !versions.contains_key(&task.id));
        let seen: Vec<String> = seen.into_iter().filter(|id| unchanged.contains(id)).collect();
        assert_eq!(seen, unchanged, "sort {sort}");
        world.pool.close().await;
    }
}

#[tokio::test]
async fn given_a_page_when_a_task_on_it_goes_then_the_next_one_begins_behind_it_and_a_counted_one_loses_a_task() {
    let tasks: Vec<TaskCreated> = (1..=6).map(|n| task(id(n), "x")).collect();
    let world = world_with(&tasks).await;
    let (first, cursor, _) = page(&world, "sort=created_at&limit=2").await;
    world.append(task_record(id(1), 2, &TaskEvent::Deleted(TaskDeleted { deleted_at: start() })));
    world.settle().await;
    let (second, ..) = page(&world, &format!("sort=created_at&limit=2&cursor={}", cursor.unwrap())).await;
    assert_eq!([first, second].concat(), (1..=4).map(|n| id(n).to_string()).collect::<Vec<_>>());
    // The other half of the pair: a page that is told by how many come before it.
    let table = world.serving("tasks").table("tasks");
    let counted = format!("SELECT id FROM {table} WHERE deleted_at IS NULL ORDER BY created_at, id LIMIT 2 OFFSET 2");
    let counted: Vec<Uuid> = sqlx::query_scalar(&counted).fetch_all(&world.pool).await.unwrap();
    assert_eq!(counted, [id(4), id(5)], "3 stands on neither page");
}

#[tokio::test]
async fn given_a_cursor_of_another_list_when_used_then_422_names_it() {
    let tasks = sample(3);
    let world = world_with(&tasks).await;
    let (_, cursor, _) = page(&world, "sort=due&limit=2").await;
    let cursor = cursor.unwrap();
    for query in [format!("sort=-due&cursor={cursor}"), format!("sort=due&status=pending&cursor={cursor}")] {
        let (status, _, problem) = world.get(&format!("/tasks?{query}")).await;
        assert_eq!((status.as_u16(), problem["errors"][0]["field"].as_str()), (422, Some("cursor")), "{query}");
    }
    let forge = |sort: &str, key: Value, id: &str| {
        use platform::page::Cursor;
        let old = Cursor::decode(&cursor, "due", &filters_of(&cursor)).unwrap();
        Cursor { sort: sort.to_owned(), key, id: id.to_owned(), ..old }.encode()
    };
    let good = id(1).to_string();
    for (sort, key, id) in [
        ("due", Value::from("x"), good.as_str()),
        ("due", i64::MAX.into(), &good),
        ("due", Value::Null, "no uuid"),
        ("title", Value::Null, &good),
        ("title", "a\0b".into(), &good),
        ("priority", 99_999.into(), &good),
        ("created_at", Value::Null, &good),
    ] {
        let (status, _, problem) = world.get(&format!("/tasks?sort={sort}&cursor={}", forge(sort, key, id))).await;
        assert_eq!((status.as_u16(), problem["errors"][0]["field"].as_str()), (422, Some("cursor")), "{sort}");
    }
}

/// The fingerprint inside a cursor.
fn filters_of(cursor: &str) -> String {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(cursor).unwrap();
    serde_json::from_slice::<Value>(&bytes).unwrap()["f"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn given_tagged_tasks_when_tags_are_listed_then_live_tasks_are_counted() {
    let tasks = sample(5);
    let world = world_with(&tasks).await;
    let (_, _, body) = world.get("/tags").await;
    let world = remembering(world).await;
    assert_eq!(world.get("/tags").await.2, body, "from memory");
    for item in body["items"].as_array().unwrap() {
        let tag = item["tag"].as_str().unwrap();
        let count = tasks.iter().filter(|task| task.tags.iter().any(|t| t == tag)).count();
        assert_eq!(item["count"], count, "{tag}");
    }
    assert_eq!(body["next_cursor"], Value::Null);
}

#[tokio::test]
async fn given_tagged_tasks_when_tags_are_listed_by_status_then_tasks_of_these_alone_are_counted() {
    let tasks = sample(7);
    let mut world = world_with(&tasks).await;
    for from_memory in [false, true] {
        if from_memory {
            world = remembering(world).await;
        }
        for statuses in [&Status::ALL[..1], &Status::ALL[1..3], Status::ALL] {
            let query: Vec<String> = statuses.iter().map(|status| format!("status={status}")).collect();
            let (_, _, body) = world.get(&format!("/tags?{}", query.join("&"))).await;
            let mut expected = BTreeMap::<&str, u64>::new();
            for task in tasks.iter().filter(|task| statuses.contains(&task.status)) {
                task.tags.iter().for_each(|tag| *expected.entry(tag).or_default() += 1);
            }
            let found: Vec<(&str, u64)> = body["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| (item["tag"].as_str().unwrap(), item["count"].as_u64().unwrap()))
                .collect();
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{query:?} {from_memory}");
        }
        let (_, _, all) = world.get("/tags").await;
        let (_, _, any) = world.get("/tags?status=pending&status=in_progress&status=completed&status=cancelled").await;
        assert_eq!(all, any);
    }
    let (status, _, problem) = world.get("/tags?status=done").await;
    assert_eq!((status.as_u16(), problem["errors"][0]["field"].as_str()), (422, Some("status")));
}
