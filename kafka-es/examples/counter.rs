//! The smallest use: `counter BROKERS`. Counts one up, through the store itself and through cqrs-es's framework.

use std::error::Error;

use chrono::Utc;
use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, CqrsFramework, DomainEvent};
use kafka_es::{
    CommandMeta, EventStore, Expected, KafkaSettings, StateLocation, StoreOptions, TopicSpec, ensure_topics,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Counter {
    value: u64,
}

#[derive(Clone, Debug)]
struct CountUp;

/// The tag is the CloudEvents type: give it a version from the first day on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
enum Event {
    #[serde(rename = "counter.counted.v1")]
    Counted,
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        "counter.counted.v1".to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl Aggregate for Counter {
    const TYPE: &'static str = "counter";
    type Command = CountUp;
    type Event = Event;
    type Error = std::convert::Infallible;
    type Services = ();

    async fn handle(&mut self, _: CountUp, (): &(), sink: &EventSink<Self>) -> Result<(), Self::Error> {
        sink.write(Event::Counted, self).await;
        Ok(())
    }

    fn apply(&mut self, _: Event) {
        self.value += 1;
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let brokers = std::env::args().nth(1).ok_or("counter BROKERS")?;
    let kafka = KafkaSettings::new(brokers);
    ensure_topics(&kafka, &[TopicSpec::new("example-counters", 6)]).await?;
    let store: EventStore<Counter> =
        EventStore::open(StoreOptions::new(kafka, "example-counters", StateLocation::Memory)).await?;
    store.ready().await?;

    // The store's own call: idempotency, versions and positions.
    let meta = CommandMeta::new("default/visits", Utc::now());
    let counted = store.execute("default/visits", CountUp, &(), meta, Expected::Any).await?;
    println!("{} visits, at {}", counted.aggregate.value, counted.position);

    // The same store under cqrs-es's framework.
    let framework = CqrsFramework::new(store.clone(), vec![], ());
    framework.execute("default/visits", CountUp).await?;
    Ok(store.close().await?)
}
