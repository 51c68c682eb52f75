//! Waits until what was imported is listed and searchable.

use std::time::{Duration, Instant};

use anyhow::bail;
use kafka_es::ConsistencyToken;

use crate::api_client::{Api, complaint, is_passing};

/// How long the read side may take for a file of any size.
const PATIENCE: Duration = Duration::from_secs(600);
const PAUSE: Duration = Duration::from_millis(100);

/// Asks the lists and the search with the token until all answer.
pub(super) async fn until_visible(api: &Api, token: &ConsistencyToken) -> anyhow::Result<()> {
    if token.is_empty() {
        return Ok(());
    }
    for query in ["/tasks?limit=1", "/tasks?limit=1&q=a", "/reminders?limit=1"] {
        wait_for(api, query, token).await?;
    }
    Ok(())
}

async fn wait_for(api: &Api, query: &str, token: &ConsistencyToken) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let request = api.get(query).header("consistency-token", token.to_string()).header("prefer", "wait=5");
        let last = match request.send().await {
            Ok(response) if response.status().is_success() => return Ok(()),
            Ok(response) if is_passing(response.status()) => complaint(response).await,
            Ok(response) => {
                bail!("all lines were sent, but {} does not list them: {}", api.url(), complaint(response).await)
            }
            Err(error) => error.to_string(),
        };
        if Instant::now() > deadline {
            bail!("all lines were sent, but are not yet listed and searchable after {} s: {last}", PATIENCE.as_secs());
        }
        tokio::time::sleep(PAUSE).await;
    }
}
