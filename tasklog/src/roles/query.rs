//! `tasklog query`: the query API with a search index of its own.

use std::convert::Infallible;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use platform::clock::Clock;
use platform::config::{DataArgs, HttpArgs, KafkaArgs, PostgresArgs};
use platform::data_dir::DataDir;
use platform::health::Health;
use platform::lifecycle::Stage;
use projection::search::{self, SearchHandle, SearchOptions};
use projection::source::{KafkaLog, Log};
use projection::{Positions, QueryState};
use sqlx::PgPool;

use super::{Server, projector, schema};
use crate::kafka;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    kafka: KafkaArgs,
    #[command(flatten)]
    postgres: PostgresArgs,
    #[command(flatten)]
    data: DataArgs,
}

pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let kafka = kafka::required(&arguments.kafka)?;
    let pool = projector::connect(&arguments.postgres)?;
    let data = DataDir::open(&arguments.data.data_dir)?;
    let mut server = Server::bind(&arguments.http).await?;
    let stage = server.stage("query", Duration::from_secs(2));
    let health = server.health.clone();
    let opening = async {
        kafka::check_topics(&kafka, &arguments.kafka).await?;
        let log: Arc<dyn Log> = Arc::new(KafkaLog::new(kafka));
        Ok(projection::router(open(pool, log, Positions::new(), data.path(), &health, &stage).await?))
    };
    server.run(opening).await
}

/// Opens the search index below `folder` and starts, as tasks of `stage`, what keeps the answers fresh.
pub async fn open(
    pool: PgPool,
    log: Arc<dyn Log>,
    positions: Positions,
    folder: &Path,
    health: &Health,
    stage: &Stage,
) -> anyhow::Result<QueryState> {
    let search = open_search(log.clone(), positions.clone(), folder, health, stage).await?;
    stage.spawn("search-requests", search::serve_requests(pool.clone(), search.clone(), stage.shutdown()));
    schema::listen(&positions, &pool, health, stage);
    let state = QueryState::new(pool.clone(), positions.clone(), log, Clock::system(), stage.process_shutdown());
    stage.spawn("list-index", state.index().follow(pool, positions, stage.shutdown()));
    Ok(state.with_search(search))
}

/// Opens the search index below `folder` and starts what fills it as a task of `stage`.
pub async fn open_search(
    log: Arc<dyn Log>,
    positions: Positions,
    folder: &Path,
    health: &Health,
    stage: &Stage,
) -> anyhow::Result<SearchHandle> {
    let options = SearchOptions::new(folder.join("search"));
    let (search, projector) = search::open(options, log, positions, health.component("search")).await?;
    let shutdown = stage.shutdown();
    stage.spawn("search", async move {
        projector.run(shutdown).await;
        Ok::<_, Infallible>(())
    });
    Ok(search)
}
