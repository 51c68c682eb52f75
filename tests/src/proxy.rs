//! A proxy before a Kafka node. It can cut every connection, and it can lie: asked for the cluster's brokers it then
//! answers that there are none, as a node does that has just been thawed and not yet been let in again by its controller.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tansu_sans_io::metadata_response::{MetadataResponsePartition, MetadataResponseTopic};
use tansu_sans_io::{Body, ErrorCode, Frame, Header, MetadataResponse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

/// Kafka's number of the question for brokers and topics.
const METADATA: i16 = 3;
/// The newest form of that question that the codec knows; version 13 differs in one number at the end of the answer.
const METADATA_VERSION: i16 = 12;
const FRAME_MAX_BYTES: usize = 100 << 20;

/// A running proxy. Dropped: gone, with its connections.
pub struct Proxy {
    behaviour: Arc<Behaviour>,
    connections: watch::Sender<()>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct Behaviour {
    lies: AtomicBool,
    told: AtomicU64,
}

impl Proxy {
    /// Passes what comes to the loopback port `port` on to `node` (`host:port`).
    ///
    /// # Panics
    /// When the port is taken.
    pub async fn start(port: u16, node: String) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let (connections, behaviour) = (watch::Sender::new(()), Arc::<Behaviour>::default());
        let (cut, acting) = (connections.clone(), behaviour.clone());
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (node, acting, mut cut) = (node.clone(), acting.clone(), cut.subscribe());
                tokio::spawn(async move {
                    tokio::select! {
                        _ = carry(client, &node, &acting) => {}
                        _ = cut.changed() => {}
                    }
                });
            }
        });
        Self { behaviour, connections, accepting }
    }

    /// Begins to lie, or stops.
    pub fn lie(&self, lies: bool) {
        self.behaviour.lies.store(lies, Ordering::SeqCst);
    }

    /// How many questions were answered with a lie.
    #[must_use]
    pub fn lies_told(&self) -> u64 {
        self.behaviour.told.load(Ordering::SeqCst)
    }

    /// Cuts every connection; new ones are taken.
    pub fn cut(&self) {
        self.connections.send_replace(());
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

/// Carries one connection until either side ends it.
async fn carry(client: TcpStream, node: &str, behaviour: &Behaviour) -> std::io::Result<()> {
    let kafka = TcpStream::connect(node).await?;
    client.set_nodelay(true)?;
    kafka.set_nodelay(true)?;
    let (questions, answers) = client.into_split();
    let (from_kafka, to_kafka) = kafka.into_split();
    let answers = Mutex::new(answers);
    tokio::select! {
        ended = ask(questions, to_kafka, &answers, behaviour) => ended,
        ended = answer(from_kafka, &answers) => ended,
    }
}

async fn ask(
    mut questions: OwnedReadHalf,
    mut kafka: OwnedWriteHalf,
    answers: &Mutex<OwnedWriteHalf>,
    behaviour: &Behaviour,
) -> std::io::Result<()> {
    loop {
        let frame = read_frame(&mut questions).await?;
        if behaviour.lies.load(Ordering::SeqCst) && number(&frame, 4) == METADATA {
            answers.lock().await.write_all(&no_brokers(frame)).await?;
            behaviour.told.fetch_add(1, Ordering::SeqCst);
        } else {
            kafka.write_all(&frame).await?;
        }
    }
}

async fn answer(mut kafka: OwnedReadHalf, answers: &Mutex<OwnedWriteHalf>) -> std::io::Result<()> {
    loop {
        let frame = read_frame(&mut kafka).await?;
        answers.lock().await.write_all(&frame).await?;
    }
}

/// One message with the four bytes before it that tell its length.
async fn read_frame(stream: &mut OwnedReadHalf) -> std::io::Result<Vec<u8>> {
    let size = stream.read_u32().await?;
    let bytes = usize::try_from(size).unwrap();
    assert!(bytes <= FRAME_MAX_BYTES, "a message of {bytes} bytes");
    let mut frame = size.to_be_bytes().to_vec();
    frame.resize(4 + bytes, 0);
    stream.read_exact(&mut frame[4..]).await?;
    Ok(frame)
}

fn number(frame: &[u8], at: usize) -> i16 {
    i16::from_be_bytes(frame[at..at + 2].try_into().unwrap())
}

/// The answer to a question for topics: they are there, but no broker is, and no partition has a leader.
fn no_brokers(mut question: Vec<u8>) -> Vec<u8> {
    let version = number(&question, 6);
    let known = version.min(METADATA_VERSION);
    question[6..8].copy_from_slice(&known.to_be_bytes());
    let question = Frame::request_from_bytes(&question[..]).unwrap();
    let correlation_id = question.correlation_id().unwrap();
    let Body::MetadataRequest(request) = question.body else { panic!("{question:?}") };
    let topics = request.topics.unwrap_or_default().into_iter().map(|topic| {
        let partition = MetadataResponsePartition::default()
            .error_code(i16::from(ErrorCode::LeaderNotAvailable))
            .leader_id(-1)
            .leader_epoch(Some(-1))
            .replica_nodes(Some(vec![1]))
            .isr_nodes(Some(vec![]))
            .offline_replicas(Some(vec![1]));
        MetadataResponseTopic::default()
            .name(topic.name)
            .topic_id(topic.topic_id)
            .is_internal(Some(false))
            .partitions(Some(vec![partition]))
            .topic_authorized_operations(Some(i32::MIN))
    });
    let answer = MetadataResponse::default()
        .throttle_time_ms(Some(0))
        .brokers(Some(vec![]))
        .controller_id(Some(-1))
        .cluster_authorized_operations(Some(i32::MIN))
        .topics(Some(topics.collect()));
    let frame = Frame::response(Header::Response { correlation_id }, answer.into(), METADATA, known).unwrap();
    let mut frame = frame.to_vec();
    if version > METADATA_VERSION {
        // No error for the question as a whole, before the tags that end the answer.
        let tags = frame.pop().unwrap();
        frame.extend([0, 0, tags]);
        let size = u32::try_from(frame.len() - 4).unwrap();
        frame[..4].copy_from_slice(&size.to_be_bytes());
    }
    frame
}
