//! A real Apache Kafka for tests: nodes of a KRaft cluster as Java processes on loopback ports.
//!
//! The jars come from `scripts/kafka/fetch.sh`; with the archive of classes that it makes, a node starts with half the work, and with the
//! formatted folder a node alone is spared the storage tool, a Java of its own. One node is what the tests use; a cluster of more is a longer
//! list of [`Seat`]s.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::process::{Process, Signal};
use crate::proxy::Proxy;
use crate::{ports, wait};

/// How a node's Java runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Java {
    /// Quick to start and small; for tests.
    Small,
    /// As in production, on a small machine: every compiler, the collector that Kafka itself chooses.
    Production,
}

const READY_WITHIN: Duration = Duration::from_secs(60);
const STOPPED_WITHIN: Duration = Duration::from_secs(30);
/// Any 16 bytes in URL-safe base64; the same for all nodes of a cluster.
const CLUSTER_ID: &str = "dGFza2xvZy10ZXN0cy0wMQ";

/// The place of one node in a cluster.
#[derive(Clone, Debug)]
pub struct Seat {
    id: u32,
    broker_port: u16,
    controller_port: u16,
    /// Where clients are told to find it.
    advertised_port: u16,
    /// Where it asks for a name and a password, if it does anywhere.
    sasl_port: Option<u16>,
}

/// Who may come where a node asks, by the mechanism `PLAIN`.
pub const USERNAME: &str = "tasklog";
/// With this password, which `KAFKA_OPTIONS` could not hold.
pub const PASSWORD: &str = "hunter2,acks=0";

impl Seat {
    /// Seats of a cluster of `count` nodes, on free ports.
    #[must_use]
    pub fn plan(count: u32) -> Vec<Self> {
        let seat = |id| {
            let broker_port = ports::free();
            let controller_port = ports::free();
            Self { id, broker_port, controller_port, advertised_port: broker_port, sasl_port: None }
        };
        (1..=count).map(seat).collect()
    }

    /// The number of its node.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// `host:port` where its broker listens.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.broker_port)
    }

    /// The same seat, for clients and other nodes that come through a proxy on `port`.
    #[must_use]
    pub fn behind(self, port: u16) -> Self {
        Self { advertised_port: port, ..self }
    }
}

/// One Kafka node, with its files in a folder that outlives a stop or a crash.
pub struct KafkaNode {
    seat: Seat,
    folder: PathBuf,
    java: Java,
    process: Option<Process>,
}

impl KafkaNode {
    /// Starts a cluster of one node in `folder`.
    pub async fn start_single(folder: &Path) -> Self {
        Self::start_alone(folder, Seat::plan(1).remove(0)).await
    }

    /// The same, and at [`sasl_bootstrap`](Self::sasl_bootstrap) it asks for [`USERNAME`] and [`PASSWORD`].
    pub async fn start_asking(folder: &Path) -> Self {
        Self::start_alone(folder, Seat { sasl_port: Some(ports::free()), ..Seat::plan(1).remove(0) }).await
    }

    /// The same with the Java settings of production, to measure beside.
    pub async fn start_for_benchmarks(folder: &Path) -> Self {
        let seat = Seat::plan(1).remove(0);
        let mut node = Self { java: Java::Production, ..Self::format(folder, &seat, std::slice::from_ref(&seat)) };
        node.launch().await;
        node
    }

