//! A proxy before Postgres, whose connections can go silent and whose answers can be late.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Stands before Postgres.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    accepted: AtomicU32,
    silent_below: AtomicU32,
    cut_below: watch::Sender<u32>,
    /// Bytes that Postgres was sent.
    asked: watch::Sender<usize>,
    held: watch::Sender<bool>,
}

impl Proxy {
    pub(crate) async fn before(server: &PgConnectOptions) -> Self {
        let (host, port) = (server.get_host().to_owned(), server.get_port());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared: Arc<Shared> = Arc::default();
        let ours = shared.clone();
        tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let far = TcpStream::connect((host.as_str(), port)).await.unwrap();
                let number = ours.accepted.fetch_add(1, Ordering::Relaxed);
                let ((near_read, near_write), (far_read, far_write)) = (near.into_split(), far.into_split());
                tokio::spawn(pump(near_read, far_write, number, ours.clone(), Way::There));
                tokio::spawn(pump(far_read, near_write, number, ours.clone(), Way::Back));
            }
        });
        Self { address, shared }
    }

    /// All connections there are stay open and carry nothing any more, as when the other machine has lost its power; later ones
    /// work.
    pub(crate) fn silence(&self) {
        self.shared.silent_below.store(self.shared.accepted.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// All connections there are end; later ones work.
    pub(crate) fn cut(&self) {
        self.shared.cut_below.send_replace(self.shared.accepted.load(Ordering::Relaxed));
    }

    /// Keeps Postgres's answers back, or lets them go.
    pub(crate) fn hold(&self, held: bool) {
        self.shared.held.send_replace(held);
    }

    /// Hears of what Postgres is sent from now on.
    pub(crate) fn asked(&self) -> watch::Receiver<usize> {
        self.shared.asked.subscribe()
    }
}

#[derive(PartialEq, Eq)]
enum Way {
    There,
    Back,
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, number: u32, shared: Arc<Shared>, way: Way) {
    let mut bytes = [0; 4096];
    let mut held = shared.held.subscribe();
    let mut cut = shared.cut_below.subscribe();
    loop {
        let count = tokio::select! {
            read = from.read(&mut bytes) => match read {
                Ok(count @ 1..) => count,
                _ => return,
            },
            _ = cut.wait_for(|below| number < *below) => return,
        };
        if number < shared.silent_below.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        if way == Way::Back {
            held.wait_for(|held| !held).await.unwrap();
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
        if way == Way::There {
            shared.asked.send_modify(|sent| *sent += count);
        }
    }
}
