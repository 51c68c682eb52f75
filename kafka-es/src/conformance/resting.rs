//! A writer whose tail rests, because everything that came was its own, and another writer.

use super::counter::{Counter, CounterCommand, meta};
use super::raw::fresh_topic;
use crate::command::{Expected, Freshness};
use crate::mutation::Mutations;
use crate::options::{StateLocation, StoreOptions};
use crate::settings::KafkaSettings;
use crate::store::EventStore;

/// A tail rests after some dozen records of its own writer.
const COMMANDS: u64 = 5_000;

/// While a writer is alone its tail stops to read the log back; what another one writes then is seen all the same.
///
/// # Panics
/// With what it found, and when the broker fails.
pub async fn resting_tail(settings: &KafkaSettings, mutations: Mutations) {
    let topic = fresh_topic(settings, 1).await;
    let options = || StoreOptions::new(settings.clone(), &topic, StateLocation::Memory);
    let here: EventStore<Counter> =
        EventStore::open(StoreOptions { mutations, ..options() }).await.expect("the store opens");
    let there: EventStore<Counter> = EventStore::open(options()).await.expect("the store opens");
    here.ready().await.expect("the store gets ready");
    there.ready().await.expect("the store gets ready");

    // One after the other: acknowledgements of several producers overtake each other, and each gap wakes the tail for a moment.
    let mut rested = false;
    for n in 0..COMMANDS {
        let (stream, id) = (format!("t/{}", n % 100), n.to_string());
        let committed = here.execute(&stream, CounterCommand::Add(1), &(), meta(id), Expected::Any).await;
        committed.expect("every command is committed");
        rested = here.shared.home(&stream).is_resting();
        if rested {
            break;
        }
    }
    assert!(rested, "the tail never rested, though its writer was alone");

    let elsewhere = there.execute("t/1", CounterCommand::Add(1), &(), meta("elsewhere"), Expected::Any).await;
    let elsewhere = elsewhere.expect("committed elsewhere").sequence;
    let loaded = here.load("t/1", Freshness::Barrier).await.expect("a tail that rests is woken").expect("there");
    assert_eq!(loaded.sequence, elsewhere);
    let next = here.execute("t/1", CounterCommand::Add(1), &(), meta("next"), Expected::Version(elsewhere)).await;
    assert_eq!(next.expect("committed").sequence, elsewhere + 1);
    for store in [here, there] {
        store.close().await.expect("the store closes");
    }
}
