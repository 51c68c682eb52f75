//! Servers that do not answer as they should.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use url::Url;

/// A server on a loopback port that does the same with every connection.
pub(crate) struct OddServer {
    pub(crate) port: u16,
    connections: Arc<AtomicUsize>,
    ended: mpsc::UnboundedReceiver<()>,
}

impl OddServer {
    /// One that does `each` with its connections; what `each` gives back ends them.
    pub(crate) async fn start<F>(each: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        let (end, ended) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                let (served, end) = (each(stream), end.clone());
                tokio::spawn(async move {
                    served.await;
                    end.send(()).ok();
                });
            }
        });
        Self { port, connections, ended }
    }

    /// Keeps each connection open, and is silent.
    pub(crate) async fn silent() -> Self {
        Self::start(async |mut stream| until_closed(&mut stream).await).await
    }

    /// Closes each connection as soon as it is there.
    pub(crate) async fn closing() -> Self {
        Self::start(async |stream| drop(stream)).await
    }

    /// Answers each request with `head`, and then is silent until the other side closes.
    pub(crate) async fn stalling(head: &'static str) -> Self {
        Self::start(async move |mut stream| {
            answer(&mut stream, head).await;
            until_closed(&mut stream).await;
        })
        .await
    }

    /// Answers each request with `head`, and then with `piece` again and again until the other side closes.
    pub(crate) async fn endless(head: &'static str, piece: &'static str) -> Self {
        Self::start(async move |mut stream| {
            answer(&mut stream, head).await;
            while stream.write_all(piece.as_bytes()).await.is_ok() {}
        })
        .await
    }

    pub(crate) fn url(&self) -> Url {
        format!("http://127.0.0.1:{}/hook", self.port).parse().unwrap()
    }

    /// How many connections have been made to it.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Waits until one connection is over.
    pub(crate) async fn ended(&mut self) {
        self.ended.recv().await.unwrap();
    }
}

async fn answer(stream: &mut TcpStream, head: &str) {
    let mut request = [0; 16 * 1024];
    assert!(stream.read(&mut request).await.unwrap() > 0, "a request comes first");
    stream.write_all(head.as_bytes()).await.unwrap();
}

/// Reads until the other side closes.
async fn until_closed(stream: &mut TcpStream) {
    let mut bytes = [0; 1024];
    while stream.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
}
