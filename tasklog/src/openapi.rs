//! `tasklog openapi`: the API's contract, from the code that serves it.

use std::process::ExitCode;

use platform::http::App;
use utoipa_axum::router::OpenApiRouter;

use crate::stdout;

pub fn run() -> anyhow::Result<ExitCode> {
    let mut contract = command::contract();
    contract.merge(projection::contract());
    contract.merge(process::contract());
    let document = App::openapi(OpenApiRouter::with_openapi(contract)).to_pretty_json()?;
    stdout::print(&format!("{document}\n"))?;
    Ok(ExitCode::SUCCESS)
}
