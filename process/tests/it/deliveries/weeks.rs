//! A receiver that fails for days: every attempt is made, then the log is told; the channel is disabled until its owner saves the settings
//! again.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use chrono::TimeDelta;
use domain::reminder::{Reminder, ReminderCommand, Told};
use platform::health::Health;
use platform::http::App;
use platform::metrics::Metrics;
use process::notify_router;
use serde_json::json;
use tower::ServiceExt as _;

use super::Ringing;
use super::receiver::Says;
use crate::world::id;

const SENT: &str = "tasklog.reminder.sent.v1";
const FAILED: &str = "tasklog.reminder.delivery_failed.v1";
/// Attempts until a delivery is given up.
const ATTEMPTS: usize = 10;

/// Somebody is to be told over a hook that always fails, of reminders from 101 on.
async fn hook_that_fails(reminders: u128) -> Ringing {
    let ringing = Ringing::mortal().await;
    ringing.told_over(&[vec![Says::Now(500)]]).await;
    ringing.world.create(1, json!({"title": "x"}));
    for n in 101..101 + reminders {
        ringing.world.remind(n, id(1), json!({"remind_at": "2026-11-30T16:00:00", "time_zone": "UTC"}));
    }
    ringing.world.advance(TimeDelta::hours(8));
    ringing
}

fn rings(ringing: &Ringing, n: u128) {
    let command = ReminderCommand::Trigger { at: ringing.world.clock.now(), told: Told::Alone };
    ringing.world.twin.user::<Reminder>(id(n), command);
}

/// What came of the attempts to tell of a reminder, in their order.
async fn outcomes(ringing: &Ringing, n: u128) -> Vec<String> {
    let outcomes = sqlx::query_scalar(
        "SELECT a.outcome FROM tasklog_process.attempts a JOIN tasklog_process.deliveries d ON d.id = a.delivery_id
         WHERE d.reminder_id = $1 ORDER BY a.number",
    );
    outcomes.bind(id(n)).fetch_all(&ringing.world.pool).await.unwrap()
}

async fn is_disabled(ringing: &Ringing) -> bool {
    let disabled = "SELECT count(*) > 0 FROM tasklog_process.channels WHERE disabled_at IS NOT NULL";
    sqlx::query_scalar(disabled).fetch_one(&ringing.world.pool).await.unwrap()
}

/// The settings are saved again over HTTP, as they are.
async fn saved_again(ringing: &Ringing) {
    let api = notify_router(ringing.notify(Arc::new(ringing.world.twin.clone())));
    let router = App::new(Health::new(), Metrics::detached()).router(api);
    let answer = router.clone().oneshot(Request::get("/notification-settings").body(Body::empty()).unwrap());
    let settings = answer.await.unwrap().into_body();
    let again = Request::put("/notification-settings").header("content-type", "application/json").body(settings);
    let answer = router.oneshot(again.unwrap()).await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
}

#[tokio::test]
async fn given_a_hook_that_fails_for_days_then_each_is_given_up_the_channel_is_disabled_and_saved_again_it_is_told_over()
 {
    let ringing = hook_that_fails(4).await;
    let began = ringing.world.clock.now();
    rings(&ringing, 101);
    ringing.live().await.unwrap();
    assert_eq!(outcomes(&ringing, 101).await, vec!["retry"; ATTEMPTS]);
    assert_eq!(ringing.ends(101), [FAILED]);
    let days = (ringing.world.clock.now() - began).num_hours() / 24;
    assert!((3..=4).contains(&days) && !is_disabled(&ringing).await, "{days} days are too few to disable it");

    // Within the attempts to tell of another it has failed for five days.
    rings(&ringing, 102);
    ringing.live().await.unwrap();
    let second = outcomes(&ringing, 102).await;
    let (last, before) = second.split_last().unwrap();
    assert!(is_disabled(&ringing).await);
    assert_eq!((last.as_str(), ringing.ends(102)), ("refused", vec![FAILED.to_owned()]));
    assert!(before.len() > 5 && before.iter().all(|outcome| outcome == "retry"), "{second:?}");
    let came = ringing.receiver.received().len();
    assert_eq!(came, ATTEMPTS + before.len());

    rings(&ringing, 103);
    ringing.live().await.unwrap();
    assert_eq!((ringing.ends(103), ringing.receiver.received().len()), (vec![FAILED.to_owned()], came));

    saved_again(&ringing).await;
    assert!(!is_disabled(&ringing).await);
    ringing.receiver.hook("hook-0", &[Says::Now(200)]);
    rings(&ringing, 104);
    ringing.live().await.unwrap();
    assert_eq!(outcomes(&ringing, 104).await, ["delivered"]);
    assert_eq!(ringing.ends(104), [SENT]);
}

#[tokio::test]
async fn given_a_process_that_dies_between_late_attempts_or_in_one_then_the_next_goes_on_and_what_was_not_written_is_made_again()
 {
    const DIES_AFTER: i64 = 7;
    for (step, unwritten) in [("taking up", 0), ("outcome", 1)] {
        let ringing = hook_that_fails(1).await;
        rings(&ringing, 101);
        ringing.dies_before(step, DIES_AFTER).await;
        assert!(ringing.live().await.is_err(), "nobody died before {step}");
        assert_eq!(outcomes(&ringing, 101).await.len(), 7, "{step}");
        assert_eq!(ringing.ends(101), Vec::<String>::new());
        ringing.nobody_dies().await;
        ringing.live().await.unwrap();
        assert_eq!(outcomes(&ringing, 101).await, vec!["retry"; ATTEMPTS], "{step}");
        assert_eq!(ringing.received().into_values().collect::<Vec<_>>(), [ATTEMPTS + unwritten], "{step}");
        assert_eq!(ringing.ends(101), [FAILED], "{step}");
    }
}
