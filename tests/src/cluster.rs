//! A Kafka cluster of several nodes, each behind a proxy of its own.

use std::path::Path;
use std::time::Duration;

use futures::future::join_all;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::kafka::{KafkaNode, Seat};
use crate::proxy::Proxy;
use crate::{ports, wait};

const WHOLE_WITHIN: Duration = Duration::from_secs(90);
const ASK_TIMEOUT: Duration = Duration::from_secs(2);

/// A running cluster. Nodes are counted from 0 here; the broker ids are one more.
pub struct Cluster {
    /// The nodes.
    pub nodes: Vec<KafkaNode>,
    /// What stands before each of them, for clients and for the other brokers: replication goes through it too, the
    /// controllers' talk does not.
    pub proxies: Vec<Proxy>,
    ports: Vec<u16>,
}

/// How one partition stands, as one broker tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionStatus {
    /// Broker id of the leader, -1 when there is none.
    pub leader: i32,
    /// Broker ids of all copies, the preferred leader first.
    pub replicas: Vec<i32>,
    /// Broker ids of those that are in sync.
    pub in_sync: Vec<i32>,
}

impl Cluster {
    /// Starts `count` nodes with their files in `folder` and waits until they all know each other.
    ///
    /// # Panics
    /// When Kafka does not start.
    pub async fn start(folder: &Path, count: u32) -> Self {
        let (mut seats, mut proxies, mut ports) = (Vec::new(), Vec::new(), Vec::new());
        for seat in Seat::plan(count) {
            let port = ports::free();
            proxies.push(Proxy::start(port, seat.address()).await);
            seats.push(seat.behind(port));
            ports.push(port);
        }
        let format = |seat: &Seat| KafkaNode::format(&folder.join(format!("node-{}", seat.id())), seat, &seats);
        // At the same time: each is a Java of its own.
        let mut nodes: Vec<KafkaNode> = std::thread::scope(|scope| {
            let formatting: Vec<_> = seats.iter().map(|seat| scope.spawn(move || format(seat))).collect();
            formatting.into_iter().map(|node| node.join().expect("a node is formatted")).collect()
        });
        join_all(nodes.iter_mut().map(KafkaNode::launch)).await;
        let cluster = Self { nodes, proxies, ports };
        cluster.whole().await;
        cluster
    }

    /// `host:port,…` of all nodes, through their proxies.
    #[must_use]
    pub fn bootstrap(&self) -> String {
        self.bootstrap_without(usize::MAX)
    }

    /// The same without one of the nodes.
    #[must_use]
    pub fn bootstrap_without(&self, left_out: usize) -> String {
        let kept = self.ports.iter().enumerate().filter(|(node, _)| *node != left_out);
        kept.map(|(_, port)| format!("127.0.0.1:{port}")).collect::<Vec<_>>().join(",")
    }

    /// Waits until every node answers and tells of all the others.
    pub async fn whole(&self) {
        for node in &self.nodes {
            wait::until("every node knows all the others", WHOLE_WITHIN, async || {
                let known = brokers(node.bootstrap()).await?;
                if known == self.nodes.len() { Ok(()) } else { Err(format!("{known} brokers")) }
            })
            .await;
        }
    }

    /// Waits until every copy of every partition of `topic` is in sync.
    pub async fn in_sync(&self, topic: &str) {
        wait::until("every copy is in sync", WHOLE_WITHIN, async || {
            let partitions = partitions(&self.bootstrap(), topic).await?;
            let behind = partitions.iter().find(|partition| partition.in_sync.len() < partition.replicas.len());
            behind.map_or(Ok(()), |behind| Err(format!("{behind:?}")))
        })
        .await;
    }
}

async fn ask<T: Send + 'static>(
    bootstrap: &str,
    question: impl FnOnce(BaseConsumer) -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("log_level", "0");
    let client: BaseConsumer = config.create().map_err(|error| error.to_string())?;
    tokio::task::spawn_blocking(move || question(client)).await.map_err(|error| error.to_string())?
}

async fn brokers(bootstrap: String) -> Result<usize, String> {
    let count = |client: BaseConsumer| {
        client.fetch_metadata(None, ASK_TIMEOUT).map(|told| told.brokers().len()).map_err(|error| error.to_string())
    };
    ask(&bootstrap, count).await
}

/// How the partitions of `topic` stand, as a broker of `bootstrap` tells it.
///
/// # Errors
/// When none answers, or none knows the topic.
pub async fn partitions(bootstrap: &str, topic: &str) -> Result<Vec<PartitionStatus>, String> {
    let topic = topic.to_owned();
    let question = move |client: BaseConsumer| {
        let told = client.fetch_metadata(Some(&topic), ASK_TIMEOUT).map_err(|error| error.to_string())?;
        let found = told.topics().iter().find(|found| found.name() == topic && !found.partitions().is_empty());
        let mut found: Vec<_> = found.ok_or("the topic is not known")?.partitions().iter().collect();
        found.sort_by_key(|partition| partition.id());
        let status = |partition: &&rdkafka::metadata::MetadataPartition| PartitionStatus {
            leader: partition.leader(),
            replicas: partition.replicas().to_vec(),
            in_sync: partition.isr().to_vec(),
        };
        Ok(found.iter().map(status).collect())
    };
    ask(bootstrap, question).await
}
