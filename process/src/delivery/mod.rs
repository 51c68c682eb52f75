//! Tells people that a reminder rang: over each channel that they have set, again until it is delivered or given up.
//!
//! What is to be sent is a row before it is sent, and what came of it is one before the log is told: a crash costs at most a second
//! delivery under the same id, never the reminder.

mod attempt;
mod attempts;
mod batched;
mod bound;
mod due;
mod handed;
mod lease;
mod remembered;
mod ring;
mod rows;
mod settings;
mod told;
mod troubled;
mod unread;

pub use handed::Handed;
pub use rows::{AttemptRow, attempts_of};
pub(crate) use rows::{claiming, next_due};
pub(crate) use settings::cannot_be_read;
pub use settings::{load, save};
pub use troubled::{Place, Trouble, Troubled, in_trouble};

use std::sync::Arc;

use async_trait::async_trait;
use domain::reminder::{Reminder, ReminderCommand};
use domain::task::{TaskAggregate, TaskView};
use domain::{tenant, topics};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kafka_es::{Envelope, LogRecord, Position};
use notification::{Mailer, Targets, Webhooks, delivery_id};
use platform::clock::Clock;
use platform::sidecar::{OutputBinding, StateStore};
use sqlx::{PgConnection, PgPool};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::commands::{Cause, Commands};
use crate::manager::{Alarm, Failure, ProcessManager, Rush, only_this_stream};
use batched::Batched;
use ring::Ring;
use rows::NewDelivery;
use told::AboutToTell;
use unread::{NO_CHANNEL, without_channel};

/// Its name, everywhere.
pub const NAME: &str = "notify";

/// The event that says that a reminder rang.
pub(crate) const TRIGGERED: &str = "tasklog.reminder.triggered.v1";
/// Attempts that are under way at the same time: each may wait for its receiver.
const AT_ONCE: usize = 64;
/// The same while very many reminders ring.
const AT_ONCE_IN_A_RUSH: usize = 8;

/// What deliveries go out through.
#[derive(Debug, Clone)]
pub struct Channels {
    /// Sends to webhooks.
    pub webhooks: Webhooks,
    /// Sends mails, where a mail server is configured.
    pub mailer: Option<Mailer>,
    /// Sends mails where none is configured, by a Dapr sidecar.
    pub binding: Option<OutputBinding>,
    /// Where webhooks may lead.
    pub targets: Targets,
}

/// The process manager that notifies. Clones are the same one.
#[derive(Clone)]
pub struct Notify {
    commands: Arc<dyn Commands>,
    pool: PgPool,
    clock: Clock,
    channels: Channels,
    alarm: Alarm,
    room: Arc<Semaphore>,
    gives_way: Rush,
    batched: Arc<Batched>,
    remembers: Option<StateStore>,
}

impl Notify {
    /// Gives its commands through `commands`, keeps its rows in `pool` and sends through `channels`.
    pub fn new(commands: Arc<dyn Commands>, pool: PgPool, clock: Clock, channels: Channels) -> Self {
        let batched = Arc::new(Batched::new(&pool));
        let room = Arc::new(Semaphore::new(AT_ONCE));
        let (alarm, gives_way) = (Alarm::default(), Rush::default());
        Self { commands, pool, clock, channels, alarm, room, gives_way, batched, remembers: None }
    }

    /// Gives way while very many ring: then few attempts are made at the same time, so that all ring sooner. The page shows that at once.
    #[must_use]
    pub fn giving_way(self, to: Rush) -> Self {
        Self { gives_way: to, ..self }
    }

    /// So many attempts may begin now.
    fn room(&self) -> usize {
        let most = if self.gives_way.is_on() { AT_ONCE_IN_A_RUSH } else { AT_ONCE };
        self.room.available_permits().saturating_sub(AT_ONCE - most)
    }

    /// Wakes whoever looks for attempts that are due.
    #[must_use]
    pub fn alarm(&self) -> Alarm {
        self.alarm.clone()
    }

    /// Where settings and deliveries are.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Where webhooks may lead.
    #[must_use]
    pub const fn targets(&self) -> Targets {
        self.channels.targets
    }

    /// Whether there is such a reminder.
    ///
    /// # Errors
    /// When that cannot be said.
    pub async fn knows(&self, tenant: &str, reminder_id: Uuid) -> Result<bool, Failure> {
        Ok(self.commands.reminder(tenant, reminder_id).await?.is_some_and(|reminder| reminder.exists()))
    }
}

#[async_trait]
impl ProcessManager for Notify {
    type Changes = Vec<NewDelivery>;

    fn name(&self) -> &'static str {
        NAME
    }

    fn topics(&self) -> &'static [&'static str] {
        &[topics::REMINDERS]
    }

    async fn handle(&self, records: &[LogRecord]) -> Result<Vec<NewDelivery>, Failure> {
        let events = records
            .iter()
            .flat_map(|record| record.content.iter().flatten().map(move |envelope| (&record.position, envelope)));
        let rang = events.filter(|(_, envelope)| envelope.event_type == TRIGGERED);
        let tells = |envelope: &Envelope| Ring::of(envelope).is_some_and(|ring| !ring.tells_of.is_empty());
        let (tellers, others): (Vec<_>, Vec<_>) = rang.partition(|(_, envelope)| tells(envelope));
        // Those that tell of others first: what they are about to tell is in no row yet.
        let mut about_to = AboutToTell::default();
        let mut told = self.of_each(&tellers, &about_to).await?;
        let telling = tellers.iter().filter(|(_, envelope)| told.iter().any(|it| it.event_id == envelope.id));
        telling.filter_map(|(_, envelope)| Ring::of(envelope)).for_each(|ring| about_to.add(ring));
        told.extend(self.of_each(&others, &about_to).await?);
        Ok(told)
    }

    fn has_rows(&self, changes: &Vec<NewDelivery>) -> bool {
        !changes.is_empty()
    }

    async fn write(&self, connection: &mut PgConnection, changes: &Vec<NewDelivery>) -> Result<(), sqlx::Error> {
        rows::insert(connection, changes, self.clock.now()).await
    }

    fn committed(&self, changes: &Vec<NewDelivery>) {
        if !changes.is_empty() {
            self.alarm.ring();
        }
    }
}

