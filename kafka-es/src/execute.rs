//! One command: decide on the current state, append, retry when the race was lost.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use cqrs_es::event_sink::EventSink;
use serde_json::value::RawValue;
use tracing::Instrument;

use crate::append::{Record, Sent, append};
use crate::codec::{CodecError, EventCodec};
use crate::command::{CommandMeta, Committed, Expected, Outcome, StoredAggregate};
use crate::envelope::BATCH_MAX_EVENTS;
use crate::error::{ExecuteError, LoadError};
use crate::partition::{Own, Partition, Settled};
use crate::record::{self, EventRef};
use crate::shared::Shared;
use crate::state::{Command, fingerprint};
use crate::stream_state::{Body, StreamState};
use crate::token::Position;

/// What one command works on.
pub(crate) struct Context<'a, A: StoredAggregate, C: EventCodec<A::Event>> {
    pub(crate) shared: &'a Shared<A, C>,
    pub(crate) partition: &'a Arc<Partition<A, C>>,
    pub(crate) stream: &'a str,
    pub(crate) meta: &'a CommandMeta,
    /// Metadata of cqrs-es that has no attribute of its own, as JSON.
    pub(crate) metadata: Option<&'a str>,
    /// See [`append`].
    pub(crate) doubt: &'a AtomicBool,
}

/// Decides and appends until the command is in the stream or refused on current state.
pub(crate) async fn run<A: StoredAggregate, C: EventCodec<A::Event>>(
    context: Context<'_, A, C>,
    command: A::Command,
    services: &A::Services,
    expected: Expected,
) -> Result<Committed<A>, ExecuteError<A::Error>> {
    let Context { shared, partition, stream, .. } = context;
    shared.settled(partition).await;
    let stripe = shared.stripe(stream);
    let _turn = match stripe.try_lock() {
        Ok(turn) => turn,
        Err(_) => stripe.lock().await,
    };
    let mut lost = 0;
    loop {
        shared.check_stopped(partition)?;
        let state = shared.ready_state(partition, stream).await?;
        let Body::Ready(aggregate) = &state.body else { continue };
        if let Some(row) = context.earlier(&state)? {
            return Box::pin(context.replayed(&state, row)).await;
        }
        shared.check_reachable(partition)?;
        if let Expected::Version(version) = expected
            && version != state.head
        {
            match context.still_at(state.head).await? {
                true => return Err(ExecuteError::WrongVersion { actual: state.head }),
                false => continue,
            }
        }
        let decided = decide(aggregate.clone(), command.clone(), services)
            .instrument(tracing::info_span!("decide", stream))
            .await;
        match decided {
            Err(rejection) if context.still_at(state.head).await? => return Err(ExecuteError::Rejected(rejection)),
            Ok(events) if events.is_empty() => {
                if context.still_at(state.head).await? {
                    return context.unchanged(&state);
                }
            }
            Err(_) => {}
            Ok(events) => {
                if let Some(committed) = context.append(&state, &events).await? {
                    return Ok(committed);
                }
                lost += 1;
                if lost > shared.options.retries {
                    return Err(ExecuteError::Conflict { attempts: lost });
                }
            }
        }
        shared.around.metrics.retries.increment(1);
    }
}

/// Refuses at once what cannot be written now, rather than filling the producer's queue.
pub(crate) fn available<A: StoredAggregate, C: EventCodec<A::Event>>(
    shared: &Shared<A, C>,
    partition: &Partition<A, C>,
) -> Result<(), LoadError> {
    shared.check_stopped(partition)?;
    shared.check_reachable(partition)
}

/// The aggregate's own decision, on a copy: its events are what counts, not what `handle` did to the copy.
async fn decide<A: StoredAggregate>(
    mut aggregate: A,
    command: A::Command,
    services: &A::Services,
) -> Result<Vec<A::Event>, A::Error> {
    let sink = EventSink::default();
    aggregate.handle(command, services, &sink).await?;
    Ok(sink.collect().await)
}

