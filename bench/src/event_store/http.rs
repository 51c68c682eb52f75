//! Creates over HTTP: one command replica, a broker and the clients on the same cores.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use futures::future::try_join_all;
use tests::kafka::KafkaNode;
use tests::tasklog::Tasklog;

use crate::connection::Connection;
use crate::latency::Latencies;
use crate::processor::cpu_seconds;
use crate::report::{Limit, Report};

const CONNECTIONS: usize = 64;
const MEASURED: Duration = Duration::from_secs(15);

/// Creates before the clock starts, rather than seconds: the broker's compilers work by how often a method ran, and in
/// a slow hour of the machine eight seconds end in the midst of it, with half a core of two theirs.
const WARM_UP: usize = 150_000;

/// Rate and latency, and who used the cores meanwhile.
pub async fn figures(report: &mut Report) -> anyhow::Result<()> {
    let folder = tests::system::folder();
    let kafka = KafkaNode::start_for_benchmarks(&folder.path().join("kafka")).await;
    let mut tasklog = Tasklog::role("command", folder.path());
    tasklog.set("KAFKA_BROKERS", &kafka.bootstrap());
    tasklog.set("RUST_LOG", "warn");
    tasklog.run_well(&["topics", "create"]);
    tasklog.start().await;

    let request = request(tasklog.address());
    let clients = try_join_all((0..CONNECTIONS).map(|_| Connection::open(tasklog.address()))).await?;
    let warm = clients.into_iter().map(|mut client| {
        let request = request.clone();
        async move {
            for _ in 0..WARM_UP / CONNECTIONS {
                create(&mut client, &request).await?;
            }
            anyhow::Ok(client)
        }
    });
    let clients = in_tasks(warm).await?;

    let pids = [("server", tasklog.running().pid()), ("broker", kafka.pid()), ("clients", std::process::id())];
    let before = pids.map(|(_, pid)| cpu_seconds(pid));
    let end = Instant::now() + MEASURED;
    let measured = clients.into_iter().map(|mut client| {
        let request = request.clone();
        async move {
            let mut latencies = Latencies::default();
            while Instant::now() < end {
                latencies.time(create(&mut client, &request)).await?;
            }
            anyhow::Ok(latencies)
        }
    });
    let measured = in_tasks(measured).await?;
    let after = pids.map(|(_, pid)| cpu_seconds(pid));

    let mut latencies = Latencies::default();
    measured.into_iter().for_each(|client| latencies.merge(client));
    let rate = latencies.count() as f64 / MEASURED.as_secs_f64();
    report.figure("http-create", rate, "/s", Limit::AtLeast(10_000.0));
    report.figure("http-create.p50", latencies.millis(0.50), "ms", Limit::None);
    report.figure("http-create.p99", latencies.millis(0.99), "ms", Limit::AtMost(25.0));
    for (((name, _), before), after) in pids.iter().zip(before).zip(after) {
        let cores = (after? - before?) / MEASURED.as_secs_f64();
        report.figure(&format!("http-create.{name}.cores"), cores, "cores", Limit::None);
    }
    tasklog.stop().await;
    Ok(())
}

/// Each in a task of its own, and what they gave.
async fn in_tasks<T: Send + 'static>(
    clients: impl Iterator<Item = impl Future<Output = anyhow::Result<T>> + Send + 'static>,
) -> anyhow::Result<Vec<T>> {
    let tasks: Vec<_> = clients.map(tokio::spawn).collect();
    try_join_all(tasks).await?.into_iter().collect()
}

/// The request of every call.
fn request(address: &str) -> Arc<str> {
    let body = r#"{"title":"water the plants","priority":"high","tags":["home"],"due_date":"2026-12-01"}"#;
    let head = format!("POST /tasks HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json");
    format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into()
}

/// Creates a task and reads the whole answer.
async fn create(connection: &mut Connection, request: &str) -> anyhow::Result<()> {
    let status = connection.call(request.as_bytes()).await?;
    ensure!(status == 201, "a create was answered {status} {}", String::from_utf8_lossy(connection.body()));
    Ok(())
}
