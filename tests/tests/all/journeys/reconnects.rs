//! `GET /events` over connections that break all the time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use tests::chaos::dice::Dice;
use tests::http::Api;
use tests::sse::{Event, Events};
use tests::system::System;

use super::live::versions;

on_both_brokers!(a_hundred_broken_connections_lose_and_double_nothing);

const BREAKS: usize = 100;
/// A connection lasts for fewer events than this, and then for less than this time.
const EVENTS_LESS_THAN: u64 = 6;
const LASTS_MS: u64 = 40;

/// What is written, as [`versions`] tells it: of all, and of the tasks with the tag.
#[derive(Default)]
struct Written {
    all: BTreeMap<String, Vec<u64>>,
    tagged: BTreeMap<String, Vec<u64>>,
}

/// Writes until it is stopped: tasks, of which every second has the tag, changes of them, and reminders.
async fn write(api: Api, stop: Arc<AtomicBool>) -> Written {
    let mut written = Written::default();
    let mut round = 0;
    while !stop.load(Ordering::Relaxed) {
        let tags = if round % 2 == 0 { json!(["kept"]) } else { json!([]) };
        let (task, _) = api.create(&json!({"title": format!("Task {round}"), "tags": tags})).await;
        let path = format!("/tasks/{}", task["id"].as_str().unwrap());
        for patch in [json!({"title": format!("Changed {round}")}), json!({"status": "in_progress"})] {
            api.patch(&path, &patch).send().await.expect(200);
        }
        let reminder = json!({"remind_at": "2090-01-01T08:00:00", "time_zone": "UTC"});
        let reminder = api.post(&format!("{path}/reminders"), &reminder).send().await.expect(201).json();
        let id = task["id"].as_str().unwrap().to_owned();
        if round % 2 == 0 {
            written.tagged.insert(id.clone(), vec![1, 2, 3]);
        }
        written.all.insert(id, vec![1, 2, 3]);
        written.all.insert(reminder["id"].as_str().unwrap().to_owned(), vec![1]);
        round += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    written
}

/// A client whose connections break at random points, in the middle of an event too.
struct Reader {
    api: Api,
    path: &'static str,
    /// The id of the last event it has seen.
    last: String,
    seen: Vec<Event>,
    dice: Dice,
}

impl Reader {
    fn new(api: Api, path: &'static str, begin: &str) -> Self {
        Self { api, path, last: begin.to_owned(), seen: Vec::new(), dice: Dice::new(1, path) }
    }

    async fn open(&self) -> Events {
        Events::open_at(&self.api, self.path, Some(&self.last)).await
    }

    async fn break_off_again_and_again(&mut self) {
        for _ in 0..BREAKS {
            let mut events = self.open().await;
            for _ in 0..self.dice.below(EVENTS_LESS_THAN) {
                self.hear(&mut events).await;
            }
            // Then at any moment.
            let lasts = self.dice.time(0, LASTS_MS);
            let hear_on = async {
                loop {
                    self.hear(&mut events).await;
                }
            };
            let broken: Result<(), _> = tokio::time::timeout(lasts, hear_on).await;
            assert!(broken.is_err());
        }
    }

    async fn hear(&mut self, events: &mut Events) {
        let event = events.next().await;
        event.id.clone_into(&mut self.last);
        self.seen.push(event);
    }

    /// Reads what is left of `expected`, and goes on listening.
    async fn finish(&mut self, expected: &BTreeMap<String, Vec<u64>>) -> Events {
        let mut events = self.open().await;
        let left = expected.values().map(Vec::len).sum::<usize>().saturating_sub(self.seen.len());
        self.seen.extend(events.take(left).await);
        assert!(versions(&self.seen) == *expected, "{}: {:#?}", self.path, different(&self.seen, expected));
        events
    }
}

/// The tasks and reminders of which something else was seen than written.
fn different(seen: &[Event], written: &BTreeMap<String, Vec<u64>>) -> Vec<(String, Vec<u64>, Option<Vec<u64>>)> {
    let seen = versions(seen);
    let ids = written.keys().chain(seen.keys().filter(|id| !written.contains_key(*id)));
    let of = |id: &String| (id.clone(), seen.get(id).cloned().unwrap_or_default(), written.get(id).cloned());
    ids.map(of).filter(|(_, seen, written)| Some(seen) != written.as_ref()).collect()
}

async fn a_hundred_broken_connections_lose_and_double_nothing(system: &mut System) {
    let api = system.api();
    let begin = {
        let mut early = Events::open(&api, None).await;
        api.create(&json!({"title": "Before all"})).await;
        early.next().await.id
    };
    let stop = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn(write(api.clone(), stop.clone()));
    let mut of_all = Reader::new(api.clone(), "/events", &begin);
    let mut of_tagged = Reader::new(api.clone(), "/events?tag=kept", &begin);
    tokio::join!(of_all.break_off_again_and_again(), of_tagged.break_off_again_and_again());
    stop.store(true, Ordering::Relaxed);
    let written = writer.await.unwrap();
    assert!(
        of_all.seen.len() >= BREAKS && of_tagged.seen.len() >= BREAKS,
        "both have heard something between the breaks"
    );

    let mut left = [of_all.finish(&written.all).await, of_tagged.finish(&written.tagged).await];
    let (end, _) = api.create(&json!({"title": "The end", "tags": ["kept"]})).await;
    for events in &mut left {
        assert_eq!(events.next().await.data["subject"], end["id"], "nothing more follows");
    }
}
