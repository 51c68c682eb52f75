//! `tasklog up`, or one role of a cluster, as a process: started on a folder, watched, stopped in order, killed, started again.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use crate::http::Api;
use crate::process::{self, Process, Signal};
use crate::{ports, wait};

/// Long enough for the first start, which creates a database, on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// What the product promises for Ctrl-C.
const STOPPED_WITHIN: Duration = Duration::from_secs(5);

/// It has every variable, which a test of the binary sees to.
const CONFIGURATION: &str = include_str!("../../docs/configuration.md");

/// What would change a system that says nothing of it, should the caller have it: all that could be a variable on the page on configuration.
fn of_the_caller() -> impl Iterator<Item = &'static str> {
    let is_in_name = |character: char| matches!(character, 'A'..='Z' | '0'..='9' | '_');
    CONFIGURATION.split('`').filter(move |code| !code.is_empty() && code.chars().all(is_in_name))
}

/// The release binary beside the running test or benchmark.
///
/// # Panics
/// When it has not been built.
#[must_use]
pub fn binary() -> PathBuf {
    let path = std::env::var_os("TASKLOG_BIN").map_or_else(|| built("tasklog"), PathBuf::from);
    assert!(path.exists(), "{} is missing: run the tests by `make test`, which builds it", path.display());
    path
}

/// A file of the build's profile folder, by its path within that folder. A test runs in `deps` below it, a benchmark in it.
#[must_use]
pub fn built(path: &str) -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let folder = program.parent().unwrap();
    if folder.ends_with("deps") { folder.parent().unwrap().join(path) } else { folder.join(path) }
}

/// One configuration of `tasklog up` or of a role, and its process while it runs.
pub struct Tasklog {
    role: &'static str,
    /// Another binary than [`binary`].
    program: Option<PathBuf>,
    listen: String,
    data: PathBuf,
    log: PathBuf,
    variables: Vec<(String, String)>,
    process: Option<Process>,
}

