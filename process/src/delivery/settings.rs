//! How people want to be reminded.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use notification::{Channel, Health, Settings};
use serde_json::{Map, Value};
use sqlx::types::Json;
use sqlx::{PgPool, Row as _};
use uuid::Uuid;

use super::rows;

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
    stored.map_or_else(|| Ok(Settings::default()), |Json(stored)| read(&stored))
}

/// Written by us; of a newer build, there may be a channel that this one does not know.
fn read(stored: &Map<String, Value>) -> Result<Settings, sqlx::Error> {
    Settings::from_stored(stored).map_err(|violations| sqlx::Error::Decode(violations.to_string().into()))
}

/// Whether settings are there and cannot be read, by this build or by any.
pub(crate) const fn cannot_be_read(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. })
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

/// The channels of a tenant, and how they fare.
#[derive(Debug, Clone, Default)]
pub(super) struct Fares {
    pub(super) channels: Vec<Channel>,
    health: HashMap<Uuid, Health>,
}

impl Fares {
    pub(super) fn health(&self, channel_id: Uuid) -> Health {
        self.health.get(&channel_id).copied().unwrap_or_default()
    }

    /// Those over which something is to be sent, and whether others are disabled.
    pub(super) fn active(&self) -> (Vec<&Channel>, bool) {
        let (off, on): (Vec<_>, Vec<_>) =
            self.channels.iter().partition(|channel| self.health(channel.id()).is_disabled());
        (on, !off.is_empty())
    }
}

/// The channels of a tenant, or why they cannot be read.
pub(super) type ReadFares = Result<Fares, sqlx::Error>;

/// The channels of these tenants, and how they fare; nothing of a tenant that has none.
pub(super) async fn fares(pool: &PgPool, tenants: &[String]) -> Result<HashMap<String, ReadFares>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT s.tenant, s.settings, c.channel_id, c.failing_since, c.disabled_at
         FROM tasklog_process.settings s LEFT JOIN tasklog_process.channels c USING (tenant) WHERE s.tenant = ANY($1)",
    );
    let mut fares: HashMap<String, ReadFares> = HashMap::new();
    // One row for each channel that has failed since the settings were saved.
    for row in rows.bind(tenants).fetch_all(pool).await? {
        let tenant: String = row.try_get("tenant")?;
        let of = match fares.entry(tenant) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                // What cannot be read of one tenant is no matter to the others.
                let stored = row.try_get::<Json<Map<String, Value>>, _>("settings");
                let settings = stored.and_then(|Json(stored)| read(&stored));
                new.insert(settings.map(|Settings { channels, .. }| Fares { channels, health: HashMap::new() }))
            }
        };
        if let (Ok(of), Some(channel)) = (of, row.try_get("channel_id")?) {
            of.health.insert(channel, rows::health_of(&row)?);
        }
    }
    Ok(fares)
}
