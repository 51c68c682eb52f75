//! Starting and stopping: what a newcomer sees, and one clear line for each thing that can be in the way.

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use serde_json::json;
use tests::system::{Broker, System, folder};
use tests::tasklog::Tasklog;

/// A start that cannot work must not take longer than this to say so.
const GIVES_UP_WITHIN: Duration = Duration::from_secs(30);

/// The one line of an end that was not asked for: nothing else, and an exit code that scripts see.
async fn complaint(tasklog: &mut Tasklog) -> String {
    tasklog.set("RUST_LOG", "error");
    let printed = tasklog.output().len();
    tasklog.launch();
    let (status, output) = tasklog.ended(GIVES_UP_WITHIN).await;
    let output = output[printed..].to_owned();
    assert!(!status.success(), "exit code 0 although it did not start:\n{output}");
    let lines: Vec<&str> = output.lines().filter(|line| !line.trim().is_empty()).collect();
    assert_eq!(lines.len(), 1, "one clear line:\n{output}");
    assert!(!output.contains("panicked") && !output.contains("RUST_BACKTRACE"), "{output}");
    output
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_says_where_things_are_and_ctrl_c_leaves_nothing_behind() {
    let mut system = System::start(Broker::Embedded).await;
    let output = system.tasklog.output();
    let address = system.tasklog.address().to_owned();
    for part in [format!("http://{address}"), format!("http://{address}/docs")] {
        assert!(output.contains(&part), "the banner names {part}:\n{output}");
    }
    assert_eq!(output.matches("/docs").count(), 1, "once:\n{output}");
    // Requests that are under way when Ctrl-C comes.
    let api = system.api();
    let load = tokio::spawn(async move {
        while api
            .post("/tasks", &json!({"title": "Under way"}))
            .try_send()
            .await
            .is_ok_and(|answer| answer.status == 201)
        {}
    });
    tests::wait::until("the load runs", Duration::from_secs(20), async || {
        let count = system.api().get("/tasks?limit=1&total=true").send().await.expect(200).json();
        if count["total"].as_u64() > Some(20) { Ok(()) } else { Err(count.to_string()) }
    })
    .await;
    system.tasklog.stop().await;
    load.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_in_use_is_one_clear_line() {
    for variable in ["LISTEN", "KAFKA_EMBEDDED_LISTEN"] {
        let mut system = System::prepare(Broker::Embedded).await;
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        system.tasklog.set(variable, &address);
        let line = complaint(&mut system.tasklog).await;
        assert!(line.contains(&address) && line.to_lowercase().contains("in use"), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_cannot_be_written_is_one_clear_line() {
    let mut system = System::prepare(Broker::Embedded).await;
    // A file where the folder should be: root may write everywhere else.
    let file = system.folder().join("file");
    fs::write(&file, "").unwrap();
    system.tasklog.data_in(&file.join("data"));
    let line = complaint(&mut system.tasklog).await;
    assert!(line.contains(file.to_str().unwrap()), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_of_a_newer_version_is_one_clear_line_and_stays_untouched() {
    let mut system = System::start(Broker::Embedded).await;
    let (task, token) = system.api().create(&json!({"title": "Kept"})).await;
    system.tasklog.stop().await;
    let version = version_file(&system);
    let written = fs::read_to_string(&version).unwrap();
    let newer = written.replace(|c: char| c.is_ascii_digit(), "9");
    fs::write(&version, &newer).unwrap();
    let line = complaint(&mut system.tasklog).await;
    assert!(line.contains("newer") && line.contains(newer.trim()), "{line}");
    assert_eq!(fs::read_to_string(&version).unwrap(), newer);
    fs::write(&version, written).unwrap();
    system.tasklog.start().await;
    let path = format!("/tasks/{}", task["id"].as_str().unwrap());
    assert_eq!(system.api().get(&path).token(&token).send().await.expect(200).json(), task);
}

/// The file of the data folder that holds the version of its layout.
fn version_file(system: &System) -> std::path::PathBuf {
    let files = fs::read_dir(system.tasklog.data()).unwrap().map(|entry| entry.unwrap().path());
    let mut named = files.filter(|path| path.file_name().unwrap().to_string_lossy().to_lowercase().contains("version"));
    named.next().expect("the data folder tells its version")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_instance_on_the_folder_is_one_clear_line_and_does_not_disturb_it() {
    let system = System::start(Broker::Embedded).await;
    let folder = folder();
    let mut second = Tasklog::new(folder.path());
    second.data_in(system.tasklog.data());
    let line = complaint(&mut second).await;
    assert!(line.contains("another") || line.contains("already"), "{line}");
    system.api().create(&json!({"title": "Undisturbed"})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_ends_every_role_at_once_while_kafka_is_nowhere() {
    let folder = folder();
    for role in ["up", "command", "query", "projector"] {
        let folder = folder.path().join(role);
        fs::create_dir(&folder).unwrap();
        let mut tasklog = Tasklog::role(role, &folder);
        tasklog.set("KAFKA_BROKERS", &format!("127.0.0.1:{}", tests::ports::free()));
        tasklog.set("DATABASE_URL", &format!("postgres://tasklog@127.0.0.1:{}/tasklog", tests::ports::free()));
        tasklog.launch();
        asks_kafka(&mut tasklog).await;
        tasklog.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kafka_that_is_nowhere_is_told_while_it_is_waited_for_and_once() {
    let folder = folder();
    let gives_up = async |role: &'static str| {
        let folder = folder.path().join(role);
        fs::create_dir(&folder).unwrap();
        let mut tasklog = Tasklog::role(role, &folder);
        let brokers = format!("127.0.0.1:{}", tests::ports::free());
        tasklog.set("KAFKA_BROKERS", &brokers);
        tasklog.launch();
        let said = format!("waiting for an answer of Kafka at {brokers}; without one it is given up after 15 s");
        tests::wait::until("it says what it waits for", GIVES_UP_WITHIN, async || {
            let output = tasklog.output();
            if output.contains(&said) { Ok(()) } else { Err(output) }
        })
        .await;
        assert_eq!(tasklog.running().exit_status(), None, "{role} waits still");
        let (status, output) = tasklog.ended(GIVES_UP_WITHIN).await;
        assert!(!status.success() && output.contains("cannot be reached"), "{role}: {output}");
        let lines: Vec<&str> = output.lines().filter(|line| line.contains(&brokers)).collect();
        assert_eq!(lines.len(), 2, "{role} says it once, and how it ended: {output}");
    };
    // At the same time: each waits for fifteen seconds.
    tokio::join!(gives_up("up"), gives_up("command"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_ends_it_at_once_while_kafka_does_not_answer() {
    let mut system = System::prepare(Broker::RealKafka).await;
    system.kafka.as_ref().unwrap().pause();
    system.tasklog.launch();
    asks_kafka(&mut system.tasklog).await;
    system.tasklog.stop().await;
    system.kafka.as_ref().unwrap().resume();
    system.tasklog.start().await;
    system.api().create(&json!({"title": "Before Kafka froze"})).await;
    system.kafka.as_ref().unwrap().pause();
    let api = system.api();
    let write = tokio::spawn(async move {
        let sent = json!({"title": "Under way"});
        api.post("/tasks", &sent).try_send().await.map(|answer| answer.status)
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    system.tasklog.stop().await;
    // Nobody said that it was written.
    assert!(write.await.unwrap().map_or(true, |status| status == 503));
}

/// Waits until the process has taken its address, after which it asks Kafka, and a moment more.
async fn asks_kafka(tasklog: &mut Tasklog) {
    let address = tasklog.address().to_owned();
    tests::wait::until("it listens", Duration::from_secs(30), async || {
        std::net::TcpStream::connect(&address).map(drop).map_err(|error| error.to_string())
    })
    .await;
    tokio::time::sleep(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_rebuild_is_an_error_that_says_who_goes_on() {
    let folder = folder();
    let mut rebuild = Tasklog::role("rebuild", folder.path());
    rebuild.set("TASKLOG_ALL", "true");
    rebuild.set("RUST_LOG", "error");
    // A Postgres that takes the connection and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    rebuild.set("DATABASE_URL", &format!("postgres://tasklog@{}/tasklog", silent.local_addr().unwrap()));
    rebuild.set("KAFKA_BROKERS", &format!("127.0.0.1:{}", tests::ports::free()));
    rebuild.launch();
    let _open = tests::wait::until("it connects", Duration::from_secs(30), async || {
        silent.set_nonblocking(true).unwrap();
        silent.accept().map_err(|error| error.to_string())
    })
    .await;
    rebuild.running().signal(tests::process::Signal::INT);
    let (status, output) = rebuild.ended(Duration::from_secs(5)).await;
    assert!(!status.success() && output.contains("interrupted"), "{status}: {output}");
    // What it acted on, and how it ended.
    assert_eq!(output.trim().lines().count(), 2, "{output}");
}
