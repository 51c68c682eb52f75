//! Creating topics with the settings that the protocol rests on, and refusing topics that have others.

mod wanted;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::time::Instant;

use self::wanted::{Expected, WANTED, compare};
use crate::client::{QuietContext, blocking};
use crate::settings::KafkaSettings;

/// A topic that a store or reader needs.
///
/// ```
/// use kafka_es::TopicSpec;
///
/// let topic = TopicSpec::new("accounts", 12);
/// assert_eq!((topic.name.as_str(), topic.partitions), ("accounts", 12));
/// ```
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
///
/// ```
/// use kafka_es::TopicStatus;
///
/// let status = TopicStatus { name: "accounts".to_owned(), partitions: 12, replication: 3, created: true };
/// let copies = if status.replication > 1 { "survives the loss of a broker" } else { "is as safe as its broker" };
/// assert_eq!(format!("{} {copies}", status.name), "accounts survives the loss of a broker");
/// # assert!(status.created && status.partitions == 12);
/// ```
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
///
/// ```
/// use kafka_es::{TopicError, WrongSetting};
///
/// let wrong = |setting: &str, found: &str, wanted: &str| WrongSetting {
///     topic: "accounts".to_owned(),
///     setting: setting.to_owned(),
///     found: found.to_owned(),
///     wanted: wanted.to_owned(),
/// };
/// // All that is wrong at once, a line each.
/// let error = TopicError::Wrong(vec![
///     wrong("cleanup.policy", "compact", "delete"),
///     wrong("retention.ms", "604800000", "-1"),
/// ]);
/// assert_eq!(error.to_string().lines().count(), 2);
/// assert!(error.to_string().starts_with("topic accounts: cleanup.policy is compact, must be delete"));
/// let error = TopicError::Missing { topic: "accounts".to_owned() };
/// assert_eq!(error.to_string(), "topic accounts does not exist");
/// ```
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
///
/// ```
/// # use kafka_es::WrongSetting;
/// let wrong = WrongSetting {
///     topic: "accounts".to_owned(),
///     setting: "retention.ms".to_owned(),
///     found: "604800000".to_owned(),
///     wanted: "-1".to_owned(),
/// };
/// assert_eq!(wrong.to_string(), "topic accounts: retention.ms is 604800000, must be -1");
/// ```
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

/// How long [`ensure_topics`] and [`check_topics`] wait for the answer to each question that they ask Kafka, before they give up.
///
/// ```
/// println!("no answer yet; given up after {} s", kafka_es::TOPICS_ANSWER_TIMEOUT.as_secs());
/// ```
pub const TOPICS_ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// From so many brokers on, a topic is replicated to three of them.
const REPLICATED_FROM_BROKERS: usize = 3;

/// Creates the topics that are not there, then checks all as [`check_topics`] does.
///
/// ```no_run
/// # async fn example() -> Result<(), kafka_es::TopicError> {
/// use kafka_es::{KafkaSettings, TopicSpec, ensure_topics};
///
/// let kafka = KafkaSettings::new("localhost:9092");
/// for topic in ensure_topics(&kafka, &[TopicSpec::new("accounts", 12)]).await? {
///     println!("{}: {} replicas{}", topic.name, topic.replication, if topic.created { ", new" } else { "" });
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// See [`TopicError`].
pub async fn ensure_topics(settings: &KafkaSettings, topics: &[TopicSpec]) -> Result<Vec<TopicStatus>, TopicError> {
    let admin = Admin::connect(settings)?;
    let (brokers, found) = admin.describe(topics).await?;
    let missing: Vec<&TopicSpec> = topics.iter().filter(|topic| !found.contains_key(&topic.name)).collect();
    let replicated = brokers >= REPLICATED_FROM_BROKERS;
    for topic in &missing {
        admin.create(topic, replicated).await?;
    }
    let created: Vec<&str> = missing.iter().map(|topic| topic.name.as_str()).collect();
    let mut statuses = admin.check(topics).await?;
    for status in &mut statuses {
        status.created = created.contains(&status.name.as_str());
    }
    Ok(statuses)
}

/// Checks that the topics exist with settings that lose nothing.
///
/// ```no_run
/// # async fn example() {
/// use kafka_es::{KafkaSettings, TopicError, TopicSpec, check_topics};
///
/// let kafka = KafkaSettings::new("localhost:9092");
/// match check_topics(&kafka, &[TopicSpec::new("accounts", 12)]).await {
///     Ok(_) => println!("nothing gets lost there"),
///     Err(TopicError::Wrong(settings)) => settings.iter().for_each(|wrong| println!("{wrong}")),
///     Err(error) => println!("{error}"),
/// }
/// # }
/// ```
///
/// # Errors
/// [`TopicError::Wrong`] with one line for each wrong setting, [`TopicError::Missing`] for the first missing topic.
pub async fn check_topics(settings: &KafkaSettings, topics: &[TopicSpec]) -> Result<Vec<TopicStatus>, TopicError> {
    Admin::connect(settings)?.check(topics).await
}

