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
    // What is wrong with either is said at once, whether this process is going to ask the sidecar or not.
    let (sidecar, wanted) = (sidecar.sidecar()?, sidecar.secrets()?);
    let Some(wanted) = wanted else { return Ok(what) };
    let values = sidecar.secrets(&wanted).await?;
    let names: Vec<&String> = values.keys().collect();
    tracing::info!(?names, "configuration was read from the secret store");
    let matches = fill(Arguments::command(), &values).get_matches();
    Ok(Arguments::from_arg_matches(&matches)?.what)
}

#[cfg(test)]
mod tests {
    use platform::config::Secret;

    use super::*;

    #[tokio::test]
    async fn given_a_token_that_no_header_can_carry_then_no_command_begins() {
        let sidecar = SidecarArgs {
            dapr_http_port: 3500,
            dapr_api_token: Some(Secret::from("hunter2\n".to_owned())),
            dapr_secret_store: None,
            dapr_secrets: None,
        };
        let error = filled_in(What::Openapi, &sidecar).await.unwrap_err();
        assert!(error.to_string().contains("DAPR_API_TOKEN"), "{error}");
    }
}
