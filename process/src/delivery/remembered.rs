//! Deliveries that were made, remembered in a state store besides Postgres: whoever delivers and then cannot write it down there, because
//! Postgres is away or it dies in between, leaves the delivery to the next attempt, which would go out a second time.
//!
//! It never decides that something is not delivered: without an answer of the store the attempt is made, as it is without a store.

use std::time::Duration;

use platform::sidecar::StateStore;
use serde_json::json;

use super::Notify;
use super::rows::Due;
use crate::metric_definitions as metric;

/// Longer than a delivery is tried.
const REMEMBERED_FOR: Duration = Duration::from_secs(7 * 24 * 3_600);

impl Notify {
    /// Remembers in `store` what was delivered.
    #[must_use]
    pub fn remembering(self, store: Option<StateStore>) -> Self {
        Self { remembers: store, ..self }
    }

    /// Whether an attempt before this one has delivered it, as far as the store knows.
    pub(super) async fn was_delivered(&self, due: &Due) -> bool {
        let Some(store) = &self.remembers else { return false };
        match store.has(&due.id.to_string()).await {
            Ok(true) => {
                metric::remembered("delivered");
                tracing::info!(delivery = %due.id, "the state store says that it was delivered before");
                true
            }
            Ok(false) => false,
            Err(error) => {
                metric::remembered("failed");
                let error = &error as &dyn std::error::Error;
                tracing::warn!(delivery = %due.id, error, "the state store cannot be asked, the attempt is made");
                false
            }
        }
    }

    /// It is delivered, and not written down yet.
    pub(super) async fn remember(&self, due: &Due) {
        let Some(store) = &self.remembers else { return };
        let value = json!({"event": due.event_id});
        if let Err(error) = store.keep_first(&due.id.to_string(), &value, REMEMBERED_FOR).await {
            metric::remembered("failed");
            let error = &error as &dyn std::error::Error;
            tracing::warn!(delivery = %due.id, error, "the state store may not have that it was delivered");
        }
    }
}
