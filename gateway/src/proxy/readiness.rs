//! Whether the upstreams are ready.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{StatusCode, Uri};
use futures::future::join_all;
use platform::health::Component;
use platform::lifecycle::Shutdown;

use super::upstream::Upstream;
use crate::metric_definitions;

/// Pause between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// How long an upstream may take to say whether it is ready.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// So much of an answer is read, so that its connection can be used again.
const READ_MAX_BYTES: usize = 64 * 1024;

/// Looks at `upstreams` until `shutdown`.
pub(super) async fn watch(upstreams: Vec<Upstream>, component: Component, shutdown: Shutdown) {
    let mut seen = vec![Seen::default(); upstreams.len()];
    loop {
        let looks = join_all(upstreams.iter().map(look));
        let said = tokio::select! {
            said = looks => said,
            () = shutdown.requested() => return,
        };
        for ((upstream, seen), said) in upstreams.iter().zip(&mut seen).zip(said) {
            seen.hear(upstream.name(), said);
        }
        match verdict(&seen) {
            Ok(()) => component.ready(),
            Err(why) => component.not_ready(why),
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = shutdown.requested() => return,
        }
    }
}

/// What is known of an upstream.
#[derive(Debug, Clone, Default)]
struct Seen {
    name: &'static str,
    /// It has been ready once.
    was_ready: bool,
    /// Why it is not ready now.
    not_ready: Option<String>,
}

impl Seen {
    /// Takes in what the upstream says now, and writes down what is new.
    fn hear(&mut self, name: &'static str, said: Result<(), String>) {
        metric_definitions::ready(name, said.is_ok());
        match &said {
            Ok(()) if !self.was_ready || self.not_ready.is_some() => {
                tracing::info!(upstream = name, "an upstream is ready")
            }
            Err(why) if self.was_ready && self.not_ready.is_none() => {
                tracing::warn!(upstream = name, why, "an upstream is not ready any more");
            }
            _ => {}
        }
        *self = Self { name, was_ready: self.was_ready || said.is_ok(), not_ready: said.err() };
    }
}

/// Ready once each upstream has been, and as long as one of them is.
fn verdict(seen: &[Seen]) -> Result<(), String> {
    let started = seen.iter().all(|seen| seen.was_ready);
    if started && seen.iter().any(|seen| seen.not_ready.is_none()) {
        return Ok(());
    }
    let reasons = seen.iter().filter_map(|seen| Some(format!("{} {}", seen.name, seen.not_ready.as_ref()?)));
    Err(reasons.collect::<Vec<_>>().join("; "))
}

/// What an upstream says of itself.
async fn look(upstream: &Upstream) -> Result<(), String> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = upstream.uri(&Uri::from_static("/readyz"));
    let asked = async {
        let response = upstream.send(request).await.map_err(|_| "cannot be reached".to_owned())?;
        let (head, body) = response.into_parts();
        // What it says is for people and read by nobody here.
        let _ = to_bytes(body, READ_MAX_BYTES).await;
        match head.status {
            StatusCode::OK => Ok(()),
            StatusCode::SERVICE_UNAVAILABLE => Err("is not ready".to_owned()),
            status => Err(format!("answers {status} to GET /readyz")),
        }
    };
    tokio::time::timeout(ANSWER_WITHIN, asked).await.unwrap_or_else(|_| Err("does not answer".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(rounds: &[[bool; 2]]) -> Result<(), String> {
        let mut seen = vec![Seen::default(); 2];
        for round in rounds {
            for ((seen, name), ready) in seen.iter_mut().zip(["command", "query"]).zip(round) {
                seen.hear(name, if *ready { Ok(()) } else { Err("is not ready".to_owned()) });
            }
        }
        verdict(&seen)
    }

    #[test]
    fn given_upstreams_that_start_then_ready_once_each_has_been() {
        assert_eq!(heard(&[[false, false]]).unwrap_err(), "command is not ready; query is not ready");
        assert_eq!(heard(&[[true, false]]).unwrap_err(), "query is not ready");
        assert_eq!(heard(&[[true, false], [true, true]]), Ok(()));
        assert_eq!(heard(&[[true, false], [false, true]]), Ok(()));
    }

    #[test]
    fn given_upstreams_that_were_ready_then_one_that_is_away_is_no_reason_and_all_are() {
        assert_eq!(heard(&[[true, true], [false, true]]), Ok(()));
        assert!(heard(&[[true, true], [false, false]]).is_err());
        assert_eq!(heard(&[[true, true], [false, false], [true, false]]), Ok(()));
    }
}