impl Tasklog {
    /// A configuration with its data below `folder` and ports of its own; nothing runs yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let listen = format!("127.0.0.1:{}", ports::free());
        let variables = [
            ("LISTEN", listen.clone()),
            // For the commands that talk to it.
            ("TASKLOG_URL", format!("http://{listen}")),
            ("KAFKA_EMBEDDED_LISTEN", format!("127.0.0.1:{}", ports::free())),
            ("RUST_LOG", std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned())),
        ];
        let mut tasklog = Self {
            role: "up",
            program: None,
            listen,
            data: PathBuf::new(),
            log: folder.join("tasklog.log"),
            variables: Vec::new(),
            process: None,
        };
        for (name, value) in variables {
            tasklog.set(name, &value);
        }
        tasklog.data_in(&folder.join("data"));
        tasklog
    }

    /// The same for one role of a cluster, such as `command`.
    #[must_use]
    pub fn role(role: &'static str, folder: &Path) -> Self {
        let mut tasklog = Self::new(folder);
        tasklog.role = role;
        tasklog
    }

    /// Runs another binary from the next start on.
    pub fn run_by(&mut self, program: &Path) {
        self.program = Some(program.to_owned());
    }

    /// Sets an environment variable for the next start.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// The value of an environment variable that [`Self::set`] has set.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Keeps the data in `folder` from the next start on.
    pub fn data_in(&mut self, folder: &Path) {
        folder.clone_into(&mut self.data);
        self.set("DATA_DIR", &folder.to_string_lossy());
    }

    /// Where the data is.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// `host:port` of the API.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.listen
    }

    /// The API of this system.
    #[must_use]
    pub fn api(&self) -> Api {
        Api::new(&format!("http://{}", self.listen))
    }

    /// Starts the process without waiting for it.
    pub fn launch(&mut self) -> &mut Process {
        let mut command = self.command();
        command.arg(self.role);
        self.process.insert(Process::spawn(&format!("tasklog {}", self.role), command, &self.log))
    }

    /// Starts the process and waits until `/readyz` says so.
    pub async fn start(&mut self) {
        self.start_within(READY_WITHIN).await;
    }

    /// The same, when it may take longer: much of the log has to be read.
    ///
    /// # Panics
    /// When it ends, or is not ready after `patience`.
    pub async fn start_within(&mut self, patience: Duration) {
        self.launch();
        let api = self.api();
        let process = self.process.as_mut().expect("just launched");
        wait::until("tasklog is ready", patience, async || {
            if let Some(status) = process.exit_status() {
                panic!("tasklog ended with {status}; its output ends:\n{}", process.output_end());
            }
            match api.get("/readyz").try_send().await {
                Ok(answer) if answer.status == 200 => Ok(()),
                Ok(answer) => Err(format!("{} {}", answer.status, answer.text())),
                Err(error) => Err(error.to_string()),
            }
        })
        .await;
    }

    /// Presses Ctrl-C and waits: within its five seconds it must end with exit code 0 and every process that it had
    /// started must be gone.
    ///
    /// # Panics
    /// When it takes longer or fails, or one of the processes it had started still runs.
    pub async fn stop(&mut self) {
        let family = process::family(self.running().pid());
        let process = self.running();
        let pressed = Instant::now();
        process.signal(Signal::INT);
        let status = process.ended(STOPPED_WITHIN).await;
        assert!(status.success(), "Ctrl-C ended tasklog with {status}; its output ends:\n{}", process.output_end());
        wait::until("every process is gone", STOPPED_WITHIN.saturating_sub(pressed.elapsed()), async || {
            let left: Vec<String> =
                family.iter().filter(|pid| process::runs(**pid)).map(|pid| process::name(*pid)).collect();
            if left.is_empty() { Ok(()) } else { Err(left.join(", ")) }
        })
        .await;
        self.process = None;
    }

    /// Kills the process (SIGKILL); its database server, a process of its own, is left to the next start.
    pub async fn kill(&mut self) {
        self.running().kill().await;
        self.process = None;
    }

    /// Kills the process and everything it has started, and waits until the system has forgotten them all.
    pub async fn kill_family(&mut self) {
        let family = process::family(self.running().pid());
        for pid in &family {
            process::send(*pid, Signal::KILL);
        }
        self.kill().await;
        wait::until("the killed are gone", STOPPED_WITHIN, async || {
            if family.iter().any(|pid| process::runs(*pid)) { Err("not yet".to_owned()) } else { Ok(()) }
        })
        .await;
    }

    /// Waits for a process that is expected to end by itself.
    pub async fn ended(&mut self, patience: Duration) -> (ExitStatus, String) {
        let process = self.running();
        let status = process.ended(patience).await;
        (status, process.output())
    }

    /// The running process.
    ///
    /// # Panics
    /// When it has not been started.
    pub fn running(&mut self) -> &mut Process {
        self.process.as_mut().expect("tasklog has been started")
    }

    /// Everything it has printed in all its starts.
    #[must_use]
    pub fn output(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Runs a subcommand with this system's configuration to its end.
    ///
    /// # Panics
    /// When the binary cannot be run.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// The same, where whoever reads its standard output is gone before it begins.
    ///
    /// # Panics
    /// When the binary cannot be run.
    #[must_use]
    pub fn run_unread(&self, arguments: &[&str]) -> Output {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        self.command().args(arguments).stdin(Stdio::null()).stdout(writer).output().unwrap()
    }

    /// Runs a subcommand that must succeed; its standard output.
    ///
    /// # Panics
    /// When its exit code is not 0.
    pub fn run_well(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "tasklog {arguments:?}: {}\n{out}\n{err}", output.status);
        out.into_owned()
    }

    /// The binary with this system's environment and nothing of the caller's that could change it.
    #[must_use]
    pub fn command(&self) -> Command {
        self.command_named(self.program.clone().unwrap_or_else(binary))
    }

    /// Any program with this system's environment, in a folder of its own.
    #[must_use]
    pub fn command_named(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        for name in of_the_caller() {
            command.env_remove(name);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.log.parent().unwrap());
        command
    }
}

impl Drop for Tasklog {
    fn drop(&mut self) {
        // A failed test must not leave a database server running.
        if let Some(process) = &mut self.process {
            for pid in process::family(process.pid()) {
                process::send(pid, Signal::KILL);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn given_any_variable_of_the_page_on_configuration_then_a_program_has_what_was_set_and_nothing_of_the_caller() {
        let mut tasklog = Tasklog::new(Path::new("folder"));
        tasklog.set("DAPR_PUBSUB", "pubsub");
        let command = tasklog.command_named("true");
        let changed: BTreeMap<_, _> = command.get_envs().collect();
        let of = |name: &str| {
            changed.get(std::ffi::OsStr::new(name)).map(|value| value.map(|value| value.to_str().unwrap()))
        };
        for name in
            ["DAPR_SECRET_STORE", "EVENTS_URL", "INTERNAL_CLOCK", "KAFKA_BROKERS", "SMTP_URL", "TRACE_SHARE", "TZ"]
        {
            assert_eq!(of(name), Some(None), "{name} is cleared");
        }
        assert_eq!(of("DAPR_PUBSUB"), Some(Some("pubsub")));
        assert_eq!([of("PATH"), of("HOME")], [None, None], "they are as the caller has them");
    }
}
