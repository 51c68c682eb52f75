//! A batch's transaction: the positions first, then the rows, and with the batch that fills the generation its indexes.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use kafka_es::LogRecord;
use sqlx::{Connection as _, PgConnection};

use super::Lane;
use crate::database::{TRUSTED_FOR, known_plans};
use crate::generations::{self, Role};
use crate::metrics_definitions as metric;
use crate::projections::Description;
use crate::projector::batch::{Batch, Letter, Reading, Record, stream_of, streams_of};
use crate::projector::checkpoint::{self, Checkpoint, Durable};
use crate::projector::failure::ApplyError;
use crate::projector::{dead_letters, traces};

/// A transaction that takes longer has lost its server.
const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(60);
/// The indexes of a table of many millions of rows take some minutes.
const INDEX_TIMEOUT: Duration = Duration::from_secs(3_600);

/// The records of a transaction, and what is read in each of them.
struct Piece<'a> {
    records: Vec<&'a LogRecord>,
    readings: Vec<&'a Reading>,
}

impl<'a> Piece<'a> {
    fn of(records: &[&'a Record]) -> Self {
        let (records, readings) = records.iter().map(|record| (&record.log, &record.reading)).unzip();
        Self { records, readings }
    }
}

/// What an attempt takes for granted.
pub(super) enum How {
    /// Streams that begin in the piece are new, see [`Batch::assume_new`].
    Assuming,
    /// Nothing.
    Looking,
    /// The piece is one record, which cannot be stored for this reason: it is parked.
    Parking(String),
}

/// One attempt's failure.
pub(super) enum Failed {
    Fenced,
    Apply(ApplyError),
    /// Not of any record.
    Index(sqlx::Error),
    TimedOut,
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Apply(error.into())
    }
}

impl From<ApplyError> for Failed {
    fn from(error: ApplyError) -> Self {
        Self::Apply(error)
    }
}

impl Lane {
    /// One transaction.
    pub(super) async fn attempt(&mut self, records: &[&Record], how: How) -> Result<(), Failed> {
        let started = Instant::now();
        let Description { name, topic, .. } = *self.projection.describe();
        let piece = Piece::of(records);
        let spans = traces::start(name, piece.records.iter().copied());
        let to = checkpoint::after(&piece.records);
        let done = self.transaction(&piece, &to, how).await?;
        drop(spans);
        metric::batch_committed(name, &metric::Batch { took: started.elapsed(), ..done });
        if self.role == Role::Serving {
            for (partition, offset) in &to {
                metric::position(name, topic, *partition, *offset);
            }
        }
        let moves = to.iter().map(|(partition, offset)| ((topic.to_owned(), *partition), *offset));
        self.positions.advance_of(name, self.generation.number, moves);
        self.checkpoint.extend(to);
        Ok(())
    }

    /// The connection of the transaction before, if it is still there. One that has just been used is not asked.
    async fn connect(&mut self) -> Result<PgConnection, sqlx::Error> {
        if let Some((mut connection, used)) = self.connection.take()
            && (used.elapsed() < TRUSTED_FOR || connection.ping().await.is_ok())
        {
            return Ok(connection);
        }
        // What a batch reads and writes it does by keys.
        PgConnection::connect_with(&known_plans(&self.pool)).await
    }

    /// Keeps the connection for the next one when it has ended. Given up in the middle, for its time is over or nobody wants it any more, it
    /// takes the connection with it: one that was left within a `COPY` is of no use to anybody.
    async fn transaction(&mut self, piece: &Piece<'_>, to: &Checkpoint, how: How) -> Result<metric::Batch, Failed> {
        let mut connection = within(TRANSACTION_TIMEOUT, self.connect()).await?;
        let mut transaction = within(TRANSACTION_TIMEOUT, connection.begin()).await?;
        let written = within(TRANSACTION_TIMEOUT, self.write(&mut transaction, piece, to, how)).await?;
        let Some((done, letters)) = written else {
            within(TRANSACTION_TIMEOUT, transaction.rollback()).await?;
            self.connection = Some((connection, Instant::now()));
            return Err(Failed::Fenced);
        };
        if self.comes_to_a_goal(to) {
            let index = generations::index_filled(&mut transaction, &*self.projection, self.generation);
            within(INDEX_TIMEOUT, async { index.await.map_err(Failed::Index) }).await?;
        }
        within(TRANSACTION_TIMEOUT, transaction.commit()).await?;
        dead_letters::tell(self.generation, &piece.records, &letters);
        self.connection = Some((connection, Instant::now()));
        Ok(done)
    }

