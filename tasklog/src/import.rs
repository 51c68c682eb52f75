//! `tasklog import FILE`: tasks from JSON Lines into a running server.
//!
//! Every line is sent with an id that follows from it, so importing a file twice imports nothing twice, and a
//! request whose answer was lost can be sent again.

mod batch;
mod lines;
mod report;
mod send;
mod settle;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use futures::stream::{self, StreamExt};
use platform::config::DataArgs;
use tokio::sync::mpsc;

use crate::api_client::{Api, ServerArguments};
use report::Report;
use send::Sender;

/// Requests on their way at the same time: enough that the server is never idle between two of them.
const IN_FLIGHT: usize = 4;

/// Imports tasks from a file of JSON Lines
#[derive(Debug, Args)]
pub struct Arguments {
    /// The file: one JSON object a line, may be compressed with gzip; - reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    data: DataArgs,
}

/// Reads, sends, waits until all is listed and searchable, and reports. The exit code is 1 when a line was
/// refused.
///
/// # Errors
/// When the file cannot be read, the server cannot be reached or the result cannot be written.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let api = Api::new(&arguments.server, &arguments.data.data_dir)?;
    let file = arguments.file.display();
    let source = lines::open(&arguments.file).with_context(|| format!("{file} cannot be read"))?;
    let mut report = Report::new(source.total_bytes());
    let sent = send_all(&api, source, &mut report).await.with_context(|| format!("{file} was not imported to its end"));
    if let Err(error) = sent {
        // What was refused until then is for a person to mend all the same. That it cannot be told matters less than why it ended.
        let _ = report.finish();
        return Err(error);
    }
    report.sent();
    settle::until_visible(&api, report.token()).await?;
    Ok(report.finish()?)
}

async fn send_all(api: &Api, source: lines::Source, report: &mut Report) -> anyhow::Result<()> {
    let (reads, receiver) = mpsc::channel::<batch::Read>(IN_FLIGHT);
    let reader = tokio::task::spawn_blocking(move || batch::read_all(source, &reads));
    let read = stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
    let sender = Sender::new(api);
    let mut answers = std::pin::pin!(read.map(|read| answer(&sender, read)).buffered(IN_FLIGHT));
    while let Some(answer) = answers.next().await {
        report.add(answer?);
    }
    reader.await.context("the reader died")?.context("it cannot be read")
}

/// What became of the lines of one batch.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    imported: u64,
    present: u64,
    refused: Vec<Refused>,
    token: kafka_es::ConsistencyToken,
    /// How far in the file this is, in bytes as they are stored.
    at_bytes: u64,
}

/// A line that was not imported.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    line: u64,
    field: String,
    why: String,
}

async fn answer(sender: &Sender<'_>, read: batch::Read) -> anyhow::Result<Answer> {
    let batch::Read { batch, refused, at_bytes } = read;
    let mut answer = Answer { refused, at_bytes, ..Answer::default() };
    if !batch.is_empty() {
        sender.send(batch, &mut answer).await?;
    }
    answer.refused.sort_by_key(|refused| refused.line);
    Ok(answer)
}
