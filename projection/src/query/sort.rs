//! The orders a list of tasks can have.

use std::fmt;
use std::str::FromStr;

/// What tasks are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SortKey {
    /// When the task was made.
    CreatedAt,
    /// When it last changed.
    UpdatedAt,
    /// When it is due; tasks without a due date come last in both directions.
    Due,
    /// Its priority, `none` lowest.
    Priority,
    /// Its title, case and accents folded ([`title_key`]).
    Title,
    /// How well it matches `q`. Best first is *descending* and what plain `relevance` means, see [`Sort::from_str`].
    Relevance,
}

impl SortKey {
    /// Every key, in the order the documentation lists them.
    pub const ALL: [Self; 6] =
        [Self::CreatedAt, Self::UpdatedAt, Self::Due, Self::Priority, Self::Title, Self::Relevance];

    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::Due => "due",
            Self::Priority => "priority",
            Self::Title => "title",
            Self::Relevance => "relevance",
        }
    }
}

/// A sort key and its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sort {
    /// What is compared.
    pub key: SortKey,
    /// Greatest first. For relevance: best first.
    pub descending: bool,
}

impl Sort {
    /// Newest first: the order of a list when the caller does not say.
    pub const NEWEST: Self = Self { key: SortKey::CreatedAt, descending: true };
    /// Best match first: the order of a search when the caller does not say.
    pub const BEST: Self = Self { key: SortKey::Relevance, descending: true };
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minus = self.descending && self.key != SortKey::Relevance;
        write!(f, "{}{}", if minus { "-" } else { "" }, self.key.as_str())
    }
}

impl FromStr for Sort {
    type Err = UnknownSort;

    /// Reads `due`, `-due` and so on. `relevance` and `-relevance` both mean best match first: nobody asks for the worst.
    fn from_str(text: &str) -> Result<Self, UnknownSort> {
        let (descending, name) = match text.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, text),
        };
        let key = SortKey::ALL.into_iter().find(|key| key.as_str() == name).ok_or(UnknownSort)?;
        Ok(Self { key, descending: descending || key == SortKey::Relevance })
    }
}

/// Not the name of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of created_at, updated_at, due, priority, title, relevance, with - before it for descending")]
pub struct UnknownSort;

/// Bytes of a folded title that take part in the order: an index entry in Postgres has a limit, and some characters fold to
/// many.
const TITLE_KEY_MAX_BYTES: usize = 1_024;

/// What titles are compared by, in every store: folded, compared byte by byte.
pub fn title_key(title: &str) -> String {
    let mut key = domain::text::fold(title);
    key.truncate(key.floor_char_boundary(TITLE_KEY_MAX_BYTES));
    key
}

/// What tasks beside one another are ordered by, compared byte by byte: after every rank where there is none.
pub fn rank_key(rank: Option<&str>) -> &str {
    rank.unwrap_or("~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_every_sort_when_printed_then_it_parses_back() {
        for key in SortKey::ALL {
            for descending in [true, false] {
                if key == SortKey::Relevance && !descending {
                    continue;
                }
                let sort = Sort { key, descending };
                assert_eq!(sort.to_string().parse(), Ok(sort));
            }
        }
    }

    #[test]
    fn given_an_unknown_name_when_parsed_then_it_is_refused() {
        for text in ["", "-", "--due", "Due", "due ", "id", "+due"] {
            assert_eq!(text.parse::<Sort>(), Err(UnknownSort), "{text:?}");
        }
    }

    #[test]
    fn given_no_rank_when_keyed_then_after_every_rank() {
        let last = "z".repeat(domain::limits::RANK_MAX_CHARS);
        assert!(rank_key(None) > rank_key(Some(&last)));
    }

    #[test]
    fn given_a_title_whose_characters_fold_to_many_when_keyed_then_the_key_fits_an_index() {
        let key = title_key(&"\u{fdfa}".repeat(500));
        assert!(key.len() <= TITLE_KEY_MAX_BYTES && key.len() > TITLE_KEY_MAX_BYTES - 4);
    }
}
