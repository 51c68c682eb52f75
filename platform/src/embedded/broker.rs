//! A Kafka-protocol broker inside this process: Tansu with its SQLite storage.
//!
//! Tansu's own server loop is not used. It binds its port itself, late, and it runs the storage's
//! maintenance at its start and every ten minutes, which (version 0.6) reads `retention.ms=-1` as "older
//! than a millisecond": a log that is to be kept for ever would be deleted. So connections are accepted here,
//! nothing ever deletes a record, and [`guard`] stands between them and Tansu.
//!
//! SQLite runs in WAL mode with `synchronous=normal`: an acknowledged record survives the death of the
//! process, not that of the machine's power.

mod epochs;
mod guard;
mod log;
mod storage_url;
mod waiting;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::lifecycle::Shutdown;
use guard::Shared;
use log::Log;

/// How long to wait after the kernel refused a connection, for lack of descriptors for instance.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);
/// How long to wait before a storage that cannot be opened is tried again.
const REOPEN_RETRY: Duration = Duration::from_secs(1);

/// Why the embedded broker does not run.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// Its address is taken.
    #[error("the embedded broker cannot listen on {address}: {cause}; choose another with KAFKA_EMBEDDED_LISTEN")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        cause: io::Error,
    },
    /// Its storage cannot be opened.
    #[error("the embedded broker cannot open its storage {}: {cause}", folder.display())]
    Storage {
        /// The folder.
        folder: PathBuf,
        /// Why.
        cause: String,
    },
}

/// A broker that listens but does not answer yet: [`Broker::run`] does.
#[derive(Debug)]
pub struct Broker {
    address: SocketAddr,
    listener: TcpListener,
    folder: PathBuf,
    log: Log,
}

impl Broker {
    /// Takes the address (port 0: any free one) and opens the storage in `folder`, which exists.
    ///
    /// # Errors
    /// See [`BrokerError`].
    // Boxed, as is `run`, so that the broker is compiled here and not in each program that starts it (decision 33).
    pub fn start(listen: SocketAddr, folder: &Path) -> BoxFuture<'_, Result<Self, BrokerError>> {
        Box::pin(async move {
            let taken = |cause| BrokerError::Listen { address: listen, cause };
            let listener = TcpListener::bind(listen).await.map_err(taken)?;
            let address = listener.local_addr().map_err(taken)?;
            let log = Log::open(folder, reachable(address)).await?;
            Ok(Self { address, listener, folder: folder.to_owned(), log })
        })
    }

    /// Where it listens, as clients write it in `bootstrap.servers`.
    #[must_use]
    pub fn bootstrap(&self) -> String {
        reachable(self.address).to_string()
    }

    /// Answers until `shutdown`. Stop it after its clients. A storage that died is opened again; its
    /// clients see a lost connection.
    ///
    /// # Errors
    /// None today; what a connection does wrong ends that connection.
    pub fn run(self, shutdown: Shutdown) -> BoxFuture<'static, Result<(), BrokerError>> {
        Box::pin(self.answer(shutdown))
    }

    async fn answer(mut self, shutdown: Shutdown) -> Result<(), BrokerError> {
        let mut connections = JoinSet::new();
        let shared = Arc::new(Shared::default());
        let (died, mut deaths) = mpsc::channel(16);
        loop {
            tokio::select! {
                () = shutdown.requested() => return Ok(()),
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        connections.spawn(guard::answer(stream, peer, self.log.clone(), shared.clone(), died.clone()));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the embedded broker could not accept a connection");
                        tokio::time::sleep(ACCEPT_RETRY).await;
                    }
                },
                Some(generation) = deaths.recv() => if generation == self.log.generation() {
                    connections.abort_all();
                    self.reopen(&shutdown).await;
                },
                Some(_ended) = connections.join_next() => {}
            }
        }
    }

    async fn reopen(&mut self, shutdown: &Shutdown) {
        tracing::error!("the storage of the embedded broker died, opening it again");
        while !shutdown.is_requested() {
            match Log::open(&self.folder, reachable(self.address)).await {
                Ok(log) => {
                    self.log = log;
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, "the storage of the embedded broker cannot be opened, trying again")
                }
            }
            tokio::select! {
                () = shutdown.requested() => {}
                () = tokio::time::sleep(REOPEN_RETRY) => {}
            }
        }
    }
}

/// An address clients on this machine can connect to, where "any" was given to listen on.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port())
    } else {
        address
    }
}
