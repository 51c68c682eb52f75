//! Configuration that is in the secret store of a Dapr sidecar.
//!
//! Logs and traces are set up by then, so that whoever waits for the sidecar can read what is waited for: their own settings are not read
//! from there.

use clap::{CommandFactory as _, FromArgMatches as _};
use platform::config::SidecarArgs;
use platform::sidecar::fill;

use crate::{Arguments, What};

/// What is to be done, with the secrets that are wanted where nothing else was said; without any, as it is.
pub async fn filled_in(what: What, sidecar: &SidecarArgs) -> anyhow::Result<What> {
    let Some(wanted) = sidecar.secrets()? else { return Ok(what) };
    let values = sidecar.sidecar().secrets(&wanted).await?;
    let names: Vec<&String> = values.keys().collect();
    tracing::info!(?names, "configuration was read from the secret store");
    let matches = fill(Arguments::command(), &values).get_matches();
    Ok(Arguments::from_arg_matches(&matches)?.what)
}
