//! What every role that serves HTTP has: an address that is taken first, health, metrics, and an end.

use std::future::Future;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use platform::config::HttpArgs;
use platform::health::Health;
use platform::http::{App, DEADLINE, serve};
use platform::lifecycle::{Stage, Supervisor, raise_open_files};
use platform::metrics::Metrics;
use tokio::net::TcpListener;
use utoipa_axum::router::OpenApiRouter;

/// A process that serves HTTP until it is told to stop.
pub struct Server {
    pub supervisor: Supervisor,
    pub health: Health,
    /// What is asked where there is no route, in roles that have a page.
    pub fallback: Option<Router>,
    /// The longest a request may take until the head of its answer.
    pub deadline: Duration,
    metrics: Metrics,
    listener: TcpListener,
}

impl Server {
    /// Takes the address: a port in use is known before anything else is started; and as many open files as the system grants.
    pub async fn bind(arguments: &HttpArgs) -> anyhow::Result<Self> {
        raise_open_files();
        let listener = TcpListener::bind(arguments.listen)
            .await
            .with_context(|| format!("cannot listen on {}; choose another address with LISTEN", arguments.listen))?;
        let (supervisor, metrics) = (Supervisor::draining_for(arguments.drain())?, Metrics::install());
        Ok(Self { supervisor, health: Health::new(), fallback: None, deadline: DEADLINE, metrics, listener })
    }

    /// Where it listens.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// A stage of tasks; later stages stop first, each within `patience`.
    pub fn stage(&mut self, name: &'static str, patience: Duration) -> Stage {
        self.supervisor.stage(name, patience)
    }

    /// Serves the API that `open` gives until a signal, or until a task fails. A signal while it opens ends that too, and in
    /// any case what was started is stopped in order.
    pub async fn run(mut self, open: impl Future<Output = anyhow::Result<OpenApiRouter>>) -> anyhow::Result<ExitCode> {
        match self.supervisor.start(open).await {
            Some(Ok(api)) => self.serve(api).await,
            stopped => {
                self.supervisor.stop().await;
                stopped.transpose().map(|_| ExitCode::SUCCESS)
            }
        }
    }

    async fn serve(self, api: OpenApiRouter) -> anyhow::Result<ExitCode> {
        let Self { mut supervisor, health, fallback, deadline, metrics, listener } = self;
        let router = App { health, metrics, fallback, deadline, draining: supervisor.draining() }.router(api);
        let stage = supervisor.stage("http", Duration::from_secs(1));
        tracing::info!(address = %listener.local_addr()?, "serving");
        stage.spawn("http", serve(router, listener, stage.shutdown()));
        supervisor.run().await?;
        Ok(ExitCode::SUCCESS)
    }
}
