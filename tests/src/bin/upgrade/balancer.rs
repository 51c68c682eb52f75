//! A balancer before the replicas of one role, as a cluster has one: each new connection is led to one of those that said lately that they
//! are ready, in turn. An open connection stays where it is, and a replica that is gone is noticed only at the next look.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

// The crate: `tests` alone is the module below as well.
use ::tests::http::Api;
use ::tests::{ports, wait};

/// Pause between two looks at the replicas: for so long, and a look, it may lead clients to one that is about to end.
pub const LOOKS_EVERY: Duration = Duration::from_millis(500);
/// A replica that takes longer to say that it is ready is not.
const SAYS_WITHIN: Duration = Duration::from_secs(2);
/// Long enough for a start that reads the log on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(120);

struct Replica {
    address: String,
    api: Api,
    ready: bool,
}

type Replicas = Arc<Mutex<Vec<Replica>>>;

/// A running balancer. Dropped: gone; what it carries goes on.
pub struct Balancer {
    port: u16,
    replicas: Replicas,
    tasks: [JoinHandle<()>; 2],
}

impl Balancer {
    /// Listens on a free loopback port, before no replica yet.
    ///
    /// # Panics
    /// When the port was taken meanwhile.
    pub async fn start() -> Self {
        let port = ports::free();
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let replicas = Replicas::default();
        let tasks = [tokio::spawn(accept(listener, replicas.clone())), tokio::spawn(look(replicas.clone()))];
        Self { port, replicas, tasks }
    }

    /// Where clients find the role.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Adds the replica at `host:port`, and waits until it was seen to be ready.
    pub async fn add(&self, address: &str) {
        let api = Api::new(&format!("http://{address}"));
        lock(&self.replicas).push(Replica { address: address.to_owned(), api, ready: false });
        wait::until(&format!("the balancer sees {address}"), READY_WITHIN, async || {
            let seen = lock(&self.replicas).iter().any(|replica| replica.address == address && replica.ready);
            if seen { Ok(()) } else { Err("not ready".to_owned()) }
        })
        .await;
    }

    /// Leads nobody there any more.
    pub fn remove(&self, address: &str) {
        lock(&self.replicas).retain(|replica| replica.address != address);
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

fn lock(replicas: &Replicas) -> MutexGuard<'_, Vec<Replica>> {
    replicas.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn look(replicas: Replicas) {
    loop {
        let asked: Vec<(String, Api)> =
            lock(&replicas).iter().map(|replica| (replica.address.clone(), replica.api.clone())).collect();
        let looks = asked.into_iter().map(|(address, api)| async move { (is_ready(&api).await, address) });
        for (ready, address) in join_all(looks).await {
            lock(&replicas).iter_mut().filter(|it| it.address == address).for_each(|replica| replica.ready = ready);
        }
        tokio::time::sleep(LOOKS_EVERY).await;
    }
}

async fn is_ready(api: &Api) -> bool {
    let said = tokio::time::timeout(SAYS_WITHIN, api.get("/readyz").try_send()).await;
    matches!(said, Ok(Ok(answer)) if answer.status == 200)
}

async fn accept(listener: TcpListener, replicas: Replicas) {
    let mut turn = 0_usize;
    while let Ok((client, _)) = listener.accept().await {
        turn = turn.wrapping_add(1);
        // Where nobody is ready, the client is hung up on.
        if let Some(address) = in_turn(&replicas, turn) {
            tokio::spawn(async move { carry(client, &address).await.ok() });
        }
    }
}

fn in_turn(replicas: &Replicas, turn: usize) -> Option<String> {
    let replicas = lock(replicas);
    let ready: Vec<&Replica> = replicas.iter().filter(|replica| replica.ready).collect();
    ready.get(turn.checked_rem(ready.len())?).map(|replica| replica.address.clone())
}

/// Carries one connection until both sides have ended it.
async fn carry(mut client: TcpStream, address: &str) -> io::Result<()> {
    let mut replica = TcpStream::connect(address).await?;
    client.set_nodelay(true)?;
    replica.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut replica).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_go_to_those_that_are_ready_in_turn() {
        let replica = |port: u16, ready| Replica {
            address: format!("127.0.0.1:{port}"),
            api: Api::new(&format!("http://127.0.0.1:{port}")),
            ready,
        };
        let replicas: Replicas = Arc::new(Mutex::new(vec![replica(1, true), replica(2, false), replica(3, true)]));
        let led: Vec<String> = (0..4).filter_map(|turn| in_turn(&replicas, turn)).collect();
        assert_eq!(led, ["127.0.0.1:1", "127.0.0.1:3", "127.0.0.1:1", "127.0.0.1:3"]);
        lock(&replicas).iter_mut().for_each(|replica| replica.ready = false);
        assert_eq!(in_turn(&replicas, 0), None);
    }
}
