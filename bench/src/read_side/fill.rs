//! What the log holds that the read side is measured on: lives of tasks. A task came to be, was given its due date, was completed: each an
//! event of its own. Tasks that are imported as they ended have one event each, and nothing of them is ever changed by a projection.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Map, Value, json};
use uuid::{Builder, Uuid};

use crate::connection::{Idle, send};
use crate::data::{self, Random};
use crate::filled::{Filled, caught_up};

/// Operations of a call, of which the API takes twice as many: about so many of them are carried out at the same time.
const OPERATIONS: usize = 500;
/// Calls on their way, as many as an import has.
const CALLS: usize = 4;
/// How often it is said how far it is.
const SAY_EVERY: Duration = Duration::from_secs(10);
/// Of the ids: they are the same each time, and with them what stands in which partition.
const SEED: u64 = 7;

/// Starts everything, imports the first `tasks` tasks of `file` as they began, gives those their due date that have one, completes those that
/// are completed, and waits until all is projected.
///
/// # Errors
/// When the file cannot be read, there is no room for its tasks, or a change is not carried out.
pub async fn start(file: &Path, tasks: usize) -> anyhow::Result<Filled> {
    let filled = Filled::empty(&[]).await;
    let folder = filled.folder.path();
    let (given, begun) = (data::sized(file, tasks, folder)?, folder.join("begun.jsonl"));
    let changes = begin(&given, &begun)?;
    std::fs::remove_file(given)?;
    println!("importing {tasks} tasks as they began");
    filled.tasklog.run_well(&["import", &begun.to_string_lossy()]);
    std::fs::remove_file(begun)?;
    let address = filled.tasklog.address();
    change(address, "given their due date", &changes.dated).await?;
    change(address, "completed", &changes.completed).await?;
    caught_up(&filled.tasklog).await;
    Ok(filled)
}

/// What happens to tasks once they are there: operations of `POST /tasks/bulk`, in the order of the file.
#[derive(Debug, Default)]
struct Changes {
    dated: Vec<String>,
    completed: Vec<String>,
}

impl Changes {
    /// Leaves of the task what it began with.
    fn take_from(&mut self, task: &mut Map<String, Value>, id: Uuid) {
        task.remove("updated_at");
        // What repeats counts from its date: it cannot begin without.
        let repeats = task.get("recurrence_pattern").is_some_and(Value::is_object);
        let due = if repeats { None } else { take(task, "due_date") };
        if let Some(due) = due {
            self.dated.push(update(id, &json!({"due_date": due})));
        }
        if take(task, "completed_at").is_some() {
            // Where it was given, it was completed.
            task.remove("status");
            self.completed.push(update(id, &json!({"status": "completed"})));
        }
    }
}

/// What the member holds, which is gone then; `null` is nothing.
fn take(task: &mut Map<String, Value>, member: &str) -> Option<Value> {
    task.remove(member).filter(|value| !value.is_null())
}

fn update(id: Uuid, patch: &Value) -> String {
    json!({"op": "update", "id": id, "patch": patch}).to_string()
}

/// Writes the tasks of the file `given` to the file `begun` as they began, each with an id; what happens to them afterwards.
fn begin(given: &Path, begun: &Path) -> anyhow::Result<Changes> {
    let (mut changes, mut random) = (Changes::default(), Random::new(SEED));
    let mut out = BufWriter::new(File::create(begun)?);
    for line in BufReader::new(File::open(given)?).lines() {
        let line = line?;
        let task: serde_json::Result<Map<String, Value>> = serde_json::from_str(&line);
        let mut task = task.with_context(|| format!("a line is no task: {line}"))?;
        // Its own, where it has one: that may be another task's `parent_id`.
        let own = task.get("id").and_then(Value::as_str).and_then(|id| Uuid::try_parse(id).ok());
        let id = own.unwrap_or_else(|| new_id(&mut random));
        task.insert("id".to_owned(), json!(id));
        changes.take_from(&mut task, id);
        writeln!(out, "{}", Value::Object(task))?;
    }
    out.flush()?;
    Ok(changes)
}

fn new_id(random: &mut Random) -> Uuid {
    let (high, low) = (random.below(u64::MAX), random.below(u64::MAX));
    Builder::from_random_bytes(Uuid::from_u64_pair(high, low).into_bytes()).into_uuid()
}

/// Carries out the operations by a few calls at once.
async fn change(address: &str, what: &str, operations: &[String]) -> anyhow::Result<()> {
    println!("{} tasks are {what}", operations.len());
    let idle = Idle::default();
    let calls = stream::iter(operations.chunks(OPERATIONS)).map(|operations| call(address, &idle, operations));
    let mut answered = pin!(calls.buffered(CALLS));
    let (mut done, mut said) = (0, Instant::now());
    while let Some(count) = answered.try_next().await.with_context(|| format!("not all tasks were {what}"))? {
        done += count;
        if said.elapsed() > SAY_EVERY {
            println!("{done} of {} tasks are {what}", operations.len());
            said = Instant::now();
        }
    }
    Ok(())
}

