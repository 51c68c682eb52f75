use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, Request, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;
use utoipa_axum::routes;

use super::*;
use crate::http::{JsonObject, PathUuid, QueryParams};
use crate::problem::{CONTENT_TYPE, Problem};

#[utoipa::path(post, path = "/things", responses((status = 200, description = "How many members"), (status = 422, description = "Not valid")))]
async fn count(JsonObject(object): JsonObject) -> String {
    object.len().to_string()
}

#[utoipa::path(get, path = "/things", responses((status = 200, description = "The things")))]
async fn list(params: QueryParams) -> Result<String, Problem> {
    params.allow(&["limit"], &[])?;
    Ok(params.one("limit").unwrap_or("none").to_owned())
}

#[utoipa::path(get, path = "/things/{id}", params(("id" = uuid::Uuid, Path)), responses((status = 404, description = "No such thing")))]
async fn get(PathUuid(id): PathUuid) -> String {
    id.to_string()
}

#[utoipa::path(get, path = "/panic", responses((status = 200, description = "Never")))]
async fn panic() -> String {
    panic!("a fault of the handler")
}

#[utoipa::path(get, path = "/slow", responses((status = 200, description = "Never")))]
async fn slow() -> Result<String, Infallible> {
    std::future::pending().await
}

#[utoipa::path(post, path = "/slow", responses((status = 200, description = "Never")))]
async fn slow_write() -> Result<String, Infallible> {
    std::future::pending().await
}

fn api() -> OpenApiRouter {
    // Two routers share a path, as commands and queries do.
    let writes = OpenApiRouter::new().routes(routes!(count)).routes(routes!(slow_write));
    let reads =
        OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(panic)).routes(routes!(slow));
    writes.merge(reads)
}

fn app() -> (Router, Health) {
    let health = Health::new();
    (App::new(health.clone(), Metrics::install()).router(api()), health)
}

async fn send(request: Request<Body>) -> Response {
    app().0.oneshot(request).await.unwrap()
}

async fn get_path(path: &str) -> Response {
    send(Request::get(path).body(Body::empty()).unwrap()).await
}

async fn body(response: Response) -> Bytes {
    response.into_body().collect().await.unwrap().to_bytes()
}

