//! The twin: the calls that are compared, as a plain CRUD service on axum and sqlx answers them. One table whose rows are updated in
//! place, Postgres' own full-text search, no events.
//!
//! Written as well as such a service can be, so that the comparison says something: one statement a call, prepared once a connection;
//! pages by key; connections that are kept. It speaks the same JSON and knows `ETag` and `If-Match`, and leaves out what a table does not
//! give: history, time travel, the live stream, idempotency keys, consistency tokens.

mod change;
mod create;
mod failure;
mod fill;
mod filter;
mod get;
mod list;
mod search;
mod table;
mod task;
#[cfg(test)]
mod tests;

pub use fill::fill;
pub use task::Task;

use anyhow::Context;
use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt;
use clap::Args;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use tokio::net::TcpListener;

/// Whose tasks they are: everybody's, but the table could hold others' beside them, as Tasklog's can.
const TENANT: &str = "default";

/// Where the twin listens and keeps its rows.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Address and port.
    #[arg(long, env = "LISTEN")]
    listen: String,
    /// A database that has been filled.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// Connections to it: many writers share one flush of Postgres' log.
    #[arg(long, env = "TWIN_CONNECTIONS", default_value_t = 32)]
    connections: u32,
    /// Acknowledges what Postgres has not flushed to the disk yet: `synchronous_commit=off`. A crash may take it back.
    #[arg(long)]
    unflushed: bool,
}

/// Serves until the process is killed.
///
/// # Errors
/// When the address is taken or Postgres cannot be reached.
pub async fn serve(arguments: &Arguments) -> anyhow::Result<()> {
    let options: PgConnectOptions = arguments.database_url.parse().context("DATABASE_URL cannot be read")?;
    // No statement is large enough for code generation to pay.
    let mut options = options.application_name("twin").options([("jit", "off")]);
    if arguments.unflushed {
        options = options.options([("synchronous_commit", "off")]);
    }
    let pool = PgPoolOptions::new()
        .max_connections(arguments.connections)
        // Else every call asks first whether its connection still lives: a second round trip.
        .test_before_acquire(false)
        .connect_with(options)
        .await?;
    let listener = TcpListener::bind(&arguments.listen).await?.tap_io(|stream| {
        // A connection that keeps its delay is slow and nothing worse.
        stream.set_nodelay(true).ok();
    });
    Ok(axum::serve(listener, router(pool)).await?)
}

fn router(pool: PgPool) -> Router {
    Router::new()
        .route("/tasks", get(list::list_tasks).post(create::create_task))
        .route("/tasks/{id}", get(get::get_task).patch(change::change_task))
        .route("/readyz", get(async || "ready"))
        .with_state(pool)
}
