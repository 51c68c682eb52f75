//! One writer of a race, as a process of its own: `race_writer BROKERS TOPIC STREAMS ATTEMPTS SEED OUT [embedded] [first-wins-off]`.
//!
//! Gives the commands and writes what it was told of each as a JSON line; `kafka_es::conformance::audit` compares the
//! lines of all writers with the log.

use std::error::Error;
use std::io::Write;

use kafka_es::conformance::{Race, race};
use kafka_es::{EventStore, KafkaSettings, Mutations, StateLocation, StoreOptions};

const USAGE: &str = "race_writer BROKERS TOPIC STREAMS ATTEMPTS SEED OUT [embedded] [first-wins-off]";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [brokers, topic, streams, attempts, seed, out, switches @ ..] = arguments.as_slice() else {
        return Err(USAGE.into());
    };
    let switched = |name: &str| switches.iter().any(|switch| switch == name);
    let kafka = if switched("embedded") { KafkaSettings::embedded(brokers) } else { KafkaSettings::new(brokers) };
    let mutations = Mutations { first_wins_off: switched("first-wins-off"), ..Mutations::default() };
    let plan = Race {
        writer: format!("p{seed}"),
        streams: streams.parse()?,
        attempts: attempts.parse()?,
        seed: seed.parse()?,
        concurrency: 16,
    };
    let options = StoreOptions { mutations, retries: 3, ..StoreOptions::new(kafka, topic, StateLocation::Memory) };
    let store = EventStore::open(options).await?;
    store.ready().await?;
    let told = race(&store, &plan).await;
    store.close().await?;
    let mut file = std::io::BufWriter::new(std::fs::File::create(out)?);
    for attempt in told {
        serde_json::to_writer(&mut file, &attempt)?;
        file.write_all(b"\n")?;
    }
    Ok(file.flush()?)
}
