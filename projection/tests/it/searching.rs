//! Searches over an index that is not filled yet, or of another build.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Request};
use kafka_es::ConsistencyToken;
use metrics_exporter_prometheus::PrometheusBuilder;
use platform::health::State;
use platform::lifecycle::Shutdown;
use projection::QueryState;
use projection::search::{self, SearchHandle, SearchOptions};
use projection::source::MemoryLog;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::tampered::Tampered;
use crate::world::*;

/// Search in `folder` over `log`, asked through the world's API.
pub(crate) struct Searching {
    pub(crate) handle: SearchHandle,
    shutdown: Shutdown,
    running: JoinHandle<()>,
}

impl Searching {
    pub(crate) async fn start(world: &mut World, log: &Tampered, folder: &Path) -> Self {
        let options = SearchOptions { heap_bytes: 15_000_000, ..SearchOptions::new(folder.into()) };
        let (positions, component) = (world.positions.clone(), world.health.component("search"));
        let log = Arc::new(log.clone());
        let (handle, projector) = search::open(options, log.clone(), positions.clone(), component).await.unwrap();
        let (pool, clock, shutdown) = (world.pool.clone(), world.clock.clone(), Shutdown::new());
        let state = QueryState::new(pool, positions, log, clock, shutdown.clone()).with_search(handle.clone());
        world.router = projection::router(state).split_for_parts().0;
        let running = tokio::spawn(projector.run(shutdown.clone()));
        Self { handle, shutdown, running }
    }

    pub(crate) async fn stop(self) {
        self.shutdown.request();
        self.running.await.unwrap();
    }
}

async fn ask(world: &World, prefer: &str) -> (u16, HeaderMap, Value) {
    let request = Request::get("/tasks?q=written").header("Prefer", prefer).body(Body::empty()).unwrap();
    let (status, headers, body) = world.send(request).await;
    (status.as_u16(), headers, body)
}

fn titles(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect()
}

/// What `GET /projections` tells of an index that is on its way.
async fn rebuild(world: &World) -> Value {
    let (_, _, page) = world.get("/projections").await;
    let search = page["items"].as_array().unwrap().iter().find(|item| item["name"] == "search").unwrap();
    search["rebuild"].clone()
}

#[tokio::test]
async fn given_a_new_index_when_it_is_not_filled_yet_then_503_or_what_is_there_marked_and_it_does_not_count_as_ready() {
    let mut world = World::new().await;
    world.append(task_record(id(1), 1, &created(id(1), "written before the index")));
    let (log, folder) = (Tampered::over(world.log.clone()), tempfile::tempdir().unwrap());
    log.hold(true);
    let searching = Searching::start(&mut world, &log, folder.path()).await;

    let (status, headers, problem) = ask(&world, "wait=1").await;
    assert_eq!((status, problem["type"].as_str()), (503, Some("https://tasklog.dev/problems/projection-behind")));
    assert!(headers.contains_key("retry-after"));
    // What the mark is there for: the answer lacks a task that the log has had all the while.
    let (status, headers, page) = ask(&world, "wait=0, handling=lenient").await;
    assert_eq!((status, titles(&page), headers["stale"].to_str().unwrap()), (200, vec![], "true"));
    assert!(matches!(world.health.components()["search"], State::NotReady(_)));
    assert_eq!(rebuild(&world).await, json!({"read": 0, "total": 1}), "how far it is");

    log.hold(false);
    let (status, headers, page) = ask(&world, "wait=7").await;
    assert_eq!((status, titles(&page)), (200, vec!["written before the index"]));
    assert_eq!(rebuild(&world).await, Value::Null);
    assert!(!headers.contains_key("stale"));
    assert_eq!(world.health.components()["search"], State::Ready);
    searching.stop().await;
}

#[tokio::test]
async fn given_a_log_shorter_than_the_index_when_a_new_one_is_filled_then_the_old_one_stays_until_that_is_done() {
    let mut world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    world.append(task_record(id(1), 1, &created(id(1), "written in the old log")));
    world.append(task_record(id(1), 2, &renamed("written twice in the old log", 2)));
    let log = Tampered::over(world.log.clone());
    let searching = Searching::start(&mut world, &log, folder.path()).await;
    assert_eq!(titles(&ask(&world, "wait=7").await.2), ["written twice in the old log"]);
    searching.stop().await;

    world.log = MemoryLog::new(&[domain::topics::TASKS, domain::topics::REMINDERS], PARTITIONS);
    world.append(task_record(id(1), 1, &created(id(1), "written in the new log")));
    let log = Tampered::over(world.log.clone());
    log.hold(true);
    let searching = Searching::start(&mut world, &log, folder.path()).await;
    // It has looked more than once before it believes the log.
    while !folder.path().join("generation-2").exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(ask(&world, "wait=1").await.0, 503);
    let (_, headers, page) = ask(&world, "wait=0, handling=lenient").await;
    assert_eq!((titles(&page), &headers["stale"] == "true"), (vec!["written twice in the old log"], true));
    assert_eq!(searching.handle.generation(), 1);

    log.hold(false);
    assert_eq!(titles(&ask(&world, "wait=7").await.2), ["written in the new log"]);
    assert_eq!(searching.handle.generation(), 2);
    assert!(!folder.path().join("generation-1").exists());
    searching.stop().await;
}

