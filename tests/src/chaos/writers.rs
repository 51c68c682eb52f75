//! Writer processes (`kafka-es/examples/chaos_writer.rs`), and how a client talks to them.

use std::path::{Path, PathBuf};
use std::process::Command;

use kafka_es::conformance::{Answer, Call};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::ports;
use crate::process::{Process, Signal};
use crate::tasklog::built;

/// One writer; its state is in a folder that outlives its process.
pub struct Writer {
    port: u16,
    folder: PathBuf,
    arguments: Vec<String>,
    process: Option<Process>,
}

impl Writer {
    /// Starts a writer with its files in `folder`.
    ///
    /// # Panics
    /// When its program has not been built.
    #[must_use]
    pub fn start(brokers: &str, topic: &str, folder: &Path, switches: &[&str]) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let port = ports::free();
        let (state, listen) = (folder.join("state").display().to_string(), port.to_string());
        let arguments = [brokers, topic, &state, &listen].into_iter().chain(switches.iter().copied());
        let arguments = arguments.map(str::to_owned).collect();
        let mut writer = Self { port, folder: folder.to_owned(), arguments, process: None };
        writer.spawn();
        writer
    }

    /// Starts its process (again).
    pub fn spawn(&mut self) {
        let mut command = Command::new(built("examples/chaos_writer"));
        command.args(&self.arguments);
        self.process = Some(Process::spawn("chaos_writer", command, &self.folder.join("writer.log")));
    }

    /// Its loopback port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kills it (SIGKILL).
    pub async fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().await;
        }
    }

    /// Freezes it (SIGSTOP).
    pub fn pause(&self) {
        self.process.iter().for_each(|process| process.signal(Signal::STOP));
    }

    /// Thaws it (SIGCONT).
    pub fn resume(&self) {
        self.process.iter().for_each(|process| process.signal(Signal::CONT));
    }

    /// A writer that ended by itself: how, and the end of its output.
    pub fn ended(&mut self) -> Option<String> {
        let process = self.process.as_mut()?;
        let status = process.exit_status()?;
        Some(format!("a writer ended with {status}; its output ends:\n{}", process.output_end()))
    }

    /// Everything it has printed.
    #[must_use]
    pub fn output(&self) -> String {
        std::fs::read_to_string(self.folder.join("writer.log")).unwrap_or_default()
    }
}

/// A connection to a writer: one call at a time.
pub struct Connection(BufReader<TcpStream>);

/// Why a call has no answer.
pub enum Lost {
    /// It was not sent.
    NotSent(String),
    /// It was sent, wholly or in part.
    Sent(String),
}

impl Connection {
    /// Connects to the writer on this loopback port.
    ///
    /// # Errors
    /// [`Lost::NotSent`] when nothing listens there.
    pub async fn open(port: u16) -> Result<Self, Lost> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await;
        let stream = stream.and_then(|stream| stream.set_nodelay(true).map(|()| stream));
        stream.map(|stream| Self(BufReader::new(stream))).map_err(|error| Lost::NotSent(error.to_string()))
    }

    /// Sends a call and waits for its answer. After an error, or when this future was dropped, the connection is of no more
    /// use.
    ///
    /// # Errors
    /// [`Lost::Sent`] when the writer went away.
    ///
    /// # Panics
    /// When the answer is not one.
    pub async fn ask(&mut self, call: &Call) -> Result<Answer, Lost> {
        let sent = |error: std::io::Error| Lost::Sent(error.to_string());
        let mut line = serde_json::to_string(call).unwrap() + "\n";
        self.0.get_mut().write_all(line.as_bytes()).await.map_err(sent)?;
        line.clear();
        match self.0.read_line(&mut line).await.map_err(sent)? {
            _ if line.ends_with('\n') => Ok(serde_json::from_str(&line).unwrap()),
            _ => Err(Lost::Sent("the writer hung up".to_owned())),
        }
    }
}