impl<A: StoredAggregate, C: EventCodec<A::Event>> Context<'_, A, C> {
    /// The command itself, if it is in the stream already.
    pub(crate) fn earlier(&self, state: &StreamState<A>) -> Result<Option<Command>, ExecuteError<A::Error>> {
        let forgotten = self.shared.around.mutations.forgets_commands();
        if forgotten {
            return Ok(None);
        }
        if let Some(command) = state.commands.find(&self.meta.command_id) {
            return Ok(Some(command));
        }
        if !state.filed.may_hold(&self.meta.command_id) {
            return Ok(None);
        }
        let row = self.partition.command(self.stream, &self.meta.command_id);
        row.map_err(|e| ExecuteError::State(e.to_string()))
    }

    /// Barrier: true when the stream is still at `head` after everything in the log was applied.
    async fn still_at(&self, head: u64) -> Result<bool, LoadError> {
        Box::pin(self.shared.catch_up(self.partition)).await?;
        let state = self.partition.stream(self.stream).map_err(|e| LoadError::State(e.to_string()))?;
        Ok(state.head == head)
    }

    /// Appends the events after `state`; `None` when the race was lost.
    pub(crate) async fn append(
        &self,
        state: &StreamState<A>,
        events: &[A::Event],
    ) -> Result<Option<Committed<A>>, ExecuteError<A::Error>> {
        let Body::Ready(before) = &state.body else { return Ok(None) };
        let (value, content_type) = self.record(state.head, events)?;
        let record = Record { value: &value, content_type, traceparent: self.meta.traceparent.as_deref() };
        let mut after = before.clone();
        events.iter().for_each(|event| after.apply(event.clone()));
        let last = state.head + events.len() as u64;
        let sent = Sent::new(Own {
            stream: state.name.clone(),
            first: state.head + 1,
            last,
            command_id: self.meta.command_id.clone(),
            command_fingerprint: self.meta.fingerprint.clone(),
            after: after.clone(),
            fingerprint: fingerprint(self.stream.as_bytes(), &value),
            size: value.len(),
            floor: self.partition.next(),
        });
        match append(self.shared, self.partition, sent, &record, self.doubt).await? {
            (Settled::Accepted, offset) => Ok(Some(self.committed(after, last, offset, Outcome::Appended))),
            (Settled::Void, offset) => {
                if let Some(committed) = Box::pin(self.won_by_copy(last)).await? {
                    return Ok(Some(committed));
                }
                self.shared.around.metrics.conflicts.increment(1);
                tracing::debug!(stream = self.stream, offset, sequence = last, "lost the race");
                Ok(None)
            }
        }
    }

    /// Whether a void record of ours lost to this very command: librdkafka may write a record twice, when it gives up on
    /// other records of the partition and begins a new producer epoch, and the acknowledgement is the second one's. All
    /// below that is applied, so the stream's own commands tell.
    async fn won_by_copy(&self, last: u64) -> Result<Option<Committed<A>>, ExecuteError<A::Error>> {
        if self.shared.around.mutations.overlooks_copies() {
            return Ok(None);
        }
        let row = self.partition.command(self.stream, &self.meta.command_id);
        let Some(row) = row.map_err(|e| ExecuteError::State(e.to_string()))? else { return Ok(None) };
        let ours = row.sequence == last;
        let state = self.shared.ready_state(self.partition, self.stream).await?;
        let committed = self.replayed(&state, row).await?;
        let outcome = if ours { Outcome::Appended } else { committed.outcome };
        Ok(Some(Committed { outcome, ..committed }))
    }

    /// The value of the record of the events after `head`, and its content type.
    fn record(&self, head: u64, events: &[A::Event]) -> Result<(Vec<u8>, &'static str), CodecError> {
        if events.len() > BATCH_MAX_EVENTS {
            return Err(CodecError::new("", format!("a command makes at most {BATCH_MAX_EVENTS} events")));
        }
        let written = if let [event] = events {
            let (event_type, data) = C::encode(event)?;
            record::write(&[self.event(head + 1, &event_type, &data)])
        } else {
            let encoded = events.iter().map(C::encode).collect::<Result<Vec<_>, _>>()?;
            let numbered = (head + 1..).zip(&encoded);
            let events = numbered.map(|(sequence, (event_type, data))| self.event(sequence, event_type, data));
            record::write(&events.collect::<Vec<_>>())
        };
        written.map_err(|e| CodecError::new("", e))
    }

    fn event<'b>(&'b self, sequence: u64, event_type: &'b str, data: &'b RawValue) -> EventRef<'b> {
        let meta = self.meta;
        let text = |text: &'b Option<String>| text.as_deref().map(Into::into);
        EventRef {
            specversion: "1.0".into(),
            id: format!("{}@{sequence}", self.stream).into(),
            source: meta.source.as_str().into(),
            event_type: event_type.into(),
            subject: meta.subject.as_str().into(),
            time: meta.time,
            datacontenttype: "application/json".into(),
            partitionkey: self.stream.into(),
            sequence,
            tenant: meta.tenant.as_str().into(),
            commandid: meta.command_id.as_str().into(),
            commandhash: text(&meta.fingerprint),
            causationid: text(&meta.causation_id),
            correlationid: text(&meta.correlation_id),
            actor: meta.actor.as_str().into(),
            traceparent: text(&meta.traceparent),
            metadata: self.metadata.map(Into::into),
            data,
        }
    }

    fn committed(&self, aggregate: A, sequence: u64, offset: i64, outcome: Outcome) -> Committed<A> {
        let position = Position { topic: self.shared.options.topic.clone(), partition: self.partition.id, offset };
        Committed { aggregate, sequence, position, outcome }
    }

    fn unchanged(&self, state: &StreamState<A>) -> Result<Committed<A>, ExecuteError<A::Error>> {
        let Body::Ready(aggregate) = &state.body else {
            return Err(ExecuteError::State("the aggregate is gone".to_owned()));
        };
        // For a stream without events, the last record of the partition.
        let offset = if state.head > 0 { state.offset } else { (self.partition.at().next - 1).max(0) };
        Ok(self.committed(aggregate.clone(), state.head, offset, Outcome::Unchanged))
    }

    /// The answer that the command got when it was executed first.
    async fn replayed(&self, state: &StreamState<A>, row: Command) -> Result<Committed<A>, ExecuteError<A::Error>> {
        if row.fingerprint != self.meta.fingerprint {
            return Err(ExecuteError::KeyReused);
        }
        let body = match &state.body {
            Body::Ready(aggregate) if row.sequence == state.head => Body::Ready(aggregate.clone()),
            _ => self.shared.replay(self.partition, self.stream, row.sequence).await?,
        };
        match body {
            Body::Ready(aggregate) => Ok(self.committed(aggregate, row.sequence, row.offset, Outcome::Replayed)),
            Body::Blocked { sequence, reason } => Err(ExecuteError::StreamBlocked { sequence, reason }),
            Body::Replay => Err(ExecuteError::State("a replay ended without an aggregate".to_owned())),
        }
    }
}
