//! Events of single streams read back from the log: for replays.

mod reading;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use tokio::sync::oneshot;
use tokio_util::sync::{CancellationToken, DropGuard};

use self::reading::Wanted;
use crate::client::{PutAway, QuietContext};
use crate::envelope::Envelope;
use crate::error::LoadError;
use crate::mutation::Mutations;
use crate::options::StoreOptions;
use crate::settings::KafkaSettings;

/// The events of a stream with the offsets of their records.
pub(crate) type Events = Vec<(i64, Envelope)>;

type Answer = Result<Events, LoadError>;

type Client = PutAway<BaseConsumer<QuietContext>>;

/// So many records are read in one way through a partition, or those of one stream that has more. In the order of the log, a stream whose
/// records stand far apart is answered when most of the way is behind; and who comes meanwhile waits for the next one.
const RECORDS_AT_ONCE: usize = 512;
/// The first fetch of a record brings no more than about this behind it; one that is larger comes all the same, in one piece.
const FETCH_BYTES: u32 = 64 * 1024;
/// The client fetches no more while so many records wait: most of what it would fetch ahead nobody wants.
const FETCH_AHEAD_RECORDS: i64 = 64;
/// The longest that one record may take.
const PATIENCE_MAX: Duration = Duration::from_secs(5);
/// It may take no more than this part of the time that a command has: when two partitions in a row do not answer, those who want something
/// of a third one are still in time.
const PATIENCE_OF_DEADLINE: u32 = 3;

/// Reads events back by their offsets.
///
/// One thread reads, for all who ask meanwhile: one partition after the other, and of each the records in the order of the log, so that those
/// near one another are one read, and no more for who has gone. Each reading for itself, a thousand commands that are given again wait for a
/// thousand reads in a row, give up, and stand in the way of those who come after them.
pub(crate) struct History {
    queue: Arc<Queue>,
    _open: DropGuard,
}

struct Queue {
    topic: String,
    settings: KafkaSettings,
    mutations: Mutations,
    /// How long one record may take.
    patience: Duration,
    /// Nobody waits any more.
    closed: CancellationToken,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    wanted: Vec<Wanted>,
    /// Somebody reads, and takes what is wanted next.
    is_read: bool,
    /// Made when first needed.
    client: Option<Client>,
}

/// What is read next.
struct Way {
    partition: i32,
    wanted: Vec<Wanted>,
    /// If there is one.
    client: Option<Client>,
}

impl History {
    /// Of the store's topic; no further record is read once the store is closed, or gone.
    pub(crate) fn new(options: &StoreOptions, store: &CancellationToken) -> Self {
        let closed = store.child_token();
        let open = closed.clone().drop_guard();
        let queue = Queue {
            topic: options.topic.clone(),
            settings: options.kafka.clone(),
            mutations: options.mutations,
            patience: PATIENCE_MAX.min(options.deadline / PATIENCE_OF_DEADLINE),
            closed,
            state: Mutex::default(),
        };
        Self { queue: Arc::new(queue), _open: open }
    }

    /// The events of one stream whose records stand at `offsets`, which ascend.
    pub(crate) async fn read(&self, stream: &str, partition: i32, offsets: Vec<i64>) -> Result<Events, LoadError> {
        if offsets.is_empty() {
            return Ok(Vec::new());
        }
        let (answer, answered) = oneshot::channel();
        let wanted = Wanted { stream: stream.to_owned(), partition, offsets, answer };
        if self.queue.is_first(wanted) {
            let queue = self.queue.clone();
            tokio::task::spawn_blocking(move || queue.read_all());
        }
        answered.await.unwrap_or_else(|_| Err(LoadError::Log("a read of the log ended early".to_owned())))
    }

    /// Goes on with a client made anew, after an outage; one that reads just now shows by itself whether it has lived through that.
    pub(crate) fn renew(&self) {
        self.queue.state().client = None;
    }
}

impl Queue {
    /// Takes it in; true when nobody reads yet, and the caller has to see to that.
    fn is_first(&self, wanted: Wanted) -> bool {
        let mut state = self.state();
        state.wanted.push(wanted);
        !std::mem::replace(&mut state.is_read, true)
    }

    /// Reads until nothing is wanted.
    fn read_all(&self) {
        let _turn = Turn(self);
        while let Some(Way { partition, wanted, client }) = self.next() {
            let read = match client.map_or_else(|| self.connect(), Ok) {
                Ok(client) => self.read(partition, wanted, client),
                Err(why) => {
                    wanted.into_iter().for_each(|wanted| wanted.fail(&why));
                    Err(why)
                }
            };
            if let Err(why) = read {
                self.fail(partition, &why);
            }
        }
    }

    /// Goes one way; everyone on it is answered, if it fails with why.
    fn read(&self, partition: i32, wanted: Vec<Wanted>, client: Client) -> Result<(), LoadError> {
        // After a failure the next way, which is another partition's, starts with a fresh client.
        reading::answer(self, &client, partition, wanted)?;
        if client.unassign().is_ok() {
            self.state().client = Some(client);
        }
        Ok(())
    }

