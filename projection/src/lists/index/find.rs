//! The tasks of a page, found without Postgres.
//!
//! Along the order first, past blocks in which nothing can match: a filter that many tasks match has filled its page soon. One that few match is narrowed by what costs
//! least, and those that match are sorted: the tasks of its tags, of its due days or of its priorities. It walks along the order no longer than
//! that would take, so a page costs at most twice what the better way would have cost, wherever in the order its tasks are.

use std::borrow::Cow;
use std::cmp::Ordering;

use chrono::NaiveTime;
use domain::task::{Priority, Status};
use roaring::RoaringBitmap;
use uuid::Uuid;

use super::kept::Tasks;
use super::order::{Order, Place, Slot};
use super::row::{self, Key, Kind, NEVER, NO_DAY, Row, Tag};
use super::zone::Zone;
use crate::lists::tasks::place::{After, DAYS_APART};
use crate::query::task_query::{TOTAL_MAX, TaskFilter, TaskQuery};

/// So many steps along the order cost nothing to speak of.
const STEPS_MIN: usize = 512;

/// A page, as slots.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// In order; one more than was asked for where there is another page.
    pub(super) slots: Vec<Slot>,
    /// How many match, [`TOTAL_MAX`] and one at most; `None` where nobody asked.
    pub(super) count: Option<u64>,
}

/// The page of a query; `after` is where the page before ended.
pub(super) fn find(tasks: &Tasks, query: &TaskQuery, after: Option<After<'_>>) -> Found {
    let nothing = || Found { slots: Vec::new(), count: query.total.then_some(0) };
    let Some(search) = Search::new(tasks, query, after) else { return nothing() };
    search.run(query.total)
}

/// A query, in the index's own terms.
struct Search<'a> {
    tasks: &'a Tasks,
    kind: Kind,
    descending: bool,
    /// Slots that are a page and tell that there is another.
    enough: usize,
    after: Option<(Key<'a>, Uuid)>,
    statuses: Vec<u8>,
    priorities: [bool; Priority::ALL.len()],
    /// The same, a bit each.
    priority_bits: u8,
    /// Due on one of these days; `None`: due or not.
    days: Option<(i32, i32)>,
    /// Without a due date; then there are no days.
    undated: bool,
    /// Due at or after the first of these instants and before the second: what the days come to, roughly, and exactly what is overdue.
    due: (i64, i64),
    tags: Vec<Tag>,
    /// The tasks that have all of the tags, where there are some.
    tagged: Option<Cow<'a, RoaringBitmap>>,
}

/// What narrows a search down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Tags,
    Due,
    Priority,
}

impl<'a> Search<'a> {
    /// `None` when nothing can match.
    fn new(tasks: &'a Tasks, query: &'a TaskQuery, after: Option<After<'a>>) -> Option<Self> {
        let TaskFilter { status, priority, tags, due_from, due_to, overdue, undated } = &query.filter;
        let kind = Kind::of(query.sort);
        let statuses = Status::ALL.iter().filter(|one| status.is_empty() || status.contains(one));
        let statuses = statuses.filter(|one| !overdue || matches!(one, Status::Pending | Status::InProgress));
        let tags = tags.iter().map(|tag| tasks.tags().find(tag)).collect::<Option<Vec<_>>>()?;
        let mut tagged = tags.iter().filter_map(|tag| tasks.tags().slots(*tag));
        // Of a common tag it is large: only what several tags share is written anew.
        let first = tagged.next().map(Cow::Borrowed);
        let tagged = first.map(|first| tagged.fold(first, |all, next| Cow::Owned(&*all & next)));
        let from = due_from.and_then(|day| day.checked_sub_days(DAYS_APART)).map_or(i64::MIN + 1, start_of);
        let to = due_to.and_then(|day| day.checked_add_days(DAYS_APART)).map_or(NEVER, start_of);
        let to = if *overdue { to.min(row::micros(query.now)) } else { to };
        let last = overdue.then(|| row::day_number(query.now.date_naive() + DAYS_APART)).unwrap_or(NO_DAY - 1);
        let days = (due_from.map_or(i32::MIN, row::day_number), due_to.map_or(last, row::day_number).min(last));
        let is_due = query.filter.asks_for_dated();
        if is_due && *undated {
            return None;
        }
        let priorities = std::array::from_fn(|n| priority.is_empty() || priority.contains(&Priority::ALL[n]));
        let search = Self {
            tasks,
            kind,
            descending: query.sort.descending,
            enough: query.limit + 1,
            after: after.map(|after| place(kind, after)),
            statuses: statuses.copied().map(row::status_number).collect(),
            priority_bits: (0..8).zip(priorities).map(|(bit, wanted)| u8::from(wanted) << bit).sum(),
            priorities,
            days: is_due.then_some(days),
            undated: *undated,
            due: (from, to),
            tags,
            tagged,
        };
        let possible = !search.statuses.is_empty() && search.tagged.as_ref().is_none_or(|slots| !slots.is_empty());
        possible.then_some(search)
    }

