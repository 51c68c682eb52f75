//! A child process whose output goes to a file and that never outlives its owner.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

pub use rustix::process::Signal;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, kill_process, setrlimit, test_kill_process};

/// A running (or ended) child process. Dropped: killed.
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with both outputs appended to the file `log`.
    ///
    /// # Panics
    /// When the program cannot be started.
    pub fn spawn(name: &str, mut command: Command, log: &Path) -> Self {
        let out = File::options().create(true).append(true).open(log).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self { name: name.to_owned(), child, log: log.to_owned() }
    }

    /// The operating system's number of the process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal; a process that is gone already is left alone.
    pub fn signal(&self, signal: Signal) {
        send(self.pid(), signal);
    }

    /// Waits until the process ends.
    ///
    /// # Panics
    /// When it still runs after `patience`, with the end of its output.
    pub async fn ended(&mut self, patience: Duration) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.exit_status() {
                return status;
            }
            assert!(
                started.elapsed() < patience,
                "{} still runs after {patience:?}; its output ends:\n{}",
                self.name,
                self.output_end()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The exit status, or nothing while the process runs.
    pub fn exit_status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Kills it at once (SIGKILL) and waits until it is gone.
    pub async fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.ended(Duration::from_secs(10)).await;
    }

    /// Everything it has printed so far.
    #[must_use]
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The last lines it has printed.
    #[must_use]
    pub fn output_end(&self) -> String {
        let output = self.output();
        let lines: Vec<&str> = output.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A stopped (SIGSTOP) process dies of SIGKILL as well.
        self.signal(Signal::KILL);
        self.child.wait().ok();
    }
}

fn pid_of(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()
}

/// Sends a signal to any process; one that is gone already is left alone.
pub fn send(pid: u32, signal: Signal) {
    kill_process(pid_of(pid), signal).ok();
}

/// Whether a process of this number runs.
#[must_use]
pub fn runs(pid: u32) -> bool {
    test_kill_process(pid_of(pid)).is_ok()
}

/// Number and command line of a process, for messages.
#[must_use]
pub fn name(pid: u32) -> String {
    let listing = Command::new("ps").args(["-o", "pid=,args=", "-p", &pid.to_string()]).output();
    listing.map(|listing| String::from_utf8_lossy(&listing.stdout).trim().to_owned()).unwrap_or_default()
}

/// The process `root` and every process it has started, directly or through others.
///
/// # Panics
/// When `ps` cannot be run.
#[must_use]
pub fn family(root: u32) -> Vec<u32> {
    let listing = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output().unwrap();
    let pairs: Vec<(u32, u32)> = String::from_utf8_lossy(&listing.stdout)
        .lines()
        .filter_map(|line| {
            let mut numbers = line.split_whitespace().map(str::parse);
            Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
        })
        .collect();
    let mut family = vec![root];
    let mut next = 0;
    while next < family.len() {
        let of = family[next];
        family.extend(pairs.iter().filter(|(_, parent)| *parent == of).map(|(pid, _)| *pid));
        next += 1;
    }
    family
}

/// Lets this process, and each that it starts from now on, open so many files, or without a number all that the system grants; how
/// many these are.
///
/// # Panics
/// When the system does not grant so many.
pub fn set_open_files(count: Option<u64>) -> u64 {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let current = count.or(maximum);
    setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
    current.unwrap_or(u64::MAX)
}

/// Memory of a process that nothing but the process itself holds, in KiB: not the files it has mapped, which the system takes back when
/// it needs room.
///
/// # Panics
/// When there is no such process.
#[must_use]
pub fn anonymous_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    kib(&status, "RssAnon").unwrap()
}

fn kib(status: &str, name: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    value.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_says_of_a_process_is_read_by_its_name() {
        let status = "VmRSS:\t   20480 kB\nRssAnon:\t    4096 kB\nThreads:\t9\n";
        assert_eq!(kib(status, "RssAnon"), Some(4_096));
        assert_eq!(kib(status, "Rss"), None);
        assert_eq!(kib(status, "Threads"), None);
        assert!(anonymous_kib(std::process::id()) > 0);
    }
}
