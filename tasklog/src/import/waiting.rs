//! Lines that were refused because the task below which they are to stand was not there: its own line may come later in the file, or in
//! a request that was on its way at the same time.

use super::batch::{Batch, Prepared};
use super::report::Report;
use super::send::Sender;
use super::{Answer, Refused, reminders};

/// A line, and what it was refused for.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) line: Prepared,
    pub(super) refused: Vec<Refused>,
}

/// Sends them again when all others are in, and those that are left again, as long as that brings some of them in. `at` is how far the
/// import is, see [`Answer::at`].
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
    while !waiting.is_empty() && waiting.len() < before {
        before = waiting.len();
        let mut answer = Answer { at, ..Answer::default() };
        for batch in batches(std::mem::take(&mut waiting)) {
            sender.send(batch, &mut answer).await?;
        }
        reminders::make(sender.api(), &mut answer).await?;
        waiting.append(&mut answer.waiting);
        report.add(answer);
    }
    let refused = waiting.into_iter().flat_map(|waiting| waiting.refused).collect();
    report.add(Answer { refused, at, ..Answer::default() });
    Ok(())
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
