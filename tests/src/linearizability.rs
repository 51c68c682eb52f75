//! Is a history linearizable: is there one order of the operations, each at some moment between its start and its end,
//! in which every answer is right?
//!
//! The algorithm is Wing and Gong's ("Testing and verifying concurrent objects", 1993) with Lowe's memory of what was
//! tried ("Testing for linearizability", 2017), in the form of Porcupine (<https://github.com/anishathalye/porcupine>):
//! a list of starts and ends, from which an operation is lifted when it is given its place, and put back when that turns
//! out wrong. It takes exponential time for nasty histories and about linear time for those in which the answers tell
//! much of the state.

use std::collections::HashSet;
use std::hash::Hash;

/// A history gives up after so many steps of the search.
const STEPS_MAX: u64 = 50_000_000;

/// One operation of a history.
#[derive(Clone, Debug)]
pub struct Call<O> {
    /// What was asked and answered.
    pub operation: O,
    /// When it was begun. Any unit.
    pub start: u64,
    /// When its answer was there; `None` when there was none: it takes effect at any time after its start, or never.
    pub end: Option<u64>,
}

/// Why a history did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure<S> {
    /// There is no such order.
    NotLinearizable {
        /// How many operations the longest order found holds.
        placed: usize,
        /// Number of the operation that had ended by then and found no place.
        stuck: usize,
        /// The state after that order.
        state: S,
    },
    /// The search was given up: nothing is known.
    TooHard,
}

/// Looks for an order. `step` gives the state after an operation, or nothing when its answer is not right in that state.
///
/// # Errors
/// [`Failure`] when there is none, or none was found in time.
pub fn check<O, S: Clone + Eq + Hash>(
    initial: S,
    calls: &[Call<O>],
    step: impl Fn(&S, &O) -> Option<S>,
) -> Result<(), Failure<S>> {
    let mut search = Search::new(initial, calls);
    let mut at = search.list.first();
    let mut steps = 0_u64;
    while search.open > 0 {
        steps += 1;
        if steps > STEPS_MAX {
            return Err(Failure::TooHard);
        }
        let Entry { operation, is_end } = search.list.entries[at];
        if is_end {
            // Everything that could come before this end was tried.
            search.remember_failure(operation);
            match search.take_back() {
                Some(entry) => at = search.list.after(entry),
                None => return Err(search.failure()),
            }
            continue;
        }
        let placed = step(&search.state, &calls[operation].operation).filter(|next| search.is_new(operation, next));
        match placed {
            Some(next) => {
                search.place(at, operation, next);
                at = search.list.first();
            }
            None => at = search.list.after(at),
        }
    }
    Ok(())
}

/// A start or an end in the list.
#[derive(Clone, Copy, Debug)]
struct Entry {
    operation: usize,
    is_end: bool,
}

/// Starts and ends in order of time, doubly linked; position 0 is the list's head.
struct Entries {
    entries: Vec<Entry>,
    next: Vec<usize>,
    previous: Vec<usize>,
    /// Position of each operation's end, by operation.
    ends: Vec<Option<usize>>,
}

impl Entries {
    fn new<O>(calls: &[Call<O>]) -> Self {
        // Of two at the same time the start comes first: such operations count as concurrent.
        let mut times: Vec<(u64, bool, usize)> = Vec::with_capacity(2 * calls.len());
        for (operation, call) in calls.iter().enumerate() {
            times.push((call.start, false, operation));
            times.extend(call.end.map(|end| (end, true, operation)));
        }
        times.sort_unstable();
        let mut entries = vec![Entry { operation: usize::MAX, is_end: false }];
        let mut ends = vec![None; calls.len()];
        for (_, is_end, operation) in times {
            if is_end {
                ends[operation] = Some(entries.len());
            }
            entries.push(Entry { operation, is_end });
        }
        let count = entries.len();
        let next = (1..=count).collect();
        let previous = (0..count).map(|at| at.saturating_sub(1)).chain([count - 1]).collect();
        Self { entries, next, previous, ends }
    }

    fn first(&self) -> usize {
        self.next[0]
    }

    fn after(&self, at: usize) -> usize {
        self.next[at]
    }

    fn unlink(&mut self, at: usize) {
        let (previous, next) = (self.previous[at], self.next[at]);
        self.next[previous] = next;
        self.previous[next] = previous;
    }

    fn relink(&mut self, at: usize) {
        let (previous, next) = (self.previous[at], self.next[at]);
        self.next[previous] = at;
        self.previous[next] = at;
    }

    /// Takes an operation out; true when it had ended.
    fn lift(&mut self, start: usize, operation: usize) -> bool {
        self.unlink(start);
        let end = self.ends[operation];
        end.into_iter().for_each(|end| self.unlink(end));
        end.is_some()
    }

    /// Puts back the operation that was taken out last; true when it had ended.
    fn put_back(&mut self, start: usize, operation: usize) -> bool {
        let end = self.ends[operation];
        end.into_iter().for_each(|end| self.relink(end));
        self.relink(start);
        end.is_some()
    }
}

struct Search<S> {
    list: Entries,
    state: S,
    /// Operations with an end that have no place yet.
    open: usize,
    /// The set of operations that have a place, as the exclusive or of their numbers' hashes.
    set: u128,
    /// The sets and states that were reached. Two sets that share 128 bits are taken for one, which does not happen.
    seen: HashSet<(u128, S)>,
    /// Placed operations: position of the start, and the state before.
    order: Vec<(usize, S)>,
    longest: Option<(usize, usize, S)>,
}

