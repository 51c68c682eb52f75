//! One origin before several processes: each call goes on to the one that answers it.
//!
//! Which calls go where follows from the OpenAPI documents of the routers themselves ([`Proxy::to`]), so the split cannot drift from
//! what the processes serve. Answers pass as they come, and so do bodies; but of a request that may arrive twice one of at most a mebibyte
//! that tells its length is read first, so that it can be sent once more. Nothing is kept.

mod again;
mod forward;
mod hop;
mod readiness;
#[cfg(test)]
mod tests;
mod upstream;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::Method;
use axum::routing::{MethodFilter, on};
use platform::health::Component;
use platform::lifecycle::Shutdown;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{OpenApi, RefOr};
use utoipa_axum::router::OpenApiRouter;

use self::forward::forward;
pub use self::upstream::{Upstream, UpstreamError};

/// The longest a request may take until the head of its answer. Longer than an upstream's own deadline, whose answer says more.
pub const DEADLINE: Duration = Duration::from_secs(platform::http::DEADLINE.as_secs() + 5);

/// The calls of several upstreams, under one address.
pub struct Proxy {
    routes: OpenApiRouter,
    upstreams: Vec<Upstream>,
    shutdown: Shutdown,
}

impl Proxy {
    /// A proxy that has no calls yet. Streams that it passes on end when `shutdown` is requested.
    #[must_use]
    pub fn new(shutdown: Shutdown) -> Self {
        crate::metric_definitions::describe();
        Self { routes: OpenApiRouter::new(), upstreams: Vec::new(), shutdown }
    }

    /// Passes on to `upstream` what `calls` describes.
    ///
    /// # Panics
    /// When another upstream has one of the calls already, which is a fault of the program.
    #[must_use]
    pub fn to(mut self, upstream: Upstream, calls: OpenApi) -> Self {
        for (path, item) in &calls.paths.paths {
            if let Some(methods) = methods(item) {
                let (upstream, shutdown, keyed) = (upstream.clone(), self.shutdown.clone(), keyed(item));
                let pass_on =
                    move |request: Request| forward(upstream.clone(), shutdown.clone(), keyed.clone(), request);
                self.routes = self.routes.route(path, on(methods, pass_on));
            }
        }
        self.routes.get_openapi_mut().merge(calls);
        self.upstreams.push(upstream);
        self
    }

    /// The routes of all calls, with their OpenAPI entries.
    #[must_use]
    pub fn routes(&self) -> OpenApiRouter {
        self.routes.clone()
    }

    /// Asks the upstreams until `shutdown` whether they are ready, and says so by `component`: not ready until each of them has been,
    /// and then as long as one of them is. That one of them is away is no reason to take the page away too, and the calls of the others.
    pub async fn watch(self, component: Component, shutdown: Shutdown) {
        readiness::watch(self.upstreams, component, shutdown).await;
    }
}

/// The methods of a path.
fn methods(item: &PathItem) -> Option<MethodFilter> {
    let described = [
        (&item.get, MethodFilter::GET),
        (&item.put, MethodFilter::PUT),
        (&item.post, MethodFilter::POST),
        (&item.patch, MethodFilter::PATCH),
        (&item.delete, MethodFilter::DELETE),
    ];
    described.into_iter().filter_map(|(operation, method)| operation.as_ref().map(|_| method)).reduce(MethodFilter::or)
}

/// The methods of a path that take an `Idempotency-Key`.
fn keyed(item: &PathItem) -> Arc<[Method]> {
    let described = [
        (&item.put, Method::PUT),
        (&item.post, Method::POST),
        (&item.patch, Method::PATCH),
        (&item.delete, Method::DELETE),
    ];
    let takes_key = |operation: &Operation| {
        operation.parameters.iter().flatten().any(|parameter| match parameter {
            RefOr::T(parameter) => parameter.name.eq_ignore_ascii_case("Idempotency-Key"),
            RefOr::Ref(_) => false,
        })
    };
    let keyed = described
        .into_iter()
        .filter_map(|(operation, method)| operation.as_ref().filter(|operation| takes_key(operation)).map(|_| method));
    keyed.collect()
}
