//! Positions in the log and the consistency token that a writer hands to a reader.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The most partitions that one token may name; a longer text is refused rather than parsed.
const TOKEN_MAX_PARTS: usize = 1024;

/// Where a record stands in the log: its own offset, not the one after it.
///
/// ```
/// use kafka_es::Position;
/// let position: Position = "task-events/5@1042".parse().unwrap();
/// assert_eq!((position.partition, position.offset), (5, 1042));
/// assert_eq!(position.to_string(), "task-events/5@1042");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Topic of the record.
    pub topic: String,
    /// Partition of the record.
    pub partition: i32,
    /// Offset of the record itself.
    pub offset: i64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}@{}", self.topic, self.partition, self.offset)
    }
}

/// Why a text is not a position or token.
///
/// ```
/// use kafka_es::{Position, TokenError};
///
/// assert_eq!("yesterday".parse::<Position>(), Err(TokenError("yesterday".to_owned())));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a consistency token, which reads like task-events/5@1042,reminders/2@17: {0:?}")]
pub struct TokenError(pub String);

impl FromStr for Position {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let refuse = || TokenError(text.chars().take(80).collect());
        let (topic, rest) = text.split_once('/').ok_or_else(refuse)?;
        let (partition, offset) = rest.split_once('@').ok_or_else(refuse)?;
        let topic_ok = (1..=249).contains(&topic.len())
            && topic.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !topic_ok || !digits(partition) || !digits(offset) {
            return Err(refuse());
        }
        Ok(Self {
            topic: topic.to_owned(),
            partition: partition.parse().map_err(|_| refuse())?,
            offset: offset.parse().map_err(|_| refuse())?,
        })
    }
}

/// A point in the log, one offset a partition: what a reader must have applied to see a writer's writes.
///
/// Tokens form a join-semilattice under [`merge`](Self::merge): commutative, associative, idempotent.
///
/// ```
/// use kafka_es::ConsistencyToken;
/// let mut token: ConsistencyToken = "task-events/5@1042".parse().unwrap();
/// token.merge(&"reminders/2@17,task-events/5@9".parse().unwrap());
/// assert_eq!(token.to_string(), "reminders/2@17,task-events/5@1042");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsistencyToken(BTreeMap<(String, i32), i64>);

impl ConsistencyToken {
    /// The token that names nothing; every reader satisfies it.
    ///
    /// ```
    /// let token = kafka_es::ConsistencyToken::new();
    /// assert!(token.is_empty() && token.satisfied_by(|_, _| None));
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// True when the token names no partition.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds one position; the later offset of a partition stays.
    ///
    /// ```
    /// # use kafka_es::{ConsistencyToken, Position};
    /// let mut token = ConsistencyToken::new();
    /// let at = |offset| Position { topic: "tasks".to_owned(), partition: 5, offset };
    /// token.insert(&at(1042));
    /// token.insert(&at(7));
    /// assert_eq!(token.get("tasks", 5), Some(1042));
    /// assert_eq!(token.iter().collect::<Vec<_>>(), [at(1042)]);
    /// ```
    pub fn insert(&mut self, position: &Position) {
        self.raise(position.topic.clone(), position.partition, position.offset);
    }

    /// Takes in all positions of another token.
    pub fn merge(&mut self, other: &Self) {
        for ((topic, partition), offset) in &other.0 {
            self.raise(topic.clone(), *partition, *offset);
        }
    }

    /// The offset named for a partition.
    pub fn get(&self, topic: &str, partition: i32) -> Option<i64> {
        self.0.get(&(topic.to_owned(), partition)).copied()
    }

