//! A whole system of a test's own: broker, Tasklog with its database, and a folder that goes away with them.

use std::path::Path;

use tempfile::TempDir;

use crate::http::Api;
use crate::kafka::KafkaNode;
use crate::tasklog::Tasklog;

/// Which broker holds the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broker {
    /// The one inside `tasklog up`.
    Embedded,
    /// Apache Kafka, one node.
    RealKafka,
}

/// A running system.
pub struct System {
    /// The process; declared first, so that it ends before its broker.
    pub tasklog: Tasklog,
    /// The broker, where it is not the embedded one.
    pub kafka: Option<KafkaNode>,
    folder: TempDir,
}

impl System {
    /// Starts a system on empty folders and waits until it is ready.
    pub async fn start(broker: Broker) -> Self {
        Self::start_with(broker, &[]).await
    }

    /// The same with further environment variables.
    pub async fn start_with(broker: Broker, variables: &[(&str, &str)]) -> Self {
        let mut system = Self::prepare(broker).await;
        for (name, value) in variables {
            system.tasklog.set(name, value);
        }
        system.tasklog.start().await;
        system
    }

    /// The broker runs and the folders are there; Tasklog has not been started.
    pub async fn prepare(broker: Broker) -> Self {
        let folder = folder();
        let mut tasklog = Tasklog::new(folder.path());
        let kafka = match broker {
            Broker::Embedded => None,
            Broker::RealKafka => Some(KafkaNode::start_single(&folder.path().join("kafka")).await),
        };
        if let Some(kafka) = &kafka {
            tasklog.set("KAFKA_BROKERS", &kafka.bootstrap());
        }
        Self { tasklog, kafka, folder }
    }

    /// The API.
    #[must_use]
    pub fn api(&self) -> Api {
        self.tasklog.api()
    }

    /// `host:port` of the broker, for a test's own Kafka clients.
    ///
    /// # Panics
    /// Never for a system made by this module.
    #[must_use]
    pub fn bootstrap(&self) -> String {
        match &self.kafka {
            Some(kafka) => kafka.bootstrap(),
            None => self.tasklog.variable("KAFKA_EMBEDDED_LISTEN").expect("always set").to_owned(),
        }
    }

    /// A folder for the test's own files, gone when the system is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Stops and starts Tasklog on the same folders.
    pub async fn restart(&mut self) {
        self.tasklog.stop().await;
        self.tasklog.start().await;
    }
}

/// An empty folder that other users may pass through: Postgres runs as another user when the tests run as root.
///
/// # Panics
/// When it cannot be created.
#[must_use]
pub fn folder() -> TempDir {
    use std::os::unix::fs::PermissionsExt;
    tempfile::Builder::new()
        .prefix("tasklog-test-")
        .permissions(std::fs::Permissions::from_mode(0o755))
        .tempdir()
        .unwrap()
}
