//! Stops Postgres when this process is killed and cannot do it itself.

use std::process::Stdio;

use tokio::process::{Child, Command};

use super::place::Place;

/// A shell that waits for the end of a pipe which only we hold. The kernel closes it when we die,
/// however that happens; then the shell tells Postgres to stop.
#[derive(Debug)]
pub(super) struct Watchdog(#[expect(dead_code, reason = "its pipe closes when it is dropped, and it is killed")] Child);

impl Watchdog {
    /// Watches over the server `pid`. Without a shell there is none; the next start then ends what is
    /// left.
    pub(super) fn start(place: &Place, pid: u32) -> Option<Self> {
        let mut command: Command = place.command("/bin/sh".as_ref());
        command
            .arg("-c")
            .arg(format!("read -r _; kill -INT {pid}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // Dropped in order, after the server was stopped, it must not signal a process that is no longer ours.
        command.kill_on_drop(true);
        match command.spawn() {
            Ok(child) => Some(Self(child)),
            Err(error) => {
                tracing::debug!(%error, "no watchdog for the embedded Postgres");
                None
            }
        }
    }
}
