//! Words with a sign before them: `!high`, `p1`, `#home`, `@waiting`, `+garden`.

use serde_json::Value;

use super::line::Line;
use crate::limits::TAG_MAX_CHARS;
use crate::read;
use crate::task::Priority;

/// Whether a word is a priority, in any letter case.
pub(super) fn is_priority(word: &str) -> bool {
    priority_of(&word.to_lowercase()).is_some()
}

fn priority_of(word: &str) -> Option<Priority> {
    Some(match word {
        "!urgent" | "p1" | "!!1" => Priority::Urgent,
        "!high" | "p2" | "!!2" => Priority::High,
        "!medium" | "p3" | "!!3" => Priority::Medium,
        "!low" => Priority::Low,
        "!none" | "p4" | "!!4" => Priority::None,
        _ => return None,
    })
}

/// The priority that stands at `at`, and the word behind it.
pub(super) fn priority(line: &Line<'_>, at: usize) -> Option<(Priority, usize)> {
    if !line.is(at, &["priority:", "pri:"]) {
        return priority_of(line.word(at)).map(|priority| (priority, at + 1));
    }
    let priority = match line.word(at + 1) {
        "h" => Priority::High,
        "m" => Priority::Medium,
        "l" => Priority::Low,
        word => word.parse().ok()?,
    };
    Some((priority, at + 2))
}

/// The tag that stands at `at`. It begins with a letter, so that `+49`, `#1` and `@7pm` are none.
pub(super) fn tag(line: &Line<'_>, at: usize) -> Option<(String, usize)> {
    let name = line.written(at).strip_prefix(['#', '@', '+'])?;
    let is_name = !line.word(at).is_empty() && name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let name = is_name.then(|| read::name(&Value::from(name), TAG_MAX_CHARS).ok()).flatten()?;
    Some((name, at + 1))
}
