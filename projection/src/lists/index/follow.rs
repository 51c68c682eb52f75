//! How the index comes to know the tasks: all of them at once, and then those of which Postgres' notifications say that they have changed.
//!
//! Each notification of a batch says where the projection was before and after it, so one that is missing is noticed. Then, and
//! whenever else it is not certain that what is known is right, all is forgotten and read again; until then Postgres answers.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::time::{Duration, Instant};

use futures::TryStreamExt as _;
use platform::lifecycle::Shutdown;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row as _};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use uuid::Uuid;

use super::kept::Tasks;
use super::row::Row;
use super::{Known, ListIndex, MAX_TASKS, Tenant, stored};
use crate::generations::Generation;
use crate::lists::tasks::Found;
use crate::metrics_definitions as metric;
use crate::positions::notice::{Moved, Notice};
use crate::positions::{Change, Offsets, Positions};
use crate::projections::tasks::NAME;

/// Notifications whose rows are read together.
const TOGETHER: usize = 64;
/// Of so many changed tasks the JSON is read too: whoever has changed a few is about to look at them.
const VIEWS: usize = 16;
/// The shortest time between two fillings.
const PAUSE: Duration = Duration::from_millis(200);
/// The longest, while more changes than can be followed.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// Before the tasks, of which there were too many, are counted again.
const PAUSE_FULL: Duration = Duration::from_secs(600);

/// Why the index does not know any more what it did.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("a change may have been missed")]
    Missed,
    #[error("more has changed at once than is followed")]
    Much,
    #[error("there are more than {MAX_TASKS} tasks")]
    Full,
    #[error("postgres cannot be asked: {0}")]
    Postgres(#[from] sqlx::Error),
}

