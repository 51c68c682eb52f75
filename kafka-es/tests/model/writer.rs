//! One writer: what it has applied, how it judges what it reads and what is acknowledged, what it has on disk.

use kafka_es::rule::Verdict;

use crate::log::{Event, Record, Streams};
use crate::mutation::Mutation;

/// Whether a record became the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    Accepted,
    Void,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Writer {
    /// The next offset to apply.
    pub(crate) next: u8,
    pub(crate) streams: Streams,
    /// Log and state contradict each other: nothing is applied or answered any more.
    pub(crate) stopped: bool,
    /// The next offset to apply and the streams as they were written last.
    pub(crate) disk: (u8, Streams),
}

impl Writer {
    /// The tail delivers the next record.
    pub(crate) fn read(&mut self, log: &[Record], mutation: Mutation) {
        let offset = self.next;
        if let Record::Event(event) = log[usize::from(offset)] {
            let verdict = match self.streams.judge(event) {
                Verdict::Gap { .. } if mutation == Mutation::GapUnseen => Verdict::Accepted,
                Verdict::Void if mutation == Mutation::VoidsApplied => Verdict::Accepted,
                verdict => verdict,
            };
            match verdict {
                Verdict::Accepted => self.streams.accept(event, offset),
                Verdict::Void => {}
                Verdict::Gap { .. } => {
                    self.stopped = true;
                    return;
                }
            }
        }
        self.next += 1;
    }

    /// The verdict of a record of ours that stands at `offset`; `None` when the tail has to fill a gap first.
    pub(crate) fn settle(&mut self, event: Event, offset: u8, mutation: Mutation) -> Option<Settled> {
        if offset > self.next && mutation != Mutation::OffsetGapsUnseen {
            return None;
        }
        let won = mutation == Mutation::FirstWinsOff;
        if offset < self.next {
            let ours = self.streams.holder(event.stream, event.first) == Some(offset);
            return Some(if ours || won { Settled::Accepted } else { Settled::Void });
        }
        let settled = match self.streams.judge(event) {
            _ if won => Settled::Accepted,
            Verdict::Accepted => Settled::Accepted,
            Verdict::Void => Settled::Void,
            // The state went back: impossible while it is a prefix of the log.
            Verdict::Gap { .. } => {
                self.stopped = true;
                return None;
            }
        };
        if settled == Settled::Accepted {
            self.streams.accept(event, offset);
        }
        self.next = offset + 1;
        Some(settled)
    }

    /// The verdict of a record of ours that was acknowledged without an offset, once everything up to the log's end is
    /// applied.
    pub(crate) fn settle_without_offset(&self, event: Event) -> Settled {
        match self.streams.command(event.stream, event.command) {
            Some(last) if last == event.last() => Settled::Accepted,
            _ => Settled::Void,
        }
    }

    /// Writes what was applied to disk, in one piece with the offset.
    pub(crate) fn flush(&mut self, mutation: Mutation) {
        self.disk.0 = self.next;
        if mutation != Mutation::FlushTorn {
            self.disk.1 = self.streams.clone();
        }
    }

    /// The process dies and comes again: what was not flushed is gone.
    pub(crate) fn restart(&mut self) {
        (self.next, self.streams) = self.disk.clone();
        self.stopped = false;
    }
}
