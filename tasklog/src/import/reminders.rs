//! Reminders of the tasks in a file: `POST /tasks/{id}/reminders` once their task is there.
//!
//! The id of a reminder follows from its task and from when it rings, by its `Idempotency-Key`: one that was made by an import before, and
//! has been moved or deleted since, does not come again. Of a task that was there already, one that rings at the same time is not made
//! either, whoever made it.

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use domain::reminder::{NewReminder, ReminderTime, ReminderView, Repeat};
use formats::ids::reminder_key;
use futures::stream::{self, StreamExt};
use kafka_es::ConsistencyToken;
use platform::problem::ProblemBody;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::send::{ATTEMPTS, pause, refusals, token};
use super::{Answer, Refused};
use crate::api_client::{Api, complaint, is_passing};

/// Tasks of one batch whose reminders are on their way at the same time.
const IN_FLIGHT: usize = 16;

/// A task that is there now, and its reminders in the file.
#[derive(Debug)]
pub(super) struct Reminded {
    /// Its number in the file.
    pub(super) line: u64,
    pub(super) task_id: Uuid,
    /// It was there before this import.
    pub(super) was_there: bool,
    /// What is posted.
    pub(super) bodies: Vec<Map<String, Value>>,
}

/// What became of the reminders of one task.
#[derive(Debug, Default)]
struct Made {
    count: u64,
    refused: Vec<Refused>,
    token: ConsistencyToken,
}

/// Makes the reminders of the tasks in `answer`, and notes in it what became of them.
pub(super) async fn make(api: &Api, answer: &mut Answer) -> anyhow::Result<()> {
    let tasks = std::mem::take(&mut answer.reminded);
    let mut all = std::pin::pin!(stream::iter(tasks).map(|task| make_of(api, task)).buffer_unordered(IN_FLIGHT));
    while let Some(made) = all.next().await {
        let Made { count, refused, token } = made?;
        answer.reminders += count;
        answer.refused.extend(refused);
        answer.token.merge(&token);
    }
    Ok(())
}

async fn make_of(api: &Api, task: Reminded) -> anyhow::Result<Made> {
    let Reminded { line, task_id, was_there, bodies } = task;
    let there = if was_there { those_of(api, task_id).await? } else { Vec::new() };
    let path = format!("/tasks/{task_id}/reminders");
    let mut made = Made::default();
    for body in bodies {
        if there.iter().any(|reminder| rings_like(reminder, &body)) {
            continue;
        }
        let key = reminder_key(task_id, &body);
        let response = answered(api, || api.post(&path).header("idempotency-key", &key).json(&body)).await?;
        match response.status() {
            StatusCode::CREATED => {
                made.count += 1;
                made.token.merge(&token(&response)?);
            }
            // It was deleted since it was imported.
            StatusCode::NOT_FOUND if was_there => break,
            status => {
                let problem: Option<ProblemBody> = response.json().await.ok();
                let refused = refusals(line, status.as_u16(), problem).into_iter();
                made.refused.extend(refused.map(|refused| Refused { field: field(&refused.field), ..refused }));
            }
        }
    }
    Ok(made)
}

/// What the report calls a field of a reminder.
fn field(name: &str) -> String {
    format!("reminder {name}").trim_end().to_owned()
}

/// Whether the reminder rings when the one that `body` asks for would for the first time, however both repeat after that.
fn rings_like(reminder: &ReminderView, body: &Map<String, Value>) -> bool {
    let Ok(NewReminder { time, .. }) = NewReminder::from_json(body) else { return false };
    match &time {
        ReminderTime::BeforeDue { before_due } => reminder.before_due.as_ref() == Some(&before_due.to_string()),
        ReminderTime::At { .. } => time.utc(None).is_ok_and(|utc| {
            let first = [Some(reminder.remind_utc), reminder.snoozed_until].into_iter().flatten();
            first.into_iter().any(|first| is_ring(utc, first, reminder.repeat.as_ref()))
        }),
    }
}

/// Whether it rings `at` that time: of one that has rung, a file has the rings that were left.
fn is_ring(at: DateTime<Utc>, first: DateTime<Utc>, repeat: Option<&Repeat>) -> bool {
    // Files have whole seconds.
    let apart = at.timestamp() - first.timestamp();
    let rings_again = |repeat: &Repeat| {
        let every = repeat.every.seconds().max(1);
        apart % every == 0 && (0..=i64::from(repeat.times)).contains(&(apart / every))
    };
    apart == 0 || repeat.is_some_and(rings_again)
}

