//! `tasklog projector`: fills Postgres from the log.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use platform::config::{HttpArgs, KafkaArgs, PostgresArgs};
use platform::health::Health;
use platform::lifecycle::Stage;
use platform::postgres::MigrateError;
use projection::source::{KafkaLog, Log};
use projection::{Positions, ProjectorOptions};
use sqlx::PgPool;
use utoipa_axum::router::OpenApiRouter;

use super::{Server, schema};
use crate::kafka;

/// Connections of one process to Postgres.
pub const CONNECTIONS: u32 = 16;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    kafka: KafkaArgs,
    #[command(flatten)]
    postgres: PostgresArgs,
}

pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let kafka = kafka::required(&arguments.kafka)?;
    let pool = connect(&arguments.postgres)?;
    let mut server = Server::bind(&arguments.http).await?;
    let stage = server.stage("projector", Duration::from_secs(2));
    let health = server.health.clone();
    let opening = async {
        kafka::check_topics(&kafka, &arguments.kafka).await?;
        let positions = Positions::new();
        schema::listen(&positions, &pool, &health, &stage);
        start(pool, Arc::new(KafkaLog::new(kafka)), positions, &health, &stage, false);
        Ok(OpenApiRouter::new())
    };
    server.run(opening).await
}

/// Starts the projector as a task of `stage`. [`Positions::listen`] must run beside it.
pub fn start(
    pool: PgPool,
    log: Arc<dyn Log>,
    positions: Positions,
    health: &Health,
    stage: &Stage,
    beside_queries: bool,
) {
    let options = ProjectorOptions::new(pool.clone(), log, positions, health.clone());
    let options = ProjectorOptions { beside_queries, ..options };
    let (schema, shutdown) = (health.component("postgres-schema"), stage.shutdown());
    stage.spawn("projector", async move {
        if schema::ready(|| projection::migrate(&pool), &schema, &shutdown).await? {
            let Ok(()) = options.run(shutdown).await;
        }
        Ok::<_, MigrateError>(())
    });
}

/// A pool for the configured database.
pub fn connect(arguments: &PostgresArgs) -> anyhow::Result<PgPool> {
    let url = arguments.database_url.as_deref().filter(|url| !url.is_empty());
    let url = url.context("DATABASE_URL is not set; only `tasklog up` runs without it")?;
    watched(url).context("DATABASE_URL cannot be read")
}

/// The process's pool, whose use its metrics tell.
pub fn watched(url: &str) -> Result<PgPool, sqlx::Error> {
    let pool = platform::postgres::connect_lazily(url, CONNECTIONS)?;
    tokio::spawn(platform::metrics::watch_pool(pool.clone()));
    Ok(pool)
}
