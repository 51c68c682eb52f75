//! What a process keeps in a state store, beside what it has itself.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Sidecar, SidecarError};

/// How long an answer may take: the store may be elsewhere.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// A state store of the sidecar. Clones are the same one.
#[derive(Debug, Clone)]
pub struct StateStore {
    sidecar: Sidecar,
    name: String,
}

impl Sidecar {
    /// The component called `name`.
    #[must_use]
    pub fn state_store(&self, name: impl Into<String>) -> StateStore {
        StateStore { sidecar: self.clone(), name: name.into() }
    }
}

impl StateStore {
    /// Whether something is kept under the key, which has only characters that a path has.
    ///
    /// # Errors
    /// [`SidecarError`], where that cannot be said.
    pub async fn has(&self, key: &str) -> Result<bool, SidecarError> {
        let path = format!("/v1.0/state/{}/{key}", self.name);
        let value = self.sidecar.ask((Method::GET, path.as_str()), None, ANSWER_WITHIN).await?;
        Ok(!value.is_empty())
    }

    /// Keeps the value for so long, unless something is kept under the key: the first one stays.
    ///
    /// # Errors
    /// [`SidecarError`], where it is not known to be kept. Not every store says that something is there in a way that is known here.
    pub async fn keep_first(&self, key: &str, value: &Value, kept_for: Duration) -> Result<(), SidecarError> {
        let body = json!([{
            "key": key, "value": value,
            "options": {"concurrency": "first-write", "consistency": "strong"},
            "metadata": {"ttlInSeconds": kept_for.as_secs().to_string()},
        }]);
        let path = format!("/v1.0/state/{}", self.name);
        match self.sidecar.ask((Method::POST, path.as_str()), Some(&body), ANSWER_WITHIN).await {
            Ok(_) | Err(SidecarError::Refused { status: StatusCode::CONFLICT, .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
