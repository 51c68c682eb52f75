use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use platform::health::Health;
use platform::http::App;
use platform::metrics::Metrics;
use tower::ServiceExt;
use utoipa_axum::routes;

use super::*;

const SCRIPT: &str = "assets/index-B3rKq0xZ.js";
const JAEGER: &str = "http://jaeger:16686";
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[utoipa::path(get, path = "/tasks", responses((status = 200, description = "The tasks")))]
async fn tasks() -> &'static str {
    "[]"
}

#[utoipa::path(get, path = "/tasks/{id}", responses((status = 200, description = "A task")))]
async fn task() -> &'static str {
    "{}"
}

/// An API with the page of these files beside it, as a role serves them.
fn served(files: &[(&str, &str)]) -> Router {
    let api = OpenApiRouter::new().routes(routes!(tasks)).routes(routes!(task));
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), Bytes::from((*text).to_owned())));
    let settings = Settings::new(JAEGER).unwrap();
    let page = Page::new(files, &App::openapi(api.clone()), settings);
    let app = App { fallback: Some(page.fallback()), ..App::new(Health::new(), Metrics::detached()) };
    app.router(api.merge(page.routes()))
}

fn with_page() -> Router {
    served(&[
        ("index.html", "<!doctype html><title>Tasklog</title>"),
        ("favicon.svg", "<svg/>"),
        (SCRIPT, "console.log('plain')"),
        ("assets/index-B3rKq0xZ.js.br", "brotli"),
        ("assets/index-B3rKq0xZ.js.gz", "gzip"),
        ("assets/inter-Dx4kXJAl.woff2", "font"),
    ])
}

async fn ask(router: &Router, method: Method, path: &str, headers: &[(&str, &str)]) -> (Response<()>, String) {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (Response::from_parts(head, ()), String::from_utf8(body.to_vec()).unwrap())
}

async fn get_as(router: &Router, path: &str, accept: &str) -> (Response<()>, String) {
    ask(router, Method::GET, path, &[("accept", accept)]).await
}

fn value<'a>(response: &'a Response<()>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn is_problem(response: &Response<()>) -> bool {
    response.status() == 404 && value(response, "content-type") == "application/problem+json"
}

#[tokio::test]
async fn given_a_page_then_each_of_its_files_comes_with_its_type_and_a_strict_policy() {
    let router = with_page();
    for (path, media_type, kept) in [
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/index.html", "text/html; charset=utf-8", "no-cache"),
        ("/favicon.svg", "image/svg+xml", "no-cache"),
        ("/assets/index-B3rKq0xZ.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/assets/inter-Dx4kXJAl.woff2", "font/woff2", "public, max-age=31536000, immutable"),
    ] {
        let (response, body) = get_as(&router, path, "*/*").await;
        assert_eq!(response.status(), 200, "{path}");
        assert!(!body.is_empty(), "{path}");
        assert_eq!((value(&response, "content-type"), value(&response, "cache-control")), (media_type, kept), "{path}");
        let policy = value(&response, "content-security-policy");
        for part in [
            "default-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
            "object-src 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        for (name, expected) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(value(&response, name), expected, "{path}");
        }
        assert!(value(&response, "permissions-policy").contains("camera=()"), "{path}");
    }
}

#[tokio::test]
async fn given_compressed_forms_then_the_one_the_client_likes_best_is_sent_and_each_has_a_tag_of_its_own() {
    let router = with_page();
    let path = format!("/{SCRIPT}");
    let mut tags = BTreeSet::new();
    for (accept, coding, body) in [
        ("gzip, deflate, br, zstd", "br", "brotli"),
        ("gzip, deflate", "gzip", "gzip"),
        ("br;q=0.1, gzip;q=0.9", "gzip", "gzip"),
        ("identity, br;q=0.5", "", "console.log('plain')"),
        ("br;q=0", "", "console.log('plain')"),
    ] {
        let (response, sent) = ask(&router, Method::GET, &path, &[("accept-encoding", accept)]).await;
        assert_eq!((value(&response, "content-encoding"), sent.as_str()), (coding, body), "{accept}");
        assert_eq!(value(&response, "content-length"), body.len().to_string(), "{accept}");
        assert_eq!(value(&response, "vary"), "accept-encoding");
        tags.insert(value(&response, "etag").to_owned());
    }
    assert_eq!(tags.len(), 3, "{tags:?}");
    assert!(is_problem(&get_as(&router, &format!("{path}.br"), "*/*").await.0), "a form is no file");
}

