//! What Postgres does for a page when there are a million tasks: it reads indexes, and little of them.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use domain::task::{Priority, Status, Task, TaskView};
use platform::page::Cursor;
use projection::database::Readers;
use projection::lists::subtasks;
use projection::lists::tagged::{self, Tagged};
use projection::lists::tasks::statements::{Statements, Step};
use projection::lists::tasks::{TaskReader, counting};
use projection::projections::tag_marks;
use projection::query::sort::{Sort, SortKey};
use projection::query::task_query::{TOTAL_MAX, TaskFilter, TaskQuery};
use serde_json::{Value, json};
use sqlx::{Connection as _, Execute as _, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::world::*;

mod whole;

/// Rows and index entries that all statements of one page may read together.
const READ_MAX: u64 = 20_000;
/// Live tasks of the one tenant that carry the rare tag.
const RARE: usize = 10;

/// A million tasks over three years, all but one in fifty of one tenant: most are completed, the newest are not; few are urgent; tags are
/// common (`tag-0`, a third), of one quarter (`project-3`), or rare (`rare`, ten tasks); half are due, within two months of their making; a quarter
/// is below one task, half of them with a rank.
const FILL: &str = "
    WITH constant AS MATERIALIZED (SELECT $1::json AS view)
    INSERT INTO tasks (tenant, id, title_key, status, priority, tags, due_day, due_sort, created_at, updated_at, deleted_at, parent_id,
        rank_key, version, view, tag_bits, tag_keys)
    SELECT task.tenant, id, lower(title), task.status, task.priority, array_remove(ARRAY[one, other], NULL), due,
        due + interval '1 day', created, created + lag, CASE WHEN gone THEN created + lag END,
        parent, rank, 1, view,
        coalesce(first.bits, 0) | coalesce(second.bits, 0), array_remove(ARRAY[first.key, second.key], NULL)
    FROM (
        SELECT CASE WHEN n % 50 = 0 THEN 'other' ELSE 'default' END AS tenant,
            ('01980000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id,
            (ARRAY['Buy', 'Call', 'Fix', 'Write', 'Review', 'Plan', 'Book'])[1 + b % 7] || ' ' || to_hex(b * 65536 + c) AS title,
            CASE WHEN n > 900000 AND a < 45000 THEN 'pending' WHEN n > 900000 AND a < 55000 OR a > 65000 THEN 'in_progress'
                WHEN a < 4500 THEN 'cancelled' WHEN a < 12000 THEN 'pending' ELSE 'completed' END AS status,
            (CASE WHEN c < 39000 THEN 0 WHEN c < 47000 THEN 1 WHEN c < 57000 THEN 2 WHEN c < 63500 THEN 3 ELSE 4 END)::smallint
                AS priority,
            CASE WHEN n % 100003 = 17 THEN 'rare' WHEN d < 49000 THEN 'tag-' || e * e / 65536 * e / 65536 * 30 / 65536 END AS one,
            CASE WHEN e % 10 = 0 THEN 'project-' || n / 83334 END AS other,
            CASE WHEN e % 2 = 0 THEN date '2023-06-01' + (n / 913 + d % 60)::int END AS due,
            timestamptz '2023-06-01' + n * interval '94 seconds' AS created, b % 90 * interval '1 day' AS lag, d % 50 = 0 AS gone,
            CASE WHEN c % 4 = 0 THEN '01980000-0000-7000-8000-00000000000a'::uuid END AS parent,
            CASE WHEN d % 2 = 0 THEN 'a' || d ELSE '~' END AS rank
        FROM (
            SELECT n, hashint8extended(n, 1) & 65535 AS a, hashint8extended(n, 2) & 65535 AS b, hashint8extended(n, 3) & 65535 AS c,
                hashint8extended(n, 4) & 65535 AS d, hashint8extended(n, 5) & 65535 AS e
            FROM generate_series(0, 999999) AS n OFFSET 0) AS drawn OFFSET 0) AS task
    CROSS JOIN constant
    LEFT JOIN marks AS first ON (first.tenant, first.status, first.priority, first.tag) = (task.tenant, task.status, task.priority, one)
    LEFT JOIN marks AS second
        ON (second.tenant, second.status, second.priority, second.tag) = (task.tenant, task.status, task.priority, other)";

/// The marks of every tag above, as the projector makes them.
async fn mark(connection: &mut PgConnection) {
    let common = (0..30).map(|n| format!("tag-{n}"));
    let tags = common.chain((0..12).map(|n| format!("project-{n}"))).chain(["rare".to_owned()]);
    let mut rows: Vec<(&str, &str, i16, String, i64, i64)> = Vec::new();
    for tag in tags {
        let bits = tag_marks::bits(std::slice::from_ref(&tag));
        for tenant in ["default", "other"] {
            for status in Status::ALL {
                for priority in Priority::ALL {
                    let key = tag_marks::key(tenant, *status, *priority, &tag);
                    rows.push((tenant, status.as_str(), priority.rank(), tag.clone(), bits, key));
                }
            }
        }
    }
    let table =
        "CREATE TEMP TABLE marks (tenant text, status text, priority smallint, tag text, bits bigint, key bigint)";
    sqlx::query(table).execute(&mut *connection).await.unwrap();
    let mut insert = QueryBuilder::<Postgres>::new("INSERT INTO marks ");
    insert.push_values(rows, |mut row, (tenant, status, priority, tag, bits, key)| {
        row.push_bind(tenant).push_bind(status).push_bind(priority).push_bind(tag).push_bind(bits).push_bind(key);
    });
    insert.build().execute(&mut *connection).await.unwrap();
    sqlx::query("ANALYZE marks").execute(connection).await.unwrap();
}

/// The names of the table's indexes but its primary key's, and the statements that make them.
async fn indexes(connection: &mut PgConnection, schema: &str) -> BTreeMap<String, String> {
    let named = "SELECT indexname::text, indexdef FROM pg_indexes
        WHERE schemaname = $1 AND tablename = 'tasks' AND indexname <> 'tasks_pkey'";
    sqlx::query_as(named).bind(schema).fetch_all(connection).await.unwrap().into_iter().collect()
}

async fn drop_indexes(connection: &mut PgConnection, names: impl Iterator<Item = &String>) {
    for name in names {
        sqlx::query(&format!("DROP INDEX {name}")).execute(&mut *connection).await.unwrap();
    }
}

async fn fill(connection: &mut PgConnection, schema: &str) {
    // Without merge joins, which would sort a million rows to look up two marks for each.
    for setting in [&format!("search_path = {schema}"), "maintenance_work_mem = '256MB'", "enable_mergejoin = off"] {
        sqlx::query(&format!("SET {setting}")).execute(&mut *connection).await.unwrap();
    }
    mark(connection).await;
    // Made at once when the rows are there, they take a third of the time.
    let indexes = indexes(connection, schema).await;
    drop_indexes(connection, indexes.keys()).await;
    // Lists do not look into it, and of what size it is matters.
    let task = Task { description: "lorem ipsum ".repeat(20), ..Task::default() };
    let view = serde_json::to_string(&TaskView::of(&task)).unwrap();
    sqlx::query(FILL).bind(view).execute(&mut *connection).await.unwrap();
    for index in indexes.values() {
        sqlx::query(index).execute(&mut *connection).await.unwrap();
    }
    sqlx::query("RESET enable_mergejoin").execute(&mut *connection).await.unwrap();
    sqlx::query("VACUUM ANALYZE tasks").execute(connection).await.unwrap();
}

fn day(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day)
}

/// Every way to filter with every other.
fn filters() -> Vec<TaskFilter> {
    let statuses = [vec![], vec![Status::Cancelled], vec![Status::InProgress, Status::Pending]];
    let priorities = [vec![], vec![Priority::Urgent], vec![Priority::High, Priority::None]];
    let tags: [&[&str]; 6] = [&[], &["tag-0"], &["rare"], &["nobody's"], &["project-3", "tag-0"], &["rare", "tag-0"]];
    let days = [(None, None), (day(2024, 5, 10), day(2024, 5, 11)), (day(2024, 1, 1), None), (None, day(2025, 1, 1))];
    let dues = days.map(|(due_from, due_to)| TaskFilter { due_from, due_to, ..Default::default() });
    let dues = dues.into_iter().chain([TaskFilter { undated: true, ..Default::default() }]).collect::<Vec<_>>();
    let mut filters = Vec::new();
    for status in &statuses {
        for priority in &priorities {
            for tags in tags {
                for due in &dues {
                    for overdue in [false, true] {
                        let (status, priority) = (status.clone(), priority.clone());
                        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
                        filters.push(TaskFilter { status, priority, tags, overdue, ..due.clone() });
                    }
                }
            }
        }
    }
    filters
}

fn queries(filters: &[TaskFilter]) -> Vec<TaskQuery> {
    let keys = SortKey::ALL.into_iter().filter(|key| *key != SortKey::Relevance);
    let sorts = keys.flat_map(|key| [true, false].map(|descending| Sort { key, descending }));
    let query = |(sort, filter): (Sort, &TaskFilter)| TaskQuery {
        tenant: "default".to_owned(),
        q: None,
        filter: filter.clone(),
        sort,
        limit: 50,
        cursor: None,
        total: true,
        now: start() + TimeDelta::days(4),
    };
    sorts.flat_map(|sort| filters.iter().map(move |filter| (sort, filter))).map(query).collect()
}

/// The plan of a statement, which is executed where `how` says so.
async fn explain(connection: &mut PgConnection, how: &str, mut statement: QueryBuilder<'_, Postgres>) -> Value {
    let sql = format!("EXPLAIN ({how}FORMAT JSON) {}", statement.sql());
    let arguments = statement.build().take_arguments().unwrap().unwrap();
    let plans: Value = sqlx::query_scalar_with(&sql, arguments).persistent(false).fetch_one(connection).await.unwrap();
    plans[0]["Plan"].clone()
}

/// The node and all below it.
fn nodes(plan: &Value) -> Vec<&Value> {
    let below = plan["Plans"].as_array().into_iter().flatten().flat_map(nodes);
    std::iter::once(plan).chain(below).collect()
}

/// Those of the queries for which a statement that their page executes reads the whole table. What goes along an index is executed by `reader`, as a plan that was made without its values.
async fn scanning<'a>(
    connection: &mut PgConnection,
    reader: &mut PgConnection,
    table: &str,
    queries: &'a [TaskQuery],
) -> Vec<&'a TaskQuery> {
    let mut pages = Vec::new();
    for query in queries {
        let Some(statements) = Statements::new(table, query).unwrap() else { continue };
        let mut step = Some(Step::Near);
        while let Some(now) = step {
            let along = now != Step::Collect;
            let reads = if along { &mut *reader } else { &mut *connection };
            let before = table_scans(reads, table).await;
            let found = statements.sql(now).build().fetch_all(&mut *reads).await.unwrap();
            if table_scans(reads, table).await > before {
                pages.push(query);
                break;
            }
            step = statements.after(now, found.len());
        }
    }
    pages
}

