//! Fetches that wait for records instead of asking for them again and again.
//!
//! Tansu answers a fetch by polling its storage and sleeps out the whole waiting time even when it has found
//! records. Here a fetch at the end of the log waits until a produce moves that end, and only then goes to the
//! storage.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tansu_sans_io::fetch_response::{FetchableTopicResponse, PartitionData};
use tansu_sans_io::{FetchRequest, FetchResponse, ProduceRequest};
use tokio::sync::watch;

/// A topic and a partition.
type Partition = (String, i32);

/// How long a known end is believed without looking at the storage.
const BELIEVED: Duration = Duration::from_secs(1);

/// What is known of the end of a partition.
#[derive(Debug, Default, Clone, Copy)]
struct End {
    /// Counts produces, so that an end read before one is not taken for one read after it.
    version: u64,
    /// The offset after the last record and when it was read; `None` since the last produce.
    offset: Option<(i64, Instant)>,
}

/// The ends of all partitions that were fetched.
#[derive(Debug, Default)]
pub(super) struct Ends {
    ends: Mutex<HashMap<Partition, End>>,
    moved: watch::Sender<()>,
}

/// Whether a fetch has to be answered by the storage.
pub(super) enum News {
    /// It may find records.
    Perhaps(Asked),
    /// All its partitions are at their end: the answer.
    None(FetchResponse),
}

/// What a fetch asked for, to learn from its answer.
pub(super) struct Asked(Vec<(Partition, u64)>);

impl Ends {
    /// Call it after a produce, whatever became of it.
    pub(super) fn produced(&self, partitions: Vec<Partition>) {
        {
            let mut ends = self.lock();
            for partition in partitions {
                let end = ends.entry(partition).or_default();
                end.version += 1;
                end.offset = None;
            }
        }
        self.moved.send_replace(());
    }

