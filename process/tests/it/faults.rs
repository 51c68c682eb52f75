//! Write sides with a protection switched off, or held up: what the protection is there for must show then.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::reminder::{Reminder, ReminderCommand, ReminderRejection};
use domain::task::{TaskAggregate, TaskCommand, TaskRejection};
use kafka_es::{Envelope, Expected, Position};
use process::commands::{Answer, Commands, Order};
use process::manager::Failure;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// What is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Every command has an id that nothing follows from.
    IdsFollowFromNothing,
    /// A ring has an id without the version that the reminder rings at.
    RingsHaveNoVersion,
    /// No order is meant for a version.
    NoVersionIsExpected,
    /// Records that lost the race for their sequence count too.
    VoidRecordsCount,
    /// What is at the end of the log is not seen yet.
    LogEndsEarly,
    /// Events come in no order.
    EventsComeBackwards,
    /// What others have written a moment ago is not seen.
    TasksAreStale,
    /// A blocked stream looks like a log that cannot be read.
    BlockedIsAnyFailure,
    /// Nothing can be written.
    LogIsAway,
}

/// A write side with a fault.
pub(crate) struct Broken<C> {
    pub(crate) inner: C,
    pub(crate) fault: Fault,
}

impl<C> Broken<C> {
    fn broken<D>(&self, mut order: Order<D>) -> Order<D> {
        match self.fault {
            Fault::IdsFollowFromNothing => order.command_id = Uuid::new_v4().to_string(),
            Fault::RingsHaveNoVersion if order.command_id.starts_with("process/reminders/ring/") => {
                order.command_id = "process/reminders/ring".to_owned();
            }
            Fault::NoVersionIsExpected => order.expected = Expected::Any,
            _ => {}
        }
        order
    }

    fn is_there(&self) -> Result<(), Failure> {
        if self.fault == Fault::LogIsAway { Err(Failure::Command("nobody answers".to_owned())) } else { Ok(()) }
    }

    fn failed<T>(&self, done: Result<T, Failure>) -> Result<T, Failure> {
        match done {
            Err(Failure::Blocked(why)) if self.fault == Fault::BlockedIsAnyFailure => Err(Failure::Stream(why)),
            done => done,
        }
    }
}

#[async_trait]
impl<C: Commands> Commands for Broken<C> {
    async fn to_task(&self, order: Order<TaskCommand>) -> Result<Answer<TaskAggregate, TaskRejection>, Failure> {
        self.is_there()?;
        self.failed(self.inner.to_task(self.broken(order)).await)
    }

    async fn to_reminder(&self, order: Order<ReminderCommand>) -> Result<Answer<Reminder, ReminderRejection>, Failure> {
        self.is_there()?;
        self.failed(self.inner.to_reminder(self.broken(order)).await)
    }

    async fn task(&self, tenant: &str, id: Uuid) -> Result<Option<TaskAggregate>, Failure> {
        let task = self.failed(self.inner.task(tenant, id).await)?;
        Ok(task.filter(|task| self.fault != Fault::TasksAreStale || task.task.version == 1))
    }

    async fn reminder(&self, tenant: &str, id: Uuid) -> Result<Option<Reminder>, Failure> {
        self.failed(self.inner.reminder(tenant, id).await)
    }

    async fn counts(&self, position: &Position, stream: &str, sequence: u64) -> Result<bool, Failure> {
        Ok(self.fault == Fault::VoidRecordsCount || self.inner.counts(position, stream, sequence).await?)
    }

    async fn ends(&self, topic: &str) -> Result<BTreeMap<i32, i64>, Failure> {
        let mut ends = self.inner.ends(topic).await?;
        if self.fault == Fault::LogEndsEarly {
            ends.values_mut().for_each(|end| *end = 0);
        }
        Ok(ends)
    }

    async fn events(&self, topic: &str, stream: &str) -> Result<Vec<(Position, Envelope)>, Failure> {
        let mut events = self.inner.events(topic, stream).await?;
        if self.fault == Fault::EventsComeBackwards {
            events.reverse();
        }
        Ok(events)
    }
}

/// A write side that holds commands up until it is told to let them through.
pub(crate) struct HeldUp<C> {
    pub(crate) inner: C,
    /// A permit for each command that has come.
    pub(crate) come: Semaphore,
    /// A permit for each command that may go on.
    pub(crate) may_go: Semaphore,
}

impl<C> HeldUp<C> {
    pub(crate) fn new(inner: C) -> Self {
        Self { inner, come: Semaphore::new(0), may_go: Semaphore::new(0) }
    }

    /// Waits until so many commands are held up.
    pub(crate) async fn holds(&self, commands: u32) {
        self.come.acquire_many(commands).await.unwrap().forget();
    }

    /// Lets all that come go on.
    pub(crate) fn let_all_go(&self) {
        self.may_go.add_permits(1 << 20);
    }
}

#[async_trait]
impl<C: Commands> Commands for HeldUp<C> {
    async fn to_task(&self, order: Order<TaskCommand>) -> Result<Answer<TaskAggregate, TaskRejection>, Failure> {
        self.come.add_permits(1);
        self.may_go.acquire().await.unwrap().forget();
        self.inner.to_task(order).await
    }

    async fn to_reminder(&self, order: Order<ReminderCommand>) -> Result<Answer<Reminder, ReminderRejection>, Failure> {
        self.come.add_permits(1);
        self.may_go.acquire().await.unwrap().forget();
        self.inner.to_reminder(order).await
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