/// Makes an index one of a build before this one: of an earlier version, with one field more.
fn of_an_earlier_build(folder: &Path) {
    let path = folder.join("generation-1/meta.json");
    let mut meta: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let fields = meta["schema"].as_array_mut().unwrap();
    let mut dropped = fields.iter().find(|field| field["name"] == "priority").unwrap().clone();
    dropped["name"] = "colour".into();
    fields.push(dropped);
    let mut payload: Value = serde_json::from_str(meta["payload"].as_str().unwrap()).unwrap();
    payload["schema"] = (payload["schema"].as_u64().unwrap() - 1).into();
    meta["payload"] = payload.to_string().into();
    fs::write(&path, meta.to_string()).unwrap();
}

/// Appends a task and searches for it with its token: it is found, and none is stale or fails.
async fn write_and_find(world: &World, n: u128) {
    let title = format!("written {n}");
    let token = ConsistencyToken::from(world.append(task_record(id(n), 1, &created(id(n), &title))));
    let request = Request::get(format!("/tasks?q=written+{n}")).header("Consistency-Token", token.to_string());
    let (status, headers, page) = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((status.as_u16(), headers.contains_key("stale")), (200, false), "{page}");
    assert!(titles(&page).contains(&title.as_str()), "{page}");
}

/// What `GET /projections` says of the index.
async fn listed(world: &World) -> Value {
    let (_, _, projections) = world.get("/projections").await;
    projections["items"].as_array().unwrap().iter().find(|item| item["name"] == "search").unwrap().clone()
}

#[tokio::test]
async fn given_an_index_of_an_earlier_build_when_another_is_filled_then_no_search_fails_or_is_older_than_its_token() {
    // Everything that is told is told on this thread.
    let recorder = PrometheusBuilder::new().build_recorder();
    let recorded = recorder.handle();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let mut world = World::new().await;
    let (log, folder) = (Tampered::over(world.log.clone()), tempfile::tempdir().unwrap());
    let searching = Searching::start(&mut world, &log, folder.path()).await;
    write_and_find(&world, 1).await;
    searching.stop().await;

    of_an_earlier_build(folder.path());
    log.hold_fills(true);
    let searching = Searching::start(&mut world, &log, folder.path()).await;
    assert_eq!(titles(&ask(&world, "wait=7").await.2), ["written 1"]);
    for n in 2..=40 {
        write_and_find(&world, n).await;
        assert_eq!(searching.handle.generation(), 1);
    }
    assert_eq!(world.health.components()["search"], State::Ready);
    assert!(recorded.render().contains("\ntasklog_search_index_outdated 1\n"));
    let item = listed(&world).await;
    assert_eq!(item["rebuild"]["read"], 0, "an operator sees that another one is filled: {item}");

    log.hold_fills(false);
    let filled = async {
        let mut n = 41;
        while searching.handle.generation() == 1 {
            write_and_find(&world, n).await;
            n += 1;
        }
        write_and_find(&world, n).await;
    };
    tokio::time::timeout(LONG, filled).await.unwrap();
    let (_, _, page) = ask(&world, "wait=7").await;
    assert!(page["items"].as_array().unwrap().len() >= 41, "{page}");
    assert!(recorded.render().contains("\ntasklog_search_index_outdated 0\n"));
    searching.stop().await;
}

#[tokio::test]
async fn given_an_index_of_an_earlier_build_when_filling_another_fails_then_an_operator_sees_why_until_it_goes_on() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let recorded = recorder.handle();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let mut world = World::new().await;
    let (log, folder) = (Tampered::over(world.log.clone()), tempfile::tempdir().unwrap());
    let searching = Searching::start(&mut world, &log, folder.path()).await;
    write_and_find(&world, 1).await;
    searching.stop().await;

    of_an_earlier_build(folder.path());
    log.fail_fills(true);
    let searching = Searching::start(&mut world, &log, folder.path()).await;
    write_and_find(&world, 2).await;
    assert_eq!(listed(&world).await["rebuild"]["failed"], "the log cannot be read: a fault");
    assert!(recorded.render().contains("\ntasklog_search_rebuild_failures_total "));
    assert_eq!(world.health.components()["search"], State::Ready);

    log.fail_fills(false);
    let over = async {
        while listed(&world).await.get("rebuild").is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LONG, over).await.unwrap();
    assert_eq!(searching.handle.generation(), 2);
    write_and_find(&world, 3).await;
    searching.stop().await;
}
