//! The store's producers: one that sends at once, and two that wait a moment for company.
//!
//! Which of them sends a record matters to speed only: by the rule they are no more to each other than two processes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
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
/// Where a producer is found by every command, and replaced by hardly any.
type Current<A, C> = ArcSwap<ThreadedProducer<Deliveries<A, C>>>;
/// A producer, for as long as a record is handed to it.
pub(crate) type Borrowed<A, C> = Guard<Connected<A, C>>;

/// A producer, made when it is first needed (its threads are not idle for nothing), replaced when librdkafka declares it dead
/// and after an outage.
struct Slot<A: StoredAggregate, C: EventCodec<A::Event>> {
    linger: Duration,
    current: OnceLock<Current<A, C>>,
    /// Whoever makes a producer for the slot.
    making: Mutex<()>,
}

impl<A: StoredAggregate, C: EventCodec<A::Event>> Slot<A, C> {
    fn new(linger: Duration) -> Self {
        Self { linger, current: OnceLock::new(), making: Mutex::default() }
    }

    fn making(&self) -> MutexGuard<'_, ()> {
        self.making.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The producers of one store.
pub(crate) struct Producers<A: StoredAggregate, C: EventCodec<A::Event>> {
    settings: KafkaSettings,
    /// Who takes in what is acknowledged.
    partitions: Arc<[Arc<Partition<A, C>>]>,
    timeout: Duration,
    /// False only where the protocol is broken on purpose.
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
        let in_company = options.linger_in_a_crowd;
        let (alone, crowd, throng) = (Slot::new(options.linger), Slot::new(in_company), Slot::new(2 * in_company));
        let in_flight = AtomicUsize::new(0);
        let producers = Self { settings, partitions, timeout, all_acks, alone, crowd, throng, in_flight };
        // Settings that librdkafka refuses are known now, not at the first command.
        producers.made(&producers.alone)?;
        Ok(producers)
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
        let made = self.made(slot)?;
        let current = made.load();
        if current.client().fatal_error().is_none() {
            return Ok(current);
        }
        let _making = slot.making();
        // Another command may have been faster.
        if let Some((code, reason)) = made.load().client().fatal_error() {
            tracing::warn!(?code, reason, "the producer is replaced after a fatal error");
            self.replace(made, slot.linger)?;
        }
        Ok(made.load())
    }

    fn made<'a>(&self, slot: &'a Slot<A, C>) -> KafkaResult<&'a Current<A, C>> {
        if let Some(made) = slot.current.get() {
            return Ok(made);
        }
        let _making = slot.making();
        // Another command may have been faster.
        if let Some(made) = slot.current.get() {
            return Ok(made);
        }
        let fresh = self.connect(slot.linger)?;
        Ok(slot.current.get_or_init(|| ArcSwap::new(fresh)))
    }

    /// Sends with producers made anew from now on.
    pub(crate) fn renew(&self) -> KafkaResult<()> {
        for slot in self.all() {
            let _making = slot.making();
            if let Some(made) = slot.current.get() {
                self.replace(made, slot.linger)?;
            }
        }
        Ok(())
    }

    fn replace(&self, made: &Current<A, C>, linger: Duration) -> KafkaResult<()> {
        let old = made.swap(self.connect(linger)?);
        // Records on their way keep their producer until each has its outcome; putting it away then blocks.
        let outcomes = self.timeout + Duration::from_secs(1);
        tokio::spawn(async move {
            let old = PutAway::new(old);
            tokio::time::sleep(outcomes).await;
            drop(old);
        });
        Ok(())
    }

    /// A producer that gives up on a record after the timeout.
    fn connect(&self, linger: Duration) -> KafkaResult<Connected<A, C>> {
        let mut config = self.settings.producer(self.timeout, linger);
        if !self.all_acks {
            // librdkafka takes fewer acknowledgements only of a producer that is not idempotent.
            config.set("acks", "1").set("enable.idempotence", "false");
        }
        config.create_with_context(Deliveries(self.partitions.clone())).map(Arc::new)
    }

    /// Waits until every record on its way has its outcome, up to the produce timeout.
    pub(crate) async fn drain(&self) -> Result<(), String> {
        for current in self.all().into_iter().filter_map(|slot| slot.current.get()) {
            let (producer, timeout) = (current.load_full(), self.timeout);
            blocking(move || producer.flush(timeout).map_err(|e| e.to_string())).await??;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::AdjacentlyTagged;
    use crate::conformance::Counter;
    use crate::options::StateLocation;

    /// Which of the producers are there.
    fn made(producers: &Producers<Counter, AdjacentlyTagged>) -> [bool; 3] {
        producers.all().map(|slot| slot.current.get().is_some())
    }

    #[test]
    fn given_ever_more_records_on_their_way_when_the_next_one_goes_then_a_producer_that_waits_longer_is_made_for_it() {
        let options = StoreOptions::new(KafkaSettings::new("127.0.0.1:1"), "t", StateLocation::Memory);
        let producers = Producers::new(&options, Arc::new([])).unwrap();
        let mut on_their_way = Vec::new();
        let mut go = |count| on_their_way.extend((0..count).map(|_| producers.next().unwrap().1));
        go(CROWD);
        assert_eq!(made(&producers), [true, false, false]);
        go(1);
        assert_eq!(made(&producers), [true, true, false]);
        go(THRONG - CROWD);
        assert_eq!(made(&producers), [true, true, true]);
        drop(on_their_way);
        let (producer, _on_its_way) = producers.next().unwrap();
        assert!(Arc::ptr_eq(&producer, &producers.current(&producers.alone).unwrap()), "the crowd is gone");
    }
}
