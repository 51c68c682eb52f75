//! Lines that were refused because the task below which they are to stand was not there: its own line may come later in the file, or in
//! a request that was on its way at the same time. One that comes nowhere, as it was deleted, costs its parts their place and not more.

use std::collections::HashSet;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::batch::{Batch, Prepared};
use super::report::Report;
use super::send::Sender;
use super::{Answer, Refused, reminders};

/// The field that they are refused for.
pub(super) const PARENT: &str = "parent_id";

/// A line, and what it was refused for.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) line: Prepared,
    pub(super) refused: Vec<Refused>,
}

/// Sends them again when all others are in, and those that are left again, as long as that brings some of them in; then those that wait
/// for none of the others without their parent, and so on. `at` is how far the import is, see [`Answer::at`].
///
/// # Errors
/// As [`Sender::send`].
pub(super) async fn send_again(
    sender: &Sender<'_>,
    mut waiting: Vec<Waiting>,
    at: u64,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut before = usize::MAX;
    while !waiting.is_empty() {
        if waiting.len() == before {
            let Freed { waiting: left, lost, refused } = free(waiting);
            report.lose(lost);
            report.add(Answer { refused, at, ..Answer::default() });
            waiting = left;
        }
        before = waiting.len();
        let mut answer = Answer { at, ..Answer::default() };
        for batch in batches(std::mem::take(&mut waiting)) {
            sender.send(batch, &mut answer).await?;
        }
        reminders::make(sender.api(), &mut answer).await?;
        waiting.append(&mut answer.waiting);
        report.add(answer);
    }
    Ok(())
}

/// Lines of which none came in.
#[derive(Debug, Default)]
struct Freed {
    /// All that can be sent again, some of them without their parent now.
    waiting: Vec<Waiting>,
    /// What those were refused for.
    lost: Vec<Refused>,
    /// Of lines that have no parent to be sent without.
    refused: Vec<Refused>,
}

/// Takes the parent from the lines that wait for none of the others, as it will not come; from all where each waits for another.
fn free(waiting: Vec<Waiting>) -> Freed {
    let objects: Vec<_> = waiting.iter().map(|waiting| object(&waiting.line)).collect();
    let ids: HashSet<Uuid> = objects.iter().filter_map(|object| uuid(object, "id")).collect();
    let waits = |object: &Map<String, Value>| uuid(object, PARENT).is_some_and(|parent| ids.contains(&parent));
    let is_round = objects.iter().all(waits);
    let mut freed = Freed::default();
    for (Waiting { mut line, refused }, mut object) in waiting.into_iter().zip(objects) {
        if waits(&object) && !is_round {
            freed.waiting.push(Waiting { line, refused });
        } else if object.remove(PARENT).is_some() {
            line.text = format!("{}\n", Value::Object(object)).into_bytes();
            freed.lost.extend(refused);
            freed.waiting.push(Waiting { line, refused: Vec::new() });
        } else {
            freed.refused.extend(refused);
        }
    }
    freed
}

/// The line as JSON; empty where it is none, which is not sent in the first place.
fn object(line: &Prepared) -> Map<String, Value> {
    serde_json::from_slice(&line.text).unwrap_or_default()
}

fn uuid(object: &Map<String, Value>, name: &str) -> Option<Uuid> {
    object.get(name)?.as_str()?.parse().ok()
}

fn batches(waiting: Vec<Waiting>) -> Vec<Batch> {
    let mut batches = vec![Batch::default()];
    for Waiting { line, .. } in waiting {
        if batches.last().is_none_or(|batch| !batch.has_room_for(&line)) {
            batches.push(Batch::default());
        }
        if let Some(batch) = batches.last_mut() {
            batch.push(line);
        }
    }
    batches.retain(|batch| !batch.is_empty());
    batches
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Line `n` is that of task `n`.
    fn waiting(n: u64, parent: &Value) -> Waiting {
        let mut line = json!({"id": Uuid::from_u128(n.into()), "title": "x"});
        if !parent.is_null() {
            line[PARENT] = parent.clone();
        }
        let refused = vec![Refused { line: n, field: PARENT.to_owned(), why: "is not there".to_owned() }];
        let text = format!("{line}\n").into_bytes();
        Waiting { line: Prepared { number: n, text, ..Prepared::default() }, refused }
    }

    fn id(n: u128) -> Value {
        json!(Uuid::from_u128(n))
    }

    /// The numbers of the lines that have a parent still, of those that have lost it, and of those that are refused.
    fn freed(lines: &[(u64, Value)]) -> (Vec<u64>, Vec<u64>, Vec<u64>) {
        let freed = free(lines.iter().map(|(n, parent)| waiting(*n, parent)).collect());
        let with_parent = |waiting: &&Waiting| object(&waiting.line).contains_key(PARENT);
        let numbers = |refused: Vec<Refused>| refused.into_iter().map(|refused| refused.line).collect::<Vec<_>>();
        let kept = freed.waiting.iter().filter(with_parent).map(|waiting| waiting.line.number).collect();
        let lost = numbers(freed.lost);
        let sent: Vec<u64> = freed.waiting.iter().map(|waiting| waiting.line.number).collect();
        assert!(lost.iter().all(|line| sent.contains(line)), "{sent:?}");
        (kept, lost, numbers(freed.refused))
    }

    #[test]
    fn given_lines_below_a_task_that_comes_nowhere_when_freed_then_those_lose_their_parent_and_those_below_them_do_not()
    {
        assert_eq!(freed(&[(3, id(2)), (2, id(1)), (1, id(99))]), (vec![3, 2], vec![1], vec![]));
        assert_eq!(freed(&[(1, id(99)), (2, json!(7)), (3, id(98))]), (vec![], vec![1, 2, 3], vec![]));
    }

    #[test]
    fn given_lines_that_wait_for_each_other_when_freed_then_all_lose_their_parent() {
        assert_eq!(freed(&[(1, id(2)), (2, id(1)), (3, id(3))]), (vec![], vec![1, 2, 3], vec![]));
    }

    #[test]
    fn given_a_line_without_a_parent_when_freed_then_it_is_refused() {
        assert_eq!(freed(&[(1, Value::Null), (2, id(1))]), (vec![2], vec![], vec![1]));
    }

    #[test]
    fn given_a_line_that_lost_its_parent_then_all_else_of_it_is_sent() {
        let freed = free(vec![waiting(1, &id(99))]);
        let text = str::from_utf8(&freed.waiting[0].line.text).unwrap();
        assert!(text.ends_with('\n'));
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), json!({"id": id(1), "title": "x"}));
    }
}
