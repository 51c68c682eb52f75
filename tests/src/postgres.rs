//! A Postgres server of a test's own, for tests that stop it under a running Tasklog.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::process::{Process, Signal};
use crate::{ports, wait};

const READY_WITHIN: Duration = Duration::from_secs(60);
const STOPPED_WITHIN: Duration = Duration::from_secs(30);

/// A Postgres server with its files in a folder that outlives a stop.
pub struct Postgres {
    binaries: PathBuf,
    folder: PathBuf,
    port: u16,
    process: Option<Process>,
}

impl Postgres {
    /// Creates a database cluster under `folder` and starts it.
    ///
    /// # Panics
    /// When no Postgres binaries are found or they refuse.
    pub async fn start(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let mut postgres =
            Self { binaries: binaries(), folder: folder.join("cluster"), port: ports::free(), process: None };
        if running_as_root() {
            std::os::unix::fs::chown(folder, Some(other_user()), None).unwrap();
        }
        let made = postgres
            .tool("initdb")
            .args(["--no-sync", "--auth=trust", "--username=tasklog", "--encoding=UTF8", "--locale=C", "-D"])
            .arg(&postgres.folder)
            .output()
            .unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        postgres.launch().await;
        postgres
    }

    /// What `DATABASE_URL` says for this server.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://tasklog@127.0.0.1:{}/postgres", self.port)
    }

    /// Runs statements as the owner of everything.
    ///
    /// # Panics
    /// When they fail.
    pub async fn execute(&self, statements: &str) {
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        connection.execute(statements).await.unwrap();
    }

    /// The first column of what a query answers, as the owner of everything; it has to be text.
    ///
    /// # Panics
    /// When it fails.
    pub async fn texts(&self, query: &str) -> Vec<String> {
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap()
    }

    /// Starts the server process and waits until it accepts connections.
    pub async fn launch(&mut self) {
        let mut command = self.tool("postgres");
        command.arg("-D").arg(&self.folder).args(["-p", &self.port.to_string()]);
        command.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
        let process = Process::spawn("Postgres", command, &self.folder.with_extension("log"));
        let log = self.folder.with_extension("log");
        let earlier = ready_lines(&log);
        wait::until("Postgres is ready", READY_WITHIN, async || {
            if ready_lines(&log) > earlier { Ok(()) } else { Err("starting".to_owned()) }
        })
        .await;
        self.process = Some(process);
    }

    /// Stops the server and cuts its connections (its "fast" shutdown).
    pub async fn stop(&mut self) {
        let mut process = self.process.take().expect("Postgres runs");
        process.signal(Signal::INT);
        process.ended(STOPPED_WITHIN).await;
    }

    /// A Postgres program, run by a user that Postgres accepts.
    fn tool(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.join(name));
        command.current_dir("/");
        if running_as_root() {
            command.uid(other_user());
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Killed outright, the server would leave its workers and shared memory behind.
        if let Some(process) = &mut self.process {
            process.signal(Signal::QUIT);
            for _ in 0..500 {
                if process.exit_status().is_some() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }
}

/// How often the server has said that it is ready, over all its starts.
fn ready_lines(log: &Path) -> usize {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    text.matches("database system is ready to accept connections").count()
}

fn running_as_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Postgres refuses to run as root: the user `postgres` where there is one, else `nobody`.
fn other_user() -> u32 {
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let id_of = |name: &str| {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next() == Some(name)).then(|| fields.nth(1).unwrap().parse().unwrap())
        })
    };
    id_of("postgres").or_else(|| id_of("nobody")).expect("a user to run Postgres as")
}

/// The folder with `initdb` and `postgres`: named by `TASKLOG_POSTGRES_BIN`, found on the path, or where Debian puts it.
fn binaries() -> PathBuf {
    let named = std::env::var_os("TASKLOG_POSTGRES_BIN").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let packaged = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    named
        .into_iter()
        .chain(on_path)
        .chain(packaged.map(|version| version.path().join("bin")))
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
        .expect("this test needs a PostgreSQL server (initdb, postgres): install one or set TASKLOG_POSTGRES_BIN")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_stopped_server_refuses_connections_and_comes_back() {
        let folder = crate::system::folder();
        let mut postgres = Postgres::start(folder.path()).await;
        let connects = |postgres: &Postgres| std::net::TcpStream::connect(("127.0.0.1", postgres.port)).is_ok();
        assert!(connects(&postgres));
        postgres.stop().await;
        assert!(!connects(&postgres));
        postgres.launch().await;
        assert!(connects(&postgres));
    }
}
