//! What a Dapr sidecar is answered.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use domain::reminder::ReminderStatus;
use domain::topics;
use kafka_es::Envelope;
use platform::health::Health;
use platform::http::{App, BODY_MAX_BYTES};
use platform::metrics::Metrics;
use process::delivery::Notify;
use process::{SidecarOptions, dapr_router, notify_router};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use utoipa_axum::router::OpenApiRouter;

use crate::faults::{Broken, Fault};
use crate::handed::*;
use crate::mortal::BlockedOn;
use crate::world::*;

const TOKEN: &str = "a token of both";
const EVENT: &str = "application/cloudevents+json";

fn served(api: OpenApiRouter) -> Router {
    App::new(Health::new(), Metrics::detached()).router(api)
}

fn with_sidecar(notify: Notify, token: Option<&str>) -> Router {
    let token = token.map(str::to_owned);
    let options = SidecarOptions { pubsub: "tasklog-pubsub".to_owned(), token, dead_letter_topic: None };
    served(notify_router(notify.clone()).merge(dapr_router(notify, options)))
}

/// Status and body of the answer.
async fn call(router: &Router, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> (u16, Value) {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_slice(&to_bytes(answer.into_body(), usize::MAX).await.unwrap()).unwrap())
}

async fn post(router: &Router, body: &Value) -> (u16, Value) {
    call(router, Method::POST, "/dapr/reminders", &[("content-type", EVENT)], body.to_string().into_bytes()).await
}

/// What the sidecar is told to do with a record.
async fn verdict(notify: Notify, body: &Value) -> String {
    let (status, answer) = post(&with_sidecar(notify, None), body).await;
    assert_eq!(status, 200, "{answer}");
    answer["status"].as_str().unwrap().to_owned()
}

fn ring(world: &World) -> Value {
    serde_json::to_value(last(world)).unwrap()
}

#[tokio::test]
async fn given_a_sidecar_when_it_asks_then_it_is_told_what_to_read() {
    let world = rung(false).await;
    let router = with_sidecar(notify(&world), None);
    let (status, answer) = call(&router, Method::GET, "/dapr/subscribe", &[], Vec::new()).await;
    let wanted = json!([{
        "pubsubname": "tasklog-pubsub", "topic": "reminders", "route": "/dapr/reminders", "metadata": {"rawPayload": "true"},
    }]);
    assert_eq!((status, &answer), (200, &wanted));
    let (pubsub, dead_letter_topic) = ("tasklog-pubsub".to_owned(), Some("dead-reminders".to_owned()));
    let router = served(dapr_router(notify(&world), SidecarOptions { pubsub, token: None, dead_letter_topic }));
    let (status, with_dead_letters) = call(&router, Method::GET, "/dapr/subscribe", &[], Vec::new()).await;
    let mut wanted = wanted;
    wanted[0]["deadLetterTopic"] = json!("dead-reminders");
    assert_eq!((status, with_dead_letters), (200, wanted));
}

#[tokio::test]
async fn given_no_sidecar_then_its_paths_are_not_there_and_no_document_names_them() {
    let world = rung(true).await;
    let alone = served(notify_router(notify(&world)));
    assert_eq!(call(&alone, Method::GET, "/dapr/subscribe", &[], Vec::new()).await.0, 404);
    assert_eq!(post(&alone, &ring(&world)).await.0, 404);
    assert!(told(&world).await.is_empty());
    let beside = with_sidecar(notify(&world), None);
    let (_, document) = call(&beside, Method::GET, "/openapi.json", &[], Vec::new()).await;
    assert!(document["paths"]["/notification-settings"].is_object() && !document.to_string().contains("/dapr/"));
}

#[tokio::test]
async fn given_a_token_then_nobody_without_it_is_heard() {
    let world = rung(true).await;
    let router = with_sidecar(notify(&world), Some(TOKEN));
    let body = ring(&world).to_string().into_bytes();
    for given in [None, Some(""), Some("another"), Some("a token of bot"), Some("a token of both ways")] {
        let mut headers = vec![("content-type", EVENT)];
        headers.extend(given.map(|token| ("dapr-api-token", token)));
        for (method, path) in [(Method::POST, "/dapr/reminders"), (Method::GET, "/dapr/subscribe")] {
            let (status, problem) = call(&router, method, path, &headers, body.clone()).await;
            assert_eq!((status, &problem["errors"][0]["field"]), (403, &json!("dapr-api-token")), "{given:?}");
            assert!(!problem.to_string().contains(TOKEN));
        }
    }
    assert!(told(&world).await.is_empty());
    let headers = [("content-type", EVENT), ("dapr-api-token", TOKEN)];
    let (status, answer) = call(&router, Method::POST, "/dapr/reminders", &headers, body).await;
    assert_eq!((status, answer), (200, json!({"status": "SUCCESS"})));
    assert_eq!(told(&world).await.len(), 2);
}

