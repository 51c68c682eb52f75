//! What is known of a block of tasks, so that a reader passes over those in which nothing is for him: a zone map, or block range
//! index, as databases call it.

use super::row::Tag;

/// Tags beyond so many share their bits with others.
const TAG_BITS: usize = 1_024;

/// What the tasks of a block have at least and at most. It may be wider than that, for tasks that have changed or gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Zone {
    /// The first and the last day on which one is due; the other way round where none is.
    days: (i32, i32),
    /// A bit for each priority.
    priorities: u8,
    tags: [u64; TAG_BITS / 64],
}

impl Default for Zone {
    /// Of no task.
    fn default() -> Self {
        Self { days: (i32::MAX, i32::MIN), priorities: 0, tags: [0; _] }
    }
}

impl Zone {
    /// Of one task: the day on which it is due, the place of its priority, its tags.
    pub(super) fn of(day: Option<i32>, priority: u8, tags: &[Tag]) -> Self {
        let mut zone = Self { priorities: 1 << priority, ..Self::default() };
        if let Some(day) = day {
            zone.days = (day, day);
        }
        for (word, bit) in tags.iter().map(|tag| place(*tag)) {
            zone.tags[word] |= bit;
        }
        zone
    }

    /// Takes in the tasks of another.
    pub(super) fn add(&mut self, other: &Self) {
        self.days = (self.days.0.min(other.days.0), self.days.1.max(other.days.1));
        self.priorities |= other.priorities;
        for (tags, others) in self.tags.iter_mut().zip(other.tags) {
            *tags |= others;
        }
    }

    /// Whether tasks may be due on one of these days.
    pub(super) fn has_days(&self, from: i32, to: i32) -> bool {
        self.days.0 <= to && self.days.1 >= from
    }

    /// Whether tasks may have one of these priorities, a bit each.
    pub(super) fn has_priorities(&self, bits: u8) -> bool {
        self.priorities & bits > 0
    }

    /// Whether tasks may have every one of these tags.
    pub(super) fn has_tags(&self, tags: &[Tag]) -> bool {
        tags.iter().map(|tag| place(*tag)).all(|(word, bit)| self.tags[word] & bit > 0)
    }
}

/// The word and the bit of a tag.
fn place(tag: Tag) -> (usize, u64) {
    let bit = tag as usize % TAG_BITS;
    (bit / 64, 1 << (bit % 64))
}