#[tokio::test]
async fn given_a_tag_that_is_known_then_nothing_is_sent_again_and_head_sends_nothing_at_all() {
    let router = with_page();
    for path in ["/", "/favicon.svg", "/today"] {
        let (first, body) = get_as(&router, path, BROWSER).await;
        let tag = value(&first, "etag").to_owned();
        let list = format!("\"other\", W/{tag}");
        for known in [tag.as_str(), &list, "*"] {
            let headers = [("accept", BROWSER), ("if-none-match", known)];
            let (again, nothing) = ask(&router, Method::GET, path, &headers).await;
            assert_eq!((again.status(), nothing.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path} {known}");
            assert_eq!((value(&again, "etag"), value(&again, "cache-control")), (tag.as_str(), "no-cache"));
        }
        let (other, _) = ask(&router, Method::GET, path, &[("accept", BROWSER), ("if-none-match", "\"other\"")]).await;
        assert_eq!(other.status(), 200);
        let (head, nothing) = ask(&router, Method::HEAD, path, &[("accept", BROWSER)]).await;
        assert_eq!((head.status(), nothing.as_str()), (StatusCode::OK, ""));
        assert_eq!(value(&head, "content-length"), body.len().to_string(), "{path}");
    }
}

#[tokio::test]
async fn given_a_path_of_the_page_then_a_browser_gets_it_and_nobody_else_does() {
    let router = with_page();
    for path in ["/today", "/tag/v1.2", "/filter/a%20b", "/ops/projections", "/task/1/history"] {
        let (response, body) = get_as(&router, path, BROWSER).await;
        assert_eq!(
            (response.status(), value(&response, "vary")),
            (StatusCode::OK, "accept, accept-encoding"),
            "{path}"
        );
        assert!(body.starts_with("<!doctype html>"), "{path}");
        for accept in ["application/json", "*/*", "text/event-stream", "text/html;q=0"] {
            assert!(is_problem(&get_as(&router, path, accept).await.0), "{path} {accept}");
        }
        assert!(is_problem(&ask(&router, Method::GET, path, &[]).await.0), "{path}");
        assert!(is_problem(&ask(&router, Method::POST, path, &[("accept", BROWSER)]).await.0), "{path}");
    }
}

#[tokio::test]
async fn given_a_path_of_the_api_then_it_is_never_the_page_whatever_the_client_takes() {
    let router = with_page();
    for (path, body) in [("/tasks", "[]"), ("/tasks/today", "{}")] {
        assert_eq!(get_as(&router, path, BROWSER).await.1, body);
    }
    for path in [
        "/tasks/1/2",
        "/tasks/",
        "/docs/nothing",
        "/livez/x",
        "/assets/gone-1a2b3c4d.js",
        "/robots.txt",
        "/wp-login.php",
    ] {
        assert!(is_problem(&get_as(&router, path, BROWSER).await.0), "{path}");
    }
    let (docs, html) = get_as(&router, "/docs/", BROWSER).await;
    assert_eq!((docs.status(), html.contains("swagger-ui-bundle.js")), (StatusCode::OK, true));
    let (refused, _) = ask(&router, Method::POST, "/", &[("accept", BROWSER)]).await;
    assert_eq!((refused.status(), value(&refused, "allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET,HEAD"));
    assert!(is_problem(&get_as(&router, "/", "application/json").await.0), "only a page is there");
}

#[tokio::test]
async fn given_a_build_without_a_page_then_the_root_says_so_and_the_api_is_as_ever() {
    let router = served(&[]);
    let (response, html) = get_as(&router, "/", BROWSER).await;
    assert_eq!((response.status(), value(&response, "content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    assert!(html.contains("<a href=\"/docs/\">") && html.contains("Node.js") && html.contains("make run"), "{html}");
    for accept in ["*/*", "text/plain", "application/json"] {
        let (response, text) = get_as(&router, "/", accept).await;
        assert_eq!(value(&response, "content-type"), "text/plain; charset=utf-8");
        assert!(text.contains("/docs/") && text.contains("Node.js") && !text.contains('<'), "{text}");
        assert_eq!(value(&response, header::CACHE_CONTROL.as_str()), "no-store");
    }
    assert!(is_problem(&get_as(&router, "/today", BROWSER).await.0));
    assert_eq!(get_as(&router, "/tasks", BROWSER).await.1, "[]");
}

#[tokio::test]
async fn given_whatever_of_the_page_is_asked_for_when_metrics_are_read_then_it_is_the_page_or_an_asset_and_no_path() {
    let (metrics, router) = (Metrics::install(), with_page());
    let script = format!("/{SCRIPT}");
    for (path, route) in [
        ("/", "page"),
        ("/today", "page"),
        ("/tag/spare-time", "page"),
        ("/index.html", "page"),
        (script.as_str(), "asset"),
        ("/favicon.svg", "asset"),
        ("/tasks/1", "/tasks/{id}"),
        ("/wp-login.php", "unmatched"),
    ] {
        let counted = |status: &str| {
            let text = metrics.render();
            let series = format!(r#"http_requests_total{{method="GET",route="{route}",status="{status}"}} "#);
            text.lines().find_map(|line| line.strip_prefix(&series)?.parse::<u64>().ok()).unwrap_or_default()
        };
        let status = if route == "unmatched" { "4xx" } else { "2xx" };
        let before = counted(status);
        get_as(&router, path, BROWSER).await;
        // Other tests of this process are counted too.
        assert!(counted(status) > before, "{path}: {}", metrics.render());
    }
    let text = metrics.render();
    for line in text.lines().filter(|line| line.starts_with("http_")) {
        assert!(
            !["today", "spare-time", "favicon", "index", "wp-login"].iter().any(|path| line.contains(path)),
            "{line}"
        );
    }
    assert!(!text.contains(r#"route="unmatched",status="2xx""#), "{text}");
}

#[tokio::test]
async fn given_a_page_or_none_then_its_settings_are_told_and_described() {
    for router in [with_page(), served(&[])] {
        let (response, body) = get_as(&router, "/page-settings", "*/*").await;
        assert_eq!((response.status(), value(&response, "content-type")), (StatusCode::OK, "application/json"));
        let told: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(told, serde_json::json!({"jaeger_ui_url": JAEGER}));
        assert_eq!(get_as(&router, "/page-settings?x=1", "*/*").await.0.status(), 422);
        let (_, document) = get_as(&router, "/openapi.json", "*/*").await;
        let document: serde_json::Value = serde_json::from_str(&document).unwrap();
        assert!(document["paths"]["/page-settings"]["get"].is_object(), "{document}");
    }
}