#[tokio::test]
async fn given_all_records_of_the_topic_again_and_again_then_each_is_done_with_and_each_channel_has_one_delivery() {
    let world = rung(true).await;
    for _ in 0..2 {
        for record in world.twin.records(topics::REMINDERS, 0) {
            let body: Value = serde_json::from_slice(&record.raw).unwrap();
            assert_eq!(verdict(notify(&world), &body).await, "SUCCESS");
        }
    }
    assert_eq!(told(&world).await.len(), 2);
}

#[tokio::test]
async fn given_what_nobody_can_ever_take_up_then_the_sidecar_is_to_drop_it() {
    let world = rung(true).await;
    let unknown = Envelope { id: format!("{}@7", stream()), sequence: 7, ..last(&world) };
    let foreign =
        json!({"specversion": "1.0", "id": "1", "source": "Dapr", "type": "com.dapr.event.sent", "data": "hello"});
    let raw = json!({"type": "com.dapr.event.sent", "data_base64": "//4gbm90IEpTT04="});
    let large = json!({"data_base64": "A".repeat(BODY_MAX_BYTES)});
    for body in [serde_json::to_value(unknown).unwrap(), foreign, raw, large, json!({})] {
        assert_eq!(verdict(notify(&world), &body).await, "DROP");
    }
    let blocked = Arc::new(BlockedOn { inner: world.twin.clone(), task: id(1) });
    assert_eq!(verdict(notify_with(&world, blocked, world.pool.clone()), &ring(&world)).await, "DROP");
    assert!(told(&world).await.is_empty());
}

#[tokio::test]
async fn given_a_dependency_that_is_away_then_the_sidecar_is_to_come_again_and_nothing_is_lost() {
    let world = rung(false).await;
    let ring = ring(&world);
    // Without a channel there is a command to give at once.
    let away = Arc::new(Broken { inner: world.twin.clone(), fault: Fault::LogIsAway });
    assert_eq!(verdict(notify_with(&world, away, world.pool.clone()), &ring).await, "RETRY");
    let nowhere = platform::postgres::connect_lazily("postgres://127.0.0.1:1/nowhere", 1).unwrap();
    assert_eq!(verdict(notify_with(&world, Arc::new(world.twin.clone()), nowhere), &ring).await, "RETRY");
    assert_eq!(world.reminder(id(101)).status, ReminderStatus::Triggered);
    assert_eq!(verdict(notify(&world), &ring).await, "SUCCESS");
    assert_eq!(world.reminder(id(101)).status, ReminderStatus::Sent);
}

#[tokio::test]
async fn given_requests_that_no_sidecar_makes_then_each_is_refused_with_what_is_wrong() {
    let world = rung(true).await;
    let router = with_sidecar(notify(&world), None);
    let good = ring(&world).to_string();
    let to = "/dapr/reminders";
    let bad: [(&str, Option<&str>, &[u8], u16); 8] = [
        (to, None, good.as_bytes(), 415),
        (to, Some("application/json"), good.as_bytes(), 415),
        (to, Some("application/cloudevents-batch+json"), good.as_bytes(), 415),
        (to, Some(EVENT), b"", 400),
        (to, Some(EVENT), b"{\"type\":", 400),
        (to, Some(EVENT), b"\xff", 400),
        (to, Some(EVENT), b"[]", 422),
        ("/dapr/reminders?topic=reminders", Some(EVENT), good.as_bytes(), 422),
    ];
    for (path, media_type, body, wanted) in bad {
        let headers: Vec<_> = media_type.map(|media_type| ("content-type", media_type)).into_iter().collect();
        let (status, problem) = call(&router, Method::POST, path, &headers, body.to_vec()).await;
        assert_eq!((status, &problem["status"]), (wanted, &json!(wanted)), "{path} {media_type:?} {body:?}");
    }
    for (method, path) in [(Method::GET, to), (Method::PUT, to), (Method::POST, "/dapr/subscribe")] {
        assert_eq!(call(&router, method, path, &[], Vec::new()).await.0, 405);
    }
    let subscribe = call(&router, Method::GET, "/dapr/subscribe?topic=reminders", &[], Vec::new()).await;
    assert_eq!((subscribe.0, &subscribe.1["errors"][0]["field"]), (422, &json!("topic")));
    assert!(told(&world).await.is_empty());
}
