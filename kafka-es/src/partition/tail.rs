//! What the tail reads.

use std::sync::Arc;

use super::{Copy, Inner, LOOK, Partition, REBUILD};
use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::envelope::{self, EnvelopeError};
use crate::record;
use crate::rule::{Verdict, judge};
use crate::state::{Anchor, Command};
use crate::stream_state::Body;

impl<A: StoredAggregate, C: EventCodec<A::Event>> Partition<A, C> {
    /// The tail starts (again): where to read from. The first record read must be the anchor, if there is one.
    pub(crate) fn begin_tail(&self) -> Option<i64> {
        let mut inner = self.lock();
        if inner.stopped.is_some() {
            return None;
        }
        inner.rest.begin_tail();
        let anchor = inner.last;
        inner.verify = anchor;
        let verified = anchor.is_none();
        self.progress.change(|progress| (progress.target, progress.verified) = (None, verified));
        Some(anchor.map_or(inner.next, |anchor| anchor.offset))
    }

    /// What the log holds, seen before the tail starts to read: commands wait until `high` is applied.
    pub(crate) fn set_target(&self, high: i64) {
        self.progress.change(|progress| progress.target = Some(high));
    }

    /// The tail has read everything that the log holds for readers: what it counts beyond are records that nobody is given,
    /// such as the marks of a foreign program's transactions.
    pub(crate) fn at_end(&self) {
        self.progress.change(|progress| {
            let hidden = progress.target.is_some_and(|target| progress.next < target);
            if hidden {
                progress.target = Some(progress.next);
            }
        });
    }

    /// A record read by the tail.
    pub(crate) fn on_tail(&self, offset: i64, key: Option<&[u8]>, value: Option<&[u8]>) {
        let mut inner = self.lock();
        if inner.stopped.is_some() || !self.verify(&mut inner, offset, key, value) {
            return;
        }
        if inner.copy.is_none() {
            inner.copy = self.copy_of(key, value);
        }
        if offset < inner.next {
            return;
        }
        match self.apply_read(&mut inner, offset, key, value) {
            Ok(()) => {
                inner.rest.applied_read();
                inner.last = Some(Anchor::of(offset, key.unwrap_or_default(), value.unwrap_or_default()));
                self.advance(&mut inner, offset);
                self.settle_waiting(&mut inner);
            }
            Err(reason) => self.stop_locked(&mut inner, reason),
        }
    }

    /// The record, if it is an event of ours.
    fn copy_of(&self, key: Option<&[u8]>, value: Option<&[u8]>) -> Option<Arc<Copy>> {
        let (key, value) = (key?, value?);
        envelope::check_home(key, self.id, self.around.partitions).ok()?;
        let (stream, _) = record::read(Some(key), Some(value)).ok()?;
        Some(Arc::new(Copy { stream: stream.into(), value: Arc::new(value.to_vec()) }))
    }

    fn verify(&self, inner: &mut Inner<A>, offset: i64, key: Option<&[u8]>, value: Option<&[u8]>) -> bool {
        let Some(anchor) = inner.verify.take() else { return true };
        if anchor == Anchor::of(offset, key.unwrap_or_default(), value.unwrap_or_default()) {
            self.progress.change(|progress| progress.verified = true);
            return true;
        }
        let reason = format!(
            "the log is not the one that was applied: offset {} holds another record than before (topic created anew, or log truncated). {REBUILD}",
            anchor.offset
        );
        self.stop_locked(inner, reason);
        false
    }

    fn apply_read(
        &self,
        inner: &mut Inner<A>,
        offset: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
    ) -> Result<(), String> {
        let home = envelope::check_home(key.unwrap_or_default(), self.id, self.around.partitions);
        let (name, events) = match home.and_then(|()| record::read(key, value)) {
            Ok(read) => read,
            Err(EnvelopeError::Blank) => return Ok(()),
            Err(why) => {
                self.around.metrics.foreign_records.increment(1);
                tracing::warn!(topic = self.around.topic, partition = self.id, offset, %why, "foreign record ignored");
                return Ok(());
            }
        };
        let (first, last) = events.ends();
        let state = self.lookup(inner, name).map_err(|e| e.to_string())?;
        match self.around.mutations.read_verdict(judge(state.head, first.sequence)) {
            Verdict::Accepted => {}
            Verdict::Void => {
                self.around.metrics.void_records.increment(1);
                return Ok(());
            }
            Verdict::Gap { expected } => {
                return Err(format!(
                    "stream {name} continues with sequence {} at offset {offset} where {expected} was expected: the log lost events or a foreign program wrote it. {LOOK}",
                    first.sequence
                ));
            }
        }
        let size = value.map_or(0, <[u8]>::len);
        if inner.copy.as_ref().is_some_and(|copy| size < copy.value.len() / 2) {
            inner.copy = self.copy_of(key, value);
        }
        let body = state.fold::<C>(events.all());
        if let Body::Blocked { sequence, reason } = &body
            && !matches!(state.body, Body::Blocked { .. })
        {
            tracing::error!(
                topic = self.around.topic,
                partition = self.id,
                offset,
                stream = name,
                sequence,
                reason,
                "stream blocked by an unreadable event"
            );
        }
        let fingerprint = last.commandhash.as_ref().map(|hash| hash.to_string());
        let events = u32::try_from(events.all().len()).map_err(|e| e.to_string())?;
        let id = last.commandid.to_string();
        let command = Command { id, sequence: last.sequence, events, offset, fingerprint };
        self.accept(inner, state.after(body, command, size));
        Ok(())
    }
}
