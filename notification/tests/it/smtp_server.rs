//! The SMTP server that maildev is made of, with STARTTLS and refusals.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// A running server. Dropped: killed.
pub(crate) struct SmtpServer {
    pub(crate) port: u16,
    lines: Lines<BufReader<ChildStdout>>,
    process: Child,
}

impl SmtpServer {
    /// Starts it with the settings that `smtp_server.cjs` names.
    pub(crate) async fn start(settings: Value) -> Self {
        let mut process = Command::new("node")
            .arg(crate::root().join("notification/tests/it/smtp_server.cjs"))
            .arg(settings.to_string())
            .env("NODE_PATH", crate::mail_servers().join("node_modules"))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = next(&mut lines).await["port"].as_u64().unwrap().try_into().unwrap();
        Self { port, lines, process }
    }

    /// The next mail that it takes.
    pub(crate) async fn mail(&mut self) -> Value {
        next(&mut self.lines).await
    }

    /// All mails that it has taken and that nobody has asked for; it takes no more.
    pub(crate) async fn mails_until_stopped(mut self) -> Vec<Value> {
        self.process.start_kill().unwrap();
        let mut mails = Vec::new();
        while let Some(line) = self.lines.next_line().await.unwrap() {
            mails.push(serde_json::from_str(&line).unwrap());
        }
        mails
    }
}

async fn next(lines: &mut Lines<BufReader<ChildStdout>>) -> Value {
    let line = lines.next_line().await.unwrap().expect("the SMTP server runs");
    serde_json::from_str(&line).unwrap()
}
