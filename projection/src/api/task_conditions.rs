//! The parameters that say which tasks, for the OpenAPI document; `task_params` reads them.

use domain::task::{Priority, Status};
use utoipa::IntoParams;

/// Of every endpoint that filters tasks.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters, is never made")]
pub(super) struct TaskConditions {
    /// Full text: every word must match, the last one as a prefix, with typos forgiven. `"in quotes"` side by side, `-word`
    /// without it, `tag:home`, `status:open`, `priority:high`, `due:<2026-12-01`.
    q: Option<String>,
    /// Any of these statuses; repeat it for several.
    status: Option<Vec<Status>>,
    /// Any of these priorities; repeat it for several.
    priority: Option<Vec<Priority>>,
    /// Every one of these tags; repeat it for several.
    tag: Option<Vec<String>>,
    /// Due on this day or later.
    #[param(example = "2026-12-01")]
    due_from: Option<chrono::NaiveDate>,
    /// Due on this day or earlier.
    due_to: Option<chrono::NaiveDate>,
    /// Only tasks that are pending or in progress and past their due date.
    overdue: Option<bool>,
    /// `none`: only tasks without a due date, so not with `due_from`, `due_to` or `overdue`; `any` is as if it were not given.
    due: Option<String>,
    /// Name of a saved filter (`GET /filters`): answers as if its parameters were given. One that is given beside it replaces the
    /// filter's of the same name, and `due=none` its days and `overdue`, as these do its `due=none`.
    filter: Option<String>,
}
