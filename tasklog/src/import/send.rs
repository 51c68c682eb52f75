//! One request to `POST /tasks/import`, again and again until every line of it has its answer.

use std::time::Duration;

use anyhow::{Context, bail};
use kafka_es::ConsistencyToken;
use platform::problem::ProblemBody;
use reqwest::{Response, StatusCode};
use serde::Deserialize;

use super::batch::Batch;
use super::{Answer, Refused};
use crate::api_client::{Api, complaint, is_passing};

/// How often lines are sent that the server could not take at the moment; the pauses add up to a minute.
const ATTEMPTS: u32 = 12;
const PAUSE_MAX: Duration = Duration::from_secs(8);

#[derive(Deserialize)]
struct ServerReport {
    results: Vec<LineResult>,
}

#[derive(Deserialize)]
struct LineResult {
    line: usize,
    status: u16,
    problem: Option<ProblemBody>,
}

/// Sends `batch` and notes in `answer` what became of its lines.
pub(super) async fn send(api: &Api, mut batch: Batch, answer: &mut Answer) -> anyhow::Result<()> {
    let mut last = String::new();
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep((Duration::from_millis(250) * 2_u32.pow(attempt.min(5))).min(PAUSE_MAX)).await;
        }
        let request = api.post("/tasks/import").header("content-type", "application/x-ndjson").body(batch.body());
        match request.send().await {
            Ok(response) if response.status() == StatusCode::OK => {
                last = note(response, &mut batch, answer).await?;
                if batch.is_empty() {
                    return Ok(());
                }
            }
            Ok(response) if is_passing(response.status()) => last = complaint(response).await,
            Ok(response) => bail!("{} refused the request: {}", api.url(), complaint(response).await),
            Err(error) if error.is_connect() && attempt == 0 => {
                bail!("{} cannot be reached; does `tasklog up` run?", api.url())
            }
            // Ids follow from the lines, so sending again what may have arrived does no harm.
            Err(error) => last = error.to_string(),
        }
    }
    let first = batch.lines.first().map_or(0, |(number, _)| *number);
    bail!(
        "{} does not take line {first} and {} others of its request: {last}; import the file again to go on",
        api.url(),
        batch.lines.len().saturating_sub(1)
    )
}

/// Takes the answered lines out of `batch`; what stays is to be sent again, for the reason returned.
async fn note(response: Response, batch: &mut Batch, answer: &mut Answer) -> anyhow::Result<String> {
    if let Some(token) = response.headers().get("consistency-token") {
        let token: ConsistencyToken = token
            .to_str()
            .ok()
            .and_then(|token| token.parse().ok())
            .context("the server sent a Consistency-Token that is none")?;
        answer.token.merge(&token);
    }
    let report: ServerReport = response.json().await.context("the server did not answer with a report of the lines")?;
    let mut left = Batch::default();
    let mut why = String::new();
    let mut sent: Vec<Option<(u64, Vec<u8>)>> = std::mem::take(&mut batch.lines).into_iter().map(Some).collect();
    for result in report.results {
        // A line counts from 1 in its request.
        let Some((number, line)) = result.line.checked_sub(1).and_then(|index| sent.get_mut(index)?.take()) else {
            bail!("the server answered for line {} of a request that has {}", result.line, sent.len());
        };
        match result.status {
            201 => answer.imported += 1,
            200 => answer.present += 1,
            status if StatusCode::from_u16(status).is_ok_and(is_passing) => {
                why = result.problem.map(|problem| problem.detail).unwrap_or_default();
                left.push(number, line);
            }
            status => answer.refused.extend(refusals(number, status, result.problem)),
        }
    }
    if let Some((number, _)) = sent.into_iter().flatten().next() {
        bail!("the server did not answer for line {number}");
    }
    *batch = left;
    Ok(why)
}

fn refusals(line: u64, status: u16, problem: Option<ProblemBody>) -> Vec<Refused> {
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
