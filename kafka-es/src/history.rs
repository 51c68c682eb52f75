//! Events of single streams read back from the log: for replays.

mod reading;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
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

/// So many streams are read in one way through the log; who comes later waits for the next one.
const AT_ONCE: usize = 1_024;

/// Reads events back by their offsets.
///
/// One thread reads, for all who ask meanwhile: their records in the order of the log, so that those near one another are one read, and no
/// more for who has gone. Each reading for itself, a thousand commands that are given again wait for a thousand reads in a row, give up, and
/// stand in the way of those who come after them.
pub(crate) struct History {
    queue: Arc<Queue>,
    _open: DropGuard,
}

struct Queue {
    topic: String,
    settings: KafkaSettings,
    mutations: Mutations,
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

impl History {
    /// Of the store's topic; no further record is read once the store is closed, or gone.
    pub(crate) fn new(options: &StoreOptions, store: &CancellationToken) -> Self {
        let StoreOptions { kafka, topic, mutations, .. } = options;
        let (topic, settings, mutations) = (topic.clone(), kafka.clone(), *mutations);
        let closed = store.child_token();
        let open = closed.clone().drop_guard();
        Self { queue: Arc::new(Queue { topic, settings, mutations, closed, state: Mutex::default() }), _open: open }
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
        while let Some((wanted, client)) = self.next() {
            match client.map_or_else(|| self.connect(), Ok) {
                Ok(client) => {
                    let is_well = reading::answer(self, &client, wanted);
                    // After a failure the next read starts with a fresh client.
                    if is_well && client.unassign().is_ok() {
                        self.state().client = Some(client);
                    }
                }
                Err(error) => {
                    let why = LoadError::Unavailable(error.to_string());
                    wanted.into_iter().for_each(|wanted| wanted.fail(&why));
                }
            }
        }
    }

    /// What is wanted now, and the client if there is one; `None` ends the turn.
    fn next(&self) -> Option<(Vec<Wanted>, Option<Client>)> {
        let mut state = self.state();
        if self.closed.is_cancelled() {
            state.wanted.drain(..).for_each(|wanted| wanted.fail(&LoadError::closed()));
        }
        if state.wanted.is_empty() {
            state.is_read = false;
            return None;
        }
        let count = if self.mutations.reads_in_turn() { 1 } else { state.wanted.len().min(AT_ONCE) };
        Some((state.wanted.drain(..count).collect(), state.client.take()))
    }

    fn connect(&self) -> Result<Client, KafkaError> {
        let mut config = self.settings.consumer(1024);
        // A fetch that waits at the end of the log would hold up the next seek on the same connection.
        config.set("fetch.wait.max.ms", "5").set("enable.partition.eof", "false");
        Ok(PutAway::new(config.create_with_context(QuietContext)?))
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
