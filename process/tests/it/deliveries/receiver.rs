//! A receiver of webhooks that keeps what it got and answers as it is told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// This status, at once.
    Now(u16),
    /// This status, when it is told to answer.
    Later(u16),
}

impl Says {
    const fn status(self) -> u16 {
        match self {
            Self::Now(status) | Self::Later(status) => status,
        }
    }
}

/// One request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Received {
    /// The delivery, as receivers see it.
    pub(crate) id: Uuid,
    /// What it is answered with.
    pub(crate) status: u16,
}

#[derive(Default)]
struct Kept {
    received: Vec<Received>,
    /// The next answers of each hook; the last one stays.
    answers: BTreeMap<String, VecDeque<Says>>,
}

/// It lives as long as the runtime of its test. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Receiver {
    port: u16,
    kept: Arc<Mutex<Kept>>,
    /// A permit for each request that has come.
    come: Arc<Semaphore>,
    /// A permit for each answer that may go.
    may_answer: Arc<Semaphore>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (come, may_answer) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let receiver = Self { port, kept: Arc::default(), come, may_answer };
        let router = Router::new().route("/{hook}", post(receive)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    /// A hook that gives these answers, and the last of them again and again.
    pub(crate) fn hook(&self, name: &str, answers: &[Says]) -> String {
        self.kept.lock().unwrap().answers.insert(name.to_owned(), answers.iter().copied().collect());
        format!("http://127.0.0.1:{}/{name}", self.port)
    }

    /// What came so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.kept.lock().unwrap().received.clone()
    }

    pub(crate) fn forget(&self) {
        self.kept.lock().unwrap().received.clear();
    }

    /// Waits for the next request.
    pub(crate) async fn comes(&self) {
        self.come.acquire().await.unwrap().forget();
    }

    /// Lets one answer go that was to come later.
    pub(crate) fn answer(&self) {
        self.may_answer.add_permits(1);
    }
}

async fn receive(State(receiver): State<Receiver>, Path(hook): Path<String>, headers: HeaderMap) -> StatusCode {
    let says = {
        let mut kept = receiver.kept.lock().unwrap();
        let answers = kept.answers.get_mut(&hook).unwrap();
        let says = if answers.len() > 1 { answers.pop_front() } else { answers.front().copied() }.unwrap();
        let id = headers["webhook-id"].to_str().unwrap().parse().unwrap();
        kept.received.push(Received { id, status: says.status() });
        says
    };
    receiver.come.add_permits(1);
    if let Says::Later(_) = says {
        receiver.may_answer.acquire().await.unwrap().forget();
    }
    StatusCode::from_u16(says.status()).unwrap()
}
