//! The commands of a stream, in the order in which they came, as they stand on disk.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use super::damaged;
use super::{StateError, number};

/// The most that stand together: all commands of a stream with few, as most are, are read and written with its state. Of one with
/// many they are filed away by so many at a time.
pub(crate) const KEPT: usize = 8;

/// A command that is in the stream, and the record that holds its events: all that is remembered of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) id: String,
    /// Sequence of its last event.
    pub(crate) sequence: u64,
    /// How many events it made.
    pub(crate) events: u32,
    /// Offset of its record.
    pub(crate) offset: i64,
    pub(crate) fingerprint: Option<String>,
}

impl Command {
    /// Its events, each with the record's offset.
    pub(crate) fn places(&self) -> impl Iterator<Item = (u64, i64)> + use<> {
        let offset = self.offset;
        let before = self.sequence.saturating_sub(u64::from(self.events));
        (before + 1..=self.sequence).map(move |sequence| (sequence, offset))
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        number::write(self.sequence, bytes);
        number::write(u64::from(self.events), bytes);
        number::write(self.offset.unsigned_abs(), bytes);
        write_text(Some(&self.id), bytes);
        write_text(self.fingerprint.as_deref(), bytes);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self {
            sequence: number::read(bytes)?,
            events: u32::try_from(number::read(bytes)?).ok()?,
            offset: i64::try_from(number::read(bytes)?).ok()?,
            id: read_text(bytes)??,
            fingerprint: read_text(bytes)?,
        })
    }
}

/// The length and one more, so that 0 stands for no text at all.
fn write_text(text: Option<&str>, bytes: &mut Vec<u8>) {
    number::write(text.map_or(0, |text| text.len() as u64 + 1), bytes);
    bytes.extend_from_slice(text.unwrap_or_default().as_bytes());
}

fn read_text(bytes: &mut &[u8]) -> Option<Option<String>> {
    let Some(length) = number::read(bytes)?.checked_sub(1) else { return Some(None) };
    let (text, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
    *bytes = rest;
    String::from_utf8(text.to_vec()).ok().map(Some)
}

/// At most [`KEPT`] commands that follow each other in a stream, in one piece: there are as many of these as streams in memory, and
/// each new command copies those before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Commands {
    bytes: Vec<u8>,
    len: usize,
    last: u64,
    /// 16 bits of each id's hash: an id whose mark is not there is told without a look at the commands.
    marks: [u16; KEPT],
}

impl Commands {
    /// These, and one more after them.
    ///
    /// # Panics
    /// When there are [`KEPT`] already.
    pub(crate) fn and(&self, command: &Command) -> Self {
        let texts = command.id.len() + command.fingerprint.as_ref().map_or(0, String::len);
        let mut next = Self { bytes: Vec::with_capacity(self.bytes.len() + texts + 24), ..*self };
        next.bytes.extend_from_slice(&self.bytes);
        command.write(&mut next.bytes);
        next.marks[self.len] = mark(&command.id);
        (next.len, next.last) = (self.len + 1, command.sequence);
        next
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Sequence of the last one's last event; 0 when there is none.
    pub(crate) fn last_sequence(&self) -> u64 {
        self.last
    }

    /// As they stand on disk.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// From what stands on disk.
    pub(crate) fn from_bytes(mut bytes: &[u8]) -> Result<Self, StateError> {
        let mut commands = Self::default();
        while !bytes.is_empty() {
            let command = Command::read(&mut bytes).filter(|_| commands.len < KEPT).ok_or_else(damaged)?;
            commands = commands.and(&command);
        }
        Ok(commands)
    }

    /// 16 bits of each id's hash.
    pub(crate) fn marks(&self) -> &[u16] {
        &self.marks[..self.len]
    }

    pub(crate) fn in_order(&self) -> impl DoubleEndedIterator<Item = Command> {
        let mut rest = &self.bytes[..];
        // What was written by these functions can be read by them.
        let commands: Vec<Command> = std::iter::from_fn(|| Command::read(&mut rest)).collect();
        commands.into_iter()
    }

    /// The latest command of this id: a foreign program may have used it twice.
    pub(crate) fn find(&self, id: &str) -> Option<Command> {
        let marked = self.marks().contains(&mark(id));
        marked.then(|| self.in_order().rfind(|command| command.id == id)).flatten()
    }
}

/// 16 bits of the id's hash.
pub(crate) fn mark(id: &str) -> u16 {
    let [high, low, ..] = FixedState::default().hash_one(id).to_be_bytes();
    u16::from_be_bytes([high, low])
}

#[cfg(test)]
impl FromIterator<Command> for Commands {
    fn from_iter<I: IntoIterator<Item = Command>>(commands: I) -> Self {
        commands.into_iter().fold(Self::default(), |before, command| before.and(&command))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn command(id: &str, sequence: u64) -> Command {
        Command { id: id.to_owned(), sequence, events: 1, offset: 0, fingerprint: None }
    }

    proptest! {
        #[test]
        fn given_any_commands_when_written_then_they_read_back(written in proptest::collection::vec((".{0,12}", proptest::option::of(".{0,12}"), any::<u64>(), any::<u32>(), 0i64..), 0..=KEPT)) {
            let written: Vec<Command> = written.into_iter().map(|(id, fingerprint, sequence, events, offset)| Command { id, sequence, events, offset, fingerprint }).collect();
            let commands: Commands = written.iter().cloned().collect();
            prop_assert_eq!(commands.in_order().collect::<Vec<_>>(), written.clone());
            prop_assert_eq!(Commands::from_bytes(commands.bytes()).unwrap(), commands.clone());
            prop_assert!(written.iter().all(|command| commands.find(&command.id).is_some()));
        }

        #[test]
        fn given_any_bytes_when_read_then_nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Commands::from_bytes(&bytes);
        }
    }

    #[test]
    fn given_a_command_of_three_events_when_asked_then_each_has_the_place_of_the_record() {
        let command = Command { events: 3, offset: 40, ..command("c", 7) };
        assert_eq!(command.places().collect::<Vec<_>>(), [(5, 40), (6, 40), (7, 40)]);
    }

    #[test]
    fn given_an_id_used_twice_when_looked_for_then_the_later_one_is_found() {
        let before: Commands = [command("a", 1), command("b", 2)].into_iter().collect();
        let after = before.and(&command("a", 3));
        assert_eq!(after.find("a").map(|command| command.sequence), Some(3));
        assert_eq!(before.find("a").map(|command| command.sequence), Some(1), "what was there stays as it was");
        assert_eq!((before.len(), after.len(), after.last_sequence()), (2, 3, 3));
    }
}
