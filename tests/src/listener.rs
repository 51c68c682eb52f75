//! One of very many listeners to `GET /events`: read by hand, for a client library takes as much of the machine as the server.

use std::io;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

/// What a listener that never reads lets the system take for it: the least there is.
const DEAF_BUFFER_BYTES: u32 = 4_096;

/// An open stream.
pub struct Listener {
    stream: BufReader<TcpStream>,
    line: Vec<u8>,
}

/// What matters of an event.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Heard {
    /// The task or reminder.
    pub subject: String,
    /// Its version.
    pub sequence: u64,
}

impl Listener {
    /// Opens `path` at `host:port` and reads the head of the answer: from now on it is told everything.
    ///
    /// # Panics
    /// When the server does not answer with 200.
    pub async fn open(address: &str, path: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let mut listener = Self { stream: BufReader::new(asked(stream, path).await), line: Vec::new() };
        let mut head = listener.next_line().await.unwrap().to_vec();
        assert!(head.starts_with(b"HTTP/1.0 200 "), "{path}: {}", String::from_utf8_lossy(&head));
        while head != b"\r\n" {
            head = listener.next_line().await.unwrap().to_vec();
        }
        listener
    }

    /// The next event.
    ///
    /// # Errors
    /// When the stream ends.
    ///
    /// # Panics
    /// When it is told something else than an event.
    pub async fn next(&mut self) -> io::Result<Heard> {
        loop {
            if let Some(data) = self.next_line().await?.strip_prefix(b"data: ") {
                let heard = serde_json::from_slice(data);
                return Ok(heard.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(data))));
            }
        }
    }

    async fn next_line(&mut self) -> io::Result<&[u8]> {
        self.line.clear();
        match self.stream.read_until(b'\n', &mut self.line).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(&self.line),
        }
    }
}

/// Asks for `path` and never reads: what the server has for this connection soon stays with the server.
///
/// # Panics
/// When nobody listens at `address`.
pub async fn deaf(address: &str, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(DEAF_BUFFER_BYTES).unwrap();
    asked(socket.connect(address.parse().unwrap()).await.unwrap(), path).await
}

/// HTTP/1.0, whose answers are not taken apart into chunks.
async fn asked(mut stream: TcpStream, path: &str) -> TcpStream {
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await.unwrap();
    stream
}
