//! `tasklog command`: the write API.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use command::CommandState;
use domain::reminder::Reminder;
use domain::task::TaskAggregate;
use domain::{tenant, topics};
use kafka_es::{
    EventStore, KafkaSettings, OpenError, StateLocation, StoreHealth, StoreOptions, StoredAggregate, TopicError,
};
use platform::clock::Clock;
use platform::config::{DataArgs, HttpArgs, KafkaArgs};
use platform::data_dir::DataDir;
use platform::health::{Component, Health};
use platform::lifecycle::{Shutdown, Stage};

use super::Server;
use crate::kafka;

/// How long to wait before Kafka is tried again.
const RETRY: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    kafka: KafkaArgs,
    #[command(flatten)]
    data: DataArgs,
}

pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let kafka = kafka::required(&arguments.kafka)?;
    let data = DataDir::open(&arguments.data.data_dir)?;
    let mut server = Server::bind(&arguments.http).await?;
    let stage = server.stage("event stores", Duration::from_secs(2));
    let health = server.health.clone();
    let opening = async {
        kafka::check_topics(&kafka, &arguments.kafka).await?;
        Ok(command::router(open(&kafka, data.path(), &health, &stage).await?))
    };
    server.run(opening).await
}

/// Opens both event stores with their state below `folder`, and closes them when `stage` stops.
pub async fn open(
    kafka: &KafkaSettings,
    folder: &Path,
    health: &Health,
    stage: &Stage,
) -> anyhow::Result<CommandState> {
    let (tasks, reminders) = tokio::try_join!(
        store::<TaskAggregate>(kafka, topics::TASKS, TaskAggregate::SNAPSHOT_VERSION, folder, health, stage),
        store::<Reminder>(kafka, topics::REMINDERS, Reminder::SNAPSHOT_VERSION, folder, health, stage),
    )?;
    Ok(CommandState { tasks, reminders, clock: Clock::system(), tenant: tenant::DEFAULT.into() })
}

async fn store<A: StoredAggregate>(
    kafka: &KafkaSettings,
    topic: &str,
    snapshot_version: u32,
    folder: &Path,
    health: &Health,
    stage: &Stage,
) -> anyhow::Result<EventStore<A>> {
    let component = health.component(format!("event-store/{topic}"));
    let folder = folder.join("event-store").join(topic);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let options =
        StoreOptions { snapshot_version, ..StoreOptions::new(kafka.clone(), topic, StateLocation::Folder(folder)) };
    let store = open_patiently(options, &component).await?;
    let (watched, shutdown) = (store.clone(), stage.shutdown());
    stage.spawn(format!("event-store/{topic}"), async move {
        report(&watched, &component, &shutdown).await;
        watched.close().await
    });
    Ok(store)
}

/// Kafka may come up after us; anything else is for a person to mend.
async fn open_patiently<A: StoredAggregate>(
    options: StoreOptions,
    component: &Component,
) -> Result<EventStore<A>, OpenError> {
    let mut told = false;
    loop {
        let away = match EventStore::open(options.clone()).await {
            Err(error @ (OpenError::Unavailable { .. } | OpenError::Topic(TopicError::Unavailable { .. }))) => error,
            opened => return opened,
        };
        component.not_ready(away.to_string());
        if !told {
            tracing::warn!(error = %away, topic = options.topic, "the event store cannot be opened, trying again");
            told = true;
        }
        tokio::time::sleep(RETRY).await;
    }
}

async fn report<A: StoredAggregate>(store: &EventStore<A>, component: &Component, shutdown: &Shutdown) {
    let mut health = store.health();
    loop {
        match &*health.borrow_and_update() {
            // What can be written is written: to take the replica out would help nobody, the others see the same leaders.
            StoreHealth::Ready | StoreHealth::Degraded { .. } => component.ready(),
            StoreHealth::Starting { behind } => component.not_ready(format!("reading the log, {behind} records to go")),
            StoreHealth::Unavailable { since, why } => {
                component.not_ready(format!("Kafka is away since {since}: {why}"))
            }
            StoreHealth::PartitionStopped { partition, reason } => {
                component.not_ready(format!("partition {partition} is stopped: {reason}"));
            }
        }
        tokio::select! {
            changed = health.changed() => if changed.is_err() {
                return shutdown.requested().await;
            },
            () = shutdown.requested() => return,
        }
    }
}
