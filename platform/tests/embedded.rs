//! The embedded servers as `tasklog up` uses them, on real processes and sockets.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use platform::data_dir::DataDir;
use platform::embedded::broker::{Broker, BrokerError};
use platform::embedded::postgres::{Origin, Postgres};
use platform::health::Health;
use platform::lifecycle::Shutdown;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A folder another user can reach, as DATA_DIR usually is.
fn data_folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

struct Running {
    shutdown: Shutdown,
    task: JoinHandle<bool>,
}

impl Running {
    fn postgres(postgres: Postgres, health: &Health) -> Self {
        let shutdown = Shutdown::new();
        let component = health.component("postgres");
        let token = shutdown.clone();
        Self { shutdown, task: tokio::spawn(async move { postgres.run(token, component).await.is_ok() }) }
    }

    async fn stop(self) {
        self.shutdown.request();
        assert!(self.task.await.unwrap());
    }
}

fn psql(url: &str, sql: &str) -> String {
    let output = std::process::Command::new("psql").args([url, "-qtA", "-c", sql]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn alive(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}/cmdline")).exists()
}

async fn until(mut done: impl AsyncFnMut() -> bool) {
    let waited = async {
        while !done().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waited).await.expect("it takes longer than a minute");
}

#[tokio::test]
async fn given_a_postgres_with_rows_when_stopped_and_started_again_then_they_are_there() {
    let folder = data_folder();
    let data_dir = DataDir::open(folder.path()).unwrap();
    let health = Health::new();
    let first = Postgres::start(&data_dir, Origin::SystemFirst).await.unwrap();
    let (url, pid) = (first.database_url().to_owned(), first.pid().unwrap());
    let running = Running::postgres(first, &health);
    psql(&url, "create table t as select generate_series(1, 1000) as n");
    running.stop().await;
    assert!(!alive(pid));

    let second = Postgres::start(&data_dir, Origin::SystemFirst).await.unwrap();
    assert_eq!(second.database_url(), url, "password and port are kept");
    let running = Running::postgres(second, &health);
    assert_eq!(psql(&url, "select count(*) from t"), "1000");
    assert_eq!(psql(&url, "show server_encoding"), "UTF8");
    running.stop().await;
}

#[tokio::test]
async fn given_a_postgres_that_dies_when_it_runs_then_it_is_started_again() {
    let folder = data_folder();
    let data_dir = DataDir::open(folder.path()).unwrap();
    let health = Health::new();
    let postgres = Postgres::start(&data_dir, Origin::SystemFirst).await.unwrap();
    let (url, pid) = (postgres.database_url().to_owned(), postgres.pid().unwrap());
    let running = Running::postgres(postgres, &health);
    // The server's default leaves the last commits to the log of events, which is not here.
    psql(&url, "set synchronous_commit = on; create table t (n int)");
    until(async || health.is_ready()).await;
    let killed = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
    assert!(killed.success());
    until(async || !health.is_ready()).await;
    until(async || health.is_ready()).await;
    assert_eq!(psql(&url, "select count(*) from t"), "0");
    running.stop().await;
}

#[tokio::test]
async fn given_a_leftover_of_a_killed_process_when_started_then_it_is_ended_first() {
    let folder = data_folder();
    let data_dir = DataDir::open(folder.path()).unwrap();
    let postgres = Postgres::start(&data_dir, Origin::SystemFirst).await.unwrap();
    let (url, pid) = (postgres.database_url().to_owned(), postgres.pid().unwrap());
    psql(&url, "create table t (n int)");
    // Nobody stops it, as when we are killed; its end is left to the next start.
    std::mem::forget(postgres);
    assert!(alive(pid));
    let next = Postgres::start(&data_dir, Origin::SystemFirst).await.unwrap();
    assert_ne!(next.pid(), Some(pid));
    let running = Running::postgres(next, &Health::new());
    psql(&url, "insert into t values (1)");
    running.stop().await;
}

#[tokio::test]
async fn given_data_of_another_version_when_started_with_fetched_programs_then_it_is_kept_aside_and_a_new_database_is_there()
 {
    let folder = data_folder();
    let data_dir = DataDir::open(folder.path()).unwrap();
    let systems = Postgres::start(&data_dir, Origin::SystemFirst).await.unwrap();
    let (url, pgdata) = (systems.database_url().to_owned(), systems.folder().to_owned());
    let running = Running::postgres(systems, &Health::new());
    psql(&url, "create table t (n int)");
    let before = psql(&url, "show server_version_num");
    running.stop().await;

    let fetched = Postgres::start(&data_dir, Origin::Fetched).await.unwrap();
    let url = fetched.database_url().to_owned();
    let running = Running::postgres(fetched, &Health::new());
    assert_ne!(psql(&url, "show server_version_num")[..2], before[..2], "the fetched version is another one");
    assert_eq!(psql(&url, "select to_regclass('t') is null"), "t");
    running.stop().await;
    let kept = std::fs::read_dir(pgdata.parent().unwrap())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().join("PG_VERSION").exists())
        .count();
    assert_eq!(kept, 2, "the old database is still there");
}

