//! Figures of the search index alone, without Kafka and HTTP: tasks as JSON Lines on standard input, copied `COPIES` times.
//!
//! `zcat tasks.jsonl.gz | COPIES=1 cargo run --release -p projection --example search_figures`

use std::error::Error;
use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::task::{NewTask, TaskAggregate, TaskCommand, TaskEvent, decide, imported_task_id};
use domain::{tenant, topics};
use kafka_es::{AdjacentlyTagged, ConsistencyToken, Envelope, EventCodec as _, LogRecord, Position};
use platform::health::Health;
use platform::lifecycle::Shutdown;
use projection::Positions;
use projection::query::cursor::Cursor;
use projection::query::sort::Sort;
use projection::query::task_query::{TaskFilter, TaskQuery};
use projection::search::{NAME, SearchHandle, SearchOptions, open};
use projection::source::MemoryLog;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const PARTITIONS: i32 = 8;
const ROUNDS: usize = 300;

#[tokio::main]
async fn main() -> Outcome<()> {
    let copies: usize = std::env::var("COPIES").ok().and_then(|copies| copies.parse().ok()).unwrap_or(1);
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let log = MemoryLog::new(&[topics::TASKS], PARTITIONS);
    let mut titles = Vec::new();
    let mut last = ConsistencyToken::default();
    for copy in 0..copies {
        for (line, json) in text.lines().enumerate() {
            let event = task(json, copy, line)?;
            if copy == 0 {
                titles.push(event.1.clone());
            }
            last.merge(&append(&log, &event.0)?);
        }
    }
    let dir = tempfile::tempdir()?;
    let (positions, shutdown) = (Positions::new(), Shutdown::new());
    let health = Health::new().component("search");
    let options = SearchOptions::new(dir.path().into());
    let (handle, projector) = open(options, Arc::new(log.clone()), positions.clone(), health).await?;
    let started = Instant::now();
    let run = tokio::spawn(projector.run(shutdown.clone()));
    positions.wait_for(NAME, &last, Duration::from_secs(600)).await?;
    let took = started.elapsed().as_secs_f64();
    let count = titles.len() * copies;
    println!("index {count} tasks: {took:.2} s, {:.0} tasks/s", count as f64 / took);
    queries(&handle, &titles).await?;
    visible(&log, &positions, &handle).await?;
    let started = Instant::now();
    handle.rebuild().await?;
    println!("rebuild: {:.2} s", started.elapsed().as_secs_f64());
    queries(&handle, &titles).await?;
    shutdown.request();
    run.await?;
    Ok(())
}

fn task(json: &str, copy: usize, line: usize) -> Outcome<(TaskEvent, String)> {
    let new = NewTask::import_from_json(&serde_json::from_str(json)?)?;
    let at: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).ok_or("no time")?;
    let id = imported_task_id(tenant::DEFAULT, &format!("{copy}:{line}"));
    let event = decide(&TaskAggregate::default(), &TaskCommand::Create { id, new, at })
        .map_err(|error| format!("{error:?}"))?;
    let event = event.ok_or("no event")?;
    let TaskEvent::Created(created) = &event else { return Err("not created".into()) };
    let title = created.title.clone();
    Ok((event, title))
}

fn append(log: &MemoryLog, event: &TaskEvent) -> Outcome<ConsistencyToken> {
    let TaskEvent::Created(created) = event else { return Err("not created".into()) };
    let stream = tenant::stream_id(tenant::DEFAULT, created.id);
    let (event_type, data) = AdjacentlyTagged::encode(event)?;
    let envelope = Envelope {
        specversion: "1.0".into(),
        id: format!("{stream}@1"),
        source: "/tenants/default".into(),
        event_type,
        subject: created.id.to_string(),
        time: created.created_at,
        datacontenttype: "application/json".into(),
        partitionkey: stream.clone(),
        sequence: 1,
        tenant: tenant::DEFAULT.into(),
        commandid: created.id.to_string(),
        commandhash: None,
        causationid: None,
        correlationid: None,
        actor: "figures".into(),
        traceparent: None,
        metadata: None,
        data,
    };
    let partition = kafka_es::partition_for(stream.as_bytes(), PARTITIONS);
    let mut position = Position { topic: topics::TASKS.into(), partition, offset: 0 };
    let key = Some(stream.into_bytes());
    let content = Ok(vec![envelope]);
    let record =
        LogRecord { position: position.clone(), key, timestamp_ms: None, traceparent: None, content, raw: Vec::new() };
    position.offset = log.append(record);
    Ok(position.into())
}