    /// A partition that was not where it has to be before the projection answers is there at `to`.
    fn comes_to_a_goal(&self, to: &Checkpoint) -> bool {
        let was_before = |partition, goal| self.checkpoint.get(partition).is_some_and(|at| at < goal);
        to.iter().any(|(partition, at)| {
            self.goals.get(partition).is_some_and(|goal| at >= goal && was_before(partition, goal))
        })
    }

    /// Nothing is answered before every partition has come to its goal or was given up, both durably: what went before it is on the disk
    /// then, or its position is found not to be where this lane has left it.
    fn durable(&self, to: &Checkpoint) -> Durable {
        let is_before = |(partition, at)| self.goals.get(partition).is_some_and(|goal| at < goal);
        if to.iter().all(is_before) { Durable::Soon } else { Durable::AtOnce }
    }

    /// The streams of which listeners are told that their rows may have changed. Nobody follows a generation that does not answer yet.
    fn told(&self, piece: &Piece<'_>, to: &Checkpoint) -> Option<Vec<String>> {
        let follows = self.projection.describe().rows_are_told && self.role == Role::Serving;
        (follows && self.durable(to) == Durable::AtOnce).then(|| streams_of(&piece.records))
    }

    /// Moves the checkpoint and writes the rows; `None` when the checkpoint is not ours any more.
    async fn write(
        &self,
        connection: &mut PgConnection,
        piece: &Piece<'_>,
        to: &Checkpoint,
        how: How,
    ) -> Result<Option<(metric::Batch, Vec<Letter>)>, Failed> {
        let (generation, topic) = (self.generation, self.projection.describe().topic);
        let (durable, streams) = (self.durable(to), self.told(piece, to));
        let moving = checkpoint::advance(connection, generation, topic, &self.checkpoint, to, durable, streams).await?;
        if !moving.won {
            return Ok(None);
        }
        let partitions = i32::try_from(self.checkpoint.len()).unwrap_or(0);
        let records = &piece.records;
        let mut batch = Batch::new(records, partitions, HashSet::new()).sharing(&piece.readings);
        if moving.any_parked {
            batch.parked = dead_letters::parked(connection, generation, &batch.streams()).await?;
        }
        if moving.any_dropped {
            batch.dropped = dead_letters::dropped(connection, generation.projection, records).await?;
        }
        if let How::Assuming = how {
            batch.assume_new();
        }
        match how {
            How::Assuming | How::Looking => self.projection.apply(connection, &mut batch).await?,
            How::Parking(error) => batch.letters.push(unstorable_letter(records[0], partitions, error)),
        }
        dead_letters::insert_voids(connection, &batch).await?;
        dead_letters::insert(connection, generation, records, &batch.letters, self.clock.now()).await?;
        let done = metric::Batch {
            events: batch.events,
            applied: batch.applied,
            void: batch.voids.len() as u64,
            parked: batch.letters.len() as u64,
            dropped: batch.passed,
            took: Duration::ZERO,
        };
        Ok(Some((done, batch.letters)))
    }
}

/// Does `work`, which has lost its server when it takes longer than `limit`.
async fn within<T, E: Into<Failed>>(limit: Duration, work: impl Future<Output = Result<T, E>>) -> Result<T, Failed> {
    tokio::time::timeout(limit, work).await.map_err(|_| Failed::TimedOut)?.map_err(Into::into)
}

fn unstorable_letter(record: &LogRecord, partitions: i32, error: String) -> Letter {
    match stream_of(record, partitions) {
        Ok((stream, envelopes)) => {
            Letter { index: 0, stream: Some(stream.to_owned()), sequence: Some(envelopes[0].sequence), error }
        }
        Err(_) => Letter { index: 0, stream: None, sequence: None, error },
    }
}
