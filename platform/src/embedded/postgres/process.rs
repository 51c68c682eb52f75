//! The server process: start, wait until it takes connections, stop.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::process::Child;

use super::cluster::last_line;
use super::place::Place;
use super::watchdog::Watchdog;
use super::{PostgresError, files, probe};

/// How long a server may take to come up; recovery after a crash is the longest case.
const START: Duration = Duration::from_secs(60);
/// How long an orderly stop may take before it is cut short; the next start then recovers.
const STOP: Duration = Duration::from_millis(1500);
/// How long the rest of an immediate stop may take.
const STOP_AT_ONCE: Duration = Duration::from_millis(400);
/// Where a running server writes its process id.
const NUMBER: &str = "postmaster.pid";
/// How often a condition that sends no signal is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// One machine, small data, everything rebuildable.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    // A socket's path may be too long for the kernel; the loopback address always works.
    "unix_socket_directories=",
    "shared_buffers=64MB",
    "max_connections=50",
    // A commit lost with the machine's power is applied again from the log: rows and position are one
    // transaction. The files themselves stay whole, since fsync stays on.
    "synchronous_commit=off",
    "fsync=on",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=512MB",
    // Queries here are short; compiling or spreading them over workers takes longer than running them.
    "jit=off",
    "max_parallel_workers_per_gather=0",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_min_messages=warning",
];

/// A running server, child of this process.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    pid: Option<Pid>,
    watchdog: Option<Watchdog>,
}

impl Server {
    /// Starts it and waits until it takes connections.
    pub(super) async fn start(place: &Place, bin: &Path, port: u16) -> Result<Self, PostgresError> {
        let log = place.open_log()?;
        let log_start = log.metadata().map_err(files(&place.log))?.len();
        let mut command = place.command(&bin.join("postgres"));
        command.arg("-D").arg(&place.pgdata).arg("-p").arg(port.to_string());
        command.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        command.stdin(Stdio::null()).stdout(log.try_clone().map_err(files(&place.log))?).stderr(log);
        let start_error = |cause| PostgresError::Start { cause, log: place.log.clone() };
        let child = command.spawn().map_err(|error| start_error(error.to_string()))?;
        let pid = child.id();
        let watchdog = pid.and_then(|pid| Watchdog::start(place, pid));
        let mut server = Self { child, pid: pid.and_then(as_pid), watchdog };
        let deadline = Instant::now() + START;
        while !probe::takes_connections(port).await {
            if let Ok(Some(status)) = server.child.try_wait() {
                return Err(start_error(logged_since(&place.log, log_start).unwrap_or_else(|| status.to_string())));
            }
            if Instant::now() > deadline {
                return Err(start_error(format!("no connection within {} s", START.as_secs())));
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(server)
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Completes when the server ended although nobody told it to. Cancel safe.
    pub(super) async fn ended(&mut self) -> String {
        match self.child.wait().await {
            Ok(status) => describe(status),
            Err(error) => error.to_string(),
        }
    }

    /// Stops it in order: connections are cut, what was committed is written down.
    pub(super) async fn stop(mut self) {
        self.signal(Signal::INT);
        if tokio::time::timeout(STOP, self.child.wait()).await.is_err() {
            tracing::warn!("the embedded Postgres takes long to stop; stopping it at once, its next start recovers");
            self.signal(Signal::QUIT);
            let _ = tokio::time::timeout(STOP_AT_ONCE, self.child.wait()).await;
        }
        self.watchdog = None;
    }

    fn signal(&self, signal: Signal) {
        // Once it was waited for, its number may belong to someone else.
        if let (Some(_), Some(pid)) = (self.child.id(), self.pid) {
            let _ = kill_process(pid, signal);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.signal(Signal::INT);
    }
}

/// Ends the server that a killed process left on `pgdata`, if one still runs, and forgets its number.
///
/// A number that is in use stops a Postgres from starting, and after a crash it may be that of a dead process nobody has
/// waited for yet, or of a stranger. The data folder is locked by this process, so no other Postgres can be meant.
pub(super) async fn end_leftover(pgdata: &Path) {
    if let Some(pid) = leftover(pgdata) {
        end(pgdata, pid).await;
    }
    let number = pgdata.join(NUMBER);
    if leftover(pgdata).is_none() && number.exists() {
        let forgotten = fs::remove_file(&number);
        tracing::debug!(?forgotten, "the number of a Postgres that is gone");
    }
}

async fn end(pgdata: &Path, pid: Pid) {
    tracing::info!(pid = pid.as_raw_nonzero().get(), "ending the Postgres that a killed process left behind");
    for (signal, patience) in [(Signal::INT, STOP), (Signal::QUIT, STOP_AT_ONCE), (Signal::KILL, STOP_AT_ONCE)] {
        let _ = kill_process(pid, signal);
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if leftover(pgdata) != Some(pid) || test_kill_process(pid).is_err() {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// The server named by [`NUMBER`], if that process is a Postgres on this folder. After a restart
/// of the machine the number may be anybody's.
fn leftover(pgdata: &Path) -> Option<Pid> {
    let text = fs::read_to_string(pgdata.join(NUMBER)).ok()?;
    let pid: u32 = text.lines().next()?.trim().parse().ok()?;
    let command_line = command_line(pid)?;
    let ours = command_line.windows(2).any(|pair| pair[0] == "-D" && Path::new(&pair[1]) == pgdata);
    ours.then(|| as_pid(pid)).flatten()
}

/// The arguments of process `pid`; `None` when it is gone, or a zombie.
fn command_line(pid: u32) -> Option<Vec<String>> {
    let bytes = match fs::read(PathBuf::from(format!("/proc/{pid}/cmdline"))) {
        Ok(bytes) => bytes,
        Err(_) if Path::new("/proc/self").exists() => return None,
        // No /proc on this system: ask ps, whose arguments are separated by blanks.
        Err(_) => {
            let output =
                std::process::Command::new("ps").args(["-o", "args=", "-p", &pid.to_string()]).output().ok()?;
            output.stdout.iter().map(|byte| if *byte == b' ' { 0 } else { *byte }).collect()
        }
    };
    let arguments: Vec<String> =
        bytes.split(|byte| *byte == 0).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    (arguments.len() > 1).then_some(arguments)
}

fn as_pid(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

fn describe(status: ExitStatus) -> String {
    status.to_string()
}

fn logged_since(log: &Path, start_bytes: u64) -> Option<String> {
    let bytes = fs::read(log).ok()?;
    let new = bytes.get(usize::try_from(start_bytes).ok()?..)?;
    last_line(&String::from_utf8_lossy(new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn given_the_number_of_a_stranger_when_leftovers_are_ended_then_it_is_forgotten_and_the_stranger_lives() {
        let folder = tempfile::tempdir().unwrap();
        let number = folder.path().join(NUMBER);
        fs::write(&number, format!("{}\n{}\n", std::process::id(), folder.path().display())).unwrap();
        end_leftover(folder.path()).await;
        assert!(!number.exists());
    }

    #[tokio::test]
    async fn given_the_number_of_a_dead_process_nobody_waited_for_when_leftovers_are_ended_then_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let number = folder.path().join(NUMBER);
        let mut dead = std::process::Command::new("true").spawn().unwrap();
        fs::write(&number, format!("{}\n", dead.id())).unwrap();
        while command_line(dead.id()).is_some() {
            tokio::time::sleep(LOOK).await;
        }
        end_leftover(folder.path()).await;
        assert!(!number.exists());
        dead.wait().unwrap();
    }
}
