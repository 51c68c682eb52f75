//! Creating topics with the settings that the protocol rests on, and refusing topics that have others.

use crate::settings::KafkaSettings;

/// A topic that a store or reader needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// Name of the topic.
    pub name: String,
    /// Partition count when created; it never changes afterwards, growing it is a copy to a new topic.
    pub partitions: i32,
}

impl TopicSpec {
    /// A topic by name and partition count.
    pub fn new(name: impl Into<String>, partitions: i32) -> Self {
        Self { name: name.into(), partitions }
    }
}

/// What was found of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicStatus {
    /// Name of the topic.
    pub name: String,
    /// Partitions it has.
    pub partitions: i32,
    /// Replicas of each partition.
    pub replication: i32,
    /// True when this call created it.
    pub created: bool,
}

/// Why a topic cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TopicError {
    /// Kafka did not answer.
    #[error("Kafka at {brokers} cannot be reached: {reason}")]
    Unavailable {
        /// The configured brokers.
        brokers: String,
        /// What failed.
        reason: String,
    },
    /// The client settings are wrong.
    #[error("the Kafka settings are wrong: {0}")]
    Settings(String),
    /// Kafka refused to create the topic.
    #[error("topic {topic} cannot be created: {reason}")]
    Create {
        /// The topic.
        topic: String,
        /// Kafka's answer.
        reason: String,
    },
    /// The topic does not exist.
    #[error("topic {topic} does not exist")]
    Missing {
        /// The topic.
        topic: String,
    },
    /// The topic's settings would lose events; one line a setting.
    #[error("{}", lines(.0))]
    Wrong(Vec<WrongSetting>),
}

/// One setting of a topic that the protocol cannot work with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("topic {topic}: {setting} is {found}, must be {wanted}")]
pub struct WrongSetting {
    /// The topic.
    pub topic: String,
    /// The setting.
    pub setting: String,
    /// Its value.
    pub found: String,
    /// The value it must have.
    pub wanted: String,
}

fn lines(settings: &[WrongSetting]) -> String {
    settings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Creates the topics that are not there, then checks all as [`check_topics`] does.
///
/// # Errors
/// See [`TopicError`].
pub async fn ensure_topics(settings: &KafkaSettings, topics: &[TopicSpec]) -> Result<Vec<TopicStatus>, TopicError> {
    let _ = (settings, topics);
    todo!()
}

/// Checks that the topics exist with settings that lose nothing.
///
/// # Errors
/// [`TopicError::Wrong`] with one line for each wrong setting, [`TopicError::Missing`] for the first missing topic.
pub async fn check_topics(settings: &KafkaSettings, topics: &[TopicSpec]) -> Result<Vec<TopicStatus>, TopicError> {
    let _ = (settings, topics);
    todo!()
}
