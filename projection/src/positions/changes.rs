//! Which rows of the serving generations have changed, as this process hears it: for what is kept in memory of them.

use tokio::sync::broadcast;

use super::Positions;
use super::notice::{Moved, Notice};

/// Changes that one who follows them may be behind. Of more it is told that it has missed some.
const BEHIND_MAX: usize = 4_096;

/// What has been heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Something may have been missed, or another generation serves: whatever is known of rows may be wrong.
    Anything,
    /// Rows of a projection that [tells](crate::projections::Description::rows_are_told) which.
    Rows(Notice),
}

/// Tells them. Says nothing while nobody follows.
#[derive(Debug)]
pub(super) struct Changes(broadcast::Sender<Change>);

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::Sender::new(BEHIND_MAX))
    }
}

impl Positions {
    /// Changes from now on. They come in the order in which they were committed, some time after that.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.0.changes.0.subscribe()
    }

    /// Something may have been missed.
    pub(super) fn tell_anything(&self) {
        self.tell(Change::Anything);
    }

    /// What has been heard, where it is about rows of which every change is told.
    pub(super) fn tell_change(&self, notice: Notice) {
        if !self.0.told.contains(notice.projection.as_str()) {
            return;
        }
        match notice.moved {
            Moved::To(..) | Moved::Rows(()) => self.tell(Change::Rows(notice)),
            // Of another generation that serves it is told when that is known. That one which serves has moved is noticed with the
            // next notice, which begins where nobody has come to.
            Moved::Reload(()) | Moved::Reset(()) => {}
        }
    }

    fn tell(&self, change: Change) {
        // Perhaps nobody follows.
        let _ = self.0.changes.0.send(change);
    }
}
