//! How people want to be reminded.

use notification::{Channel, Settings};
use serde_json::{Map, Value};
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

/// The settings of a tenant; none where nothing was ever set.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn load(pool: &PgPool, tenant: &str) -> Result<Settings, sqlx::Error> {
    let stored: Option<Json<Map<String, Value>>> =
        sqlx::query_scalar("SELECT settings FROM tasklog_process.settings WHERE tenant = $1")
            .bind(tenant)
            .fetch_optional(pool)
            .await?;
    let Some(Json(stored)) = stored else { return Ok(Settings::default()) };
    // Written by us; of a newer build, there may be a channel that this one does not know.
    Settings::from_stored(&stored).map_err(|violations| sqlx::Error::Decode(violations.to_string().into()))
}

/// Keeps the settings of a tenant. Channels that were disabled get another chance.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn save(pool: &PgPool, tenant: &str, settings: &Settings) -> Result<(), sqlx::Error> {
    let mut transaction = platform::postgres::begin(pool).await?;
    platform::postgres::keep(&mut transaction).await?;
    sqlx::query(
        "INSERT INTO tasklog_process.settings (tenant, settings) VALUES ($1, $2)
         ON CONFLICT (tenant) DO UPDATE SET settings = excluded.settings",
    )
    .bind(tenant)
    .bind(Json(settings.stored()))
    .execute(&mut *transaction)
    .await?;
    sqlx::query("DELETE FROM tasklog_process.channels WHERE tenant = $1")
        .bind(tenant)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

/// The channels of a tenant over which something is to be sent, and whether others are disabled.
pub(super) async fn active(pool: &PgPool, tenant: &str) -> Result<(Vec<Channel>, bool), sqlx::Error> {
    let disabled: Vec<Uuid> = sqlx::query_scalar(
        "SELECT channel_id FROM tasklog_process.channels WHERE tenant = $1 AND disabled_at IS NOT NULL",
    )
    .bind(tenant)
    .fetch_all(pool)
    .await?;
    let channels = load(pool, tenant).await?.channels;
    let (off, on): (Vec<_>, Vec<_>) = channels.into_iter().partition(|channel| disabled.contains(&channel.id()));
    Ok((on, !off.is_empty()))
}
