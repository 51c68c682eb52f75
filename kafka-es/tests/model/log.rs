//! The log of one partition, and what the rule alone makes of it.

use kafka_es::rule::{Verdict, judge};

/// A record of one command's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Event {
    pub(crate) stream: u8,
    /// Sequence of the first event.
    pub(crate) first: u8,
    /// How many events the command makes.
    pub(crate) events: u8,
    /// The command's id.
    pub(crate) command: u8,
}

impl Event {
    /// Sequence of the last event.
    pub(crate) fn last(self) -> u8 {
        self.first + self.events - 1
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Record {
    Event(Event),
    /// Of another program: ignored.
    Foreign,
}

/// A record that is part of its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Accepted {
    pub(crate) event: Event,
    pub(crate) offset: u8,
}

/// The streams of the partition, as their records in order: what a writer keeps of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Streams(Vec<Accepted>);

impl Streams {
    pub(crate) fn of(&self, stream: u8) -> impl DoubleEndedIterator<Item = &Accepted> {
        self.0.iter().filter(move |accepted| accepted.event.stream == stream)
    }

    /// Some record of the partition.
    pub(crate) fn any(&self) -> Option<Event> {
        self.0.first().map(|accepted| accepted.event)
    }

    /// Sequence of the last event, 0 when there is none.
    pub(crate) fn head(&self, stream: u8) -> u8 {
        self.of(stream).next_back().map_or(0, |accepted| accepted.event.last())
    }

    /// Sequence of the last event of a command that is in the stream.
    pub(crate) fn command(&self, stream: u8, command: u8) -> Option<u8> {
        self.of(stream).map(|accepted| accepted.event).find(|event| event.command == command).map(Event::last)
    }

    /// Offset of the record that holds a sequence.
    pub(crate) fn holder(&self, stream: u8, sequence: u8) -> Option<u8> {
        let holds = |event: Event| (event.first..=event.last()).contains(&sequence);
        self.of(stream).find(|accepted| holds(accepted.event)).map(|accepted| accepted.offset)
    }

    pub(crate) fn judge(&self, event: Event) -> Verdict {
        judge(self.head(event.stream).into(), event.first.into())
    }

    pub(crate) fn accept(&mut self, event: Event, offset: u8) {
        self.0.push(Accepted { event, offset });
    }
}

/// What the rule makes of a log, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Truth {
    pub(crate) streams: Streams,
    /// Records that lost.
    pub(crate) voids: u8,
    /// Offset of a record that skips a sequence; nothing after it counts.
    pub(crate) gap: Option<u8>,
}

impl Truth {
    pub(crate) fn of(log: &[Record]) -> Self {
        let mut truth = Self::default();
        (0..).zip(log).for_each(|(offset, record)| truth.apply(offset, *record));
        truth
    }

    fn apply(&mut self, offset: u8, record: Record) {
        let Record::Event(event) = record else { return };
        if self.gap.is_some() {
            return;
        }
        match self.streams.judge(event) {
            Verdict::Accepted => self.streams.accept(event, offset),
            Verdict::Void => self.voids += 1,
            Verdict::Gap { .. } => self.gap = Some(offset),
        }
    }
}

/// The log of the partition, and its truth.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Log {
    pub(crate) records: Vec<Record>,
    pub(crate) truth: Truth,
}

impl Log {
    /// Appends a record; its offset.
    pub(crate) fn append(&mut self, record: Record) -> u8 {
        let offset = self.end();
        self.truth.apply(offset, record);
        self.records.push(record);
        offset
    }

    /// Offset after the last.
    pub(crate) fn end(&self) -> u8 {
        u8::try_from(self.records.len()).expect("a log within the bounds is short")
    }

    /// The truth as it was when the log ended there.
    pub(crate) fn truth_at(&self, end: u8) -> Truth {
        Truth::of(&self.records[..end.into()])
    }
}
