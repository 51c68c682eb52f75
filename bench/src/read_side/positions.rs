//! Where the projections in Postgres are, as their own table says.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::Row as _;
use sqlx::postgres::PgConnection;

/// The last applied offset of each partition, of the generation that serves.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Places(BTreeMap<(String, String, i32), i64>);

const STORED: &str = "SELECT p.projection, p.topic, p.partition, p.position \
     FROM tasklog.positions p JOIN tasklog.generations g USING (projection, generation) WHERE g.role = 'serving'";

impl Places {
    /// What is stored now; nothing while the tables are not there yet.
    ///
    /// # Errors
    /// When Postgres cannot be asked.
    pub async fn stored(connection: &mut PgConnection) -> sqlx::Result<Self> {
        // Its migration makes it in one transaction with everything that is read here.
        let exists = sqlx::query_scalar("SELECT to_regclass('tasklog.generations') IS NOT NULL");
        if !exists.fetch_one(&mut *connection).await? {
            return Ok(Self::default());
        }
        let rows = sqlx::query(STORED).fetch_all(connection).await?;
        let place =
            |row: &sqlx::postgres::PgRow| Ok(((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?), row.try_get(3)?));
        Ok(Self(rows.iter().map(place).collect::<sqlx::Result<_>>()?))
    }

    /// The projections that have a place.
    pub fn projections(&self) -> BTreeSet<String> {
        self.0.keys().map(|(projection, ..)| projection.clone()).collect()
    }

    /// Whether `projection` is here as far as there, or further.
    pub fn reached(&self, projection: &str, there: &Self) -> bool {
        let mut wanted = there.0.iter().filter(|((name, ..), _)| name == projection);
        wanted.all(|(place, offset)| self.0.get(place).is_some_and(|here| here >= offset))
    }

    /// Records that `projection` has passed.
    pub fn records(&self, projection: &str) -> i64 {
        self.0.iter().filter(|((name, ..), _)| name == projection).map(|(_, offset)| offset + 1).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(rows: &[(&str, i32, i64)]) -> Places {
        let place = |(projection, partition, offset): &(&str, i32, i64)| {
            (((*projection).to_owned(), "task-events".to_owned(), *partition), *offset)
        };
        Places(rows.iter().map(place).collect())
    }

    #[test]
    fn given_a_partition_that_is_behind_or_missing_when_asked_then_the_projection_is_not_there() {
        let there = places(&[("tasks", 0, 9), ("tasks", 1, 4), ("history", 0, 9)]);
        assert!(places(&[("tasks", 0, 9), ("tasks", 1, 5)]).reached("tasks", &there));
        assert!(!places(&[("tasks", 0, 9), ("tasks", 1, 3)]).reached("tasks", &there));
        assert!(!places(&[("tasks", 0, 9)]).reached("tasks", &there));
        assert!(!Places::default().reached("history", &there));
    }

    #[test]
    fn given_partitions_with_and_without_records_when_counted_then_the_last_offset_counts_too() {
        let places = places(&[("tasks", 0, 9), ("tasks", 1, -1), ("history", 0, 3)]);
        assert_eq!((places.records("tasks"), places.records("history")), (10, 4));
        assert_eq!(places.projections().into_iter().collect::<Vec<_>>(), ["history", "tasks"]);
    }
}
