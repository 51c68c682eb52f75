//! The web page as a browser asks for it.

use std::path::Path;

use crate::http::{Answer, Api};

/// What a browser says that it takes when a person opens a page.
pub const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// Whether the binary under test carries the page: it does where the page had been built before.
#[must_use]
pub fn is_built() -> bool {
    let named = std::env::var_os("TASKLOG_PAGE").filter(|name| !name.is_empty());
    let folder = named.as_ref().map_or(Path::new("web/dist"), Path::new);
    crate::root().join(folder).join("index.html").exists()
}

/// `GET path` as a browser that opens it.
pub async fn open(api: &Api, path: &str) -> Answer {
    api.get(path).header("accept", BROWSER).send().await
}

/// The media type of an answer, without its parameters.
#[must_use]
pub fn media_type(answer: &Answer) -> &str {
    answer.header("content-type").split(';').next().unwrap_or_default()
}

/// Opens `/` and all that it loads, or where the build has no page reads what is there instead.
///
/// # Panics
/// When something is not as it must be.
pub async fn check(api: &Api) {
    let root = open(api, "/").await.expect(200);
    assert_eq!(media_type(&root), "text/html");
    let policy = root.header("content-security-policy").to_owned();
    assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{policy}");
    for (name, value) in [("x-content-type-options", "nosniff"), ("cross-origin-opener-policy", "same-origin")] {
        assert_eq!(root.header(name), value);
    }
    if is_built() {
        its_files_are_there(api, &root).await;
    } else {
        assert!(root.text().contains("/docs/") && root.text().contains("Node.js"), "{}", root.text());
        let plain = api.get("/").send().await.expect(200);
        assert_eq!(media_type(&plain), "text/plain");
        assert_eq!(open(api, "/today").await.expect(404).problem(), "not-found");
    }
}

async fn its_files_are_there(api: &Api, root: &Answer) {
    assert_eq!(root.header("cache-control"), "no-cache");
    let known = api.get("/").header("accept", BROWSER).header("if-none-match", root.header("etag"));
    assert!(known.send().await.expect(304).body.is_empty());
    assert_eq!(open(api, "/today").await.expect(200).body, root.body, "a path of the page is the page");
    assert_eq!(api.get("/today").send().await.expect(404).problem(), "not-found");
    let html = root.text();
    let assets: Vec<&str> = html.split('"').filter(|part| part.starts_with("/assets/")).collect();
    assert!(!assets.is_empty(), "{html}");
    for path in assets {
        let asset = api.get(path).header("accept-encoding", "br").send().await.expect(200);
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable", "{path}");
        assert_eq!(asset.header("x-content-type-options"), "nosniff", "{path}");
        let plain = api.get(path).header("accept-encoding", "identity").send().await.expect(200);
        assert!(asset.body.len() <= plain.body.len(), "{path}");
        assert_eq!(asset.header("content-encoding") == "br", asset.body != plain.body, "{path}");
    }
    assert_eq!(open(api, "/assets/gone-00000000.js").await.expect(404).problem(), "not-found");
}

/// Whoever asks the API gets no page, whatever else it would take.
///
/// # Panics
/// When a call answers HTML.
pub async fn never_instead_of_the_api(api: &Api) {
    let document = api.get("/openapi.json").send().await.expect(200).json();
    let paths = document["paths"].as_object().expect("a document has paths");
    for (path, _) in paths.iter().filter(|(path, item)| item["get"].is_object() && *path != "/events") {
        let path = path.replace(['{', '}'], "");
        let answer = open(api, &path).await;
        assert_ne!(media_type(&answer), "text/html", "{path}");
        let below = open(api, &format!("{path}/no/such/path")).await;
        assert_eq!((below.status, below.problem().as_str()), (404, "not-found"), "{path}");
    }
    for accept in ["application/json", "*/*", "text/event-stream"] {
        let answer = api.get("/no/such/path").header("accept", accept).send().await;
        assert_eq!((answer.status, answer.problem().as_str()), (404, "not-found"), "{accept}");
    }
}
