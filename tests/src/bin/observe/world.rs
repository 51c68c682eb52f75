//! A whole system with all that watches it, and work for it to do.

use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;
use tests::daprd::{Daprd, PUBSUB};
use tests::http::Api;
use tests::kafka::KafkaNode;
use tests::postgres::Postgres;
use tests::receiver::Receiver;
use tests::system::folder;
use tests::tasklog::Tasklog;

use crate::components;
use crate::monitoring::{Alertmanager, Jaeger, Prometheus, Target};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// So many do the work at once: when answers take long there are still some in every second.
const WORKERS: usize = 8;
/// From one round of work to the next.
const PAUSE: Duration = Duration::from_millis(200);

/// Declared in the order in which they must end.
pub struct World {
    pub work: Vec<tokio::task::JoinHandle<()>>,
    pub prometheus: Prometheus,
    pub alertmanager: Alertmanager,
    pub of_notify: Daprd,
    pub of_process: Daprd,
    pub web: Tasklog,
    pub process: Tasklog,
    pub query: Tasklog,
    /// `command`, `notify`, and two projectors, so that each loses positions to the other.
    _others: [Tasklog; 4],
    pub jaeger: Jaeger,
    pub receiver: Receiver,
    pub postgres: Postgres,
    pub kafka: KafkaNode,
    _folder: TempDir,
}

impl World {
    /// All of it runs, and has something to do.
    pub async fn start() -> Self {
        let folder = folder();
        let kafka = KafkaNode::start_single(&folder.path().join("kafka")).await;
        let postgres = Postgres::start(&folder.path().join("postgres")).await;
        let (receiver, jaeger) = (Receiver::start().await, Jaeger::start(folder.path()).await);
        let surroundings = [
            ("KAFKA_BROKERS", kafka.bootstrap()),
            ("DATABASE_URL", postgres.url()),
            ("TOPIC_PARTITIONS", "3".to_owned()),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", jaeger.endpoint().to_owned()),
            ("NOTIFY_ALLOW_PRIVATE", "true".to_owned()),
        ];
        let [mut command, mut query, mut projector, mut rival, mut process, mut notify, mut web] =
            ["command", "query", "projector", "projector", "process", "notify", "web"]
                .map(|role| role_in(folder.path(), role, &surroundings));
        for (variable, role) in
            [("COMMAND_URL", &command), ("QUERY_URL", &query), ("PROCESS_URL", &process), ("NOTIFY_URL", &notify)]
        {
            web.set(variable, &format!("http://{}", role.address()));
        }
        notify.set("DAPR_PUBSUB", PUBSUB);
        notify.set("APP_API_TOKEN", components::TOKEN);
        command.run_well(&["topics", "create"]);
        for role in [&mut command, &mut query, &mut projector, &mut rival, &mut process, &mut notify, &mut web] {
            role.start().await;
        }
        let settings = json!({"channels": [{"type": "webhook", "url": receiver.url(), "secret": SECRET}]});
        let put = web.api().call(Method::PUT, "/notification-settings").json("application/json", &settings);
        put.send().await.expect(200);
        let (brokers, database) = (kafka.bootstrap(), postgres.url());
        let own = folder.path().join("of-notify");
        let of_notify = components::of_notify(&own, notify.address(), &brokers, &database, receiver.url());
        let of_process = components::of_process(&folder.path().join("of-process"), process.address());
        let alertmanager = Alertmanager::start(folder.path(), receiver.url()).await;
        let roles = [&command, &query, &projector, &rival, &process, &notify, &web];
        let jobs = ["command", "query", "projector", "projector", "process", "notify", "web"];
        let mut targets: Vec<Target> =
            jobs.into_iter().zip(roles).map(|(job, role)| target(job, "", role.address().to_owned())).collect();
        targets.push(target("dapr", "notify", of_notify.metrics()));
        targets.push(target("dapr", "process", of_process.metrics()));
        targets.push(target("kafka", "", kafka_metrics()));
        let prometheus = Prometheus::start(&folder.path().join("prometheus"), &targets, alertmanager.address()).await;
        let work = (0..WORKERS).map(|_| tokio::spawn(work(web.api()))).collect();
        Self {
            work,
            prometheus,
            alertmanager,
            of_notify,
            of_process,
            web,
            process,
            query,
            _others: [command, notify, projector, rival],
            jaeger,
            receiver,
            postgres,
            kafka,
            _folder: folder,
        }
    }

