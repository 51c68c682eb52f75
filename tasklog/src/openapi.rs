//! `tasklog openapi`: the API's contract, from the code that serves it.

use std::process::ExitCode;

use platform::http::App;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::stdout;

pub fn run() -> anyhow::Result<ExitCode> {
    stdout::print(&format!("{}\n", document().to_pretty_json()?))?;
    Ok(ExitCode::SUCCESS)
}

/// The document of the whole API, as `tasklog up` serves it.
pub fn document() -> OpenApi {
    let mut contract = command::contract();
    contract.merge(projection::contract());
    contract.merge(process::contract());
    contract.merge(process::notify_contract());
    contract.merge(gateway::contract());
    App::openapi(OpenApiRouter::with_openapi(contract))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First segments of the page's own paths.
    const OF_THE_PAGE: [&str; 10] =
        ["today", "upcoming", "all", "search", "tag", "filter", "task", "ops", "settings", "assets"];

    #[test]
    fn given_the_pages_own_paths_then_no_call_of_the_api_begins_with_one() {
        let document = document();
        let taken: Vec<&String> =
            document.paths.paths.keys().filter(|path| OF_THE_PAGE.contains(&path.split('/').nth(1).unwrap())).collect();
        assert!(taken.is_empty(), "{taken:?}");
    }
}
