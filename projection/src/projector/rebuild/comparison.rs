//! Compares two generations row by row as they are in one snapshot.

use sqlx::PgConnection;

use crate::generations::{Compared, Generation};
use crate::projections::Projection;

/// Compares the tables of `new` with those of `old`, as the transaction that `connection` is in sees them.
///
/// Sums of hashes first: they are equal where everything is as it should be, and cost one pass over each table. Only where they are
/// not, rows are sorted and counted.
pub(super) async fn compare(
    connection: &mut PgConnection,
    projection: &dyn Projection,
    new: Generation,
    old: Generation,
) -> Result<Compared, sqlx::Error> {
    let mut compared = Compared::default();
    for table in projection.describe().tables {
        let [new, old] = [new, old].map(|generation| generation.table(table.name));
        let (rows, sum) = summed(connection, &new).await?;
        compared.rows += rows;
        if (rows, sum) != summed(connection, &old).await? {
            compared.differences += differences(connection, &new, &old).await?;
        }
    }
    Ok(compared)
}

/// How many rows there are, and the sum of their hashes, which does not depend on their order.
async fn summed(connection: &mut PgConnection, table: &str) -> Result<(i64, String), sqlx::Error> {
    let statement =
        format!("SELECT count(*), coalesce(sum(hashtextextended(r::text, 0)::numeric), 0)::text FROM {table} r");
    sqlx::query_as(&statement).fetch_one(connection).await
}

async fn differences(connection: &mut PgConnection, new: &str, old: &str) -> Result<i64, sqlx::Error> {
    let statement = format!(
        "SELECT count(*) FROM (
             (SELECT r::text FROM {new} r EXCEPT ALL SELECT r::text FROM {old} r)
             UNION ALL (SELECT r::text FROM {old} r EXCEPT ALL SELECT r::text FROM {new} r)) AS d"
    );
    sqlx::query_scalar(&statement).fetch_one(connection).await
}