/// The reminders that a task has; none where the read side does not know the task, or not yet: then the write side decides.
async fn those_of(api: &Api, task_id: Uuid) -> anyhow::Result<Vec<ReminderView>> {
    #[derive(Deserialize)]
    struct Page {
        items: Vec<ReminderView>,
    }
    let path = format!("/tasks/{task_id}/reminders?limit=200");
    let response = answered(api, || api.get(&path)).await?;
    match response.status() {
        StatusCode::OK => {
            let page: Page = response
                .json()
                .await
                .with_context(|| format!("{} did not answer with the reminders of a task", api.url()))?;
            Ok(page.items)
        }
        StatusCode::NOT_FOUND => Ok(Vec::new()),
        _ => bail!("{} does not tell the reminders of task {task_id}: {}", api.url(), complaint(response).await),
    }
}

/// The answer to a request, which is sent again while the server cannot take it at the moment: each may be repeated.
async fn answered(api: &Api, request: impl Fn() -> RequestBuilder) -> anyhow::Result<Response> {
    let mut last = String::new();
    for attempt in 0..ATTEMPTS {
        pause(attempt).await;
        match request().send().await {
            Ok(response) if is_passing(response.status()) => last = complaint(response).await,
            Ok(response) => return Ok(response),
            Err(error) => last = error.to_string(),
        }
    }
    bail!("{} does not take the reminders of the tasks: {last}; import the file again to go on", api.url())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn reminder(value: Value) -> ReminderView {
        let mut fields = body(json!({
            "id": Uuid::nil(), "task_id": Uuid::nil(), "remind_at": null, "time_zone": null, "before_due": null,
            "remind_utc": "2090-12-01T08:00:00Z", "snoozed_until": null, "status": "scheduled",
            "created_at": "2026-11-01T08:00:00Z", "updated_at": "2026-11-01T08:00:00Z", "version": 1,
        }));
        fields.extend(body(value));
        serde_json::from_value(Value::Object(fields)).unwrap()
    }

    #[test]
    fn given_a_reminder_when_another_is_asked_for_then_they_are_alike_where_both_ring_at_the_same_time() {
        let at = body(json!({"remind_at": "2090-12-01T09:00:00", "time_zone": "Europe/Berlin"}));
        assert!(rings_like(&reminder(json!({})), &at), "the same instant in another zone");
        assert!(!rings_like(&reminder(json!({"remind_utc": "2090-12-01T09:00:00Z"})), &at));
        let snoozed = json!({"remind_utc": "2090-11-01T08:00:00Z", "snoozed_until": "2090-12-01T08:00:00.25Z"});
        assert!(rings_like(&reminder(snoozed), &at));
        let before_due = body(json!({"before_due": "PT30M"}));
        assert!(rings_like(&reminder(json!({"before_due": "PT30M"})), &before_due));
        assert!(!rings_like(&reminder(json!({"before_due": "PT1H"})), &before_due));
    }

    #[test]
    fn given_a_reminder_that_repeats_when_another_is_asked_for_then_its_time_alone_tells() {
        let repeat = json!({"every": "PT10M", "times": 2});
        let repeats = reminder(json!({"repeat": repeat, "status": "sent"}));
        let at = |wall: &str| body(json!({"remind_at": wall, "time_zone": "Europe/Berlin", "repeat": repeat}));
        for (wall, alike) in [
            ("2090-12-01T08:50:00", false),
            ("2090-12-01T09:00:00", true),
            ("2090-12-01T09:05:00", false),
            ("2090-12-01T09:20:00", true),
            ("2090-12-01T09:30:00", false),
        ] {
            assert_eq!(rings_like(&repeats, &at(wall)), alike, "{wall}");
        }
        assert!(rings_like(&reminder(json!({})), &at("2090-12-01T09:00:00")));
        let before_due = body(json!({"before_due": "PT30M", "repeat": repeat}));
        assert!(rings_like(&reminder(json!({"before_due": "PT30M"})), &before_due));
    }
}
