//! What people ask for: words of titles, tags and days of the tasks that are there.

use anyhow::ensure;
use chrono::{Days, NaiveDate};

use crate::http::twin::Task;

/// What queries are made of.
pub struct Vocabulary {
    /// The words of each title that somebody would search for.
    pub titles: Vec<Vec<String>>,
    /// Two words that stand side by side in a title.
    pub pairs: Vec<[String; 2]>,
    /// Tags that stand in a URL as they are.
    pub tags: Vec<String>,
    /// Days on which something is due.
    pub due: Vec<NaiveDate>,
}

impl Vocabulary {
    /// Of these tasks.
    ///
    /// # Errors
    /// When they are too few: none has a due date, a tag or a word to search for.
    pub fn of<'a>(tasks: impl IntoIterator<Item = &'a Task>) -> anyhow::Result<Self> {
        let (titles, pairs, tags, due) = Default::default();
        let mut vocabulary = Self { titles, pairs, tags, due };
        for task in tasks {
            let words = words(&task.title);
            if !words.is_empty() {
                vocabulary.titles.push(words);
            }
            vocabulary.pairs.extend(pair(&task.title));
            vocabulary.tags.extend(task.tags.iter().filter(|tag| is_plain(tag)).cloned());
            vocabulary.due.extend(task.due().day);
        }
        ensure!(!vocabulary.titles.is_empty(), "no title has a word to search for");
        ensure!(!vocabulary.tags.is_empty() && !vocabulary.due.is_empty(), "no task has a tag, or none a due date");
        Ok(vocabulary)
    }
}

/// So many days after it.
pub fn later(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}

/// Whether it stands in a URL as it is.
fn is_plain(tag: &str) -> bool {
    tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The first two words side by side that are nothing but letters.
fn pair(title: &str) -> Option<[String; 2]> {
    let words: Vec<&str> = title.split_whitespace().collect();
    let plain = |word: &str| word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let pair = words.windows(2).find(|pair| pair.iter().all(|word| plain(word)))?;
    Some([pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase()])
}

/// Words of four letters and more that Postgres' English dictionary does not take for one: the twin would find nothing.
const STOP_WORDS: &[&str] = &[
    "about",
    "above",
    "after",
    "again",
    "against",
    "because",
    "been",
    "before",
    "being",
    "below",
    "between",
    "both",
    "does",
    "doing",
    "down",
    "during",
    "each",
    "from",
    "further",
    "have",
    "having",
    "here",
    "hers",
    "herself",
    "himself",
    "into",
    "itself",
    "just",
    "more",
    "most",
    "myself",
    "once",
    "only",
    "other",
    "ours",
    "ourselves",
    "over",
    "same",
    "should",
    "some",
    "such",
    "than",
    "that",
    "their",
    "theirs",
    "them",
    "themselves",
    "then",
    "there",
    "these",
    "they",
    "this",
    "those",
    "through",
    "under",
    "until",
    "very",
    "were",
    "what",
    "when",
    "where",
    "which",
    "while",
    "whom",
    "will",
    "with",
    "your",
    "yours",
    "yourself",
    "yourselves",
    "cannot",
    "ought",
];

fn words(title: &str) -> Vec<String> {
    title
        .split_whitespace()
        .filter(|word| word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_alphabetic()))
        .map(str::to_ascii_lowercase)
        .filter(|word| !STOP_WORDS.contains(&word.as_str()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_title_when_searched_for_then_by_its_words_that_mean_something() {
        assert_eq!(words("Fix the Login page, with tests from #12"), ["login", "tests"]);
    }

    #[test]
    fn given_a_title_when_a_phrase_is_taken_then_its_words_stand_side_by_side() {
        assert_eq!(pair("#12: fix, the Login page"), Some(["the".to_owned(), "login".to_owned()]));
        assert_eq!(pair("Login"), None);
        assert_eq!(pair("a b2 login"), None);
    }
}