impl ListIndex {
    /// Fills the index and keeps it as `positions` say that Postgres has it, until `shutdown`. [`Positions::listen`] must run.
    ///
    /// # Errors
    /// None: while Postgres is away it tries again.
    pub async fn follow(self, pool: PgPool, positions: Positions, shutdown: Shutdown) -> Result<(), Infallible> {
        let mut healthy = true;
        while !shutdown.is_requested() {
            let begun = Instant::now();
            let mut filled = None;
            let lost = tokio::select! {
                lost = self.fill_and_follow(&pool, &positions, &mut filled) => lost,
                () = shutdown.requested() => break,
            };
            self.set(None);
            // Filling takes no more than a third of the time, however much changes.
            let took = filled.map_or(PAUSE, |filled: Instant| filled - begun);
            let pause = match &lost {
                Lost::Missed | Lost::Postgres(_) => took.clamp(PAUSE, PAUSE_MAX),
                Lost::Much => (took * 2).clamp(Duration::from_secs(1), PAUSE_MAX),
                Lost::Full => PAUSE_FULL,
            };
            if let Lost::Postgres(error) = &lost {
                if healthy {
                    tracing::warn!(%error, "the lists' index in memory cannot be read, trying again; postgres answers");
                }
                healthy = false;
            } else {
                tracing::info!(reason = %lost, "the lists' index in memory is read again; until then postgres answers");
                healthy = true;
            }
            tokio::select! {
                () = shutdown.requested() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        Ok(())
    }

    /// Follows for as long as nothing is lost.
    async fn fill_and_follow(&self, pool: &PgPool, positions: &Positions, filled: &mut Option<Instant>) -> Lost {
        // Before anything is read: what is committed afterwards is told.
        let mut changes = positions.changes();
        while !positions.filled(NAME, PAUSE_MAX).await {}
        let Some(number) = positions.serving(NAME) else { return Lost::Missed };
        let generation = Generation { projection: NAME, number };
        let begun = Instant::now();
        let known = match fill(pool, generation).await {
            Ok(known) => known,
            Err(lost) => return lost,
        };
        let (mut offsets, tasks) = (known.offsets.clone(), known.len());
        self.set(Some(known));
        *filled = Some(Instant::now());
        metric::list_index_filled();
        tracing::info!(
            tasks,
            generation = number,
            seconds = begun.elapsed().as_secs_f64(),
            "lists are answered from memory"
        );
        loop {
            let heard = match hear(&mut changes).await {
                Ok(heard) => heard,
                Err(lost) => return lost,
            };
            if positions.serving(NAME) != Some(number) {
                return Lost::Missed;
            }
            let streams = match moved(generation, &heard, &mut offsets) {
                Ok(streams) => streams,
                Err(lost) => return lost,
            };
            let read = self.read(generation, &streams).await;
            if let Err(error) = read.and_then(|rows| self.apply(&streams, &rows, &offsets)) {
                return error.into();
            }
        }
    }

    /// The rows of streams that have some.
    async fn read(&self, generation: Generation, streams: &BTreeSet<(&str, Uuid)>) -> Result<Vec<PgRow>, sqlx::Error> {
        if streams.is_empty() {
            return Ok(Vec::new());
        }
        let (tenants, ids): (Vec<&str>, Vec<Uuid>) = streams.iter().copied().unzip();
        let statement = format!(
            "SELECT tenant, {}, CASE WHEN $3 THEN view::text END AS view, deleted_at IS NULL AS lives
             FROM UNNEST($1::text[], $2::uuid[]) AS k(tenant, id) JOIN {} USING (tenant, id)",
            stored::COLUMNS,
            generation.table("tasks")
        );
        let mut connection = self.0.tasks.readers().lend().await?;
        let few = streams.len() <= VIEWS;
        let rows = sqlx::query(&statement).bind(&tenants).bind(&ids).bind(few).fetch_all(&mut *connection).await?;
        connection.done();
        Ok(rows)
    }

    /// These streams are as `rows` say, and are not there where they say nothing.
    fn apply(&self, streams: &BTreeSet<(&str, Uuid)>, rows: &[PgRow], offsets: &Offsets) -> Result<(), sqlx::Error> {
        self.change(|known| {
            let Some(known) = known.as_mut() else { return Ok(()) };
            self.put(known, streams, rows)?;
            known.offsets.clone_from(offsets);
            metric::list_index_tasks(known.len());
            Ok(())
        })
    }

    fn put(&self, known: &mut Known, streams: &BTreeSet<(&str, Uuid)>, rows: &[PgRow]) -> Result<(), sqlx::Error> {
        let mut gone = streams.clone();
        for row in rows {
            let name: &str = row.try_get("tenant")?;
            let tenant = known.tenant(name);
            let task = stored::read(row, &mut tenant.tasks)?;
            if row.try_get("lives")? {
                if let Some(view) = row.try_get::<Option<&str>, _>("view")? {
                    let found = Found { version: task.version, view: view.into() };
                    self.0.views.put((tenant.number, task.id), found.into());
                }
                gone.remove(&(name, task.id));
                tenant.tasks.put(task);
            }
        }
        for (tenant, id) in gone {
            if let Some(tenant) = known.tenants.get_mut(tenant) {
                tenant.tasks.remove(id);
            }
        }
        Ok(())
    }
}

/// What comes next, and with it what has come by then.
async fn hear(changes: &mut Receiver<Change>) -> Result<Vec<Notice>, Lost> {
    let mut heard = Vec::new();
    let mut next = match changes.recv().await {
        Ok(change) => change,
        Err(RecvError::Lagged(_) | RecvError::Closed) => return Err(Lost::Missed),
    };
    loop {
        match next {
            Change::Rows(notice) => heard.push(notice),
            Change::Anything => return Err(Lost::Missed),
        }
        if heard.len() >= TOGETHER {
            return Ok(heard);
        }
        next = match changes.try_recv() {
            Ok(change) => change,
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Ok(heard),
            Err(TryRecvError::Lagged(_)) => return Err(Lost::Missed),
        };
    }
}

/// The streams that have changed. `offsets` are then where the projection has come to.
fn moved<'a>(
    generation: Generation,
    heard: &'a [Notice],
    offsets: &mut Offsets,
) -> Result<BTreeSet<(&'a str, Uuid)>, Lost> {
    let mut changed = BTreeSet::new();
    for notice in heard.iter().filter(|notice| notice.projection == NAME && notice.generation == generation.number) {
        if let Moved::To(topic, to) = &notice.moved {
            let is_at = |partition: i32| offsets.get(&(topic.clone(), partition)).copied();
            // One that was before what is known has been read with all the others.
            if !notice.from.iter().all(|(partition, from)| is_at(*partition).is_some_and(|at| at >= *from)) {
                return Err(Lost::Missed);
            }
            for (partition, to) in to {
                let at = offsets.entry((topic.clone(), *partition)).or_insert(*to);
                *at = (*at).max(*to);
            }
        }
        let streams = notice.streams.as_ref().ok_or(Lost::Much)?;
        changed.extend(streams.iter().filter_map(|stream| domain::tenant::parse_stream_id(stream)));
    }
    Ok(changed)
}

/// Reads all tasks.
async fn fill(pool: &PgPool, generation: Generation) -> Result<Known, Lost> {
    // Before the rows: they may be fresher than what is said of them, which is read again.
    let positions: Vec<(String, i32, i64)> = sqlx::query_as(
        "SELECT topic, partition, position FROM tasklog.positions WHERE projection = $1 AND generation = $2",
    )
    .bind(generation.projection)
    .bind(generation.number)
    .fetch_all(pool)
    .await?;
    let offsets = positions.into_iter().map(|(topic, partition, at)| ((topic, partition), at)).collect();
    let mut known = Known { generation, offsets, tenants: HashMap::new() };
    let statement =
        format!("SELECT tenant, {} FROM {} WHERE deleted_at IS NULL", stored::COLUMNS, generation.table("tasks"));
    let mut stream = sqlx::query(&statement).fetch(pool);
    let (mut rows, mut count): (HashMap<u32, Vec<Row>>, usize) = (HashMap::new(), 0);
    while let Some(row) = stream.try_next().await? {
        let tenant = known.tenant(row.try_get("tenant")?);
        rows.entry(tenant.number).or_default().push(stored::read(&row, &mut tenant.tasks)?);
        count += 1;
        if count > MAX_TASKS {
            return Err(Lost::Full);
        }
    }
    // Sorting a million tasks takes a second.
    let sorting = tokio::task::spawn_blocking(move || {
        for tenant in known.tenants.values_mut() {
            tenant.tasks.fill(rows.remove(&tenant.number).unwrap_or_default());
        }
        known
    });
    sorting.await.map_err(|_| Lost::Missed)
}

impl Known {
    /// What is known of a tenant, which may be nothing yet.
    fn tenant(&mut self, name: &str) -> &mut Tenant {
        if !self.tenants.contains_key(name) {
            let number = u32::try_from(self.tenants.len()).unwrap_or(u32::MAX);
            self.tenants.insert(name.to_owned(), Tenant { number, tasks: Tasks::default() });
        }
        self.tenants.get_mut(name).expect("it has just been put there")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVING: Generation = Generation { projection: NAME, number: 3 };

    fn at(offset: i64) -> Offsets {
        [(("task-events".to_owned(), 0), offset)].into()
    }

    /// A batch between two offsets that changed one task.
    fn batch(from: i64, to: i64, n: u128) -> Notice {
        let notice = Notice::of(NAME, SERVING.number, Moved::To("task-events".to_owned(), vec![(0, to)]));
        let streams = vec![domain::tenant::stream_id("acme", Uuid::from_u128(n))];
        Notice { from: vec![(0, from)], streams: Some(streams), ..notice }
    }

    #[test]
    fn given_every_notice_when_followed_then_the_offsets_are_those_of_the_last_and_all_streams_are_named() {
        let mut offsets = at(4);
        // The first was there already when all tasks were read.
        let heard = [batch(1, 3, 1), batch(3, 7, 2), batch(7, 8, 1)];
        let changed = moved(SERVING, &heard, &mut offsets).unwrap();
        assert_eq!(changed.iter().map(|(_, id)| id.as_u128()).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(offsets, at(8));
    }

    #[test]
    fn given_a_notice_that_is_missing_when_followed_then_nothing_is_taken_for_known() {
        let mut offsets = at(4);
        let heard = [batch(4, 5, 1), batch(7, 9, 2)];
        assert!(matches!(moved(SERVING, &heard, &mut offsets), Err(Lost::Missed)));
        // The other half of the pair: where a notice does not say where it begins, what came before it is taken for known.
        let careless = [Notice { from: Vec::new(), ..batch(7, 9, 2) }];
        let mut offsets = at(5);
        assert_eq!(moved(SERVING, &careless, &mut offsets).unwrap().len(), 1);
        assert_eq!(offsets, at(9), "and nobody has read what changed at 6 and 7");
    }

    #[test]
    fn given_a_notice_that_does_not_name_its_streams_when_followed_then_all_is_read_again() {
        let many = [Notice { streams: None, ..batch(4, 5, 1) }];
        assert!(matches!(moved(SERVING, &many, &mut at(4)), Err(Lost::Much)));
    }

    #[test]
    fn given_notices_of_other_generations_and_projections_when_followed_then_they_are_passed_over() {
        let other = Notice { generation: 2, ..batch(50, 60, 1) };
        let history = Notice { projection: "history".to_owned(), ..batch(50, 60, 1) };
        let (heard, mut offsets) = ([other, history], at(4));
        assert!(moved(SERVING, &heard, &mut offsets).unwrap().is_empty());
        assert_eq!(offsets, at(4));
    }
}
