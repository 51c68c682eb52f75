//! Faults, the alerts that fire for them in Prometheus and Alertmanager, and what the runbook of each says, which ends them.

use std::time::Duration;

use reqwest::Method;
use tests::wait::until;

use crate::holds;
use crate::world::World;

/// What is late is so after a minute; all else takes seconds.
const PATIENCE: Duration = Duration::from_secs(240);

/// Each fault in turn.
pub async fn fire_and_end(world: &mut World) {
    a_record_that_nobody_can_read(world).await;
    no_process_of_a_role(world).await;
    nobody_does_what_is_due(world).await;
    a_receiver_that_takes_nothing(world).await;
    no_kafka(world).await;
    no_postgres(world).await;
}

async fn fires(world: &World, alerts: &[&str]) {
    for alert in alerts {
        until(&format!("{alert} fires"), PATIENCE, async || {
            let seen = [world.prometheus.fires(alert).await, world.alertmanager.has(alert).await];
            if seen == [true; 2] { Ok(()) } else { Err(format!("in Prometheus and Alertmanager: {seen:?}")) }
        })
        .await;
        holds(&format!("{alert} fires"));
    }
}

async fn end(world: &World, alerts: &[&str]) {
    for alert in alerts {
        until(&format!("{alert} ends"), PATIENCE, async || {
            if world.prometheus.fires(alert).await { Err("it fires".to_owned()) } else { Ok(()) }
        })
        .await;
        holds(&format!("{alert} ends with what its runbook says"));
    }
}

/// `TasklogDeadLetters`: they are dropped.
async fn a_record_that_nobody_can_read(world: &World) {
    tests::foreign::write(&world.kafka.bootstrap(), "task-events", "default/garbage", b"\xff\xfe not JSON \x00").await;
    fires(world, &["TasklogDeadLetters"]).await;
    let api = world.web.api();
    // One projection after the other parks it.
    until("all are dropped", PATIENCE, async || {
        for letter in api.all_items("/dead-letters?limit=50", "").await {
            let dropped = api.delete(&format!("/dead-letters/{}", letter["id"])).send().await;
            assert!(dropped.status < 300, "{}", dropped.text());
        }
        if world.prometheus.fires("TasklogDeadLetters").await { Err("it fires".to_owned()) } else { Ok(()) }
    })
    .await;
    end(world, &["TasklogDeadLetters"]).await;
}

/// `TasklogRoleDown` and what follows from it: the role is started.
async fn no_process_of_a_role(world: &mut World) {
    let alerts = ["TasklogRoleDown", "TasklogInstanceDown", "TasklogUpstreamFailing"];
    world.query.stop().await;
    fires(world, &alerts).await;
    world.query.start().await;
    end(world, &alerts).await;
}

/// `TasklogTimersLate`, as the process has no clock and its sidecar, which ticks, is gone: ticked by hand, and the sidecar started.
async fn nobody_does_what_is_due(world: &mut World) {
    world.process.stop().await;
    world.process.set("INTERNAL_CLOCK", "false");
    world.process.start().await;
    world.of_process.kill().await;
    world.remind_in("Late", 2_000).await;
    fires(world, &["DaprSidecarDown", "TasklogTimersLate"]).await;
    world.of_process.launch();
    let ticked = world.web.api().call(Method::POST, "/cron/reminders").send().await;
    assert!(ticked.status < 300, "{}", ticked.text());
    end(world, &["TasklogTimersLate", "DaprSidecarDown"]).await;
    world.process.stop().await;
    world.process.set("INTERNAL_CLOCK", "true");
    world.process.start().await;
}

/// `TasklogDeliveryFailing`: its owner sees to it, and what waited is delivered.
async fn a_receiver_that_takes_nothing(world: &World) {
    world.receiver.answer(503);
    fires(world, &["TasklogDeliveryFailing"]).await;
    world.receiver.answer(204);
    end(world, &["TasklogDeliveryFailing"]).await;
}

/// `TasklogKafkaUnavailable`: the broker is brought up, and nothing has to be done in Tasklog.
async fn no_kafka(world: &mut World) {
    let alerts = ["TasklogKafkaUnavailable", "TasklogWriteErrorBudgetBurn"];
    world.kafka.kill().await;
    fires(world, &alerts).await;
    world.kafka.launch().await;
    end(world, &alerts).await;
}

/// `TasklogProjectionLag`: Postgres is brought up, and the projections catch up by themselves.
async fn no_postgres(world: &mut World) {
    let alerts = ["TasklogReadErrorBudgetBurn", "TasklogProjectionLag"];
    world.postgres.stop().await;
    fires(world, &alerts).await;
    world.postgres.launch().await;
    end(world, &alerts).await;
}
