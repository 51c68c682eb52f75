//! Events that are handed over, as by a Dapr sidecar, instead of being read from the log by [`crate::manager::run`].

use domain::{tenant, topics};
use platform::postgres::{begin, in_time};

use super::rows::ANSWER;
use super::told::AboutToTell;
use super::{NAME, Notify, TRIGGERED};
use crate::manager::{Failure, ProcessManager as _, only_this_stream};
use crate::metric_definitions as metric;

/// What became of an event that was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handed {
    /// It is done with: where it tells of a ring, the deliveries are written.
    Done,
    /// The log has no event of this sequence in this stream.
    NotInTheLog,
    /// Its stream is blocked, which was told.
    Blocked,
}

impl Notify {
    /// Takes up the event of a stream of `reminders` that was handed over; what is to be sent is written when this returns.
    ///
    /// Only its place is taken from whoever hands it over. The event itself is read from the log, where the first record of a sequence is
    /// the event: a record that lost its race, and one that never was there, tell nobody anything. The same event again changes nothing.
    ///
    /// # Errors
    /// When the log or Postgres cannot be asked: to be handed over again.
    pub async fn hand(&self, stream: &str, sequence: u64) -> Result<Handed, Failure> {
        let handed = only_this_stream(NAME, stream, self.hand_readable(stream, sequence).await)?;
        Ok(handed.unwrap_or(Handed::Blocked))
    }

    async fn hand_readable(&self, stream: &str, sequence: u64) -> Result<Handed, Failure> {
        if tenant::parse_stream_id(stream).is_none() {
            return Ok(Handed::NotInTheLog);
        }
        let events = self.commands.events(topics::REMINDERS, stream).await?;
        let Some((_, envelope)) = events.iter().find(|(_, envelope)| envelope.sequence == sequence) else {
            return Ok(Handed::NotInTheLog);
        };
        if envelope.event_type == TRIGGERED {
            // What is handed over at the same time is not known here: there is no batch, and an event more often told than never.
            let deliveries = self.of_event(envelope, &AboutToTell::default()).await?;
            let writing = async {
                let mut transaction = begin(&self.pool).await?;
                self.write(&mut transaction, &deliveries).await?;
                transaction.commit().await
            };
            in_time(ANSWER, writing).await?;
            self.committed(&deliveries);
        }
        metric::handled(NAME, 1);
        Ok(Handed::Done)
    }
}
