//! Tags, as numbers, and the tasks that have them.

use std::collections::HashMap;
use std::sync::Arc;

use roaring::RoaringBitmap;

use super::order::Slot;
use super::row::Tag;

/// Those that some task has. The number of a tag that no task has any more is given to another.
#[derive(Debug, Default)]
pub(super) struct Tags {
    numbers: HashMap<Arc<str>, Tag>,
    tags: Vec<(Arc<str>, RoaringBitmap)>,
    free: Vec<Tag>,
}

impl Tags {
    /// The number of a tag; `None` where no task has it.
    pub(super) fn find(&self, name: &str) -> Option<Tag> {
        self.numbers.get(name).copied()
    }

    /// The slots of the tasks that have a tag.
    pub(super) fn slots(&self, tag: Tag) -> Option<&RoaringBitmap> {
        self.tags.get(tag as usize).map(|(_, slots)| slots)
    }

    /// Every tag, with how many tasks have it.
    pub(super) fn counts(&self) -> impl Iterator<Item = (&str, u64)> {
        self.tags.iter().map(|(name, slots)| (&**name, slots.len())).filter(|(_, count)| *count > 0)
    }

    /// Every tag that a task in one of these sets has, which have no task in common, with how many of them have it.
    pub(super) fn counts_within(&self, sets: &[&RoaringBitmap]) -> impl Iterator<Item = (&str, u64)> {
        let count = move |slots: &RoaringBitmap| sets.iter().map(|set| slots.intersection_len(set)).sum::<u64>();
        self.tags.iter().map(move |(name, slots)| (&**name, count(slots))).filter(|(_, count)| *count > 0)
    }

    /// The number of a tag, which is about to be [marked](Self::mark).
    pub(super) fn number(&mut self, name: &str) -> Tag {
        if let Some(number) = self.find(name) {
            return number;
        }
        let name: Arc<str> = name.into();
        let tag = (name.clone(), RoaringBitmap::new());
        let number = if let Some(number) = self.free.pop() {
            self.tags[number as usize] = tag;
            number
        } else {
            self.tags.push(tag);
            Tag::try_from(self.tags.len() - 1).unwrap_or(Tag::MAX)
        };
        self.numbers.insert(name, number);
        number
    }

    /// The task in this slot has it.
    pub(super) fn mark(&mut self, tag: Tag, slot: Slot) {
        self.tags[tag as usize].1.insert(slot);
    }

    /// The task in this slot has it no more.
    pub(super) fn unmark(&mut self, tag: Tag, slot: Slot) {
        let (name, slots) = &mut self.tags[tag as usize];
        if slots.remove(slot) && slots.is_empty() {
            self.numbers.remove(name);
            self.free.push(tag);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_tag_that_no_task_has_any_more_when_another_comes_then_that_has_its_number() {
        let mut tags = Tags::default();
        let (home, work) = (tags.number("home"), tags.number("work"));
        tags.mark(home, 7);
        tags.mark(work, 7);
        tags.mark(work, 8);
        tags.unmark(work, 7);
        assert_eq!(tags.counts().collect::<Vec<_>>(), [("home", 1), ("work", 1)]);
        tags.unmark(home, 7);
        assert_eq!((tags.find("home"), tags.find("work")), (None, Some(work)));
        let later = tags.number("later");
        tags.mark(later, 9);
        assert_eq!((later, tags.slots(later).map(RoaringBitmap::len)), (home, Some(1)));
        assert_eq!(tags.counts().collect::<Vec<_>>(), [("later", 1), ("work", 1)]);
    }
}
