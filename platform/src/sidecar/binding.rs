//! What goes out by an output binding.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use super::{Sidecar, SidecarError};

/// How long an answer may take: behind it is somebody else's server, which has taken it over by then.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// An output binding of the sidecar. Clones are the same one.
#[derive(Debug, Clone)]
pub struct OutputBinding {
    sidecar: Sidecar,
    name: String,
}

impl Sidecar {
    /// The component called `name`.
    #[must_use]
    pub fn output_binding(&self, name: impl Into<String>) -> OutputBinding {
        OutputBinding { sidecar: self.clone(), name: name.into() }
    }
}

impl OutputBinding {
    /// Has the operation `create` done with `data`.
    ///
    /// # Errors
    /// [`SidecarError`]; where it was silent, it may be done all the same.
    pub async fn create(&self, metadata: &BTreeMap<&str, &str>, data: &Value) -> Result<(), SidecarError> {
        let body = json!({"operation": "create", "metadata": metadata, "data": data});
        let path = format!("/v1.0/bindings/{}", self.name);
        self.sidecar.ask((Method::POST, path.as_str()), Some(&body), ANSWER_WITHIN).await.map(drop)
    }
}