/// What the planner thinks of a scan hangs on the sample that it has taken, and on the costs that are set. Where that is next to nothing,
/// counts of the tag that a third of all tasks have do read the whole table, if it is left to the planner.
async fn counts_stay_bounded_whatever_a_scan_seems_to_cost(world: &World, custom: &mut PgConnection, table: &str) {
    const CHEAP: &str = "SET LOCAL seq_page_cost = 0; SET LOCAL cpu_tuple_cost = 0; SET LOCAL cpu_operator_cost = 0";
    let common: Vec<TaskFilter> = filters().into_iter().filter(|filter| filter.tags == ["tag-0"]).collect();
    let common = queries(&common);
    let mut counted = counting(&world.pool).await.unwrap();
    sqlx::raw_sql(CHEAP).execute(&mut *counted).await.unwrap();
    assert_eq!(scanned_counts(&mut counted, table, &common).await, Vec::<&TaskQuery>::new());
    counted.rollback().await.unwrap();
    let mut left_alone = custom.begin().await.unwrap();
    sqlx::raw_sql(CHEAP).execute(&mut *left_alone).await.unwrap();
    assert!(!scanned_counts(&mut left_alone, table, &common).await.is_empty());
    left_alone.rollback().await.unwrap();
}

/// Those whose count reads the whole table.
async fn scanned_counts<'a>(
    connection: &mut PgConnection,
    table: &str,
    queries: &'a [TaskQuery],
) -> Vec<&'a TaskQuery> {
    let mut counts = Vec::new();
    for query in queries {
        let Some(statements) = Statements::new(table, query).unwrap() else { continue };
        let plan = explain(connection, "", statements.count()).await;
        if nodes(&plan).iter().any(|node| node["Node Type"] == "Seq Scan" && node["Relation Name"] == "tasks") {
            counts.push(query);
        }
    }
    counts
}

