//! The routes every role has: `/livez`, `/readyz`, `/metrics`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use crate::health;

pub(super) fn routes(app: App) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(livez)).routes(routes!(readyz)).routes(routes!(metrics)).with_state(app)
}

/// The process runs.
#[utoipa::path(get, path = "/livez", tag = "operations", responses((status = 200, description = "It runs", body = String, content_type = "text/plain")))]
async fn livez() -> &'static str {
    "ok\n"
}

/// Which parts can serve.
#[derive(Debug, Serialize, ToSchema)]
struct Readiness {
    /// True when every part is.
    ready: bool,
    /// `ready`, or why not, for each part.
    components: BTreeMap<String, String>,
}

/// Every part of the process can serve.
#[utoipa::path(get, path = "/readyz", tag = "operations", responses(
    (status = 200, description = "All parts are ready", body = Readiness),
    (status = 503, description = "A part is not ready", body = Readiness),
))]
async fn readyz(State(app): State<App>) -> Response {
    let mut components: BTreeMap<String, String> = app
        .health
        .components()
        .into_iter()
        .map(|(name, state)| {
            (
                name,
                match state {
                    health::State::Ready => "ready".to_owned(),
                    health::State::NotReady(reason) => reason,
                },
            )
        })
        .collect();
    if app.draining.is_requested() {
        components.insert("process".to_owned(), "shutting down".to_owned());
    }
    let ready = components.values().all(|state| state == "ready");
    let body = Json(Readiness { ready, components });
    if ready {
        body.into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], body).into_response()
    }
}

/// Counters, gauges and histograms in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "operations", responses((status = 200, description = "The metrics", body = String, content_type = "text/plain")))]
async fn metrics(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics.render()).into_response()
}
