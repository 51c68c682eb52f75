//! `GET /events` with very many listeners, some of whom never read.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use futures::stream;
use serde_json::{Value, json};
use tests::http::Api;
use tests::listener::{Heard, Listener, deaf};
use tests::process::{anonymous_kib, set_open_files};
use tests::prometheus::Scrape;
use tests::system::{Broker, System};
use tests::wait;
use tokio::net::TcpStream;

const CONNECTIONS: usize = 2_000;
/// Every so many connections one never reads.
const ONE_DEAF_IN: usize = 40;
const TASKS: usize = 120;
/// What a shell grants a process that asks for nothing: fewer than the connections.
const FEW_FILES: u64 = 1_024;
/// What a server may hold in memory of its own for each connection. Were its texts not shared with all others, so much may wait for it.
const CONNECTION_MAX_KIB: u64 = 64;
/// Connections that are opened at the same time: a listening socket queues some, not all.
const OPENED_AT_ONCE: usize = 64;

/// How many never read while long events come.
const DEAF: usize = 200;
const LONG_TASKS: usize = 100;
const LONG_BYTES: usize = 60_000;
/// What the events themselves take, whoever listens: in the queue of all, in the writer's state, in the search index.
const LONG_TASKS_MAX_KIB: u64 = 128 * 1_024;

/// Nobody waits longer than this for the next event.
const HUNG_AFTER: Duration = Duration::from_secs(60);

/// A filter, and the versions that it takes of the task of a number. Each task is created pending, is begun with its version 2 and
/// completed with 3.
struct Filter {
    path: &'static str,
    takes: fn(usize) -> &'static [u64],
}

const FILTERS: [Filter; 4] = [
    Filter { path: "/events", takes: |_| &[1, 2, 3] },
    Filter { path: "/events?tag=second", takes: |n| if n.is_multiple_of(2) { &[1, 2, 3] } else { &[] } },
    Filter { path: "/events?status=completed", takes: |_| &[3] },
    Filter { path: "/events?tag=third&status=pending", takes: |n| if n.is_multiple_of(3) { &[1, 2] } else { &[] } },
];

/// Every second connection has no filter, the others take turns.
fn filter_of(connection: usize) -> &'static Filter {
    if connection.is_multiple_of(2) { &FILTERS[0] } else { &FILTERS[1 + connection / 2 % 3] }
}

/// Versions of tasks, in the order they came.
type Versions = BTreeMap<String, Vec<u64>>;

/// Writes the task of this number to its end; its id.
async fn write(api: &Api, number: usize) -> String {
    let tags: Vec<&str> = [(2, "second"), (3, "third")]
        .iter()
        .filter(|(every, _)| number.is_multiple_of(*every))
        .map(|(_, tag)| *tag)
        .collect();
    let (task, _) = api.create(&json!({"title": format!("Task {number}"), "tags": tags})).await;
    let id = task["id"].as_str().unwrap().to_owned();
    for status in ["in_progress", "completed"] {
        api.patch(&format!("/tasks/{id}"), &json!({"status": status})).send().await.expect(200);
    }
    id
}

async fn next(listener: &mut Listener) -> Heard {
    tokio::time::timeout(HUNG_AFTER, listener.next()).await.expect("an event in time").expect("the stream goes on")
}

/// Everything of `count` events.
async fn hear(mut listener: Listener, count: usize) -> (Listener, Versions) {
    let mut versions = Versions::new();
    for _ in 0..count {
        let heard = next(&mut listener).await;
        versions.entry(heard.subject).or_default().push(heard.sequence);
    }
    (listener, versions)
}

/// Opens these connections, some at the same time.
async fn open_all<T>(opening: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    stream::iter(opening).buffered(OPENED_AT_ONCE).collect().await
}

