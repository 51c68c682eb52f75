//! `tasklog export`: all tasks as JSON Lines, iCalendar or CSV, in a shape that `tasklog import` takes.

mod output;
mod pages;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use domain::reminder::ReminderView;
use formats::{ExportFile, ExportFormat};
use platform::config::DataArgs;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::api_client::{Api, ServerArguments};
use output::Output;

const TASKS: &str = "/tasks?sort=created_at&limit=200";
/// Those that may be still to ring: one that rang may repeat.
const REMINDERS: &str = "/reminders?status=scheduled&status=triggered&status=sent&status=failed&limit=200";

/// Writes all tasks as JSON Lines, iCalendar or CSV, oldest first
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    data: DataArgs,
    /// File to write, which is replaced when all is there [default: standard output]
    #[arg(long, short, env = "TASKLOG_OUTPUT", value_name = "FILE")]
    output: Option<PathBuf>,
    /// What is written: jsonl (a task a line, as the API shows it), icalendar (a VTODO for each task, with its reminders) or csv (a table for
    /// spreadsheets) [default: as the file's name ends: icalendar for .ics, csv for .csv, else jsonl]
    #[arg(long, env = "EXPORT_FORMAT", value_name = "FORMAT")]
    format: Option<ExportFormat>,
}

/// Pages through `GET /tasks` and writes each task.
///
/// # Errors
/// When the server cannot be asked or the output cannot be written.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let api = Api::new("export", &arguments.server, &arguments.data.data_dir)?;
    let name = arguments.output.as_deref().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let format = arguments.format.unwrap_or_else(|| ExportFormat::of(&name));
    let reminders = if format == ExportFormat::ICalendar { reminders(&api).await? } else { HashMap::new() };
    let of_task = |id: Uuid| reminders.get(&id).map(Vec::as_slice).unwrap_or_default();
    let mut file = ExportFile::new(format);
    // Taken as they are: nothing of a task is lost on the way through.
    let mut page = pages::page::<Box<RawValue>>(&api, TASKS, None).await?;
    let mut out = Output::open(arguments.output.as_deref())?;
    let mut text = String::new();
    file.begin(&mut text);
    loop {
        for task in &page.items {
            file.add(task.get(), of_task, &mut text).context("the server shows a task that cannot be read")?;
        }
        if page.next_cursor.is_none() {
            file.end(&mut text);
        }
        if !out.write(&text)? {
            return Ok(ExitCode::SUCCESS);
        }
        text.clear();
        let Some(cursor) = page.next_cursor else { break };
        page = pages::page(&api, TASKS, Some(&cursor)).await?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// All reminders that are still to ring, by their task.
async fn reminders(api: &Api) -> anyhow::Result<HashMap<Uuid, Vec<ReminderView>>> {
    let mut of_task: HashMap<Uuid, Vec<ReminderView>> = HashMap::new();
    let mut cursor: Option<String> = None;
    loop {
        let page = pages::page::<ReminderView>(api, REMINDERS, cursor.as_deref()).await?;
        for reminder in page.items.into_iter().filter(|reminder| reminder.left().is_some()) {
            of_task.entry(reminder.task_id).or_default().push(reminder);
        }
        if page.next_cursor.is_none() {
            return Ok(of_task);
        }
        cursor = page.next_cursor;
    }
}
