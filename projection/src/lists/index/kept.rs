//! The tasks of one tenant, in every order that a list can have.

use std::collections::HashMap;

use domain::task::Status;
use roaring::RoaringBitmap;
use uuid::Uuid;

use super::order::{Order, Place, Slot};
use super::row::{Kind, Row, Tag};
use super::tags::Tags;

/// Live tasks.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    /// By slot; what stands in a free slot means nothing.
    rows: Vec<Row>,
    free: Vec<Slot>,
    slots: HashMap<Uuid, Slot>,
    /// By status, for it goes with age: who looks for the oldest pending tasks must not walk past all that are completed.
    orders: [[Order; Kind::ALL.len()]; Status::ALL.len()],
    /// The slots of each status, which tags are counted by.
    statuses: [RoaringBitmap; Status::ALL.len()],
    tags: Tags,
}

impl Tasks {
    /// Tasks in it.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// A task.
    pub(super) fn get(&self, id: Uuid) -> Option<&Row> {
        self.slots.get(&id).map(|slot| self.row(*slot))
    }

    /// The task in a slot that some order names.
    pub(super) fn row(&self, slot: Slot) -> &Row {
        &self.rows[slot as usize]
    }

    /// The tasks of a status, in an order.
    pub(super) fn order(&self, status: u8, kind: Kind) -> &Order {
        &self.orders[usize::from(status)][kind as usize]
    }

    /// Tags, by number.
    pub(super) fn tags(&self) -> &Tags {
        &self.tags
    }

    /// Every tag that a task of these statuses has, each of them named once, of any where none is; with how many of them have it.
    pub(super) fn tag_counts(&self, statuses: &[u8]) -> Vec<(&str, u64)> {
        if statuses.is_empty() {
            return self.tags.counts().collect();
        }
        let sets: Vec<&RoaringBitmap> = statuses.iter().map(|status| &self.statuses[usize::from(*status)]).collect();
        self.tags.counts_within(&sets).collect()
    }

    /// The number of a tag, which some task has from now on.
    pub(super) fn number_tag(&mut self, name: &str) -> Tag {
        self.tags.number(name)
    }

    /// All of them at once, which costs less than one after another. Only where there are none yet.
    pub(super) fn fill(&mut self, rows: Vec<Row>) {
        self.rows = rows;
        self.slots.reserve(self.rows.len());
        let mut by_status: [Vec<Slot>; Status::ALL.len()] = Default::default();
        for (slot, row) in (0..).zip(&self.rows) {
            self.slots.insert(row.id, slot);
            by_status[usize::from(row.status)].push(slot);
            self.statuses[usize::from(row.status)].insert(slot);
            for tag in &row.tags {
                self.tags.mark(*tag, slot);
            }
        }
        for (slots, orders) in by_status.iter_mut().zip(&mut self.orders) {
            for (kind, order) in Kind::ALL.into_iter().zip(orders) {
                slots.sort_unstable_by(|a, b| {
                    let (a, b) = (&self.rows[*a as usize], &self.rows[*b as usize]);
                    kind.compare(a, (kind.key(b), b.id))
                });
                *order = Order::sorted(slots, |slot| self.rows[slot as usize].zone());
            }
        }
    }

    /// The task is this now.
    pub(super) fn put(&mut self, row: Row) {
        let Some(slot) = self.slots.get(&row.id).copied() else {
            self.add(row);
            return;
        };
        let zone = row.zone();
        let mut moves = [false; Kind::ALL.len()];
        for kind in Kind::ALL {
            let (old, status) = (self.row(slot), usize::from(row.status));
            if old.status == row.status && kind.key(old) == kind.key(&row) {
                let place = self.place(&row, kind);
                self.orders[status][kind as usize].widen(place, &zone);
            } else {
                self.take_out(slot, kind);
                moves[kind as usize] = true;
            }
        }
        let old = std::mem::replace(&mut self.rows[slot as usize], row);
        self.statuses[usize::from(old.status)].remove(slot);
        self.statuses[usize::from(self.rows[slot as usize].status)].insert(slot);
        for kind in Kind::ALL.into_iter().filter(|kind| moves[*kind as usize]) {
            self.put_in(slot, kind);
        }
        // First the tags that it has: one that only it has had, and still has, keeps its number.
        let row = &self.rows[slot as usize];
        for tag in &row.tags {
            self.tags.mark(*tag, slot);
        }
        for tag in old.tags.iter().filter(|tag| !row.tags.contains(tag)) {
            self.tags.unmark(*tag, slot);
        }
    }

    /// The task is not there any more.
    pub(super) fn remove(&mut self, id: Uuid) {
        let Some(slot) = self.slots.get(&id).copied() else { return };
        for kind in Kind::ALL {
            self.take_out(slot, kind);
        }
        self.slots.remove(&id);
        let row = &mut self.rows[slot as usize];
        self.statuses[usize::from(row.status)].remove(slot);
        let tags = std::mem::take(&mut row.tags);
        row.title = Box::default();
        for tag in &tags {
            self.tags.unmark(*tag, slot);
        }
        self.free.push(slot);
    }

    fn add(&mut self, row: Row) {
        let id = row.id;
        let slot = if let Some(slot) = self.free.pop() {
            self.rows[slot as usize] = row;
            slot
        } else {
            self.rows.push(row);
            // The index is given up long before there are so many (`MAX_TASKS`).
            Slot::try_from(self.rows.len() - 1).unwrap_or(Slot::MAX)
        };
        for kind in Kind::ALL {
            self.put_in(slot, kind);
        }
        self.slots.insert(id, slot);
        self.statuses[usize::from(self.rows[slot as usize].status)].insert(slot);
        for tag in &self.rows[slot as usize].tags {
            self.tags.mark(*tag, slot);
        }
    }

    /// Where a task belongs in the order of its status.
    fn place(&self, row: &Row, kind: Kind) -> Place {
        let key = (kind.key(row), row.id);
        self.order(row.status, kind).place(|other| kind.compare(self.row(other), key).is_lt())
    }

    fn put_in(&mut self, slot: Slot, kind: Kind) {
        let row = self.row(slot);
        let (status, place) = (usize::from(row.status), self.place(row, kind));
        let rows = &self.rows;
        self.orders[status][kind as usize].insert(place, slot, |slot| rows[slot as usize].zone());
    }

    fn take_out(&mut self, slot: Slot, kind: Kind) {
        let row = self.row(slot);
        let (status, place) = (usize::from(row.status), self.place(row, kind));
        let found = self.orders[status][kind as usize].remove(place, slot);
        debug_assert!(found, "an order has lost a task");
    }
}
