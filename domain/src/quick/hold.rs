//! How sure words must be before they are taken for a date or a time.

/// What words need around them to be taken. See the module's rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// They mean nothing else: taken anywhere.
    Firm,
    /// Taken after a word such as `on` or `by`, or where their clause ends.
    Edge,
    /// Taken where their clause ends, whatever stands before: `the 1st` is a date, `on the 1st floor` none.
    Clause,
    /// Taken only after a word such as `on` or `by`: `may`, `27.1`.
    Told,
    /// A bare length of time, such as `5 days`: taken where its clause ends and nothing stands before that makes it how
    /// long something lasts.
    Bare,
    /// A part of the day, such as `morning`: taken directly behind a day.
    After,
    /// An abbreviation that is a word of its own, such as `soy`: taken after `due:`, `by` and the like only.
    Spelled,
}

/// What introduces a date or a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Telling {
    /// Nothing.
    Nothing,
    /// `for`, which introduces other things as often: only what is a date elsewhere is one here, and its clause must end.
    For,
    /// `on`.
    On,
    /// `by`, `due`: when the task is due.
    Due,
    /// `due:`, `until`, `starting`: nothing but a date or a time can follow.
    Key,
}

impl Hold {
    /// Whether words that need this are taken after `telling`; `is_edge` where their clause ends behind them.
    pub(super) const fn takes(self, telling: Telling, is_edge: bool) -> bool {
        let is_told = matches!(telling, Telling::On | Telling::Due);
        match (self, telling) {
            (Self::After, _) => false,
            (Self::Firm, Telling::For) => is_edge,
            (Self::Firm, _) | (_, Telling::Key) => true,
            (_, Telling::For) => false,
            (Self::Edge, _) => is_told || is_edge,
            (Self::Clause, _) => is_edge,
            (Self::Told, _) => is_told,
            (Self::Bare, Telling::Nothing) => is_edge,
            (Self::Spelled, Telling::Due) => true,
            (Self::Bare | Self::Spelled, _) => false,
        }
    }
}
