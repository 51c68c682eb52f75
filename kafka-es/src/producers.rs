//! The store's producers: one that sends at once, and two that wait a moment for company.
//!
//! Which of them sends a record matters to speed only: by the rule they are no more to each other than two processes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use rdkafka::error::KafkaResult;
use rdkafka::producer::{Producer, ThreadedProducer};

use crate::client::{PutAway, blocking};
use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::delivery::Deliveries;
use crate::options::StoreOptions;
use crate::partition::Partition;
use crate::settings::KafkaSettings;

/// With so many records on their way, one more waits for company: a broker's work is by the request, not by the record.
const CROWD: usize = 24;
/// With so many, each partition gets enough company by waiting twice as long.
const THRONG: usize = 256;

type Connected<A, C> = Arc<ThreadedProducer<Deliveries<A, C>>>;
/// A producer, for as long as a record is handed to it.
pub(crate) type Borrowed<A, C> = Guard<Connected<A, C>>;

/// A producer, replaced when librdkafka declares it dead and after an outage.
struct Slot<A: StoredAggregate, C: EventCodec<A::Event>> {
    linger: Duration,
    /// Looked at by every command, replaced by hardly any.
    current: ArcSwap<ThreadedProducer<Deliveries<A, C>>>,
    replacing: Mutex<()>,
}

/// The producers of one store.
pub(crate) struct Producers<A: StoredAggregate, C: EventCodec<A::Event>> {
    settings: KafkaSettings,
    /// Who takes in what is acknowledged.
    partitions: Arc<[Arc<Partition<A, C>>]>,
    timeout: Duration,
    all_acks: bool,
    alone: Slot<A, C>,
    crowd: Slot<A, C>,
    throng: Slot<A, C>,
    in_flight: AtomicUsize,
}

/// A record on its way; dropped when its caller no longer waits for it.
pub(crate) struct OnItsWay<'a>(&'a AtomicUsize);

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<A: StoredAggregate, C: EventCodec<A::Event>> Producers<A, C> {
    /// Producers of a store; its partitions take in what is acknowledged.
    pub(crate) fn new(options: &StoreOptions, partitions: Arc<[Arc<Partition<A, C>>]>) -> KafkaResult<Self> {
        let (settings, timeout) = (options.kafka.clone(), options.produce_timeout);
        let all_acks = options.mutations.wants_all_acks();
        let slot = |linger| {
            let current = ArcSwap::new(connect(&settings, &partitions, timeout, linger, all_acks)?);
            KafkaResult::Ok(Slot { linger, current, replacing: Mutex::default() })
        };
        let in_company = options.linger_in_a_crowd;
        let (alone, crowd, throng) = (slot(options.linger)?, slot(in_company)?, slot(2 * in_company)?);
        let in_flight = AtomicUsize::new(0);
        Ok(Self { settings, partitions, timeout, all_acks, alone, crowd, throng, in_flight })
    }

    /// The producer to send the next record with; what comes with it is to be kept until the record has its outcome.
    pub(crate) fn next(&self) -> KafkaResult<(Borrowed<A, C>, OnItsWay<'_>)> {
        let others = self.in_flight.fetch_add(1, Ordering::Relaxed);
        let on_its_way = OnItsWay(&self.in_flight);
        let slot = match others {
            0..CROWD => &self.alone,
            CROWD..THRONG => &self.crowd,
            THRONG.. => &self.throng,
        };
        Ok((self.current(slot)?, on_its_way))
    }

    fn all(&self) -> [&Slot<A, C>; 3] {
        [&self.alone, &self.crowd, &self.throng]
    }

    fn current(&self, slot: &Slot<A, C>) -> KafkaResult<Borrowed<A, C>> {
        let current = slot.current.load();
        if current.client().fatal_error().is_none() {
            return Ok(current);
        }
        let _replacing = slot.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        // Another command may have been faster.
        if let Some((code, reason)) = slot.current.load().client().fatal_error() {
            tracing::warn!(?code, reason, "the producer is replaced after a fatal error");
            self.replace(slot)?;
        }
        Ok(slot.current.load())
    }

    /// Sends with producers made anew from now on.
    pub(crate) fn renew(&self) -> KafkaResult<()> {
        for slot in self.all() {
            let _replacing = slot.replacing.lock().unwrap_or_else(PoisonError::into_inner);
            self.replace(slot)?;
        }
        Ok(())
    }

    fn replace(&self, slot: &Slot<A, C>) -> KafkaResult<()> {
        let fresh = connect(&self.settings, &self.partitions, self.timeout, slot.linger, self.all_acks)?;
        let old = slot.current.swap(fresh);
        // Records on their way keep their producer until each has its outcome; putting it away then blocks.
        let outcomes = self.timeout + Duration::from_secs(1);
        tokio::spawn(async move {
            let old = PutAway::new(old);
            tokio::time::sleep(outcomes).await;
            drop(old);
        });
        Ok(())
    }

    /// Waits until every record on its way has its outcome, up to the produce timeout.
    pub(crate) async fn drain(&self) -> Result<(), String> {
        for slot in self.all() {
            let current = self.current(slot).map_err(|e| e.to_string())?;
            let (producer, timeout) = (Guard::into_inner(current), self.timeout);
            blocking(move || producer.flush(timeout).map_err(|e| e.to_string())).await??;
        }
        Ok(())
    }
}

/// A producer that gives up on a record after `timeout`; `all_acks` is false only where the protocol is broken on purpose.
fn connect<A: StoredAggregate, C: EventCodec<A::Event>>(
    settings: &KafkaSettings,
    partitions: &Arc<[Arc<Partition<A, C>>]>,
    timeout: Duration,
    linger: Duration,
    all_acks: bool,
) -> KafkaResult<Connected<A, C>> {
    let mut config = settings.producer(timeout, linger);
    if !all_acks {
        // librdkafka takes fewer acknowledgements only of a producer that is not idempotent.
        config.set("acks", "1").set("enable.idempotence", "false");
    }
    config.create_with_context(Deliveries(partitions.clone())).map(Arc::new)
}
