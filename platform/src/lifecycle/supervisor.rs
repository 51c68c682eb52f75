//! Named tasks in stages, started in order and stopped in the reverse order.

use std::fmt::Display;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_util::task::TaskTracker;

use super::Shutdown;

/// A supervised task that ended although nobody asked it to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{task} ended: {cause}")]
pub struct Ended {
    /// Its name.
    pub task: String,
    /// Its error, the message of its panic, or that it returned.
    pub cause: String,
}

/// Owns the tasks of a process, from the first start to the last stop.
///
/// Stages stop in the reverse order of their creation, each with its own patience; what does not end
/// by itself is aborted. So create them as the process starts: servers underneath first, HTTP last.
#[derive(Debug)]
pub struct Supervisor {
    draining: Shutdown,
    shutdown: Shutdown,
    stages: Vec<Stage>,
    report: mpsc::UnboundedSender<Ended>,
    reports: mpsc::UnboundedReceiver<Ended>,
}

impl Supervisor {
    /// A supervisor that listens for Ctrl-C and SIGTERM from now on: both request the shutdown.
    ///
    /// # Errors
    /// When the signal handlers cannot be installed.
    pub fn new() -> std::io::Result<Self> {
        Self::draining_for(Duration::ZERO)
    }

    /// The same for a process that others send requests to: at SIGTERM it is [draining](Supervisor::draining), and the shutdown is requested
    /// only after `drain`, or at the next signal. Whoever is at a keyboard, and presses Ctrl-C, does not wait.
    ///
    /// # Errors
    /// When the signal handlers cannot be installed.
    pub fn draining_for(drain: Duration) -> std::io::Result<Self> {
        let supervisor = Self::with_shutdown(Shutdown::new());
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let (draining, shutdown) = (supervisor.draining(), supervisor.shutdown());
        tokio::spawn(async move {
            let (name, drain) = tokio::select! {
                _ = interrupt.recv() => ("SIGINT", Duration::ZERO),
                _ = terminate.recv() => ("SIGTERM", drain),
            };
            draining.request();
            if !drain.is_zero() {
                tracing::info!(signal = name, drain_s = drain.as_secs(), "not ready any more, and serving on");
                tokio::select! {
                    () = tokio::time::sleep(drain) => {}
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            }
            tracing::info!(signal = name, "stopping");
            shutdown.request();
        });
        Ok(supervisor)
    }

    /// A supervisor without signal handlers, for tests and processes that have their own.
    #[must_use]
    pub fn with_shutdown(shutdown: Shutdown) -> Self {
        let (report, reports) = mpsc::unbounded_channel();
        Self { draining: Shutdown::new(), shutdown, stages: Vec::new(), report, reports }
    }

    /// The token that says that nobody is to send requests here any more; the shutdown follows it.
    #[must_use]
    pub fn draining(&self) -> Shutdown {
        self.draining.clone()
    }

    /// The token of the whole process. It fires before the stages' own tokens, which follow one by one.
    #[must_use]
    pub fn shutdown(&self) -> Shutdown {
        self.shutdown.clone()
    }

    /// Adds a stage that is given `patience` to end by itself when its turn to stop comes.
    pub fn stage(&mut self, name: &'static str, patience: Duration) -> Stage {
        let stage = Stage {
            name,
            patience,
            process: self.shutdown.clone(),
            shutdown: Shutdown::new(),
            tasks: TaskTracker::new(),
            aborts: Arc::default(),
            report: self.report.clone(),
        };
        self.stages.push(stage.clone());
        stage
    }

    /// Runs `start`, giving it up when the process is to end meanwhile, without a drain, as nobody is served yet: then the answer is `None`.
    /// Call [`Supervisor::stop`] then, which stops what was started, else [`Supervisor::run`].
    pub async fn start<T>(&self, start: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = start => Some(done),
            () = self.draining.requested() => None,
            () = self.shutdown.requested() => None,
        }
    }

    /// Waits until the shutdown is requested or a task ends by itself, then stops all stages.
    ///
    /// # Errors
    /// [`Ended`] names the first task that ended although nobody asked it to.
    pub async fn run(mut self) -> Result<(), Ended> {
        let first = tokio::select! {
            () = self.shutdown.requested() => None,
            ended = self.reports.recv() => ended,
        };
        self.stop().await;
        first.map_or(Ok(()), Err)
    }

    /// Stops all stages now, in reverse order.
    pub async fn stop(&mut self) {
        self.draining.request();
        self.shutdown.request();
        while let Some(stage) = self.stages.pop() {
            stage.stop().await;
        }
    }
}

/// Tasks that stop together. Clones are the same stage.
#[derive(Debug, Clone)]
pub struct Stage {
    name: &'static str,
    patience: Duration,
    process: Shutdown,
    shutdown: Shutdown,
    tasks: TaskTracker,
    aborts: Arc<Mutex<Vec<AbortHandle>>>,
    report: mpsc::UnboundedSender<Ended>,
}

