//! The file of another program, which `formats` reads.

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use formats::ids::LineIds;
use formats::{Format, Imported as Task, Lost, Options, Reading};
use futures::{StreamExt, stream};
use platform::problem::{Kind, Problem};
use serde_json::Value;

use super::asked::Asked;
use super::line::{Content, Done, import_task};
use super::turns::{PARENT, slice, turns};
use super::{IN_FLIGHT, ImportReport, LINES_MAX, LeftOut, LostField, reminders};
use crate::state::CommandState;

/// A task and its number in the file, from 1.
struct Numbered {
    number: usize,
    task: Task,
}

/// Imports tasks of a file, from the one on that was asked for.
///
/// # Errors
/// It is not of this format, or ends too early.
pub(super) async fn import(
    state: &CommandState,
    format: Format,
    body: Bytes,
    asked: &Asked,
) -> Result<(Vec<Done>, ImportReport), Problem> {
    let (now, zone) = (state.clock.now(), asked.zone);
    // A file of many dates in words takes a while.
    let reading = tokio::task::spawn_blocking(move || read(format, &body, zone, now)).await;
    let Reading { tasks, skipped } = reading.map_err(|_| Problem::internal("the file could not be read"))??;
    let total = tasks.len();
    let report = ImportReport {
        tasks: Some(total),
        next: asked.skip.checked_add(LINES_MAX).filter(|imported| *imported < total).map(|imported| imported + 1),
        left_out: skipped.into_iter().map(|(what, count)| LeftOut { what, count }).collect(),
        ..ImportReport::default()
    };
    let tasks = tasks.into_iter().enumerate().map(|(index, task)| Numbered { number: index + 1, task }).collect();
    // In turns before it is cut, so that what a task is a part of comes in this request or came in one before.
    let turns = slice(turns(tasks, |numbered: &Numbered| Some(&numbered.task.line)), asked.skip, LINES_MAX);
    let mut done = Vec::with_capacity(total.min(LINES_MAX));
    for turn in turns {
        let importing = stream::iter(turn).map(|task| import_one(state, task)).buffer_unordered(IN_FLIGHT);
        done.extend(importing.collect::<Vec<_>>().await);
    }
    Ok((done, report))
}

/// The tasks of a file, each with its id.
fn read(format: Format, body: &[u8], zone: chrono_tz::Tz, now: DateTime<Utc>) -> Result<Reading, Problem> {
    let read_date = |text: &str, zone| formats::read_date(text, zone, now);
    let options = Options { zone, now, read_date: &read_date };
    let mut reading = formats::read(format, body, &options).map_err(|error| {
        let detail = format!("cannot be read as {format}: {error}");
        Problem::malformed(format!("the body {detail}")).with_error("body", detail)
    })?;
    let mut ids = LineIds::default();
    for task in &mut reading.tasks {
        if !task.line.contains_key("id") {
            let id = ids.next(&task.line);
            task.line.insert("id".to_owned(), Value::from(id.to_string()));
        }
    }
    Ok(reading)
}

/// Makes the task, unless it is there already, and its reminders.
async fn import_one(state: &CommandState, Numbered { number, task }: Numbered) -> Done {
    let Task { source, mut line, reminders, mut lost } = task;
    // That of the file, whatever becomes of the parent: so it is known again.
    let content = Content::of(&line, &reminders);
    let mut imported = import_task(state, &line, &content).await;
    if let Err(problem) = &imported
        && is_for_the_parent(problem)
        && let Some(parent) = line.remove(PARENT)
    {
        lost.push(Lost {
            field: PARENT.to_owned(),
            value: parent.as_str().unwrap_or_default().to_owned(),
            why: format!("{}; the task is imported without it", details(problem)),
        });
        imported = import_task(state, &line, &content).await;
    }
    let made = match &imported {
        Ok(imported) => reminders::make(state, imported, reminders, &mut lost).await,
        Err(_) => Ok(reminders::Made::default()),
    };
    let mut done = match made {
        Ok(made) => {
            let mut done = Done::of(number, imported);
            done.result.reminders = Some(made.count).filter(|count| *count > 0);
            if let Some(token) = made.token {
                done.token.get_or_insert_default().merge(&token);
            }
            done
        }
        // The log is away: all of it is to be sent again, and what was made is found then.
        Err(problem) => Done::of(number, Err(problem)),
    };
    done.result.source = Some(source);
    done.result.lost = lost.into_iter().map(|Lost { field, value, why }| LostField { field, value, why }).collect();
    done
}

/// Whether there is nothing wrong but the task below which it is to stand.
fn is_for_the_parent(problem: &Problem) -> bool {
    let errors = problem.errors();
    problem.kind() == Kind::Invalid && !errors.is_empty() && errors.iter().all(|error| error.field == PARENT)
}

fn details(problem: &Problem) -> String {
    problem.errors().iter().map(|error| error.detail.as_str()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-28T20:00:00Z".parse().unwrap()
    }

    #[test]
    fn given_a_table_without_ids_when_read_twice_then_each_row_has_its_own_and_the_same_again() {
        let ids = || {
            let reading = read(Format::Csv, b"title\na\na\nb\n", Tz::UTC, now()).unwrap();
            let ids = reading.tasks.iter().map(|task| task.line["id"].as_str().unwrap().to_owned());
            ids.collect::<Vec<_>>()
        };
        let first = ids();
        assert_eq!(first, ids());
        assert!(first[0] != first[1] && first[1] != first[2] && first[0] != first[2], "{first:?}");
    }

    #[test]
    fn given_dates_in_words_when_read_then_they_count_from_now() {
        let file = b"TYPE,CONTENT,DATE\ntask,Rent,tomorrow\n";
        let reading = read(Format::TodoistCsv, file, Tz::UTC, now()).unwrap();
        assert_eq!(reading.tasks[0].line["due_date"], "2026-11-29");
    }

    #[test]
    fn given_a_file_that_is_cut_off_when_read_then_400_with_the_line() {
        let problem = read(Format::ICalendar, b"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\n", Tz::UTC, now()).unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.errors()[0].field.as_str()), (400, "body"));
        assert!(problem.errors()[0].detail.contains("icalendar: line "), "{problem}");
    }

    #[test]
    fn given_what_is_refused_then_only_the_parent_alone_is_lost_for_it() {
        let invalid = |fields: &[&str]| {
            Problem::invalid(fields.iter().map(|field| platform::problem::FieldError::new(*field, "is wrong")))
        };
        assert!(is_for_the_parent(&invalid(&[PARENT])));
        assert!(!is_for_the_parent(&invalid(&[PARENT, "title"])));
        assert!(!is_for_the_parent(&Problem::unavailable("away")));
    }
}
