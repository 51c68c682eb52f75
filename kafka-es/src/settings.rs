//! How to reach Kafka, and the client configurations made from it.

use std::fmt;
use std::time::Duration;

use rdkafka::ClientConfig;

/// Where Kafka is and how to talk to it.
///
/// ```
/// use std::time::Duration;
///
/// use kafka_es::KafkaSettings;
///
/// let kafka = KafkaSettings::new("kafka-0:9092,kafka-1:9092")
///     .option("sasl.password", "hunter2")
///     .option("acks", "1");
/// // What safety rests on is not for options to change.
/// assert_eq!(kafka.producer(Duration::from_secs(5), Duration::ZERO).get("acks"), Some("all"));
/// assert_eq!(kafka.consumer(1024).get("auto.offset.reset"), Some("error"));
/// assert_eq!(kafka.admin().get("bootstrap.servers"), Some("kafka-0:9092,kafka-1:9092"));
/// // Passwords do not get into logs.
/// assert!(!format!("{kafka:?}").contains("hunter2"));
/// // The in-process broker is a Kafka that knows less of its topics.
/// assert!(KafkaSettings::embedded("127.0.0.1:9092").embedded);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KafkaSettings {
    /// Bootstrap servers, `host:port,…`.
    pub brokers: String,
    /// Further librdkafka options, e.g. `security.protocol` = `SASL_SSL`. They win over the crate's own defaults, except
    /// those that the protocol's safety rests on (`acks`, `enable.idempotence`, `auto.offset.reset`, `isolation.level`).
    pub options: Vec<(String, String)>,
    /// True for the in-process broker, which tells nothing of its topics' settings.
    pub embedded: bool,
}

impl fmt::Debug for KafkaSettings {
    // Options may hold passwords: only their names are shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.options.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("KafkaSettings")
            .field("brokers", &self.brokers)
            .field("options", &names)
            .field("embedded", &self.embedded)
            .finish()
    }
}

impl KafkaSettings {
    /// Settings of a real cluster.
    pub fn new(brokers: impl Into<String>) -> Self {
        Self { brokers: brokers.into(), options: Vec::new(), embedded: false }
    }

    /// Settings of the in-process broker.
    pub fn embedded(brokers: impl Into<String>) -> Self {
        Self { embedded: true, ..Self::new(brokers) }
    }

    /// Adds one librdkafka option.
    #[must_use]
    pub fn option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.push((name.into(), value.into()));
        self
    }

    /// A client with defaults, the user's options over them, and `fixed` over both.
    fn client(&self, defaults: &[(&str, String)], fixed: &[(&str, String)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers).set("client.id", "kafka-es");
        // A broker that comes back is found again within a second, not after librdkafka's default of ten.
        config.set("reconnect.backoff.ms", "50").set("reconnect.backoff.max.ms", "1000");
        config.set("topic.metadata.refresh.interval.ms", "60000").set("log.connection.close", "false");
        for (name, value) in defaults {
            config.set(*name, value);
        }
        for (name, value) in &self.options {
            config.set(name, value);
        }
        for (name, value) in fixed {
            config.set(*name, value);
        }
        config
    }

    /// The configuration of an idempotent producer that gives up on a record after `timeout`.
    pub fn producer(&self, timeout: Duration, linger: Duration) -> ClientConfig {
        let linger_ms = linger.as_secs_f64() * 1000.0;
        self.client(
            &[
                ("message.timeout.ms", timeout.as_millis().to_string()),
                ("linger.ms", linger_ms.to_string()),
                ("socket.nagle.disable", "true".to_owned()),
                ("queue.buffering.max.kbytes", "32768".to_owned()),
                ("message.max.bytes", "4194304".to_owned()),
            ],
            &[("acks", "all".to_owned()), ("enable.idempotence", "true".to_owned())],
        )
    }

    /// The configuration of a consumer that is assigned by hand, commits nothing and shows truncation as an error.
    pub fn consumer(&self, queue_kbytes: u32) -> ClientConfig {
        self.client(
            &[
                ("fetch.wait.max.ms", "500".to_owned()),
                ("fetch.min.bytes", "1".to_owned()),
                ("fetch.error.backoff.ms", "100".to_owned()),
                // The queue is small, so it is often full; librdkafka would then look away for a whole second.
                ("fetch.queue.backoff.ms", "2".to_owned()),
                ("queued.max.messages.kbytes", queue_kbytes.to_string()),
                ("fetch.message.max.bytes", "1048576".to_owned()),
                ("socket.nagle.disable", "true".to_owned()),
            ],
            &[
                // librdkafka wants a group name even for a consumer that joins none.
                ("group.id", "kafka-es-unused".to_owned()),
                ("enable.auto.commit", "false".to_owned()),
                ("enable.auto.offset.store", "false".to_owned()),
                ("enable.partition.eof", "true".to_owned()),
                ("auto.offset.reset", "error".to_owned()),
                // A record with a flipped bit would be a foreign one here and an event elsewhere.
                ("check.crcs", "true".to_owned()),
                // The rule is a function of every record: a reader that hid some would judge differently.
                ("isolation.level", "read_uncommitted".to_owned()),
            ],
        )
    }

    /// The configuration of a client for topics and metadata.
    pub fn admin(&self) -> ClientConfig {
        self.client(&[], &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_an_unsafe_option_when_a_producer_is_made_then_the_protocol_wins() {
        let settings = KafkaSettings::new("x:1").option("acks", "1").option("linger.ms", "7");
        let config = settings.producer(Duration::from_secs(5), Duration::ZERO);
        assert_eq!((config.get("acks"), config.get("linger.ms")), (Some("all"), Some("7")));
    }

    #[test]
    fn given_a_password_when_shown_for_debugging_then_it_is_not_there() {
        let settings = KafkaSettings::new("x:1").option("sasl.password", "hunter2");
        let shown = format!("{settings:?}");
        assert!(shown.contains("sasl.password") && !shown.contains("hunter2"));
    }
}
