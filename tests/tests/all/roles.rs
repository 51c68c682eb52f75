//! The roles of a cluster, each a process of its own with its own folder and address, over one Kafka and one Postgres.

use std::fs;

use serde_json::json;
use tests::kafka::KafkaNode;
use tests::postgres::Postgres;
use tests::prometheus::Scrape;
use tests::system::folder;
use tests::tasklog::Tasklog;

const TASKS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_role_runs_alone_and_a_rebuild_does_what_no_running_projector_does() {
    let folder = folder();
    let kafka = KafkaNode::start_single(&folder.path().join("kafka")).await;
    let postgres = Postgres::start(&folder.path().join("postgres")).await;
    let [mut command, mut query, mut projector] = ["command", "query", "projector"].map(|role| {
        let own = folder.path().join(role);
        fs::create_dir(&own).unwrap();
        let mut tasklog = Tasklog::role(role, &own);
        tasklog.set("KAFKA_BROKERS", &kafka.bootstrap());
        tasklog.set("DATABASE_URL", &postgres.url());
        tasklog
    });
    command.run_well(&["topics", "create"]);
    // The query role first: it must learn of partitions that no projector has seen yet.
    for role in [&mut command, &mut query, &mut projector] {
        role.start().await;
    }

    let mut tokens = Vec::new();
    for index in 0..TASKS {
        let (task, at) = command.api().create(&json!({"title": format!("Alone {index}")})).await;
        let path = format!("/tasks/{}", task["id"].as_str().unwrap());
        assert_eq!(query.api().get(&path).token(&at).send().await.expect(200).json(), task);
        tokens.push(at);
    }
    let token = tests::http::merged(&tokens);
    for path in ["/tasks?total=true&limit=1", "/tasks?q=alone&total=true&limit=1"] {
        assert_eq!(query.api().get(path).token(&token).send().await.expect(200).json()["total"], json!(TASKS));
    }

    // One origin before them.
    let mut web = Tasklog::role("web", folder.path());
    // There is no role `process` here; the projector is ready too.
    for (variable, role) in [("COMMAND_URL", &command), ("QUERY_URL", &query), ("PROCESS_URL", &projector)] {
        web.set(variable, &format!("http://{}", role.address()));
    }
    web.start().await;
    let (task, at) = web.api().create(&json!({"title": "Alone, by way of the gateway"})).await;
    let path = format!("/tasks/{}", task["id"].as_str().unwrap());
    assert_eq!(web.api().get(&path).token(&at).send().await.expect(200).json(), task);
    web.api().get(&format!("{path}/history")).token(&at).send().await.expect(200);
    query.api().post("/tasks", &json!({"title": "Not here"})).send().await.expect(405);

    for (role, own) in [(&command, "kafka_es"), (&query, "search"), (&projector, "tasklog_projection")] {
        let api = role.api();
        for path in ["/livez", "/readyz", "/openapi.json"] {
            api.get(path).send().await.expect(200);
        }
        let scrape = Scrape::of(&api).await;
        for part in ["http_requests_total", "process_resident_memory_bytes", own] {
            assert!(!scrape.names_with(part).is_empty(), "metrics of {part}");
        }
    }

    let views =
        |role: &Tasklog| ["tasks", "history", "reminders"].map(|name| role.run_well(&["dump", name])).join("\n");
    let before = views(&projector);
    assert!(before.matches("Alone").count() >= TASKS, "{before}");
    web.stop().await;
    // Beside the running roles, which do it.
    query.run_well(&["rebuild", "--all"]);
    assert!(before == views(&projector), "the rebuilt views are the same");
    for role in [&mut command, &mut query, &mut projector] {
        role.stop().await;
    }
    // The servers are there and nobody works on them.
    let said = query.run_well(&["rebuild", "--all"]);
    assert!(said.contains("tasks: rebuilt") && said.contains("search: rebuilt"), "{said}");
    assert!(before == views(&projector), "the rebuilt views are the same");
}