    /// All named positions, ordered by topic and partition.
    pub fn iter(&self) -> impl Iterator<Item = Position> + '_ {
        self.0.iter().map(|((topic, partition), offset)| Position {
            topic: topic.clone(),
            partition: *partition,
            offset: *offset,
        })
    }

    /// The same, borrowed: topic, partition, offset.
    ///
    /// ```
    /// # use kafka_es::ConsistencyToken;
    /// let token: ConsistencyToken = "tasks/5@1042,reminders/2@17".parse()?;
    /// assert_eq!(token.parts().collect::<Vec<_>>(), [("reminders", 2, 17), ("tasks", 5, 1042)]);
    /// # Ok::<(), kafka_es::TokenError>(())
    /// ```
    pub fn parts(&self) -> impl Iterator<Item = (&str, i32, i64)> {
        self.0.iter().map(|((topic, partition), offset)| (topic.as_str(), *partition, *offset))
    }

    /// True when a reader that has applied everything up to and with `applied(topic, partition)` has seen all that the
    /// token names. `None` means that the reader has applied nothing of that partition.
    ///
    /// ```
    /// # use kafka_es::ConsistencyToken;
    /// let token: ConsistencyToken = "tasks/5@1042".parse()?;
    /// assert!(!token.satisfied_by(|_, _| Some(1041)));
    /// assert!(token.satisfied_by(|_, _| Some(1042)));
    /// # Ok::<(), kafka_es::TokenError>(())
    /// ```
    pub fn satisfied_by(&self, applied: impl Fn(&str, i32) -> Option<i64>) -> bool {
        self.0.iter().all(|((topic, partition), offset)| applied(topic, *partition).is_some_and(|at| at >= *offset))
    }

    fn raise(&mut self, topic: String, partition: i32, offset: i64) {
        let at = self.0.entry((topic, partition)).or_insert(offset);
        *at = (*at).max(offset);
    }
}

impl From<Position> for ConsistencyToken {
    fn from(position: Position) -> Self {
        Self(BTreeMap::from([((position.topic, position.partition), position.offset)]))
    }
}

impl FromIterator<Position> for ConsistencyToken {
    fn from_iter<I: IntoIterator<Item = Position>>(positions: I) -> Self {
        let mut token = Self::new();
        for position in positions {
            token.insert(&position);
        }
        token
    }
}

impl fmt::Display for ConsistencyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, ((topic, partition), offset)) in self.0.iter().enumerate() {
            let comma = if n == 0 { "" } else { "," };
            write!(f, "{comma}{topic}/{partition}@{offset}")?;
        }
        Ok(())
    }
}

impl FromStr for ConsistencyToken {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::new());
        }
        if text.split(',').count() > TOKEN_MAX_PARTS {
            return Err(TokenError("more partitions than a token may name".to_owned()));
        }
        text.split(',').map(|part| part.trim().parse::<Position>()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens() -> impl Strategy<Value = ConsistencyToken> {
        proptest::collection::vec(("[a-z][a-z.-]{0,8}", 0..4i32, 0..50i64), 0..6).prop_map(|parts| {
            parts.into_iter().map(|(topic, partition, offset)| Position { topic, partition, offset }).collect()
        })
    }

    fn merged(a: &ConsistencyToken, b: &ConsistencyToken) -> ConsistencyToken {
        let mut both = a.clone();
        both.merge(b);
        both
    }

    proptest! {
        #[test]
        fn given_any_tokens_when_merged_then_the_semilattice_laws_hold(a in tokens(), b in tokens(), c in tokens()) {
            prop_assert_eq!(merged(&a, &b), merged(&b, &a));
            prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
            prop_assert_eq!(merged(&a, &a), a);
        }

        #[test]
        fn given_any_token_when_printed_then_it_parses_to_itself(a in tokens()) {
            prop_assert_eq!(a.to_string().parse::<ConsistencyToken>().unwrap(), a);
        }

        #[test]
        fn given_any_text_when_parsed_then_nothing_panics(text in "\\PC{0,60}") {
            let _ = text.parse::<ConsistencyToken>();
        }
    }

    #[test]
    fn given_a_broken_text_when_parsed_then_it_is_refused() {
        for text in [
            "a",
            "a/1",
            "a/1@",
            "a/@1",
            "/1@1",
            "a/-1@1",
            "a/1@-1",
            "a/1@1,",
            "a b/1@1",
            "a/1@99999999999999999999",
            "a/+1@1",
        ] {
            assert!(text.parse::<ConsistencyToken>().is_err(), "{text}");
        }
    }

    #[test]
    fn given_a_reader_when_it_is_behind_one_partition_then_the_token_is_not_satisfied() {
        let token: ConsistencyToken = "a/0@5,b/1@2".parse().unwrap();
        assert!(token.satisfied_by(|topic, _| Some(if topic == "a" { 5 } else { 2 })));
        assert!(!token.satisfied_by(|topic, _| Some(if topic == "a" { 4 } else { 2 })));
        assert!(!token.satisfied_by(|topic, _| (topic == "a").then_some(9)));
    }
}
