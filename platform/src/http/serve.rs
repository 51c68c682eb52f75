//! The server loop.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use futures::future::BoxFuture;
use tokio::net::TcpListener;

use crate::lifecycle::Shutdown;

/// How long requests under way may go on after the shutdown, so that the whole process is down in 5 s.
const DRAIN: Duration = Duration::from_millis(800);

/// Answers requests on `listener` until `shutdown`, then lets those under way finish for [`DRAIN`] and
/// cuts the rest. Streams (server-sent events) are expected to end by themselves on the same token.
/// Requests carry their caller's address (`ConnectInfo<SocketAddr>`).
///
/// # Errors
/// When the listener fails for good.
// Boxed, so that the HTTP server is compiled here and not in each program that runs one (decision 33).
pub fn serve(router: Router, listener: TcpListener, shutdown: Shutdown) -> BoxFuture<'static, io::Result<()>> {
    Box::pin(answer(router, listener, shutdown))
}

async fn answer(router: Router, listener: TcpListener, shutdown: Shutdown) -> io::Result<()> {
    let graceful = shutdown.clone();
    // One router for all connections: given as it is, each connection would have a copy of every route and of all that it holds.
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(axum::serve::ListenerExt::tap_io(listener, set_nodelay), service)
        .with_graceful_shutdown(async move { graceful.requested().await });
    let cut = async {
        shutdown.requested().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        served = server => served,
        () = cut => {
            tracing::info!(drain_ms = DRAIN.as_millis(), "cutting connections that did not end in time");
            Ok(())
        }
    }
}

fn set_nodelay(stream: &mut tokio::net::TcpStream) {
    // Answers are small and written at once; without this the kernel may hold one back for 40 ms.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its send delay");
    }
}
