//! How soon a write is seen by whoever asks with its token, while others write too.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures::future::try_join_all;
use serde_json::{Value, json};

use super::figures::{Figures, Part};
use crate::connection::{Connection, Idle, get_after, send};
use crate::latency::Latencies;
use crate::report::Limit;

/// From one write to the next: 200 a second, whether the one before is seen or not.
const GAP: Duration = Duration::from_millis(5);
const WARM_UP_WRITES: u32 = 400;
const WRITES: u32 = 2_000;

/// Where the write is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    List,
    Search,
}

/// The list, then the search.
pub async fn figures(address: &str, figures: &mut Figures) -> anyhow::Result<()> {
    for (place, name, median, tail) in [(Place::List, "list", 10.0, 50.0), (Place::Search, "search", 60.0, 200.0)] {
        let seen = measure(address, place).await?;
        figures.add(Part::Visible, &format!("{name}.p50"), seen.visible.millis(0.50), "ms", Limit::AtMost(median));
        figures.add(Part::Visible, &format!("{name}.p99"), seen.visible.millis(0.99), "ms", Limit::AtMost(tail));
        figures.add(Part::Visible, &format!("{name}.max"), seen.visible.millis(1.0), "ms", Limit::None);
        figures.add(Part::Visible, &format!("{name}.create.p50"), seen.created.millis(0.50), "ms", Limit::None);
        figures.add(Part::Visible, &format!("{name}.create.p99"), seen.created.millis(0.99), "ms", Limit::None);
        figures.add(Part::Visible, &format!("{name}.writes"), seen.rate, "/s", Limit::None);
        figures.add(Part::Visible, &format!("{name}.missed"), seen.missed as f64, "writes", Limit::AtMost(0.0));
    }
    Ok(())
}

/// What was seen of all writes.
struct Seen {
    created: Latencies,
    visible: Latencies,
    /// Writes that were not answered well, or that the answer did not show; those of the warm-up too.
    missed: usize,
    /// Writes a second that were seen.
    rate: f64,
}

async fn measure(address: &str, place: Place) -> anyhow::Result<Seen> {
    let (idle, begin) = (Arc::new(Idle::default()), Instant::now());
    let writes = (0..WARM_UP_WRITES + WRITES).map(|n| {
        let (idle, address) = (idle.clone(), address.to_owned());
        tokio::spawn(async move {
            tokio::time::sleep_until((begin + GAP * n).into()).await;
            let mut connection = idle.take(&address).await?;
            let times = write_and_look(&mut connection, place, n).await?;
            idle.give_back(connection);
            anyhow::Ok((n >= WARM_UP_WRITES).then_some(times))
        })
    });
    let mut seen = Seen { created: Latencies::default(), visible: Latencies::default(), missed: 0, rate: 0.0 };
    let start = begin + GAP * WARM_UP_WRITES;
    let mut last = start;
    for times in try_join_all(writes).await? {
        match times {
            Ok(None) => {}
            Ok(Some(times)) => {
                seen.created.add(times.created);
                seen.visible.add(times.visible);
                last = last.max(times.answered);
            }
            Err(error) => {
                if seen.missed == 0 {
                    println!("a write was not seen: {error:#}");
                }
                seen.missed += 1;
            }
        }
    }
    ensure!(seen.visible.count() > 0, "no write was seen");
    seen.rate = seen.visible.count() as f64 / (last - start).as_secs_f64();
    Ok(seen)
}

/// Of one write.
struct Times {
    /// Until it was answered 201.
    created: Duration,
    /// From there until an answer showed it.
    visible: Duration,
    /// When it was answered.
    answered: Instant,
}

async fn write_and_look(connection: &mut Connection, place: Place, n: u32) -> anyhow::Result<Times> {
    let word = word(place, n);
    let body = json!({"title": format!("Seen at once: {word}"), "tags": ["bench"]}).to_string();
    let began = Instant::now();
    let status = connection.call(&send("POST", "/tasks", "application/json", &body)).await?;
    let answered = Instant::now();
    ensure!(status == 201, "a create was answered {status} {}", String::from_utf8_lossy(connection.body()));
    let created: Value = serde_json::from_slice(connection.body())?;
    let id = created["id"].as_str().context("a task has an id")?.to_owned();
    let request = look(place, &word, connection.token());
    let asked = Instant::now();
    let status = connection.call(&request).await?;
    let visible = asked.elapsed();
    ensure!(status == 200, "{word} was looked for: {status} {}", String::from_utf8_lossy(connection.body()));
    ensure!(shows(connection.body(), &id)?, "the answer does not show {word}, {id}");
    Ok(Times { created: answered - began, visible, answered })
}

/// A word that no other task has, nor the beginning of one.
fn word(place: Place, n: u32) -> String {
    let letter = if place == Place::List { 'l' } else { 's' };
    format!("{letter}{n:06}")
}

fn look(place: Place, word: &str, token: &str) -> Vec<u8> {
    let path = match place {
        Place::List => "/tasks?limit=50&sort=-created_at".to_owned(),
        Place::Search => format!("/tasks?limit=50&q={word}"),
    };
    get_after(&path, token)
}

fn shows(page: &[u8], id: &str) -> anyhow::Result<bool> {
    let page: Value = serde_json::from_slice(page)?;
    Ok(page["items"].as_array().context("a page has items")?.iter().any(|item| item["id"] == id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_page_when_looked_at_then_only_its_own_tasks_are_shown() {
        let page = json!({"items": [{"id": "a", "series_id": "b"}], "next_cursor": null}).to_string();
        assert!(shows(page.as_bytes(), "a").unwrap());
        assert!(!shows(page.as_bytes(), "b").unwrap());
        assert!(shows(b"{}", "a").is_err());
    }

    #[test]
    fn given_a_write_when_looked_for_then_with_its_token() {
        let request = String::from_utf8(look(Place::Search, &word(Place::Search, 7), "task-events/3@9")).unwrap();
        assert!(request.starts_with("GET /tasks?limit=50&q=s000007 HTTP/1.1\r\n"), "{request}");
        assert!(request.ends_with("\r\nconsistency-token: task-events/3@9\r\n\r\n"), "{request}");
    }
}
