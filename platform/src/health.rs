//! Which parts of this process can serve: the answer of `/readyz`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The registry of a process's parts. Clones share it.
///
/// The process is ready when every registered part is. A part is registered as not ready
/// ("starting"), so that nothing counts as ready before it said so itself.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<Mutex<BTreeMap<String, State>>>);

/// What a part last said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It can serve.
    Ready,
    /// It cannot, and why.
    NotReady(String),
}

impl Health {
    /// An empty registry, which is ready.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers the part `name` as starting and hands out the handle by which it reports.
    /// A second registration of the same name starts it anew.
    #[must_use]
    pub fn component(&self, name: impl Into<String>) -> Component {
        let component = Component { health: self.clone(), name: name.into() };
        component.not_ready("starting");
        component
    }

    /// Every part with its state, by name.
    #[must_use]
    pub fn components(&self) -> BTreeMap<String, State> {
        self.lock().clone()
    }

    /// True when no part is [`State::NotReady`].
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.lock().values().all(|state| *state == State::Ready)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One part's handle to its own state. Clones report for the same part; dropping it changes nothing.
#[derive(Debug, Clone)]
pub struct Component {
    health: Health,
    name: String,
}

impl Component {
    /// The part can serve.
    pub fn ready(&self) {
        self.set(State::Ready);
    }

    /// The part cannot serve now; `reason` is shown to operators by `/readyz`.
    pub fn not_ready(&self, reason: impl Into<String>) {
        self.set(State::NotReady(reason.into()));
    }

    fn set(&self, state: State) {
        self.health.lock().insert(self.name.clone(), state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_new_component_then_the_process_waits_for_it() {
        let health = Health::new();
        assert!(health.is_ready());
        let kafka = health.component("kafka");
        assert!(!health.is_ready());
        kafka.ready();
        assert!(health.is_ready());
    }

    #[test]
    fn given_one_of_two_components_down_then_the_reason_is_kept() {
        let health = Health::new();
        health.component("kafka").ready();
        let postgres = health.component("postgres");
        postgres.ready();
        postgres.not_ready("connection refused");
        assert!(!health.is_ready());
        assert_eq!(health.components()["postgres"], State::NotReady("connection refused".into()));
    }
}