/// How often this transaction has read the whole table.
async fn table_scans(connection: &mut PgConnection, table: &str) -> i64 {
    let count = sqlx::query_scalar("SELECT pg_stat_get_xact_numscans($1::regclass)").bind(table);
    count.fetch_one(connection).await.unwrap()
}

/// What all statements of a page read: rows, and index entries that led to none.
async fn read(connection: &mut PgConnection, reader: &mut PgConnection, table: &str, query: &TaskQuery) -> u64 {
    let Some(statements) = Statements::new(table, query).unwrap() else { return 0 };
    let (mut step, mut read) = (Step::Near, 0);
    loop {
        let reads = if step == Step::Collect { &mut *connection } else { &mut *reader };
        let plan = explain(reads, "ANALYZE, TIMING OFF, ", statements.sql(step)).await;
        for node in nodes(&plan) {
            if node["Relation Name"] == "tasks" || node["Node Type"] == "Bitmap Index Scan" {
                let number = |name: &str| node[name].as_f64().unwrap_or_default();
                let removed = number("Rows Removed by Filter") + number("Rows Removed by Index Recheck");
                read += ((number("Actual Rows") + removed) * number("Actual Loops")) as u64;
            }
        }
        let found = plan["Actual Rows"].as_f64().unwrap() as usize;
        match statements.after(step, found) {
            Some(next) => step = next,
            None => return read,
        }
    }
}

