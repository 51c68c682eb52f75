//! The HTTP client of the commands that talk to a running server.

use std::time::Duration;

use anyhow::Context;
use clap::Args;
use reqwest::Client;

/// Which server to talk to.
#[derive(Debug, Clone, Args)]
pub struct ServerArguments {
    /// Base URL of the running server
    #[arg(long, env = "TASKLOG_URL", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    pub url: String,
}

/// Longer than the server's own deadline, so that its answer is seen and not ours.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A server and a client for it.
#[derive(Debug, Clone)]
pub struct Api {
    base: String,
    client: Client,
}

impl Api {
    /// A client for the server of `arguments`.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn new(arguments: &ServerArguments) -> anyhow::Result<Self> {
        let client = Client::builder().timeout(TIMEOUT).build().context("no HTTP client can be made")?;
        Ok(Self { base: arguments.url.trim_end_matches('/').to_owned(), client })
    }

    /// `GET` of `path_and_query`.
    pub fn get(&self, path_and_query: &str) -> reqwest::RequestBuilder {
        self.client.get(format!("{}{path_and_query}", self.base))
    }

    /// `POST` to `path`.
    pub fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.post(format!("{}{path}", self.base))
    }

    /// The server's base URL, for messages.
    pub fn url(&self) -> &str {
        &self.base
    }
}

/// What an error answer says, in one line.
pub async fn complaint(response: reqwest::Response) -> String {
    let status = response.status();
    let problem: Option<platform::problem::ProblemBody> = response.json().await.ok();
    problem.map_or_else(|| status.to_string(), |problem| format!("{status}: {}", problem.detail))
}

/// True when the same request may go well a moment later.
pub fn is_passing(status: reqwest::StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}
