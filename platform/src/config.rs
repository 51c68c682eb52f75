//! Settings that roles share: each a flag with its environment variable, both shown in `--help`.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::HeaderValue;
use clap::Args;

use crate::sidecar::{self, NoSecrets, NoToken, SecretsWanted, Sidecar};
use crate::telemetry::{self, LogFormat};

/// Where HTTP is served.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "HTTP")]
pub struct HttpArgs {
    /// Address and port of the HTTP API
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// For how long this process goes on serving after SIGTERM, while /readyz already says that it is not ready
    #[arg(long, env = "DRAIN_SECONDS", default_value_t = 0, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(..=3_600))]
    pub drain_seconds: u32,
}

impl HttpArgs {
    /// See `drain_seconds`.
    #[must_use]
    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds.into())
    }
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
    /// SASL user name, with sasl.mechanisms and security.protocol in --kafka-options
    #[arg(long, env = "KAFKA_USERNAME", value_name = "NAME", hide_env_values = true)]
    pub kafka_username: Option<Secret>,
    /// SASL password
    #[arg(long, env = "KAFKA_PASSWORD", value_name = "PASSWORD", hide_env_values = true)]
    pub kafka_password: Option<Secret>,
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

/// The Dapr sidecar of this process, where there is one.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Dapr")]
pub struct SidecarArgs {
    /// Port of the sidecar's HTTP API on this machine; Dapr sets it
    #[arg(long, env = "DAPR_HTTP_PORT", default_value_t = 3500, value_name = "PORT", global = true)]
    pub dapr_http_port: u16,
    /// The token that the sidecar asks for, where it asks for one; Dapr sets it
    #[arg(long, env = "DAPR_API_TOKEN", value_name = "TOKEN", hide_env_values = true, global = true)]
    pub dapr_api_token: Option<Secret>,
    /// Name of the sidecar's secret store
    #[arg(long, env = "DAPR_SECRET_STORE", value_name = "NAME", global = true)]
    pub dapr_secret_store: Option<String>,
    /// Secrets of that store, read at start: each value is taken for the variable of its name, where that is not set
    #[arg(long, env = "DAPR_SECRETS", value_name = "NAME,…", global = true)]
    pub dapr_secrets: Option<String>,
}

impl SidecarArgs {
    /// The sidecar, whether it is there or not.
    ///
    /// # Errors
    /// See [`SidecarArgs::token`].
    pub fn sidecar(&self) -> Result<Sidecar, NoToken> {
        Ok(Sidecar::new(self.dapr_http_port, self.token()?))
    }

    /// What the sidecar is shown; nothing where the variable is set to nothing.
    ///
    /// # Errors
    /// [`NoToken`] when no header can carry it: without it, each question would be refused, and nobody would know why.
    pub fn token(&self) -> Result<Option<HeaderValue>, NoToken> {
        self.dapr_api_token.as_ref().filter(|token| !token.reveal().is_empty()).map(sidecar::shown).transpose()
    }

    /// What is to be read at start, if anything.
    ///
    /// # Errors
    /// See [`SecretsWanted::new`].
    pub fn secrets(&self) -> Result<Option<SecretsWanted>, NoSecrets> {
        SecretsWanted::new(self.dapr_secret_store.as_deref(), self.dapr_secrets.as_deref())
    }
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

/// What no log line and no help text shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Reads a number from 0 to 1.
fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| format!("{text:?} is not a number"))?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(format!("{text} is not from 0 to 1")) }
}

/// Settings for the Kafka client, in the order given.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KafkaOptions(pub Vec<(String, String)>);

impl fmt::Debug for KafkaOptions {
    // There may be passwords among them: only their names are shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl KafkaArgs {
    /// The client's settings; none where none were given. Name and password of their own win over those among the options.
    #[must_use]
    pub fn options(&self) -> Vec<(String, String)> {
        let options = self.kafka_options.clone().unwrap_or_default().0;
        let credentials = [("sasl.username", &self.kafka_username), ("sasl.password", &self.kafka_password)];
        let given = credentials.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?.reveal())));
        let set = given.filter(|(_, value)| !value.is_empty());
        options.into_iter().chain(set.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
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

    #[test]
    fn given_a_token_that_no_header_can_carry_then_its_variable_is_named_and_it_is_not_shown() {
        let arguments = |token: Option<&str>| SidecarArgs {
            dapr_http_port: 3500,
            dapr_api_token: token.map(|token| Secret::from(token.to_owned())),
            dapr_secret_store: None,
            dapr_secrets: None,
        };
        for token in ["hunter2\n", "hunter2\r\ndapr-app-id: x", "hunter2\u{7f}"] {
            let error = arguments(Some(token)).token().unwrap_err();
            assert!(error.to_string().contains("DAPR_API_TOKEN"), "{error}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
            assert!(arguments(Some(token)).sidecar().is_err());
        }
        assert_eq!([None, Some("")].map(|token| arguments(token).token().unwrap()), [None, None]);
        let carried = arguments(Some("hunter2")).token().unwrap().unwrap();
        assert_eq!(carried, "hunter2");
        assert!(!format!("{carried:?}").contains("hunter2"));
    }

    #[test]
    fn given_credentials_then_they_win_over_the_options_are_not_shown_and_are_none_where_they_are_empty() {
        let secret = |text: &str| Some(Secret::from(text.to_owned()));
        let mut arguments = KafkaArgs {
            kafka_brokers: None,
            kafka_options: Some(kafka_options("sasl.mechanisms=PLAIN,sasl.password=of the options").unwrap()),
            kafka_username: secret("tasklog"),
            kafka_password: secret("hunter2"),
            topic_partitions: None,
        };
        let last_of = |options: &[(String, String)], name: &str| {
            options.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let options = arguments.options();
        assert_eq!(last_of(&options, "sasl.username").as_deref(), Some("tasklog"));
        assert_eq!(last_of(&options, "sasl.password").as_deref(), Some("hunter2"));
        let shown = format!("{arguments:?}");
        assert!(shown.contains("sasl.mechanisms"), "{shown}");
        assert!(!shown.contains("hunter2") && !shown.contains("of the options"), "{shown}");
        (arguments.kafka_username, arguments.kafka_password) = (secret(""), None);
        let options = arguments.options();
        assert_eq!(last_of(&options, "sasl.username"), None);
        assert_eq!(last_of(&options, "sasl.password").as_deref(), Some("of the options"));
    }
}
