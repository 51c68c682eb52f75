//! How the index comes to know the tasks: all of them at once, and then those of which Postgres' notifications say that they have changed.
//!
//! Each notification of a batch says where the projection was before and after it, so one that is missing is noticed. Then, and
//! whenever else it is not certain that what is known is right, all is forgotten and read again; until then Postgres answers.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::time::{Duration, Instant};

use futures::TryStreamExt as _;
use futures::future::BoxFuture;
use platform::lifecycle::Shutdown;
use sqlx::postgres::PgRow;
use sqlx::{Connection as _, PgConnection, PgPool, Row as _};
use uuid::Uuid;

use super::heard::{hear, moved};
use super::known::Known;
use super::row::Row;
use super::{ListIndex, stored};
use crate::database::{in_time, known_plans};
use crate::generations::Generation;
use crate::lists::tasks::Found;
use crate::metrics_definitions as metric;
use crate::positions::{Offsets, Positions};
use crate::projections::tasks::NAME;

/// Of so many changed tasks the JSON is read too: whoever has changed a few is about to look at them.
const VIEWS: usize = 16;
/// The shortest time between two fillings.
const PAUSE: Duration = Duration::from_millis(200);
/// The longest, while more changes than can be followed.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// The same after more changes than are followed, which are seldom alone.
const PAUSE_MUCH: Duration = Duration::from_secs(1);
/// Before the tasks, of which there were too many, are counted again.
const PAUSE_FULL: Duration = Duration::from_secs(600);

/// Postgres that has not answered by then has lost its connection; so has a fill of which no row comes for so long.
const ANSWER: Duration = Duration::from_secs(10);

/// When the index was filled.
#[derive(Default)]
struct Filling {
    begun: Option<Instant>,
    ended: Option<Instant>,
}

impl Filling {
    fn took(&self) -> Duration {
        let begun = self.begun.unwrap_or_else(Instant::now);
        self.ended.unwrap_or_else(Instant::now) - begun
    }
}

/// Why the index does not know any more what it did.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    #[error("a change may have been missed")]
    Missed,
    #[error("more has changed at once than is followed")]
    Much,
    #[error("there are more tasks than are kept in memory")]
    Full,
    #[error("postgres cannot be asked: {0}")]
    Postgres(#[from] sqlx::Error),
}

