//! Every role is replaced, from the binary that `TASKLOG_PREVIOUS` names to this build's, under 500 requests a second: no request may fail,
//! no event may be lost or doubled, no query may be older than its token, and who listens goes on where it was. `make test-upgrade`.
//!
//! Prints what holds, one line each; the first thing that does not ends it with a panic. Reading order: what stands before the replicas
//! ([`balancer`]), the replicas and how they are replaced ([`fleet`]), who asks ([`load`]) and who listens ([`listeners`]); what the log says
//! afterwards is read by `tests::log`.
#![expect(clippy::unwrap_used, reason = "what cannot go on fails")]
#![expect(unreachable_pub, reason = "a binary exports nothing; pub says what a module offers to the others")]

mod balancer;
mod fleet;
mod listeners;
mod load;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use tests::http::Api;
use tests::kafka::KafkaNode;
use tests::log::Log;
use tests::postgres::Postgres;
use tests::receiver::Receiver;
use tests::system::folder;
use tests::tasklog::binary;
use tests::wait::until;

use fleet::{DRAIN_SECONDS, Fleet, ROLES, Release};
use listeners::{Listeners, fault};
use load::{Load, Seen};

const LISTENERS: usize = 8;
/// Load before and after, so that what comes late shows as well.
const QUIET: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(60);
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Roles that requests go through on their way to the log: the one that people reach, and one behind it.
const ASKED: [&str; 2] = ["command", "web"];

#[tokio::main(worker_threads = 2)]
async fn main() {
    let previous = std::env::var_os("TASKLOG_PREVIOUS").expect("TASKLOG_PREVIOUS names the other release's binary");
    let (previous, this) = (Release::of(PathBuf::from(previous)), Release::of(binary()));
    assert!(this.drains, "this build knows no DRAIN_SECONDS");
    if !previous.drains {
        println!("the previous release knows no DRAIN_SECONDS: they leave their balancers before they are told to end");
    }
    let mut world = World::start(&previous).await;
    world.nobody_notices_that_every_role_is_upgraded(&this).await;
    world.without_a_drain_somebody_does(&this).await;
}

fn holds(what: &str) {
    println!("holds: {what}");
}

/// Declared in the order in which they must end.
struct World {
    fleet: Fleet,
    receiver: Receiver,
    _postgres: Postgres,
    kafka: KafkaNode,
    _folder: TempDir,
}

impl World {
    async fn start(release: &Release) -> Self {
        let folder = folder();
        let kafka = KafkaNode::start_single(&folder.path().join("kafka")).await;
        let postgres = Postgres::start(&folder.path().join("postgres")).await;
        let receiver = Receiver::start().await;
        let fleet = Fleet::start(release, &kafka.bootstrap(), &postgres.url(), folder.path()).await;
        let settings = json!({"channels": [{"type": "webhook", "url": receiver.url(), "secret": SECRET}]});
        let put = Api::new(&fleet.url()).call(reqwest::Method::PUT, "/notification-settings");
        put.json("application/json", &settings).send().await.expect(200);
        Self { fleet, receiver, _postgres: postgres, kafka, _folder: folder }
    }

    async fn nobody_notices_that_every_role_is_upgraded(&mut self, this: &Release) {
        let listeners = Listeners::start(&self.fleet.url(), LISTENERS).await;
        let load = Load::start(&self.fleet.url(), "a");
        tokio::time::sleep(QUIET).await;
        self.fleet.migrate(this);
        for role in ROLES {
            self.fleet.replace(role, this, DRAIN_SECONDS).await;
            println!("replaced: {role}");
        }
        tokio::time::sleep(QUIET).await;
        let (seen, rate) = load.end().await;
        println!("{} requests, {rate:.0} a second, {} of them writes", seen.answered, seen.written.len());
        assert!(seen.failed.is_empty(), "{} failed: {:#?}", seen.failed.len(), seen.failed.first());
        holds("no request failed");
        assert!(seen.stale.is_empty(), "{} were stale: {:#?}", seen.stale.len(), seen.stale.first());
        holds("no answer was older than its token");
        let log = self.every_reminder_rang_and_was_told_once(&seen).await;
        every_write_is_in_the_log_once(&seen, &log);
        every_listener_heard_everything_once(&listeners, &log).await;
    }

    /// The log once all reminders are through.
    async fn every_reminder_rang_and_was_told_once(&self, seen: &Seen) -> Log {
        assert!(!seen.reminders.is_empty());
        let brokers = self.kafka.bootstrap();
        let log = until("every reminder was sent", PATIENCE, async || {
            let log = Log::read(&brokers).await;
            let waits = seen.reminders.iter().find(|it| log.count(it, "tasklog.reminder.sent.v1") == 0).cloned();
            waits.map_or(Ok(log), Err)
        })
        .await;
        let taken = self.receiver.taken();
        for reminder in &seen.reminders {
            for event in ["triggered", "sent"] {
                let count = log.count(reminder, &format!("tasklog.reminder.{event}.v1"));
                assert_eq!(count, 1, "{reminder} {event}");
            }
            let told: BTreeSet<&str> = taken
                .iter()
                .filter(|taken| taken.body["subject"] == reminder.as_str())
                .map(|taken| taken.id.as_str())
                .collect();
            assert_eq!(told.len(), 1, "{reminder} was told by {told:?}");
        }
        holds("every reminder rang and was told, once");
        log
    }

    async fn without_a_drain_somebody_does(&mut self, this: &Release) {
        for role in ASKED {
            self.fleet.replace(role, this, 0).await;
        }
        let load = Load::start(&self.fleet.url(), "b");
        tokio::time::sleep(QUIET).await;
        for role in ASKED {
            self.fleet.replace(role, this, DRAIN_SECONDS).await;
        }
        let (seen, _) = load.end().await;
        assert!(!seen.failed.is_empty(), "nobody was cut off: the load shows nothing");
        println!("without DRAIN_SECONDS {} of {} requests fail", seen.failed.len(), seen.answered);
        holds("without a drain requests fail");
    }
}

fn every_write_is_in_the_log_once(seen: &Seen, log: &Log) {
    for (key, task) in &seen.written {
        let subjects = log.commands.get(key).unwrap_or_else(|| panic!("{key} of {task} is lost"));
        assert_eq!(subjects, std::slice::from_ref(task), "{key}");
    }
    holds("every write is in the log, once");
}

async fn every_listener_heard_everything_once(listeners: &Listeners, log: &Log) {
    until("every listener has heard everything", PATIENCE, async || {
        let mut faults = listeners.heard().into_iter().filter_map(|heard| fault(&heard, &log.heads));
        faults.next().map_or(Ok(()), Err)
    })
    .await;
    let heard = listeners.heard();
    assert!(heard.iter().all(|heard| heard.ended > 0), "no stream ended: nothing was resumed");
    let refused = heard.iter().find(|heard| !heard.refused.is_empty());
    assert!(refused.is_none(), "a listener that came again was answered {refused:?}");
    holds("every listener went on where it was, and heard everything once");
}
