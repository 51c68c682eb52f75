//! Where a projection is, in the database, moved in the transaction of its rows.

use std::collections::BTreeMap;

use kafka_es::LogRecord;
use sqlx::PgConnection;

use crate::generations::Generation;
use crate::positions::notice::{CHANNEL, Moved, Notice};

/// The last applied offset of each partition; -1 before the first record.
pub type Checkpoint = BTreeMap<i32, i64>;

/// Where a projection is, and where it has to be before it answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    /// What it has applied.
    pub checkpoint: Checkpoint,
    /// The last offset that was in the log when it began, by partition.
    pub goals: BTreeMap<i32, i64>,
}

impl Loaded {
    /// Every partition is where it has to be before the projection answers.
    pub fn is_filled(&self) -> bool {
        let reached = |(partition, goal)| self.checkpoint.get(partition).is_some_and(|at| at >= goal);
        !self.goals.is_empty() && self.goals.iter().all(reached)
    }
}

/// Reads the checkpoint, making it for partitions that have none yet; `goals` say where the generation has to be before it
/// answers. Listeners are told of partitions that are new: otherwise they would take the first one that moves for the only one there is.
pub async fn load(
    connection: &mut PgConnection,
    generation: Generation,
    topic: &str,
    goals: &BTreeMap<i32, i64>,
) -> Result<Loaded, sqlx::Error> {
    let made = sqlx::query(
        "INSERT INTO tasklog.positions (projection, generation, topic, partition, position, goal)
         SELECT $1, $2, $3, partition, -1, goal FROM UNNEST($4::int[], $5::bigint[]) AS p(partition, goal) ORDER BY partition
         ON CONFLICT DO NOTHING",
    )
    .bind(generation.projection)
    .bind(generation.number)
    .bind(topic)
    .bind(goals.keys().copied().collect::<Vec<_>>())
    .bind(goals.values().copied().collect::<Vec<_>>())
    .execute(&mut *connection)
    .await?;
    if made.rows_affected() > 0 {
        sqlx::query("SELECT pg_notify($1, $2)")
            .bind(CHANNEL)
            .bind(reload(generation))
            .execute(&mut *connection)
            .await?;
    }
    let rows: Vec<(i32, i64, i64)> = sqlx::query_as(
        "SELECT partition, position, goal FROM tasklog.positions WHERE projection = $1 AND generation = $2 AND topic = $3",
    )
    .bind(generation.projection)
    .bind(generation.number)
    .bind(topic)
    .fetch_all(connection)
    .await?;
    let mut loaded = Loaded::default();
    for (partition, position, goal) in rows {
        loaded.checkpoint.insert(partition, position);
        loaded.goals.insert(partition, goal);
    }
    Ok(loaded)
}

fn reload(generation: Generation) -> String {
    Notice::of(generation.projection, generation.number, Moved::Reload(())).payload()
}

/// Locks a generation's positions until the transaction ends, so that it stays where it is, and reads them.
pub async fn hold(
    connection: &mut PgConnection,
    generation: Generation,
    topic: &str,
) -> Result<Checkpoint, sqlx::Error> {
    let rows: Vec<(i32, i64)> = sqlx::query_as(
        "SELECT partition, position FROM tasklog.positions WHERE projection = $1 AND generation = $2 AND topic = $3
         ORDER BY partition FOR UPDATE",
    )
    .bind(generation.projection)
    .bind(generation.number)
    .bind(topic)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().collect())
}

/// Names of tables are those of the generation until the transaction ends.
pub async fn enter(connection: &mut PgConnection, generation: Generation) -> Result<(), sqlx::Error> {
    let entered = sqlx::query("SELECT set_config('search_path', $1, true)").bind(generation.schema());
    entered.execute(connection).await?;
    Ok(())
}

/// A partition stays where it is: nothing waits for it to come further. Listeners are told.
pub async fn give_up(
    connection: &mut PgConnection,
    generation: Generation,
    topic: &str,
    partition: i32,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH given_up AS (
             UPDATE tasklog.positions SET goal = -1
             WHERE projection = $1 AND generation = $2 AND topic = $3 AND partition = $4 AND goal >= 0
             RETURNING 1
         )
         SELECT pg_notify($5, $6) FROM given_up",
    )
    .bind(generation.projection)
    .bind(generation.number)
    .bind(topic)
    .bind(partition)
    .bind(CHANNEL)
    .bind(reload(generation))
    .execute(connection)
    .await?;
    Ok(())
}

