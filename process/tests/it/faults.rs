//! Write sides with a protection switched off, or held up: what the protection is there for must show then.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::reminder::{Reminder, ReminderCommand, ReminderRejection, ReminderStatus, Told};
use domain::task::{Lineage, Task, TaskAggregate, TaskCommand, TaskRejection};
use kafka_es::{Envelope, Expected, Position};
use process::commands::{Answer, Commands, Order};
use process::manager::Failure;
use process::subtasks;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::twin::Twin;

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
    /// A ring that tells of others counts before it is in the log.
    TellersRingLater,
    /// What became of a reminder since it rang is not seen.
    RingsAreStale,
    /// Others are always faster with a task.
    OthersAreFaster,
    /// What people have changed in a task is not seen, but for its end; and no version is expected, which would tell.
    EditsAreUnseen,
    /// Who has given a command is told by its id.
    ActorsFollowFromIds,
    /// A new task may stand below any other, whatever that is below.
    LevelsAreNotCounted,
}

/// The write side, as it should be or with a fault.
pub(crate) fn commands(twin: &Twin, fault: Option<Fault>) -> Arc<dyn Commands> {
    let inner = twin.clone();
    match fault {
        None => Arc::new(inner),
        Some(fault) => Arc::new(Broken { inner, fault }),
    }
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
            Fault::NoVersionIsExpected | Fault::EditsAreUnseen => order.expected = Expected::Any,
            _ => {}
        }
        order
    }

    /// What is said to stand above a new task: nothing but its parent.
    fn unjudged(&self, mut order: Order<TaskCommand>) -> Order<TaskCommand> {
        if self.fault == Fault::LevelsAreNotCounted
            && let TaskCommand::Below { command, .. } = &order.command
            && let TaskCommand::Create { new, .. } = &**command
            && let Some(parent) = new.parent_id()
        {
            let mut lineage = Lineage::of(parent);
            lineage.learn(Some(&Task { id: parent, version: 1, ..Task::default() }));
            order.command = (**command).clone().below(lineage);
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
        if self.fault == Fault::OthersAreFaster {
            return Ok(Answer::Moved);
        }
        self.failed(self.inner.to_task(self.broken(self.unjudged(order))).await)
    }

    async fn to_reminder(&self, order: Order<ReminderCommand>) -> Result<Answer<Reminder, ReminderRejection>, Failure> {
        self.is_there()?;
        if let (Fault::TellersRingLater, ReminderCommand::Trigger { at, told: Told::For(_) }) =
            (self.fault, &order.command)
        {
            let known = self.inner.reminder(&order.tenant, order.id).await?.unwrap_or_default();
            let aggregate = Reminder { status: ReminderStatus::Triggered, triggered_at: Some(*at), ..known };
            return Ok(Answer::Done { version: aggregate.version + 1, aggregate, has_event: true });
        }
        self.failed(self.inner.to_reminder(self.broken(order)).await)
    }

    async fn task(&self, tenant: &str, id: Uuid) -> Result<Option<TaskAggregate>, Failure> {
        let task = self.failed(self.inner.task(tenant, id).await)?;
        Ok(task.filter(|task| self.fault != Fault::TasksAreStale || task.task.version == 1))
    }

    async fn reminder(&self, tenant: &str, id: Uuid) -> Result<Option<Reminder>, Failure> {
        let mut reminder = self.failed(self.inner.reminder(tenant, id).await)?;
        if let (Fault::RingsAreStale, Some(reminder)) = (self.fault, &mut reminder)
            && reminder.triggered_at.is_some()
        {
            reminder.status = ReminderStatus::Triggered;
        }
        Ok(reminder)
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
        match self.fault {
            Fault::EventsComeBackwards => events.reverse(),
            Fault::EditsAreUnseen => events.retain(|(_, event)| !is_edit(event)),
            Fault::ActorsFollowFromIds => {
                let ours = events
                    .iter_mut()
                    .map(|(_, event)| event)
                    .filter(|event| event.commandid.starts_with("process/subtasks/"));
                ours.for_each(|event| event.actor = process::commands::actor(subtasks::NAME));
            }
            _ => {}
        }
        Ok(events)
    }
}

/// Whether a person has changed fields of a task.
fn is_edit(event: &Envelope) -> bool {
    event.event_type == "tasklog.task.updated.v1" && event.actor == process::commands::actor("user")
}

/// A write side that holds commands up until it is told to let them through.
pub(crate) struct HeldUp<C> {
    pub(crate) inner: C,
    /// A permit for each command that has come.
    pub(crate) come: Semaphore,
    /// A permit for each command that may go on.
    pub(crate) may_go: Semaphore,
    /// What each command that has come is for.
    given: Mutex<Vec<Uuid>>,
}

impl<C> HeldUp<C> {
    pub(crate) fn new(inner: C) -> Self {
        Self { inner, come: Semaphore::new(0), may_go: Semaphore::new(0), given: Mutex::default() }
    }

    /// The tasks and reminders that commands have come for, in the order of these.
    pub(crate) fn given(&self) -> Vec<Uuid> {
        self.given.lock().unwrap().clone()
    }

    async fn pass(&self, id: Uuid) {
        self.given.lock().unwrap().push(id);
        self.come.add_permits(1);
        self.may_go.acquire().await.unwrap().forget();
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
        self.pass(order.id).await;
        self.inner.to_task(order).await
    }

    async fn to_reminder(&self, order: Order<ReminderCommand>) -> Result<Answer<Reminder, ReminderRejection>, Failure> {
        self.pass(order.id).await;
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
