//! A projection is built again by the running system.

use std::time::{Duration, Instant};

use ::tests::http::Api;
use anyhow::{Context, ensure};
use reqwest::Method;
use serde_json::Value;

use super::copy;
use super::figures::{Figures, Part};
use crate::filled::{Filled, settle};
use crate::latency::Latencies;
use crate::report::Limit;

/// How often the system is asked how far it is: the answer takes it some work.
const ASK_EVERY: Duration = Duration::from_millis(50);
/// How often that is said.
const SAY_EVERY: Duration = Duration::from_secs(10);
/// A million tasks take less.
const REBUILT_WITHIN: Duration = Duration::from_secs(1_800);

/// The task view beside `COPY`, in turn; the median of each.
pub async fn figures(filled: &Filled, rounds: usize, figures: &mut Figures) -> anyhow::Result<()> {
    let url = filled.postgres.url();
    let (mut rebuilt, mut after, mut before) = <(Latencies, Latencies, Latencies)>::default();
    for round in 0..rounds {
        settle(&url).await?;
        // The one folder here that Postgres, another user, may write to.
        let copied = copy::times(&url, &filled.folder.path().join("postgres")).await?;
        settle(&url).await?;
        let time = rebuild(&filled.tasklog.api(), "tasks").await?;
        println!("round {round}: rebuilt in {time:.2?}, copied in {:.2?}", copied.indexed_after);
        rebuilt.add(time);
        after.add(copied.indexed_after);
        before.add(copied.indexed_before);
    }
    let [rebuilt, after, before] = [rebuilt, after, before].map(|times| times.millis(0.5) / 1e3);
    figures.add(Part::Rebuild, "rebuild", rebuilt, "s", Limit::None);
    figures.add(Part::Rebuild, "copy", after, "s", Limit::None);
    figures.add(Part::Rebuild, "copy-with-indexes-in-place", before, "s", Limit::None);
    figures.add(Part::Rebuild, "rate", figures.tasks() as f64 / rebuilt, "tasks/s", Limit::None);
    figures.add(Part::Rebuild, "rebuild-to-copy", rebuilt / after, "x", Limit::AtMost(3.0));
    Ok(())
}

/// From the call until another generation serves.
///
/// # Errors
/// When it does not come in time, or is not the same as the one before, row for row.
pub async fn rebuild(api: &Api, name: &str) -> anyhow::Result<Duration> {
    let before = projection(api, name).await?["generation"].clone();
    let (started, mut said) = (Instant::now(), Instant::now());
    api.call(Method::POST, &format!("/projections/{name}/rebuild")).send().await.expect(202);
    loop {
        tokio::time::sleep(ASK_EVERY).await;
        let now = projection(api, name).await?;
        if is_another(&before, &now) {
            let took = started.elapsed();
            ensure!(differences(&now) == 0, "the rebuild of {name} differs from what served before: {now}");
            return Ok(took);
        }
        if said.elapsed() > SAY_EVERY {
            println!("rebuilding {name}: {}", now["rebuild"]);
            said = Instant::now();
        }
        ensure!(started.elapsed() < REBUILT_WITHIN, "{name} is not rebuilt: {now}");
    }
}

async fn projection(api: &Api, name: &str) -> anyhow::Result<Value> {
    let page = api.get("/projections").send().await.expect(200).json();
    let items = page["items"].as_array().context("a page has items")?;
    let item =
        items.iter().find(|item| item["name"] == name).with_context(|| format!("there is no projection {name}"))?;
    Ok(item.clone())
}

/// Whether a generation serves that did not before.
fn is_another(before: &Value, now: &Value) -> bool {
    now["generation"].is_number() && now["generation"] != *before
}

/// Rows in which the generation that serves differs from the one before it; none where they were not compared.
fn differences(now: &Value) -> i64 {
    let generations = now["generations"].as_array().into_iter().flatten();
    let serving = generations.filter(|generation| generation["generation"] == now["generation"]);
    serving.filter_map(|generation| generation["differences"].as_i64()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn given_a_projection_when_its_generation_is_another_then_it_is_rebuilt() {
        let now = |generation: Value| json!({"name": "tasks", "generation": generation, "rebuild": null});
        assert!(is_another(&json!(1), &now(json!(2))));
        assert!(!is_another(&json!(1), &now(json!(1))));
        assert!(!is_another(&json!(1), &now(Value::Null)));
    }

    #[test]
    fn given_a_comparison_when_read_then_only_what_serves_counts() {
        let generations = json!([{"generation": 1, "differences": 7}, {"generation": 2, "differences": 0}]);
        assert_eq!(differences(&json!({"generation": 2, "generations": generations})), 0);
        assert_eq!(differences(&json!({"generation": 1, "generations": generations})), 7);
        assert_eq!(differences(&json!({"generation": 3})), 0);
    }
}
