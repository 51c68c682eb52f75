//! The roles with real Dapr sidecars on a real Kafka: `make test-dapr`.
//!
//! Prints what holds, one line each; the first thing that does not ends it with a panic. One partition, so that a
//! reminder that was told proves that all before it were handed over.
#![expect(clippy::unwrap_used, reason = "what cannot go on fails")]

mod carried;
mod dead_letters;
mod invocation;
mod secrets;

use std::path::Path;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::daprd::{Daprd, PUBSUB};
use tests::kafka::KafkaNode;
use tests::postgres::Postgres;
use tests::prometheus::Scrape;
use tests::receiver::{Receiver, Taken};
use tests::system::folder;
use tests::tasklog::Tasklog;
use tests::wait::until;

const PATIENCE: Duration = Duration::from_secs(60);
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const TOKEN: &str = "known to both";
const RANG: &str = "tasklog.reminder.triggered.v1";
const CREATED: &str = "tasklog.task.created.v1";
/// A record that nobody can read.
const GARBAGE: &[u8] = b"\xff\xfe not JSON \x00";

#[tokio::main(worker_threads = 2)]
async fn main() {
    let mut world = World::start().await;
    world.what_rang_is_told_as_soon_as_a_sidecar_reads_the_log_and_not_before().await;
    world.a_receiver_that_was_down_is_told_when_it_is_back().await;
    world.what_rang_while_notify_was_killed_is_told_once().await;
    world.a_notify_that_is_killed_between_two_attempts_goes_on_with_the_same_delivery().await;
    world.what_rang_while_postgres_was_away_is_told_once().await;
    world.the_whole_log_again_tells_nobody_anything().await;
    world.a_record_that_lost_its_sequence_and_one_that_is_no_event_tell_nobody_anything().await;
    world.the_clock_of_a_process_without_one_is_a_cron_binding().await;
    world.what_nobody_can_take_up_is_put_aside_and_what_waits_only_without_a_policy().await;
    world.what_was_delivered_is_in_the_state_store_and_mails_go_out_by_a_binding().await;
    world.calls_pass_by_service_invocation().await;
    world.credentials_come_from_a_secret_store().await;
    world.notify.stop().await;
    holds("it stops in order");
}

/// A wall time in UTC, in a second or two.
fn soon() -> String {
    let soon = chrono::Utc::now() + chrono::TimeDelta::milliseconds(1_500);
    soon.format("%Y-%m-%dT%H:%M:%S").to_string()
}

fn holds(what: &str) {
    println!("holds: {what}");
}

fn configured(role: &'static str, folder: &Path, kafka: &KafkaNode, postgres: &Postgres) -> Tasklog {
    std::fs::create_dir(folder).unwrap();
    let mut tasklog = Tasklog::role(role, folder);
    tasklog.set("KAFKA_BROKERS", &kafka.bootstrap());
    tasklog.set("DATABASE_URL", &postgres.url());
    tasklog.set("TOPIC_PARTITIONS", "1");
    tasklog
}

/// The roles that it takes, with the sidecars of two of them. Declared in the order in which they must end.
struct World {
    daprd: Daprd,
    ticking: Daprd,
    notify: Tasklog,
    process: Tasklog,
    command: Tasklog,
    receiver: Receiver,
    postgres: Postgres,
    kafka: KafkaNode,
    folder: TempDir,
}

impl World {
    /// All but the sidecars runs.
    async fn start() -> Self {
        let folder = folder();
        let kafka = KafkaNode::start_asking(&folder.path().join("kafka")).await;
        let postgres = Postgres::start(&folder.path().join("postgres")).await;
        let receiver = Receiver::start().await;
        let [mut command, mut process, mut notify] =
            ["command", "process", "notify"].map(|role| configured(role, &folder.path().join(role), &kafka, &postgres));
        for (name, value) in [("DAPR_PUBSUB", PUBSUB), ("APP_API_TOKEN", TOKEN), ("NOTIFY_ALLOW_PRIVATE", "true")] {
            notify.set(name, value);
        }
        let daprd = Daprd::new(&folder.path().join("daprd"), "tasklog-notify", notify.address(), TOKEN);
        daprd.reads(&kafka.bootstrap(), "tasklog-notify");
        let ticking = Daprd::new(&folder.path().join("ticking"), "tasklog-process", process.address(), TOKEN);
        ["recurrence", "reminders"].iter().for_each(|what| ticking.ticks(what));
        command.run_well(&["topics", "create"]);
        for role in [&mut command, &mut process, &mut notify] {
            role.start().await;
        }
        let settings = json!({"channels": [{"type": "webhook", "url": receiver.url(), "secret": SECRET}]});
        let put = notify.api().call(reqwest::Method::PUT, "/notification-settings").json("application/json", &settings);
        put.send().await.expect(200);
        Self { daprd, ticking, notify, process, command, receiver, postgres, kafka, folder }
    }

