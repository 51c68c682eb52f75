//! Fetches that wait for records instead of asking for them again and again.
//!
//! Tansu answers a fetch by polling its storage and sleeps out the whole waiting time even when it has found
//! records. Here a fetch at the end of the log waits until something is produced, and only then goes to the
//! storage.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tansu_sans_io::fetch_response::{FetchableTopicResponse, PartitionData};
use tansu_sans_io::{FetchRequest, FetchResponse};
use tokio::sync::watch;

/// A topic as fetches name it: by its name before version 13, by its id since.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Topic {
    Name(String),
    Id([u8; 16]),
}

type Partition = (Topic, i32);

/// How long a known end is believed without looking at the storage.
const BELIEVED: Duration = Duration::from_secs(1);

/// The ends of all partitions that were fetched since the last produce.
#[derive(Debug, Default)]
pub(super) struct Ends {
    known: Mutex<Known>,
    moved: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Known {
    /// Counts produces, so that an end read before one is not taken for one read after it.
    produces: u64,
    /// The offset after the last record and when it was read.
    ends: HashMap<Partition, (i64, Instant)>,
}

/// Whether a fetch has to be answered by the storage.
pub(super) enum News {
    /// It may find records.
    Perhaps(Asked),
    /// All its partitions are at their end: the answer.
    None(FetchResponse),
}

/// When a fetch went to the storage, to learn from its answer: the count of produces then.
pub(super) struct Asked(u64);

impl Ends {
    /// Call it after a produce, whatever became of it and wherever it went: there are few topics, and a look at the
    /// storage too many does no harm.
    pub(super) fn produced(&self) {
        {
            let mut known = self.lock();
            known.produces += 1;
            known.ends.clear();
        }
        self.moved.send_replace(());
    }

    /// Waits until one of the partitions of `request` may have records for it, for the request's own waiting time at
    /// most. The storage is then asked to answer at once.
    pub(super) async fn wait(&self, request: &mut FetchRequest) -> News {
        let wanted = wanted(request);
        let patience = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or_default());
        request.max_wait_ms = 0;
        let mut moved = self.moved.subscribe();
        let news = async { while self.nothing_new(&wanted) && moved.changed().await.is_ok() {} };
        let _ = tokio::time::timeout(patience, news).await;
        if self.nothing_new(&wanted) {
            News::None(nothing(&wanted))
        } else {
            News::Perhaps(Asked(self.lock().produces))
        }
    }

    /// Notes the ends that the storage told, unless a produce came in between.
    pub(super) fn learn(&self, asked: &Asked, response: &FetchResponse) {
        let mut known = self.lock();
        if known.produces != asked.0 {
            return;
        }
        let now = Instant::now();
        for topic in response.responses.iter().flatten() {
            for partition in topic.partitions.iter().flatten().filter(|partition| partition.error_code == 0) {
                // An answer carries name and id; a later fetch may use either.
                let names = [
                    topic.topic.clone().filter(|name| !name.is_empty()).map(Topic::Name),
                    topic.topic_id.map(Topic::Id),
                ];
                for name in names.into_iter().flatten() {
                    known.ends.insert((name, partition.partition_index), (partition.high_watermark, now));
                }
            }
        }
    }

