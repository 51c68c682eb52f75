//! A worker of deliveries, which takes up what is due when it is told to.

use std::sync::Arc;
use std::time::Duration;

use platform::clock::Clock;
use process::commands::Commands;
use process::delivery::Notify;
use process::manager::{Rush, Timed as _};

use super::Ringing;

/// A worker of a process of its own.
pub(super) struct Worker {
    notify: Notify,
    commands: Arc<dyn Commands>,
    clock: Clock,
}

impl Worker {
    pub(super) fn new(ringing: &Ringing) -> Self {
        Self::with(ringing, Arc::new(ringing.world.twin.clone()))
    }

    pub(super) fn with(ringing: &Ringing, commands: Arc<dyn Commands>) -> Self {
        let clock = ringing.world.clock.clone();
        Self { notify: ringing.notify(commands.clone()), commands, clock }
    }

    /// Its clock is another one.
    pub(super) fn by(ringing: &Ringing, clock: Clock) -> Self {
        let commands: Arc<dyn Commands> = Arc::new(ringing.world.twin.clone());
        Self { notify: ringing.notify_by(commands.clone(), clock.clone()), commands, clock }
    }

    /// It gives way while very many ring.
    pub(super) fn giving_way(self, to: Rush) -> Self {
        Self { notify: self.notify.giving_way(to), ..self }
    }

    /// Takes up what is due, which goes on by itself; gives how much that is.
    pub(super) async fn fire(&self) -> usize {
        self.notify.fire(self.clock.now()).await.unwrap().rows
    }

    /// Waits until nothing is under way.
    pub(super) async fn is_done(&self) {
        while Arc::strong_count(&self.commands) > 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
