//! The recorder behind the `metrics` macros, rendered at `/metrics`.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

mod pool;
mod process;

pub use pool::watch_pool;

/// Upper bounds of every histogram in seconds: from a local produce to the request deadline.
const BUCKETS_SECONDS: &[f64] = &[0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

/// How often recorded samples are folded into their buckets when nobody scrapes.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Renders what the `metrics` macros recorded. Clones render the same recorder.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// Makes the recorder of this process, once; later calls return the same one.
    ///
    /// # Panics
    /// When someone else installed a recorder before, which is a fault of the program.
    #[must_use]
    pub fn install() -> Self {
        static INSTALLED: OnceLock<Metrics> = OnceLock::new();
        INSTALLED
            .get_or_init(|| {
                let recorder = builder().build_recorder();
                let handle = recorder.handle();
                metrics::set_global_recorder(recorder).expect("only this function installs a recorder");
                process::describe();
                keep_up(handle.clone());
                Self(handle)
            })
            .clone()
    }

    /// A recorder nobody records to, where a router is made only to be looked at.
    #[must_use]
    pub fn detached() -> Self {
        Self(builder().build_recorder().handle())
    }

    /// The Prometheus text, with the process's own figures as of now.
    #[must_use]
    pub fn render(&self) -> String {
        process::record();
        self.0.render()
    }
}

fn builder() -> PrometheusBuilder {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), BUCKETS_SECONDS)
        .expect("the bounds are not empty")
}

/// Without this an unscraped process would keep every sample it ever recorded.
fn keep_up(handle: PrometheusHandle) {
    let upkeep = move || loop {
        std::thread::sleep(UPKEEP_EVERY);
        handle.run_upkeep();
    };
    if let Err(error) = std::thread::Builder::new().name("metrics-upkeep".to_owned()).spawn(upkeep) {
        tracing::warn!(%error, "no thread for the upkeep of metrics; memory grows until they are scraped");
    }
}
