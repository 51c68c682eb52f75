//! Which Kafka a command of this binary talks to.

use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use anyhow::Context;
use kafka_es::{KafkaSettings, TOPICS_ANSWER_TIMEOUT, TopicError, TopicSpec, TopicStatus};
use platform::config::KafkaArgs;
use platform::data_dir::Runtime;

use crate::place;

/// Partitions of a topic on a cluster. The count is fixed when the topic is created.
const CLUSTER_PARTITIONS: i32 = 6;
/// On the embedded broker each partition costs every fetch some queries, and there is one process to serve.
const EMBEDDED_PARTITIONS: i32 = 1;

/// A start that takes longer than this for want of an answer says what it waits for.
const SILENT_MAX: Duration = Duration::from_millis(1500);

/// The cluster that was configured; `None` where the embedded broker is meant.
pub fn cluster(arguments: &KafkaArgs) -> Option<KafkaSettings> {
    let brokers = arguments.kafka_brokers.as_deref().filter(|brokers| !brokers.is_empty())?;
    Some(with_options(KafkaSettings::new(brokers), arguments))
}

/// The embedded broker at `bootstrap`.
pub fn embedded(bootstrap: String, arguments: &KafkaArgs) -> KafkaSettings {
    with_options(KafkaSettings::embedded(bootstrap), arguments)
}

/// The configured cluster, else the broker of a `tasklog up` that runs on `data_dir`; says for `command` which it is.
pub fn configured_or_running(command: &str, arguments: &KafkaArgs, data_dir: &Path) -> anyhow::Result<KafkaSettings> {
    if let Some(settings) = cluster(arguments) {
        place::say(command, at(&settings));
        return Ok(settings);
    }
    let bootstrap = Runtime::read(data_dir).and_then(|runtime| runtime.kafka_brokers).with_context(|| {
        format!("no KAFKA_BROKERS is set and no `tasklog up` with its own broker runs on {}", data_dir.display())
    })?;
    let settings = embedded(bootstrap, arguments);
    place::say(command, place::running(&at(&settings), data_dir));
    Ok(settings)
}

/// For people.
pub fn at(settings: &KafkaSettings) -> String {
    format!("Kafka at {}", settings.brokers)
}

/// A cluster role cannot run without one.
pub fn required(arguments: &KafkaArgs) -> anyhow::Result<KafkaSettings> {
    cluster(arguments).context("KAFKA_BROKERS is not set; only `tasklog up` runs without it")
}

/// The topics of Tasklog.
fn topics(settings: &KafkaSettings, arguments: &KafkaArgs) -> Vec<TopicSpec> {
    [domain::topics::TASKS, domain::topics::REMINDERS].map(|name| topic(name, settings, arguments)).into()
}

fn topic(name: &str, settings: &KafkaSettings, arguments: &KafkaArgs) -> TopicSpec {
    let default = if settings.embedded { EMBEDDED_PARTITIONS } else { CLUSTER_PARTITIONS };
    TopicSpec::new(name, arguments.topic_partitions.unwrap_or(default))
}

/// Creates those of the [`topics`] that are missing, and checks all.
pub async fn ensure_topics(settings: &KafkaSettings, arguments: &KafkaArgs) -> Result<Vec<TopicStatus>, TopicError> {
    let topics = topics(settings, arguments);
    answered(settings, kafka_es::ensure_topics(settings, &topics)).await
}

/// Creates another topic like them if it is missing, and checks it.
pub async fn ensure_topic(
    name: &str,
    settings: &KafkaSettings,
    arguments: &KafkaArgs,
) -> Result<Vec<TopicStatus>, TopicError> {
    let topic = [topic(name, settings, arguments)];
    answered(settings, kafka_es::ensure_topics(settings, &topic)).await
}

/// Checks the [`topics`].
pub async fn check_topics(settings: &KafkaSettings, arguments: &KafkaArgs) -> Result<Vec<TopicStatus>, TopicError> {
    let topics = topics(settings, arguments);
    answered(settings, kafka_es::check_topics(settings, &topics)).await
}

/// Waits for what is asked, and tells people where that takes long: until it is given up nothing else is heard of it.
async fn answered<T>(settings: &KafkaSettings, asking: impl Future<Output = T>) -> T {
    let mut asking = pin!(asking);
    if let Ok(answer) = tokio::time::timeout(SILENT_MAX, &mut asking).await {
        return answer;
    }
    let seconds = TOPICS_ANSWER_TIMEOUT.as_secs();
    tracing::warn!("waiting for an answer of {}; without one it is given up after {seconds} s", at(settings));
    asking.await
}

fn with_options(settings: KafkaSettings, arguments: &KafkaArgs) -> KafkaSettings {
    arguments.options().into_iter().fold(settings, |settings, (name, value)| settings.option(name, value))
}
