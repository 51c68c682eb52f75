//! Tansu's storage and what it needs around it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tansu_broker::coordinator::group::administrator::Controller;
use tansu_storage::{BrokerRegistrationRequest, Storage, StorageContainer};
use url::Url;
use uuid::Uuid;

use super::BrokerError;
use super::storage_url::{self, Held};

/// The broker's id in Kafka's metadata.
const NODE_ID: i32 = 1;
/// The cluster's id in Kafka's metadata; topics are stored under it, so it never changes.
pub(super) const CLUSTER_ID: &str = "tasklog";

static GENERATIONS: AtomicU64 = AtomicU64::new(0);

/// An open storage. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Log {
    pub(super) storage: StorageContainer,
    pub(super) groups: Controller<StorageContainer>,
    generation: u64,
    // Keeps a folder open that the storage reaches through its descriptor.
    _folder: Arc<Held>,
}

impl Log {
    /// Opens the storage in `folder` for a broker that clients reach at `address`.
    pub(super) async fn open(folder: &Path, address: SocketAddr) -> Result<Self, BrokerError> {
        let fault = |cause: String| BrokerError::Storage { folder: folder.to_owned(), cause };
        let (url, held) = storage_url::of(&folder.join("log.sqlite")).map_err(|error| fault(error.to_string()))?;
        let storage = StorageContainer::builder()
            .cluster_id(CLUSTER_ID)
            .node_id(NODE_ID)
            .advertised_listener(Url::parse(&format!("tcp://{address}")).expect("an address and a port make a URL"))
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
        let generation = GENERATIONS.fetch_add(1, Ordering::Relaxed);
        Ok(Self { storage, groups, generation, _folder: Arc::new(held) })
    }

    /// Tells one opening from the next.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }
}

/// The storage looks up the headers of every record that it fetches, in a table that it gives no index: without one the
/// time of a fetch grows with the square of the log.
async fn index_headers(file: &Path) -> Result<(), libsql::Error> {
    let connection = libsql::Builder::new_local(file).build().await?.connect()?;
    connection.execute("CREATE INDEX IF NOT EXISTS header_of_record ON header (topition, offset_id)", ()).await?;
    Ok(())
}
