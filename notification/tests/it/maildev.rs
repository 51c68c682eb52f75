//! maildev: an SMTP server that shows the mails it took over HTTP.

use std::hash::{BuildHasher, RandomState};
use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// How long one look whether it answers is away from the next.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A running maildev. Dropped: killed.
pub(crate) struct Maildev {
    pub(crate) port: u16,
    web_port: u16,
    client: reqwest::Client,
    _folder: TempDir,
    _process: Child,
}

impl Maildev {
    /// Starts one with further arguments; on other ports where somebody else took these in the meantime.
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        loop {
            if let Some(running) = Self::try_start(arguments).await {
                return running;
            }
        }
    }

    async fn try_start(arguments: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let (port, web_port) = (free_port(), free_port());
        let mut process = Command::new("node")
            .arg(crate::mail_servers().join("node_modules/maildev/dist/bin/maildev.js"))
            .args(["--ip", "127.0.0.1", "--smtp", &port.to_string()])
            .args(["--web-ip", "127.0.0.1", "--web", &web_port.to_string()])
            .arg("--mail-directory")
            .arg(folder.path())
            .arg("--silent")
            .args(arguments)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let health = format!("http://127.0.0.1:{web_port}/api/healthz");
        while client.get(&health).send().await.is_err() || TcpListener::bind(("127.0.0.1", port)).is_ok() {
            if process.try_wait().unwrap().is_some() {
                return None;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Some(Self { port, web_port, client, _folder: folder, _process: process })
    }

    /// The mails that it took, oldest first.
    pub(crate) async fn mails(&self) -> Vec<Value> {
        self.get("").await.json().await.unwrap()
    }

    /// A mail as it came in.
    pub(crate) async fn source(&self, mail: &Value) -> String {
        let path = format!("/{}/source", mail["id"].as_str().unwrap());
        self.get(&path).await.text().await.unwrap()
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        let url = format!("http://127.0.0.1:{}/api/email{path}", self.web_port);
        self.client.get(url).send().await.unwrap().error_for_status().unwrap()
    }
}

/// A loopback port that nothing listens on, outside the range that systems take the ports of outgoing connections from.
fn free_port() -> u16 {
    loop {
        let random = RandomState::new().hash_one(0);
        let port = 15_000 + u16::try_from(random % 17_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