    /// A task of this title, and a reminder of it that rings in so many milliseconds; the id of the reminder.
    pub async fn remind_in(&self, title: &str, milliseconds: i64) -> String {
        let (task, _) = self.web.api().create(&json!({"title": title})).await;
        let rings = chrono::Utc::now() + chrono::TimeDelta::milliseconds(milliseconds);
        let reminder = json!({"remind_at": rings.format("%Y-%m-%dT%H:%M:%S").to_string(), "time_zone": "UTC"});
        let path = format!("/tasks/{}/reminders", task["id"].as_str().unwrap());
        let made = self.web.api().post(&path, &reminder).send().await.expect(201).json();
        made["id"].as_str().unwrap().to_owned()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.work.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

fn target(job: &'static str, app_id: &'static str, address: String) -> Target {
    Target { job, app_id, address }
}

/// Where Kafka's Java answers with what `scrape/kafka-jmx.yaml` says: the agent is given to it by who runs this.
fn kafka_metrics() -> String {
    std::env::var("KAFKA_METRICS").expect("scripts/verify/parts/full/60-observe.sh sets KAFKA_METRICS")
}

fn role_in(folder: &Path, role: &'static str, surroundings: &[(&str, String)]) -> Tasklog {
    // A role that is there twice has two of them.
    let own = tempfile::Builder::new().prefix(role).tempdir_in(folder).unwrap().keep();
    let mut tasklog = Tasklog::role(role, &own);
    for (name, value) in surroundings {
        tasklog.set(name, value);
    }
    tasklog
}

/// What people do, over and over; what is not answered is as well.
async fn work(api: Api) {
    let listening = api.get("/events").open().await;
    for round in 0_u64.. {
        let task = json!({"title": format!("Water plant {round}"), "tags": ["home"], "priority": "low"});
        if let Ok(created) = api.post("/tasks", &task).try_send().await
            && created.status == 201
        {
            let path = format!("/tasks/{}", created.json()["id"].as_str().unwrap_or_default());
            api.patch(&path, &json!({"status": "completed"})).try_send().await.ok();
            api.get(&path).token(&created.token()).try_send().await.ok();
        }
        for path in ["/tasks?tag=home&limit=5", "/tasks?q=water&limit=5", "/reminders?limit=1", "/tasks/none"] {
            api.get(path).try_send().await.ok();
        }
        if round.is_multiple_of(10) {
            let api = api.clone();
            tokio::spawn(async move { recurring_and_reminded(&api).await });
        }
        tokio::time::sleep(PAUSE).await;
    }
    drop(listening);
}

/// A task that recurs, which is done, and has a reminder that rings before.
async fn recurring_and_reminded(api: &Api) {
    let now = chrono::Utc::now();
    let rule = json!({"rrule": "FREQ=DAILY"});
    let task = json!({"title": "Bins", "due_date": now.date_naive().to_string(), "recurrence_pattern": rule});
    let Ok(created) = api.post("/tasks", &task).try_send().await else { return };
    if created.status != 201 {
        return;
    }
    let path = format!("/tasks/{}", created.json()["id"].as_str().unwrap_or_default());
    let soon = (now + chrono::TimeDelta::milliseconds(1_500)).format("%Y-%m-%dT%H:%M:%S").to_string();
    let reminder = json!({"remind_at": soon, "time_zone": "UTC"});
    api.post(&format!("{path}/reminders"), &reminder).try_send().await.ok();
    tokio::time::sleep(Duration::from_secs(3)).await;
    api.patch(&path, &json!({"status": "completed"})).try_send().await.ok();
}
