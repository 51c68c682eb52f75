//! The write API's table of contents.

use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::CommandState;
use crate::{recurrence, reminder, task};

/// Every route of the write API with its OpenAPI entry.
pub fn router(state: CommandState) -> OpenApiRouter {
    routes().with_state(state)
}

/// The OpenAPI entries alone.
pub fn contract() -> OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<CommandState> {
    let mut routes = OpenApiRouter::new()
        .routes(routes!(task::create::create_task))
        .routes(routes!(task::import::import_tasks))
        .routes(routes!(task::bulk::bulk_tasks))
        .routes(routes!(task::quick::quick_task))
        .routes(routes!(task::parse_quick::parse_quick_task))
        .routes(routes!(recurrence::preview::preview_recurrence))
        .routes(routes!(task::update::update_task, task::delete::delete_task))
        .routes(routes!(task::restore::restore_task))
        .routes(routes!(task::skip::skip_task))
        .routes(routes!(task::undo::undo_task))
        .routes(routes!(reminder::create::create_reminder))
        .routes(routes!(reminder::change::change_reminder, reminder::delete::delete_reminder))
        .routes(routes!(reminder::snooze::snooze_reminder));
    crate::contract::complete(routes.get_openapi_mut());
    routes
}
