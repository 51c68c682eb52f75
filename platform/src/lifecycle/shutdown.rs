//! The token that says: stop.

use tokio_util::sync::CancellationToken;

/// Told to everyone who must stop. Clones share it.
///
/// A handler with an endless answer (server-sent events) ends its stream when this fires; a task with a
/// loop selects on [`Shutdown::requested`].
#[derive(Debug, Clone, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// A token nobody has fired.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Completes when the stop is requested; at once if it was. Cancel safe.
    pub async fn requested(&self) {
        self.0.cancelled().await;
    }

    /// True once the stop is requested.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Requests the stop of everyone who holds this token.
    pub fn request(&self) {
        self.0.cancel();
    }
}
