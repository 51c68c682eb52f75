//! An in-process broker for the tests of this crate.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use kafka_es::KafkaSettings;
use tansu_broker::broker::Broker;
use tansu_broker::coordinator::group::administrator::Controller;
use tansu_storage::StorageContainer;
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;

/// Starts a broker with its data in `folder`; it lives as long as the runtime.
pub(crate) async fn embedded_broker(folder: &Path) -> KafkaSettings {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let listener = Url::parse(&format!("tcp://127.0.0.1:{port}")).unwrap();
    // Tansu cuts one slash off the path; and its maintenance would delete what `retention.ms=-1` keeps.
    let storage = format!("sqlite:///{}?maintenance_interval=30days", folder.join("broker.db").display());
    let building = Broker::<Controller<StorageContainer>, StorageContainer>::builder()
        .node_id(111)
        .cluster_id("test")
        .incarnation_id(Uuid::new_v4())
        .advertised_listener(listener.clone())
        .storage(Url::parse(&storage).unwrap())
        .listener(listener)
        .silent(true)
        .build();
    let mut broker = building.await.unwrap();
    tokio::spawn(async move { broker.serve(Instant::now()).await });
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    KafkaSettings::embedded(format!("127.0.0.1:{port}"))
}
