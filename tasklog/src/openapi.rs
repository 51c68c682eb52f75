//! `tasklog openapi`: the API's contract, from the code that serves it.

use std::process::ExitCode;

use platform::http::App;
use utoipa_axum::router::OpenApiRouter;

pub fn run() -> anyhow::Result<ExitCode> {
    let mut contract = command::contract();
    contract.merge(projection::contract());
    println!("{}", App::openapi(OpenApiRouter::with_openapi(contract)).to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}
