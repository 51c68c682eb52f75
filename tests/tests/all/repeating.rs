//! A connection behind the gateway that ends after the write and before its answer: without a key nobody can say what was done, with one
//! the gateway asks again, is told, and nothing is done twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use tests::system::{Broker, System};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::gateway::before;

/// What goes before a server, and loses the answer to the next `POST /tasks` once it is told to.
struct Relay {
    url: String,
    loses: Arc<AtomicBool>,
}

impl Relay {
    async fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let loses = Arc::new(AtomicBool::new(false));
        let (server, losing) = (server.to_owned(), loses.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, losing) = (server.clone(), losing.clone());
                tokio::spawn(async move { carry(client, &server, &losing).await.ok() });
            }
        });
        Self { url, loses }
    }
}

/// Carries one connection until either side ends it, or its answer is to be lost.
async fn carry(mut client: TcpStream, server: &str, loses: &AtomicBool) -> std::io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) = (client.split(), server.split());
    let is_lost = AtomicBool::new(false);
    let asking = async {
        let mut part = vec![0; 64 * 1024];
        loop {
            let read = from_client.read(&mut part).await?;
            if read == 0 {
                return Ok::<(), std::io::Error>(());
            }
            if part[..read].starts_with(b"POST /tasks ") && loses.swap(false, Ordering::SeqCst) {
                is_lost.store(true, Ordering::SeqCst);
            }
            to_server.write_all(&part[..read]).await?;
        }
    };
    let answering = async {
        let mut part = vec![0; 64 * 1024];
        loop {
            let read = from_server.read(&mut part).await?;
            // The server has done it by now.
            if read == 0 || is_lost.load(Ordering::SeqCst) {
                return Ok::<(), std::io::Error>(());
            }
            to_client.write_all(&part[..read]).await?;
        }
    };
    tokio::select! {
        ended = asking => ended,
        ended = answering => ended,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_lost_is_asked_for_again_by_its_key_and_nothing_is_done_twice() {
    let system = System::start(Broker::Embedded).await;
    let relay = Relay::before(system.tasklog.address()).await;
    let mut web = before(&system);
    web.set("COMMAND_URL", &relay.url);
    web.start().await;
    let api = web.api();
    let (_, token) = api.create(&json!({"title": "Before"})).await;
    assert_eq!(api.get("/tasks?total=true").token(&token).send().await.expect(200).json()["total"], 1);

    relay.loses.store(true, Ordering::SeqCst);
    let lost = api.post("/tasks", &json!({"title": "Without a key"})).send().await.expect(503);
    assert_eq!(lost.problem(), "outcome-unknown");

    relay.loses.store(true, Ordering::SeqCst);
    let told = api.post("/tasks", &json!({"title": "With a key"})).key("once").send().await.expect(201);
    assert!(!relay.loses.load(Ordering::SeqCst), "its answer was lost once");
    let listed = api.get("/tasks?total=true").token(&told.token()).send().await.expect(200).json();
    assert_eq!(listed["total"], 3, "{listed}");
    web.stop().await;
}
