//! Slots in an order: a sorted list that takes little memory and to which one is added at little cost.

use super::zone::Zone;

/// A block is cut in two when it has more.
const BLOCK_MAX: usize = 512;
/// How full a block is that is made at once: there is room for what comes between.
const BLOCK_FILLED: usize = 384;

/// Where a task is kept.
pub(super) type Slot = u32;

/// Slots, sorted by something that the order itself does not know: whoever looks for a place compares.
///
/// Blocks of some hundred slots each, in order, none of them empty: 4 bytes a task, and to add or take one out moves those of one
/// block. A tree that holds its keys would take ten times as much. Of each block its zone is known, so that a reader passes over those
/// in which nothing is for him: what is known as a zone map, or a block range index.
#[derive(Debug, Default)]
pub(super) struct Order {
    blocks: Vec<Block>,
    len: usize,
}

#[derive(Debug)]
struct Block {
    slots: Vec<Slot>,
    zone: Zone,
}

impl Block {
    fn new(slots: Vec<Slot>, zone_of: impl Fn(Slot) -> Zone) -> Self {
        let mut zone = Zone::default();
        for slot in &slots {
            zone.add(&zone_of(*slot));
        }
        Self { slots, zone }
    }
}

/// A place between two slots of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    block: usize,
    /// Below the length of its block; 0 in the block after the last, which is the end.
    index: usize,
}

impl Order {
    /// Of slots that are sorted.
    pub(super) fn sorted(slots: &[Slot], zone_of: impl Fn(Slot) -> Zone) -> Self {
        let blocks = slots.chunks(BLOCK_FILLED).map(|slots| Block::new(slots.to_vec(), &zone_of));
        Self { blocks: blocks.collect(), len: slots.len() }
    }

    /// Slots in it.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Before the first.
    pub(super) fn start(&self) -> Place {
        Place { block: 0, index: 0 }
    }

    /// Behind the last.
    pub(super) fn end(&self) -> Place {
        Place { block: self.blocks.len(), index: 0 }
    }

    /// The place before the first slot for which `is_before` is false. It must be true of all that come before it.
    pub(super) fn place(&self, is_before: impl Fn(Slot) -> bool) -> Place {
        let block = self.blocks.partition_point(|block| block.slots.last().is_some_and(|last| is_before(*last)));
        let index = self.blocks.get(block).map_or(0, |block| block.slots.partition_point(|slot| is_before(*slot)));
        Place { block, index }
    }

    /// Adds a slot at its place.
    pub(super) fn insert(&mut self, place: Place, slot: Slot, zone_of: impl Fn(Slot) -> Zone) {
        self.len += 1;
        // Behind the last there is no block: what comes last joins the last one.
        let (number, index) = match place.block.checked_sub(1) {
            Some(last) if place.block == self.blocks.len() => (last, self.blocks[last].slots.len()),
            _ => (place.block, place.index),
        };
        let is_last = number + 1 == self.blocks.len();
        let Some(block) = self.blocks.get_mut(number) else {
            self.blocks.push(Block::new(vec![slot], zone_of));
            return;
        };
        block.slots.insert(index, slot);
        block.zone.add(&zone_of(slot));
        if block.slots.len() > BLOCK_MAX {
            // What grows at its end, as an order of times does, leaves full blocks behind.
            let grows_at_end = is_last && index + 1 == block.slots.len();
            let later = block.slots.split_off(if grows_at_end { BLOCK_FILLED } else { BLOCK_MAX / 2 });
            // Both anew, else zones would only ever grow.
            *block = Block::new(std::mem::take(&mut block.slots), &zone_of);
            self.blocks.insert(number + 1, Block::new(later, zone_of));
        }
    }

    /// What the slot at this place is, besides its place, has changed to this.
    pub(super) fn widen(&mut self, place: Place, zone: &Zone) {
        if let Some(block) = self.blocks.get_mut(place.block) {
            block.zone.add(zone);
        }
    }

    /// Takes the slot at this place out; false when it is not there.
    pub(super) fn remove(&mut self, place: Place, slot: Slot) -> bool {
        let Some(block) = self.blocks.get_mut(place.block) else { return false };
        if block.slots.get(place.index) != Some(&slot) {
            return false;
        }
        block.slots.remove(place.index);
        if block.slots.is_empty() {
            self.blocks.remove(place.block);
        }
        self.len -= 1;
        true
    }

