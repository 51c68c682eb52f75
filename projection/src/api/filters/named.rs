//! `filter=…`: the parameters that a saved filter stands for.

use platform::http::QueryParams;
use platform::problem::Problem;

use super::super::QueryState;
use super::super::failure::ask;
use crate::filters::{self, FilterName};

/// The parameter that names a saved filter.
pub(in crate::api) const FILTER: &str = "filter";

/// The parameters of the filter that `filter` names, as it is now; none where it names none. One row is read, by its key.
///
/// # Errors
/// 422 where there is no such filter; when Postgres cannot be asked.
pub(in crate::api) async fn named(state: &QueryState, params: &QueryParams) -> Result<QueryParams, Problem> {
    let Some(text) = params.one(FILTER) else { return Ok(QueryParams::default()) };
    let name = FilterName::parse(text).map_err(|detail| Problem::invalid_field(FILTER, detail))?;
    match ask(filters::find(&state.pool, state.tenant(), &name)).await? {
        Some(filter) => Ok(filter.query.params()),
        None => {
            let detail = format!("names no saved filter; there is none called {:?}", name.as_str());
            Err(Problem::invalid_field(FILTER, detail))
        }
    }
}
