//! Where a manager is, in the database, moved in the transaction of its rows.

use std::collections::BTreeMap;

use kafka_es::LogRecord;
use sqlx::{PgConnection, PgPool};

/// The last handled offset of each partition of each topic; -1 before the first record.
pub(super) type Checkpoint = BTreeMap<(String, i32), i64>;

/// Reads the checkpoint, making it for partitions that have none yet.
pub(super) async fn load(
    connection: &mut PgConnection,
    manager: &str,
    partitions: &[(String, i32)],
) -> Result<Checkpoint, sqlx::Error> {
    let (topics, numbers): (Vec<String>, Vec<i32>) = partitions.iter().cloned().unzip();
    sqlx::query(
        "INSERT INTO tasklog_process.positions (manager, topic, partition, position)
         SELECT $1, topic, partition, -1 FROM UNNEST($2::text[], $3::int[]) AS p(topic, partition)
         ON CONFLICT DO NOTHING",
    )
    .bind(manager)
    .bind(topics)
    .bind(numbers)
    .execute(&mut *connection)
    .await?;
    let rows: Vec<(String, i32, i64)> =
        sqlx::query_as("SELECT topic, partition, position FROM tasklog_process.positions WHERE manager = $1")
            .bind(manager)
            .fetch_all(connection)
            .await?;
    Ok(rows.into_iter().map(|(topic, partition, position)| ((topic, partition), position)).collect())
}

/// Whether the manager has handled every record of the topic before these ends.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn has_read(
    pool: &PgPool,
    manager: &str,
    topic: &str,
    ends: &BTreeMap<i32, i64>,
) -> Result<bool, sqlx::Error> {
    let rows: Vec<(i32, i64)> =
        sqlx::query_as("SELECT partition, position FROM tasklog_process.positions WHERE manager = $1 AND topic = $2")
            .bind(manager)
            .bind(topic)
            .fetch_all(pool)
            .await?;
    let at: BTreeMap<i32, i64> = rows.into_iter().collect();
    Ok(ends.iter().all(|(partition, end)| at.get(partition).is_some_and(|at| at + 1 >= *end)))
}

/// The offsets a checkpoint has after these records.
pub(super) fn after(records: &[LogRecord]) -> Checkpoint {
    let mut moves = Checkpoint::new();
    for record in records {
        let place = (record.position.topic.clone(), record.position.partition);
        let offset = moves.entry(place).or_insert(record.position.offset);
        *offset = record.position.offset.max(*offset);
    }
    moves
}

/// Where each partition must stand.
fn olds(from: &Checkpoint, to: &Checkpoint) -> Vec<i64> {
    to.keys().map(|place| from.get(place).copied().unwrap_or(-1)).collect()
}

/// Moves the partitions that stand where they must.
const MOVE: &str = "UPDATE tasklog_process.positions p SET position = m.new
     FROM UNNEST($2::text[], $3::int[], $4::bigint[], $5::bigint[]) AS m(topic, partition, old, new)
     WHERE p.manager = $1 AND p.topic = m.topic AND p.partition = m.partition AND p.position = m.old";

/// Moves the checkpoint by compare-and-set. False when some partition does not stand where `from` says: another instance has moved
/// it, so roll back.
pub(super) async fn advance(
    connection: &mut PgConnection,
    manager: &str,
    from: &Checkpoint,
    to: &Checkpoint,
) -> Result<bool, sqlx::Error> {
    let (topics, partitions): (Vec<String>, Vec<i32>) = to.keys().cloned().unzip();
    let news: Vec<i64> = to.values().copied().collect();
    let moved = sqlx::query(MOVE)
        .bind(manager)
        .bind(topics)
        .bind(partitions)
        .bind(olds(from, to))
        .bind(news)
        .execute(connection)
        .await?;
    Ok(usize::try_from(moved.rows_affected()) == Ok(to.len()))
}

/// The same where there are no rows to be written with it: one statement, whose commit does not wait for the disk.
///
/// There is nothing in it but the position. A server that dies may take that back; then the next move finds the partition elsewhere, the
/// records are handled again, and their commands are given again under the same ids, as after a crash before the commit. Postgres
/// recovers in the order of commits: where rows that were committed later are there, so is this. Where another has moved some partitions,
/// the others stay moved: what was in them is handled.
pub(super) async fn advance_alone(
    pool: &PgPool,
    manager: &str,
    from: &Checkpoint,
    to: &Checkpoint,
) -> Result<bool, sqlx::Error> {
    let (topics, partitions): (Vec<String>, Vec<i32>) = to.keys().cloned().unzip();
    let news: Vec<i64> = to.values().copied().collect();
    let statement = format!(
        "WITH moved AS ({MOVE} RETURNING 1), soon AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
         SELECT (SELECT count(*) FROM moved) FROM soon"
    );
    let moved: i64 = sqlx::query_scalar(&statement)
        .bind(manager)
        .bind(topics)
        .bind(partitions)
        .bind(olds(from, to))
        .bind(news)
        .fetch_one(pool)
        .await?;
    Ok(usize::try_from(moved) == Ok(to.len()))
}