async fn problem(response: Response) -> (u16, String) {
    assert_eq!(response.headers()[header::CONTENT_TYPE], CONTENT_TYPE);
    let status = response.status().as_u16();
    let json: Value = serde_json::from_slice(&body(response).await).unwrap();
    assert_eq!(json["status"], status);
    (status, json["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned())
}

fn json(content_type: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post("/things").header(header::CONTENT_TYPE, content_type).body(body.into()).unwrap()
}

#[tokio::test]
async fn given_a_json_object_when_posted_under_any_spelling_of_its_type_then_read() {
    for content_type in ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"] {
        let response = send(json(content_type, r#"{"a":1,"b":2}"#)).await;
        assert_eq!(
            (response.status(), body(response).await.as_ref()),
            (StatusCode::OK, b"2".as_ref()),
            "{content_type}"
        );
    }
}

#[tokio::test]
async fn given_bodies_that_cannot_be_taken_when_posted_then_each_has_its_problem() {
    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(1024 * 1024));
    let cases = [
        (json("text/plain", "{}"), 415, "unsupported-media-type"),
        (Request::post("/things").body(Body::from("{}")).unwrap(), 415, "unsupported-media-type"),
        (json("application/json", large), 413, "payload-too-large"),
        (json("application/json", "{"), 400, "malformed"),
        (json("application/json", ""), 400, "malformed"),
        (json("application/json", vec![b'{', 0xff, b'}']), 400, "malformed"),
        (json("application/json", "[1]"), 422, "invalid"),
    ];
    for (request, status, slug) in cases {
        assert_eq!(problem(send(request).await).await, (status, slug.to_owned()));
    }
}

#[tokio::test]
async fn given_paths_and_methods_that_are_not_there_then_problems() {
    assert_eq!(problem(get_path("/nothing").await).await, (404, "not-found".into()));
    assert_eq!(problem(get_path("/things/not-an-id").await).await, (404, "not-found".into()));
    assert_eq!(problem(get_path("/things/%ff").await).await, (404, "not-found".into()));
    assert_eq!(problem(get_path("/things?limt=1").await).await, (422, "invalid".into()));
    let response = send(Request::delete("/things").body(Body::empty()).unwrap()).await;
    let allow = response.headers()[header::ALLOW].to_str().unwrap().to_owned();
    assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
    assert_eq!(problem(response).await, (405, "method-not-allowed".into()));
}

#[tokio::test]
async fn given_a_handler_that_panics_then_a_500_and_the_server_goes_on() {
    assert_eq!(problem(get_path("/panic").await).await, (500, "internal".into()));
    assert_eq!(get_path("/livez").await.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn given_a_handler_that_hangs_then_503_at_the_deadline_which_says_what_a_write_may_have_done() {
    assert_eq!(problem(get_path("/slow").await).await, (503, "unavailable".into()));
    let response = send(Request::post("/slow").body(Body::empty()).unwrap()).await;
    assert!(response.headers().contains_key(header::RETRY_AFTER));
    assert_eq!(problem(response).await, (503, "outcome-unknown".into()));
}

#[tokio::test]
async fn given_a_fallback_then_it_is_asked_where_no_route_is_and_nowhere_else() {
    let fallback = Router::new().fallback(async || "asked");
    let router = App { fallback: Some(fallback), ..App::new(Health::new(), Metrics::install()) }.router(api());
    let ask = |request: Request<Body>| router.clone().oneshot(request);
    for request in [Request::get("/nothing"), Request::get("/things/1/2"), Request::post("/nothing")] {
        assert_eq!(body(ask(request.body(Body::empty()).unwrap()).await.unwrap()).await, "asked");
    }
    let response = ask(Request::delete("/things").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(problem(response).await, (405, "method-not-allowed".into()));
    let response = ask(Request::get("/things?limt=1").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(problem(response).await, (422, "invalid".into()));
}

#[tokio::test]
async fn given_a_component_down_then_readyz_says_which() {
    let (router, health) = app();
    let kafka = health.component("kafka");
    let ask = || router.clone().oneshot(Request::get("/readyz").body(Body::empty()).unwrap());
    let response = ask().await.unwrap();
    assert_eq!(response.status(), 503);
    let json: Value = serde_json::from_slice(&body(response).await).unwrap();
    assert_eq!(json["components"]["kafka"], "starting");
    kafka.ready();
    assert_eq!(ask().await.unwrap().status(), 200);
}

#[tokio::test]
async fn given_a_process_that_drains_then_it_is_not_ready_and_answers_on_each_connection_for_the_last_time() {
    let draining = Shutdown::new();
    let app = App { draining: draining.clone(), ..App::new(Health::new(), Metrics::install()) };
    let router = app.router(api());
    let ask = |path: &str| router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap());
    let before = ask("/readyz").await.unwrap();
    assert_eq!((before.status(), before.headers().get(header::CONNECTION)), (StatusCode::OK, None));
    draining.request();
    let response = ask("/readyz").await.unwrap();
    assert_eq!(response.status(), 503);
    let json: Value = serde_json::from_slice(&body(response).await).unwrap();
    assert_eq!(json["components"]["process"], "shutting down");
    let served = ask("/things").await.unwrap();
    assert_eq!((served.status(), &served.headers()[header::CONNECTION]), (StatusCode::OK, &"close".parse().unwrap()));
}

#[tokio::test]
async fn given_requests_when_metrics_are_read_then_labels_hold_the_route_and_never_the_path() {
    get_path("/things/01234567-89ab-7def-8123-456789abcdef").await;
    get_path("/some/random/path").await;
    let text = String::from_utf8(body(get_path("/metrics").await).await.to_vec()).unwrap();
    assert!(text.contains(r#"http_requests_total{method="GET",route="/things/{id}",status="2xx"}"#), "{text}");
    assert!(text.contains(r#"route="unmatched",status="4xx""#), "{text}");
    assert!(text.contains("http_request_duration_seconds_bucket") && text.contains("process_resident_memory_bytes"));
    assert!(!text.contains("456789abcdef") && !text.contains("random"), "{text}");
}

#[tokio::test]
async fn given_two_routers_on_one_path_then_the_document_has_both_and_errors_are_problems() {
    let response = get_path("/openapi.json").await;
    let json: Value = serde_json::from_slice(&body(response).await).unwrap();
    assert_eq!(json["openapi"].as_str().unwrap().get(..3), Some("3.1"));
    assert!(json["paths"]["/things"]["get"].is_object() && json["paths"]["/things"]["post"].is_object());
    let schema = &json["paths"]["/things"]["post"]["responses"]["422"]["content"][CONTENT_TYPE]["schema"];
    assert_eq!(schema["$ref"], "#/components/schemas/Problem");
    let unavailable = &json["paths"]["/readyz"]["get"]["responses"]["503"];
    assert!(unavailable["headers"]["Retry-After"].is_object(), "{unavailable}");
    assert!(json["components"]["schemas"]["Problem"]["properties"]["errors"].is_object());
    assert_eq!(serde_json::to_value(App::openapi(api())).unwrap(), json);
}

#[tokio::test]
async fn given_the_docs_page_then_every_asset_it_names_comes_from_here() {
    let page = String::from_utf8(body(get_path("/docs/").await).await.to_vec()).unwrap();
    let assets: Vec<&str> =
        page.split(['"', '\'']).filter(|part| part.ends_with(".js") || part.ends_with(".css")).collect();
    assert!(assets.len() >= 3, "{page}");
    assert!(!page.contains("http://") && !page.contains("https://"), "{page}");
    for asset in assets {
        let response = get_path(&format!("/docs/{}", asset.trim_start_matches("./"))).await;
        assert_eq!(response.status(), 200, "{asset}");
        assert!(!body(response).await.is_empty(), "{asset}");
    }
}

#[tokio::test]
async fn given_the_docs_page_then_it_runs_what_comes_from_here_alone_and_names_no_other_server() {
    for path in ["/docs/", "/docs/swagger-ui-bundle.js", "/docs/swagger-initializer.js"] {
        let response = get_path(path).await;
        let told = |name: HeaderName| response.headers().get(name).map_or("", |value| value.to_str().unwrap());
        let policy = told(header::CONTENT_SECURITY_POLICY);
        let directives: Vec<&str> = policy.split("; ").collect();
        for part in ["default-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", "object-src 'none'"] {
            assert!(directives.contains(&part), "{path}: {policy}");
        }
        // Pictures aside, what is loaded comes from this origin, and nothing that is written into the page runs.
        assert_eq!(directives.iter().filter(|part| part.contains("-src")).count(), 3, "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"), "{policy}");
        assert_eq!(told(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    }
    let config = String::from_utf8(body(get_path("/docs/swagger-initializer.js").await).await.to_vec()).unwrap();
    assert!(config.contains("/openapi.json") && config.contains(r#""layout": "BaseLayout""#), "{config}");
    assert!(!config.contains("http://") && !config.contains("https://"), "{config}");
}
