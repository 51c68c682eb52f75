//! What the sidecar is shown by those who ask it.

use axum::http::HeaderValue;

use crate::config::Secret;

/// Why a token cannot be shown. What it is, is not told.
#[derive(Debug, thiserror::Error)]
#[error("DAPR_API_TOKEN has a character that no HTTP header has, such as the end of a line")]
pub struct NoToken;

/// The token as the header that carries it, which no log line shows.
///
/// # Errors
/// [`NoToken`] when no header can.
pub fn shown(token: &Secret) -> Result<HeaderValue, NoToken> {
    let mut header = HeaderValue::from_bytes(token.reveal().as_bytes()).map_err(|_| NoToken)?;
    header.set_sensitive(true);
    Ok(header)
}
