//! `tasklog add "…"`: a task from a line of plain English.

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use platform::config::DataArgs;
use serde::Deserialize;
use serde_json::json;

use crate::api_client::{Api, ServerArguments, complaint};
use crate::stdout;

/// Adds a task from a line of plain English, such as "pay rent every month on the 1st 9am #home !high"
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    data: DataArgs,
    /// IANA name of the zone in which days and times are meant
    #[arg(long, env = "TIME_ZONE", default_value = "UTC", value_name = "ZONE")]
    time_zone: String,
    /// The line; several words need no quotes
    #[arg(required = true, value_name = "TEXT")]
    text: Vec<String>,
}

/// Of the answer, what is told.
#[derive(Debug, Deserialize)]
struct Added {
    id: uuid::Uuid,
    title: String,
    understood: Vec<Understood>,
}

#[derive(Debug, Deserialize)]
struct Understood {
    text: String,
    kind: String,
    read_as: String,
}

/// Sends the line and says what was understood of it.
///
/// # Errors
/// When the server cannot be asked or refuses the line.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let api = Api::new("add", &arguments.server, &arguments.data.data_dir)?;
    let body = json!({"text": arguments.text.join(" "), "time_zone": arguments.time_zone});
    let response = api
        .post("/tasks/quick")
        .json(&body)
        .send()
        .await
        .with_context(|| format!("{} cannot be reached", api.url()))?;
    if !response.status().is_success() {
        bail!("the task was not added: {}", complaint(response).await);
    }
    let added: Added = response.json().await.context("the answer cannot be read")?;
    stdout::print(&told(&added))?;
    Ok(ExitCode::SUCCESS)
}

fn told(added: &Added) -> String {
    let mut text = format!("{}  {}\n", added.id, added.title);
    for Understood { text: piece, kind, read_as } in &added.understood {
        text.push_str(&format!("  {kind}: {piece} = {read_as}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_what_was_understood_when_told_then_a_line_for_each_piece() {
        let added = json!({
            "id": "5f0c7c53-2a86-5d0e-9a63-3d1c5f0a7b21", "title": "pay rent", "version": 1,
            "understood": [{"start": 9, "end": 17, "start_utf16": 9, "end_utf16": 17, "text": "tomorrow", "kind": "due", "read_as": "2026-12-01"}],
        });
        let text = told(&serde_json::from_value(added).unwrap());
        assert_eq!(text, "5f0c7c53-2a86-5d0e-9a63-3d1c5f0a7b21  pay rent\n  due: tomorrow = 2026-12-01\n");
    }
}
