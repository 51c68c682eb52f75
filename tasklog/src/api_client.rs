//! The HTTP client of the commands that talk to a running server.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use platform::data_dir::Runtime;
use reqwest::Client;

use crate::place;

/// Which server to talk to.
#[derive(Debug, Clone, Args)]
pub struct ServerArguments {
    /// Base URL of the running server [default: of the `tasklog up` on the data folder, else http://127.0.0.1:8080]
    #[arg(long, env = "TASKLOG_URL", value_name = "URL")]
    url: Option<String>,
}

/// Where a server listens that was told nothing.
const DEFAULT_URL: &str = "http://127.0.0.1:8080";

impl ServerArguments {
    /// The server that was named, else the one that runs on `data_dir`, else the one at the default address.
    pub fn url(&self, data_dir: &Path) -> String {
        self.find(data_dir).0
    }

    /// The same, and how people are told of it.
    fn find(&self, data_dir: &Path) -> (String, String) {
        let clean = |url: &str| url.trim_end_matches('/').to_owned();
        if let Some(named) = self.url.as_deref().filter(|url| !url.is_empty()).map(clean) {
            return (named.clone(), named);
        }
        match Runtime::read(data_dir).and_then(|runtime| runtime.api_url) {
            Some(url) => (clean(&url), place::running(&clean(&url), data_dir)),
            None => {
                let folder = place::absolute(data_dir);
                let place = format!("{DEFAULT_URL}, as no `tasklog up` runs on the data folder {}", folder.display());
                (DEFAULT_URL.to_owned(), place)
            }
        }
    }
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
    /// A client for the server of `arguments`, which may be the one that runs on `data_dir`; says for `command` which it is.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn new(command: &str, arguments: &ServerArguments, data_dir: &Path) -> anyhow::Result<Self> {
        let client = Client::builder().timeout(TIMEOUT).build().context("no HTTP client can be made")?;
        let (base, place) = arguments.find(data_dir);
        place::say(command, place);
        Ok(Self { base, client })
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

#[cfg(test)]
mod tests {
    use platform::data_dir::DataDir;

    use super::*;

    #[test]
    fn given_a_running_server_on_the_folder_then_it_is_asked_unless_another_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let found = |named: Option<&str>| ServerArguments { url: named.map(str::to_owned) }.find(folder.path());
        let of_folder = format!("data folder {}", folder.path().display());
        let (url, place) = found(None);
        assert!(url == DEFAULT_URL && place.contains(&url) && place.contains(&of_folder), "{place}");
        let data = DataDir::open(folder.path()).unwrap();
        data.write_runtime(&Runtime { api_url: Some("http://127.0.0.1:9".to_owned()), ..Runtime::default() }).unwrap();
        let (url, place) = found(None);
        assert!(url == "http://127.0.0.1:9" && place.contains(&url) && place.contains(&of_folder), "{place}");
        assert_eq!(found(Some("http://elsewhere/")), ("http://elsewhere".to_owned(), "http://elsewhere".to_owned()));
    }
}
