//! One request to `POST /tasks/import`, again and again until every line of it has its answer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, bail};
use kafka_es::ConsistencyToken;
use platform::problem::ProblemBody;
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use uuid::Uuid;

use super::batch::{Batch, Prepared};
use super::reminders::Reminded;
use super::waiting::{PARENT, Waiting};
use super::{Answer, Refused};
use crate::api_client::{Api, complaint, is_passing};

/// How often something is sent that the server could not take at the moment; the pauses add up to a minute.
pub(super) const ATTEMPTS: u32 = 12;
const PAUSE_MAX: Duration = Duration::from_secs(8);

/// Waits before an attempt, which counts from 0: the longer the more there were.
pub(super) async fn pause(attempt: u32) {
    if attempt > 0 {
        tokio::time::sleep((Duration::from_millis(250) * 2_u32.pow(attempt.min(5))).min(PAUSE_MAX)).await;
    }
}

#[derive(Deserialize)]
struct ServerReport {
    results: Vec<LineResult>,
}

#[derive(Deserialize)]
struct LineResult {
    line: usize,
    status: u16,
    id: Option<Uuid>,
    problem: Option<ProblemBody>,
}

/// Sends the batches of one import.
pub(super) struct Sender<'a> {
    api: &'a Api,
    /// The server has answered: from then on one that refuses connections is being started again.
    met: AtomicBool,
}

impl<'a> Sender<'a> {
    pub(super) fn new(api: &'a Api) -> Self {
        Self { api, met: AtomicBool::new(false) }
    }

    /// The server that they go to.
    pub(super) fn api(&self) -> &'a Api {
        self.api
    }

    /// Sends `batch` and notes in `answer` what became of its lines.
    pub(super) async fn send(&self, mut batch: Batch, answer: &mut Answer) -> anyhow::Result<()> {
        let api = self.api;
        let mut last = String::new();
        for attempt in 0..ATTEMPTS {
            pause(attempt).await;
            let request = api.post("/tasks/import").header("content-type", "application/x-ndjson").body(batch.body());
            let sent = request.send().await;
            if sent.is_ok() {
                self.met.store(true, Ordering::Relaxed);
            }
            match sent {
                Ok(response) if response.status() == StatusCode::OK => {
                    last = note(response, &mut batch, answer).await?;
                    if batch.is_empty() {
                        return Ok(());
                    }
                }
                Ok(response) if is_passing(response.status()) => last = complaint(response).await,
                Ok(response) => bail!("{} refused the request: {}", api.url(), complaint(response).await),
                Err(error) if error.is_connect() && !self.met.load(Ordering::Relaxed) => {
                    bail!("{} cannot be reached; does `tasklog up` run?", api.url())
                }
                // Ids follow from the lines, so sending again what may have arrived does no harm.
                Err(error) => last = error.to_string(),
            }
        }
        let first = batch.lines.first().map_or(0, |line| line.number);
        bail!(
            "{} does not take line {first} and {} others of its request: {last}; import the file again to go on",
            api.url(),
            batch.lines.len().saturating_sub(1)
        )
    }
}

/// Takes the answered lines out of `batch`; what stays is to be sent again, for the reason returned.
async fn note(response: Response, batch: &mut Batch, answer: &mut Answer) -> anyhow::Result<String> {
    answer.token.merge(&token(&response)?);
    let body = match response.bytes().await {
        Ok(body) => body,
        // Cut off, as by a server that is stopped: all of it is sent again.
        Err(error) => return Ok(error.to_string()),
    };
    let report: ServerReport =
        serde_json::from_slice(&body).context("the server did not answer with a report of the lines")?;
    let mut left = Batch::default();
    let mut why = String::new();
    let mut sent: Vec<Option<Prepared>> = std::mem::take(&mut batch.lines).into_iter().map(Some).collect();
    for result in report.results {
        // A line counts from 1 in its request.
        let Some(line) = result.line.checked_sub(1).and_then(|index| sent.get_mut(index)?.take()) else {
            bail!("the server answered for line {} of a request that has {}", result.line, sent.len());
        };
        match result.status {
            // The id of another program says which task is meant, and the line says something else about it than before.
            200 if result.problem.is_some() && line.foreign_id.is_some() => {
                let id = line.foreign_id.unwrap_or_default();
                let why = format!("id {id} was imported before with other content");
                answer.refused.push(Refused { line: line.number, field: String::new(), why });
            }
            status @ (200 | 201) => {
                let was_there = status == 200;
                let count = if was_there { &mut answer.present } else { &mut answer.imported };
                *count += 1;
                if !line.reminders.is_empty() {
                    let task_id = result.id.context("the server did not tell the id of a task")?;
                    let Prepared { number: line, reminders: bodies, .. } = line;
                    answer.reminded.push(Reminded { line, task_id, was_there, bodies });
                }
            }
            status if StatusCode::from_u16(status).is_ok_and(is_passing) => {
                why = result.problem.map(|problem| problem.detail).unwrap_or_default();
                left.push(line);
            }
            status => {
                let refused = refusals(line.number, status, result.problem);
                if refused.iter().all(|refused| refused.field == PARENT) {
                    answer.waiting.push(Waiting { line, refused });
                } else {
                    answer.refused.extend(refused);
                }
            }
        }
    }
    if let Some(line) = sent.into_iter().flatten().next() {
        bail!("the server did not answer for line {}", line.number);
    }
    *batch = left;
    Ok(why)
}

/// From where on queries show what was written; empty where nothing was.
pub(super) fn token(response: &Response) -> anyhow::Result<ConsistencyToken> {
    let Some(token) = response.headers().get("consistency-token") else { return Ok(ConsistencyToken::default()) };
    let token = token.to_str().ok().and_then(|token| token.parse().ok());
    token.context("the server sent a Consistency-Token that is none")
}

/// What an answer that refuses says, field by field.
pub(super) fn refusals(line: u64, status: u16, problem: Option<ProblemBody>) -> Vec<Refused> {
    match problem {
        Some(problem) if !problem.errors.is_empty() => {
            problem.errors.into_iter().map(|error| Refused { line, field: error.field, why: error.detail }).collect()
        }
        Some(problem) => {
            vec![Refused { line, field: String::new(), why: format!("{}: {}", problem.title, problem.detail) }]
        }
        None => vec![Refused { line, field: String::new(), why: format!("status {status}") }],
    }
}
