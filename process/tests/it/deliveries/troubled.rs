//! What operators see of deliveries that did not go as they should.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use chrono::{DateTime, TimeDelta, Utc};
use platform::health::Health;
use platform::http::App;
use platform::metrics::Metrics;
use process::commands::Commands;
use process::manager::Timed as _;
use process::{notify_router, timers};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::Ringing;
use super::receiver::Says;
use super::worker::Worker;
use crate::world::id;

/// Takes up what is due, and waits for what comes of it.
async fn work(ringing: &Ringing) {
    let commands: Arc<dyn Commands> = Arc::new(ringing.world.twin.clone());
    let notify = ringing.notify(commands.clone());
    notify.fire(ringing.world.clock.now()).await.unwrap();
    while Arc::strong_count(&commands) > 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Status and body of the answer.
async fn get(ringing: &Ringing, query: &str) -> (u16, Value) {
    let api = notify_router(ringing.notify(Arc::new(ringing.world.twin.clone())));
    let router = App::new(Health::new(), Metrics::detached()).router(api);
    let request = Request::get(format!("/deliveries{query}")).body(Body::empty()).unwrap();
    let answer = router.oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_slice(&to_bytes(answer.into_body(), usize::MAX).await.unwrap()).unwrap())
}

async fn items(ringing: &Ringing, query: &str) -> Vec<Value> {
    let (status, page) = get(ringing, query).await;
    assert_eq!(status, 200, "{page}");
    page["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn given_a_receiver_that_fails_and_one_that_is_gone_then_one_is_tried_again_and_one_has_failed_until_it_goes_well()
 {
    let ringing = Ringing::new().await;
    ringing.told_over(&[vec![Says::Now(500), Says::Now(200)], vec![Says::Now(410)]]).await;
    ringing.ring(1);
    ringing.read().await;
    assert_eq!(items(&ringing, "").await, Vec::<Value>::new(), "nothing was tried yet");

    work(&ringing).await;
    assert_eq!(items(&ringing, "").await.len(), 2);
    let [failing, failed] = [items(&ringing, "?outcome=failing").await, items(&ringing, "?outcome=failed").await];
    let now = serde_json::to_value(ringing.world.clock.now()).unwrap();
    for (found, outcome) in [(&failing, "failing"), (&failed, "failed")] {
        assert_eq!(found.len(), 1);
        assert_eq!((&found[0]["outcome"], &found[0]["attempts"]), (&json!(outcome), &json!(1)));
        assert_eq!((&found[0]["reminder_id"], &found[0]["task_id"]), (&json!(id(101)), &json!(id(1))));
        assert_eq!((&found[0]["title"], &found[0]["channel"]), (&json!("x"), &json!("webhook")));
        assert_eq!((&found[0]["created_at"], &found[0]["last_attempt_at"]), (&now, &now));
        assert!(found[0]["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{found:?}");
    }
    // That is by the clock of the database.
    let again_at: DateTime<Utc> = failing[0]["next_attempt_at"].as_str().unwrap().parse().unwrap();
    let since = sqlx::query_scalar("SELECT waits_since FROM tasklog_process.deliveries WHERE outcome IS NULL");
    let since: DateTime<Utc> = since.fetch_one(&ringing.world.pool).await.unwrap();
    assert!(again_at >= since + TimeDelta::seconds(5), "{again_at}");
    assert_eq!(failed[0]["next_attempt_at"], Value::Null);

    ringing.passes(TimeDelta::minutes(1)).await;
    work(&ringing).await;
    assert_eq!(items(&ringing, "?outcome=failing").await, Vec::<Value>::new());
    assert_eq!(items(&ringing, "").await, failed, "what has failed stays");
}

#[tokio::test]
async fn given_a_delivery_that_is_tried_again_when_asked_then_it_has_no_next_time_until_nobody_is_at_it_any_more() {
    let ringing = Ringing::new().await;
    ringing.told_over(&[vec![Says::Now(500), Says::Later(200)]]).await;
    ringing.ring(1);
    ringing.read().await;
    work(&ringing).await;
    ringing.passes(TimeDelta::minutes(1)).await;
    let due_at = sqlx::query_scalar("SELECT due_at FROM tasklog_process.deliveries");
    let due_at: DateTime<Utc> = due_at.fetch_one(&ringing.world.pool).await.unwrap();
    let next = async || items(&ringing, "?outcome=failing").await[0]["next_attempt_at"].clone();
    assert_eq!(next().await, serde_json::to_value(due_at).unwrap());

    let worker = Worker::new(&ringing);
    assert_eq!(worker.fire().await, 1);
    // The first attempt, and this one.
    for _ in 0..2 {
        ringing.receiver.comes().await;
    }
    assert_eq!(next().await, Value::Null, "it is being tried");
    // As if whoever tries it had died.
    ringing.leases_run_out().await;
    assert_eq!(next().await, serde_json::to_value(due_at).unwrap());
    ringing.receiver.answer();
    worker.is_done().await;
    assert_eq!(items(&ringing, "").await, Vec::<Value>::new());
}

/// Deliveries that wait, and those of them that are due, as operators see them.
async fn timer(ringing: &Ringing) -> (u32, u32) {
    timer_by(ringing, ringing.world.clock.now()).await
}

/// The same as a process sees them whose clock shows this time.
async fn timer_by(ringing: &Ringing, now: DateTime<Utc>) -> (u32, u32) {
    let timers = timers::all(&ringing.world.pool, now).await.unwrap();
    let notify = timers.into_iter().find(|timer| timer.manager == "notify").unwrap();
    (notify.waiting, notify.due)
}

#[tokio::test]
async fn given_a_delivery_that_is_being_worked_on_then_it_is_not_late_and_before_that_it_is_due() {
    let ringing = Ringing::new().await;
    ringing.told_over(&[vec![Says::Later(200)]]).await;
    ringing.ring(1);
    ringing.read().await;
    assert_eq!(timer(&ringing).await, (1, 1));
    let worker = Worker::new(&ringing);
    assert_eq!(worker.fire().await, 1);
    ringing.receiver.comes().await;
    assert_eq!(timer(&ringing).await, (1, 0));
    ringing.receiver.answer();
    worker.is_done().await;
    assert_eq!(timer(&ringing).await, (0, 0));
}

#[tokio::test]
async fn given_a_process_whose_clock_is_wrong_when_asked_then_deliveries_are_as_late_as_by_the_clock_they_go_by() {
    let ringing = Ringing::new().await;
    ringing.told_over(&[vec![Says::Now(500)]]).await;
    ringing.ring(1);
    ringing.read().await;
    let now: DateTime<Utc> = sqlx::query_scalar("SELECT now()").fetch_one(&ringing.world.pool).await.unwrap();
    let wrong = [-6, 6].map(|hours| now + TimeDelta::hours(hours));
    for clock in wrong {
        assert_eq!(timer_by(&ringing, clock).await, (1, 1), "it is due, whatever {clock} may be");
        let timers = timers::all(&ringing.world.pool, clock).await.unwrap();
        let notify = timers.into_iter().find(|timer| timer.manager == "notify").unwrap();
        let late = notify.at - notify.oldest_due.unwrap();
        assert!(late >= TimeDelta::zero() && late < TimeDelta::hours(1), "{late}");
    }
    // It is tried again, and not for an hour.
    work(&ringing).await;
    ringing.passes(TimeDelta::hours(-1)).await;
    for clock in wrong {
        assert_eq!(timer_by(&ringing, clock).await, (1, 0), "it waits, whatever {clock} may be");
    }
}

#[tokio::test]
async fn given_many_that_fail_when_read_page_by_page_then_each_comes_once_and_the_newest_first() {
    let ringing = Ringing::new().await;
    ringing.told_over(&[vec![Says::Now(500)]]).await;
    ringing.ring(5);
    ringing.read().await;
    work(&ringing).await;
    let newer = sqlx::query(
        "UPDATE tasklog_process.deliveries SET created_at = created_at + interval '1 hour' WHERE reminder_id = $1",
    );
    newer.bind(id(103)).execute(&ringing.world.pool).await.unwrap();

    let (mut seen, mut query) = (Vec::new(), "?outcome=failing&limit=2".to_owned());
    loop {
        let (_, page) = get(&ringing, &query).await;
        let found = page["items"].as_array().unwrap();
        assert!(found.len() <= 2, "{found:?}");
        seen.extend(found.iter().map(|item| item["reminder_id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("?outcome=failing&limit=2&cursor={cursor}");
        // A cursor is of the outcomes it was made for.
        let (status, problem) = get(&ringing, &format!("?cursor={cursor}")).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("cursor")));
    }
    assert_eq!(seen[0], id(103).to_string());
    seen.sort();
    assert_eq!(seen, [101, 102, 103, 104, 105].map(|n| id(n).to_string()));
}

#[tokio::test]
async fn given_wrong_parameters_when_asked_then_each_is_named() {
    let ringing = Ringing::new().await;
    for (query, field) in
        [("?outcome=delivered", "outcome"), ("?limit=0", "limit"), ("?cursor=x", "cursor"), ("?q=x", "q")]
    {
        let (status, problem) = get(&ringing, query).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{query}");
    }
}
