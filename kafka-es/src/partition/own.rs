//! Our own records, when they are acknowledged.

use tokio::sync::oneshot;

use super::{Ack, Copy, Inner, Own, Partition, REBUILD, Settled, Waiting};
use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::rule::{Verdict, judge};
use crate::state::{Anchor, Command};
use crate::stream_state::Body;

impl<A: StoredAggregate, C: EventCodec<A::Event>> Partition<A, C> {
    /// Our record was acknowledged at `offset`.
    pub(crate) fn on_ack(&self, offset: i64, own: Own<A>) -> Ack {
        let mut inner = self.lock();
        let (verdict, later) = oneshot::channel();
        if inner.stopped.is_some() {
            return Ack::Later(later);
        }
        if self.went_back(&mut inner, offset, own.floor) {
            return Ack::Later(later);
        }
        if offset > inner.next && self.around.mutations.waits_for_tail() {
            inner.waiting.insert(offset, Waiting { own, verdict });
            self.disturb(&inner);
            return Ack::Later(later);
        }
        let settled = if offset >= inner.next {
            self.apply_own(&mut inner, offset, own)
        } else {
            self.look_back(&mut inner, offset, &own)
        };
        match settled {
            Ok(settled) => {
                self.settle_waiting(&mut inner);
                Ack::Known(settled)
            }
            Err(reason) => {
                self.stop_locked(&mut inner, reason);
                Ack::Later(later)
            }
        }
    }

    /// A record without effect was acknowledged at `offset`; `floor` was the next offset to apply when it was sent.
    pub(crate) fn on_copy_ack(&self, offset: i64, floor: i64, copy: &Copy) {
        let mut inner = self.lock();
        if inner.stopped.is_some() || self.went_back(&mut inner, offset, floor) {
            return;
        }
        // Where it is not the next one, the tail brings it, and what is before it.
        if offset == inner.next {
            inner.last = Some(Anchor::of(offset, copy.stream.as_bytes(), &copy.value));
            self.advance(&mut inner, offset);
            self.settle_waiting(&mut inner);
        }
    }

    /// Stops the partition when a record was acknowledged below what was in the log before it was sent.
    fn went_back(&self, inner: &mut Inner<A>, offset: i64, floor: i64) -> bool {
        if offset >= floor {
            return false;
        }
        let reason = format!(
            "our record was acknowledged at offset {offset}, but everything below {floor} was in the log before it was sent: the log was truncated, or the topic created anew. {REBUILD}"
        );
        self.stop_locked(inner, reason);
        true
    }

    /// Our record is the next to apply: its verdict is known at once.
    fn apply_own(&self, inner: &mut Inner<A>, offset: i64, own: Own<A>) -> Result<Settled, String> {
        let state = self.lookup(inner, &own.stream).map_err(|e| e.to_string())?;
        let verdict = self.around.mutations.own_verdict(judge(state.head, own.first));
        let anchor = Anchor { offset, fingerprint: own.fingerprint };
        let settled = match verdict {
            Verdict::Accepted => {
                let events = u32::try_from(own.last + 1 - own.first).map_err(|e| e.to_string())?;
                let (id, fingerprint) = (own.command_id, own.command_fingerprint);
                let command = Command { id, sequence: own.last, events, offset, fingerprint };
                self.accept(inner, state.after(Body::Ready(own.after), command, own.size));
                Settled::Accepted
            }
            Verdict::Void => {
                self.around.metrics.void_records.increment(1);
                Settled::Void
            }
            Verdict::Gap { expected } => {
                return Err(format!(
                    "the state of stream {} went back to before sequence {expected}. {REBUILD}",
                    own.stream
                ));
            }
        };
        inner.rest.applied_own();
        inner.last = Some(anchor);
        self.advance(inner, offset);
        Ok(settled)
    }

    /// The tail was faster: our record is the event if the stream holds its command at its offset.
    fn look_back(&self, inner: &mut Inner<A>, offset: i64, own: &Own<A>) -> Result<Settled, String> {
        inner.rest.was_ours();
        let command = self.find(inner, &own.stream, &own.command_id).map_err(|e| e.to_string())?;
        let ours = command.is_some_and(|command| command.offset == offset);
        let verdict = if ours { Verdict::Accepted } else { Verdict::Void };
        Ok(match self.around.mutations.own_verdict(verdict) {
            Verdict::Accepted => Settled::Accepted,
            Verdict::Void | Verdict::Gap { .. } => Settled::Void,
        })
    }

    /// Judges the records of ours that everything below is now known of.
    pub(super) fn settle_waiting(&self, inner: &mut Inner<A>) {
        while let Some(entry) = inner.waiting.first_entry() {
            if *entry.key() > inner.next {
                return;
            }
            let (offset, Waiting { own, verdict }) = entry.remove_entry();
            let settled = if offset == inner.next {
                self.apply_own(inner, offset, own)
            } else {
                self.look_back(inner, offset, &own)
            };
            match settled {
                // The caller may have given up waiting; the record is applied all the same.
                Ok(settled) => drop(verdict.send(settled)),
                Err(reason) => return self.stop_locked(inner, reason),
            }
        }
    }
}
