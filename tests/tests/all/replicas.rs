//! Any replica of the command role takes any write: scaled from one to three, restarted one by one, killed, scaled back.

use std::time::{Duration, Instant};

use serde_json::json;
use tests::kafka::KafkaNode;
use tests::log::Log;
use tests::replicas::{Clients, Replicas};
use tests::system::folder;

const CLIENTS: usize = 6;
const SHARED: usize = 3;
const BETWEEN: Duration = Duration::from_millis(1500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scaling_restarting_and_killing_replicas_loses_no_write_and_doubles_none() {
    let folder = folder();
    let kafka = KafkaNode::start_single(&folder.path().join("kafka")).await;
    let mut replicas = Replicas::start(folder.path(), &kafka.bootstrap(), 3).await;
    let mut shared = Vec::new();
    for n in 0..SHARED {
        let (task, _) = replicas.routes.any().create(&json!({"title": format!("shared {n}")})).await;
        shared.push(task["id"].as_str().unwrap().to_owned());
    }

    let clients = Clients::start(&replicas.routes, CLIENTS, &shared);
    tokio::time::sleep(BETWEEN).await;
    replicas.scale_up().await;
    tokio::time::sleep(BETWEEN).await;
    replicas.restart_each().await;
    replicas.scale_down().await;
    tokio::time::sleep(BETWEEN).await;
    let unannounced = Instant::now();
    replicas.scale_up().await;
    replicas.restart_each_unannounced().await;
    replicas.kill_last().await;
    tokio::time::sleep(BETWEEN).await;
    replicas.scale_down().await;
    let seen = clients.end().await;

    assert!(seen.wrong.is_empty(), "{:?}", seen.wrong.first());
    let (announced, cut_off): (Vec<Instant>, _) = seen.unanswered.iter().partition(|at| **at < unannounced);
    assert!(announced.is_empty(), "{} calls were cut off by what was announced", announced.len());
    assert!(!cut_off.is_empty(), "nobody was cut off by what was not: nothing was tested");
    let log = Log::read(&kafka.bootstrap()).await;
    assert!(log.void > 0, "no two replicas raced: {} writes", seen.written.len());
    for written in &seen.written {
        let subjects = log.commands.get(&written.key).unwrap_or_else(|| panic!("{written:?} is lost"));
        assert_eq!(subjects, std::slice::from_ref(&written.task), "{written:?}");
    }
    assert_eq!(log.commands.len(), seen.written.len() + SHARED, "every client was answered in the end");
}
