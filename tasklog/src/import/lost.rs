//! What a file of another program holds and a task has no place for, as it is reported.

use std::cmp::Reverse;

use formats::Reading;

/// Lines that are shown one by one; of more only the numbers are told.
const SHOWN_MAX: usize = 20;

/// The first things that were lost, each with its task; how many of each kind where there are more; and what was left out.
pub(super) fn lines(reading: &Reading) -> Vec<String> {
    let tasks = reading.tasks.iter();
    let mut lost = tasks.flat_map(|task| task.lost.iter().map(move |lost| format!("{}: {lost}", task.source)));
    let mut lines: Vec<String> = lost.by_ref().take(SHOWN_MAX).collect();
    let more = lost.count();
    if more > 0 {
        lines.push(format!("and {more} more that could not be carried; in all:"));
        lines.extend(kinds(reading));
    }
    lines.extend(reading.skipped.iter().take(SHOWN_MAX).map(|(what, count)| format!("left out: {what} ({count})")));
    lines
}

/// The most frequent kinds.
fn kinds(reading: &Reading) -> Vec<String> {
    let mut kinds: Vec<_> = reading.lost().into_iter().collect();
    kinds.sort_by_key(|(_, count)| Reverse(*count));
    let more = kinds.len().saturating_sub(SHOWN_MAX);
    kinds.truncate(SHOWN_MAX);
    let mut lines: Vec<String> =
        kinds.into_iter().map(|((field, why), count)| format!("  {field}: {why} ({count})")).collect();
    if more > 0 {
        lines.push(format!("  and {more} other kinds"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use formats::{Imported, Lost};
    use serde_json::Map;

    use super::*;

    /// A task that lost these fields.
    fn task(number: usize, fields: &[&str]) -> Imported {
        let lost = |field: &&str| Lost { field: (*field).to_owned(), value: "x".to_owned(), why: "why".to_owned() };
        Imported {
            source: format!("task {number}"),
            line: Map::new(),
            reminders: Vec::new(),
            lost: fields.iter().map(lost).collect(),
        }
    }

    #[test]
    fn given_little_that_was_lost_when_reported_then_each_with_its_task_and_what_was_left_out() {
        let skipped = [("VEVENT".to_owned(), 3)].into_iter().collect();
        let reading = Reading { tasks: vec![task(1, &["URL", "GEO"]), task(2, &[])], skipped };
        assert_eq!(lines(&reading), ["task 1: URL \"x\": why", "task 1: GEO \"x\": why", "left out: VEVENT (3)"]);
        assert_eq!(lines(&Reading::default()), Vec::<String>::new());
    }

    #[test]
    fn given_much_that_was_lost_when_reported_then_the_first_and_how_many_of_each_kind() {
        let tasks = (0..30).map(|number| task(number, if number < 25 { &["URL"] } else { &["GEO", "URL"] })).collect();
        let lines = lines(&Reading { tasks, ..Reading::default() });
        assert_eq!((lines.len(), lines[19].as_str()), (23, "task 19: URL \"x\": why"));
        assert_eq!(lines[20], "and 15 more that could not be carried; in all:");
        assert_eq!(lines[21..], ["  URL: why (30)", "  GEO: why (5)"]);
    }
}
