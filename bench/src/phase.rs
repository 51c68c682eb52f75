//! One load on one system: so many clients that call one after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Args;
use futures::future::try_join_all;

use crate::connection::Connection;
use crate::latency::Latencies;
use crate::processor::cpu_seconds;
use crate::quiet;
use crate::report::Report;

/// What is called: the `n`th request as it goes over the wire.
pub type Calls = Arc<dyn Fn(usize) -> Vec<u8> + Send + Sync>;

/// How long a load goes on.
#[derive(Debug, Clone, Copy, Args)]
pub struct Pace {
    /// Seconds that each load is measured for.
    #[arg(long, env = "BENCH_SECONDS", default_value_t = 5)]
    seconds: u64,
    /// Seconds of the same load before that.
    #[arg(long, env = "BENCH_WARM_UP_SECONDS", default_value_t = 2)]
    warm_up_seconds: u64,
}

impl Pace {
    /// Before the clock starts.
    pub fn warm_up(self) -> Duration {
        Duration::from_secs(self.warm_up_seconds)
    }

    /// While it runs.
    pub fn measured(self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// Keeps it in the report.
    pub fn tell(self, report: &mut Report) {
        report.setting("BENCH_SECONDS", &self.seconds.to_string());
        report.setting("BENCH_WARM_UP_SECONDS", &self.warm_up_seconds.to_string());
    }
}

/// What was seen.
#[derive(Debug, Clone, Copy)]
pub struct Phase {
    /// Calls a second that were answered well.
    pub rate: f64,
    /// The median of their times, in milliseconds.
    pub p50: f64,
    /// The 99th percentile, in milliseconds.
    pub p99: f64,
    /// Calls that were answered otherwise or not at all, those of the warm-up included.
    pub refused: usize,
    /// Cores that the clients themselves took.
    pub client_cores: f64,
}

impl Phase {
    /// Makes the calls that `made` has not counted yet.
    ///
    /// # Errors
    /// When nobody listens at `address`, or no call was answered well.
    pub async fn measure(
        address: &str,
        calls: Calls,
        made: &Arc<AtomicUsize>,
        clients: usize,
        pace: Pace,
    ) -> anyhow::Result<Self> {
        quiet::machine().await?;
        let start = Instant::now() + pace.warm_up();
        let end = start + pace.measured();
        let clients: Vec<_> = (0..clients)
            .map(|_| {
                let client = Client { address: address.to_owned(), calls: calls.clone(), made: made.clone() };
                tokio::spawn(client.run(start, end))
            })
            .collect();
        tokio::time::sleep_until(start.into()).await;
        let cpu = cpu_seconds(std::process::id())?;
        tokio::time::sleep_until(end.into()).await;
        let cpu = cpu_seconds(std::process::id())? - cpu;

        let (mut latencies, mut refused, mut first) = (Latencies::default(), 0, None);
        for seen in try_join_all(clients).await? {
            let seen = seen?;
            latencies.merge(seen.latencies);
            refused += seen.refused;
            first = first.or(seen.first);
        }
        if let Some(first) = &first {
            println!("{refused} calls were not answered well; one of them: {first}");
        }
        if latencies.count() == 0 {
            bail!("no call was answered well: {}", first.unwrap_or_default());
        }
        let seconds = pace.measured().as_secs_f64();
        Ok(Self {
            rate: latencies.count() as f64 / seconds,
            p50: latencies.millis(0.50),
            p99: latencies.millis(0.99),
            refused,
            client_cores: cpu / seconds,
        })
    }
}

/// What one client does.
struct Client {
    address: String,
    calls: Calls,
    made: Arc<AtomicUsize>,
}

/// What one client has seen.
#[derive(Default)]
struct Seen {
    latencies: Latencies,
    refused: usize,
    /// The first answer that was none.
    first: Option<String>,
}

impl Client {
    /// Calls until `end`; what began from `start` on counts.
    async fn run(self, start: Instant, end: Instant) -> anyhow::Result<Seen> {
        let mut connection = Connection::open(&self.address).await?;
        let mut seen = Seen::default();
        loop {
            let request = (self.calls)(self.made.fetch_add(1, Ordering::Relaxed));
            let began = Instant::now();
            if began >= end {
                return Ok(seen);
            }
            match connection.call(&request).await {
                Ok(200..=299) if began >= start => seen.latencies.add(began.elapsed()),
                Ok(200..=299) => {}
                Ok(status) => {
                    let body = String::from_utf8_lossy(connection.body()).into_owned();
                    seen.refuse(|| format!("{status} {body}"));
                }
                Err(error) => {
                    seen.refuse(|| format!("{error:#}"));
                    connection = Connection::open(&self.address).await?;
                }
            }
        }
    }
}

impl Seen {
    fn refuse(&mut self, text: impl FnOnce() -> String) {
        self.refused += 1;
        self.first.get_or_insert_with(text);
    }
}
