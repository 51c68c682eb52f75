//! The log to read: a cluster's, a running `tasklog up`'s, or the one in a data folder where nothing runs.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::bail;
use kafka_es::{KafkaSettings, Position};
use platform::config::KafkaArgs;
use platform::data_dir::{DataDir, Runtime};
use platform::embedded::broker::{Broker, BrokerError};
use platform::lifecycle::Shutdown;
use tokio::task::JoinHandle;

use crate::{kafka, place};

const COMMAND: &str = "events";

/// Where reading begins, and the offset after the last record there.
pub(super) type Ends = BTreeMap<Position, i64>;

/// True when every partition was read up to its end.
pub(super) fn reached(next: &BTreeMap<(String, i32), i64>, ends: &Ends) -> bool {
    ends.iter().all(|(from, end)| next.get(&(from.topic.clone(), from.partition)).is_some_and(|next| next >= end))
}

/// A log that can be read.
pub(super) struct Opened {
    pub(super) settings: KafkaSettings,
    own: Option<OwnBroker>,
}

/// A broker that runs only for us. The folder is ours as long as it does.
struct OwnBroker {
    shutdown: Shutdown,
    task: JoinHandle<Result<(), BrokerError>>,
    _data: DataDir,
}

/// Finds the log, or starts a broker on it where nothing runs.
pub(super) async fn open(arguments: &KafkaArgs, data_dir: &Path) -> anyhow::Result<Opened> {
    if kafka::cluster(arguments).is_some() || Runtime::read(data_dir).is_some() {
        return Ok(Opened { settings: kafka::configured_or_running(COMMAND, arguments, data_dir)?, own: None });
    }
    if !data_dir.join("kafka").is_dir() {
        bail!("{} holds no log; set DATA_DIR or KAFKA_BROKERS", data_dir.display());
    }
    let data = DataDir::open(data_dir)?;
    place::say(COMMAND, place::resting(data.path()));
    let broker = Broker::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), &data.subfolder("kafka")?).await?;
    let settings = kafka::embedded(broker.bootstrap(), arguments);
    let shutdown = Shutdown::new();
    let task = tokio::spawn(broker.run(shutdown.clone()));
    Ok(Opened { settings, own: Some(OwnBroker { shutdown, task, _data: data }) })
}

impl Opened {
    /// Stops what was started only for reading.
    pub(super) async fn close(self) {
        if let Some(OwnBroker { shutdown, task, _data }) = self.own {
            shutdown.request();
            if let Err(error) = task.await {
                tracing::warn!(%error, "the broker for reading did not stop well");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_two_partitions_when_one_is_behind_then_the_end_is_not_reached() {
        let at = |partition| Position { topic: "t".into(), partition, offset: 0 };
        let ends = Ends::from([(at(0), 0), (at(1), 3)]);
        let next = |offset| BTreeMap::from([(("t".to_owned(), 0), 0), (("t".to_owned(), 1), offset)]);
        assert!(!reached(&next(2), &ends));
        assert!(reached(&next(3), &ends));
    }
}
