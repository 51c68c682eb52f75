//! `tasklog export`

use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub struct Arguments {}

pub async fn run(_arguments: Arguments) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not there yet")
}
