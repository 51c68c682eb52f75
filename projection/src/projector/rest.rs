//! The rest that the projector takes between two batches.

use std::time::Duration;

use tokio::time::Instant;

use super::BATCH_MAX_RECORDS;
use crate::positions::Positions;

/// From one batch to the next at least. A batch of one record costs nearly what one of fifty does.
const REST: Duration = Duration::from_millis(5);
/// The same where queries that wait say so, and commands are on their way on the same cores.
const REST_BESIDE_QUERIES: Duration = Duration::from_millis(20);
/// A batch of so many records says that there is more to be read: no rest after it.
const BUSY_RECORDS: usize = BATCH_MAX_RECORDS / 4;

/// A rest.
#[derive(Debug)]
pub(super) struct Rest {
    until: Instant,
}

impl Rest {
    /// None.
    pub(super) fn none() -> Self {
        Self { until: Instant::now() }
    }

    /// After a batch of so many records that has just been read.
    pub(super) fn after(records: usize, beside_queries: bool) -> Self {
        let rest = match records {
            BUSY_RECORDS.. => Duration::ZERO,
            _ if beside_queries => REST_BESIDE_QUERIES,
            _ => REST,
        };
        Self { until: Instant::now() + rest }
    }

    /// Returns when it is over, or when a query waits for one of `projections`. Cancel safe.
    pub(super) async fn over(&self, positions: &Positions, projections: &[&str]) {
        if self.until > Instant::now() {
            tokio::select! {
                () = tokio::time::sleep_until(self.until) => {}
                () = positions.wanted(projections) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::poll;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[tokio::test]
    async fn given_a_rest_when_a_query_waits_then_it_is_over_and_goes_on_where_the_query_does_not_say_so() {
        let (positions, projections) = (Positions::new(), ["reminders", "tasks"]);
        let at = |offset| (("task-events".to_owned(), 0), offset);
        positions.advance("tasks", [at(3)]);
        let rest = Rest { until: Instant::now() + HOUR };
        let mut resting = Box::pin(rest.over(&positions, &projections));
        assert!(poll!(resting.as_mut()).is_pending());

        // The other half of the pair: who waits for the offsets and tells nobody waits as long as the rest takes.
        let mut offsets = positions.watch("tasks");
        let mut careless = Box::pin(offsets.wait_for(|offsets| offsets.values().any(|offset| *offset >= 4)));
        assert!(poll!(careless.as_mut()).is_pending());
        assert!(poll!(resting.as_mut()).is_pending());

        let token = "task-events/0@4".parse().unwrap();
        let mut query = Box::pin(positions.wait_for("tasks", &token, HOUR));
        assert!(poll!(query.as_mut()).is_pending());
        assert!(poll!(resting.as_mut()).is_ready());
        // One that begins while the query still waits is over at once.
        assert!(poll!(Box::pin(rest.over(&positions, &projections))).is_ready());
        positions.advance("tasks", [at(4)]);
        assert_eq!(query.await, Ok(()));
        assert!(careless.await.is_ok());
        assert!(poll!(Box::pin(rest.over(&positions, &projections))).is_pending());
    }

    #[tokio::test]
    async fn given_a_large_batch_when_it_was_read_then_there_is_no_rest_after_it() {
        let positions = Positions::new();
        assert!(poll!(Box::pin(Rest::after(BUSY_RECORDS, true).over(&positions, &[]))).is_ready());
        assert!(poll!(Box::pin(Rest::none().over(&positions, &[]))).is_ready());
    }
}
