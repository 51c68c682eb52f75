//! Single tasks by their ids. Those that are asked for while others are looked up are looked up together afterwards: under load
//! a statement answers many requests, and a request that is alone waits for nothing.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tokio::sync::oneshot::{self, error::RecvError};
use uuid::Uuid;

use crate::database::{ANSWER_MAX, Readers};
use crate::generations::Generation;
use crate::lists::ListError;

/// Statements at a time. Each answers all that came while others were on their way, so few are enough.
const STATEMENTS: usize = 2;

/// The most tasks that one statement asks for.
const TOGETHER: usize = 200;

/// A task as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its version.
    pub version: u64,
    /// The API's JSON of it.
    pub view: Arc<str>,
}

/// Looks tasks up. Clones share the work.
#[derive(Debug, Clone)]
pub(super) struct Lookups {
    readers: Readers,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    asked: VecDeque<Asked>,
    /// Statements on their way.
    running: usize,
}

/// A request for a task.
#[derive(Debug)]
struct Asked {
    generation: Generation,
    tenant: &'static str,
    id: Uuid,
    answer: oneshot::Sender<Answer>,
}

type Answer = Result<Option<Found>, ListError>;

impl Lookups {
    pub(super) fn new(readers: Readers) -> Self {
        Self { readers, waiting: Arc::default() }
    }

    /// One live task.
    pub(super) async fn find(&self, generation: Generation, tenant: &'static str, id: Uuid) -> Answer {
        let (answer, mut answered) = oneshot::channel();
        if self.ask(Asked { generation, tenant, id, answer }) {
            let mut run = Run::new(self.clone().run());
            tokio::select! {
                biased;
                answer = &mut answered => return answer.unwrap_or_else(lost),
                () = &mut run => {}
            }
        }
        answered.await.unwrap_or_else(lost)
    }

    /// Whether it is for who asks to run the statements.
    fn ask(&self, asked: Asked) -> bool {
        let mut waiting = self.waiting();
        waiting.asked.push_back(asked);
        let runs = waiting.running < STATEMENTS;
        waiting.running += usize::from(runs);
        runs
    }

    /// Looks up what is asked for until nothing is.
    async fn run(self) {
        while let Some(batch) = self.next() {
            self.answer(batch).await;
        }
    }

    /// The first that wait, of one tenant and one generation; with none left, the statement is not on its way any more.
    fn next(&self) -> Option<Vec<Asked>> {
        let mut waiting = self.waiting();
        let Some(first) = waiting.asked.front() else {
            waiting.running -= 1;
            return None;
        };
        let (generation, tenant) = (first.generation, first.tenant);
        let alike = |asked: &&Asked| asked.generation == generation && asked.tenant == tenant;
        let count = waiting.asked.iter().take(TOGETHER).take_while(alike).count();
        Some(waiting.asked.drain(..count).collect())
    }

