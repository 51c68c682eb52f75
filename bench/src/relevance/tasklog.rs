//! Tasklog's answers, over HTTP.

use std::path::Path;

use anyhow::{Context, ensure};
use tests::system::{Broker, System};

use super::SHOWN;
use super::judged::Judged;
use super::tasks::Tasks;

/// Lines of the answers to each query, best first.
pub async fn answers(file: &Path, tasks: &Tasks, judged: &[Judged]) -> anyhow::Result<Vec<Vec<usize>>> {
    let system = System::start(Broker::RealKafka).await;
    let address = format!("http://{}", system.tasklog.address());
    let output = system.tasklog.run(&["import", &file.to_string_lossy(), "--url", &address]);
    ensure!(output.status.success(), "import: {}", String::from_utf8_lossy(&output.stderr));
    let client = reqwest::Client::new();
    let mut all = Vec::with_capacity(judged.len());
    for query in judged {
        let asked =
            client.get(format!("{address}/tasks")).query(&[("q", query.q.as_str()), ("limit", &SHOWN.to_string())]);
        let answer = asked.send().await?;
        ensure!(answer.status().is_success(), "{}: {}", query.q, answer.text().await?);
        let page: serde_json::Value = serde_json::from_slice(&answer.bytes().await?)?;
        all.push(lines(&page, tasks).with_context(|| query.q.clone())?);
    }
    Ok(all)
}

fn lines(page: &serde_json::Value, tasks: &Tasks) -> anyhow::Result<Vec<usize>> {
    let mut lines = Vec::new();
    for item in page["items"].as_array().context("a page has items")? {
        let title = item["title"].as_str().context("a task has a title")?;
        let created = item["created_at"].as_str().context("a task has a time")?.parse()?;
        // Where two tasks are the same to a reader, the one not yet shown.
        let line = tasks.lines_of(title, created).iter().find(|line| !lines.contains(*line));
        lines.push(*line.with_context(|| format!("{title} is not in the file"))?);
    }
    Ok(lines)
}
