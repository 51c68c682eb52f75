//! The write side in memory: streams, the log they make, and the rule that a command id counts once in its stream.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use cqrs_es::DomainEvent;
use domain::reminder::{Reminder, ReminderCommand, ReminderEvent, ReminderRejection};
use domain::task::{Lineage, TaskAggregate, TaskCommand, TaskEvent, TaskRejection};
use domain::{tenant, topics};
use kafka_es::{AdjacentlyTagged, Envelope, EventCodec, Expected, LogRecord, Position};
use platform::clock::Clock;
use process::commands::{Answer, Cause, Commands, Order};
use process::manager::Failure;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// An aggregate whose events make a stream.
pub(crate) trait Model: Default + Clone {
    const TOPIC: &'static str;
    type Command;
    type Event: DomainEvent + Serialize + DeserializeOwned;
    type Rejection;

    fn decide(&self, command: &Self::Command) -> Result<Option<Self::Event>, Self::Rejection>;
    fn follow(&mut self, event: &Self::Event);
}

impl Model for TaskAggregate {
    const TOPIC: &'static str = topics::TASKS;
    type Command = TaskCommand;
    type Event = TaskEvent;
    type Rejection = TaskRejection;

    fn decide(&self, command: &TaskCommand) -> Result<Option<TaskEvent>, TaskRejection> {
        domain::task::decide(self, command)
    }

    fn follow(&mut self, event: &TaskEvent) {
        Self::follow(self, event);
    }
}

impl Model for Reminder {
    const TOPIC: &'static str = topics::REMINDERS;
    type Command = ReminderCommand;
    type Event = ReminderEvent;
    type Rejection = ReminderRejection;

    fn decide(&self, command: &ReminderCommand) -> Result<Option<ReminderEvent>, ReminderRejection> {
        domain::reminder::decide(self, command)
    }

    fn follow(&mut self, event: &ReminderEvent) {
        domain::reminder::evolve(self, event);
    }
}

#[derive(Default)]
struct Log {
    /// All records of a topic, which has one partition here.
    topics: BTreeMap<&'static str, Vec<LogRecord>>,
    /// The records of each stream, by topic and name.
    streams: BTreeMap<(&'static str, String), Vec<usize>>,
}

/// The write side in memory. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Twin {
    log: Arc<Mutex<Log>>,
    clock: Clock,
}

