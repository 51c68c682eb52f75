//! The run's one clock, and its log lines.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Tells the time since the run's beginning and keeps what happened with it.
pub struct Clock {
    started: Instant,
    /// Whether lines are printed as they come.
    loud: bool,
    lines: Mutex<Vec<String>>,
}

impl Clock {
    /// The run begins now.
    #[must_use]
    pub fn start(loud: bool) -> Self {
        Self { started: Instant::now(), loud, lines: Mutex::default() }
    }

    /// Time since the beginning.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The same in microseconds.
    ///
    /// # Panics
    /// After half a million years.
    #[must_use]
    pub fn now_us(&self) -> u64 {
        u64::try_from(self.elapsed().as_micros()).unwrap()
    }

    /// Notes what happens now.
    ///
    /// # Panics
    /// When another thread panicked here.
    pub fn say(&self, what: &str) {
        let line = format!("{:8.3} s  {what}", self.elapsed().as_secs_f64());
        if self.loud {
            println!("{line}");
        }
        self.lines.lock().unwrap().push(line);
    }

    /// Everything that was noted.
    ///
    /// # Panics
    /// When another thread panicked here.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}
