//! Follows one task through its events, and does what they ask for.

use domain::task::{TaskAggregate, TaskEvent};
use domain::tenant;
use kafka_es::{AdjacentlyTagged, Envelope, EventCodec as _};
use tracing::Instrument as _;

use super::make::Making;
use super::rows::Row;
use super::step::{Reaction, fires_at, reaction};
use super::{NAME, Recurrence, Told};
use crate::commands::Cause;
use crate::manager::{Failure, only_this_stream};
use crate::metric_definitions as metric;

/// Whether the event may make a task repeat, told without reading it.
pub(super) fn may_repeat(envelope: &Envelope) -> bool {
    envelope.data.get().contains("\"rrule\"")
}

impl Recurrence {
    /// The row after these events of the stream; `None` where it stays as it is.
    pub(super) async fn follow(
        &self,
        stream: &str,
        told: Vec<Told<'_>>,
        row: Option<Row>,
    ) -> Result<Option<Row>, Failure> {
        let mut followed = row.clone();
        for told in told {
            let span = tracing::info_span!("recurrence", stream, sequence = told.envelope.sequence);
            if let Some(parent) = &told.envelope.traceparent {
                platform::telemetry::set_parent(&span, parent);
            }
            let step = self.step(stream, told, followed.clone()).instrument(span).await;
            match only_this_stream(NAME, stream, step)? {
                Some(stepped) => followed = stepped,
                None => break,
            }
        }
        Ok(if followed == row { None } else { followed })
    }

    async fn step(&self, stream: &str, told: Told<'_>, row: Option<Row>) -> Result<Option<Row>, Failure> {
        let Some((before, row)) = self.taken_in(stream, told, row).await? else { return Ok(None) };
        let Some(before) = before else { return Ok(Some(row)) };
        let (at, cause) = (told.envelope.time, Cause::event(NAME, told.envelope));
        let successor = match reaction(&before, &row.state, row.successor) {
            None => row.successor,
            Some(Reaction::TakeBack(successor)) => {
                let both = (&row.state, successor);
                Some(Making::take_back(&*self.commands, &row.tenant, both, cause, at).await?)
            }
            Some(Reaction::Make(brought)) => match row.state.next_occurrence(brought) {
                Ok(None) => row.successor,
                Ok(Some(occurrence)) => {
                    let taken_back = row.successor.filter(|successor| successor.taken_back);
                    let (tenant, state) = (row.tenant.as_str(), &row.state);
                    let making = Making { tenant, state, occurrence, taken_back, cause, at };
                    making.make(&*self.commands).await?.or(row.successor)
                }
                Err(error) => {
                    tracing::error!(stream, %error, "the next occurrence cannot be found");
                    row.successor
                }
            },
        };
        let row = Row { successor, ..row };
        Ok(Some(Row { fires_at: fires_at(&before, &row, row.fires_at), ..row }))
    }

    /// The row with the event in it, and the task as it was before; no such task where the event was in it already, and no row where it
    /// is none of ours.
    async fn taken_in(
        &self,
        stream: &str,
        told: Told<'_>,
        row: Option<Row>,
    ) -> Result<Option<(Option<TaskAggregate>, Row)>, Failure> {
        let sequence = told.envelope.sequence;
        match row {
            Some(row) if sequence <= row.version => Ok(Some((None, row))),
            Some(row) if sequence == row.version + 1 => match decoded(stream, told.envelope) {
                Some(event) => {
                    let before = row.state.clone();
                    Ok(Some((Some(before), with(row, &event, sequence))))
                }
                None => Ok(Some((None, row))),
            },
            None if !may_repeat(told.envelope) => Ok(None),
            // A stream whose events so far were of no interest, or could not be read.
            row => Ok(self.read_back(stream, told).await?.map_or_else(|| row.map(|row| (None, row)), Some)),
        }
    }

    /// The task before and after the event, from the log; `None` where the event does not count, or cannot be read.
    async fn read_back(&self, stream: &str, told: Told<'_>) -> Result<Option<(Option<TaskAggregate>, Row)>, Failure> {
        let sequence = told.envelope.sequence;
        let Some((tenant, task_id)) = tenant::parse_stream_id(stream) else { return Ok(None) };
        if !self.commands.counts(told.position, stream, sequence).await? {
            return Ok(None);
        }
        let mut row = Row {
            tenant: tenant.to_owned(),
            task_id,
            version: 0,
            state: TaskAggregate::default(),
            came_as_over: false,
            follows: None,
            successor: None,
            fires_at: None,
        };
        if sequence > 1 {
            for (_, envelope) in self.commands.events(domain::topics::TASKS, stream).await? {
                if envelope.sequence < sequence {
                    let Some(event) = decoded(stream, &envelope) else { return Ok(None) };
                    row = with(row, &event, envelope.sequence);
                }
            }
        }
        let Some(event) = decoded(stream, told.envelope) else { return Ok(None) };
        let before = row.state.clone();
        Ok(Some((Some(before), with(row, &event, sequence))))
    }
}

fn with(mut row: Row, event: &TaskEvent, sequence: u64) -> Row {
    if let TaskEvent::Created(created) = event {
        row.follows = created.follows;
        row.came_as_over = created.completed_at.is_some();
    }
    row.state.follow(event);
    // Nobody takes anything back here.
    row.state.last = None;
    row.version = sequence;
    row
}

/// The event; `None`, and told, where this build cannot read it. Its stream is left alone until a later event of it is read back with a
/// build that can.
fn decoded(stream: &str, envelope: &Envelope) -> Option<TaskEvent> {
    let event = AdjacentlyTagged::decode(&envelope.event_type, &envelope.data);
    let said = |error: &kafka_es::CodecError| {
        metric::unreadable(NAME);
        tracing::error!(stream, sequence = envelope.sequence, %error, "an event of a task that repeats cannot be read");
    };
    event.inspect_err(said).ok()
}
