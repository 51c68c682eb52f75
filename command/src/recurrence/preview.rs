//! `POST /recurrences/preview`

use axum::Json;
use domain::task::{Due, RecurrencePreview};
use platform::http::{JsonObject, QueryParams};
use platform::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use crate::bodies::{PreviewBody, PreviewedDueBody};
use crate::failure::invalid;

/// How many due dates are looked ahead.
const NEXT_MAX: usize = 5;

/// What a recurrence would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewedRecurrence {
    /// It in plain English.
    #[schema(example = "every month on the last day")]
    pub words: String,
    /// The next five due dates after the one that was given, in its form, if each task is completed when it is due; fewer where the
    /// recurrence ends.
    #[schema(value_type = Vec<PreviewedDueBody>, max_items = 5)]
    pub next: Vec<Due>,
}

/// Says in words what a recurrence does and when the tasks after the first would be due, and makes nothing.
///
/// It reads and writes no log, so it takes neither `If-Match` nor `Idempotency-Key`. What `POST /tasks` would refuse of these fields is
/// refused alike.
#[utoipa::path(
    post,
    path = "/recurrences/preview",
    tag = "tasks",
    request_body(content = PreviewBody, description = "`recurrence_pattern`, and `due_date` or `due_at` with `time_zone`"),
    responses((status = 200, description = "What it would do", body = PreviewedRecurrence))
)]
pub async fn preview_recurrence(
    params: QueryParams,
    JsonObject(body): JsonObject,
) -> Result<Json<PreviewedRecurrence>, Problem> {
    params.allow(&[], &[])?;
    let preview = RecurrencePreview::from_json(&body).map_err(invalid)?;
    Ok(Json(PreviewedRecurrence { words: preview.words(), next: preview.next(NEXT_MAX) }))
}
