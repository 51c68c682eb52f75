//! `tasklog migrate`: everything that has to be there before roles run, for whoever wants to see it done before: topics and schemas.
//!
//! The roles do the same when they start, all but creating topics.

use std::process::ExitCode;

use anyhow::Context;
use platform::config::{KafkaArgs, PostgresArgs};

use crate::roles::projector;
use crate::{kafka, place, stdout, topics};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    kafka: KafkaArgs,
    #[command(flatten)]
    postgres: PostgresArgs,
    /// One more topic: that into which a Dapr sidecar puts records that nobody can take up
    #[arg(long, env = "DEAD_LETTER_TOPIC", value_name = "TOPIC")]
    dead_letter_topic: Option<String>,
}

/// Any number of processes may do it at once, and again: what is there is left as it is.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (kafka, pool) = (kafka::required(&arguments.kafka)?, projector::connect(&arguments.postgres)?);
    let postgres = place::postgres(&pool);
    place::say("migrate", format!("{} and {postgres}", kafka::at(&kafka)));
    let mut found = kafka::ensure_topics(&kafka, &arguments.kafka).await?;
    if let Some(topic) = arguments.dead_letter_topic.as_deref().filter(|topic| !topic.is_empty()) {
        found.extend(kafka::ensure_topic(topic, &kafka, &arguments.kafka).await?);
    }
    stdout::print(&topics::lines(found))?;
    projection::migrate(&pool).await.with_context(|| format!("the schemas of projections, {postgres}"))?;
    process::migrate(&pool).await.with_context(|| format!("the schema of process managers, {postgres}"))?;
    stdout::print("Postgres: up to date\n")?;
    Ok(ExitCode::SUCCESS)
}
