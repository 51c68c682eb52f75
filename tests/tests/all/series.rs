//! Many series at once: who makes their occurrences dies in the midst of it, and several clocks look for the same ones.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use futures::future::join_all;
use serde_json::{Value, json};
use tests::http::Api;
use tests::kafka::KafkaNode;
use tests::postgres::Postgres;
use tests::prometheus::Scrape;
use tests::system::{Broker, System, folder};
use tests::tasklog::Tasklog;
use tests::wait::until;

const PATIENCE: Duration = Duration::from_secs(120);

/// Creates series; the ids of their first tasks.
async fn series(api: &Api, first_tasks: impl Iterator<Item = Value>) -> Vec<String> {
    let operations: Vec<Value> = first_tasks.map(|task| json!({"op": "create", "task": task})).collect();
    let report = api.post("/tasks/bulk", &json!({"operations": operations})).send().await.expect(200).json();
    let results = report["results"].as_array().unwrap();
    assert!(results.iter().all(|result| result["status"] == 201), "{report}");
    results.iter().map(|result| result["id"].as_str().unwrap().to_owned()).collect()
}

/// Series by completion.
async fn daily(api: &Api, count: usize) -> Vec<String> {
    let rule = json!({"rrule": "FREQ=DAILY"});
    let task = |n: usize| json!({"title": format!("Water {n}"), "due_date": "2090-01-01", "recurrence_pattern": rule});
    series(api, (0..count).map(task)).await
}

/// Completes tasks, all at the same time.
async fn complete(api: &Api, ids: &[String]) {
    let body = json!({"status": "completed"});
    let calls = ids.iter().map(|id| api.patch(&format!("/tasks/{id}"), &body).send());
    for answer in join_all(calls).await {
        answer.expect(200);
    }
}

/// How many tasks follow each one that is followed.
fn followed(tasklog: &Tasklog) -> BTreeMap<String, usize> {
    let mut followed = BTreeMap::new();
    for line in tasklog.run_well(&["events"]).lines().filter(|line| line.contains(" tasklog.task.created.v1 ")) {
        let data: Value = serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap();
        if let Some(follows) = data["follows"].as_str() {
            *followed.entry(follows.to_owned()).or_default() += 1;
        }
    }
    followed
}

/// Waits until so many tasks are followed.
async fn until_followed(tasklog: &Tasklog, tasks: usize) -> BTreeMap<String, usize> {
    until(&format!("{tasks} tasks are followed"), PATIENCE, async || {
        let found = followed(tasklog);
        if found.len() >= tasks { Ok(found) } else { Err(found.len().to_string()) }
    })
    .await
}

/// Commands that the manager of occurrences has carried out in this process, since it started.
async fn carried_out(process: &Tasklog) -> f64 {
    let labels = ["manager=\"recurrence\"", "outcome=\"done\""];
    Scrape::of(&process.api()).await.sum("tasklog_process_commands_total", &labels).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_who_makes_the_next_ones_is_killed_in_the_midst_another_goes_on_and_each_is_made_once() {
    const SERIES: usize = 300;
    const A_THIRD: f64 = 100.0;
    const ROUNDS: usize = 5;
    let folder = folder();
    let kafka = KafkaNode::start_single(&folder.path().join("kafka")).await;
    let postgres = Postgres::start(&folder.path().join("postgres")).await;
    let mut roles = ["command", "process-1", "process-2"].map(|name| {
        let own = folder.path().join(name);
        fs::create_dir(&own).unwrap();
        let mut tasklog = Tasklog::role(name.split('-').next().unwrap(), &own);
        tasklog.set("KAFKA_BROKERS", &kafka.bootstrap());
        tasklog.set("DATABASE_URL", &postgres.url());
        tasklog
    });
    roles[0].run_well(&["topics", "create"]);
    for role in &mut roles {
        role.start().await;
    }
    let [command, first, second] = &mut roles;
    // Who started first has taken the lead.
    let (mut leading, mut standing_by) = (first, second);
    let mut in_the_midst = false;
    let mut completed = 0;
    for _ in 0..ROUNDS {
        let ids = daily(&command.api(), SERIES).await;
        let (before, before_by_other) = (carried_out(leading).await, carried_out(standing_by).await);
        let api = command.api();
        let completing = tokio::spawn(async move { complete(&api, &ids).await });
        let a_third = async { while carried_out(leading).await < before + A_THIRD {} };
        tokio::time::timeout(PATIENCE, a_third).await.expect("a third of them is made");
        leading.kill().await;
        completing.await.unwrap();
        completed += SERIES;
        until_followed(command, completed).await;
        in_the_midst = carried_out(standing_by).await > before_by_other;
        std::mem::swap(&mut leading, &mut standing_by);
        standing_by.start().await;
        if in_the_midst {
            break;
        }
    }
    assert!(in_the_midst, "whoever was killed had made all of them: this test proves nothing");
    // What comes last shows that they are at the end.
    let last = daily(&command.api(), 1).await;
    complete(&command.api(), &last).await;
    let twice: Vec<_> =
        until_followed(command, completed + 1).await.into_iter().filter(|(_, times)| *times != 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    for role in [command, leading, standing_by] {
        role.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_clock_and_four_callers_look_for_the_same_series_each_of_them_is_followed_once() {
    const SERIES: usize = 500;
    const CALLERS: usize = 4;
    // Not all at once: whoever looks first takes all that are due.
    const SECONDS: usize = 5;
    let system = System::start(Broker::Embedded).await;
    let api = system.api();
    let first = Utc::now() + TimeDelta::seconds(8);
    let rule = json!({"rrule": "FREQ=DAILY", "generate": "when_due"});
    let task = |n: usize| {
        let due = first + TimeDelta::seconds(i64::try_from(n % SECONDS).unwrap());
        let due_at = due.format("%Y-%m-%dT%H:%M:%S").to_string();
        json!({"title": format!("Read {n}"), "due_at": due_at, "time_zone": "UTC", "recurrence_pattern": rule})
    };
    series(&api, (0..SERIES).map(task)).await;
    assert!(Utc::now() < first - TimeDelta::seconds(1), "they are due before anybody calls");

    let enough = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (api, enough) = (api.clone(), enough.clone());
            tokio::spawn(async move {
                let mut fired = 0;
                while !enough.load(Ordering::Relaxed) {
                    let tick = api.post("/cron/recurrence", &json!({})).send().await.expect(200).json();
                    fired += tick["fired"].as_u64().unwrap();
                }
                fired
            })
        })
        .collect();
    until("each is followed", PATIENCE, async || {
        let page = api.get("/tasks?limit=1&total=true").send().await.expect(200).json();
        if page["total"].as_u64() >= Some(2 * SERIES as u64) { Ok(()) } else { Err(page["total"].to_string()) }
    })
    .await;
    until("nothing is due any more", PATIENCE, async || {
        let tick = api.post("/cron/recurrence", &json!({})).send().await.expect(200).json();
        if tick == json!({"fired": 0, "more": false}) { Ok(()) } else { Err(tick.to_string()) }
    })
    .await;
    enough.store(true, Ordering::Relaxed);
    let fired: u64 = join_all(callers).await.into_iter().map(Result::unwrap).sum();
    assert!(fired > 0, "the clock was always first: this test proves nothing");
    let followed = followed(&system.tasklog);
    assert_eq!((followed.len(), followed.values().sum::<usize>()), (SERIES, SERIES));
}