struct Admin {
    brokers: String,
    /// The in-process broker reports only the settings that were given when the topic was created.
    lenient: bool,
    client: Arc<AdminClient<QuietContext>>,
}

/// Partitions and replicas, by topic.
type Found = BTreeMap<String, (i32, i32)>;

impl Admin {
    fn connect(settings: &KafkaSettings) -> Result<Self, TopicError> {
        let client =
            settings.admin().create_with_context(QuietContext).map_err(|e| TopicError::Settings(e.to_string()))?;
        Ok(Self { brokers: settings.brokers.clone(), lenient: settings.embedded, client: Arc::new(client) })
    }

    fn unavailable(&self, reason: impl std::fmt::Display) -> TopicError {
        TopicError::Unavailable { brokers: self.brokers.clone(), reason: reason.to_string() }
    }

    fn options() -> AdminOptions {
        AdminOptions::new().request_timeout(Some(TOPICS_ANSWER_TIMEOUT)).operation_timeout(Some(TOPICS_ANSWER_TIMEOUT))
    }

    /// Number of brokers, and those of the topics that exist.
    async fn describe(&self, topics: &[TopicSpec]) -> Result<(usize, Found), TopicError> {
        let client = self.client.clone();
        let names: Vec<String> = topics.iter().map(|topic| topic.name.clone()).collect();
        // All topics: asking for one by name may create it.
        let asked = blocking(move || {
            let metadata = client.inner().fetch_metadata(None, TOPICS_ANSWER_TIMEOUT)?;
            let known = metadata.topics().iter().filter(|topic| names.iter().any(|name| name == topic.name()));
            let found = known.map(|topic| {
                let replicas = topic.partitions().iter().map(|partition| partition.replicas().len()).min().unwrap_or(0);
                (topic.name().to_owned(), (to_i32(topic.partitions().len()), to_i32(replicas)))
            });
            Ok::<_, KafkaError>((metadata.brokers().len(), found.collect::<Found>()))
        });
        asked.await.map_err(|e| self.unavailable(e))?.map_err(|e| self.unavailable(e))
    }

    async fn create(&self, topic: &TopicSpec, replicated: bool) -> Result<(), TopicError> {
        let (replicas, min_insync) = if replicated { (3, "2") } else { (1, "1") };
        let mut new = NewTopic::new(&topic.name, topic.partitions, TopicReplication::Fixed(replicas))
            .set("min.insync.replicas", min_insync);
        for (setting, value) in WANTED {
            new = new.set(setting, value);
        }
        let refused = |reason: String| TopicError::Create { topic: topic.name.clone(), reason };
        let answers = self.client.create_topics([&new], &Self::options()).await.map_err(|e| self.unavailable(e))?;
        for answer in answers {
            match answer {
                // Another process was faster.
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((_, code)) => return Err(refused(code.to_string())),
            }
        }
        self.wait_for(topic).await
    }

    /// A created topic is not at once known to every broker.
    async fn wait_for(&self, topic: &TopicSpec) -> Result<(), TopicError> {
        let until = Instant::now() + TOPICS_ANSWER_TIMEOUT;
        while Instant::now() < until {
            let (_, found) = self.describe(std::slice::from_ref(topic)).await?;
            if found.get(&topic.name).is_some_and(|(partitions, _)| *partitions > 0) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(TopicError::Missing { topic: topic.name.clone() })
    }

    async fn check(&self, topics: &[TopicSpec]) -> Result<Vec<TopicStatus>, TopicError> {
        let (brokers, found) = self.describe(topics).await?;
        let mut wrong = Vec::new();
        let mut statuses = Vec::new();
        for topic in topics {
            let missing = || TopicError::Missing { topic: topic.name.clone() };
            let (partitions, replication) = *found.get(&topic.name).ok_or_else(missing)?;
            let settings = self.settings_of(&topic.name).await?;
            let expected = Expected {
                partitions: topic.partitions,
                replicated: brokers >= REPLICATED_FROM_BROKERS,
                lenient: self.lenient,
            };
            wrong.extend(compare(&topic.name, partitions, replication, &settings, &expected));
            statuses.push(TopicStatus { name: topic.name.clone(), partitions, replication, created: false });
        }
        if wrong.is_empty() { Ok(statuses) } else { Err(TopicError::Wrong(wrong)) }
    }

    async fn settings_of(&self, topic: &str) -> Result<BTreeMap<String, String>, TopicError> {
        let asked = self.client.describe_configs([&ResourceSpecifier::Topic(topic)], &Self::options()).await;
        let mut settings = BTreeMap::new();
        for resource in asked.map_err(|e| self.unavailable(e))? {
            let resource = resource.map_err(|code| self.unavailable(code))?;
            settings.extend(resource.entries.into_iter().filter_map(|entry| Some((entry.name, entry.value?))));
        }
        Ok(settings)
    }
}

fn to_i32(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