impl Twin {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { log: Arc::default(), clock }
    }

    /// One whose clock stands still.
    pub(crate) fn at(time: DateTime<Utc>) -> Self {
        Self::new(Clock::fixed(time))
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap()
    }

    /// The records of a topic from this offset on.
    pub(crate) fn records(&self, topic: &str, from: i64) -> Vec<LogRecord> {
        let from = usize::try_from(from).unwrap();
        self.lock().topics.get(topic).map(|records| records[from.min(records.len())..].to_vec()).unwrap_or_default()
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.lock().topics.values().map(Vec::len).sum()
    }

    /// Every stream after its events, and its version.
    pub(crate) fn all<M: Model>(&self) -> BTreeMap<Uuid, (M, u64)> {
        let names: Vec<String> = {
            let log = self.lock();
            let names = log.streams.keys().filter(|(topic, _)| *topic == M::TOPIC);
            names.map(|(_, stream)| stream.clone()).collect()
        };
        names.iter().map(|stream| (tenant::parse_stream_id(stream).unwrap().1, self.state(stream).unwrap())).collect()
    }

    fn envelopes<M: Model>(&self, stream: &str) -> Vec<(Position, Envelope)> {
        let log = self.lock();
        let Some(places) = log.streams.get(&(M::TOPIC, stream.to_owned())) else { return Vec::new() };
        let records = &log.topics[M::TOPIC];
        let of = |at: &usize| (records[*at].position.clone(), records[*at].content.as_ref().unwrap()[0].clone());
        places.iter().map(of).collect()
    }

    fn state<M: Model>(&self, stream: &str) -> Result<(M, u64), Failure> {
        after(&self.envelopes::<M>(stream), u64::MAX)
    }

    pub(crate) fn execute<M: Model>(&self, order: Order<M::Command>) -> Result<Answer<M, M::Rejection>, Failure> {
        let stream = tenant::stream_id(&order.tenant, order.id);
        loop {
            let envelopes = self.envelopes::<M>(&stream);
            if let Some((_, before)) = envelopes.iter().find(|(_, envelope)| envelope.commandid == order.command_id) {
                let (aggregate, version) = after(&envelopes, before.sequence)?;
                return Ok(Answer::Done { aggregate, version, has_event: true });
            }
            let (mut aggregate, version) = after::<M>(&envelopes, u64::MAX)?;
            if let Expected::Version(expected) = order.expected
                && expected != version
            {
                return Ok(Answer::Moved);
            }
            match aggregate.decide(&order.command) {
                Err(rejection) => return Ok(Answer::Refused(rejection)),
                Ok(None) => return Ok(Answer::Done { aggregate, version, has_event: false }),
                Ok(Some(event)) => {
                    aggregate.follow(&event);
                    let position = self.append::<M>(&stream, &order, version + 1, &event);
                    // Another thread may have been faster: then it is decided again.
                    if self.holds(&position, &stream, version + 1) {
                        return Ok(Answer::Done { aggregate, version: version + 1, has_event: true });
                    }
                }
            }
        }
    }

    /// Whether the record is the event of that sequence.
    fn holds(&self, position: &Position, stream: &str, sequence: u64) -> bool {
        let log = self.lock();
        let places = log.streams.iter().find(|((topic, name), _)| *topic == position.topic && name == stream);
        let nth = usize::try_from(sequence).unwrap().checked_sub(1);
        let place = places.zip(nth).and_then(|((_, places), nth)| places.get(nth).copied());
        place.is_some_and(|place| i64::try_from(place).unwrap() == position.offset)
    }

    fn append<M: Model>(&self, stream: &str, order: &Order<M::Command>, sequence: u64, event: &M::Event) -> Position {
        let (event_type, data) = AdjacentlyTagged::encode(event).unwrap();
        self.put(
            M::TOPIC,
            Envelope {
                specversion: "1.0".to_owned(),
                id: format!("{stream}@{sequence}"),
                source: format!("/tenants/{}", order.tenant),
                event_type,
                subject: order.id.to_string(),
                time: self.clock.now(),
                datacontenttype: "application/json".to_owned(),
                partitionkey: stream.to_owned(),
                sequence,
                tenant: order.tenant.clone(),
                commandid: order.command_id.clone(),
                commandhash: None,
                causationid: order.cause.event.clone(),
                correlationid: order.cause.correlation_id.clone(),
                actor: process::commands::actor(order.cause.manager),
                traceparent: None,
                metadata: None,
                data,
            },
        )
    }

    /// Appends a record as it is, whatever the rule says of it; where it stands.
    pub(crate) fn put(&self, topic: &'static str, envelope: Envelope) -> Position {
        let mut log = self.lock();
        let records = log.topics.entry(topic).or_default();
        let offset = records.len();
        let (stream, sequence) = (envelope.partitionkey.clone(), envelope.sequence);
        let position = Position { topic: topic.to_owned(), partition: 0, offset: i64::try_from(offset).unwrap() };
        records.push(LogRecord {
            position: position.clone(),
            key: Some(stream.clone().into_bytes()),
            timestamp_ms: None,
            traceparent: None,
            raw: serde_json::to_vec(&envelope).unwrap(),
            content: Ok(vec![envelope]),
        });
        // The first record of a sequence is the event; what comes later is void.
        let places = log.streams.entry((topic, stream)).or_default();
        if sequence == places.len() as u64 + 1 {
            places.push(offset);
        }
        position
    }

    /// A command of a user, who gives each once.
    pub(crate) fn user<M: Model>(&self, id: Uuid, command: M::Command) -> Answer<M, M::Rejection> {
        self.execute(Order {
            tenant: tenant::DEFAULT.to_owned(),
            id,
            command,
            command_id: Uuid::new_v4().to_string(),
            expected: Expected::Any,
            cause: Cause::time("user"),
        })
        .unwrap()
    }

    /// A command of a user to a task, who is told what is above its parent.
    pub(crate) fn to_task_of_user(&self, id: Uuid, command: TaskCommand) -> Answer<TaskAggregate, TaskRejection> {
        match self.user::<TaskAggregate>(id, command.clone()) {
            Answer::Refused(TaskRejection::LineageNeeded { parent }) => {
                let mut lineage = Lineage::of(parent);
                while let Some(id) = lineage.wanted() {
                    let (known, _) = self.state::<TaskAggregate>(&tenant::stream_id(tenant::DEFAULT, id)).unwrap();
                    lineage.learn(Some(&known.task));
                }
                self.user::<TaskAggregate>(id, command.below(lineage))
            }
            answer => answer,
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

fn after<M: Model>(envelopes: &[(Position, Envelope)], last: u64) -> Result<(M, u64), Failure> {
    let (mut aggregate, mut version) = (M::default(), 0);
    for (_, envelope) in envelopes.iter().filter(|(_, envelope)| envelope.sequence <= last) {
        let event = AdjacentlyTagged::decode(&envelope.event_type, &envelope.data);
        aggregate.follow(&event.map_err(|error| Failure::Blocked(error.to_string()))?);
        version = envelope.sequence;
    }
    Ok((aggregate, version))
}

#[async_trait]
impl Commands for Twin {
    async fn to_task(&self, order: Order<TaskCommand>) -> Result<Answer<TaskAggregate, TaskRejection>, Failure> {
        self.execute(order)
    }

    async fn to_reminder(&self, order: Order<ReminderCommand>) -> Result<Answer<Reminder, ReminderRejection>, Failure> {
        self.execute(order)
    }

    async fn task(&self, tenant: &str, id: Uuid) -> Result<Option<TaskAggregate>, Failure> {
        let (aggregate, version) = self.state(&tenant::stream_id(tenant, id))?;
        Ok((version > 0).then_some(aggregate))
    }

    async fn reminder(&self, tenant: &str, id: Uuid) -> Result<Option<Reminder>, Failure> {
        let (aggregate, version) = self.state(&tenant::stream_id(tenant, id))?;
        Ok((version > 0).then_some(aggregate))
    }

    async fn counts(&self, position: &Position, stream: &str, sequence: u64) -> Result<bool, Failure> {
        Ok(self.holds(position, stream, sequence))
    }

    async fn ends(&self, topic: &str) -> Result<BTreeMap<i32, i64>, Failure> {
        Ok([(0, i64::try_from(self.records(topic, 0).len()).unwrap())].into())
    }

    async fn events(&self, topic: &str, stream: &str) -> Result<Vec<(Position, Envelope)>, Failure> {
        Ok(match topic {
            topics::TASKS => self.envelopes::<TaskAggregate>(stream),
            _ => self.envelopes::<Reminder>(stream),
        })
    }
}