/// Once the live stream runs, so that its own memory is not taken for that of the connections; a first task is told.
async fn warmed_up(api: &Api, address: &str, task: &Value) {
    for path in ["/events", "/events?status=pending"] {
        let mut listener = Listener::open(address, path).await;
        let (task, _) = api.create(task).await;
        assert_eq!(next(&mut listener).await.subject, task["id"].as_str().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_connections_are_told_what_concerns_them_and_take_little_memory() {
    set_open_files(Some(FEW_FILES));
    let mut system = System::start(Broker::RealKafka).await;
    let granted = set_open_files(None);
    assert!(granted > CONNECTIONS as u64 + 500, "{granted} open files are too few for this test: raise `ulimit -Hn`");
    let (api, address) = (system.api(), system.tasklog.address().to_owned());
    let server = system.tasklog.running().pid();
    warmed_up(&api, &address, &json!({"title": "Before the others listen"})).await;
    let before = anonymous_kib(server);

    let (never_read, others): (Vec<usize>, Vec<usize>) = (0..CONNECTIONS).partition(|n| n.is_multiple_of(ONE_DEAF_IN));
    let never_read = never_read.into_iter().map(|n| deaf(&address, filter_of(n).path));
    let _never_read: Vec<TcpStream> = open_all(never_read).await;
    let filters: Vec<&Filter> = others.iter().map(|n| filter_of(*n)).collect();
    let listeners = open_all(others.into_iter().map(|n| Listener::open(&address, filter_of(n).path))).await;
    let hearing: Vec<_> = listeners
        .into_iter()
        .zip(filters)
        .map(|(listener, filter)| {
            let count = (0..TASKS).map(|n| (filter.takes)(n).len()).sum();
            tokio::spawn(async move { (filter, hear(listener, count).await) })
        })
        .collect();
    let ids: Vec<String> = stream::iter(0..TASKS).map(|n| write(&api, n)).buffered(8).collect().await;

    let mut left = Vec::new();
    for heard in join_all(hearing).await {
        let (filter, (listener, versions)) = heard.unwrap();
        let concerns = |n: usize| Some((ids[n].clone(), (filter.takes)(n).to_vec())).filter(|(_, it)| !it.is_empty());
        let expected: Versions = (0..TASKS).filter_map(concerns).collect();
        assert!(versions == expected, "{} was told {versions:?}, not {expected:?}", filter.path);
        left.push((filter, listener));
    }
    let grown = anonymous_kib(server).saturating_sub(before);
    println!("{CONNECTIONS} connections take {grown} KiB");
    assert!(grown < CONNECTIONS as u64 * CONNECTION_MAX_KIB, "{CONNECTIONS} connections take {grown} KiB");

    // A task that each of the filters takes some of.
    let end = write(&api, 0).await;
    for (filter, listener) in &mut left {
        let first = Heard { subject: end.clone(), sequence: (filter.takes)(0)[0] };
        assert_eq!(next(listener).await, first, "{}: nothing else follows", filter.path);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_reads_holds_no_long_events_in_memory_and_nobody_up() {
    let mut system = System::start(Broker::RealKafka).await;
    let (api, address) = (system.api(), system.tasklog.address().to_owned());
    let server = system.tasklog.running().pid();
    let long = json!({"title": "Long", "description": "x".repeat(LONG_BYTES)});
    warmed_up(&api, &address, &long).await;
    let before = anonymous_kib(server);

    let _never_read: Vec<TcpStream> = open_all((0..DEAF).map(|_| deaf(&address, "/events"))).await;
    wait::until("all listen", HUNG_AFTER, async || {
        let clients = Scrape::of(&api).await.sum("tasklog_live_clients", &[]);
        if clients >= Some(DEAF as f64) { Ok(()) } else { Err(format!("{clients:?}")) }
    })
    .await;
    let listener = Listener::open(&address, "/events").await;
    let hearing = tokio::spawn(hear(listener, LONG_TASKS));
    let mut written = Versions::new();
    for _ in 0..LONG_TASKS {
        let (task, _) = api.create(&long).await;
        written.insert(task["id"].as_str().unwrap().to_owned(), vec![1]);
    }
    let (_, heard) = hearing.await.unwrap();
    assert!(heard == written, "told {heard:?}, not {written:?}");
    let grown = anonymous_kib(server).saturating_sub(before);
    println!("{DEAF} connections that never read take {grown} KiB");
    let most = LONG_TASKS_MAX_KIB + DEAF as u64 * CONNECTION_MAX_KIB;
    assert!(grown < most, "{DEAF} connections that never read take {grown} KiB, not less than {most}");
}
