//! A role's whole HTTP application: its own routes, everyone's routes, and the layers around them.

use std::time::Duration;

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use super::layers::{self, Around};
use super::{docs, system};
use crate::health::Health;
use crate::lifecycle::Shutdown;
use crate::metrics::Metrics;

/// The longest a request may take until the head of its answer, which then is 503. An answer that
/// streams (server-sent events) may go on for as long as it likes.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// What the routes every role has need to answer, and what a role may have otherwise than the others.
#[derive(Debug, Clone)]
pub struct App {
    /// Answered by `/readyz`.
    pub health: Health,
    /// Answered by `/metrics`.
    pub metrics: Metrics,
    /// Asked where there is no route; without it the answer is [`no_such_path`](super::no_such_path).
    pub fallback: Option<Router>,
    /// [`DEADLINE`], or more in a role that waits for the answer of another one.
    pub deadline: Duration,
    /// Once it is requested, `/readyz` says that the process is to end, and connections end with the answer that is under way.
    pub draining: Shutdown,
}

impl App {
    /// An application like those of most roles.
    #[must_use]
    pub fn new(health: Health, metrics: Metrics) -> Self {
        Self { health, metrics, fallback: None, deadline: DEADLINE, draining: Shutdown::new() }
    }

    /// The router to serve: `api` (the merged routes of the role), `/livez /readyz /metrics
    /// /openapi.json /docs`, the fallback or problems for unknown paths, problems for unknown methods, and around each request the
    /// trace, the metrics, the deadline, the net that turns a panic into a 500, and the compression of long JSON.
    pub fn router(mut self, api: OpenApiRouter) -> Router {
        let (fallback, around) = (self.fallback.take(), Around::new(self.deadline, self.draining.clone()));
        let (routes, openapi) = system::routes(self).merge(api).split_for_parts();
        let openapi = docs::finish_openapi(openapi);
        let routes = routes.merge(docs::routes(openapi));
        layers::around(routes, fallback, around)
    }

    /// The OpenAPI 3.1 document of `api` as [`App::router`] serves it, for generated files.
    #[must_use]
    pub fn openapi(api: OpenApiRouter) -> OpenApi {
        let app = Self::new(Health::new(), Metrics::detached());
        docs::finish_openapi(system::routes(app).merge(api).into_openapi())
    }
}

#[cfg(test)]
mod tests;
