//! A rebuild that the running projectors do, while this command watches.

use std::time::Duration;

use anyhow::Context;
use kafka_es::KafkaSettings;
use platform::health::Health;
use platform::lifecycle::Shutdown;
use projection::Positions;
use projection::projections::{self, Projection};
use projection::search;
use projection::source::{KafkaLog, Log};
use serde_json::Value;
use sqlx::PgPool;

use super::progress::Progress;

/// How often the running API is asked how far its search index is.
const ASK_EVERY: Duration = Duration::from_millis(300);

/// Rebuilds each projection in turn.
pub async fn rebuild(names: &[String], kafka: KafkaSettings, pool: PgPool, url: &str) -> anyhow::Result<()> {
    let log = KafkaLog::new(kafka);
    let positions = Positions::new();
    let (health, shutdown) = (Health::new().component("positions"), Shutdown::new());
    let listener = tokio::spawn(positions.clone().listen(pool.clone(), health, shutdown.clone()));
    for name in names {
        match projections::all().into_iter().find(|projection| projection.name() == name) {
            Some(projection) => in_postgres(projection.as_ref(), &log, &pool, &positions).await?,
            None => in_search(&pool, url).await?,
        }
    }
    shutdown.request();
    let Ok(()) = listener.await.context("the listener for positions ended")?;
    Ok(())
}

/// Empties a projection and waits until it is where the log ends now.
async fn in_postgres(
    projection: &dyn Projection,
    log: &KafkaLog,
    pool: &PgPool,
    positions: &Positions,
) -> anyhow::Result<()> {
    let name = projection.name();
    let ends = log.end_offsets(&[projection.topic()]).await.context("the log cannot be read")?;
    let progress = Progress::new(name);
    projection::rebuild(pool, name).await?;
    positions.load(pool).await?;
    progress.until_applied(name, &ends, positions).await;
    Ok(())
}

/// Asks the running query processes for it, and waits until the one at `url` has done it.
async fn in_search(pool: &PgPool, url: &str) -> anyhow::Result<()> {
    let client = reqwest::Client::new();
    let (before, _) = ask(&client, url).await?;
    search::request_rebuild(pool).await?;
    let mut progress = Progress::new(search::NAME);
    let mut total = 0;
    loop {
        let (generation, rebuild) = ask(&client, url).await?;
        if generation > before {
            progress.done(total);
            return Ok(());
        }
        if let Some((read, of)) = rebuild {
            total = of;
            progress.at(read, of);
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}

/// The generation of the search index, and (read, total) of a running rebuild.
async fn ask(client: &reqwest::Client, url: &str) -> anyhow::Result<(u64, Option<(u64, u64)>)> {
    let answer = client.get(format!("{url}/projections")).send().await?.error_for_status()?.text().await?;
    let page: Value = serde_json::from_str(&answer)?;
    let items = page["items"].as_array().context("GET /projections has items")?;
    let search =
        items.iter().find(|item| item["name"] == search::NAME).context("GET /projections lists no search index")?;
    let generation = search["generation"].as_u64().context("the search index has a generation")?;
    let rebuild = &search["rebuild"];
    Ok((generation, rebuild["read"].as_u64().zip(rebuild["total"].as_u64())))
}
