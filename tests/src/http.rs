//! A client of the API that shows every part of an answer.

use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

/// How long a client waits before it calls the server hung. Longer than every deadline that the server sets itself.
pub const HUNG_AFTER: Duration = Duration::from_secs(30);

/// One server's API.
#[derive(Clone, Debug)]
pub struct Api {
    client: reqwest::Client,
    base: String,
}

impl Api {
    /// A client of the API at `base`, such as `http://127.0.0.1:8080`.
    ///
    /// # Panics
    /// Never: the client has no options that could be wrong.
    #[must_use]
    pub fn new(base: &str) -> Self {
        let client = reqwest::Client::builder().no_proxy().timeout(HUNG_AFTER).build().unwrap();
        Self { client, base: base.to_owned() }
    }

    /// The same, by a client that takes nothing compressed unless told to, and then shows it as it came.
    ///
    /// # Panics
    /// Never: the client has no options that could be wrong.
    #[must_use]
    pub fn as_it_comes(&self) -> Self {
        let client = reqwest::Client::builder().no_proxy().no_gzip().timeout(HUNG_AFTER).build().unwrap();
        Self { client, base: self.base.clone() }
    }

    /// A call that is not sent yet. `path` starts with `/` and may have a query.
    pub fn call(&self, method: Method, path: &str) -> Call {
        let request = self.client.request(method.clone(), format!("{}{path}", self.base));
        Call { what: format!("{method} {path}"), request }
    }

    /// `GET path`.
    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// `POST path` with a JSON body.
    pub fn post(&self, path: &str, body: &Value) -> Call {
        self.call(Method::POST, path).json("application/json", body)
    }

    /// `PATCH path` with a JSON Merge Patch.
    pub fn patch(&self, path: &str, body: &Value) -> Call {
        self.call(Method::PATCH, path).json("application/merge-patch+json", body)
    }

    /// `DELETE path`.
    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }

    /// Creates a task: its JSON and the token of the write.
    pub async fn create(&self, task: &Value) -> (Value, String) {
        let answer = self.post("/tasks", task).send().await.expect(201);
        (answer.json(), answer.token())
    }

    /// Creates tasks one after the other: their JSON, and one token for all.
    pub async fn create_all(&self, tasks: &[Value]) -> (Vec<Value>, String) {
        let mut created = Vec::with_capacity(tasks.len());
        let mut tokens = Vec::with_capacity(tasks.len());
        for task in tasks {
            let (task, token) = self.create(task).await;
            created.push(task);
            tokens.push(token);
        }
        (created, merged(&tokens))
    }

    /// All items of a list, page after page; `path` has a query already.
    pub async fn all_items(&self, path: &str, token: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = path.to_owned();
        loop {
            let page = self.get(&next).token(token).send().await.expect(200).json();
            items.extend(page["items"].as_array().expect("a list has `items`").iter().cloned());
            match &page["next_cursor"] {
                Value::String(cursor) => next = format!("{path}&cursor={cursor}"),
                Value::Null => return items,
                other => panic!("next_cursor is {other}"),
            }
        }
    }
}

/// One token that names the furthest position of each partition in `tokens`.
#[must_use]
pub fn merged(tokens: &[String]) -> String {
    let mut furthest = std::collections::BTreeMap::<&str, i64>::new();
    for part in tokens.iter().flat_map(|token| token.split(',')) {
        let (partition, offset) = part.split_once('@').expect("a token's part is partition@offset");
        let offset: i64 = offset.parse().expect("an offset is a number");
        furthest.entry(partition).and_modify(|known| *known = offset.max(*known)).or_insert(offset);
    }
    let parts: Vec<String> = furthest.into_iter().map(|(partition, offset)| format!("{partition}@{offset}")).collect();
    parts.join(",")
}

/// A call under construction.
#[must_use]
pub struct Call {
    what: String,
    request: reqwest::RequestBuilder,
}

impl Call {
    /// Adds a header; its value may be any bytes that HTTP allows.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header value");
        self.request = self.request.header(HeaderName::try_from(name).expect("a header name"), value);
        self
    }

    /// A JSON body of the given media type.
    pub fn json(self, media_type: &str, body: &Value) -> Self {
        self.body(media_type, body.to_string().into_bytes())
    }

    /// Any body.
    pub fn body(mut self, media_type: &str, body: Vec<u8>) -> Self {
        self.request = self.request.header("content-type", media_type).body(body);
        self
    }

    /// Waits on the server until the write of this token is visible; an empty token waits for nothing.
    pub fn token(self, token: &str) -> Self {
        if token.is_empty() {
            return self;
        }
        self.header("consistency-token", token).header("prefer", "wait=15")
    }

    /// Makes the write repeatable.
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// Only if the task is at this version.
    pub fn if_match(self, version: u64) -> Self {
        self.header("if-match", &format!("\"{version}\""))
    }

    /// Sends it.
    ///
    /// # Panics
    /// When no answer comes.
    pub async fn send(self) -> Answer {
        let what = self.what.clone();
        self.try_send().await.unwrap_or_else(|error| panic!("{what}: no answer: {error:?}"))
    }

    /// Sends it; the error is that of the connection, not an error status.
    ///
    /// # Errors
    /// When no whole answer comes.
    pub async fn try_send(self) -> Result<Answer, reqwest::Error> {
        let started = Instant::now();
        let response = self.request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await?.to_vec();
        Ok(Answer { what: self.what, status, headers, body, took: started.elapsed() })
    }

    /// Sends it and hands out the connection for an endless body.
    ///
    /// # Errors
    /// When the head of the answer does not come.
    pub async fn open(self) -> Result<reqwest::Response, reqwest::Error> {
        self.request.timeout(Duration::from_secs(3_600)).send().await
    }
}

/// What the server said.
#[derive(Clone, Debug)]
pub struct Answer {
    what: String,
    /// The status code.
    pub status: u16,
    /// The header.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// From sending to the body's end.
    pub took: Duration,
}

impl Answer {
    /// This answer, if its status is the expected one.
    ///
    /// # Panics
    /// When it is another.
    pub fn expect(self, status: u16) -> Self {
        assert!(self.status == status, "{}: {} instead of {status}: {}", self.what, self.status, self.text());
        self
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{}: {error}: {}", self.what, self.text()))
    }

    /// A header's value, empty when it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The write's consistency token.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn token(&self) -> String {
        let token = self.header("consistency-token");
        assert!(!token.is_empty(), "{}: an answer without Consistency-Token", self.what);
        token.to_owned()
    }

    /// The last segment of a problem's `type`, such as `not-found`.
    ///
    /// # Panics
    /// When the body is not a whole RFC 9457 problem of this status.
    #[must_use]
    pub fn problem(&self) -> String {
        let media_type = self.header("content-type");
        assert!(
            media_type.starts_with("application/problem+json"),
            "{}: {} is {media_type}: {}",
            self.what,
            self.status,
            self.text()
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{}: status in the body", self.what);
        for text in ["title", "detail"] {
            assert!(
                problem[text].as_str().is_some_and(|text| !text.is_empty()),
                "{}: no {text} in {problem}",
                self.what
            );
        }
        let kind = problem["type"].as_str().unwrap_or_else(|| panic!("{}: no type in {problem}", self.what));
        kind.rsplit('/').next().unwrap_or(kind).to_owned()
    }

    /// The field paths that a problem names, in its order.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        let problem = self.json();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["field"].as_str().unwrap_or("(no field)").to_owned()).collect()
    }
}