    /// The next way; `None` ends the turn.
    fn next(&self) -> Option<Way> {
        let mut state = self.state();
        if self.closed.is_cancelled() {
            state.wanted.drain(..).for_each(|wanted| wanted.fail(&LoadError::closed()));
        }
        let Some(partition) = state.wanted.first().map(|first| first.partition) else {
            state.is_read = false;
            return None;
        };
        let at_once = if self.mutations.reads_in_turn() { 1 } else { RECORDS_AT_ONCE };
        let mut records = 0;
        let goes_along = |wanted: &mut Wanted| {
            let fits = wanted.partition == partition && (records == 0 || records + wanted.offsets.len() <= at_once);
            records += if fits { wanted.offsets.len() } else { 0 };
            fits
        };
        let wanted = state.wanted.extract_if(.., goes_along).collect();
        Some(Way { partition, wanted, client: state.client.take() })
    }

    /// Tells those who came meanwhile and want something of the same partition: it is not tried for each of them anew.
    fn fail(&self, partition: i32, why: &LoadError) {
        let mut state = self.state();
        state.wanted.extract_if(.., |wanted| wanted.partition == partition).for_each(|wanted| wanted.fail(why));
    }

    fn connect(&self) -> Result<Client, LoadError> {
        let mut config = self.settings.consumer(1024);
        // A fetch that waits at the end of the log would hold up the next seek on the same connection.
        config.set("fetch.wait.max.ms", "5").set("enable.partition.eof", "false");
        // Not `fetch.max.bytes`: the in-process broker sends nothing of a record that is larger than that.
        config.set("fetch.message.max.bytes", FETCH_BYTES.to_string());
        config.set("queued.min.messages", FETCH_AHEAD_RECORDS.to_string());
        let client = config.create_with_context(QuietContext);
        client.map(PutAway::new).map_err(|e| LoadError::Unavailable(e.to_string()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn to read, given back if reading panics: whoever asks next takes it, and who has asked meanwhile is told.
struct Turn<'a>(&'a Queue);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // Otherwise it was given back with the last look, and may be somebody else's by now.
        if std::thread::panicking() {
            let mut state = self.0.state();
            state.is_read = false;
            // Dropped, and thereby answered: nobody else would read for them.
            state.wanted.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot::Receiver;

    use super::*;

    fn queue() -> Queue {
        Queue {
            topic: "task-events".to_owned(),
            settings: KafkaSettings::new("127.0.0.1:1"),
            mutations: Mutations::default(),
            patience: PATIENCE_MAX,
            closed: CancellationToken::new(),
            state: Mutex::default(),
        }
    }

    /// Somebody wants so many records of a partition.
    fn wants(queue: &Queue, partition: i32, records: usize) -> Receiver<Answer> {
        let (answer, answered) = oneshot::channel();
        let offsets = (0..).take(records).collect();
        let _ = queue.is_first(Wanted { stream: "default/x".to_owned(), partition, offsets, answer });
        answered
    }

    fn sizes(way: Option<Way>) -> Option<(i32, Vec<usize>)> {
        way.map(|way| (way.partition, way.wanted.iter().map(|wanted| wanted.offsets.len()).collect()))
    }

    #[test]
    fn given_wishes_of_two_partitions_when_ways_are_taken_then_each_is_of_one_partition_and_not_too_long() {
        let queue = queue();
        let _answers = [(0, 1), (1, 2), (0, RECORDS_AT_ONCE), (0, 3), (1, 2 * RECORDS_AT_ONCE)]
            .map(|(partition, records)| wants(&queue, partition, records));
        assert_eq!(sizes(queue.next()), Some((0, vec![1, 3])));
        assert_eq!(sizes(queue.next()), Some((1, vec![2])));
        assert_eq!(sizes(queue.next()), Some((0, vec![RECORDS_AT_ONCE])));
        assert_eq!(sizes(queue.next()), Some((1, vec![2 * RECORDS_AT_ONCE])));
        assert_eq!(sizes(queue.next()), None);
        let _answer = wants(&queue, 0, 1);
        assert_eq!(sizes(queue.next()), Some((0, vec![1])), "whoever comes after the turn has nobody who reads");
    }

    #[test]
    fn given_a_partition_that_does_not_answer_then_who_wants_something_of_it_is_told_and_the_others_wait() {
        let queue = queue();
        let (mut of_it, mut of_another) = (wants(&queue, 0, 1), wants(&queue, 1, 1));
        queue.fail(0, &LoadError::Unavailable("away".to_owned()));
        assert!(matches!(of_it.try_recv(), Ok(Err(LoadError::Unavailable(_)))));
        assert!(of_another.try_recv().is_err());
        assert_eq!(sizes(queue.next()), Some((1, vec![1])));
    }

    #[test]
    fn given_a_store_that_is_closed_when_the_next_way_is_asked_for_then_everyone_is_told_and_the_turn_ends() {
        let queue = queue();
        let mut waits = wants(&queue, 0, 1);
        queue.closed.cancel();
        assert_eq!(sizes(queue.next()), None);
        assert!(matches!(waits.try_recv(), Ok(Err(why)) if why.to_string() == LoadError::closed().to_string()));
    }

    #[test]
    fn given_a_reading_that_panics_then_who_waits_is_told_and_whoever_asks_next_reads() {
        let queue = queue();
        let mut waits = wants(&queue, 0, 1);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _turn = Turn(&queue);
            panic!("as a reading may");
        }));
        assert!(panicked.is_err());
        assert!(matches!(waits.try_recv(), Err(oneshot::error::TryRecvError::Closed)));
        let (answer, _answered) = oneshot::channel();
        let next = Wanted { stream: "default/x".to_owned(), partition: 0, offsets: vec![0], answer };
        assert!(queue.is_first(next));
    }
}
