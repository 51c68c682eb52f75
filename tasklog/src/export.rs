//! `tasklog export`: all tasks as JSON Lines, in the shape `tasklog import` takes.

mod output;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use platform::config::DataArgs;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::api_client::{Api, ServerArguments, complaint, is_passing};
use output::Output;

/// Attempts for one page, with a pause of a second between them.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_secs(1);

/// Writes all tasks as JSON Lines, oldest first
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    data: DataArgs,
    /// File to write, which is replaced when all is there [default: standard output]
    #[arg(long, short, env = "TASKLOG_OUTPUT", value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Page {
    // Taken as they are: nothing of a task is lost on the way through.
    items: Vec<Box<RawValue>>,
    next_cursor: Option<String>,
}

/// Pages through `GET /tasks` and writes each task as one line.
///
/// # Errors
/// When the server cannot be asked or the output cannot be written.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let api = Api::new(&arguments.server, &arguments.data.data_dir)?;
    let mut page = page(&api, None).await?;
    let mut out = Output::open(arguments.output.as_deref())?;
    loop {
        for item in page.items {
            if !out.line(item.get())? {
                return Ok(ExitCode::SUCCESS);
            }
        }
        let Some(cursor) = page.next_cursor else { break };
        page = self::page(&api, Some(&cursor)).await?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

async fn page(api: &Api, cursor: Option<&str>) -> anyhow::Result<Page> {
    let mut last = String::new();
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        let mut request = api.get("/tasks").query(&[("sort", "created_at"), ("limit", "200")]);
        if let Some(cursor) = cursor {
            request = request.query(&[("cursor", cursor)]);
        }
        match request.send().await {
            Ok(response) if response.status().is_success() => {
                return response
                    .json()
                    .await
                    .with_context(|| format!("{} did not answer with a page of tasks", api.url()));
            }
            Ok(response) if is_passing(response.status()) => last = complaint(response).await,
            Ok(response) => bail!("{} refused: {}", api.url(), complaint(response).await),
            Err(error) if error.is_connect() && cursor.is_none() => {
                bail!("{} cannot be reached; does `tasklog up` run?", api.url())
            }
            Err(error) => last = error.to_string(),
        }
    }
    bail!("{} does not answer: {last}", api.url())
}