    /// Waits until one of the partitions of `request` may have records for it, for the request's own waiting time at
    /// most. The storage is then asked to answer at once.
    pub(super) async fn wait(&self, request: &mut FetchRequest) -> News {
        let Some(wanted) = wanted(request) else { return News::Perhaps(Asked(Vec::new())) };
        let patience = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or_default());
        request.max_wait_ms = 0;
        let mut moved = self.moved.subscribe();
        let news = async { while self.nothing_new(&wanted) && moved.changed().await.is_ok() {} };
        let _ = tokio::time::timeout(patience, news).await;
        if self.nothing_new(&wanted) {
            return News::None(nothing(&wanted));
        }
        let ends = self.lock();
        let versions = wanted.into_iter().map(|(partition, _)| {
            let version = ends.get(&partition).map_or(0, |end| end.version);
            (partition, version)
        });
        News::Perhaps(Asked(versions.collect()))
    }

    /// Notes the ends that the storage told, unless a produce came in between.
    pub(super) fn learn(&self, asked: &Asked, response: &FetchResponse) {
        let told: HashMap<(&str, i32), i64> = response
            .responses
            .iter()
            .flatten()
            .flat_map(|topic| {
                let name = topic.topic.as_deref().unwrap_or_default();
                let partitions = topic.partitions.iter().flatten().filter(|partition| partition.error_code == 0);
                partitions.map(move |partition| ((name, partition.partition_index), partition.high_watermark))
            })
            .collect();
        let mut ends = self.lock();
        for ((topic, index), version) in &asked.0 {
            let Some(high) = told.get(&(topic.as_str(), *index)) else { continue };
            let end = ends.entry((topic.clone(), *index)).or_default();
            if end.version == *version {
                end.offset = Some((*high, Instant::now()));
            }
        }
    }

    fn nothing_new(&self, wanted: &[(Partition, i64)]) -> bool {
        let ends = self.lock();
        wanted.iter().all(|(partition, from)| {
            let known = ends.get(partition).and_then(|end| end.offset);
            known.is_some_and(|(end, read)| end == *from && read.elapsed() < BELIEVED)
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Partition, End>> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The partitions of a fetch and where it wants to begin; `None` where topics are not named.
fn wanted(request: &FetchRequest) -> Option<Vec<(Partition, i64)>> {
    let mut wanted = Vec::new();
    for topic in request.topics.iter().flatten() {
        let name = topic.topic.as_ref().filter(|name| !name.is_empty())?;
        wanted.extend(
            topic
                .partitions
                .iter()
                .flatten()
                .map(|partition| ((name.clone(), partition.partition), partition.fetch_offset)),
        );
    }
    (!wanted.is_empty()).then_some(wanted)
}

/// The answer that there are no records beyond `wanted`.
fn nothing(wanted: &[(Partition, i64)]) -> FetchResponse {
    let mut topics: Vec<FetchableTopicResponse> = Vec::new();
    for part in wanted.chunk_by(|((one, _), _), ((next, _), _)| one == next) {
        let partitions = part.iter().map(|((_, index), end)| {
            PartitionData::default()
                .partition_index(*index)
                .high_watermark(*end)
                .last_stable_offset(Some(*end))
                .log_start_offset(Some(0))
                .aborted_transactions(Some(Vec::new()))
                .preferred_read_replica(Some(-1))
        });
        let topic = part.first().map(|((topic, _), _)| topic.clone());
        // Topics are named: a fetch by topic id is never waited for.
        topics.push(FetchableTopicResponse::default().topic(topic).partitions(Some(partitions.collect())));
    }
    FetchResponse::default()
        .throttle_time_ms(Some(0))
        .error_code(Some(0))
        .session_id(Some(0))
        .node_endpoints(Some(Vec::new()))
        .responses(Some(topics))
}

/// The partitions a produce writes to.
pub(super) fn written(request: &ProduceRequest) -> Vec<Partition> {
    let topics = request.topic_data.iter().flatten();
    topics
        .flat_map(|topic| topic.partition_data.iter().flatten().map(|partition| (topic.name.clone(), partition.index)))
        .collect()
}

#[cfg(test)]
mod tests {
    use tansu_sans_io::fetch_request::{FetchPartition, FetchTopic};

    use super::*;

    fn fetch(from: i64) -> FetchRequest {
        let partition = FetchPartition::default().partition(0).fetch_offset(from);
        let topic = FetchTopic::default().topic(Some("t".into())).partitions(Some(vec![partition]));
        FetchRequest::default().max_wait_ms(60_000).topics(Some(vec![topic]))
    }

    fn answer(high: i64) -> FetchResponse {
        let partition = PartitionData::default().partition_index(0).high_watermark(high);
        let topic = FetchableTopicResponse::default().topic(Some("t".into())).partitions(Some(vec![partition]));
        FetchResponse::default().responses(Some(vec![topic]))
    }

    async fn ask(ends: &Ends) -> Asked {
        match ends.wait(&mut fetch(5)).await {
            News::Perhaps(asked) => asked,
            News::None(_) => panic!("nothing is known yet"),
        }
    }

    fn at(from: i64) -> Vec<(Partition, i64)> {
        vec![(("t".into(), 0), from)]
    }

    #[tokio::test]
    async fn given_a_known_end_when_a_produce_moves_it_then_there_may_be_news_again() {
        let ends = Ends::default();
        let asked = ask(&ends).await;
        ends.learn(&asked, &answer(5));
        assert!(ends.nothing_new(&at(5)) && !ends.nothing_new(&at(4)));
        ends.produced(vec![("t".into(), 0)]);
        assert!(!ends.nothing_new(&at(5)));
    }

    #[tokio::test]
    async fn given_a_produce_between_question_and_answer_when_learned_then_the_old_end_is_not_believed() {
        let ends = Ends::default();
        let asked = ask(&ends).await;
        ends.produced(vec![("t".into(), 0)]);
        ends.learn(&asked, &answer(5));
        assert!(!ends.nothing_new(&at(5)));
    }

    #[tokio::test]
    async fn given_a_fetch_that_waits_when_something_is_produced_then_it_wakes() {
        let ends = Ends::default();
        let asked = ask(&ends).await;
        ends.learn(&asked, &answer(5));
        let mut request = fetch(5);
        let mut waiting = Box::pin(ends.wait(&mut request));
        assert!(futures::poll!(waiting.as_mut()).is_pending());
        ends.produced(vec![("t".into(), 0)]);
        waiting.await;
        assert_eq!(request.max_wait_ms, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn given_a_fetch_at_the_end_when_its_time_is_over_then_it_is_answered_without_the_storage() {
        let ends = Ends::default();
        let asked = ask(&ends).await;
        ends.learn(&asked, &answer(5));
        let News::None(response) = ends.wait(&mut fetch(5)).await else { panic!("there are no news") };
        let topics = response.responses.unwrap();
        let partition = &topics[0].partitions.as_ref().unwrap()[0];
        assert_eq!((partition.partition_index, partition.high_watermark), (0, 5));
        assert!(partition.records.is_none());
    }
}
