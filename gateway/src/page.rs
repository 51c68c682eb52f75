//! The page: the files that `web/` is built to.
//!
//! Paths of the API win by construction: the page answers `/` and `/assets/…`, which the API does not have, and is otherwise asked only
//! where there is no route. There it gives a file of its own, or to a browser that opens one of the page's own paths the page itself,
//! which finds out from the path what to show. Whoever does not ask for HTML by its name gets the problem `not-found` there, so a
//! client of the API never takes a page for an answer.

mod accept;
mod answer;
mod embedded;
mod files;
mod missing;
mod security;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use platform::http::no_such_path;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::files::{File, Files};
pub use self::settings::{Settings, SettingsError};

const INDEX: &str = "index.html";

/// First segments of paths that are not in the API's document and are no paths of the page: the document itself and the page that
/// shows it, and the files whose names hold a hash.
const ALSO_TAKEN: [&str; 3] = ["docs", "openapi.json", "assets"];

/// The page of this build. Clones share it.
#[derive(Debug, Clone)]
pub struct Page(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    files: Files,
    /// First segments of paths at and below which nothing is the page's.
    taken: BTreeSet<String>,
    settings: Settings,
}

impl Page {
    /// The page that this build carries, beside the API that `api` describes.
    #[must_use]
    pub fn embedded(api: &OpenApi, settings: Settings) -> Self {
        Self::new(embedded::files(), api, settings)
    }

    /// A page of these files, by their paths without a slash before them. A file `x.br` or `x.gz` beside `x` is `x` compressed.
    pub fn new(files: impl IntoIterator<Item = (String, Bytes)>, api: &OpenApi, settings: Settings) -> Self {
        let segments = api.paths.paths.keys().filter_map(|path| path.split('/').nth(1));
        let taken = segments.chain(ALSO_TAKEN).map(str::to_owned).collect();
        Self(Arc::new(Inner { files: Files::new(files), taken, settings }))
    }

    /// False where the build had no page to carry; `/` then says how to get one.
    #[must_use]
    pub fn is_built(&self) -> bool {
        self.index().is_some()
    }

    /// The routes that are the page's alone, to be merged with those of the API; of its settings with their OpenAPI entry.
    #[must_use]
    pub fn routes(&self) -> OpenApiRouter {
        let files: Router =
            Router::new().route("/", get(root)).route("/assets/{*file}", get(asset)).with_state(self.clone());
        OpenApiRouter::from(files).merge(of_page().with_state(self.clone()))
    }

    /// What is asked where there is no route.
    pub fn fallback(&self) -> Router {
        Router::new().fallback(elsewhere).with_state(self.clone())
    }

    fn settings(&self) -> &Settings {
        &self.0.settings
    }

    fn index(&self) -> Option<&File> {
        self.0.files.get(INDEX)
    }

    fn file(&self, uri: &Uri) -> Option<&File> {
        self.0.files.get(uri.path().trim_start_matches('/'))
    }

    /// Whether the page may have something to show at the path. A single segment with a dot is a file that is not there
    /// (`/robots.txt`); further down a dot may be in the name of a tag.
    fn owns(&self, path: &str) -> bool {
        let mut segments = path.split('/').skip(1);
        let first = segments.next().unwrap_or_default();
        !self.0.taken.contains(first) && (segments.next().is_some() || !first.contains('.'))
    }
}

/// The OpenAPI entries of what the page is told.
#[must_use]
pub fn contract() -> OpenApi {
    of_page().into_openapi()
}

fn of_page() -> OpenApiRouter<Page> {
    OpenApiRouter::new().routes(routes!(settings::get_page_settings))
}

async fn root(State(page): State<Page>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    match page.index() {
        Some(index) if accept::takes_html(&headers) => answer::file(index, &method, &headers),
        Some(_) => no_such_path(&uri).into_response(),
        None => missing::answer(&headers),
    }
}

async fn asset(State(page): State<Page>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    match page.file(&uri) {
        Some(file) => answer::file(file, &method, &headers),
        None => no_such_path(&uri).into_response(),
    }
}

async fn elsewhere(State(page): State<Page>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if ![Method::GET, Method::HEAD].contains(&method) {
        return no_such_path(&uri).into_response();
    }
    let shown = || page.index().filter(|_| page.owns(uri.path()) && accept::names_html(&headers));
    match page.file(&uri).or_else(shown) {
        Some(file) => answer::file(file, &method, &headers),
        None => no_such_path(&uri).into_response(),
    }
}