/// What is read to find the tasks with a tag, and how many there are.
async fn tagged(connection: &mut PgConnection, table: &str, tag: &str) -> (u64, u64) {
    let tagged = Tagged { tenant: "default", tag, after: None, most: 10_000 };
    let plan = explain(connection, "ANALYZE, TIMING OFF, ", tagged::statement(table, &tagged)).await;
    let rows = |plan: &Value| plan["Actual Rows"].as_f64().unwrap() as u64;
    (nodes(&plan).into_iter().filter(|node| node["Node Type"] == "Bitmap Index Scan").map(rows).sum(), rows(&plan))
}

/// Filters that match nearly nothing, a little and nearly all, one after the other.
fn worst() -> Vec<TaskFilter> {
    let tagged =
        |tags: &[&str]| TaskFilter { tags: tags.iter().map(|tag| (*tag).to_owned()).collect(), ..Default::default() };
    vec![
        TaskFilter::default(),
        TaskFilter { status: vec![Status::Pending], ..Default::default() },
        TaskFilter { status: vec![Status::InProgress], priority: vec![Priority::Urgent], ..Default::default() },
        tagged(&["tag-0"]),
        tagged(&["rare"]),
        tagged(&["nobody's"]),
        tagged(&["rare", "tag-0"]),
        TaskFilter { priority: vec![Priority::Urgent], ..tagged(&["tag-0"]) },
        TaskFilter { status: vec![Status::Cancelled], ..tagged(&["rare"]) },
        TaskFilter { due_from: day(2024, 5, 10), due_to: day(2024, 5, 11), ..Default::default() },
        TaskFilter { due_from: day(2030, 1, 1), ..Default::default() },
        TaskFilter { due_from: day(2024, 5, 10), due_to: day(2024, 5, 11), ..tagged(&["rare"]) },
        TaskFilter { overdue: true, ..tagged(&["rare"]) },
        TaskFilter { undated: true, ..Default::default() },
        TaskFilter {
            undated: true,
            status: vec![Status::Cancelled],
            priority: vec![Priority::Urgent],
            ..Default::default()
        },
        TaskFilter { undated: true, ..tagged(&["rare"]) },
    ]
}

