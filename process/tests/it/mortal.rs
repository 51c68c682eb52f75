//! Processes that die at a step of theirs, and one that a stream is closed to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use domain::reminder::{Reminder, ReminderCommand, ReminderRejection};
use domain::task::{TaskAggregate, TaskCommand, TaskRejection};
use kafka_es::{Envelope, LogRecord, Position};
use process::commands::{Answer, Commands, Order};
use process::manager::{Failure, ProcessManager};
use sqlx::PgConnection;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// After so many steps a process dies, and does nothing from then on. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Fuse(Arc<(AtomicI64, Semaphore)>);

impl Fuse {
    pub(crate) fn never() -> Self {
        Self::after(i64::MAX)
    }

    pub(crate) fn after(steps: i64) -> Self {
        Self(Arc::new((AtomicI64::new(steps), Semaphore::new(0))))
    }

    /// A step; whoever is dead does not come back from it.
    pub(crate) async fn step(&self) {
        let (left, burnt) = &*self.0;
        if left.fetch_sub(1, Ordering::Relaxed) <= 0 {
            burnt.add_permits(1);
            std::future::pending::<()>().await;
        }
    }

    /// Works until that is done or the process dies: then it ends in the middle of what it does.
    pub(crate) async fn burns_at<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::select! {
            done = work => done,
            _ = self.0.1.acquire() => Err(Failure::Command("killed".to_owned())),
        }
    }
}

/// Commands of a process that may die before and after each.
pub(crate) struct Mortal<C> {
    pub(crate) inner: C,
    pub(crate) fuse: Fuse,
}

#[async_trait]
impl<C: Commands> Commands for Mortal<C> {
    async fn to_task(&self, order: Order<TaskCommand>) -> Result<Answer<TaskAggregate, TaskRejection>, Failure> {
        self.fuse.step().await;
        let answer = self.inner.to_task(order).await?;
        self.fuse.step().await;
        Ok(answer)
    }

    async fn to_reminder(&self, order: Order<ReminderCommand>) -> Result<Answer<Reminder, ReminderRejection>, Failure> {
        self.fuse.step().await;
        let answer = self.inner.to_reminder(order).await?;
        self.fuse.step().await;
        Ok(answer)
    }

    async fn task(&self, tenant: &str, id: Uuid) -> Result<Option<TaskAggregate>, Failure> {
        self.inner.task(tenant, id).await
    }

    async fn reminder(&self, tenant: &str, id: Uuid) -> Result<Option<Reminder>, Failure> {
        self.inner.reminder(tenant, id).await
    }

    async fn counts(&self, position: &Position, stream: &str, sequence: u64) -> Result<bool, Failure> {
        self.inner.counts(position, stream, sequence).await
    }

    async fn ends(&self, topic: &str) -> Result<BTreeMap<i32, i64>, Failure> {
        self.inner.ends(topic).await
    }

    async fn events(&self, topic: &str, stream: &str) -> Result<Vec<(Position, Envelope)>, Failure> {
        self.inner.events(topic, stream).await
    }
}

/// Commands of a process that cannot read the stream of one task.
pub(crate) struct BlockedOn<C> {
    pub(crate) inner: C,
    pub(crate) task: Uuid,
}

#[async_trait]
impl<C: Commands> Commands for BlockedOn<C> {
    async fn to_task(&self, order: Order<TaskCommand>) -> Result<Answer<TaskAggregate, TaskRejection>, Failure> {
        if order.id == self.task {
            return Err(Failure::Blocked("an event of another build".to_owned()));
        }
        self.inner.to_task(order).await
    }

    async fn to_reminder(&self, order: Order<ReminderCommand>) -> Result<Answer<Reminder, ReminderRejection>, Failure> {
        self.inner.to_reminder(order).await
    }

    async fn task(&self, tenant: &str, id: Uuid) -> Result<Option<TaskAggregate>, Failure> {
        if id == self.task {
            return Err(Failure::Blocked("an event of another build".to_owned()));
        }
        self.inner.task(tenant, id).await
    }

    async fn reminder(&self, tenant: &str, id: Uuid) -> Result<Option<Reminder>, Failure> {
        self.inner.reminder(tenant, id).await
    }

    async fn counts(&self, position: &Position, stream: &str, sequence: u64) -> Result<bool, Failure> {
        self.inner.counts(position, stream, sequence).await
    }

    async fn ends(&self, topic: &str) -> Result<BTreeMap<i32, i64>, Failure> {
        self.inner.ends(topic).await
    }

    async fn events(&self, topic: &str, stream: &str) -> Result<Vec<(Position, Envelope)>, Failure> {
        self.inner.events(topic, stream).await
    }
}

/// A manager of a process that may die before and after its rows are written, and after the transaction of both.
pub(crate) struct MortalRows<M> {
    pub(crate) inner: Arc<M>,
    pub(crate) fuse: Fuse,
}

#[async_trait]
impl<M: ProcessManager> ProcessManager for MortalRows<M> {
    type Changes = M::Changes;

    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn topics(&self) -> &'static [&'static str] {
        self.inner.topics()
    }

    async fn handle(&self, records: &[LogRecord]) -> Result<M::Changes, Failure> {
        let changes = self.inner.handle(records).await?;
        if !self.inner.has_rows(&changes) {
            // Nothing else comes between its commands and the position.
            self.fuse.step().await;
        }
        Ok(changes)
    }

    fn has_rows(&self, changes: &M::Changes) -> bool {
        self.inner.has_rows(changes)
    }

    async fn write(&self, connection: &mut PgConnection, changes: &M::Changes) -> Result<(), sqlx::Error> {
        self.fuse.step().await;
        self.inner.write(connection, changes).await?;
        self.fuse.step().await;
        Ok(())
    }

    fn committed(&self, changes: &M::Changes) {
        self.inner.committed(changes);
    }
}
