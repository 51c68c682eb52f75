//! Follows one reminder through its events.

use domain::reminder::{Reminder, ReminderEvent, evolve};
use domain::{tenant, topics};
use kafka_es::{AdjacentlyTagged, Envelope, EventCodec as _};

use super::rows::Row;
use super::{NAME, Reminders, Told};
use crate::manager::{Failure, only_this_stream};
use crate::metric_definitions as metric;

impl Reminders {
    /// The row after these events of the stream, and the last of them; `None` where it stays as it is.
    pub(super) async fn follow<'a>(
        &self,
        stream: &str,
        told: Vec<Told<'a>>,
        row: Option<Row>,
    ) -> Result<Option<(Row, Told<'a>)>, Failure> {
        let (mut row, mut last) = (row, None);
        for told in told {
            let sequence = told.envelope.sequence;
            let next = match &row {
                Some(known) if sequence <= known.version => None,
                Some(known) if sequence == known.version + 1 => decoded(stream, told.envelope)
                    .map(|event| after(&known.tenant, known.state.clone(), &event, told.envelope)),
                _ => only_this_stream(NAME, stream, self.read_back(stream, told).await)?.flatten(),
            };
            if let Some(next) = next {
                (row, last) = (Some(next), Some(told));
            }
        }
        Ok(row.zip(last))
    }

    /// The row after the event, from the log; `None` where the event does not count, or cannot be read.
    async fn read_back(&self, stream: &str, told: Told<'_>) -> Result<Option<Row>, Failure> {
        let sequence = told.envelope.sequence;
        let Some((tenant, _)) = tenant::parse_stream_id(stream) else { return Ok(None) };
        if !self.commands.counts(told.position, stream, sequence).await? {
            return Ok(None);
        }
        let mut state = Reminder::default();
        if sequence > 1 {
            for (_, envelope) in self.commands.events(topics::REMINDERS, stream).await? {
                if envelope.sequence < sequence {
                    let Some(event) = decoded(stream, &envelope) else { return Ok(None) };
                    evolve(&mut state, &event);
                }
            }
        }
        Ok(decoded(stream, told.envelope).map(|event| after(tenant, state, &event, told.envelope)))
    }
}

fn after(tenant: &str, mut state: Reminder, event: &ReminderEvent, envelope: &Envelope) -> Row {
    evolve(&mut state, event);
    let version = state.version;
    Row::of(tenant, state, version, envelope.traceparent.clone())
}

/// The event; `None`, and told, where this build cannot read it. Its stream is left alone until a later event of it is read back with a
/// build that can.
fn decoded(stream: &str, envelope: &Envelope) -> Option<ReminderEvent> {
    let event = AdjacentlyTagged::decode(&envelope.event_type, &envelope.data);
    let said = |error: &kafka_es::CodecError| {
        metric::unreadable(NAME);
        tracing::error!(stream, sequence = envelope.sequence, %error, "an event of a reminder cannot be read");
    };
    event.inspect_err(said).ok()
}
