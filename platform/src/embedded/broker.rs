//! A Kafka-protocol broker inside this process: Tansu with its SQLite storage.
//!
//! Tansu's own server loop is not used, for two reasons. It runs the storage's maintenance at its
//! start and every ten minutes, and that (version 0.6) reads `retention.ms=-1` as "older than a
//! millisecond": a log that is to be kept for ever would be deleted. And it binds its port itself, late.
//! So connections are accepted here, and nothing ever deletes a record.
//!
//! SQLite runs in WAL mode with `synchronous=normal`: an acknowledged record survives the death of the
//! process, not that of the machine's power.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rama::{Context, Service};
use tansu_broker::coordinator::group::administrator::Controller;
use tansu_broker::service::services;
use tansu_storage::{BrokerRegistrationRequest, Storage, StorageContainer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;
use uuid::Uuid;

use crate::lifecycle::Shutdown;

mod storage_url;

/// The broker's id in Kafka's metadata.
const NODE_ID: i32 = 1;
/// The cluster's id in Kafka's metadata; topics are stored under it, so it never changes.
const CLUSTER_ID: &str = "tasklog";
/// How long to wait after the kernel refused a connection, for lack of descriptors for instance.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

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
    storage: StorageContainer,
    groups: Controller<StorageContainer>,
    // Keeps a folder open that the storage reaches through its descriptor.
    _folder: storage_url::Held,
}

impl Broker {
    /// Takes the address (port 0: any free one) and opens the storage in `folder`, which exists.
    ///
    /// # Errors
    /// See [`BrokerError`].
    pub async fn start(listen: SocketAddr, folder: &Path) -> Result<Self, BrokerError> {
        let taken = |cause| BrokerError::Listen { address: listen, cause };
        let listener = TcpListener::bind(listen).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        let fault = |cause: String| BrokerError::Storage { folder: folder.to_owned(), cause };
        let (url, held) = storage_url::of(&folder.join("log.sqlite")).map_err(|error| fault(error.to_string()))?;
        let storage = StorageContainer::builder()
            .cluster_id(CLUSTER_ID)
            .node_id(NODE_ID)
            .advertised_listener(advertised(address))
            .storage(url)
            .silent(true)
            .build()
            .await
            .map_err(|error| fault(error.to_string()))?;
        index_headers(&folder.join("log.sqlite")).await.map_err(|error| fault(error.to_string()))?;
        let registration = BrokerRegistrationRequest {
            broker_id: NODE_ID,
            cluster_id: CLUSTER_ID.to_owned(),
            incarnation_id: Uuid::new_v4(),
            rack: None,
        };
        storage.register_broker(registration).await.map_err(|error| fault(error.to_string()))?;
        let groups = Controller::with_storage(storage.clone()).map_err(|error| fault(error.to_string()))?;
        Ok(Self { address, listener, storage, groups, _folder: held })
    }

    /// Where it listens, as clients write it in `bootstrap.servers`.
    #[must_use]
    pub fn bootstrap(&self) -> String {
        reachable(self.address).to_string()
    }

    /// Answers until `shutdown`. Stop it after its clients.
    ///
    /// # Errors
    /// None today; what a connection does wrong ends that connection.
    pub async fn run(self, shutdown: Shutdown) -> Result<(), BrokerError> {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = shutdown.requested() => return Ok(()),
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        connections.spawn(answer(stream, peer, self.storage.clone(), self.groups.clone()));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the embedded broker could not accept a connection");
                        tokio::time::sleep(ACCEPT_RETRY).await;
                    }
                },
                Some(_ended) = connections.join_next() => {}
            }
        }
    }
}

/// The storage looks up the headers of every record that it fetches, in a table that it gives no index: without one the
/// time of a fetch grows with the square of the log.
async fn index_headers(file: &Path) -> Result<(), libsql::Error> {
    let connection = libsql::Builder::new_local(file).build().await?.connect()?;
    connection.execute("CREATE INDEX IF NOT EXISTS header_of_record ON header (topition, offset_id)", ()).await?;
    Ok(())
}

async fn answer(stream: TcpStream, peer: SocketAddr, storage: StorageContainer, groups: Controller<StorageContainer>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "a connection keeps its send delay");
    }
    let service = match services(CLUSTER_ID, groups, storage, None) {
        Ok(service) => service,
        Err(error) => {
            tracing::error!(%error, "the embedded broker cannot make its services");
            return;
        }
    };
    match service.serve(Context::default(), stream).await {
        Ok(_) => {}
        // How Kafka clients usually leave.
        Err(tansu_broker::Error::Io(error)) if is_disconnect(error.kind()) => {}
        Err(error) => tracing::warn!(%peer, %error, "a connection to the embedded broker ended"),
    }
}

fn is_disconnect(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

fn advertised(address: SocketAddr) -> Url {
    Url::parse(&format!("tcp://{}", reachable(address))).expect("an address and a port make a URL")
}

/// An address clients on this machine can connect to, where "any" was given to listen on.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port())
    } else {
        address
    }
}
