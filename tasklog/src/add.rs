//! `tasklog add "…"`: a task from a line of plain English.

use std::process::ExitCode;

use anyhow::{Context, bail};
use chrono_tz::Tz;
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
    /// Zone in which days and times are meant, such as Europe/Berlin [default: the system's, else UTC]
    #[arg(long, env = "TIME_ZONE", value_name = "ZONE", value_parser = formats::time_zone)]
    time_zone: Option<Tz>,
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
    let zone = zone(arguments.time_zone, names_of_the_system());
    let body = json!({"text": arguments.text.join(" "), "time_zone": zone.name()});
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
    stdout::print(&told(&added, zone))?;
    Ok(ExitCode::SUCCESS)
}

/// What the system calls the zone of whoever runs this: `TZ`, which is for one person or one session, then the zone of the machine.
fn names_of_the_system() -> impl Iterator<Item = String> {
    std::env::var("TZ").ok().into_iter().chain(iana_time_zone::get_timezone().ok())
}

/// The zone that was asked for, else the first of these names that is one, else UTC.
fn zone(asked: Option<Tz>, names: impl IntoIterator<Item = String>) -> Tz {
    // POSIX lets a colon stand before the name in `TZ`.
    let known = |name: String| name.trim_start_matches(':').parse::<Tz>().ok();
    asked.or_else(|| names.into_iter().find_map(known)).unwrap_or(Tz::UTC)
}

fn told(added: &Added, zone: Tz) -> String {
    let mut text = format!("{}  {}\n", added.id, added.title);
    for Understood { text: piece, kind, read_as } in &added.understood {
        text.push_str(&format!("  {kind}: {piece} = {read_as}\n"));
    }
    // A word such as `tomorrow` is another day elsewhere.
    if added.understood.iter().any(|piece| ["due", "recurrence", "reminder"].contains(&piece.kind.as_str())) {
        text.push_str(&format!("  time zone: {}\n", zone.name()));
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    const ID: &str = "5f0c7c53-2a86-5d0e-9a63-3d1c5f0a7b21";

    fn added(text: &str, kind: &str, read_as: &str) -> Added {
        let (start, end) = (9, 9 + text.len());
        let piece = json!({
            "start": start, "end": end, "start_utf16": start, "end_utf16": end, "text": text, "kind": kind, "read_as": read_as,
        });
        serde_json::from_value(json!({"id": ID, "title": "pay rent", "version": 1, "understood": [piece]})).unwrap()
    }

    #[test]
    fn given_what_was_understood_when_told_then_a_line_for_each_piece_and_the_zone_of_its_times() {
        let text = told(&added("tomorrow", "due", "2026-12-01"), Tz::Europe__Berlin);
        assert_eq!(text, format!("{ID}  pay rent\n  due: tomorrow = 2026-12-01\n  time zone: Europe/Berlin\n"));
    }

    #[test]
    fn given_a_line_without_a_time_when_told_then_no_zone() {
        let text = told(&added("#home", "tag", "home"), Tz::Europe__Berlin);
        assert_eq!(text, format!("{ID}  pay rent\n  tag: #home = home\n"));
    }

    #[test]
    fn given_a_zone_that_was_asked_for_when_chosen_then_it_goes_before_the_systems_and_utc_comes_last() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        for (asked, system, chosen) in [
            (Some(Tz::Asia__Tokyo), &["Europe/Berlin"][..], Tz::Asia__Tokyo),
            (Some(Tz::UTC), &["Europe/Berlin"], Tz::UTC),
            (None, &["Europe/Berlin", "America/New_York"], Tz::Europe__Berlin),
            (None, &[":Europe/Berlin"], Tz::Europe__Berlin),
            (None, &["/etc/localtime", "America/New_York"], Tz::America__New_York),
            (None, &["CET-1CEST,M3.5.0,M10.5.0/3"], Tz::UTC),
            (None, &[], Tz::UTC),
        ] {
            assert_eq!(zone(asked, names(system)), chosen, "{asked:?} {system:?}");
        }
    }

    #[test]
    fn given_a_flag_when_parsed_then_its_zone_or_what_would_be_right() {
        #[derive(Debug, clap::Parser)]
        struct Line {
            #[command(flatten)]
            add: Arguments,
        }
        let parsed = |zone: &str| Line::try_parse_from(["add", "--time-zone", zone, "call", "Ann"]);
        assert_eq!(parsed("Europe/Berlin").unwrap().add.time_zone, Some(Tz::Europe__Berlin));
        assert!(parsed("Mars/Olympus").unwrap_err().to_string().contains("IANA"));
    }
}
