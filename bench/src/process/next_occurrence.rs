//! A task of a series is completed, and a list shows the next one.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::connection::{Connection, get, get_after, send};
use crate::filled::Filled;
use crate::latency::Latencies;
use crate::quiet;
use crate::report::{Limit, Report};

/// Rounds before those that count.
const WARM_UP: usize = 30;
/// Nobody completes a task right after making it: by then, the manager has read of it.
const REST: Duration = Duration::from_millis(30);
/// What is not there by then never comes.
const PATIENCE: Duration = Duration::from_secs(10);

/// One client that completes and looks, with the completion's token and without.
pub async fn figures(system: &Filled, completions: usize, report: &mut Report) -> anyhow::Result<()> {
    quiet::machine().await?;
    let mut connection = Connection::open(system.tasklog.address()).await?;
    let (mut plain, mut with_token) = (Latencies::default(), Latencies::default());
    for round in 0..WARM_UP + completions {
        for (token, latencies) in [(false, &mut plain), (true, &mut with_token)] {
            let time = complete_and_look(&mut connection, &format!("series-{round}-{token}"), token).await?;
            if round >= WARM_UP {
                latencies.add(time);
            }
        }
    }
    for (way, latencies) in [("", &plain), (".with-token", &with_token)] {
        let mut figure = |name: &str, quantile, limit| {
            report.figure(&format!("next-occurrence{way}.{name}"), latencies.millis(quantile), "ms", limit);
        };
        figure("p50", 0.50, Limit::AtMost(50.0));
        figure("p99", 0.99, Limit::AtMost(250.0));
        figure("max", 1.0, Limit::None);
    }
    Ok(())
}

/// From the answer to the completion until the list of the series shows another task.
async fn complete_and_look(connection: &mut Connection, tag: &str, with_token: bool) -> anyhow::Result<Duration> {
    let body = json!({
        "title": "Water the plants", "tags": [tag], "due_date": "2090-01-01", "recurrence_pattern": {"rrule": "FREQ=DAILY"},
    });
    let created = call(connection, &send("POST", "/tasks", "application/json", &body.to_string()), 201).await?;
    let id = created["id"].as_str().context("a task has an id")?.to_owned();
    let list = format!("/tasks?tag={tag}&status=pending&limit=2");
    let listed = get_after(&list, connection.token());
    call(connection, &listed, 200).await?;
    tokio::time::sleep(REST).await;

    let body = json!({"status": "completed"}).to_string();
    call(connection, &send("PATCH", &format!("/tasks/{id}"), "application/merge-patch+json", &body), 200).await?;
    let answered = Instant::now();
    let look = if with_token { get_after(&list, connection.token()) } else { get(&list) };
    loop {
        let page = call(connection, &look, 200).await?;
        let seen = answered.elapsed();
        if shows_another(&page, &id)? {
            return Ok(seen);
        }
        ensure!(seen < PATIENCE, "the task after {id} is not listed after {PATIENCE:?}: {page}");
    }
}

/// Calls, and reads the answer, which has this status.
async fn call(connection: &mut Connection, request: &[u8], expected: u16) -> anyhow::Result<Value> {
    let status = connection.call(request).await?;
    let body = connection.body();
    ensure!(status == expected, "{status} instead of {expected}: {}", String::from_utf8_lossy(body));
    Ok(serde_json::from_slice(body)?)
}

fn shows_another(page: &Value, id: &str) -> anyhow::Result<bool> {
    Ok(page["items"].as_array().context("a page has items")?.iter().any(|task| task["id"] != id))
}

// Not `tests`: that is the name of a crate, too.
#[cfg(test)]
mod looking {
    use super::*;

    #[test]
    fn given_a_page_when_looked_at_then_the_completed_task_is_not_the_next_one() {
        let page = |ids: &[&str]| json!({"items": ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>()});
        assert!(!shows_another(&page(&[]), "a").unwrap());
        assert!(!shows_another(&page(&["a"]), "a").unwrap());
        assert!(shows_another(&page(&["a", "b"]), "a").unwrap());
        assert!(shows_another(&json!({}), "a").is_err());
    }
}
