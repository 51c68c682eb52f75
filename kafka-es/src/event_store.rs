//! cqrs-es's own trait on the store, so that `CqrsFramework` and its queries work as with postgres-es.
//!
//! The framework refuses a command on what [`load_aggregate`](cqrs_es::EventStore::load_aggregate) gave it, so that asks
//! for the end of the log first: its refusals are as current as those of [`EventStore::execute`].

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;

use chrono::Utc;
use cqrs_es::{AggregateContext, AggregateError, EventEnvelope};

use crate::codec::EventCodec;
use crate::command::{CommandMeta, Freshness, Outcome, StoredAggregate};
use crate::envelope::{self, Envelope};
use crate::error::{ExecuteError, LoadError};
use crate::execute::{self, Context};
use crate::store::EventStore;
use crate::stream_state::Body;

/// An aggregate as loaded, with the sequence it was loaded at: what cqrs-es carries from
/// [`load_aggregate`](cqrs_es::EventStore::load_aggregate) to [`commit`](cqrs_es::EventStore::commit).
///
/// ```
/// use cqrs_es::AggregateContext;
/// use kafka_es::StreamContext;
/// # use cqrs_es::doc::MyEvents;
/// # use cqrs_es::event_sink::EventSink;
/// #
/// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
/// # struct Counter {
/// #     value: u64,
/// # }
/// #
/// # impl cqrs_es::Aggregate for Counter {
/// #     const TYPE: &'static str = "counter";
/// #     type Command = ();
/// #     type Event = MyEvents;
/// #     type Error = std::convert::Infallible;
/// #     type Services = ();
/// #
/// #     async fn handle(&mut self, (): (), (): &(), _: &EventSink<Self>) -> Result<(), Self::Error> {
/// #         Ok(())
/// #     }
/// #
/// #     fn apply(&mut self, _: MyEvents) {
/// #         self.value += 1;
/// #     }
/// # }
///
/// let aggregate = Counter { value: 7 };
/// let mut context = StreamContext { stream: "default/visits".to_owned(), aggregate, sequence: 7 };
/// // What cqrs-es decides on; `commit` is refused when the stream is no longer at 7.
/// assert_eq!(context.aggregate().value, 7);
/// assert_eq!(context.sequence, 7);
/// ```
#[derive(Clone, Debug)]
pub struct StreamContext<A> {
    /// The stream.
    pub stream: String,
    /// The aggregate.
    pub aggregate: A,
    /// Sequence of its last event, 0 when it has none.
    pub sequence: u64,
}

impl<A: StoredAggregate> AggregateContext<A> for StreamContext<A> {
    fn aggregate(&mut self) -> &mut A {
        &mut self.aggregate
    }
}

impl<A: StoredAggregate, C: EventCodec<A::Event>> cqrs_es::EventStore<A> for EventStore<A, C> {
    type AC = StreamContext<A>;

    async fn load_events(&self, stream: &str) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        let events = self.history(stream, Freshness::Barrier).await.map_err(load_failed)?;
        events.into_iter().map(|(_, envelope)| read_event::<A, C>(envelope)).collect()
    }

    async fn load_aggregate(&self, stream: &str) -> Result<StreamContext<A>, AggregateError<A::Error>> {
        let loaded = self.load(stream, Freshness::Barrier).await.map_err(load_failed)?;
        let (aggregate, sequence) =
            loaded.map_or_else(|| (A::default(), 0), |loaded| (loaded.aggregate, loaded.sequence));
        Ok(StreamContext { stream: stream.to_owned(), aggregate, sequence })
    }

    async fn commit(
        &self,
        events: Vec<A::Event>,
        context: StreamContext<A>,
        metadata: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let work = self.commit_events(&context.stream, context.sequence, &events, &metadata);
        let written = tokio::time::timeout(self.shared.options.deadline, work).await;
        match written.unwrap_or_else(|_| Err(ExecuteError::OutcomeUnknown("no answer in time".to_owned()))) {
            Ok(true) => Ok(wrap(&context, events, &metadata)),
            Ok(false) => Ok(Vec::new()),
            Err(error) => Err(commit_failed(error)),
        }
    }
}