impl Notify {
    /// The deliveries of these rings, in no order.
    async fn of_each(
        &self,
        rings: &[(&Position, &Envelope)],
        about_to: &AboutToTell,
    ) -> Result<Vec<NewDelivery>, Failure> {
        let telling: Vec<_> = rings.iter().map(|(position, envelope)| self.of(position, envelope, about_to)).collect();
        let told: Vec<Vec<NewDelivery>> = stream::iter(telling).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(told.into_iter().flatten().collect())
    }

    /// The deliveries of a reminder that rang; none where its stream is blocked, which is told.
    async fn of(
        &self,
        position: &Position,
        envelope: &Envelope,
        about_to: &AboutToTell,
    ) -> Result<Vec<NewDelivery>, Failure> {
        let of = self.of_readable(position, envelope, about_to).await;
        Ok(only_this_stream(NAME, &envelope.partitionkey, of)?.unwrap_or_default())
    }

    async fn of_readable(
        &self,
        position: &Position,
        envelope: &Envelope,
        about_to: &AboutToTell,
    ) -> Result<Vec<NewDelivery>, Failure> {
        let stream = envelope.partitionkey.as_str();
        if tenant::parse_stream_id(stream).is_none()
            || !self.commands.counts(position, stream, envelope.sequence).await?
        {
            return Ok(Vec::new());
        }
        self.of_event(envelope, about_to).await
    }

    /// The task of the first of these reminders whose task is there.
    async fn task_of(
        &self,
        tenant: &str,
        reminders: impl Iterator<Item = &Reminder>,
    ) -> Result<Option<TaskAggregate>, Failure> {
        let mut blocked = None;
        for reminder in reminders {
            match self.commands.task(tenant, reminder.task_id).await {
                Ok(Some(task)) if task.task.exists() => return Ok(Some(task)),
                Ok(_) => {}
                Err(failure @ Failure::Blocked(_)) => blocked = blocked.or(Some(failure)),
                Err(failure) => return Err(failure),
            }
        }
        blocked.map_or(Ok(None), Err)
    }

    /// The deliveries of an event that says that a reminder rang, and that counts.
    async fn of_event(&self, envelope: &Envelope, about_to: &AboutToTell) -> Result<Vec<NewDelivery>, Failure> {
        let Some(ring) = Ring::of(envelope) else {
            return Err(Failure::Blocked("the event of a ring cannot be read".to_owned()));
        };
        let (tenant, reminder_id) = (ring.tenant.as_str(), ring.reminder_id);
        if let Some(other) = ring.told_by
            && self.end_like(other, &ring, about_to, Cause::event(NAME, envelope)).await?
        {
            return Ok(Vec::new());
        }
        // What has an end, or was put off since, is not told of again: not after a crash, and not from the first record on.
        let Some(reminder) = self.commands.reminder(tenant, reminder_id).await? else { return Ok(Vec::new()) };
        let mut waiting = self.waiting(&ring).await?;
        if !ring.is_of(&reminder) {
            waiting = self.silent(&ring, waiting).await?;
            if waiting.is_empty() {
                return Ok(Vec::new());
            }
        }
        let (at, cause) = (self.clock.now(), Cause::event(NAME, envelope));
        let Some(task) = self.task_of(tenant, std::iter::once(&reminder).chain(&waiting)).await? else {
            let detail = "the task is not there any more".to_owned();
            self.end(&ring, ReminderCommand::MarkFailed { detail, at }, cause).await?;
            return Ok(Vec::new());
        };
        let over: Vec<(Uuid, &'static str)> = match self.readable_fares(tenant, envelope).await? {
            None => vec![NO_CHANNEL],
            Some(fares) => {
                let (channels, disabled) = fares.active();
                if channels.is_empty() {
                    self.end(&ring, without_channel(disabled, at), cause).await?;
                }
                channels.iter().map(|channel| (channel.id(), channel.kind())).collect()
            }
        };
        // Neither can fail; a row without them would be read by nobody, and hold up all the others.
        let unwritten = |error: serde_json::Error| Failure::Blocked(error.to_string());
        let task = serde_json::to_value(TaskView::of(&task.task)).map_err(unwritten)?;
        let event = serde_json::to_value(envelope).map_err(unwritten)?;
        let delivery = |(channel_id, channel): (Uuid, &'static str)| NewDelivery {
            id: delivery_id(channel_id, &envelope.id),
            tenant: tenant.to_owned(),
            reminder_id,
            event_id: envelope.id.clone(),
            event: event.clone(),
            task: task.clone(),
            channel_id,
            channel,
        };
        Ok(over.into_iter().map(delivery).collect())
    }
}
