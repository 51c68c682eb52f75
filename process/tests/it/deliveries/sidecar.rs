//! What answers as a Dapr sidecar does that has a state store and an output binding.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use platform::sidecar::{OutputBinding, Sidecar, StateStore};
use serde_json::Value;
use tokio::net::TcpListener;

const STATE: &str = "/v1.0/state/tasklog-state";
const BINDING: &str = "/v1.0/bindings/tasklog-notify";

#[derive(Default)]
struct Kept {
    keys: BTreeSet<String>,
    bound: Vec<Value>,
    /// So many requests to come are refused.
    refused: usize,
}

/// It lives as long as the runtime of its test. Clones are the same one.
#[derive(Clone)]
pub(super) struct FakeSidecar {
    sidecar: Sidecar,
    kept: Arc<Mutex<Kept>>,
}

impl FakeSidecar {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sidecar = Sidecar::new(listener.local_addr().unwrap().port(), None);
        let kept = Arc::<Mutex<Kept>>::default();
        let router = Router::new().fallback(answer).with_state(kept.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { sidecar, kept }
    }

    /// One that is not there.
    pub(super) async fn away() -> Sidecar {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        Sidecar::new(port, None)
    }

    pub(super) fn store(&self) -> StateStore {
        self.sidecar.state_store("tasklog-state")
    }

    pub(super) fn binding(&self) -> OutputBinding {
        self.sidecar.output_binding("tasklog-notify")
    }

    /// Refuses so many requests that are to come.
    pub(super) fn refuses(&self, requests: usize) {
        self.kept.lock().unwrap().refused = requests;
    }

    /// How much its store keeps.
    pub(super) fn keys(&self) -> usize {
        self.kept.lock().unwrap().keys.len()
    }

    /// What went out by its binding.
    pub(super) fn bound(&self) -> Vec<Value> {
        self.kept.lock().unwrap().bound.clone()
    }
}

async fn answer(State(kept): State<Arc<Mutex<Kept>>>, method: Method, uri: Uri, body: Bytes) -> Response {
    let mut kept = kept.lock().unwrap();
    if kept.refused > 0 {
        kept.refused -= 1;
        return (StatusCode::INTERNAL_SERVER_ERROR, r#"{"errorCode":"ERR","message":"not now"}"#).into_response();
    }
    let key = uri.path().strip_prefix(STATE).and_then(|rest| rest.strip_prefix('/'));
    match (method, uri.path(), key) {
        (Method::GET, _, Some(key)) if kept.keys.contains(key) => "{}".into_response(),
        (Method::GET, _, Some(_)) => StatusCode::NO_CONTENT.into_response(),
        (Method::POST, STATE, _) => {
            let asked: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(asked[0]["options"]["concurrency"], "first-write");
            let is_first = kept.keys.insert(asked[0]["key"].as_str().unwrap().to_owned());
            if is_first { StatusCode::NO_CONTENT } else { StatusCode::CONFLICT }.into_response()
        }
        (Method::POST, BINDING, _) => {
            kept.bound.push(serde_json::from_slice(&body).unwrap());
            StatusCode::NO_CONTENT.into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