impl<A: StoredAggregate, C: EventCodec<A::Event>> EventStore<A, C> {
    /// True when the events were appended after `sequence`, false when the command id is in the stream already.
    async fn commit_events(
        &self,
        stream: &str,
        sequence: u64,
        events: &[A::Event],
        metadata: &HashMap<String, String>,
    ) -> Result<bool, ExecuteError<A::Error>> {
        envelope::stream_name(stream.as_bytes()).ok_or(ExecuteError::StreamName)?;
        let meta = meta_of(stream, &self.shared.options.topic, metadata);
        let extra = serde_json::to_string(metadata).unwrap_or_default();
        let shared = &*self.shared;
        let partition = shared.home(stream);
        let doubt = AtomicBool::new(false);
        let metadata = Some(extra.as_str()).filter(|_| !metadata.is_empty());
        let context = Context { shared, partition, stream, meta: &meta, metadata, doubt: &doubt };
        shared.wait_ready(partition).await?;
        let _turn = shared.stripe(stream).lock().await;
        execute::available(shared, partition)?;
        let state = shared.ready_state(partition, stream).await?;
        if context.earlier(&state)?.is_some() {
            return Ok(false);
        }
        if state.head != sequence || !matches!(state.body, Body::Ready(_)) {
            return Err(ExecuteError::Conflict { attempts: 0 });
        }
        let appended = context.append(&state, events).await?;
        appended.map(|committed| committed.outcome == Outcome::Appended).ok_or(ExecuteError::Conflict { attempts: 1 })
    }
}

/// The envelope's attributes, from the metadata keys of the same names.
fn meta_of(stream: &str, topic: &str, metadata: &HashMap<String, String>) -> CommandMeta {
    let get = |key: &str| metadata.get(key).cloned();
    let meta = CommandMeta::new(stream, Utc::now());
    CommandMeta {
        tenant: get("tenant").unwrap_or(meta.tenant),
        source: get("source").unwrap_or_else(|| format!("/{topic}")),
        subject: get("subject").unwrap_or(meta.subject),
        command_id: get("command_id").unwrap_or(meta.command_id),
        fingerprint: get("fingerprint"),
        causation_id: get("causation_id"),
        correlation_id: get("correlation_id"),
        actor: get("actor").unwrap_or(meta.actor),
        time: meta.time,
        traceparent: get("traceparent"),
    }
}

fn wrap<A: StoredAggregate>(
    context: &StreamContext<A>,
    events: Vec<A::Event>,
    metadata: &HashMap<String, String>,
) -> Vec<EventEnvelope<A>> {
    let numbered = (context.sequence + 1..).zip(events);
    let wrapped = numbered.map(|(sequence, payload)| EventEnvelope {
        aggregate_id: context.stream.clone(),
        sequence: usize::try_from(sequence).unwrap_or(usize::MAX),
        payload,
        metadata: metadata.clone(),
    });
    wrapped.collect()
}

fn read_event<A: StoredAggregate, C: EventCodec<A::Event>>(
    envelope: Envelope,
) -> Result<EventEnvelope<A>, AggregateError<A::Error>> {
    let payload = C::decode(&envelope.event_type, &envelope.data);
    let payload = payload.map_err(|e| AggregateError::DeserializationError(Box::new(e)))?;
    let metadata = envelope.metadata.as_deref().map(serde_json::from_str).transpose();
    Ok(EventEnvelope {
        aggregate_id: envelope.partitionkey,
        sequence: usize::try_from(envelope.sequence).unwrap_or(usize::MAX),
        payload,
        metadata: metadata.map_err(|e| AggregateError::DeserializationError(Box::new(e)))?.unwrap_or_default(),
    })
}

fn load_failed<E: std::error::Error>(error: LoadError) -> AggregateError<E> {
    match error {
        LoadError::Unavailable(_) => AggregateError::DatabaseConnectionError(Box::new(error)),
        LoadError::StreamBlocked { .. } => AggregateError::DeserializationError(Box::new(error)),
        LoadError::Log(_) | LoadError::PartitionStopped { .. } | LoadError::State(_) => {
            AggregateError::UnexpectedError(Box::new(error))
        }
    }
}

fn commit_failed<E: std::error::Error>(error: ExecuteError<E>) -> AggregateError<E> {
    let boxed = |error: &ExecuteError<E>| -> Box<dyn std::error::Error + Send + Sync> { error.to_string().into() };
    match error {
        ExecuteError::Conflict { .. } | ExecuteError::WrongVersion { .. } => AggregateError::AggregateConflict,
        ExecuteError::Rejected(rejection) => AggregateError::UserError(rejection),
        ExecuteError::Unavailable(_) | ExecuteError::OutcomeUnknown(_) => {
            AggregateError::DatabaseConnectionError(boxed(&error))
        }
        ExecuteError::StreamBlocked { .. } => AggregateError::DeserializationError(boxed(&error)),
        other => AggregateError::UnexpectedError(boxed(&other)),
    }
}
