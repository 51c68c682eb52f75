//! The smallest aggregate that can be raced for: a counter that remembers nothing but its value.

use chrono::Utc;
use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};

use crate::command::CommandMeta;

/// A counter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// Its value.
    pub value: i64,
    /// How many events it has seen.
    pub events: u64,
}

/// What may be asked of a counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CounterCommand {
    /// Adds to it.
    Add(i64),
    /// Adds one, so many times, as one event each.
    AddEach(u32),
    /// Adds only while the value is below the limit; refused otherwise.
    AddBelow {
        /// How much.
        by: i64,
        /// The limit.
        limit: i64,
    },
    /// Changes nothing.
    Look,
}

/// What happened to a counter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum CounterEvent {
    /// It was added to.
    #[serde(rename = "counter.added.v1")]
    Added {
        /// How much.
        by: i64,
    },
}

/// Why a counter refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the counter is at {value}")]
pub struct CounterRefusal {
    /// Its value.
    pub value: i64,
}

impl DomainEvent for CounterEvent {
    fn event_type(&self) -> String {
        "counter.added.v1".to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl Aggregate for Counter {
    const TYPE: &'static str = "counter";
    type Command = CounterCommand;
    type Event = CounterEvent;
    type Error = CounterRefusal;
    type Services = ();

    async fn handle(&mut self, command: CounterCommand, (): &(), sink: &EventSink<Self>) -> Result<(), CounterRefusal> {
        let (times, by) = match command {
            CounterCommand::Add(by) => (1, by),
            CounterCommand::AddEach(times) => (times, 1),
            CounterCommand::AddBelow { by, limit } if self.value < limit => (1, by),
            CounterCommand::AddBelow { .. } => return Err(CounterRefusal { value: self.value }),
            CounterCommand::Look => (0, 0),
        };
        for _ in 0..times {
            sink.write(CounterEvent::Added { by }, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: CounterEvent) {
        let CounterEvent::Added { by } = event;
        self.value += by;
        self.events += 1;
    }
}

/// A command's metadata with this id, without a fingerprint.
pub fn meta(command_id: impl Into<String>) -> CommandMeta {
    CommandMeta {
        tenant: "default".to_owned(),
        source: "/conformance".to_owned(),
        subject: "counter".to_owned(),
        command_id: command_id.into(),
        fingerprint: None,
        causation_id: None,
        correlation_id: None,
        actor: "conformance".to_owned(),
        time: Utc::now(),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
    }
}
