//! What the index knows.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use kafka_es::ConsistencyToken;

use super::kept::Tasks;
use crate::generations::Generation;
use crate::positions::{self, Reached};

/// What is known of a generation.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) generation: Generation,
    /// What it shows.
    pub(super) reached: Reached,
    pub(super) tenants: HashMap<String, Tenant>,
}

#[derive(Debug)]
pub(super) struct Tenant {
    /// Another one each time the index is filled: what is kept of tasks by it is forgotten then.
    pub(super) number: u32,
    pub(super) tasks: Tasks,
}

impl Known {
    pub(super) fn has(&self, wanted: &ConsistencyToken) -> bool {
        positions::missing(&self.reached, wanted).is_none()
    }

    pub(super) fn token(&self) -> Arc<str> {
        self.reached.token()
    }

    pub(super) fn len(&self) -> usize {
        self.tenants.values().map(|tenant| tenant.tasks.len()).sum()
    }

    /// What is known of a tenant, which may be nothing yet.
    pub(super) fn tenant(&mut self, name: &str, numbers: &AtomicU32) -> &mut Tenant {
        if !self.tenants.contains_key(name) {
            let number = numbers.fetch_add(1, Ordering::Relaxed);
            self.tenants.insert(name.to_owned(), Tenant { number, tasks: Tasks::default() });
        }
        self.tenants.get_mut(name).expect("it has just been put there")
    }
}
