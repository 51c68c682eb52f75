//! The query API over HTTP, one endpoint a file. The router is its table of contents.

mod answer;
mod as_of;
mod consistency;
mod failure;
mod state;

mod calendar_feed;
mod cancel_rebuild;
mod completed_stats;
mod drop_dead_letter;
mod events;
mod export_tasks;
mod filters;
mod get_reminder;
mod get_task;
mod list_dead_letters;
mod list_projections;
mod list_reminders;
mod list_subtasks;
mod list_tags;
mod list_task_reminders;
mod list_tasks;
mod rebuild_projection;
mod retry_dead_letter;
mod roll_back_projection;
mod task_conditions;
mod task_history;
mod task_params;

pub use state::QueryState;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Every route of the query API.
pub fn router(state: QueryState) -> OpenApiRouter {
    routes().with_state(state)
}

/// The OpenAPI entries alone.
pub fn contract() -> OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<QueryState> {
    OpenApiRouter::new()
        .routes(routes!(list_tasks::list_tasks))
        .routes(routes!(calendar_feed::calendar_feed))
        .routes(routes!(export_tasks::export_tasks))
        .routes(routes!(get_task::get_task))
        .routes(routes!(task_history::task_history))
        .routes(routes!(list_subtasks::list_subtasks))
        .routes(routes!(list_task_reminders::list_task_reminders))
        .routes(routes!(list_reminders::list_reminders))
        .routes(routes!(get_reminder::get_reminder))
        .routes(routes!(list_tags::list_tags))
        .routes(routes!(completed_stats::completed_stats))
        .routes(routes!(events::events))
        .routes(routes!(filters::list::list_filters, filters::create::create_filter))
        .routes(routes!(filters::get::get_filter, filters::change::change_filter, filters::delete::delete_filter))
        .routes(routes!(list_projections::list_projections))
        .routes(routes!(rebuild_projection::rebuild_projection, cancel_rebuild::cancel_rebuild))
        .routes(routes!(roll_back_projection::roll_back_projection))
        .routes(routes!(list_dead_letters::list_dead_letters))
        .routes(routes!(drop_dead_letter::drop_dead_letter))
        .routes(routes!(retry_dead_letter::retry_dead_letter))
}