impl Stage {
    /// The token that fires when it is this stage's turn to stop.
    #[must_use]
    pub fn shutdown(&self) -> Shutdown {
        self.shutdown.clone()
    }

    /// The token of the whole process, which fires before any stage's: for what must end first wherever it
    /// belongs, such as answers without an end.
    #[must_use]
    pub fn process_shutdown(&self) -> Shutdown {
        self.process.clone()
    }

    /// Starts the task `name`. When it panics, fails or returns before this stage's token fired, the
    /// whole process stops and [`Supervisor::run`] says why.
    pub fn spawn<F, E>(&self, name: impl Into<String>, task: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display,
    {
        let name = name.into();
        let (shutdown, report) = (self.shutdown.clone(), self.report.clone());
        let handle = self.tasks.spawn(async move {
            let cause = match AssertUnwindSafe(task).catch_unwind().await {
                Ok(Ok(())) => "it returned, which it never should".to_owned(),
                Ok(Err(error)) => error.to_string(),
                Err(panic) => format!("panicked: {}", panic_message(panic.as_ref())),
            };
            if !shutdown.is_requested() {
                // The receiver is gone only when the process already stops for another reason.
                let _ = report.send(Ended { task: name, cause });
            }
        });
        self.aborts.lock().unwrap_or_else(PoisonError::into_inner).push(handle.abort_handle());
    }

    async fn stop(self) {
        let began = std::time::Instant::now();
        self.shutdown.request();
        self.tasks.close();
        if tokio::time::timeout(self.patience, self.tasks.wait()).await.is_ok() {
            tracing::debug!(stage = self.name, took_ms = began.elapsed().as_millis(), "stopped");
            return;
        }
        tracing::warn!(
            stage = self.name,
            patience_ms = self.patience.as_millis(),
            left = self.tasks.len(),
            "aborting tasks that did not end in time"
        );
        for abort in self.aborts.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            abort.abort();
        }
        // An aborted task ends at its next await; one that computes without awaiting is not waited for.
        let _ = tokio::time::timeout(Duration::from_millis(100), self.tasks.wait()).await;
    }
}

/// The message of a panic, where it is text.
pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn supervisor() -> Supervisor {
        Supervisor::with_shutdown(Shutdown::new())
    }

    #[tokio::test]
    async fn given_a_task_that_fails_when_run_then_the_cause_is_returned() {
        let mut supervisor = supervisor();
        supervisor.stage("work", Duration::from_secs(1)).spawn("projector", async { Err("no such table") });
        let ended = supervisor.run().await.unwrap_err();
        assert_eq!(ended, Ended { task: "projector".into(), cause: "no such table".into() });
    }

    #[tokio::test]
    async fn given_a_task_that_panics_when_run_then_its_message_is_returned() {
        let mut supervisor = supervisor();
        let stage = supervisor.stage("work", Duration::from_secs(1));
        stage.spawn("projector", async { if true { panic!("index {}", 7) } else { Ok::<_, Infallible>(()) } });
        assert_eq!(supervisor.run().await.unwrap_err().cause, "panicked: index 7");
    }

    #[tokio::test]
    async fn given_two_stages_when_stopped_then_the_later_one_ends_first() {
        let mut supervisor = supervisor();
        let order = Arc::new(Mutex::new(Vec::new()));
        for name in ["below", "above"] {
            let stage = supervisor.stage(name, Duration::from_secs(10));
            let (shutdown, order) = (stage.shutdown(), order.clone());
            stage.spawn(name, async move {
                shutdown.requested().await;
                order.lock().unwrap().push(name);
                Ok::<_, Infallible>(())
            });
        }
        supervisor.shutdown().request();
        assert_eq!(supervisor.run().await, Ok(()));
        assert_eq!(*order.lock().unwrap(), ["above", "below"]);
    }

    #[tokio::test]
    async fn given_a_process_that_starts_when_it_is_to_end_then_no_drain_is_waited_for() {
        for requested in [Supervisor::draining, Supervisor::shutdown] {
            let supervisor = supervisor();
            requested(&supervisor).request();
            assert_eq!(supervisor.start(std::future::pending::<()>()).await, None);
        }
    }

    #[tokio::test]
    async fn given_a_task_that_ignores_its_token_when_stopped_then_it_is_aborted() {
        let mut supervisor = supervisor();
        let stage = supervisor.stage("deaf", Duration::from_millis(1));
        let alive = Arc::new(());
        let held = alive.clone();
        stage.spawn("deaf", async move {
            let _held = held;
            std::future::pending::<Result<(), Infallible>>().await
        });
        supervisor.shutdown().request();
        assert_eq!(supervisor.run().await, Ok(()));
        assert_eq!(Arc::strong_count(&alive), 1);
    }
}
