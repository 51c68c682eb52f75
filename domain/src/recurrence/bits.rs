//! Sets of the small numbers that rules are made of.

use chrono::Weekday;

/// Numbers from 0 to 63, such as hours or months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Numbers(u64);

impl Numbers {
    pub(super) const fn below(end: u32) -> Self {
        Self((1 << end) - 1)
    }

    pub(super) const fn one(number: u32) -> Self {
        Self(1 << number)
    }

    pub(super) const fn with(self, number: u32) -> Self {
        Self(self.0 | 1 << number)
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn len(self) -> u32 {
        self.0.count_ones()
    }

    pub(super) const fn contains(self, number: u32) -> bool {
        number < u64::BITS && self.0 >> number & 1 == 1
    }

    /// In order.
    pub(super) fn iter(self) -> impl Iterator<Item = u32> {
        (0..u64::BITS).filter(move |number| self.contains(*number))
    }

    /// The smallest, from `number` on.
    pub(super) const fn from(self, number: u32) -> Option<u32> {
        if number >= u64::BITS {
            return None;
        }
        let rest = self.0 >> number << number;
        if rest == 0 { None } else { Some(rest.trailing_zeros()) }
    }

    /// The one that `place` others are smaller than.
    pub(super) fn nth(self, place: u32) -> Option<u32> {
        let rest = (0..place).fold(self.0, |rest, _| rest & rest.saturating_sub(1));
        Self(rest).from(0)
    }
}

/// Places in a row of at most 63, counted from its front (1 is the first) or from its back (-1 is the last).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Places {
    front: Numbers,
    back: Numbers,
}

impl Places {
    pub(super) const fn with(self, place: i32) -> Self {
        let count = place.unsigned_abs();
        if place < 0 {
            Self { front: self.front, back: self.back.with(count) }
        } else {
            Self { front: self.front.with(count), back: self.back }
        }
    }

    pub(super) const fn is_empty(self) -> bool {
        self.front.is_empty() && self.back.is_empty()
    }

    /// Those from the front, then those from the back, which have a minus; in order.
    pub(super) fn iter(self) -> impl Iterator<Item = i32> {
        let back: Vec<u32> = self.back.iter().collect();
        self.front.iter().map(u32::cast_signed).chain(back.into_iter().rev().map(|place| -place.cast_signed()))
    }

    /// Whether the place `place` of `total` is one of them.
    pub(super) const fn meet(self, place: u32, total: u32) -> bool {
        self.front.contains(place) || self.back.contains(total + 1 - place)
    }
}

/// What BYDAY lists: days of the week, each of them or numbered ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Weekdays {
    every: Numbers,
    /// The days that have numbers.
    numbered: Numbers,
    places: [Places; 7],
}

impl Weekdays {
    pub(super) const fn with_every(mut self, day: Weekday) -> Self {
        self.every = self.every.with(day.num_days_from_monday());
        self
    }

    pub(super) const fn with_numbered(mut self, place: i32, day: Weekday) -> Self {
        let at = day.num_days_from_monday();
        self.numbered = self.numbered.with(at);
        self.places[at as usize] = self.places[at as usize].with(place);
        self
    }

    pub(super) const fn is_empty(self) -> bool {
        self.every.is_empty() && self.numbered.is_empty()
    }

    pub(super) const fn has_numbers(&self) -> bool {
        !self.numbered.is_empty()
    }

    /// The days that are listed without a number, from Monday.
    pub(super) fn every(self) -> impl Iterator<Item = Weekday> {
        days().filter(move |day| self.every.contains(day.num_days_from_monday()))
    }

    /// The others with their numbers, from Monday.
    pub(super) fn numbered(self) -> impl Iterator<Item = (i32, Weekday)> {
        let of_day = move |day: Weekday| {
            let at = day.num_days_from_monday();
            let places = if self.every.contains(at) { Places::default() } else { self.places[at as usize] };
            places.iter().map(move |place| (place, day))
        };
        days().flat_map(of_day)
    }

    /// Whether a day is listed: one that is the day `number` (1 is the first) of the `total` days of its month or year.
    pub(super) fn meet(&self, day: Weekday, frame: impl FnOnce() -> (u32, u32)) -> bool {
        let at = day.num_days_from_monday();
        if self.every.contains(at) || !self.numbered.contains(at) {
            return self.every.contains(at);
        }
        let (number, total) = frame();
        let before = (number - 1) / 7;
        let behind = (total - number) / 7;
        self.places[at as usize].meet(before + 1, before + 1 + behind)
    }
}

fn days() -> impl Iterator<Item = Weekday> {
    std::iter::successors(Some(Weekday::Mon), |day| Some(day.succ())).take(7)
}