    fn run(&self, counts: bool) -> Found {
        let narrowest = self.narrowest();
        let steps = narrowest.map_or(usize::MAX, |(_, cost)| cost.max(STEPS_MIN));
        let walked = self.walk(steps);
        let count = |narrowest: Option<(By, usize)>| match narrowest {
            Some((by, _)) => self.slots(by).filter(|slot| self.matches(*slot)).take(COUNT_MAX).count(),
            None => self.statuses.iter().map(|status| self.tasks.order(*status, self.kind).len()).sum(),
        };
        let count = counts.then(|| count(narrowest).min(COUNT_MAX) as u64);
        let slots = match (walked, narrowest) {
            (Some(slots), _) => slots,
            (None, Some((by, _))) => self.collect(by),
            (None, None) => Vec::new(),
        };
        Found { slots, count }
    }

    /// What leaves the fewest tasks, and how many; `None` where every task of the statuses matches.
    fn narrowest(&self) -> Option<(By, usize)> {
        let tags = self.tagged.as_ref().map(|slots| (By::Tags, usize::try_from(slots.len()).unwrap_or(usize::MAX)));
        let ranges = |kind| {
            let ranges = self.statuses.iter().map(move |status| self.tasks.order(*status, kind));
            ranges.map(move |order| self.ranges(order, kind).map(|(from, to)| order.count(from, to)).sum::<usize>())
        };
        let due = self.is_about_due().then(|| (By::Due, ranges(Kind::DueAscending).sum()));
        let priority = self.priorities.contains(&false).then(|| (By::Priority, ranges(Kind::Priority).sum()));
        [tags, due, priority].into_iter().flatten().min_by_key(|(_, count)| *count)
    }

    /// Along the order for so many steps; `None` when the page is neither full nor the last by then.
    fn walk(&self, steps: usize) -> Option<Vec<Slot>> {
        let runs = self.statuses.iter().map(|status| {
            let order = self.tasks.order(*status, self.kind);
            let (from, to) = self.bounds(order);
            let mut slots = order.between(from, to, |zone| self.is_in(zone));
            let descending = self.descending;
            std::iter::from_fn(move || if descending { slots.next_back() } else { slots.next() })
        });
        let mut merged = Merged::new(runs, |a, b| self.compare(a, b));
        let mut found = Vec::with_capacity(self.enough);
        for _ in 0..steps {
            let Some(slot) = merged.next() else { return Some(found) };
            if self.matches(slot) {
                found.push(slot);
                if found.len() == self.enough {
                    return Some(found);
                }
            }
        }
        None
    }

    /// All that match, the first of them sorted.
    fn collect(&self, by: By) -> Vec<Slot> {
        let mut first = First::new(self.enough, |a, b| self.compare(a, b));
        for slot in self.slots(by) {
            if self.is_after(slot) && self.matches(slot) {
                first.add(slot);
            }
        }
        first.sorted()
    }