impl ListIndex {
    /// Fills the index and keeps it as `positions` say that Postgres has it, until `shutdown`. [`Positions::listen`] must run.
    ///
    /// # Errors
    /// None: while Postgres is away it tries again.
    // Boxed, so that it is compiled here and not in each program that has one (decision 33).
    pub fn follow(
        self,
        pool: PgPool,
        positions: Positions,
        shutdown: Shutdown,
    ) -> BoxFuture<'static, Result<(), Infallible>> {
        Box::pin(self.keep(pool, positions, shutdown))
    }

    async fn keep(self, pool: PgPool, positions: Positions, shutdown: Shutdown) -> Result<(), Infallible> {
        let mut healthy = true;
        while !shutdown.is_requested() {
            let mut filling = Filling::default();
            let lost = tokio::select! {
                lost = self.fill_and_follow(&pool, &positions, &mut filling) => lost,
                () = shutdown.requested() => break,
            };
            self.set(None);
            // Filling takes no more than a third of the time, however much changes.
            let pause = match &lost {
                Lost::Missed | Lost::Postgres(_) => (filling.took() * 2).clamp(PAUSE, PAUSE_MAX),
                Lost::Much => (filling.took() * 2).clamp(PAUSE_MUCH, PAUSE_MAX),
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
    async fn fill_and_follow(&self, pool: &PgPool, positions: &Positions, filling: &mut Filling) -> Lost {
        while !positions.filled(NAME, PAUSE_MAX).await {}
        // Before anything is read: what is committed afterwards is told.
        let mut changes = positions.changes();
        let Some(number) = positions.serving(NAME) else { return Lost::Missed };
        let generation = Generation { projection: NAME, number };
        filling.begun = Some(Instant::now());
        let lost = async {
            let known = self.fill(pool, generation).await?;
            let (mut offsets, tasks) = (Offsets::clone(&known.reached), known.len());
            self.set(Some(known));
            filling.ended = Some(Instant::now());
            metric::list_index_filled();
            let seconds = filling.took().as_secs_f64();
            tracing::info!(tasks, generation = number, seconds, "lists are answered from memory");
            // Of its own: what is asked for by keys must not wait behind queries, nor they behind it.
            let mut connection = in_time(ANSWER, PgConnection::connect_with(&known_plans(pool))).await?;
            loop {
                let heard = hear(&mut changes).await?;
                if positions.serving(NAME) != Some(number) {
                    return Err(Lost::Missed);
                }
                let streams = moved(generation, &heard, &mut offsets)?;
                let rows = in_time(ANSWER, read(&mut connection, generation, &streams)).await?;
                self.apply(&streams, &rows, &offsets)?;
            }
        };
        let lost: Result<Infallible, Lost> = lost.await;
        match lost {
            Ok(never) => match never {},
            Err(lost) => lost,
        }
    }

    /// Reads all tasks.
    async fn fill(&self, pool: &PgPool, generation: Generation) -> Result<Known, Lost> {
        // Before the rows: they may be fresher than what is said of them, which is read again.
        let table = generation.table("tasks");
        if has_more(pool, &table, self.0.limit).await? {
            return Err(Lost::Full);
        }
        // Where there is room for all of them, nobody has to wait for Postgres to see one for the first time.
        let with_views = !has_more(pool, &table, self.0.read_ahead).await?;
        let positions = sqlx::query_as::<_, (String, i32, i64)>(
            "SELECT topic, partition, position FROM tasklog.positions WHERE projection = $1 AND generation = $2",
        )
        .bind(generation.projection)
        .bind(generation.number)
        .fetch_all(pool);
        let positions = in_time(ANSWER, positions).await?;
        let offsets: Offsets = positions.into_iter().map(|(topic, partition, at)| ((topic, partition), at)).collect();
        let mut known = Known { generation, reached: offsets.into(), tenants: HashMap::new() };
        let view = if with_views { "view" } else { "NULL::text AS view" };
        let statement = format!("SELECT tenant, {}, {view} FROM {table} WHERE deleted_at IS NULL", stored::COLUMNS);
        let mut stream = sqlx::query(&statement).fetch(pool);
        let mut rows: HashMap<u32, Vec<Row>> = HashMap::new();
        while let Some(row) = in_time(ANSWER, stream.try_next()).await? {
            let tenant = known.tenant(row.try_get("tenant")?, &self.0.tenants);
            let task = stored::read(&row, &mut tenant.tasks)?;
            self.keep_view(tenant.number, &task, &row)?;
            rows.entry(tenant.number).or_default().push(task);
        }
        // Sorting a million tasks takes a second.
        let sorting = tokio::task::spawn_blocking(move || {
            for tenant in known.tenants.values_mut() {
                tenant.tasks.fill(rows.remove(&tenant.number).unwrap_or_default());
            }
            known
        });
        match sorting.await {
            Ok(known) => Ok(known),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(Lost::Missed),
        }
    }

    /// These streams are as `rows` say, and are not there where they say nothing.
    fn apply(&self, streams: &BTreeSet<(&str, Uuid)>, rows: &[PgRow], offsets: &Offsets) -> Result<(), Lost> {
        self.change(|known| {
            let Some(known) = known.as_mut() else { return Ok(()) };
            self.put(known, streams, rows)?;
            known.reached = offsets.clone().into();
            metric::list_index_tasks(known.len());
            if known.len() > self.0.limit { Err(Lost::Full) } else { Ok(()) }
        })
    }

    /// Keeps the JSON of a task, where its row has that.
    fn keep_view(&self, tenant: u32, task: &Row, row: &PgRow) -> Result<(), sqlx::Error> {
        if let Some(view) = row.try_get::<Option<&str>, _>("view")? {
            let found = Found { version: task.version, view: view.into() };
            self.0.views.put((tenant, task.id), found.into());
        }
        Ok(())
    }

    fn put(&self, known: &mut Known, streams: &BTreeSet<(&str, Uuid)>, rows: &[PgRow]) -> Result<(), sqlx::Error> {
        let mut gone = streams.clone();
        for row in rows {
            if !row.try_get("lives")? {
                continue;
            }
            let name: &str = row.try_get("tenant")?;
            let tenant = known.tenant(name, &self.0.tenants);
            let task = stored::read(row, &mut tenant.tasks)?;
            self.keep_view(tenant.number, &task, row)?;
            gone.remove(&(name, task.id));
            tenant.tasks.put(task);
        }
        for (tenant, id) in gone {
            if let Some(tenant) = known.tenants.get_mut(tenant) {
                tenant.tasks.remove(id);
            }
        }
        Ok(())
    }
}

/// Whether there are more tasks than so many.
async fn has_more(pool: &PgPool, table: &str, tasks: usize) -> Result<bool, sqlx::Error> {
    let beyond = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE deleted_at IS NULL OFFSET {tasks})");
    in_time(ANSWER, sqlx::query_scalar(&beyond).fetch_one(pool)).await
}

/// The rows of streams that have some.
async fn read(
    connection: &mut PgConnection,
    generation: Generation,
    streams: &BTreeSet<(&str, Uuid)>,
) -> Result<Vec<PgRow>, sqlx::Error> {
    if streams.is_empty() {
        return Ok(Vec::new());
    }
    let (tenants, ids): (Vec<&str>, Vec<Uuid>) = streams.iter().copied().unzip();
    let statement = format!(
        "SELECT tenant, {}, CASE WHEN $3 THEN view END AS view, deleted_at IS NULL AS lives
         FROM UNNEST($1::text[], $2::uuid[]) AS k(tenant, id) JOIN {} USING (tenant, id)",
        stored::COLUMNS,
        generation.table("tasks")
    );
    let few = streams.len() <= VIEWS;
    sqlx::query(&statement).bind(&tenants).bind(&ids).bind(few).fetch_all(connection).await
}
