//! The whole system on 50,000 tasks, on the embedded broker and on a real Kafka.

mod append;
mod import;
mod memory;
mod read;
mod restart;
mod visible;

use std::path::Path;

use tests::postgres::Postgres;
use tests::system::{Broker, System, folder};

use crate::report::{Limit, Report};

/// Measures everything and reports it.
pub async fn run(file: &Path) -> anyhow::Result<Report> {
    let mut report = Report::default();
    on_real_kafka(file, &mut report).await?;
    on_embedded(file, &mut report).await?;
    Ok(report)
}

async fn on_real_kafka(file: &Path, report: &mut Report) -> anyhow::Result<()> {
    let system = System::start(Broker::RealKafka).await;
    import::figures(&system, file, "kafka", Limit::AtMost(15.0), report)?;
    read::figures(&system, report).await?;
    visible::figures(&system, report).await?;
    append::figures(&system, report).await?;
    Ok(())
}

async fn on_embedded(file: &Path, report: &mut Report) -> anyhow::Result<()> {
    // A server of our own, so that the restart below does not count Postgres's own start.
    let database_folder = folder();
    let postgres = Postgres::start(database_folder.path()).await;
    let mut system = System::start_with(Broker::Embedded, &[("DATABASE_URL", &postgres.url())]).await;
    import::figures(&system, file, "embedded", Limit::AtMost(30.0), report)?;
    memory::figures(&mut system, report).await?;
    restart::figures(&mut system, report).await?;
    Ok(())
}