    /// The slots that are left, in no order.
    fn slots(&self, by: By) -> Box<dyn Iterator<Item = Slot> + '_> {
        let kind = match by {
            By::Tags => return Box::new(self.tagged.iter().flat_map(|slots| slots.iter())),
            By::Due => Kind::DueAscending,
            By::Priority => Kind::Priority,
        };
        let orders = self.statuses.iter().map(move |status| self.tasks.order(*status, kind));
        Box::new(orders.flat_map(move |order| {
            self.ranges(order, kind).flat_map(move |(from, to)| order.between(from, to, |zone| self.is_in(zone)))
        }))
    }

    /// The parts of an order by due or priority in which tasks may match.
    fn ranges(&self, order: &Order, kind: Kind) -> impl Iterator<Item = (Place, Place)> {
        let place = |limit| order.place(|slot| kind.key(self.tasks.row(slot)) < Key::Number(limit));
        // Without a due date they come last in both directions.
        match kind {
            Kind::DueAscending if self.undated => return vec![(place(NEVER), order.end())].into_iter(),
            Kind::DueDescending if self.undated => return vec![(order.start(), place(i64::MIN + 1))].into_iter(),
            _ => {}
        }
        let numbers: Vec<(i64, i64)> = match kind {
            Kind::DueAscending | Kind::DueDescending if self.days.is_some() => vec![self.due],
            Kind::Priority => {
                let wanted = (0..).zip(self.priorities).filter(|(_, wanted)| *wanted);
                wanted.map(|(rank, _)| (rank, rank + 1)).collect()
            }
            _ => vec![(i64::MIN, NEVER)],
        };
        let ranges: Vec<_> = numbers.into_iter().map(|(from, to)| (place(from), place(to))).collect();
        ranges.into_iter()
    }

    /// The part of the page's own order in which it can be.
    fn bounds(&self, order: &Order) -> (Place, Place) {
        let has_bounds = match self.kind {
            Kind::DueAscending | Kind::DueDescending => self.is_about_due(),
            Kind::Priority => true,
            _ => false,
        };
        let (mut from, mut to) = (order.start(), order.end());
        if has_bounds {
            let ranges: Vec<_> = self.ranges(order, self.kind).collect();
            from = ranges.first().map_or(from, |range| range.0);
            to = ranges.last().map_or(to, |range| range.1);
        }
        if let Some(after) = self.after {
            let place = |passes: fn(Ordering) -> bool| {
                order.place(|slot| passes(self.kind.compare(self.tasks.row(slot), after)))
            };
            if self.descending {
                to = to.min(place(Ordering::is_lt));
            } else {
                from = from.max(place(Ordering::is_le));
            }
        }
        (from, to)
    }

    fn matches(&self, slot: Slot) -> bool {
        let Row { status, priority, day, due, tags, .. } = self.tasks.row(slot);
        self.priorities[usize::from(*priority)]
            && self.statuses.contains(status)
            && self.days.is_none_or(|(from, to)| (from..=to).contains(day) && *due < self.due.1)
            && (!self.undated || *day == NO_DAY)
            && self.tags.iter().all(|tag| tags.contains(tag))
    }

    /// Whether a due date, or that there is none, is a condition.
    fn is_about_due(&self) -> bool {
        self.days.is_some() || self.undated
    }

    /// Whether a block of tasks may have one that matches.
    fn is_in(&self, zone: &Zone) -> bool {
        let days = self.days.is_none_or(|(from, to)| zone.has_days(from, to));
        days && zone.has_priorities(self.priority_bits) && zone.has_tags(&self.tags)
    }

    fn is_after(&self, slot: Slot) -> bool {
        let Some(after) = self.after else { return true };
        let order = self.kind.compare(self.tasks.row(slot), after);
        if self.descending { order.is_lt() } else { order.is_gt() }
    }

    /// The page's order.
    fn compare(&self, a: Slot, b: Slot) -> Ordering {
        let b = self.tasks.row(b);
        let order = self.kind.compare(self.tasks.row(a), (self.kind.key(b), b.id));
        if self.descending { order.reverse() } else { order }
    }
}

/// Counting ends here.
const COUNT_MAX: usize = TOTAL_MAX as usize + 1;

fn start_of(day: chrono::NaiveDate) -> i64 {
    row::micros(day.and_time(NaiveTime::MIN).and_utc())
}

fn place(kind: Kind, After { key, id }: After<'_>) -> (Key<'_>, Uuid) {
    use crate::lists::tasks::place::Key as At;
    let key = match key {
        At::Instant(instant) => Key::Number(row::micros(instant)),
        At::Priority(rank) => Key::Number(rank.into()),
        At::Title(title) => Key::Text(title),
        At::NoDue if kind == Kind::DueDescending => Key::Number(i64::MIN),
        At::NoDue => Key::Number(NEVER),
    };
    (key, id)
}

/// Sorted runs, merged. There are as many as there are statuses: looking at each of them is faster than a heap.
struct Merged<I, C> {
    runs: Vec<(Slot, I)>,
    compare: C,
}

impl<I: Iterator<Item = Slot>, C: Fn(Slot, Slot) -> Ordering> Merged<I, C> {
    fn new(runs: impl Iterator<Item = I>, compare: C) -> Self {
        let runs = runs.filter_map(|mut run| run.next().map(|first| (first, run))).collect();
        Self { runs, compare }
    }

    fn next(&mut self) -> Option<Slot> {
        let (first, _) = (0..self.runs.len()).map(|n| (n, self.runs[n].0)).min_by(|a, b| (self.compare)(a.1, b.1))?;
        let (head, run) = &mut self.runs[first];
        let slot = *head;
        match run.next() {
            Some(next) => *head = next,
            None => _ = self.runs.swap_remove(first),
        }
        Some(slot)
    }
}

/// The first of many slots, in an order.
struct First<C> {
    slots: Vec<Slot>,
    limit: usize,
    /// The last of the first so far, once there are enough.
    last: Option<Slot>,
    compare: C,
}

impl<C: Fn(Slot, Slot) -> Ordering> First<C> {
    fn new(limit: usize, compare: C) -> Self {
        Self { slots: Vec::with_capacity(limit * 2), limit, last: None, compare }
    }

    fn add(&mut self, slot: Slot) {
        if self.last.is_some_and(|last| (self.compare)(slot, last).is_gt()) {
            return;
        }
        self.slots.push(slot);
        if self.slots.len() == self.limit * 2 {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.slots.len() > self.limit {
            let (_, last, _) = self.slots.select_nth_unstable_by(self.limit - 1, |a, b| (self.compare)(*a, *b));
            self.last = Some(*last);
            self.slots.truncate(self.limit);
        }
    }

    fn sorted(mut self) -> Vec<Slot> {
        self.cut();
        self.slots.sort_unstable_by(|a, b| (self.compare)(*a, *b));
        self.slots
    }
}