    /// Slots between two places.
    pub(super) fn count(&self, from: Place, to: Place) -> usize {
        if to <= from {
            return 0;
        }
        let blocks: usize = self.blocks[from.block..to.block].iter().map(|block| block.slots.len()).sum();
        blocks + to.index - from.index
    }

    /// The slots between two places, from either end, without the blocks whose zones are not wanted.
    pub(super) fn between(
        &self,
        from: Place,
        to: Place,
        wants: impl Fn(&Zone) -> bool,
    ) -> impl DoubleEndedIterator<Item = Slot> {
        let to = to.max(from);
        // The last of them is a part of a block, if there is one.
        let end = self.blocks.len().min(to.block + usize::from(to.index > 0));
        let blocks = self.blocks.get(from.block..end).unwrap_or_default();
        let part = move |(n, block): (usize, &'_ Block)| {
            let first = if n == 0 { from.index } else { 0 };
            let last = if from.block + n == to.block { to.index } else { block.slots.len() };
            (first, last)
        };
        let blocks = blocks.iter().enumerate().filter(move |(_, block)| wants(&block.zone));
        blocks.flat_map(move |(n, block)| {
            let (first, last) = part((n, block));
            block.slots[first..last].iter().copied()
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Slots are their own keys, and the days on which they are due.
    fn zone(slot: Slot) -> Zone {
        Zone::of(Some(slot as i32), (slot % 5) as u8, &[slot % 7])
    }

    fn place(order: &Order, slot: Slot) -> Place {
        order.place(|other| other < slot)
    }

    fn all(order: &Order) -> Vec<Slot> {
        order.between(order.start(), order.end(), |_| true).collect()
    }

    proptest! {
        #[test]
        fn given_any_changes_when_made_then_the_order_is_that_of_a_sorted_set(
            first in 0..2_000_u32,
            changes in proptest::collection::vec((any::<bool>(), 0..3_000_u32), 0..2_000),
            ends in (0..3_000_u32, 0..3_000_u32),
        ) {
            let mut model: std::collections::BTreeSet<Slot> = (0..first).collect();
            let mut order = Order::sorted(&model.iter().copied().collect::<Vec<_>>(), zone);
            for (adds, slot) in changes {
                let place = place(&order, slot);
                if adds && model.insert(slot) {
                    order.insert(place, slot, zone);
                } else if !adds {
                    prop_assert_eq!(order.remove(place, slot), model.remove(&slot));
                }
            }
            prop_assert_eq!(order.len(), model.len());
            prop_assert!(order.blocks.iter().all(|block| (1..=BLOCK_MAX).contains(&block.slots.len())));
            prop_assert_eq!(all(&order), model.iter().copied().collect::<Vec<_>>());
            let (from, to) = (place(&order, ends.0), place(&order, ends.1));
            let expected: Vec<Slot> = model.iter().copied().filter(|slot| (ends.0..ends.1).contains(slot)).collect();
            prop_assert_eq!(order.count(from, to), expected.len());
            prop_assert_eq!(order.between(from, to, |_| true).collect::<Vec<_>>(), expected.clone());
            let backwards: Vec<Slot> = order.between(from, to, |_| true).rev().collect();
            prop_assert_eq!(backwards, expected.into_iter().rev().collect::<Vec<_>>());
            // Who looks for some days and priorities misses none of them, and does not read all the others.
            let (first, last) = (ends.0.min(ends.1) as i32, ends.0.max(ends.1) as i32);
            let wants = |zone: &Zone| zone.has_days(first, last) && zone.has_priorities(1) && zone.has_tags(&[3]);
            let read: Vec<Slot> = order.between(order.start(), order.end(), wants).collect();
            let wanted = |slot: &Slot| (first..=last).contains(&(*slot as i32)) && slot % 35 == 10;
            prop_assert_eq!(
                read.iter().copied().filter(wanted).collect::<Vec<_>>(),
                model.iter().copied().filter(wanted).collect::<Vec<_>>()
            );
            let beside = read.iter().filter(|slot| !(first..=last).contains(&(**slot as i32))).count();
            prop_assert!(beside <= 2 * BLOCK_MAX, "{beside}");
        }
    }
}
