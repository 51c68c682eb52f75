//! What process managers answer over HTTP, one endpoint a file.

mod cron;

use std::sync::Arc;

use platform::clock::Clock;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::manager::Timed;

/// What the endpoints share. Cheap to clone.
#[derive(Clone)]
pub struct ProcessState {
    /// Occurrences that come by the time.
    pub recurrence: Arc<dyn Timed>,
    /// Reminders.
    pub reminders: Arc<dyn Timed>,
    /// What time it is.
    pub clock: Clock,
}

/// Every route of the process managers.
pub fn router(state: ProcessState) -> OpenApiRouter {
    routes().with_state(state)
}

/// The OpenAPI entries alone.
pub fn contract() -> OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<ProcessState> {
    OpenApiRouter::new().routes(routes!(cron::tick_recurrence)).routes(routes!(cron::tick_reminders))
}
