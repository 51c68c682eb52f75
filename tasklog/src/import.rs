//! `tasklog import FILE`: tasks from JSON Lines, or from the file of another program, into a running server.
//!
//! JSON Lines are sent as they are, while they are read. A file of another program is read as a whole by [`formats`], and its tasks are
//! sent as lines; their reminders follow. Every line is sent with an id that follows from it, so importing a file twice imports nothing twice, and a
//! request whose answer was lost can be sent again.

mod batch;
mod foreign;
mod lines;
mod lost;
mod reminders;
mod report;
mod send;
mod settle;
mod waiting;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use chrono_tz::Tz;
use clap::Args;
use formats::{Imported, Input};
use futures::stream::{self, StreamExt};
use platform::config::DataArgs;
use tokio::sync::mpsc;

use crate::api_client::{Api, ServerArguments};
use reminders::Reminded;
use report::Report;
use send::Sender;
use waiting::Waiting;

/// Requests on their way at the same time: enough that the server is never idle between two of them.
const IN_FLIGHT: usize = 4;

/// Imports tasks from a file: JSON Lines, iCalendar, CSV, or an export of Todoist or Taskwarrior
#[derive(Debug, Args)]
pub struct Arguments {
    /// The file, may be compressed with gzip; - reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What the file is: jsonl (one JSON object a line), icalendar, csv, todoist or taskwarrior [default: what it begins like]
    #[arg(long, env = "IMPORT_FORMAT", value_name = "FORMAT")]
    format: Option<Input>,
    /// Zone of the times in an iCalendar, Todoist or Taskwarrior file that name none, such as Europe/Berlin
    #[arg(long, env = "TIME_ZONE", default_value = "UTC", value_name = "ZONE", value_parser = formats::time_zone)]
    time_zone: Tz,
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
    let api = Api::new("import", &arguments.server, &arguments.data.data_dir)?;
    let file = arguments.file.display();
    let (tasks, mut report) = open(&arguments).await?;
    let sent = send_all(&api, tasks, &mut report).await.with_context(|| format!("{file} was not imported to its end"));
    if let Err(error) = sent {
        // What was refused until then is for a person to mend all the same. That it cannot be told matters less than why it ended.
        let _ = report.finish();
        return Err(error);
    }
    report.sent();
    settle::until_visible(&api, report.token()).await?;
    Ok(report.finish()?)
}

/// What is sent.
enum Tasks {
    /// A file of JSON Lines, which is read on the way.
    Lines(lines::Source),
    /// The tasks of another program's file.
    Foreign(Vec<Imported>),
}

impl Tasks {
    fn read_all(self, out: &mpsc::Sender<batch::Read>) -> io::Result<()> {
        match self {
            Self::Lines(source) => batch::read_all(source, out),
            Self::Foreign(tasks) => {
                batch::read_tasks(tasks, out);
                Ok(())
            }
        }
    }
}

/// Opens the file; one of another program is read to its end.
async fn open(arguments: &Arguments) -> anyhow::Result<(Tasks, Report)> {
    let file = arguments.file.display();
    let unreadable = || format!("{file} cannot be read");
    let mut source = lines::open(&arguments.file).with_context(unreadable)?;
    let input = match arguments.format {
        Some(input) => input,
        None => Input::of(&arguments.file.to_string_lossy(), &source.start().with_context(unreadable)?),
    };
    let Input::Foreign(format) = input else {
        let report = Report::new(source.total_bytes());
        return Ok((Tasks::Lines(source), report));
    };
    let zone = arguments.time_zone;
    let reading = tokio::task::spawn_blocking(move || foreign::read(source, format, zone)).await;
    let reading = reading.context("the reader died")?.with_context(|| format!("{file} cannot be read as {format}"))?;
    let report = Report::of(&reading);
    Ok((Tasks::Foreign(reading.tasks), report))
}

async fn send_all(api: &Api, tasks: Tasks, report: &mut Report) -> anyhow::Result<()> {
    let (reads, receiver) = mpsc::channel::<batch::Read>(IN_FLIGHT);
    let reader = tokio::task::spawn_blocking(move || tasks.read_all(&reads));
    let read = stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
    let sender = Sender::new(api);
    let mut answers = std::pin::pin!(read.map(|read| answer(&sender, read)).buffered(IN_FLIGHT));
    let (mut waiting, mut at) = (Vec::new(), 0);
    while let Some(answer) = answers.next().await {
        let mut answer = answer?;
        waiting.append(&mut answer.waiting);
        at = answer.at;
        report.add(answer);
    }
    waiting::send_again(&sender, waiting, at, report).await?;
    reader.await.context("the reader died")?.context("it cannot be read")
}

/// What became of the lines of one batch.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    imported: u64,
    present: u64,
    refused: Vec<Refused>,
    /// Lines that may be taken when others are in.
    waiting: Vec<Waiting>,
    /// Tasks that are there now and whose reminders are not made yet.
    reminded: Vec<Reminded>,
    /// Reminders that were made.
    reminders: u64,
    token: kafka_es::ConsistencyToken,
    /// How far this is: in bytes of the file as they are stored, or in tasks of another program's file.
    at: u64,
}

/// A line that was not imported, or a reminder of it that was not made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Its number in the file, from 1; of another program's file that of the task.
    line: u64,
    field: String,
    why: String,
}

async fn answer(sender: &Sender<'_>, read: batch::Read) -> anyhow::Result<Answer> {
    let batch::Read { batch, refused, at } = read;
    let mut answer = Answer { refused, at, ..Answer::default() };
    if !batch.is_empty() {
        sender.send(batch, &mut answer).await?;
        reminders::make(sender.api(), &mut answer).await?;
    }
    answer.refused.sort_by_key(|refused| refused.line);
    Ok(answer)
}
