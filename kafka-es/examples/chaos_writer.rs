//! One writer of a cluster under faults, as a process of its own:
//! `chaos_writer BROKERS TOPIC FOLDER PORT [first-wins-off] [barrier-off]`.
//!
//! Serves calls on the loopback port: one JSON line a call, one JSON line its answer, in order on each connection
//! (`kafka_es::conformance::{Call, Answer}`). Its state is kept in the folder, so a killed writer goes on from there.

use std::error::Error;
use std::time::Duration;

use kafka_es::conformance::{Call, Counter, ask};
use kafka_es::{EventStore, KafkaSettings, Mutations, StateLocation, StoreOptions};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

const USAGE: &str = "chaos_writer BROKERS TOPIC FOLDER PORT [first-wins-off] [barrier-off]";
const OPEN_AGAIN_AFTER: Duration = Duration::from_millis(500);

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [brokers, topic, folder, port, switches @ ..] = arguments.as_slice() else {
        return Err(USAGE.into());
    };
    let switched = |name: &str| switches.iter().any(|switch| switch == name);
    let options = StoreOptions {
        produce_timeout: Duration::from_secs(2),
        deadline: Duration::from_secs(4),
        mutations: Mutations {
            first_wins_off: switched("first-wins-off"),
            barrier_off: switched("barrier-off"),
            ..Mutations::default()
        },
        ..StoreOptions::new(KafkaSettings::new(brokers), topic, StateLocation::Folder(folder.into()))
    };
    tracing_subscriber::fmt().with_ansi(false).with_max_level(tracing::Level::INFO).init();
    let store = open(options).await?;
    let listener = TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    loop {
        let (connection, _) = listener.accept().await?;
        let store = store.clone();
        // A caller that hangs up does not want to know any more.
        tokio::spawn(async move { serve(connection, &store).await.ok() });
    }
}

/// Opens the store as soon as Kafka lets it.
async fn open(options: StoreOptions) -> Result<EventStore<Counter>, kafka_es::OpenError> {
    loop {
        match EventStore::open(options.clone()).await {
            Err(kafka_es::OpenError::Unavailable { reason, .. }) => {
                tracing::warn!(reason, "kafka is not there yet");
                tokio::time::sleep(OPEN_AGAIN_AFTER).await;
            }
            opened => return opened,
        }
    }
}

async fn serve(connection: TcpStream, store: &EventStore<Counter>) -> Result<(), Box<dyn Error + Send + Sync>> {
    connection.set_nodelay(true)?;
    let (questions, mut answers) = connection.into_split();
    let mut questions = BufReader::new(questions).lines();
    while let Some(line) = questions.next_line().await? {
        let answer = ask(store, serde_json::from_str::<Call>(&line)?).await;
        let mut line = serde_json::to_string(&answer)?;
        line.push('\n');
        answers.write_all(line.as_bytes()).await?;
    }
    Ok(())
}
