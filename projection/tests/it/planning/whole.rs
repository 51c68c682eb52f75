//! What is asked of all tasks of a tenant at once: the tags in use, and whether a calendar feed has changed.

use domain::task::Status;
use projection::lists::tags;
use projection::lists::tasks::content_statement;
use projection::query::sort::{Sort, SortKey};
use projection::query::task_query::{TaskFilter, TaskQuery};
use serde_json::Value;
use sqlx::PgConnection;

use super::{explain, filters, nodes};
use crate::world::*;

/// Tasks of the tenant that has few of them.
const FEW: f64 = 20_000.0;
/// What a feed holds, and one that it does not.
const FEED: u64 = 50_001;

fn reads_the_table(plan: &Value) -> bool {
    nodes(plan).iter().any(|node| node["Node Type"] == "Seq Scan" && node["Relation Name"] == "tasks")
}

/// Rows of the table that an executed plan has read.
fn rows_read(plan: &Value) -> f64 {
    let rows = |node: &&Value| {
        let number = |name: &str| node[name].as_f64().unwrap_or_default();
        let removed = number("Rows Removed by Filter") + number("Rows Removed by Index Recheck");
        (number("Actual Rows") + removed) * number("Actual Loops")
    };
    nodes(plan).iter().filter(|node| node["Relation Name"] == "tasks").map(rows).sum()
}

fn feed(tenant: &str, filter: TaskFilter) -> TaskQuery {
    TaskQuery {
        tenant: tenant.to_owned(),
        q: None,
        filter,
        sort: Sort { key: SortKey::CreatedAt, descending: false },
        limit: 200,
        cursor: None,
        total: false,
        now: start(),
    }
}

/// They read the tenant's tasks and no others. `asked` is how they are asked, `planner` leaves everything to the planner.
pub(super) async fn no_other_tasks_are_read(asked: &mut PgConnection, planner: &mut PgConnection, table: &str) {
    for filter in filters() {
        let query = feed("default", filter);
        let plan = explain(asked, "", content_statement(table, &query, FEED).unwrap()).await;
        assert!(!reads_the_table(&plan), "a feed of {:?}: {plan:#}", query.filter);
    }
    let statuses: [&[Status]; 3] = [&[], &[Status::Completed], &[Status::Pending, Status::InProgress]];
    for statuses in statuses {
        let plan = explain(asked, "", tags::statement(table, "default", statuses)).await;
        assert!(!reads_the_table(&plan), "tags of {statuses:?}: {plan:#}");
    }
    // Nearly all tasks are of the one tenant: the planner would read those of the others too.
    assert!(reads_the_table(&explain(planner, "", tags::statement(table, "default", &[])).await));

    let analyze = "ANALYZE, TIMING OFF, ";
    let few = explain(asked, analyze, tags::statement(table, "other", &[])).await;
    let read = rows_read(&few);
    assert!(read > 0.0 && read <= FEW, "{read} read for the tags of a tenant: {few:#}");
    let query = feed("other", TaskFilter::default());
    let few = explain(asked, analyze, content_statement(table, &query, FEED).unwrap()).await;
    assert!(rows_read(&few) <= FEW, "{few:#}");
    // Of a tenant with more than a feed holds it stops there.
    let query = feed("default", TaskFilter::default());
    let many = explain(asked, analyze, content_statement(table, &query, FEED).unwrap()).await;
    assert!(rows_read(&many) <= 2.0 * FEED as f64, "{many:#}");
}
