//! Attempts over webhooks that answer.

use std::time::Duration;

use chrono::TimeDelta;
use notification::webhook::{Request, Secret, body};
use notification::{Outcome, Targets, Webhooks};
use serde_json::json;
use url::Url;
use uuid::Uuid;

use crate::at;
use crate::receiver::Receiver;

pub(crate) fn secret() -> Secret {
    Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()
}

/// One attempt at `url` by a client that may go anywhere.
pub(crate) async fn attempt(url: &Url) -> Outcome {
    attempt_with(&Webhooks::new(Targets::Any).unwrap(), url).await
}

pub(crate) async fn attempt_with(webhooks: &Webhooks, url: &Url) -> Outcome {
    let request = Request { id: Uuid::from_u128(7), url, secret: &secret(), body: b"{}".to_vec(), at: at() };
    webhooks.attempt(request).await
}

fn retry(why: &str, after: Option<u64>) -> Outcome {
    Outcome::Retry { why: why.to_owned(), after: after.map(Duration::from_secs) }
}

#[tokio::test]
async fn given_a_receiver_when_sent_then_the_signed_event_with_its_task_arrives() {
    let receiver = Receiver::start(204, &[]).await;
    let event =
        json!({"specversion": "1.0", "id": "default/r@4", "data": {"triggered_at": "2026-11-30T07:40:00.100Z"}});
    let body = body(event.as_object().unwrap().clone(), json!({"title": "Zahnarzt 🦷"}));
    let id = notification::delivery_id(Uuid::from_u128(1), "default/r@4");
    let request = Request { id, url: &receiver.url(), secret: &secret(), body: body.clone(), at: at() };
    assert_eq!(Webhooks::new(Targets::Any).unwrap().attempt(request).await, Outcome::Delivered);

    let received = receiver.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].method, "POST");
    assert_eq!(received[0].header("content-type"), "application/cloudevents+json");
    assert_eq!(received[0].header("webhook-id"), id.to_string());
    assert_eq!(received[0].header("webhook-timestamp"), at().timestamp().to_string());
    assert!(received[0].header("user-agent").starts_with("tasklog/"));
    assert_eq!(received[0].body, body);
    assert!(received[0].is_signed_with(&secret()));
    assert!(!received[0].is_signed_with(&Secret::parse("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap()));
}

#[tokio::test]
async fn given_a_second_attempt_when_sent_then_the_same_id_and_body_signed_with_its_own_time() {
    let receiver = Receiver::start(200, &[]).await;
    let (webhooks, url, secret) = (Webhooks::new(Targets::Any).unwrap(), receiver.url(), secret());
    let first = Request { id: Uuid::from_u128(7), url: &url, secret: &secret, body: b"{}".to_vec(), at: at() };
    let second = Request { at: at() + TimeDelta::seconds(5), ..first.clone() };
    for request in [first, second] {
        assert_eq!(webhooks.attempt(request).await, Outcome::Delivered);
    }
    let received = receiver.received();
    assert_eq!(received[0].header("webhook-id"), received[1].header("webhook-id"));
    assert_eq!(received[0].body, received[1].body);
    assert_ne!(received[0].header("webhook-signature"), received[1].header("webhook-signature"));
    assert!(received.iter().all(|request| request.is_signed_with(&secret)));
}

#[tokio::test]
async fn given_each_status_when_answered_then_its_outcome() {
    let after: &[(&str, &str)] = &[("retry-after", "120")];
    let far: &[(&str, &str)] = &[("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")];
    for (status, headers, expected) in [
        (200, &[][..], Outcome::Delivered),
        (201, &[], Outcome::Delivered),
        (202, &[], Outcome::Delivered),
        (400, &[], retry("answered 400", None)),
        (401, after, retry("answered 401", None)),
        (404, &[], retry("answered 404", None)),
        (410, &[], Outcome::Gone { why: "answered 410".to_owned() }),
        (429, after, retry("answered 429", Some(120))),
        (429, &[], retry("answered 429", None)),
        (500, after, retry("answered 500", None)),
        (503, after, retry("answered 503", Some(120))),
        (503, far, retry("answered 503", Some(24 * 3600))),
        (503, &[("retry-after", "soon")], retry("answered 503", None)),
    ] {
        let receiver = Receiver::start(status, headers).await;
        assert_eq!(attempt(&receiver.url()).await, expected, "{status} {headers:?}");
        assert_eq!(receiver.received().len(), 1, "one attempt is one request");
    }
}

#[tokio::test]
async fn given_a_redirect_when_answered_then_nobody_goes_there() {
    let elsewhere = Receiver::start(200, &[]).await;
    for status in [301, 302, 303, 307, 308] {
        let receiver = Receiver::start(status, &[("location", elsewhere.url().as_str())]).await;
        let why = format!("answered {status}; redirects are not followed");
        assert_eq!(attempt(&receiver.url()).await, retry(&why, None));
        assert_eq!(receiver.received().len(), 1);
    }
    assert_eq!(elsewhere.received().len(), 0);
}
