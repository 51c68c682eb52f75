//! How far a partition is: watched by those who wait for it, and looked at by every command.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use tokio::sync::watch;

/// How far a partition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The next offset to apply.
    pub(crate) next: i64,
    /// Commands wait until `next` is here; `None` while that is not known.
    pub(crate) target: Option<i64>,
    /// True once the log was seen to be the one that was applied before.
    pub(crate) verified: bool,
    /// True when nothing will be applied any more.
    pub(crate) stopped: bool,
}

impl Progress {
    pub(crate) fn ready(&self) -> bool {
        self.verified && self.target.is_some_and(|target| self.next >= target)
    }
}

/// The progress, and what each command asks of it apart: a lock, even a shared one, goes back and forth between the processors
/// with every command and every acknowledgement.
pub(super) struct Watched {
    progress: watch::Sender<Progress>,
    next: AtomicI64,
    ready: AtomicBool,
    stopped: AtomicBool,
}

impl Watched {
    pub(super) fn new(next: i64) -> Self {
        let progress = Progress { next, target: None, verified: false, stopped: false };
        Self {
            progress: watch::Sender::new(progress),
            next: AtomicI64::new(next),
            ready: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
        }
    }

    /// Changes it, and wakes those who wait.
    pub(super) fn change(&self, change: impl FnOnce(&mut Progress)) {
        self.progress.send_if_modified(|progress| {
            change(progress);
            self.next.store(progress.next, Ordering::Release);
            self.ready.store(progress.ready(), Ordering::Release);
            self.stopped.store(progress.stopped, Ordering::Release);
            // Asked under the progress's own lock: who subscribes later finds the new value there.
            self.progress.receiver_count() > 0
        });
    }

    pub(super) fn watch(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    pub(super) fn all(&self) -> Progress {
        *self.progress.borrow()
    }

    pub(super) fn next(&self) -> i64 {
        self.next.load(Ordering::Acquire)
    }

    pub(super) fn ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    pub(super) fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }
}