    async fn answer(&self, batch: Vec<Asked>) {
        let ids: Vec<Uuid> = batch.iter().map(|asked| asked.id).collect();
        let query = query(&self.readers, batch[0].generation, batch[0].tenant, &ids);
        let found = tokio::time::timeout(ANSWER_MAX, query).await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        for Asked { id, answer, .. } in batch {
            let found = match &found {
                Ok(found) => Ok(found.get(&id).cloned()),
                Err(error) => Err(ListError::Postgres(sqlx::Error::Io(std::io::Error::other(error.to_string())))),
            };
            // Whoever asked may have gone.
            let _ = answer.send(found);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Nothing in between can panic.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lost(_: RecvError) -> Answer {
    Err(ListError::Postgres(sqlx::Error::WorkerCrashed))
}

/// Statements that are run by who asked first. When that one has its answer, or gives up waiting, others may be waiting for theirs:
/// what is left is then run by a task of its own. A request that is alone is spared the way to another thread and back.
struct Run(Option<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Run {
    fn new(run: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Some(Box::pin(run)))
    }
}

impl Future for Run {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if let Some(run) = &mut self.0 {
            std::task::ready!(run.as_mut().poll(context));
            self.0 = None;
        }
        Poll::Ready(())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Without a runtime, nobody waits any more.
        if let (Some(run), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(run);
        }
    }
}

/// Live tasks by their ids.
pub(in crate::lists) async fn query(
    readers: &Readers,
    generation: Generation,
    tenant: &str,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Found>, sqlx::Error> {
    let table = generation.table("tasks");
    let statement =
        format!("SELECT id, version, view FROM {table} WHERE tenant = $1 AND id = ANY($2) AND deleted_at IS NULL");
    let mut connection = readers.lend().await?;
    let rows: Vec<(Uuid, i64, String)> =
        sqlx::query_as(&statement).bind(tenant).bind(ids).fetch_all(&mut *connection).await?;
    connection.done();
    let found =
        |(id, version, view): (_, i64, String)| (id, Found { version: version.unsigned_abs(), view: view.into() });
    Ok(rows.into_iter().map(found).collect())
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use futures::future::{BoxFuture, join_all};
    use futures::poll;

    use super::*;

    const GENERATION: Generation = Generation { projection: "tasks", number: 1 };
    const TENANT: &str = domain::tenant::DEFAULT;

    /// Of a server that refuses every connection: that is an answer too.
    fn lookups() -> Lookups {
        let pool = platform::postgres::connect_lazily("postgres://nobody@127.0.0.1:1/none", 1).unwrap();
        Lookups::new(Readers::new(&pool))
    }

    /// Sends the statement that others share itself, where [`Lookups::find`] has a task for it.
    async fn find_and_lead(lookups: &Lookups, id: Uuid) -> Answer {
        let (answer, answered) = oneshot::channel();
        let leads = {
            let mut waiting = lookups.waiting();
            waiting.asked.push_back(Asked { generation: GENERATION, tenant: TENANT, id, answer });
            let leads = waiting.running < STATEMENTS;
            waiting.running += usize::from(leads);
            leads
        };
        if leads {
            lookups.clone().run().await;
        }
        answered.await.unwrap_or(Err(ListError::Postgres(sqlx::Error::WorkerCrashed)))
    }

    /// What two get who share a statement, when those who came before them give up in the middle of it.
    async fn behind_who_give_up<'a>(
        lookups: &'a Lookups,
        find: impl Fn(&'a Lookups, Uuid) -> BoxFuture<'a, Answer>,
    ) -> Vec<Answer> {
        let ask = |n: usize| find(lookups, Uuid::from_u128(n as u128)).fuse();
        let mut first: Vec<_> = (0..STATEMENTS).map(ask).collect();
        let mut others: Vec<_> = (STATEMENTS..STATEMENTS + 2).map(ask).collect();
        for asking in &mut first {
            assert!(poll!(asking).is_pending());
            while !lookups.waiting().asked.is_empty() {
                tokio::task::yield_now().await;
            }
        }
        for asking in &mut others {
            assert!(poll!(asking).is_pending());
        }
        assert_eq!(lookups.waiting().asked.len(), others.len());
        // One of the first statements comes back; the next is for the two.
        while !lookups.waiting().asked.is_empty() {
            let _ = poll!(&mut first[0]);
            tokio::task::yield_now().await;
        }
        drop(first);
        join_all(others).await
    }

    #[tokio::test]
    async fn given_a_statement_that_several_share_when_those_before_them_give_up_then_it_is_answered() {
        let error = |answer: Answer| match answer.unwrap_err() {
            ListError::Postgres(error) => error,
            other => panic!("{other}"),
        };
        let lookups = lookups();
        let answers = behind_who_give_up(&lookups, |lookups, id| lookups.find(GENERATION, TENANT, id).boxed()).await;
        for error in answers.into_iter().map(error) {
            assert!(matches!(error, sqlx::Error::Io(_)), "{error}");
        }
        // The other half of the pair: with the one who leads the statement is gone.
        let careless = self::lookups();
        let answers = behind_who_give_up(&careless, |lookups, id| find_and_lead(lookups, id).boxed()).await;
        for error in answers.into_iter().map(error) {
            assert!(matches!(error, sqlx::Error::WorkerCrashed), "{error}");
        }
    }
}
