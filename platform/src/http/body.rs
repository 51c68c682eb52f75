//! Reading a body within its limit.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;

use crate::problem::Problem;

/// The largest body that is read, in bytes.
pub const BODY_MAX_BYTES: usize = 1024 * 1024;

/// How much of a body over the limit is read and thrown away, in bytes, so that an honest client that
/// is still sending gets to see the answer instead of a reset connection.
const DRAIN_MAX_BYTES: usize = 16 * BODY_MAX_BYTES;

/// Reads the whole body.
///
/// # Errors
/// 413 when it is over [`BODY_MAX_BYTES`], 400 when the connection breaks or the framing is wrong.
pub async fn read_body(mut body: Body) -> Result<Bytes, Problem> {
    let mut read = Vec::new();
    let mut total_bytes = 0_usize;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Problem::malformed(format!("the body cannot be read: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        total_bytes = total_bytes.saturating_add(data.len());
        if total_bytes > DRAIN_MAX_BYTES {
            break;
        }
        if total_bytes > BODY_MAX_BYTES {
            read = Vec::new();
        } else {
            read.extend_from_slice(&data);
        }
    }
    if total_bytes > BODY_MAX_BYTES {
        return Err(Problem::too_large(format!(
            "the body is over {BODY_MAX_BYTES} bytes (1 MiB), the most this server reads"
        )));
    }
    Ok(read.into())
}

/// Checks that `Content-Type` is one of `accepted` (lower case, without parameters); case and
/// parameters of the header do not matter.
///
/// # Errors
/// 415 naming what is accepted.
pub fn require_content_type(headers: &HeaderMap, accepted: &[&str]) -> Result<(), Problem> {
    let wanted = || accepted.join(" or ");
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Err(Problem::unsupported_media_type(format!("Content-Type is missing; send {}", wanted())));
    };
    let value = String::from_utf8_lossy(value.as_bytes());
    let essence = value.split(';').next().unwrap_or_default().trim();
    if accepted.iter().any(|media| media.eq_ignore_ascii_case(essence)) {
        Ok(())
    } else {
        Err(Problem::unsupported_media_type(format!("Content-Type is {essence:?}; send {}", wanted())))
    }
}
