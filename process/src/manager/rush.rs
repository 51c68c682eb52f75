//! What can wait gives way while a clock has more to do than one look finds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Says whether a clock of this process has very much to do. Clones say the same.
#[derive(Debug, Clone, Default)]
pub struct Rush(Arc<AtomicUsize>);

/// A look that found as much as it can take, or follows one that did.
#[derive(Debug)]
pub struct Rushing(Rush);

impl Rush {
    /// Very much is to be done, until what it gives is dropped.
    #[must_use]
    pub fn begin(&self) -> Rushing {
        self.0.fetch_add(1, Ordering::Relaxed);
        Rushing(self.clone())
    }

    /// Whether somebody is at it.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for Rushing {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
