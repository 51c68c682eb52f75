//! Clients that write all the time and keep account of every answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use serde_json::{Value, json};
use tests::http::{Answer, Api, merged};

/// So many tasks are asked for at a time, so that server and client do not wait for each other.
const CHECKED_TOGETHER: usize = 16;

/// What one client knows of its task.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// The task as the last acknowledged write left it.
    pub(crate) acknowledged: Option<Value>,
    /// Titles that were asked for and never answered; the last one, or none, may have come about.
    pub(crate) unanswered: Vec<String>,
}

/// A load that runs until it is stopped.
pub(crate) struct Load {
    acknowledged: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    clients: Vec<tokio::task::JoinHandle<Client>>,
}

/// What the clients have to tell when the load has ended.
#[derive(Default)]
pub(crate) struct Report {
    /// Account of each task, by its id; tasks whose create was never answered have no id and are in `lost_creates`.
    pub(crate) accounts: BTreeMap<String, Account>,
    /// Titles of creates that were never acknowledged.
    pub(crate) lost_creates: Vec<String>,
    /// Every answer that was not a success.
    pub(crate) refusals: Vec<Answer>,
    /// One token for everything acknowledged.
    pub(crate) token: String,
    /// The longest that an answer took.
    pub(crate) slowest: Duration,
    /// Acknowledged writes.
    pub(crate) acknowledged: usize,
}

#[derive(Default)]
struct Client {
    report: Report,
    tokens: Vec<String>,
}

impl Load {
    /// `clients` clients that each create a task, change it `changes` times and go on with the next, at most `writes` all
    /// together. `name` is in every title.
    pub(crate) fn start(api: &Api, name: &str, clients: usize, changes: usize, writes: usize) -> Self {
        let (acknowledged, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let begun = Arc::new(AtomicUsize::new(0));
        let clients = (0..clients)
            .map(|number| {
                let (api, name) = (api.clone(), format!("{name} {number}"));
                let (acknowledged, stop, begun) = (Arc::clone(&acknowledged), Arc::clone(&stop), Arc::clone(&begun));
                let may_go_on = move || !stop.load(Ordering::Relaxed) && begun.fetch_add(1, Ordering::Relaxed) < writes;
                tokio::spawn(async move {
                    let mut client = Client::default();
                    for round in 0.. {
                        if !client.one_task(&api, &format!("{name} {round}"), changes, &may_go_on, &acknowledged).await
                        {
                            return client;
                        }
                    }
                    client
                })
            })
            .collect();
        Self { acknowledged, stop, clients }
    }

    /// Waits until this many writes have been acknowledged.
    pub(crate) async fn reaches(&self, count: usize) {
        tests::wait::until("the load goes on", Duration::from_secs(60), async || {
            let now = self.acknowledged.load(Ordering::Relaxed);
            if now >= count { Ok(()) } else { Err(format!("{now} of {count} acknowledged")) }
        })
        .await;
    }

    /// Writes acknowledged so far.
    pub(crate) fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Ends the load and collects what the clients know.
    pub(crate) async fn end(self) -> Report {
        self.stop.store(true, Ordering::Relaxed);
        let mut report = Report { acknowledged: self.acknowledged.load(Ordering::Relaxed), ..Report::default() };
        let mut tokens = Vec::new();
        for client in self.clients {
            let Client { report: of_client, tokens: of_its } = client.await.unwrap();
            report.accounts.extend(of_client.accounts);
            report.lost_creates.extend(of_client.lost_creates);
            report.refusals.extend(of_client.refusals);
            report.slowest = report.slowest.max(of_client.slowest);
            tokens.extend(of_its);
        }
        report.acknowledged = self.acknowledged.load(Ordering::Relaxed);
        report.token = if tokens.is_empty() { String::new() } else { merged(&tokens) };
        report
    }
}

impl Client {
    /// Creates a task and changes it; false when the load is over.
    async fn one_task(
        &mut self,
        api: &Api,
        title: &str,
        changes: usize,
        may_go_on: &impl Fn() -> bool,
        acknowledged: &AtomicUsize,
    ) -> bool {
        if !may_go_on() {
            return false;
        }
        let Some(task) = self.write(api.post("/tasks", &json!({"title": title})), 201, acknowledged).await else {
            self.report.lost_creates.push(title.to_owned());
            return true;
        };
        let id = task["id"].as_str().unwrap().to_owned();
        let mut account = Account { acknowledged: Some(task), unanswered: Vec::new() };
        let mut go_on = true;
        for change in 0..changes {
            go_on = may_go_on();
            if !go_on {
                break;
            }
            let title = format!("{title} changed {change}");
            match self.write(api.patch(&format!("/tasks/{id}"), &json!({"title": title})), 200, acknowledged).await {
                Some(task) => {
                    // The state after a success says what became of the unanswered ones before it.
                    account = Account { acknowledged: Some(task), unanswered: Vec::new() };
                }
                None => account.unanswered.push(title),
            }
        }
        self.report.accounts.insert(id, account);
        go_on
    }

    async fn write(&mut self, call: tests::http::Call, success: u16, acknowledged: &AtomicUsize) -> Option<Value> {
        match call.try_send().await {
            Ok(answer) => {
                self.report.slowest = self.report.slowest.max(answer.took);
                if answer.status == success {
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                    self.tokens.push(answer.token());
                    return Some(answer.json());
                }
                self.report.refusals.push(answer);
            }
            Err(error) => assert!(!error.is_timeout(), "an answer that never came: {error:?}"),
        }
        // A pause as clients make; the server may be down.
        tokio::time::sleep(Duration::from_millis(20)).await;
        None
    }
}

impl Report {
    /// Checks each task against its account: what was acknowledged is there, once; what was not is there as a whole or
    /// not at all.
    pub(crate) async fn check(&self, api: &Api) {
        let checks = self.accounts.iter().map(|(id, account)| self.check_one(api, id, account));
        stream::iter(checks).for_each_concurrent(CHECKED_TOGETHER, |check| check).await;
    }

    async fn check_one(&self, api: &Api, id: &str, account: &Account) {
        let acknowledged = account.acknowledged.as_ref().unwrap();
        let now = api.get(&format!("/tasks/{id}")).token(&self.token).send().await.expect(200).json();
        let history = api.all_items(&format!("/tasks/{id}/history?limit=50"), &self.token).await;
        let versions: Vec<u64> = history.iter().map(|item| item["version"].as_u64().unwrap()).collect();
        let (from, to) = (acknowledged["version"].as_u64().unwrap(), now["version"].as_u64().unwrap());
        assert_eq!(versions, (1..=to).collect::<Vec<_>>(), "each change once: {history:?}");
        if to == from {
            assert_eq!(&now, acknowledged, "an acknowledged write is there as it was acknowledged");
        } else {
            assert!(to > from && to - from <= account.unanswered.len() as u64, "{id}: {account:?} became {now}");
            assert!(account.unanswered.iter().any(|title| now["title"] == **title), "{id}: {account:?} became {now}");
        }
    }
}