/// Carries out these operations; how many they were.
async fn call(address: &str, idle: &Idle, operations: &[String]) -> anyhow::Result<usize> {
    let mut connection = idle.take(address).await?;
    let body = format!("{{\"operations\":[{}]}}", operations.join(","));
    let status = connection.call(&send("POST", "/tasks/bulk", "application/json", &body)).await?;
    ensure!(status == 200, "operations were answered {status} {}", String::from_utf8_lossy(connection.body()));
    carried_out(operations, connection.body())?;
    idle.give_back(connection);
    Ok(operations.len())
}

/// Whether the answer says so of each.
///
/// # Errors
/// Names the first of which it does not.
fn carried_out(operations: &[String], answer: &[u8]) -> anyhow::Result<()> {
    let report: Value = serde_json::from_slice(answer)?;
    let results = report["results"].as_array().context("a report has results")?;
    ensure!(results.len() == operations.len(), "{} operations have {} results", operations.len(), results.len());
    for (operation, result) in operations.iter().zip(results) {
        ensure!(result["status"] == 200, "{operation} was answered {result}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "01234567-89ab-7def-8123-456789abcdef";

    fn begun(given: &[Value]) -> (Vec<Value>, Changes) {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["given", "begun"].map(|name| folder.path().join(name));
        let lines: Vec<String> = given.iter().map(Value::to_string).collect();
        std::fs::write(&from, lines.join("\n")).unwrap();
        let changes = begin(&from, &to).unwrap();
        let text = std::fs::read_to_string(&to).unwrap();
        (text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), changes)
    }

    #[test]
    fn given_tasks_as_they_ended_when_begun_then_date_and_completion_are_changes_that_follow() {
        let created = "2026-01-01T10:00:00Z";
        let (tasks, changes) = begun(&[
            json!({"title": "a", "created_at": created, "due_date": "2026-12-01", "completed_at": "2026-01-02T10:00:00Z"}),
            json!({"title": "b", "created_at": created, "due_date": "2026-12-02"}),
            json!({"title": "c", "created_at": created}),
        ]);
        let ids: Vec<Uuid> = tasks.iter().map(|task| task["id"].as_str().unwrap().parse().unwrap()).collect();
        let begins = |n: usize, title: &str| json!({"id": ids[n], "title": title, "created_at": created});
        assert_eq!(tasks, [begins(0, "a"), begins(1, "b"), begins(2, "c")]);
        let due = |n: usize, day: &str| update(ids[n], &json!({"due_date": day}));
        assert_eq!(changes.dated, [due(0, "2026-12-01"), due(1, "2026-12-02")]);
        assert_eq!(changes.completed, [update(ids[0], &json!({"status": "completed"}))]);
        assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids.iter().all(|id| id.get_version_num() == 4), "{ids:?}");
    }

    #[test]
    fn given_an_export_when_begun_then_ids_and_the_date_of_what_repeats_stay_and_null_changes_nothing() {
        let (rule, ended) = (json!({"rrule": "FREQ=DAILY"}), "2026-01-02T10:00:00Z");
        let (tasks, changes) = begun(&[
            json!({"id": OWN, "title": "a", "status": "completed", "updated_at": ended, "completed_at": ended}),
            json!({"id": OWN, "title": "b", "status": "cancelled", "due_date": null, "completed_at": null}),
            json!({"id": OWN, "title": "c", "due_date": "2026-12-01", "recurrence_pattern": rule}),
        ]);
        let expected = [
            json!({"id": OWN, "title": "a"}),
            json!({"id": OWN, "title": "b", "status": "cancelled"}),
            json!({"id": OWN, "title": "c", "due_date": "2026-12-01", "recurrence_pattern": rule}),
        ];
        assert_eq!(tasks, expected);
        assert_eq!((changes.dated.len(), changes.completed.len()), (0, 1));
    }

    #[test]
    fn given_an_answer_when_an_operation_was_refused_or_has_none_then_it_is_an_error() {
        let operations = ["first", "second"].map(str::to_owned);
        let of = |results: Value| carried_out(&operations, json!({"results": results}).to_string().as_bytes());
        assert!(of(json!([{"status": 200}, {"status": 200}])).is_ok());
        assert!(of(json!([{"status": 200}])).is_err());
        let error = of(json!([{"status": 200}, {"status": 404}])).unwrap_err().to_string();
        assert_eq!(error, r#"second was answered {"status":404}"#);
    }
}
