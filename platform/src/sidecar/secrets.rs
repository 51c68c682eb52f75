//! Configuration out of a secret store: read at start, before anything is started.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use clap::{Arg, Command};
use tokio::time::Instant;

use super::{Sidecar, SidecarError};

/// A sidecar starts along with its process, and may take this long with it.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the sidecar may take for one of them: the store may be elsewhere.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// The first pause before it is asked again; each one is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// But not longer than this.
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Secrets of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretsWanted {
    store: String,
    names: Vec<String>,
    patience: Duration,
}

/// Why configuration cannot be had from a secret store.
#[derive(Debug, thiserror::Error)]
pub enum NoSecrets {
    /// Secrets are named, and no store.
    #[error("DAPR_SECRETS is set and DAPR_SECRET_STORE is not: name the component that has them")]
    Store,
    /// A name that would not be one in a path.
    #[error("{0:?} in DAPR_SECRET_STORE or DAPR_SECRETS is no name: letters, digits, dots, hyphens and underscores")]
    Name(String),
    /// The sidecar was asked for as long as it may take.
    #[error("{secret} cannot be read")]
    Sidecar {
        /// Which one, for people.
        secret: String,
        /// What came of the last question.
        #[source]
        source: SidecarError,
    },
}

impl SecretsWanted {
    /// The secrets called `names`, separated by commas, of `store`; `None` where none are named.
    ///
    /// # Errors
    /// [`NoSecrets::Store`] and [`NoSecrets::Name`].
    pub fn new(store: Option<&str>, names: Option<&str>) -> Result<Option<Self>, NoSecrets> {
        let names = names.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
        let names: Vec<String> = names.map(str::to_owned).collect();
        if names.is_empty() {
            return Ok(None);
        }
        let store = store.filter(|store| !store.is_empty()).ok_or(NoSecrets::Store)?.to_owned();
        let named = |name: &str| name.chars().all(|it| it.is_ascii_alphanumeric() || ".-_".contains(it));
        if let Some(odd) = std::iter::once(&store).chain(&names).find(|name| !named(name)) {
            return Err(NoSecrets::Name(odd.clone()));
        }
        Ok(Some(Self { store, names, patience: PATIENCE }))
    }
}

impl Sidecar {
    /// The values of the secrets, each under its own name. A secret that holds several, as those of Kubernetes do, gives all of them.
    ///
    /// The sidecar may still be starting, and so may what stands behind it: it is asked again, and that is told.
    ///
    /// # Errors
    /// [`NoSecrets::Sidecar`], at once where the secret is not for this process, else after a minute.
    pub async fn secrets(&self, wanted: &SecretsWanted) -> Result<BTreeMap<String, String>, NoSecrets> {
        let until = Instant::now() + wanted.patience;
        let mut values = BTreeMap::new();
        for name in &wanted.names {
            let found = self.patiently(&wanted.store, name, until).await;
            let of = |source| NoSecrets::Sidecar { secret: format!("secret {name} of {}", wanted.store), source };
            values.extend(found.map_err(of)?);
        }
        Ok(values)
    }

    async fn patiently(
        &self,
        store: &str,
        name: &str,
        until: Instant,
    ) -> Result<BTreeMap<String, String>, SidecarError> {
        let (mut pause, mut told) = (FIRST_PAUSE, false);
        loop {
            let error = match self.secret(store, name).await {
                Ok(values) => return Ok(values),
                Err(error) => error,
            };
            let forbidden = matches!(&error, SidecarError::Refused { status, .. } if *status == StatusCode::FORBIDDEN);
            if forbidden || Instant::now() + pause > until {
                return Err(error);
            }
            if !told {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(store, secret = name, error, "a secret cannot be read yet, trying again");
                told = true;
            }
            tokio::time::sleep(pause).await;
            pause = (2 * pause).min(PAUSE_MAX);
        }
    }

    async fn secret(&self, store: &str, name: &str) -> Result<BTreeMap<String, String>, SidecarError> {
        let path = format!("/v1.0/secrets/{store}/{name}");
        let answer = self.ask((Method::GET, path.as_str()), None, ANSWER_WITHIN).await?;
        // What is wrong with it is not told: it would show the secret.
        serde_json::from_slice(&answer).map_err(|_| SidecarError::Unreadable("the secret is no object of texts"))
    }
}

/// The same command line, which takes these values where neither it nor the environment has one for the variable of the name. They are not
/// in `--help`, nor in the environment of this process and of those that it starts.
#[must_use]
pub fn fill(command: Command, values: &BTreeMap<String, String>) -> Command {
    let fill = |argument: Arg| {
        let value = argument.get_env().and_then(OsStr::to_str).and_then(|name| values.get(name));
        match value {
            Some(value) => {
                // A default lasts as long as the command line: as the process.
                let value: &'static str = Box::leak(value.clone().into_boxed_str());
                argument.default_value(value).hide_default_value(true)
            }
            None => argument,
        }
    };
    command.mut_args(fill).mut_subcommands(|subcommand| subcommand.mut_args(fill))
}

#[cfg(test)]
mod tests;
