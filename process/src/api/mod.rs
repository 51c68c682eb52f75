//! What process managers answer over HTTP, one endpoint a file.

mod cron;
mod dapr;
mod deliveries;
mod notification_settings;
mod troubled_deliveries;

mod get_tag_rename;
mod list_tag_renames;
mod list_timers;
mod rename_tag;

use std::sync::Arc;

use platform::clock::Clock;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::delivery::Notify;
use crate::manager::Timed;
use crate::tag_renames::TagRenames;

pub use dapr::{SidecarOptions, dapr_router};

/// What the endpoints of the role `process` share. Cheap to clone.
#[derive(Clone)]
pub struct ProcessState {
    /// Occurrences that come by the time.
    pub recurrence: Arc<dyn Timed>,
    /// Reminders.
    pub reminders: Arc<dyn Timed>,
    /// Renames of tags.
    pub tag_renames: TagRenames,
    /// What time it is.
    pub clock: Clock,
}

/// Every route of the role `process`.
pub fn router(state: ProcessState) -> OpenApiRouter {
    of_process().with_state(state)
}

/// Every route of the role `notify`.
pub fn notify_router(notify: Notify) -> OpenApiRouter {
    of_notify().with_state(notify)
}

/// The OpenAPI entries of the role `process` alone.
pub fn contract() -> OpenApi {
    of_process().into_openapi()
}

/// The OpenAPI entries of the role `notify` alone.
pub fn notify_contract() -> OpenApi {
    of_notify().into_openapi()
}

fn of_process() -> OpenApiRouter<ProcessState> {
    OpenApiRouter::new()
        .routes(routes!(cron::tick_recurrence))
        .routes(routes!(cron::tick_reminders))
        .routes(routes!(rename_tag::rename_tag))
        .routes(routes!(list_tag_renames::list_tag_renames))
        .routes(routes!(get_tag_rename::get_tag_rename))
        .routes(routes!(list_timers::list_timers))
}

fn of_notify() -> OpenApiRouter<Notify> {
    OpenApiRouter::new()
        .routes(routes!(notification_settings::get_settings, notification_settings::put_settings))
        .routes(routes!(deliveries::list_deliveries))
        .routes(routes!(troubled_deliveries::list_troubled_deliveries))
}
