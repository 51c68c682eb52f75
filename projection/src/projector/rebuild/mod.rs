//! Fills new generations beside those that serve and puts them in their place. Everything it needs is in Postgres: whoever stops in the
//! middle, or is killed, goes on where it was.

mod building;
mod comparison;
mod feed;

use std::collections::BTreeMap;

use platform::lifecycle::Shutdown;
use tokio_util::task::AbortOnDropHandle;

use super::ProjectorOptions;
use crate::generations::{self, Generation};
use building::Builder;

/// Runs a rebuild for each generation that is to be built, as long as it is, until it is dropped.
pub(super) async fn keep(options: ProjectorOptions, shutdown: Shutdown) {
    let mut buildings = options.positions.buildings();
    let mut running: BTreeMap<&'static str, (i32, AbortOnDropHandle<()>)> = BTreeMap::new();
    loop {
        buildings.borrow_and_update();
        for projection in &options.projections {
            let name = projection.describe().name;
            let wanted = options.positions.building(name).map(|building| building.generation);
            if running.get(name).map(|(number, _)| *number) == wanted {
                continue;
            }
            // Dropped, it stops: it was given up, or it serves.
            if running.remove(name).is_some()
                && let Err(error) = generations::sweep(&options.pool, &**projection).await
            {
                tracing::warn!(%error, projection = name, "old generations stay until the next rebuild");
            }
            if let Some(number) = wanted {
                let generation = Generation { projection: name, number };
                let builder = Builder::new(projection.clone(), generation, options.clone(), shutdown.clone());
                running.insert(name, (number, AbortOnDropHandle::new(tokio::spawn(builder.run()))));
            }
        }
        if buildings.changed().await.is_err() {
            return;
        }
    }
}
