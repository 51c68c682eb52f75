//! A whole system at work with all that watches it: every role, a real Kafka, Postgres and two Dapr sidecars, and Prometheus, Alertmanager
//! and Jaeger as in production. `scripts/verify/run.sh full observe`.
//!
//! Prints what holds, one line each; the first thing that does not ends it with a panic. Faults are made and their alerts fire, what the
//! runbooks say ends them, and in the end each query of each panel has data.
#![expect(clippy::unwrap_used, reason = "what cannot go on fails")]
#![expect(unreachable_pub, reason = "a binary exports nothing; pub says what a module offers to the others")]

mod alerts;
mod components;
mod monitoring;
mod panels;
mod traces;
mod world;

use world::World;

#[tokio::main(worker_threads = 2)]
async fn main() {
    let mut world = World::start().await;
    components::are_used(&mut world.of_notify).await;
    traces::one_change_is_one_trace_to_the_notification(&world).await;
    traces::a_reminder_rings_in_the_trace_of_the_request_that_set_its_time(&world).await;
    alerts::fire_and_end(&mut world).await;
    panels::have_data(&world).await;
}

fn holds(what: &str) {
    println!("holds: {what}");
}
