//! The OpenAPI document and the page that shows it.

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::middleware::map_response;
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Components, Content, Info, OpenApi, Ref, RefOr, Response};
use utoipa::{PartialSchema, ToSchema};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::security::secure;
use crate::problem::{CONTENT_TYPE, FieldError, Problem, ProblemBody};

const DOCUMENT_PATH: &str = "/openapi.json";

/// Everything from this origin, as the page has it; its style sheets have their small pictures in them.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; object-src 'none'";

/// Completes a document made from handlers: title and version, the `Problem` schema, problem+json as the
/// content of every declared error answer that names none, and `Retry-After` on every 503. So a handler only
/// writes `(status = 404, description = "…")`.
#[must_use]
pub fn finish_openapi(mut openapi: OpenApi) -> OpenApi {
    openapi.info = Info::new("Tasklog", env!("CARGO_PKG_VERSION"));
    openapi.info.description = Some("A task manager whose every change is an event.".to_owned());
    let components = openapi.components.get_or_insert_with(Components::new);
    components.schemas.insert(ProblemBody::name().into_owned(), ProblemBody::schema());
    components.schemas.insert(FieldError::name().into_owned(), FieldError::schema());
    for item in openapi.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in operations.into_iter().flatten() {
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response
                    && is_error(status)
                {
                    describe_problem(response);
                    if status == "503" {
                        describe_retry(response);
                    }
                }
            }
        }
    }
    openapi
}

fn is_error(status: &str) -> bool {
    status.starts_with('4') || status.starts_with('5')
}

fn describe_problem(response: &mut Response) {
    if response.content.is_empty() {
        let schema = Ref::from_schema_name(ProblemBody::name());
        response.content.insert(CONTENT_TYPE.to_owned(), RefOr::T(Content::new(Some(schema))));
    }
}

fn describe_retry(response: &mut Response) {
    let seconds = ObjectBuilder::new().schema_type(Type::Integer);
    let header = HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds to wait before trying again"));
    response.headers.insert("Retry-After".to_owned(), RefOr::T(header.build()));
}

/// `/openapi.json` and `/docs`. The page's assets come out of the binary, so it works offline.
pub(super) fn routes(openapi: OpenApi) -> Router {
    let document = Bytes::from(serde_json::to_vec(&openapi).expect("an OpenAPI document always serializes"));
    let answer = move || std::future::ready(([(header::CONTENT_TYPE, "application/json")], document.clone()));
    // The bar above asks for the address of another document, which the policy forbids to load, and has styles in its picture; the
    // validator is somebody else's server.
    let config = Config::from(DOCUMENT_PATH).try_it_out_enabled(true).use_base_layout().validator_url("none");
    let page = SwaggerUi::new("/docs").config(config);
    Router::from(page).layer(map_response(as_ours)).route(DOCUMENT_PATH, get(answer))
}

/// With what the browser is told of a page of ours; the page's own 404 has no body.
async fn as_ours(mut answer: axum::response::Response) -> axum::response::Response {
    if answer.status() == StatusCode::NOT_FOUND {
        return Problem::not_found("the API docs have no such file").into_response();
    }
    secure(answer.headers_mut(), CONTENT_SECURITY_POLICY);
    answer
}
