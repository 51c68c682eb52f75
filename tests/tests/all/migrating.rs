//! `tasklog migrate`: what has to be there before roles run, made before they do.

use std::process::{Command, Stdio};

use tests::kafka::KafkaNode;
use tests::postgres::Postgres;
use tests::system::folder;
use tests::tasklog::Tasklog;

/// Everything in the schemas that are ours, and each step that was run.
const TABLES: &str = "SELECT table_schema || '.' || table_name FROM information_schema.tables
     WHERE table_schema LIKE 'tasklog%' ORDER BY 1";
const STEPS: &str = "SELECT 'tasklog ' || version FROM tasklog._sqlx_migrations
     UNION ALL SELECT 'tasklog_filters ' || version FROM tasklog_filters._sqlx_migrations
     UNION ALL SELECT 'tasklog_process ' || version FROM tasklog_process._sqlx_migrations ORDER BY 1";
const AT_ONCE: usize = 3;

fn at(tasklog: &mut Tasklog, kafka: &KafkaNode, postgres: &Postgres) {
    tasklog.set("KAFKA_BROKERS", &kafka.bootstrap());
    tasklog.set("DATABASE_URL", &postgres.url());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_migrates_makes_all_that_roles_need_once_however_many_do_and_again() {
    let folder = folder();
    let kafka = KafkaNode::start_single(&folder.path().join("kafka")).await;
    let postgres = Postgres::start(&folder.path().join("postgres")).await;
    let [mut migrate, mut query, mut process] = ["migrate", "query", "process"].map(|role| {
        let own = folder.path().join(role);
        std::fs::create_dir(&own).unwrap();
        Tasklog::role(role, &own)
    });
    [&mut migrate, &mut query, &mut process].into_iter().for_each(|tasklog| at(tasklog, &kafka, &postgres));
    // Before it, there is nothing that a role could run on.
    let refused = migrate.run(&["topics", "check"]);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("does not exist"));
    assert!(postgres.texts(TABLES).await.is_empty());

    let begin = |mut command: Command| {
        command.arg("migrate").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<_> = (0..AT_ONCE).map(|_| begin(migrate.command())).collect();
    for running in running {
        let output = running.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(said.lines().next_back(), Some("Postgres: up to date"), "{said}");
    }
    let (tables, steps) = (postgres.texts(TABLES).await, postgres.texts(STEPS).await);
    for schema in ["tasklog", "tasklog_filters", "tasklog_process"] {
        assert!(tables.contains(&format!("{schema}._sqlx_migrations")), "{schema} is not in {tables:?}");
    }
    let again = migrate.run_well(&["migrate"]);
    for topic in ["task-events: ok, 6 partitions", "reminders: ok, 6 partitions"] {
        assert!(again.contains(topic), "{again}");
    }
    migrate.run_well(&["topics", "check"]);
    migrate.set("DEAD_LETTER_TOPIC", "dead-reminders");
    for found in ["created", "ok"] {
        let said = migrate.run_well(&["migrate"]);
        assert!(said.contains(&format!("dead-reminders: {found}, 6 partitions")), "{said}");
    }

    // Roles still do it themselves, and find that it is done.
    for role in [&mut query, &mut process] {
        role.start().await;
        role.stop().await;
    }
    assert_eq!((postgres.texts(TABLES).await, postgres.texts(STEPS).await), (tables, steps));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_nowhere_is_one_clear_line() {
    let folder = folder();
    let kafka = KafkaNode::start_single(&folder.path().join("kafka")).await;
    let mut migrate = Tasklog::role("migrate", folder.path());
    migrate.set("KAFKA_BROKERS", &kafka.bootstrap());
    let complaint = |migrate: &Tasklog| {
        let output = migrate.run(&["migrate"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{said}");
        said.lines().next_back().unwrap_or_default().to_owned()
    };
    let unset = complaint(&migrate);
    assert!(unset.contains("DATABASE_URL"), "{unset}");
    let port = tests::ports::free();
    migrate.set("DATABASE_URL", &format!("postgres://tasklog:hunter2@127.0.0.1:{port}/tasklog"));
    let away = complaint(&migrate);
    assert!(away.contains(&format!("127.0.0.1:{port}")) && !away.contains("hunter2"), "{away}");
}
