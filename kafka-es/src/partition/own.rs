//! Our own records, when they are acknowledged.

use tokio::sync::oneshot;

use super::{Ack, Inner, Own, Partition, REBUILD, Settled, Waiting};
use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::rule::{Verdict, judge};
use crate::state::CommandRow;
use crate::stream_state::{Body, StreamState};

impl<A: StoredAggregate, C: EventCodec<A::Event>> Partition<A, C> {
    /// Our record was acknowledged at `offset`.
    pub(crate) fn on_ack(&self, offset: i64, own: Own<A>) -> Ack {
        let mut inner = self.lock();
        let (verdict, later) = oneshot::channel();
        if inner.stopped.is_some() {
            return Ack::Later(later);
        }
        if offset < own.floor {
            let reason = format!(
                "our record was acknowledged at offset {offset}, but everything below {} was in the log before it was sent: the log was truncated, or the topic created anew. {REBUILD}",
                own.floor
            );
            self.stop_locked(&mut inner, reason);
            return Ack::Later(later);
        }
        if offset > inner.next && self.around.mutations.waits_for_tail() {
            inner.waiting.insert(offset, Waiting { own, verdict });
            return Ack::Later(later);
        }
        let settled = if offset >= inner.next {
            self.apply_own(&mut inner, offset, own)
        } else {
            self.look_back(&inner, offset, &own)
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

    /// Our record is the next to apply: its verdict is known at once.
    fn apply_own(&self, inner: &mut Inner<A>, offset: i64, own: Own<A>) -> Result<Settled, String> {
        let state = self.lookup(inner, &own.stream).map_err(|e| e.to_string())?;
        let verdict = self.around.mutations.own_verdict(judge(state.head, own.first));
        let print = own.fingerprint;
        let settled = match verdict {
            Verdict::Accepted => {
                let next = StreamState { head: own.last, body: Body::Ready(own.after), size: state.size.max(own.size) };
                let command = CommandRow { sequence: own.last, fingerprint: own.command_fingerprint };
                self.accept(inner, own.stream, next, (own.first, own.last), offset, (own.command_id, command));
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
        self.advance(inner, offset, print);
        Ok(settled)
    }

    /// The tail was faster: our record is the event if the index names its offset for its sequence.
    fn look_back(&self, inner: &Inner<A>, offset: i64, own: &Own<A>) -> Result<Settled, String> {
        let holder = self.event_locked(inner, &own.stream, own.first).map_err(|e| e.to_string())?;
        let verdict = if holder == Some(offset) { Verdict::Accepted } else { Verdict::Void };
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
