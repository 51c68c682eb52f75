//! `tasklog export`: all tasks as JSON Lines, iCalendar or CSV, in a shape that `tasklog import` takes.

mod form;
mod output;
mod pages;

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use domain::reminder::ReminderView;
use platform::config::DataArgs;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::api_client::{Api, ServerArguments};
use form::{Form, Format};
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
    /// What is written [default: as the file's name ends: icalendar for .ics, csv for .csv, else jsonl]
    #[arg(long, env = "EXPORT_FORMAT", value_name = "FORMAT")]
    format: Option<Format>,
}

/// Pages through `GET /tasks` and writes each task.
///
/// # Errors
/// When the server cannot be asked or the output cannot be written.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let api = Api::new("export", &arguments.server, &arguments.data.data_dir)?;
    let format = arguments.format.unwrap_or_else(|| Format::of(arguments.output.as_deref()));
    let mut form = match format {
        Format::Jsonl => Form::Jsonl,
        Format::Icalendar => Form::icalendar(reminders(&api).await?),
        Format::Csv => Form::Csv,
    };
    // Taken as they are: nothing of a task is lost on the way through.
    let mut page = pages::page::<Box<RawValue>>(&api, TASKS, None).await?;
    let mut out = Output::open(arguments.output.as_deref())?;
    let mut text = String::new();
    form.begin(&mut text);
    loop {
        for task in &page.items {
            form.add(task, &mut text)?;
        }
        if page.next_cursor.is_none() {
            form.end(&mut text);
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