    /// One more role, with its folder of this name.
    fn role(&self, role: &'static str, name: &str) -> Tasklog {
        configured(role, &self.folder.path().join(name), &self.kafka, &self.postgres)
    }

    /// A sidecar of an application, called `app_id`.
    fn sidecar(&self, app_id: &str, of: &Tasklog) -> Daprd {
        Daprd::new(&self.folder.path().join(format!("daprd-{app_id}")), app_id, of.address(), TOKEN)
    }

    async fn what_rang_is_told_as_soon_as_a_sidecar_reads_the_log_and_not_before(&mut self) {
        let reminder = self.rang("First").await;
        assert!(self.receiver.taken().is_empty());
        assert_eq!(Scrape::of(&self.notify.api()).await.sum("tasklog_process_records_total", &["\"notify\""]), None);
        self.notify.api().get("/dapr/subscribe").send().await.expect(403);
        self.daprd.launch();
        let taken = self.told("First").await;
        assert_eq!((&taken.body["type"], &taken.body["subject"]), (&json!(RANG), &json!(reminder)));
        self.ends(&reminder, &["delivered"]).await;
        holds("what rang is told as soon as a sidecar reads the log, and not before");
    }

    async fn a_receiver_that_was_down_is_told_when_it_is_back(&mut self) {
        self.receiver.answer(503);
        let reminder = self.rang("Down").await;
        self.told("Down").await;
        self.receiver.answer(204);
        self.ends(&reminder, &["retry", "delivered"]).await;
        holds("a receiver that was down is told when it is back");
    }

    async fn what_rang_while_notify_was_killed_is_told_once(&mut self) {
        self.notify.kill().await;
        let reminder = self.rang("Killed").await;
        self.notify.start().await;
        self.told("Killed").await;
        self.ends(&reminder, &["delivered"]).await;
        holds("what rang while notify was killed is told once");
    }

    async fn a_notify_that_is_killed_between_two_attempts_goes_on_with_the_same_delivery(&mut self) {
        self.receiver.answer(503);
        let reminder = self.rang("Between").await;
        self.ends(&reminder, &["retry"]).await;
        self.notify.kill().await;
        self.receiver.answer(204);
        self.notify.start().await;
        self.ends(&reminder, &["retry", "delivered"]).await;
        holds("a notify that is killed between two attempts goes on with the same delivery");
    }

    async fn what_rang_while_postgres_was_away_is_told_once(&mut self) {
        self.daprd.kill().await;
        let reminder = self.rang("Away").await;
        self.postgres.stop().await;
        self.daprd.launch();
        until("the sidecar is told to come again", PATIENCE, async || {
            let said = self.notify.output();
            if said.contains("the sidecar has to hand it over again") { Ok(()) } else { Err("not yet".to_owned()) }
        })
        .await;
        self.postgres.launch().await;
        self.told("Away").await;
        self.ends(&reminder, &["delivered"]).await;
        holds("what rang while Postgres was away is told once");
    }

    async fn the_whole_log_again_tells_nobody_anything(&mut self) {
        let before = self.receiver.taken().len();
        self.daprd.kill().await;
        self.daprd.reads(&self.kafka.bootstrap(), "from-the-beginning");
        self.daprd.launch();
        self.rang("Again").await;
        self.told("Again").await;
        assert_eq!(self.receiver.taken().len(), before + 1);
        holds("the whole log again tells nobody anything");
    }

    async fn a_record_that_lost_its_sequence_and_one_that_is_no_event_tell_nobody_anything(&mut self) {
        let before = self.receiver.taken().len();
        let quiet = self.remind("Quiet", "2090-01-01T09:00:00").await;
        let later = json!({"remind_at": "2090-01-02T09:00:00"});
        self.command.api().patch(&format!("/reminders/{quiet}"), &later).send().await.expect(200);
        let stream = format!("default/{quiet}");
        let mut lost = self.receiver.taken()[0].body.clone();
        lost["data"].as_object_mut().unwrap().remove("task");
        for (name, value) in [
            ("id", json!(format!("{stream}@2"))),
            ("subject", json!(quiet)),
            ("partitionkey", json!(stream)),
            ("sequence", json!(2)),
            ("commandid", json!("too late")),
        ] {
            lost[name] = value;
        }
        self.write(&stream, lost.to_string().as_bytes()).await;
        self.write("default/garbage", GARBAGE).await;
        self.rang("After").await;
        self.told("After").await;
        assert_eq!(self.receiver.taken().len(), before + 1);
        let unreadable = Scrape::of(&self.notify.api()).await.sum("tasklog_process_unreadable_total", &["\"notify\""]);
        assert_eq!(unreadable, Some(1.0), "the one that is no event");
        assert!(self.notify.output().contains("a record that nobody can read"));
        holds("a record that lost its sequence and one that is no event tell nobody anything, and hold up nothing");
    }

