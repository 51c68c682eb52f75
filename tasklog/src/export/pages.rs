//! A list of the API, page after page.

use std::time::Duration;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::api_client::{Api, complaint, is_passing};

/// Attempts for one page, with a pause of a second between them.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_secs(1);

/// A page, and where the next one begins.
#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next_cursor: Option<String>,
}

/// The page of `list`, which is a path and its query, that begins at `cursor`, else the first.
///
/// # Errors
/// When the server cannot be asked.
pub(super) async fn page<T: DeserializeOwned>(api: &Api, list: &str, cursor: Option<&str>) -> anyhow::Result<Page<T>> {
    let mut last = String::new();
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        let mut request = api.get(list);
        if let Some(cursor) = cursor {
            request = request.query(&[("cursor", cursor)]);
        }
        match request.send().await {
            Ok(response) if response.status().is_success() => {
                return response
                    .json()
                    .await
                    .with_context(|| format!("{} did not answer with a page of {list}", api.url()));
            }
            Ok(response) if is_passing(response.status()) => last = complaint(response).await,
            Ok(response) => bail!("{} refused: {}", api.url(), complaint(response).await),
            Err(error) if error.is_connect() && cursor.is_none() => {
                bail!("{} cannot be reached; does `tasklog up` run?", api.url())
            }
            Err(error) => last = error.to_string(),
        }
    }
    bail!("{} does not answer: {last}", api.url())
}
