//! Whoever writes through one process and reads through another with the token of the write sees it, always; without the token
//! not always.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use serde_json::json;
use tests::http::{Api, merged};
use tests::kafka::KafkaNode;
use tests::postgres::Postgres;
use tests::system::folder;
use tests::tasklog::Tasklog;

const CLIENTS: usize = 64;
/// Writes and reads of all clients together; `READ_YOUR_WRITES=100000` for the long form.
const ROUNDS: usize = 6_400;

/// Answers that did not show the write.
#[derive(Default)]
struct Stale {
    task: AtomicUsize,
    list: AtomicUsize,
    search: AtomicUsize,
}

impl Stale {
    fn all(&self) -> usize {
        [&self.task, &self.list, &self.search].map(|count| count.load(Ordering::Relaxed)).iter().sum()
    }
}

/// A task is written and looked for in one of three ways, by turns, through `reader`. Half of the tokens are merged with the one before, as a
/// client does that writes more than once before it reads.
async fn client(number: usize, rounds: usize, writer: &Api, reader: &Api, with_token: bool, stale: &Stale) {
    let mut before = None;
    for round in 0..rounds {
        let word = format!("w{number}x{round}");
        let (task, token) = writer.create(&json!({"title": format!("Seen {word}"), "tags": [&word]})).await;
        let id = task["id"].as_str().unwrap();
        let merged = match before.replace(token.clone()) {
            Some(before) if round % 2 == 0 => merged(&[before, token]),
            _ => token,
        };
        let token = if with_token { merged.as_str() } else { "" };
        let read = async |path: &str| reader.get(path).token(token).send().await;
        match round % 3 {
            0 => {
                let answer = read(&format!("/tasks/{id}")).await;
                assert!([200, 404].contains(&answer.status), "{}", answer.text());
                stale.task.fetch_add(usize::from(answer.status == 404), Ordering::Relaxed);
            }
            1 => {
                let page = read(&format!("/tasks?tag={word}")).await.expect(200).json();
                stale.list.fetch_add(usize::from(page["items"][0]["id"] != *id), Ordering::Relaxed);
            }
            _ => {
                let page = read(&format!("/tasks?q={word}&limit=1")).await.expect(200).json();
                stale.search.fetch_add(usize::from(page["items"][0]["id"] != *id), Ordering::Relaxed);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_read_through_another_replica_with_their_token_never_miss_their_write_and_without_it_they_do() {
    let folder = folder();
    let kafka = KafkaNode::start_single(&folder.path().join("kafka")).await;
    let postgres = Postgres::start(&folder.path().join("postgres")).await;
    let names = ["command", "query", "query-2", "projector"];
    let mut roles = names.map(|name| {
        let own = folder.path().join(name);
        fs::create_dir(&own).unwrap();
        let mut tasklog = Tasklog::role(name.trim_end_matches("-2"), &own);
        tasklog.set("KAFKA_BROKERS", &kafka.bootstrap());
        tasklog.set("DATABASE_URL", &postgres.url());
        tasklog
    });
    roles[0].run_well(&["topics", "create"]);
    for role in &mut roles {
        role.start().await;
    }
    let [writer, one, two, _] = roles.each_ref().map(Tasklog::api);
    let rounds = std::env::var("READ_YOUR_WRITES").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);

    let with_token = Stale::default();
    let clients = (0..CLIENTS).map(|number| {
        let reader = if number % 2 == 0 { &one } else { &two };
        client(number, usize::div_ceil(rounds, CLIENTS), &writer, reader, true, &with_token)
    });
    join_all(clients).await;
    assert_eq!(with_token.all(), 0, "of {rounds}");

    // The protection switched off: the same without the token.
    let without = Stale::default();
    join_all((0..CLIENTS).map(|number| client(CLIENTS + number, 6, &writer, &one, false, &without))).await;
    assert!(without.all() > 0, "every write was seen at once: the test could not have shown a fault");
}
