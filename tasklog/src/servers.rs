//! The broker and the database below the roles: the configured ones, else our own.

use std::path::Path;
use std::time::Duration;

use kafka_es::KafkaSettings;
use platform::config::{EmbeddedKafkaArgs, KafkaArgs, PostgresArgs};
use platform::data_dir::{DataDir, Runtime};
use platform::embedded::broker::Broker;
use platform::embedded::postgres::{Origin, Postgres};
use platform::health::Health;
use platform::lifecycle::Supervisor;
use sqlx::PgPool;

use crate::roles::projector;
use crate::{kafka, place};

/// Which servers are wanted.
#[derive(Debug, clap::Args)]
pub struct ServerArguments {
    #[command(flatten)]
    pub kafka: KafkaArgs,
    #[command(flatten)]
    pub embedded_kafka: EmbeddedKafkaArgs,
    #[command(flatten)]
    pub postgres: PostgresArgs,
}

/// Servers that can be used now.
pub struct Servers {
    /// The log.
    pub kafka: KafkaSettings,
    /// The read models.
    pub pool: PgPool,
    /// What this process runs itself, for commands in other terminals.
    pub runtime: Runtime,
}

impl ServerArguments {
    /// Starts what is not configured, as stages of `supervisor`, and sees to the topics. `None` when a signal came first.
    pub async fn start(
        &self,
        data: &DataDir,
        supervisor: &mut Supervisor,
        health: &Health,
    ) -> anyhow::Result<Option<Servers>> {
        let mut runtime = Runtime { pid: std::process::id(), ..Runtime::default() };
        let kafka = match kafka::cluster(&self.kafka) {
            Some(kafka) => kafka,
            None => {
                let broker =
                    Broker::start(self.embedded_kafka.kafka_embedded_listen, &data.subfolder("kafka")?).await?;
                let bootstrap = broker.bootstrap();
                let stage = supervisor.stage("broker", Duration::from_millis(300));
                stage.spawn("broker", broker.run(stage.shutdown()));
                runtime.kafka_brokers = Some(bootstrap.clone());
                kafka::embedded(bootstrap, &self.kafka)
            }
        };
        let Some(topics) = supervisor.start(kafka::ensure_topics(&kafka, &self.kafka)).await else { return Ok(None) };
        topics?;
        let pool = match self.postgres.database_url.as_deref().filter(|url| !url.is_empty()) {
            Some(_) => projector::connect(&self.postgres)?,
            None => {
                let starting = Postgres::start(data, Origin::SystemFirst);
                let Some(postgres) = supervisor.start(starting).await else { return Ok(None) };
                let postgres = postgres?;
                let url = postgres.database_url().to_owned();
                let stage = supervisor.stage("postgres", Duration::from_secs(2));
                stage.spawn("postgres", postgres.run(stage.shutdown(), health.component("embedded-postgres")));
                let pool = projector::watched(&url)?;
                runtime.database_url = Some(url);
                pool
            }
        };
        Ok(Some(Servers { kafka, pool, runtime }))
    }

    /// The configured servers, else those of the `tasklog up` that runs on `folder`; `None` where neither is whole. Says for `command`
    /// which they are.
    pub fn running(&self, command: &str, folder: &Path) -> anyhow::Result<Option<(KafkaSettings, PgPool)>> {
        let runtime = Runtime::read(folder).unwrap_or_default();
        let cluster = kafka::cluster(&self.kafka);
        let configured = self.postgres.database_url.as_deref().filter(|url| !url.is_empty());
        let all_configured = cluster.is_some() && configured.is_some();
        let kafka = cluster.or_else(|| Some(kafka::embedded(runtime.kafka_brokers.clone()?, &self.kafka)));
        let (Some(kafka), Some(url)) = (kafka, configured.or(runtime.database_url.as_deref())) else { return Ok(None) };
        let pool = platform::postgres::connect_lazily(url, projector::CONNECTIONS)?;
        let servers = format!("{} and {}", kafka::at(&kafka), place::postgres(&pool));
        place::say(command, if all_configured { servers } else { place::running(&servers, folder) });
        Ok(Some((kafka, pool)))
    }
}
