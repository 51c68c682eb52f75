//! Asks a Postgres whether it takes connections, as `pg_isready` does.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TIMEOUT: Duration = Duration::from_secs(1);

/// True when the server at `port` answers a startup message with a request to authenticate. While it
/// starts or recovers it answers with an error instead, or not at all.
pub(super) async fn takes_connections(port: u16) -> bool {
    matches!(tokio::time::timeout(TIMEOUT, first_byte(port)).await, Ok(Ok(b'R')))
}

async fn first_byte(port: u16) -> io::Result<u8> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.write_all(&startup_message()).await?;
    stream.read_u8().await
}

/// Protocol 3.0: length, version, then names and values, each ended by a zero byte.
fn startup_message() -> Vec<u8> {
    let mut body = 196_608_u32.to_be_bytes().to_vec();
    for text in ["user", super::cluster::NAME, "database", super::cluster::NAME, ""] {
        body.extend_from_slice(text.as_bytes());
        body.push(0);
    }
    let length = u32::try_from(body.len() + 4).expect("the message is short");
    [length.to_be_bytes().to_vec(), body].concat()
}
