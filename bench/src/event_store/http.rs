//! Creates over HTTP: one command replica, a broker and the clients on the same cores.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tests::kafka::KafkaNode;
use tests::tasklog::Tasklog;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::latency::Latencies;
use crate::process::cpu_seconds;
use crate::report::{Limit, Report};

const CONNECTIONS: usize = 64;
const WARM_UP: Duration = Duration::from_secs(8);
const MEASURED: Duration = Duration::from_secs(15);

/// Rate and latency, and who used the cores meanwhile.
pub async fn figures(report: &mut Report) -> anyhow::Result<()> {
    let folder = tests::system::folder();
    let kafka = KafkaNode::start_for_benchmarks(&folder.path().join("kafka")).await;
    let mut tasklog = Tasklog::role("command", folder.path());
    tasklog.set("KAFKA_BROKERS", &kafka.bootstrap());
    tasklog.set("RUST_LOG", "warn");
    tasklog.run_well(&["topics", "create"]);
    tasklog.start().await;

    let (address, begin) = (tasklog.address().to_owned(), Instant::now() + WARM_UP);
    let clients: Vec<_> =
        (0..CONNECTIONS).map(|_| tokio::spawn(client(address.clone(), begin, begin + MEASURED))).collect();
    tokio::time::sleep_until(begin.into()).await;
    let pids = [("server", tasklog.running().pid()), ("broker", kafka.pid()), ("clients", std::process::id())];
    let before = pids.map(|(_, pid)| cpu_seconds(pid));
    tokio::time::sleep(MEASURED).await;
    let after = pids.map(|(_, pid)| cpu_seconds(pid));

    let mut latencies = Latencies::default();
    for client in clients {
        latencies.merge(client.await??);
    }
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

/// One connection: one request after the other, those between `begin` and `end` measured.
///
/// By hand rather than through an HTTP client: the clients share the cores with the server, and a client library takes
/// about as much of them as the server does.
async fn client(address: String, begin: Instant, end: Instant) -> anyhow::Result<Latencies> {
    let body = r#"{"title":"water the plants","priority":"high","tags":["home"],"due_date":"2026-12-01"}"#;
    let request = format!(
        "POST /tasks HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let stream = TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let mut latencies = Latencies::default();
    let (mut line, mut answer) = (String::new(), Vec::new());
    loop {
        let sent = Instant::now();
        if sent >= end {
            return Ok(latencies);
        }
        write.write_all(request.as_bytes()).await?;
        line.clear();
        read.read_line(&mut line).await?;
        ensure!(line.starts_with("HTTP/1.1 201"), "a create was answered {line}");
        let mut length = None;
        while line != "\r\n" {
            line.clear();
            read.read_line(&mut line).await?;
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = Some(value.trim().parse::<usize>()?);
            }
        }
        answer.resize(length.context("the answer tells its length")?, 0);
        read.read_exact(&mut answer).await?;
        if sent >= begin {
            latencies.add(sent.elapsed());
        }
    }
}
