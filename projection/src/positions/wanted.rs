//! Which projections queries of this process wait for. Whoever takes its time between two batches looks here first.

use std::collections::BTreeMap;

use tokio::sync::watch;

/// How many queries wait for each projection.
#[derive(Debug, Default)]
pub(super) struct Wanted(watch::Sender<BTreeMap<String, usize>>);

impl Wanted {
    /// A query waits for `projection` until what is given back is dropped.
    pub(super) fn by_a_query<'a>(&'a self, projection: &'a str) -> Wait<'a> {
        self.0.send_modify(|wanted| *wanted.entry(projection.to_owned()).or_default() += 1);
        Wait { wanted: self, projection }
    }

    /// Returns when a query waits for one of `projections`.
    pub(super) async fn any_of(&self, projections: &[&str]) {
        let is_wanted = |wanted: &BTreeMap<String, usize>| {
            projections.iter().any(|name| wanted.get(*name).is_some_and(|count| *count > 0))
        };
        // Its sender is this one.
        let _ = self.0.subscribe().wait_for(is_wanted).await;
    }
}

/// A query that waits.
pub(super) struct Wait<'a> {
    wanted: &'a Wanted,
    projection: &'a str,
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.wanted.0.send_if_modified(|wanted| {
            if let Some(count) = wanted.get_mut(self.projection) {
                *count = count.saturating_sub(1);
            }
            // Nobody waits for fewer.
            false
        });
    }
}
