//! A real Postgres as a child process: the read models of `tasklog up`.
//!
//! What it holds can be rebuilt from the log at any time, which is why its commits need not wait for
//! the disk; the few that must, of what people have set, say so ([`crate::postgres::keep`]). It listens on the loopback address only, on a port chosen when it was made and kept, and
//! asks for a password that only the owner of the data folder can read.
//!
//! Postgres refuses to run as root. Started by root it runs as the user `postgres`, else `nobody`, and
//! where that user cannot reach the data folder (below `/root`, say) its folder is `/var/lib/tasklog/<id of
//! the data folder>` instead: see [`place`].
//!
//! It leads a process group of its own, so that Ctrl-C in a terminal reaches us and not it, and we stop it
//! after its clients. Should we be killed, a [`watchdog`] stops it.

mod archive;
mod binaries;
mod cluster;
mod place;
mod probe;
mod process;
mod watchdog;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::future::BoxFuture;

use crate::data_dir::{DataDir, DataDirError};
use crate::health::Component;
use crate::lifecycle::Shutdown;

pub use binaries::Origin;
use place::Place;
use process::Server;

/// The oldest major version that is used.
pub const VERSION_MIN: u32 = 13;
/// How long the first and the longest pause before a restart are.
const RESTART_PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// Why the embedded Postgres does not run.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// The data folder.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// None is installed and none could be fetched.
    #[error(
        "no Postgres (version {VERSION_MIN} or later) is installed and none could be fetched: {cause}; install one or set DATABASE_URL"
    )]
    NoBinaries {
        /// What went wrong with fetching one.
        cause: String,
    },
    /// A file or folder of it cannot be used.
    #[error("the embedded Postgres cannot use {}: {cause}", path.display())]
    Files {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// `initdb` failed.
    #[error("the embedded Postgres cannot be set up: {cause}")]
    Setup {
        /// The last line it wrote.
        cause: String,
    },
    /// The server did not come up.
    #[error("the embedded Postgres does not start: {cause} (its log is {})", log.display())]
    Start {
        /// The last line it wrote, or what was waited for.
        cause: String,
        /// Its log file.
        log: PathBuf,
    },
}

pub(crate) fn files(path: &Path) -> impl FnOnce(io::Error) -> PostgresError {
    let path = path.to_owned();
    move |cause| PostgresError::Files { path, cause }
}

/// A Postgres that runs and takes connections. Dropped without [`Postgres::run`], it is told to stop
/// at once and nobody waits for it.
#[derive(Debug)]
pub struct Postgres {
    place: Place,
    bin: PathBuf,
    database_url: String,
    port: u16,
    server: Server,
}

impl Postgres {
    /// Finds or fetches the programs, makes the database where there is none, ends what a killed
    /// process left behind, and starts the server.
    ///
    /// # Errors
    /// See [`PostgresError`].
    // Boxed, as is `run`, so that it is compiled here and not in each program that starts one (decision 33).
    pub fn start(data_dir: &DataDir, origin: Origin) -> BoxFuture<'_, Result<Self, PostgresError>> {
        Box::pin(Self::begin(data_dir, origin))
    }

    async fn begin(data_dir: &DataDir, origin: Origin) -> Result<Self, PostgresError> {
        let place = Place::find(data_dir)?;
        process::end_leftover(&place.pgdata).await;
        let existing = cluster::major_version(&place.pgdata);
        let bin = binaries::find(&place, origin, existing).await?;
        if existing.is_some() && binaries::major_version(&bin).await != existing {
            cluster::set_aside(&place)?;
        }
        let password = cluster::password(data_dir)?;
        if cluster::major_version(&place.pgdata).is_none() {
            cluster::create(&place, &bin, &password).await?;
        }
        let port = cluster::port(data_dir)?;
        let server = Server::start(&place, &bin, port).await?;
        let database_url = format!("postgres://{0}:{password}@127.0.0.1:{port}/{0}?sslmode=disable", cluster::NAME);
        Ok(Self { place, bin, database_url, port, server })
    }

    /// The URL to connect to, with its password.
    #[must_use]
    pub fn database_url(&self) -> &str {
        &self.database_url
    }

    /// The server's process id.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.server.pid()
    }

    /// The folder of its data.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.place.pgdata
    }

    /// Keeps it running until `shutdown`, then stops it. When it dies it is started again, with
    /// growing pauses, and `component` says so meanwhile.
    ///
    /// # Errors
    /// None: it is tried again for as long as it takes.
    pub fn run(self, shutdown: Shutdown, component: Component) -> BoxFuture<'static, Result<(), PostgresError>> {
        Box::pin(self.keep(shutdown, component))
    }

    async fn keep(mut self, shutdown: Shutdown, component: Component) -> Result<(), PostgresError> {
        component.ready();
        let mut pause = RESTART_PAUSES.0;
        loop {
            tokio::select! {
                () = shutdown.requested() => {
                    self.server.stop().await;
                    return Ok(());
                }
                status = self.server.ended() => {
                    component.not_ready(format!("ended ({status}), starting again"));
                    tracing::error!(%status, log = %self.place.log.display(), "the embedded Postgres ended, starting it again");
                }
            }
            while !self.restarted().await {
                tokio::select! {
                    () = shutdown.requested() => return Ok(()),
                    () = tokio::time::sleep(pause) => pause = (pause * 2).min(RESTART_PAUSES.1),
                }
            }
            pause = RESTART_PAUSES.0;
            component.ready();
            tracing::info!("the embedded Postgres runs again");
        }
    }

    async fn restarted(&mut self) -> bool {
        process::end_leftover(&self.place.pgdata).await;
        match Server::start(&self.place, &self.bin, self.port).await {
            Ok(server) => {
                self.server = server;
                true
            }
            Err(error) => {
                tracing::warn!(%error, "the embedded Postgres did not start, trying again");
                false
            }
        }
    }
}
