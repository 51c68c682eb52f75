//! Positions of other processes, heard over a connection that may go silent.

use std::time::Duration;

use platform::health::{Health, State};
use projection::Positions;

use crate::proxy::Proxy;
use crate::world::*;

#[tokio::test]
async fn given_a_connection_that_goes_silent_when_a_projection_moves_then_it_is_noticed_and_made_anew() {
    let world = World::new().await;
    let options = world.pool.connect_options();
    let proxy = Proxy::before(&options).await;
    let url = format!("postgres://postgres@{}/{}", proxy.address, options.get_database().unwrap());
    let pool = platform::postgres::connect_lazily(&url, 12).unwrap();
    let (far, health) = (Positions::new(), Health::new());
    tokio::spawn(far.clone().listen(pool, health.component("positions"), world.shutdown.clone()));
    world.start_projector();
    world.append(task_record(id(1), 1, &created(id(1), "heard")));
    far.wait_for("tasks", &world.end().await, LONG).await.unwrap();
    // Notices are heard in order: with this one all before it have been, and nothing is being asked when silence begins.
    let last = format!(r#"{{"p":"tasks","g":{},"to":["last",[[0,1]]]}}"#, world.serving("tasks").number);
    sqlx::query("SELECT pg_notify('projection', $1)").bind(last).execute(&world.pool).await.unwrap();
    let mut heard = far.watch("tasks");
    heard.wait_for(|offsets| offsets.contains_key(&("last".to_owned(), 0))).await.unwrap();

    proxy.silence();
    world.append(task_record(id(1), 2, &renamed("not heard", 2)));
    world.settle().await;
    let end = world.end().await;
    assert!(far.wait_for("tasks", &end, Duration::from_secs(2)).await.is_err(), "the connection was silent");
    assert_eq!(
        health.components()["positions"],
        State::Ready,
        "nothing tells a silent connection from a quiet one yet"
    );
    far.wait_for("tasks", &end, LONG).await.unwrap();
}
