//! Positions of other processes, heard over a connection that may go silent.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use platform::health::{Health, State};
use projection::Positions;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::world::*;

/// Stands before Postgres. Connections that are told to be silent stay open and carry nothing any more, as when the other
/// machine has lost its power.
struct Proxy {
    address: SocketAddr,
    accepted: Arc<AtomicU32>,
    silent_below: Arc<AtomicU32>,
}

impl Proxy {
    async fn before(host: String, port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (accepted, silent_below): (Arc<AtomicU32>, Arc<AtomicU32>) = Default::default();
        let (count, limit) = (accepted.clone(), silent_below.clone());
        tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let far = TcpStream::connect((host.as_str(), port)).await.unwrap();
                let number = count.fetch_add(1, Ordering::Relaxed);
                let ((near_read, near_write), (far_read, far_write)) = (near.into_split(), far.into_split());
                tokio::spawn(pump(near_read, far_write, number, limit.clone()));
                tokio::spawn(pump(far_read, near_write, number, limit.clone()));
            }
        });
        Self { address, accepted, silent_below }
    }

    /// All connections there are go silent; later ones work.
    fn silence(&self) {
        self.silent_below.store(self.accepted.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

async fn pump(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    number: u32,
    silent_below: Arc<AtomicU32>,
) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if number < silent_below.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn given_a_connection_that_goes_silent_when_a_projection_moves_then_it_is_noticed_and_made_anew() {
    let world = World::new().await;
    let options = world.pool.connect_options();
    let proxy = Proxy::before(options.get_host().to_owned(), options.get_port()).await;
    let url = format!("postgres://postgres@{}/{}", proxy.address, options.get_database().unwrap());
    let pool = projection::connect_lazily(&url, 12).unwrap();
    let (far, health) = (Positions::new(), Health::new());
    tokio::spawn(far.clone().listen(pool, health.component("positions"), world.shutdown.clone()));
    world.start_projector();
    world.append(task_record(id(1), 1, &created(id(1), "heard")));
    far.wait_for("tasks", &world.end().await, LONG).await.unwrap();
    // Notices are heard in order: with this one all before it have been, and nothing is being asked when silence begins.
    let last = format!(r#"{{"p":"tasks","g":{},"to":["last",[[0,1]]]}}"#, world.serving("tasks").number);
    sqlx::query("SELECT pg_notify('projection', $1)").bind(last).execute(&world.pool).await.unwrap();
    let mut heard = far.watch("tasks");
    heard.wait_for(|offsets| offsets.contains_key(&("last".to_owned(), 0))).await.unwrap();

    proxy.silence();
    world.append(task_record(id(1), 2, &renamed("not heard", 2)));
    world.settle().await;
    let end = world.end().await;
    assert!(far.wait_for("tasks", &end, Duration::from_secs(2)).await.is_err(), "the connection was silent");
    assert_eq!(
        health.components()["positions"],
        State::Ready,
        "nothing tells a silent connection from a quiet one yet"
    );
    far.wait_for("tasks", &end, LONG).await.unwrap();
}