    fn nothing_new(&self, wanted: &[(Partition, i64)]) -> bool {
        let known = self.lock();
        wanted.iter().all(|(partition, from)| {
            known.ends.get(partition).is_some_and(|(end, read)| end == from && read.elapsed() < BELIEVED)
        })
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The partitions of a fetch and where it wants to begin.
fn wanted(request: &FetchRequest) -> Vec<(Partition, i64)> {
    let mut wanted = Vec::new();
    for topic in request.topics.iter().flatten() {
        let name = match topic.topic.as_ref().filter(|name| !name.is_empty()) {
            Some(name) => Topic::Name(name.clone()),
            None => Topic::Id(topic.topic_id.unwrap_or_default()),
        };
        let partitions = topic.partitions.iter().flatten();
        wanted.extend(partitions.map(|partition| ((name.clone(), partition.partition), partition.fetch_offset)));
    }
    wanted
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
        let topic = FetchableTopicResponse::default().partitions(Some(partitions.collect()));
        topics.push(match part.first().map(|((topic, _), _)| topic.clone()) {
            Some(Topic::Name(name)) => topic.topic(Some(name)),
            Some(Topic::Id(id)) => topic.topic_id(Some(id)),
            None => topic,
        });
    }
    FetchResponse::default()
        .throttle_time_ms(Some(0))
        .error_code(Some(0))
        .session_id(Some(0))
        .node_endpoints(Some(Vec::new()))
        .responses(Some(topics))
}

#[cfg(test)]
mod tests {
    use tansu_sans_io::fetch_request::{FetchPartition, FetchTopic};

    use super::*;

    const ID: [u8; 16] = [7; 16];

    /// A fetch by name, or by id as librdkafka asks since version 13.
    fn fetch(from: i64, by_id: bool) -> FetchRequest {
        let partition = FetchPartition::default().partition(0).fetch_offset(from);
        let topic = FetchTopic::default().partitions(Some(vec![partition]));
        let topic = if by_id { topic.topic_id(Some(ID)) } else { topic.topic(Some("t".into())) };
        FetchRequest::default().max_wait_ms(60_000).topics(Some(vec![topic]))
    }

    fn answer(high: i64) -> FetchResponse {
        let partition = PartitionData::default().partition_index(0).high_watermark(high);
        let topic = FetchableTopicResponse::default().topic_id(Some(ID)).topic(Some("t".into()));
        FetchResponse::default().responses(Some(vec![topic.partitions(Some(vec![partition]))]))
    }

    async fn ask(ends: &Ends) -> Asked {
        match ends.wait(&mut fetch(5, true)).await {
            News::Perhaps(asked) => asked,
            News::None(_) => panic!("nothing is known yet"),
        }
    }

    fn at(from: i64, by_id: bool) -> Vec<(Partition, i64)> {
        wanted(&fetch(from, by_id))
    }

    #[tokio::test]
    async fn given_a_known_end_when_something_is_produced_then_there_may_be_news_again() {
        let ends = Ends::default();
        let asked = ask(&ends).await;
        ends.learn(&asked, &answer(5));
        for by_id in [false, true] {
            assert!(ends.nothing_new(&at(5, by_id)) && !ends.nothing_new(&at(4, by_id)), "{by_id}");
        }
        ends.produced();
        assert!(!ends.nothing_new(&at(5, true)));
    }

    #[tokio::test]
    async fn given_a_produce_between_question_and_answer_when_learned_then_the_old_end_is_not_believed() {
        let ends = Ends::default();
        let asked = ask(&ends).await;
        ends.produced();
        ends.learn(&asked, &answer(5));
        assert!(!ends.nothing_new(&at(5, true)));
    }

    #[tokio::test]
    async fn given_a_fetch_that_waits_when_something_is_produced_then_it_wakes() {
        let ends = Ends::default();
        let asked = ask(&ends).await;
        ends.learn(&asked, &answer(5));
        let mut request = fetch(5, true);
        let mut waiting = Box::pin(ends.wait(&mut request));
        assert!(futures::poll!(waiting.as_mut()).is_pending());
        ends.produced();
        assert!(matches!(waiting.await, News::Perhaps(_)));
        assert_eq!(request.max_wait_ms, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn given_a_fetch_at_the_end_when_its_time_is_over_then_it_is_answered_without_the_storage() {
        let ends = Ends::default();
        let asked = ask(&ends).await;
        ends.learn(&asked, &answer(5));
        let News::None(response) = ends.wait(&mut fetch(5, true)).await else { panic!("there are no news") };
        let topics = response.responses.unwrap();
        let partition = &topics[0].partitions.as_ref().unwrap()[0];
        assert_eq!((topics[0].topic_id, partition.high_watermark), (Some(ID), 5));
        assert!(partition.records.is_none());
    }
}
