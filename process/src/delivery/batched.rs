//! What deliveries that are under way ask the database is asked once for all of them: how channels fare, what came of attempts, and that the
//! log was told.
//!
//! What does not go along with the others goes alone, a row that is locked or one that the database refuses: no delivery holds up another
//! for longer than Postgres may take to answer many.

use std::collections::HashSet;
use std::time::Duration;

use notification::{Health, Outcome};
use platform::postgres::in_time;
use sqlx::PgPool;
use uuid::Uuid;

use super::Notify;
use super::attempts::{self, Attempted, Locked};
use super::rows::{self, ANSWER, Due};
use super::settings::{self, Fares};
use crate::gathered::Gathered;
use crate::metric_definitions as metric;

/// How long Postgres may take to answer many, who may then still ask alone.
const TOGETHER: Duration = Duration::from_secs(2);

/// What is asked for many.
pub(super) struct Batched {
    /// By the tenant.
    fares: Gathered<String, Fares>,
    attempts: Gathered<Attempted, ()>,
    done: Gathered<Uuid, ()>,
}

impl Batched {
    pub(super) fn new(pool: &PgPool) -> Self {
        let of = pool.clone();
        let fares = Gathered::new(move |tenants: Vec<String>| fares_of_all(of.clone(), tenants));
        let of = pool.clone();
        let attempts = Gathered::new(move |attempts: Vec<Attempted>| write_all(of.clone(), attempts));
        let of = pool.clone();
        let done = Gathered::new(move |ids: Vec<Uuid>| all_done(of.clone(), ids));
        Self { fares, attempts, done }
    }
}

async fn fares_of_all(pool: PgPool, tenants: Vec<String>) -> Vec<Option<Fares>> {
    match in_time(TOGETHER, settings::fares(&pool, &tenants)).await {
        Ok(fares) => {
            // Of one that cannot be read, whoever asks alone tells why.
            let of = |tenant: &String| match fares.get(tenant) {
                None => Some(Fares::default()),
                Some(read) => read.as_ref().ok().cloned(),
            };
            tenants.iter().map(of).collect()
        }
        Err(error) => alone(&error, tenants.len()),
    }
}

async fn write_all(pool: PgPool, attempts: Vec<Attempted>) -> Vec<Option<()>> {
    match in_time(TOGETHER, attempts::write(&pool, &attempts, Locked::Left)).await {
        Ok(written) => each(written, attempts.iter().map(|it| it.id)),
        Err(error) => alone(&error, attempts.len()),
    }
}

async fn all_done(pool: PgPool, ids: Vec<Uuid>) -> Vec<Option<()>> {
    match in_time(TOGETHER, attempts::done(&pool, &ids, Locked::Left)).await {
        Ok(written) => each(written, ids.into_iter()),
        Err(error) => alone(&error, ids.len()),
    }
}

/// The first of each delivery that is written.
fn each(mut written: HashSet<Uuid>, ids: impl Iterator<Item = Uuid>) -> Vec<Option<()>> {
    ids.map(|id| written.remove(&id).then_some(())).collect()
}

/// Whoever asks alone tells what fails, if it does for one as well; that many have to, this counts.
fn alone<A: Clone>(error: &sqlx::Error, asked: usize) -> Vec<Option<A>> {
    metric::batch_failed();
    tracing::debug!(%error, asked, "what was asked for many deliveries is asked for each");
    vec![None; asked]
}

impl Notify {
    /// The channels of a tenant, and how they fare.
    pub(super) async fn fares(&self, tenant: &str) -> Result<Fares, sqlx::Error> {
        if let Some(fares) = self.batched.fares.ask(tenant.to_owned()).await {
            return Ok(fares);
        }
        let mut fares = in_time(ANSWER, settings::fares(&self.pool, &[tenant.to_owned()])).await?;
        fares.remove(tenant).unwrap_or_else(|| Ok(Fares::default()))
    }

    /// Writes down what came of an attempt; `was` is how the channel fared before, where the outcome says something of it. False, and
    /// nothing is written, where it is written already, see [`attempts::write`]: by a rival, or for many whose answer did not come in time.
    pub(super) async fn record(
        &self,
        due: &Due,
        attempted: Attempted,
        (outcome, was): (&Outcome, Option<Health>),
    ) -> Result<bool, sqlx::Error> {
        // A channel that works goes on working, nearly always: then there is no lock that its deliveries would wait for. A failure that was
        // written since this attempt began stays: the next delivery that goes well takes it back.
        if was.is_some_and(|was| was.after(outcome, attempted.at) != was) {
            return in_time(ANSWER, rows::record_with_health(&self.pool, due, &attempted, outcome)).await;
        }
        if self.batched.attempts.ask(attempted.clone()).await.is_some() {
            return Ok(true);
        }
        let one = [attempted];
        let written = in_time(ANSWER, attempts::write(&self.pool, &one, Locked::Waits)).await?;
        Ok(!written.is_empty())
    }

    /// The log was told how it ended: nothing is left to do.
    pub(super) async fn done(&self, id: Uuid) -> Result<(), sqlx::Error> {
        if self.batched.done.ask(id).await.is_none() {
            in_time(ANSWER, attempts::done(&self.pool, &[id], Locked::Waits)).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_two_of_the_same_delivery_when_it_is_written_then_the_second_asks_alone() {
        let [one, other, locked] = [1, 2, 3].map(Uuid::from_u128);
        let written = HashSet::from([one, other]);
        assert_eq!(each(written, [one, other, one, locked].into_iter()), [Some(()), Some(()), None, None]);
    }
}
