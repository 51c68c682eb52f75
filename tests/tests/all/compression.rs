//! Long JSON answers are compressed for whoever takes that: once, on whichever way they come, and nothing else is.

use std::io::Read;

use flate2::read::GzDecoder;
use reqwest::Method;
use serde_json::{Value, json};
use tests::http::{Answer, Api, Call, merged};
use tests::system::{Broker, System};

use crate::gateway;

const TASKS: usize = 30;

/// What a browser takes.
fn packed(call: Call) -> Call {
    call.header("accept-encoding", "gzip, deflate, br")
}

fn unpacked(answer: &Answer) -> Value {
    assert_eq!(answer.header("content-encoding"), "gzip");
    let mut text = String::new();
    GzDecoder::new(answer.body.as_slice()).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_json_is_compressed_for_who_takes_that_and_nothing_else_is() {
    let system = System::start(Broker::Embedded).await;
    let mut web = gateway::before(&system);
    web.start().await;
    let tasks: Vec<Value> = (0..TASKS).map(|index| json!({"title": format!("Task {index}")})).collect();
    let (_, mut token) = system.api().create_all(&tasks).await;
    for api in [system.api(), web.api()] {
        let api = api.as_it_comes();
        lists_are_compressed(&api, &token).await;
        others_are_not(&api, &token).await;
        token = merged(&[token, versions_hold(&api).await]);
    }
    web.stop().await;
}

async fn lists_are_compressed(api: &Api, token: &str) {
    let list = |path| api.get(path).token(token);
    let plain = list("/tasks").send().await.expect(200);
    assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "accept-encoding"));
    assert_eq!(plain.header("content-length"), plain.body.len().to_string());
    let answer = packed(list("/tasks")).send().await.expect(200);
    assert_eq!(answer.header("vary"), "accept-encoding");
    assert!(answer.body.len() < plain.body.len() / 3, "{} of {} bytes", answer.body.len(), plain.body.len());
    assert_eq!(unpacked(&answer), plain.json());
    let refused = list("/tasks").header("accept-encoding", "gzip;q=0, *;q=0").send().await.expect(200);
    assert_eq!(refused.header("content-encoding"), "");
    let head = packed(api.call(Method::HEAD, "/tasks").token(token)).send().await.expect(200);
    assert_eq!((head.header("content-encoding"), head.body.len()), ("gzip", 0));
}

async fn others_are_not(api: &Api, token: &str) {
    let short = packed(api.get("/tasks?limit=1&sort=-title").token(token)).send().await.expect(200);
    assert_eq!((short.header("content-encoding"), short.header("vary")), ("", ""), "{}", short.text());
    assert_eq!(short.json()["items"].as_array().unwrap().len(), 1);
    // What streams comes as it is made.
    let export = packed(api.get("/tasks/export").token(token)).send().await.expect(200);
    assert!(export.body.len() > 4_096);
    assert_eq!(export.header("content-encoding"), "");
    let live = packed(api.get("/events")).open().await.unwrap();
    assert_eq!((live.status().as_u16(), live.headers().get("content-encoding")), (200, None));
}

/// What has a version has it whether or not the client takes compressed answers; the token of the last write.
async fn versions_hold(api: &Api) -> String {
    let long = json!({"title": "Long", "description": "Long. ".repeat(500)});
    let created = packed(api.post("/tasks", &long)).send().await.expect(201);
    assert_eq!((created.header("content-encoding"), created.header("etag")), ("", "\"1\""));
    let path = created.header("location").to_owned();
    let read = packed(api.get(&path).token(&created.token())).send().await.expect(200);
    assert_eq!((read.header("content-encoding"), read.header("etag")), ("", "\"1\""));
    assert_eq!(read.json(), created.json());
    let known = packed(api.get(&path).token(&created.token())).header("if-none-match", read.header("etag"));
    assert!(known.send().await.expect(304).body.is_empty());
    let list = unpacked(&packed(api.get("/tasks").token(&created.token())).send().await.expect(200));
    let newest = &list["items"][0];
    assert_eq!(newest["id"], created.json()["id"]);
    let version = newest["version"].as_u64().unwrap();
    let change = packed(api.patch(&path, &json!({"title": "Longer"}))).if_match(version);
    let changed = change.send().await.expect(200);
    assert_eq!(changed.header("etag"), "\"2\"");
    let late = packed(api.patch(&path, &json!({"title": "Late"}))).if_match(version).send().await.expect(412);
    assert_eq!(late.problem(), "wrong-version");
    changed.token()
}
