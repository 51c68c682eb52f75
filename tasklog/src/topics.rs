//! `tasklog topics`: creates the topics, or checks them.

use std::process::ExitCode;

use clap::ValueEnum;
use kafka_es::TopicStatus;
use platform::config::{DataArgs, KafkaArgs};

use crate::{kafka, stdout};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What to do
    #[arg(value_enum, default_value = "create")]
    action: Action,
    #[command(flatten)]
    kafka: KafkaArgs,
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Action {
    /// Create those that are missing, then check all
    Create,
    /// Only check
    Check,
}

pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let kafka = kafka::configured_or_running("topics", &arguments.kafka, &arguments.data.data_dir)?;
    let found = match arguments.action {
        Action::Create => kafka::ensure_topics(&kafka, &arguments.kafka).await?,
        Action::Check => kafka::check_topics(&kafka, &arguments.kafka).await?,
    };
    stdout::print(&lines(found))?;
    Ok(ExitCode::SUCCESS)
}

/// What was found of topics, for people.
pub fn lines(found: Vec<TopicStatus>) -> String {
    let lines = found.into_iter().map(|topic| {
        let what = if topic.created { "created" } else { "ok" };
        format!("{}: {what}, {} partitions, {} replicas\n", topic.name, topic.partitions, topic.replication)
    });
    lines.collect()
}