/// Tells listeners that rows of these streams have changed, should the transaction commit.
pub async fn tell_rows(
    connection: &mut PgConnection,
    generation: Generation,
    streams: Vec<String>,
) -> Result<(), sqlx::Error> {
    let rows = Notice::of(generation.projection, generation.number, Moved::Rows(()));
    let notice = Notice { streams: Some(streams), ..rows };
    sqlx::query("SELECT pg_notify($1, payload) FROM UNNEST($2::text[]) AS payload")
        .bind(CHANNEL)
        .bind(notice.payloads())
        .execute(connection)
        .await?;
    Ok(())
}

/// The offsets a checkpoint has after these records.
pub fn after(records: &[&LogRecord]) -> Checkpoint {
    let mut moves = Checkpoint::new();
    for record in records {
        let offset = moves.entry(record.position.partition).or_insert(record.position.offset);
        *offset = record.position.offset.max(*offset);
    }
    moves
}

/// What a checkpoint's move found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moving {
    /// Every partition stood where `from` says. If not, another instance has moved it: roll back.
    pub won: bool,
    /// Some stream of the projection is parked.
    pub any_parked: bool,
    /// Some record of the projection is dropped.
    pub any_dropped: bool,
}

/// When a transaction that has committed must be on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durable {
    /// With its commit.
    AtOnce,
    /// With the next commit that is there at once, or some moments later: a server that dies before takes back the last transactions, rows
    /// and positions together. Nothing may be answered from them before that.
    Soon,
}

/// Moves the checkpoint by compare-and-set and tells listeners, should the transaction commit; names of tables are then those of
/// the generation.
///
/// It is the first statement of a transaction: it locks the positions, so of two instances one waits here and then loses, and
/// so does a retry of a dead letter. `streams`: those whose rows the transaction may change, where listeners are told.
pub async fn advance(
    connection: &mut PgConnection,
    generation: Generation,
    topic: &str,
    from: &Checkpoint,
    to: &Checkpoint,
    durable: Durable,
    streams: Option<Vec<String>>,
) -> Result<Moving, sqlx::Error> {
    let partitions: Vec<i32> = to.keys().copied().collect();
    let olds: Vec<i64> = to.keys().map(|partition| from.get(partition).copied().unwrap_or(-1)).collect();
    let news: Vec<i64> = to.values().copied().collect();
    let offsets = to.iter().map(|(partition, offset)| (*partition, *offset)).collect();
    let moved = Notice::of(generation.projection, generation.number, Moved::To(topic.to_owned(), offsets));
    let notice = Notice { from: partitions.iter().copied().zip(olds.iter().copied()).collect(), streams, ..moved };
    let (moved, any_parked, any_dropped): (i64, bool, bool) = sqlx::query_as(
        "WITH moved AS (
             UPDATE tasklog.positions p SET position = m.new
             FROM UNNEST($4::int[], $5::bigint[], $6::bigint[]) AS m(partition, old, new)
             WHERE p.projection = $1 AND p.generation = $2 AND p.topic = $3 AND p.partition = m.partition AND p.position = m.old
             RETURNING 1
         ), told AS MATERIALIZED (
             SELECT (SELECT count(pg_notify($7, payload)) FROM UNNEST($8::text[]) AS payload),
                    set_config('search_path', $9, true),
                    CASE WHEN $10 THEN set_config('synchronous_commit', 'off', true) END
         )
         SELECT (SELECT count(*) FROM moved),
                EXISTS (SELECT 1 FROM tasklog.dead_letters WHERE projection = $1 AND generation = $2 AND stream IS NOT NULL),
                EXISTS (SELECT 1 FROM tasklog.dropped_records WHERE projection = $1)
         FROM told",
    )
    .bind(generation.projection)
    .bind(generation.number)
    .bind(topic)
    .bind(&partitions)
    .bind(&olds)
    .bind(&news)
    .bind(CHANNEL)
    .bind(notice.payloads())
    .bind(generation.schema())
    .bind(durable == Durable::Soon)
    .fetch_one(connection)
    .await?;
    Ok(Moving { won: usize::try_from(moved) == Ok(partitions.len()), any_parked, any_dropped })
}