/// Asks for the broker's API versions, the first thing any Kafka client does, and returns the error code.
async fn api_versions(address: &str) -> i16 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // length, api 18, version 0, correlation 7, client id of length 0
    stream.write_all(&[0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0, 0]).await.unwrap();
    let mut answer = vec![0; 10];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer[4..8], [0, 0, 0, 7]);
    i16::from_be_bytes([answer[8], answer[9]])
}

async fn run_broker(listen: SocketAddr, folder: &Path) -> (String, Shutdown, JoinHandle<Result<(), BrokerError>>) {
    let broker = Broker::start(listen, folder).await.unwrap();
    let (bootstrap, shutdown) = (broker.bootstrap(), Shutdown::new());
    let task = tokio::spawn(broker.run(shutdown.clone()));
    (bootstrap, shutdown, task)
}

#[tokio::test]
async fn given_a_broker_when_stopped_and_started_again_then_it_answers_at_the_same_address() {
    let folder = tempfile::Builder::new().prefix("a folder with ü ").tempdir().unwrap();
    let (bootstrap, shutdown, task) = run_broker(ANY, folder.path()).await;
    assert_eq!(api_versions(&bootstrap).await, 0);
    shutdown.request();
    task.await.unwrap().unwrap();
    let (again, shutdown, task) = run_broker(bootstrap.parse().unwrap(), folder.path()).await;
    assert_eq!((again == bootstrap, api_versions(&again).await), (true, 0));
    shutdown.request();
    task.await.unwrap().unwrap();
    assert!(folder.path().join("log.sqlite").is_file());
}

#[tokio::test]
async fn given_a_port_in_use_when_a_broker_starts_then_one_line_names_it_and_the_way_out() {
    let taken = TcpListener::bind(ANY).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let error = Broker::start(taken.local_addr().unwrap(), folder.path()).await.unwrap_err().to_string();
    assert!(
        error.contains(&taken.local_addr().unwrap().to_string()) && error.contains("KAFKA_EMBEDDED_LISTEN"),
        "{error}"
    );
    assert_eq!(error.lines().count(), 1);
}

#[tokio::test]
async fn given_an_open_stream_when_the_server_stops_then_it_ends_on_the_token() {
    use axum::body::Body;
    use axum::routing::get;

    let shutdown = Shutdown::new();
    let token = shutdown.clone();
    let endless = move || async move {
        let ended = futures::stream::once(async move {
            token.requested().await;
            Ok::<_, Infallible>("bye")
        });
        Body::from_stream(ended)
    };
    let router = axum::Router::new().route("/events", get(endless));
    let listener = tokio::net::TcpListener::bind(ANY).await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(platform::http::serve(router, listener, shutdown.clone()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    shutdown.request();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.contains("bye"), "{rest}");
    server.await.unwrap().unwrap();
}
