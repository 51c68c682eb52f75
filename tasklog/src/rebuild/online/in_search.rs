//! The search index: rebuilt by the query processes that run, else here.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use platform::data_dir::DataDir;
use projection::search::{self, Request};
use serde_json::Value;

use super::{Wish, Work};
use crate::rebuild::progress::{self, Progress};
use crate::roles::query;

/// How often the running API is asked how far its search index is.
const ASK_EVERY: Duration = Duration::from_millis(300);
/// How long it may take for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Where a search index is.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    /// Counts its rebuilds.
    generation: u64,
    /// Records read and records to read of the rebuild that runs.
    rebuild: Option<(u64, u64)>,
    /// Why that has failed, until it comes further: it is tried again.
    failed: Option<String>,
}

impl Work<'_> {
    /// Asks the running query processes for it, and waits until the one at `url` has done it. Where none answers there, the
    /// index in `folder` is rebuilt here.
    pub(super) async fn in_search(&mut self, url: &str, folder: &Path) -> anyhow::Result<()> {
        let client = reqwest::Client::builder().timeout(ANSWER_WITHIN).build().context("no HTTP client can be made")?;
        match ask(&client, url).await {
            Ok(before) => self.watch(&client, url, before).await,
            Err(error) if refused(&error) => self.here(url, folder).await,
            Err(error) => Err(error),
        }
    }

    async fn watch(&self, client: &reqwest::Client, url: &str, before: Seen) -> anyhow::Result<()> {
        let mut progress = Progress::new(search::NAME, self.wish);
        let mut moved = Instant::now();
        let (mut rebuild, mut told) = (before.rebuild, None);
        let request = if self.wish == Wish::RollBack { Request::RollBack } else { Request::Rebuild };
        search::request(&self.pool, request).await?;
        loop {
            tokio::time::sleep(ASK_EVERY).await;
            let failed = match ask(client, url).await {
                Ok(seen) => {
                    // One that served before has a lower number.
                    if seen.generation != before.generation {
                        return Ok(progress.done()?);
                    }
                    if seen.rebuild != rebuild {
                        moved = Instant::now();
                    }
                    if let Some((read, of)) = seen.rebuild {
                        progress.at(read, of);
                    }
                    rebuild = seen.rebuild;
                    if seen.failed != told {
                        if let Some(reason) = &seen.failed {
                            progress.say(&format!("it failed, and is tried again: {reason}"));
                        }
                        told = seen.failed;
                    }
                    None
                }
                Err(error) => Some(error),
            };
            if moved.elapsed() > progress::STUCK_AFTER {
                match failed {
                    Some(error) => return Err(error),
                    None => bail!(
                        "the search index of {url} makes no progress for {} s; its log says why",
                        progress::STUCK_AFTER.as_secs()
                    ),
                }
            }
        }
    }

    async fn here(&mut self, url: &str, folder: &Path) -> anyhow::Result<()> {
        let data = DataDir::open(folder)
            .with_context(|| format!("no query API answers at {url} (TASKLOG_URL), and its index is out of reach"))?;
        let progress = Progress::new(search::NAME, self.wish);
        progress
            .say(&format!("no query API answers at {url}, so this command rebuilds the index in {}", folder.display()));
        let (log, positions) = (self.log.clone(), self.positions.clone());
        let search = query::open_search(log, positions, data.path(), self.health, &self.stage).await?;
        self.own_folder = Some(data);
        match self.wish {
            Wish::RollBack => search.roll_back().await?,
            Wish::Rebuild | Wish::Cancel => search.rebuild().await?,
        };
        Ok(progress.done()?)
    }
}

/// True when nobody listens there.
fn refused(error: &anyhow::Error) -> bool {
    error.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect)
}

async fn ask(client: &reqwest::Client, url: &str) -> anyhow::Result<Seen> {
    let answer = client.get(format!("{url}/projections")).send().await?.error_for_status()?.text().await?;
    let page: Value = serde_json::from_str(&answer)?;
    let items = page["items"].as_array().context("GET /projections has items")?;
    let search =
        items.iter().find(|item| item["name"] == search::NAME).context("GET /projections lists no search index")?;
    let generation = search["generation"].as_u64().context("the search index has a generation")?;
    let rebuild = &search["rebuild"];
    let failed = rebuild["failed"].as_str().map(str::to_owned);
    Ok(Seen { generation, rebuild: rebuild["read"].as_u64().zip(rebuild["total"].as_u64()), failed })
}