    /// The operating system's number of its process.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("Kafka runs").pid()
    }

    /// The same, and a proxy before it that clients go through.
    pub async fn start_behind_proxy(folder: &Path) -> (Self, Proxy, String) {
        let port = ports::free();
        let seat = Seat::plan(1).remove(0).behind(port);
        let proxy = Proxy::start(port, seat.address()).await;
        (Self::start_alone(folder, seat).await, proxy, format!("127.0.0.1:{port}"))
    }

    async fn start_alone(folder: &Path, seat: Seat) -> Self {
        let mut node = Self::format(folder, &seat, std::slice::from_ref(&seat));
        node.launch().await;
        node
    }

    /// Writes the configuration of the node at `seat` among `seats` and formats its log folder.
    ///
    /// # Panics
    /// When Kafka's jars are missing or its storage tool fails.
    #[must_use]
    pub fn format(folder: &Path, seat: &Seat, seats: &[Seat]) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("log4j2.properties"), LOGGING).unwrap();
        std::fs::write(folder.join("server.properties"), properties(folder, seat, seats)).unwrap();
        let node = Self { seat: seat.clone(), folder: folder.to_owned(), java: Java::Small, process: None };
        let kept = libraries().join("formatted");
        if seats.len() == 1 && kept.exists() {
            copy_folder(&kept, &folder.join("log"));
            return node;
        }
        let mut tool = node.java("kafka.tools.StorageTool");
        tool.args(["format", "-t", CLUSTER_ID]);
        if seats.len() > 1 {
            tool.args(["-I", &initial_controllers(seats)]);
        }
        let formatted =
            tool.arg("-c").arg(folder.join("server.properties")).output().expect("the tests need Java 17 or later");
        assert!(formatted.status.success(), "Kafka's storage tool: {}", String::from_utf8_lossy(&formatted.stderr));
        node
    }

    /// `host:port` for clients.
    #[must_use]
    pub fn bootstrap(&self) -> String {
        self.seat.address()
    }

    /// `host:port` for clients that have a name and a password.
    ///
    /// # Panics
    /// When it asks for none.
    #[must_use]
    pub fn sasl_bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.seat.sasl_port.expect("it asks for a password"))
    }

    /// Starts the process on the node's folder and waits until it answers a metadata request.
    pub async fn launch(&mut self) {
        self.spawn();
        let bootstrap = self.bootstrap();
        let process = self.process.as_mut().expect("just started");
        wait::until("Kafka answers a metadata request", READY_WITHIN, async || {
            if let Some(status) = process.exit_status() {
                panic!("Kafka ended with {status}; its output ends:\n{}", process.output_end());
            }
            let bootstrap = bootstrap.clone();
            tokio::task::spawn_blocking(move || answers(&bootstrap)).await.unwrap()
        })
        .await;
    }

    /// Starts the process on the node's folder and waits for nothing: a node of a cluster may have to wait for others.
    pub fn spawn(&mut self) {
        let mut command = self.java("kafka.Kafka");
        command.arg(self.folder.join("server.properties"));
        self.process = Some(Process::spawn("Kafka", command, &self.folder.join("kafka.log")));
    }

    /// Whether its process runs, frozen or not.
    pub fn runs(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| process.exit_status().is_none())
    }

    /// Stops it in order (SIGTERM).
    pub async fn stop(&mut self) {
        let mut process = self.process.take().expect("Kafka runs");
        process.signal(Signal::TERM);
        process.ended(STOPPED_WITHIN).await;
    }

    /// Kills it (SIGKILL).
    pub async fn kill(&mut self) {
        self.process.take().expect("Kafka runs").kill().await;
    }

    /// Freezes it (SIGSTOP): connections stay open and nothing answers.
    pub fn pause(&self) {
        self.process.as_ref().expect("Kafka runs").signal(Signal::STOP);
    }

    /// Thaws it (SIGCONT).
    pub fn resume(&self) {
        self.process.as_ref().expect("Kafka runs").signal(Signal::CONT);
    }

    fn java(&self, main_class: &str) -> Command {
        let (mut command, libraries) = (Command::new("java"), libraries());
        command.args(match self.java {
            Java::Small => ["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
            Java::Production => ["-Xmx1g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"],
        });
        let classes = libraries.join("kafka.jsa");
        if self.java == Java::Small && classes.exists() {
            command.arg(format!("-XX:SharedArchiveFile={}", classes.display()));
        }
        command
            .arg(format!("-Dlog4j2.configurationFile={}", self.folder.join("log4j2.properties").display()))
            .arg("-cp")
            .arg(libraries.join("*"))
            .arg(main_class);
        command
    }
}

/// The folder with Kafka's jars that `scripts/kafka/fetch.sh` has filled.
fn libraries() -> PathBuf {
    let script = crate::root().join("scripts/kafka/fetch.sh");
    let fetched = Command::new(script).output().expect("scripts/kafka/fetch.sh runs");
    assert!(fetched.status.success(), "no Kafka: {}", String::from_utf8_lossy(&fetched.stderr));
    PathBuf::from(String::from_utf8(fetched.stdout).unwrap().trim())
}

fn answers(bootstrap: &str) -> Result<(), String> {
    let client: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("log_level", "0")
        // It is asked while it starts: a client's pauses grow, and would be longer than what is left of that.
        .set("reconnect.backoff.ms", "20")
        .set("reconnect.backoff.max.ms", "50")
        .create()
        .map_err(|error| error.to_string())?;
    let metadata = client.fetch_metadata(None, Duration::from_secs(1)).map_err(|error| error.to_string())?;
    if metadata.brokers().is_empty() { Err("no broker yet".to_owned()) } else { Ok(()) }
}

