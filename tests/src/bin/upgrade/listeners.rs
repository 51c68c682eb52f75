//! Listeners to `GET /events` that come again whenever their stream ends, with the last id that they have seen.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

// The crate: `tests` alone is the module below as well.
use ::tests::http::Api;
use ::tests::sse::{Event, Events};

/// As browsers wait before they come again.
const PAUSE: Duration = Duration::from_millis(200);

/// What one listener has heard.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// Versions of each task and reminder, in the order in which they came.
    pub versions: BTreeMap<String, Vec<u64>>,
    /// How often its stream ended.
    pub ended: usize,
    /// Statuses other than 200 when it came again; a browser would have given up.
    pub refused: Vec<u16>,
}

impl Heard {
    fn take(&mut self, event: &Event) {
        let (subject, sequence) = (&event.data["subject"], &event.data["sequence"]);
        let subject = subject.as_str().unwrap_or_else(|| panic!("{subject} is no subject"));
        // CloudEvents writes a sequence as text.
        let sequence = sequence.as_u64().or_else(|| sequence.as_str()?.parse().ok());
        let sequence = sequence.unwrap_or_else(|| panic!("{event:?} has no sequence"));
        self.versions.entry(subject.to_owned()).or_default().push(sequence);
    }
}

/// Listeners that run.
pub struct Listeners(Vec<(Arc<Mutex<Heard>>, JoinHandle<()>)>);

impl Listeners {
    /// Opens `count` streams at `url`; all that is written from now on is heard.
    pub async fn start(url: &str, count: usize) -> Self {
        let mut running = Vec::with_capacity(count);
        for _ in 0..count {
            let api = Api::new(url);
            let events = Events::open(&api, None).await;
            let heard = Arc::new(Mutex::new(Heard::default()));
            running.push((heard.clone(), tokio::spawn(listen(api, events, heard))));
        }
        Self(running)
    }

    /// What each of them has heard so far.
    #[must_use]
    pub fn heard(&self) -> Vec<Heard> {
        self.0.iter().map(|(heard, _)| lock(heard).clone()).collect()
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.0.iter().for_each(|(_, listener)| listener.abort());
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn listen(api: Api, mut events: Events, heard: Arc<Mutex<Heard>>) {
    let mut last = None;
    loop {
        while let Some(event) = events.until_ended().await {
            // Said to one that reads too slowly, before it is hung up on; it is no event of a task.
            if event.name == "cut" {
                break;
            }
            lock(&heard).take(&event);
            last = Some(event.id);
        }
        lock(&heard).ended += 1;
        events = come_again(&api, last.as_deref(), &heard).await;
    }
}

/// Whoever is away, or hangs up, is tried again.
async fn come_again(api: &Api, last: Option<&str>, heard: &Mutex<Heard>) -> Events {
    loop {
        tokio::time::sleep(PAUSE).await;
        let mut call = api.get("/events").header("accept", "text/event-stream");
        if let Some(id) = last {
            call = call.header("last-event-id", id);
        }
        match call.open().await {
            Ok(response) if response.status() == 200 => return Events::of(response),
            Ok(response) => lock(heard).refused.push(response.status().as_u16()),
            Err(_) => {}
        }
    }
}

/// What is missing, doubled or out of order in what was heard, beside the last version of each subject that the log has; nothing when
/// it is whole.
#[must_use]
pub fn fault(heard: &Heard, heads: &BTreeMap<String, u64>) -> Option<String> {
    let wrong = heads.iter().find_map(|(subject, head)| {
        let versions = heard.versions.get(subject).map_or(&[][..], Vec::as_slice);
        let whole = versions.iter().copied().eq(1..=*head);
        (!whole).then(|| format!("{subject}: heard {versions:?} of 1 to {head}"))
    });
    wrong.or_else(|| {
        let unknown = heard.versions.keys().find(|subject| !heads.contains_key(*subject))?;
        Some(format!("{unknown} is not in the log"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_doubled_or_out_of_order_is_a_fault() {
        let heads = BTreeMap::from([("a".to_owned(), 3)]);
        let heard = |versions: &[u64]| Heard {
            versions: BTreeMap::from([("a".to_owned(), versions.to_vec())]),
            ..Heard::default()
        };
        assert_eq!(fault(&heard(&[1, 2, 3]), &heads), None);
        for versions in [&[1, 2][..], &[1, 2, 2, 3], &[1, 3, 2], &[]] {
            assert!(fault(&heard(versions), &heads).is_some(), "{versions:?}");
        }
        assert!(fault(&heard(&[1]), &BTreeMap::new()).is_some());
    }
}
