//! Settings that roles share: each a flag with its environment variable, both shown in `--help`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::telemetry::{self, LogFormat};

/// Where HTTP is served.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "HTTP")]
pub struct HttpArgs {
    /// Address and port of the HTTP API
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
}

/// Which Kafka holds the log.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Kafka")]
pub struct KafkaArgs {
    /// Bootstrap servers, separated by commas; without them `tasklog up` runs a broker of its own
    #[arg(long, env = "KAFKA_BROKERS", value_name = "HOST:PORT,…")]
    pub kafka_brokers: Option<String>,
    /// Settings for the Kafka client (librdkafka), such as security.protocol=SASL_SSL
    #[arg(long, env = "KAFKA_OPTIONS", value_name = "KEY=VALUE,…", value_parser = kafka_options, hide_env_values = true)]
    pub kafka_options: Option<KafkaOptions>,
    /// Partitions of a topic when it is created [default: 6, embedded broker: 1]
    #[arg(long, env = "TOPIC_PARTITIONS", value_name = "COUNT", value_parser = clap::value_parser!(i32).range(1..=10_000))]
    pub topic_partitions: Option<i32>,
}

/// Where the broker of `tasklog up` listens.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Kafka")]
pub struct EmbeddedKafkaArgs {
    /// Address and port of the embedded broker, used without --kafka-brokers
    #[arg(long, env = "KAFKA_EMBEDDED_LISTEN", default_value = "127.0.0.1:9092", value_name = "ADDRESS:PORT")]
    pub kafka_embedded_listen: SocketAddr,
}

/// Which Postgres holds the read models.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Postgres")]
pub struct PostgresArgs {
    /// postgres:// URL of the read models; without it `tasklog up` runs a Postgres of its own
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

/// Where this process keeps its files.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Data")]
pub struct DataArgs {
    /// Folder of the embedded servers, the writer's state and the search index
    #[arg(long, env = "DATA_DIR", default_value = "./data", value_name = "FOLDER")]
    pub data_dir: PathBuf,
}

/// Logs and traces.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Telemetry")]
pub struct TelemetryArgs {
    /// Which log lines are written, as in `info,kafka_es=debug` [default: info; warn for commands that end by themselves]
    #[arg(long, env = "RUST_LOG", value_name = "FILTER", global = true)]
    pub log: Option<String>,
    /// Shape of log lines [default: pretty in a terminal, json otherwise]
    #[arg(long, env = "LOG_FORMAT", value_name = "FORMAT", global = true)]
    pub log_format: Option<LogFormat>,
    /// Base URL of an OTLP/HTTP collector that takes the traces; without it there are none
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL", global = true)]
    pub otlp_endpoint: Option<String>,
    /// Share of the traces that is sent, from 0 to 1; of the others only what has failed
    #[arg(long, env = "TRACE_SHARE", value_name = "SHARE", default_value_t = 1.0, value_parser = share, global = true)]
    pub trace_share: f64,
    /// Project of Google Cloud: JSON log lines then name their traces as Cloud Logging does
    #[arg(long, env = "GOOGLE_CLOUD_PROJECT", value_name = "PROJECT", global = true)]
    pub google_cloud_project: Option<String>,
}

impl TelemetryArgs {
    /// What [`telemetry::init`] is told for the role `role`, whose filter is `log_default` where none was given.
    #[must_use]
    pub fn options(&self, role: &'static str, log_default: &str) -> telemetry::Options {
        telemetry::Options {
            role,
            log_format: self.log_format,
            filter: self.log.clone().unwrap_or_else(|| log_default.to_owned()),
            // A variable that is set to nothing means that there is none, as in the specification.
            otlp_endpoint: self.otlp_endpoint.clone().filter(|endpoint| !endpoint.is_empty()),
            trace_share: self.trace_share,
            google_project: self.google_cloud_project.clone().filter(|project| !project.is_empty()),
        }
    }
}

/// Reads a number from 0 to 1.
fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| format!("{text:?} is not a number"))?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(format!("{text} is not from 0 to 1")) }
}

/// Settings for the Kafka client, in the order given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KafkaOptions(pub Vec<(String, String)>);

impl KafkaArgs {
    /// The client's settings; none where none were given.
    #[must_use]
    pub fn options(&self) -> Vec<(String, String)> {
        self.kafka_options.clone().unwrap_or_default().0
    }
}

/// Reads `key=value,…`. A part without `=` belongs to the value before it, since values such as lists
/// of mechanisms hold commas themselves.
fn kafka_options(text: &str) -> Result<KafkaOptions, String> {
    let mut options: Vec<(String, String)> = Vec::new();
    for part in text.split(',').filter(|part| !part.trim().is_empty()) {
        match (part.split_once('='), options.last_mut()) {
            (Some((key, value)), _) if !key.trim().is_empty() => {
                options.push((key.trim().to_owned(), value.trim().to_owned()))
            }
            (None, Some((_, value))) => {
                value.push(',');
                value.push_str(part.trim());
            }
            _ => return Err(format!("{part:?} is not key=value")),
        }
    }
    Ok(KafkaOptions(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_share_when_read_then_it_is_from_nothing_to_all() {
        assert_eq!(["0", "0.05", "1"].map(share), [Ok(0.0), Ok(0.05), Ok(1.0)]);
        assert!(["", "a", "-0.1", "1.1", "NaN", "inf"].into_iter().all(|text| share(text).is_err()));
    }

    #[test]
    fn given_options_when_read_then_values_may_hold_equals_signs_and_commas() {
        let options = kafka_options("sasl.password=a=b, ssl.cipher.suites=x,y,security.protocol=SASL_SSL,").unwrap();
        let pairs: Vec<_> = options.0.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("sasl.password", "a=b"), ("ssl.cipher.suites", "x,y"), ("security.protocol", "SASL_SSL")]);
        assert!(kafka_options("oops").is_err() && kafka_options("=x").is_err());
        assert_eq!(kafka_options("").unwrap(), KafkaOptions::default());
    }
}
