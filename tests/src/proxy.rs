//! A proxy before a Kafka node. It can cut every connection, it can be slow, and it can lie: asked for the cluster's
//! brokers it then answers that there are none, as a node does that has just been thawed and not yet been let in again by
//! its controller.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tansu_sans_io::metadata_response::{MetadataResponsePartition, MetadataResponseTopic};
use tansu_sans_io::{Body, ErrorCode, Frame, Header, MetadataResponse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Kafka's number of the question for brokers and topics.
const METADATA: i16 = 3;
/// The newest form of that question that the codec knows; version 13 differs in one number at the end of the answer.
const METADATA_VERSION: i16 = 12;
const FRAME_MAX_BYTES: usize = 100 << 20;
/// So many messages of one direction of a connection may be on their way; then the sender has to wait.
const ON_THEIR_WAY_MAX: usize = 256;

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
    delay_ms: AtomicU64,
}

impl Behaviour {
    /// When a message that is here now may go on.
    fn due(&self) -> Instant {
        Instant::now() + Duration::from_millis(self.delay_ms.load(Ordering::SeqCst))
    }
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

    /// Every message takes so much longer from now on, in each direction. What is on its way keeps its time: a long delay
    /// that is taken away again lets the messages of that time arrive late and in order.
    pub fn delay(&self, delay: Duration) {
        self.behaviour.delay_ms.store(u64::try_from(delay.as_millis()).unwrap(), Ordering::SeqCst);
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
    let (from_client, to_client) = client.into_split();
    let (from_kafka, to_kafka) = kafka.into_split();
    let to_client = Mutex::new(to_client);
    let (question, questions) = mpsc::channel(ON_THEIR_WAY_MAX);
    let (answer, answers) = mpsc::channel(ON_THEIR_WAY_MAX);
    // What a client has sent arrives also when the client has hung up or died meanwhile.
    let asking = async {
        let (_, ended) =
            tokio::join!(take_in(from_client, question, behaviour), ask(questions, to_kafka, &to_client, behaviour));
        ended
    };
    tokio::select! {
        ended = asking => ended,
        ended = take_in(from_kafka, answer, behaviour) => ended,
        ended = give_back(answers, &to_client) => ended,
    }
}

/// A message, and when it may go on.
type OnItsWay = (Instant, Vec<u8>);

async fn take_in(
    mut from: OwnedReadHalf,
    on_their_way: mpsc::Sender<OnItsWay>,
    behaviour: &Behaviour,
) -> std::io::Result<()> {
    loop {
        let frame = read_frame(&mut from).await?;
        if on_their_way.send((behaviour.due(), frame)).await.is_err() {
            return Ok(());
        }
    }
}

async fn ask(
    mut questions: mpsc::Receiver<OnItsWay>,
    mut kafka: OwnedWriteHalf,
    answers: &Mutex<OwnedWriteHalf>,
    behaviour: &Behaviour,
) -> std::io::Result<()> {
    while let Some((due, frame)) = questions.recv().await {
        tokio::time::sleep_until(due).await;
        if behaviour.lies.load(Ordering::SeqCst) && number(&frame, 4) == METADATA {
            answers.lock().await.write_all(&no_brokers(frame)).await?;
            behaviour.told.fetch_add(1, Ordering::SeqCst);
        } else {
            kafka.write_all(&frame).await?;
        }
    }
    Ok(())
}

async fn give_back(mut answers: mpsc::Receiver<OnItsWay>, client: &Mutex<OwnedWriteHalf>) -> std::io::Result<()> {
    while let Some((due, frame)) = answers.recv().await {
        tokio::time::sleep_until(due).await;
        client.lock().await.write_all(&frame).await?;
    }
    Ok(())
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
