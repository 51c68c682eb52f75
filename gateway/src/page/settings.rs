//! `GET /page-settings`: what the page has to be told by whoever runs the service.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use platform::http::QueryParams;
use platform::problem::{Problem, ProblemBody};
use serde::Serialize;
use utoipa::ToSchema;

use super::Page;

/// What the page has to be told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PageSettings)]
pub struct Settings {
    /// Where Jaeger shows traces: the trace `id` is at `/trace/{id}` below it. Empty where there is none, and then nothing leads there.
    #[schema(example = "http://127.0.0.1:16686")]
    jaeger_ui_url: String,
}

/// Why these cannot be the settings.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The page would have a link that leads somewhere else, or runs something.
    #[error("{0:?} is not the http:// or https:// URL of a server, such as http://jaeger:16686")]
    JaegerUrl(String),
}

impl Settings {
    /// With the base URL of Jaeger's page, which may have a path; an empty one is none.
    ///
    /// # Errors
    /// When the URL is of another form.
    pub fn new(jaeger_ui_url: &str) -> Result<Self, SettingsError> {
        if jaeger_ui_url.is_empty() {
            return Ok(Self::default());
        }
        let refused = || SettingsError::JaegerUrl(jaeger_ui_url.to_owned());
        let url: Uri = jaeger_ui_url.parse().map_err(|_| refused())?;
        let leads_there =
            matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some_and(|host| !host.is_empty());
        // What comes after either of these would come before `/trace`.
        if !leads_there || jaeger_ui_url.contains(['?', '#']) {
            return Err(refused());
        }
        Ok(Self { jaeger_ui_url: jaeger_ui_url.trim_end_matches('/').to_owned() })
    }
}

/// What whoever runs the service has told the page.
#[utoipa::path(
    get,
    path = "/page-settings",
    tag = "operations",
    responses(
        (status = 200, description = "The settings", body = Settings),
        (status = 400, description = "The query cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_page_settings(
    State(page): State<Page>,
    params: QueryParams,
) -> Result<Json<Settings>, Problem> {
    params.allow(&[], &[])?;
    Ok(Json(page.settings().clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> Result<String, SettingsError> {
        Settings::new(url).map(|settings| settings.jaeger_ui_url)
    }

    #[test]
    fn given_the_url_of_a_server_then_paths_can_be_put_after_it_and_without_one_there_is_none() {
        for (url, base) in [
            ("", ""),
            ("http://127.0.0.1:16686", "http://127.0.0.1:16686"),
            ("https://jaeger.example.com/", "https://jaeger.example.com"),
            ("https://tools.example.com/jaeger/", "https://tools.example.com/jaeger"),
        ] {
            assert_eq!(of(url), Ok(base.to_owned()), "{url}");
        }
    }

    #[test]
    fn given_what_is_no_url_of_a_server_then_it_is_refused_as_a_link_there_could_run_something() {
        for url in [
            "javascript:alert(1)",
            "jaeger:16686",
            "/jaeger",
            "ftp://jaeger",
            "http://",
            "http://jaeger/?a=1",
            "http://jaeger/#top",
            "a b",
        ] {
            assert_eq!(of(url), Err(SettingsError::JaegerUrl(url.to_owned())), "{url}");
        }
    }
}
