//! One HTTP connection of a client that makes load.

use std::sync::{Mutex, PoisonError};

use anyhow::{Context, ensure};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// One connection that is kept alive: one request after the other.
///
/// By hand rather than through an HTTP client: the clients share the cores with the server, and a client library takes
/// about as much of them as the server does.
pub struct Connection {
    read: BufReader<OwnedReadHalf>,
    write: OwnedWriteHalf,
    line: String,
    answer: Vec<u8>,
    token: String,
}

impl Connection {
    /// Connects to `host:port`.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        let (read, write) = stream.into_split();
        Ok(Self { read: BufReader::new(read), write, line: String::new(), answer: Vec::new(), token: String::new() })
    }

    /// Sends a request, which is given as it goes over the wire, and reads the whole answer; its status.
    ///
    /// # Errors
    /// When the connection ends, or the answer is not HTTP or does not tell its length.
    pub async fn call(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        self.write.write_all(request).await?;
        self.read_line().await?;
        let status = self.line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).map(str::parse);
        let status = status.with_context(|| format!("a call was answered {}", self.line))??;
        self.token.clear();
        let mut length = None;
        while self.line != "\r\n" {
            self.read_line().await?;
            let Some((name, value)) = self.line.split_once(':') else { continue };
            if name.eq_ignore_ascii_case("content-length") {
                length = Some(value.trim().parse::<usize>()?);
            } else if name.eq_ignore_ascii_case("consistency-token") {
                self.token.push_str(value.trim());
            }
        }
        self.answer.resize(length.context("the answer tells its length")?, 0);
        self.read.read_exact(&mut self.answer).await?;
        Ok(status)
    }

    /// The body of the last answer.
    pub fn body(&self) -> &[u8] {
        &self.answer
    }

    /// The consistency token of the last answer; empty where it has none.
    pub fn token(&self) -> &str {
        &self.token
    }

    async fn read_line(&mut self) -> anyhow::Result<()> {
        self.line.clear();
        ensure!(self.read.read_line(&mut self.line).await? > 0, "the server has closed the connection");
        Ok(())
    }
}

/// Connections that nobody uses now. A call that finds none makes one: it waits for no other.
#[derive(Default)]
pub struct Idle(Mutex<Vec<Connection>>);

impl Idle {
    /// One of them, or a new one.
    ///
    /// # Errors
    /// When nobody listens at `address`.
    pub async fn take(&self, address: &str) -> anyhow::Result<Connection> {
        let idle = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(connection) => Ok(connection),
            None => Connection::open(address).await,
        }
    }

    /// Nobody uses it any more.
    pub fn give_back(&self, connection: Connection) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

/// A read, as it goes over the wire.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes()
}

/// A read that shows what this consistency token stands for.
pub fn get_after(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconsistency-token: {token}\r\n\r\n").into_bytes()
}

/// A write, as it goes over the wire.
pub fn send(method: &str, path: &str, media_type: &str, body: &str) -> Vec<u8> {
    let head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {media_type}");
    format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}