fn asked(q: &str, sort: &str) -> Outcome<TaskQuery> {
    Ok(TaskQuery {
        tenant: tenant::DEFAULT.into(),
        q: Some(q.into()),
        filter: TaskFilter::default(),
        sort: sort.parse::<Sort>()?,
        limit: 50,
        cursor: None,
        total: false,
        now: DateTime::from_timestamp(1_800_000_000, 0).ok_or("no time")?,
    })
}

/// A word with two neighbouring letters swapped.
fn typo(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let middle = letters.len() / 2;
    if middle > 0 {
        letters.swap(middle - 1, middle);
    }
    letters.into_iter().collect()
}

async fn queries(handle: &SearchHandle, titles: &[String]) -> Outcome<()> {
    // a step that shares no factor with the number of titles visits all kinds of them
    let words: Vec<Vec<&str>> =
        (0..ROUNDS).map(|n| titles[n * 7919 % titles.len()].split_whitespace().collect()).collect();
    let word = |n: usize| words[n].iter().copied().max_by_key(|word| word.len()).unwrap_or("a").to_owned();
    let two = |n: usize| words[n].iter().take(2).copied().collect::<Vec<_>>().join(" ");
    let cut = |text: &str, letters: usize| text.chars().take(letters).collect::<String>();
    let all = |n: usize| words[n].iter().take(20).copied().collect::<Vec<_>>().join(" ");
    measure(handle, "one word", "relevance", word).await?;
    measure(handle, "two words", "relevance", two).await?;
    measure(handle, "whole title", "relevance", all).await?;
    measure(handle, "first letter", "relevance", |n| cut(&word(n), 1)).await?;
    measure(handle, "three letters", "relevance", |n| cut(&word(n), 3)).await?;
    measure(handle, "four letters", "relevance", |n| cut(&word(n), 4)).await?;
    measure(handle, "typo", "relevance", |n| typo(&word(n))).await?;
    measure(handle, "common words", "relevance", |n| ["fix the", "add to", "update the in", "a the of"][n % 4].into())
        .await?;
    measure(handle, "by title", "title", |n| cut(&word(n), 3)).await?;
    measure(handle, "by due, descending", "-due", |n| cut(&word(n), 3)).await?;
    let mut pages = Vec::new();
    let mut query = asked("f", "title")?;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let page = handle.query(&query).await?;
        pages.push(started.elapsed());
        query.cursor = match page.next_cursor {
            Some(next) => Some(Cursor::decode(&next, "title", &query.fingerprint())?),
            None => None,
        };
    }
    report("page after page", pages, 0);
    Ok(())
}

async fn measure(handle: &SearchHandle, name: &str, sort: &str, q: impl Fn(usize) -> String) -> Outcome<()> {
    let mut took = Vec::new();
    let mut found = 0;
    for n in 0..ROUNDS {
        let mut query = asked(&q(n), sort)?;
        query.total = true;
        let started = Instant::now();
        match handle.query(&query).await {
            Ok(page) => found += page.total.unwrap_or(0),
            Err(projection::search::SearchError::Invalid(_)) => continue,
            Err(error) => return Err(error.into()),
        }
        took.push(started.elapsed());
    }
    report(name, took, found / ROUNDS as u64);
    Ok(())
}

async fn visible(log: &MemoryLog, positions: &Positions, handle: &SearchHandle) -> Outcome<()> {
    let mut took = Vec::new();
    for n in 0..ROUNDS {
        let (event, _) = task(&format!("{{\"title\":\"visible {n}\"}}"), usize::MAX, n)?;
        let started = Instant::now();
        let token = append(log, &event)?;
        positions.wait_for(NAME, &token, Duration::from_secs(10)).await?;
        handle.query(&asked("visible", "relevance")?).await?;
        took.push(started.elapsed());
        tokio::time::sleep(Duration::from_millis(n as u64 % 97)).await;
    }
    report("write to visible", took, 1);
    Ok(())
}

fn report(name: &str, mut took: Vec<Duration>, found: u64) {
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!("{name:20} p50 {:6.2} ms  p99 {:6.2} ms  max {:6.2} ms  found {found}", at(0.5), at(0.99), at(1.0));
}
