//! Gives partitions another leader, by Kafka's own protocol.

use std::time::Duration;

use tansu_sans_io::alter_partition_reassignments_request::{ReassignablePartition, ReassignableTopic};
use tansu_sans_io::elect_leaders_request::TopicPartitions;
use tansu_sans_io::{AlterPartitionReassignmentsRequest, Body, ElectLeadersRequest, Frame, Header};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::cluster::{PartitionStatus, partitions};

const REASSIGN: (i16, i16) = (45, 0);
const ELECT: (i16, i16) = (43, 2);
const PREFERRED: i8 = 0;
const TIMEOUT_MS: i32 = 4_000;
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Makes another copy of each partition of `topic` the preferred leader, and has that one elected where it can be. Asks the
/// broker at `broker` (`host:port`).
///
/// # Errors
/// When the broker does not answer, or does not know the topic. What the controller refused is no error: it may have no
/// majority just now.
pub async fn rotate(broker: &str, topic: &str) -> Result<(), String> {
    let before = partitions(broker, topic).await?;
    ask(broker, REASSIGN, reassignment(topic, &before).into()).await?;
    let numbers = (0..i32::try_from(before.len()).unwrap()).collect();
    let chosen = TopicPartitions::default().topic(topic.to_owned()).partitions(Some(numbers));
    let election = ElectLeadersRequest::default()
        .election_type(Some(PREFERRED))
        .topic_partitions(Some(vec![chosen]))
        .timeout_ms(TIMEOUT_MS);
    ask(broker, ELECT, election.into()).await
}

/// The same copies, the first one last.
fn reassignment(topic: &str, before: &[PartitionStatus]) -> AlterPartitionReassignmentsRequest {
    let partitions = (0..).zip(before).map(|(number, status)| {
        let mut replicas = status.replicas.clone();
        replicas.rotate_left(1);
        ReassignablePartition::default().partition_index(number).replicas(Some(replicas))
    });
    let topic = ReassignableTopic::default().name(topic.to_owned()).partitions(Some(partitions.collect()));
    AlterPartitionReassignmentsRequest::default().timeout_ms(TIMEOUT_MS).topics(Some(vec![topic]))
}

/// Asks one question and waits for the answer, whatever it is.
async fn ask(broker: &str, (api_key, api_version): (i16, i16), body: Body) -> Result<(), String> {
    let header = Header::Request { api_key, api_version, correlation_id: 1, client_id: Some("tests".to_owned()) };
    let question = Frame::request(header, body).map_err(|error| error.to_string())?;
    let asked = async {
        let mut stream = TcpStream::connect(broker).await?;
        stream.write_all(&question).await?;
        let bytes = stream.read_u32().await?;
        let mut answer = vec![0; usize::try_from(bytes).unwrap()];
        stream.read_exact(&mut answer).await.map(drop)
    };
    let asked: Result<std::io::Result<()>, _> = tokio::time::timeout(ANSWER_WITHIN, asked).await;
    asked.map_err(|_| "no answer".to_owned())?.map_err(|error| error.to_string())
}
