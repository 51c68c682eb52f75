//! What waits for the schema in Postgres.

use std::time::Duration;

use platform::health::{Component, Health};
use platform::lifecycle::{Shutdown, Stage};
use platform::postgres::MigrateError;
use projection::Positions;
use sqlx::PgPool;

/// Pause before Postgres is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// Keeps `positions` in step with Postgres, as a task of `stage`, once the schema is there.
pub fn listen(positions: &Positions, pool: &PgPool, health: &Health, stage: &Stage) {
    let (positions, pool) = (positions.clone(), pool.clone());
    let (component, shutdown) = (health.component("positions"), stage.shutdown());
    stage.spawn("positions", async move {
        if ready(|| projection::migrate(&pool), &component, &shutdown).await? {
            let Ok(()) = positions.listen(pool, component, shutdown).await;
        }
        Ok::<_, MigrateError>(())
    });
}

/// Brings a schema up to date by `migrate`, however long Postgres takes to come up; false when `shutdown` came first.
///
/// # Errors
/// [`MigrateError::Newer`]: only a person can change that.
pub async fn ready<F: Future<Output = Result<(), MigrateError>>>(
    migrate: impl Fn() -> F,
    component: &Component,
    shutdown: &Shutdown,
) -> Result<bool, MigrateError> {
    let mut told = false;
    while let Err(error) = migrate().await {
        if let MigrateError::Newer(_) = error {
            return Err(error);
        }
        component.not_ready(error.to_string());
        if !told {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the schema cannot be brought up to date, trying again"
            );
            told = true;
        }
        tokio::select! {
            () = tokio::time::sleep(RETRY) => {}
            () = shutdown.requested() => return Ok(false),
        }
    }
    component.ready();
    Ok(true)
}