    async fn the_clock_of_a_process_without_one_is_a_cron_binding(&mut self) {
        self.process.stop().await;
        self.process.set("INTERNAL_CLOCK", "false");
        self.process.start().await;
        let today = chrono::Utc::now().date_naive().to_string();
        let series = json!({"title": "News", "due_date": today, "recurrence_pattern": {"rrule": "FREQ=DAILY", "generate": "when_due"}});
        self.command.api().create(&series).await;
        let reminder = self.remind("Ticked", &soon()).await;
        let count = |what: &str| self.command.run_well(&["events"]).matches(what).count();
        let (created, rang) = (count(CREATED), count(RANG));
        until("both wait for their time, as a tick would find them", PATIENCE, async || {
            let timers = self.process.api().get("/timers").send().await.expect(200).json();
            let due = |name: &str| {
                timers["items"].as_array().into_iter().flatten().any(|it| it["name"] == name && it["due"] != 0)
            };
            if due("recurrence") && due("reminders") { Ok(()) } else { Err(timers.to_string()) }
        })
        .await;
        assert_eq!((count(CREATED), count(RANG)), (created, rang), "nobody ticks");
        self.ticking.launch();
        self.told("Ticked").await;
        self.ends(&reminder, &["delivered"]).await;
        until("the next of the series comes", PATIENCE, async || {
            if count(CREATED) == created + 1 { Ok(()) } else { Err(self.ticking.output()) }
        })
        .await;
        assert_eq!(count(RANG), rang + 1);
        holds("the clock of a process without one is a cron binding: without it nothing rings and nothing comes next");
    }

    /// Schedules a reminder of a new task; its id.
    async fn remind(&self, title: &str, at: &str) -> String {
        let api = self.command.api();
        let (task, _) = api.create(&json!({"title": title})).await;
        let path = format!("/tasks/{}/reminders", task["id"].as_str().unwrap());
        let reminder = api.post(&path, &json!({"remind_at": at, "time_zone": "UTC"})).send().await.expect(201).json();
        reminder["id"].as_str().unwrap().to_owned()
    }

    /// A reminder of a new task that has rung, as the log says; its id.
    async fn rang(&self, title: &str) -> String {
        let reminder = self.remind(title, &soon()).await;
        until(&format!("{title} rings"), PATIENCE, async || {
            let events = self.command.run_well(&["events", "--stream", &format!("default/{reminder}")]);
            if events.contains(RANG) { Ok(()) } else { Err(events) }
        })
        .await;
        reminder
    }

    /// The first request to the receiver about the task of this title.
    async fn told(&self, title: &str) -> Taken {
        until(&format!("{title} is told"), PATIENCE, async || {
            let mut taken = self.receiver.taken().into_iter();
            taken.find(|taken| taken.body["data"]["task"]["title"] == title).ok_or_else(|| self.daprd.output())
        })
        .await
    }

    /// Waits until the attempts to deliver a reminder begin and end with these outcomes; all are of one delivery, whose last attempt they
    /// are where it was delivered.
    async fn ends(&self, reminder: &str, outcomes: &[&str]) {
        let path = format!("/reminders/{reminder}/deliveries");
        until(&format!("{reminder} is {outcomes:?}"), PATIENCE, async || {
            let answer = self.notify.api().get(&path).try_send().await.map_err(|error| error.to_string())?;
            let attempts: Vec<Value> = answer.json()["items"].as_array().cloned().unwrap_or_default();
            let ends = [attempts.first(), attempts.last()].map(|attempt| attempt.map(|it| it["outcome"].clone()));
            let wanted = [outcomes.first(), outcomes.last()].map(|outcome| outcome.map(|it| json!(it)));
            let one = attempts.iter().all(|attempt| attempt["delivery_id"] == attempts[0]["delivery_id"]);
            assert!(one, "several deliveries: {attempts:#?}");
            if ends == wanted { Ok(()) } else { Err(format!("{attempts:#?}")) }
        })
        .await;
    }

    /// Writes a record to `reminders` past the event store.
    async fn write(&self, key: &str, payload: &[u8]) {
        let mut config = ClientConfig::new();
        let producer: FutureProducer = config.set("bootstrap.servers", self.kafka.bootstrap()).create().unwrap();
        let record = FutureRecord::to("reminders").key(key).payload(payload);
        producer.send(record, Duration::from_secs(10)).await.unwrap();
    }
}