/// A page of the tasks below one reads its own tasks of an index and no other, the first page and one in the middle.
async fn below_one(connection: &mut PgConnection, table: &str) {
    let parent: Uuid = "01980000-0000-7000-8000-00000000000a".parse().unwrap();
    let (sort, id) = (subtasks::ORDER.to_owned(), parent.to_string());
    let middle = Cursor { sort, key: json!(["~", 1_720_000_000_000_000_i64]), id, filters: String::new() };
    for cursor in [None, Some(&middle)] {
        let statement = subtasks::statement(table, "default", parent, 50, cursor).unwrap();
        let plan = explain(connection, "ANALYZE, TIMING OFF, ", statement).await;
        let nodes = nodes(&plan);
        let index =
            nodes.iter().find(|node| node["Index Name"] == "tasks_by_parent").unwrap_or_else(|| panic!("{plan:#}"));
        assert_eq!((&index["Actual Rows"].as_f64(), nodes.len()), (&Some(51.0), 2), "{plan:#}");
    }
}

#[tokio::test]
async fn given_a_million_tasks_when_they_are_listed_by_any_filter_and_sort_then_indexes_are_read_and_little_of_them() {
    let world = World::new().await;
    let projector = world.start_projector();
    assert!(world.positions.filled("tasks", LONG).await);
    let generation = world.serving("tasks");
    projector.abort();
    let _ = projector.await;
    let (table, schema) = (generation.table("tasks"), generation.schema());
    let mut connection = world.pool.acquire().await.unwrap();
    fill(&mut connection, &schema).await;
    assert_eq!(world.count(&table).await, 1_000_000);

    let mut lent = Readers::new(&world.pool).lend().await.unwrap();
    let mut reader = lent.begin().await.unwrap();
    let mut custom = connection.begin().await.unwrap();
    let all = queries(&filters());
    let pages = scanning(&mut custom, &mut reader, &table, &all).await;
    assert!(pages.is_empty(), "{} read the whole table, such as {:?}", pages.len(), pages[0]);
    let mut counted = counting(&world.pool).await.unwrap();
    let counts = scanned_counts(&mut counted, &table, &all).await;
    assert!(counts.is_empty(), "{} counts read the whole table, such as {:?}", counts.len(), counts[0]);
    whole::no_other_tasks_are_read(&mut counted, &mut custom, &table).await;
    counted.rollback().await.unwrap();
    counts_stay_bounded_whatever_a_scan_seems_to_cost(&world, &mut custom, &table).await;

    for query in queries(&worst()) {
        let read = read(&mut custom, &mut reader, &table, &query).await;
        assert!(read <= READ_MAX, "{read} read for {query:?}");
    }
    for tag in ["rare", "nobody's", "project-3", "tag-29"] {
        let before = table_scans(&mut custom, &table).await;
        let (read, found) = tagged(&mut custom, &table, tag).await;
        assert_eq!(table_scans(&mut custom, &table).await, before, "the whole table is read for {tag}");
        assert!(read <= 2 * found.max(RARE as u64), "{read} read for {found} tasks with {tag}");
    }
    below_one(&mut custom, &table).await;
    custom.rollback().await.unwrap();
    reader.rollback().await.unwrap();

    let reader = TaskReader::new(world.pool.clone());
    let total = async |filter: &TaskFilter| {
        let query = &queries(std::slice::from_ref(filter))[0];
        let page = reader.page(generation, query).await.unwrap().into_tasks().unwrap();
        (page.items.len(), page.total, page.total_is_exact)
    };
    let [all, rare, excluded] =
        [vec![], vec!["rare".to_owned()], vec![]].map(|tags| TaskFilter { tags, ..Default::default() });
    assert_eq!(total(&all).await, (50, Some(TOTAL_MAX), Some(false)));
    assert_eq!(total(&rare).await, (RARE, Some(RARE as u64), Some(true)));
    let excluded = TaskFilter { status: vec![Status::Completed], overdue: true, ..excluded };
    assert_eq!(total(&excluded).await, (0, Some(0), Some(true)));

    // Without the indexes the same check finds what it looks for.
    let mut transaction = connection.begin().await.unwrap();
    let indexes = indexes(&mut transaction, &schema).await;
    drop_indexes(&mut transaction, indexes.keys()).await;
    let unfiltered = queries(&[TaskFilter::default()]);
    let mut other = world.pool.acquire().await.unwrap();
    let pages = scanning(&mut other, &mut transaction, &table, &unfiltered).await;
    assert_eq!(pages.len(), unfiltered.len());
    transaction.rollback().await.unwrap();
}
