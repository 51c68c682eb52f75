//! Creates over HTTP: one command replica, a broker and the clients on the same cores.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures::future::try_join_all;
use tests::kafka::KafkaNode;
use tests::tasklog::Tasklog;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::latency::Latencies;
use crate::process::cpu_seconds;
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

    let clients = try_join_all((0..CONNECTIONS).map(|_| Client::connect(tasklog.address()))).await?;
    let warm = clients.into_iter().map(|mut client| async move {
        for _ in 0..WARM_UP / CONNECTIONS {
            client.create().await?;
        }
        anyhow::Ok(client)
    });
    let clients = in_tasks(warm).await?;

    let pids = [("server", tasklog.running().pid()), ("broker", kafka.pid()), ("clients", std::process::id())];
    let before = pids.map(|(_, pid)| cpu_seconds(pid));
    let end = Instant::now() + MEASURED;
    let measured = clients.into_iter().map(|mut client| async move {
        let mut latencies = Latencies::default();
        while Instant::now() < end {
            latencies.time(client.create()).await?;
        }
        anyhow::Ok(latencies)
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

/// One connection: one request after the other.
///
/// By hand rather than through an HTTP client: the clients share the cores with the server, and a client library takes
/// about as much of them as the server does.
struct Client {
    read: BufReader<OwnedReadHalf>,
    write: OwnedWriteHalf,
    request: String,
    line: String,
    answer: Vec<u8>,
}

impl Client {
    async fn connect(address: &str) -> anyhow::Result<Self> {
        let body = r#"{"title":"water the plants","priority":"high","tags":["home"],"due_date":"2026-12-01"}"#;
        let request = format!(
            "POST /tasks HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (read, write) = stream.into_split();
        Ok(Self { read: BufReader::new(read), write, request, line: String::new(), answer: Vec::new() })
    }

    /// Creates a task and reads the whole answer.
    async fn create(&mut self) -> anyhow::Result<()> {
        self.write.write_all(self.request.as_bytes()).await?;
        self.line.clear();
        self.read.read_line(&mut self.line).await?;
        ensure!(self.line.starts_with("HTTP/1.1 201"), "a create was answered {}", self.line);
        let mut length = None;
        while self.line != "\r\n" {
            self.line.clear();
            self.read.read_line(&mut self.line).await?;
            if let Some((name, value)) = self.line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = Some(value.trim().parse::<usize>()?);
            }
        }
        self.answer.resize(length.context("the answer tells its length")?, 0);
        self.read.read_exact(&mut self.answer).await?;
        Ok(())
    }
}