impl<S: Clone + Eq + Hash> Search<S> {
    fn new<O>(initial: S, calls: &[Call<O>]) -> Self {
        Self {
            list: Entries::new(calls),
            state: initial,
            open: calls.iter().filter(|call| call.end.is_some()).count(),
            set: 0,
            seen: HashSet::new(),
            order: Vec::new(),
            longest: None,
        }
    }

    fn is_new(&mut self, operation: usize, next: &S) -> bool {
        self.seen.insert((self.set ^ hash(operation), next.clone()))
    }

    fn place(&mut self, start: usize, operation: usize, next: S) {
        self.set ^= hash(operation);
        self.open -= usize::from(self.list.lift(start, operation));
        self.order.push((start, std::mem::replace(&mut self.state, next)));
    }

    /// Takes the last placed operation back; its start.
    fn take_back(&mut self) -> Option<usize> {
        let (start, before) = self.order.pop()?;
        let operation = self.list.entries[start].operation;
        self.state = before;
        self.set ^= hash(operation);
        self.open += usize::from(self.list.put_back(start, operation));
        Some(start)
    }

    fn remember_failure(&mut self, stuck: usize) {
        if self.longest.as_ref().is_none_or(|(placed, ..)| self.order.len() > *placed) {
            self.longest = Some((self.order.len(), stuck, self.state.clone()));
        }
    }

    fn failure(self) -> Failure<S> {
        let (placed, stuck, state) = self.longest.unwrap_or((0, 0, self.state));
        Failure::NotLinearizable { placed, stuck, state }
    }
}

/// 128 bits that look random, for a number.
fn hash(number: usize) -> u128 {
    let half = |seed: u64| {
        let z = (number as u64).wrapping_add(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u128::from(z ^ (z >> 31))
    };
    (half(0x51_7cc1_b727_220a) << 64) | half(0x2545_f491_4f6c_dd1d)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A register that holds one number: what is written, and what is read of it.
    #[derive(Clone, Copy, Debug)]
    enum Register {
        Write(u32),
        Read(u32),
    }
    use Register::{Read, Write};

    fn step(state: &u32, operation: &Register) -> Option<u32> {
        match operation {
            Write(value) => Some(*value),
            Read(value) => (state == value).then_some(*state),
        }
    }

    fn passes(history: &[(Register, u64, Option<u64>)]) -> bool {
        let calls =
            history.iter().map(|(operation, start, end)| Call { operation: *operation, start: *start, end: *end });
        let calls: Vec<_> = calls.collect();
        check(0, &calls, step).is_ok()
    }

    #[test]
    fn given_overlapping_operations_when_some_order_explains_them_then_they_pass() {
        assert!(passes(&[]));
        assert!(passes(&[(Write(1), 0, Some(10)), (Read(0), 1, Some(2)), (Read(1), 3, Some(4))]));
        assert!(passes(&[
            (Write(1), 0, Some(1)),
            (Write(2), 0, Some(9)),
            (Read(2), 2, Some(3)),
            (Read(2), 4, Some(5))
        ]));
        // The read is explained only when the second write is placed before the first.
        assert!(passes(&[(Write(1), 0, Some(9)), (Write(2), 0, Some(9)), (Read(1), 10, Some(11))]));
        // Porcupine's first example.
        assert!(passes(&[(Write(100), 0, Some(100)), (Read(100), 25, Some(75)), (Read(0), 30, Some(60))]));
    }

    #[test]
    fn given_a_stale_read_when_checked_then_it_has_no_place() {
        let stale = [(Write(1), 0, Some(1)), (Read(0), 2, Some(3))];
        assert!(!passes(&stale));
        assert!(passes(&[(Write(1), 0, Some(2)), (Read(0), 2, Some(3))]), "at the same time counts as concurrent");
        // Porcupine's second example: 0 is read after 200 was.
        assert!(!passes(&[(Write(200), 0, Some(100)), (Read(200), 10, Some(30)), (Read(0), 40, Some(90)),]));
        let calls: Vec<_> = stale.map(|(operation, start, end)| Call { operation, start, end }).into();
        let found = check(0, &calls, step);
        assert_eq!(found, Err(Failure::NotLinearizable { placed: 1, stuck: 1, state: 1 }));
    }

    #[test]
    fn given_an_operation_without_an_end_when_checked_then_it_may_come_late_or_never() {
        assert!(passes(&[(Write(1), 0, None), (Read(0), 5, Some(6))]), "never");
        assert!(passes(&[(Write(1), 0, None), (Read(0), 5, Some(6)), (Read(1), 7, Some(8))]), "late");
        assert!(!passes(&[(Write(1), 0, None), (Read(1), 5, Some(6)), (Read(0), 7, Some(8))]), "not twice");
        assert!(!passes(&[(Write(1), 5, None), (Read(1), 1, Some(4))]), "not before its start");
    }

    #[test]
    fn given_many_operations_when_checked_then_it_takes_no_time() {
        // Each write overlaps its neighbours, and is read.
        let history: Vec<_> = (1..50_000_u32)
            .flat_map(|n| {
                let at = u64::from(n) * 10;
                [(Write(n), at, Some(at + 12)), (Read(n), at + 4, Some(at + 13))]
            })
            .collect();
        assert!(passes(&history));
    }
}