/// Copies a folder with all that is in it.
fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let from = entry.unwrap().path();
        let to = to.join(from.file_name().expect("an entry has a name"));
        if from.is_dir() {
            copy_folder(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}

/// The first quorum: each controller with the id of its log directory, 16 bytes of URL-safe base64 like the cluster's.
fn initial_controllers(seats: &[Seat]) -> String {
    let controllers: Vec<String> = seats
        .iter()
        .map(|seat| format!("{}@127.0.0.1:{}:dGFza2xvZy1ub2RlLTAw{}A", seat.id, seat.controller_port, seat.id))
        .collect();
    controllers.join(",")
}

const LOGIN: &str = "org.apache.kafka.common.security.plain.PlainLoginModule";

fn properties(folder: &Path, seat: &Seat, seats: &[Seat]) -> String {
    let controllers: Vec<String> = seats.iter().map(|seat| format!("127.0.0.1:{}", seat.controller_port)).collect();
    let controllers = controllers.join(",");
    // The quorum of a node alone stands in its configuration, so that no port stands in what was formatted.
    let quorum = match seats {
        [alone] => format!("voters={}@{controllers}", alone.id),
        _ => format!("bootstrap.servers={controllers}"),
    };
    let copies = seats.len().min(3);
    let asking = seat.sasl_port.map(|port| format!(",SASL_PLAINTEXT://127.0.0.1:{port}")).unwrap_or_default();
    format!(
        "process.roles=broker,controller\n\
         node.id={id}\n\
         controller.listener.names=CONTROLLER\n\
         controller.quorum.{quorum}\n\
         listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}{asking}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{advertised}{asking}\n\
         listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT\n\
         sasl.enabled.mechanisms=PLAIN\n\
         listener.name.sasl_plaintext.plain.sasl.jaas.config={LOGIN} required user_{USERNAME}=\"{PASSWORD}\";\n\
         log.dirs={logs}\n\
         auto.create.topics.enable=false\n\
         default.replication.factor={copies}\n\
         offsets.topic.replication.factor={copies}\n\
         offsets.topic.num.partitions=1\n\
         transaction.state.log.replication.factor={copies}\n\
         transaction.state.log.min.isr=1\n\
         group.initial.rebalance.delay.ms=0\n\
         # After a kill the controller waits for the old session to end; the default is 9 s.\n\
         broker.session.timeout.ms=4000\n\
         broker.heartbeat.interval.ms=500\n\
         # A follower that has been behind for so long no longer holds up acknowledgements; the default is 30 s.\n\
         replica.lag.time.max.ms=5000\n",
        id = seat.id,
        broker = seat.broker_port,
        advertised = seat.advertised_port,
        controller = seat.controller_port,
        logs = folder.join("log").display(),
    )
}

const LOGGING: &str = "rootLogger.level=warn\n\
    rootLogger.appenderRef.out.ref=OUT\n\
    appender.out.type=Console\n\
    appender.out.name=OUT\n\
    appender.out.layout.type=PatternLayout\n\
    appender.out.layout.pattern=%d{HH:mm:ss,SSS} %p %c{1} %m%n\n";

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_killed_node_comes_back_with_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let mut node = KafkaNode::start_single(folder.path()).await;
        let client = |node: &KafkaNode| ClientConfig::new().set("bootstrap.servers", node.bootstrap()).clone();
        let admin: rdkafka::admin::AdminClient<_> = client(&node).create().unwrap();
        let topic = rdkafka::admin::NewTopic::new("kept", 1, rdkafka::admin::TopicReplication::Fixed(1));
        admin.create_topics([&topic], &rdkafka::admin::AdminOptions::new()).await.unwrap();
        let producer: BaseProducer = client(&node).create().unwrap();
        producer.send(BaseRecord::to("kept").key("k").payload("v")).unwrap();
        producer.flush(Duration::from_secs(10)).unwrap();
        node.kill().await;
        node.launch().await;
        let consumer: BaseConsumer = client(&node).create().unwrap();
        let watermarks = consumer.fetch_watermarks("kept", 0, Duration::from_secs(10)).unwrap();
        assert_eq!(watermarks, (0, 1));
        node.pause();
        assert!(answers(&node.bootstrap()).is_err());
        node.resume();
        node.stop().await;
    }
}
