//! What Postgres' notifications say has changed.

use std::collections::BTreeSet;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use uuid::Uuid;

use super::follow::Lost;
use crate::generations::Generation;
use crate::positions::notice::{Moved, Notice};
use crate::positions::{Change, Offsets};
use crate::projections::tasks::NAME;

/// Notifications whose rows are read together.
const TOGETHER: usize = 64;
/// The same: queries wait while rows are put in their places.
const STREAMS: usize = 500;

/// What comes next, and with it what has come by then.
pub(super) async fn hear(changes: &mut Receiver<Change>) -> Result<Vec<Notice>, Lost> {
    let mut heard = Vec::new();
    let mut next = match changes.recv().await {
        Ok(change) => change,
        Err(RecvError::Lagged(_) | RecvError::Closed) => return Err(Lost::Missed),
    };
    loop {
        match next {
            Change::Rows(notice) => heard.push(notice),
            Change::Anything => return Err(Lost::Missed),
        }
        if heard.len() >= TOGETHER || named(&heard) >= STREAMS {
            return Ok(heard);
        }
        next = match changes.try_recv() {
            Ok(change) => change,
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Ok(heard),
            Err(TryRecvError::Lagged(_)) => return Err(Lost::Missed),
        };
    }
}

/// How many streams they name.
fn named(heard: &[Notice]) -> usize {
    heard.iter().filter_map(|notice| notice.streams.as_ref()).map(Vec::len).sum()
}

/// The streams that have changed. `offsets` are then where the projection has come to.
pub(super) fn moved<'a>(
    generation: Generation,
    heard: &'a [Notice],
    offsets: &mut Offsets,
) -> Result<BTreeSet<(&'a str, Uuid)>, Lost> {
    let mut changed = BTreeSet::new();
    for notice in heard.iter().filter(|notice| notice.projection == NAME && notice.generation == generation.number) {
        if let Moved::To(topic, to) = &notice.moved {
            let is_at = |partition: i32| offsets.get(&(topic.clone(), partition)).copied();
            // One that was before what is known has been read with all the others.
            if !notice.from.iter().all(|(partition, from)| is_at(*partition).is_some_and(|at| at >= *from)) {
                return Err(Lost::Missed);
            }
            for (partition, to) in to {
                let at = offsets.entry((topic.clone(), *partition)).or_insert(*to);
                *at = (*at).max(*to);
            }
        }
        let streams = notice.streams.as_ref().ok_or(Lost::Much)?;
        changed.extend(streams.iter().filter_map(|stream| domain::tenant::parse_stream_id(stream)));
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVING: Generation = Generation { projection: NAME, number: 3 };

    fn at(offset: i64) -> Offsets {
        [(("task-events".to_owned(), 0), offset)].into()
    }

    /// A batch between two offsets that changed one task.
    fn batch(from: i64, to: i64, n: u128) -> Notice {
        let notice = Notice::of(NAME, SERVING.number, Moved::To("task-events".to_owned(), vec![(0, to)]));
        let streams = vec![domain::tenant::stream_id("acme", Uuid::from_u128(n))];
        Notice { from: vec![(0, from)], streams: Some(streams), ..notice }
    }

    #[test]
    fn given_every_notice_when_followed_then_the_offsets_are_those_of_the_last_and_all_streams_are_named() {
        let mut offsets = at(4);
        // The first was there already when all tasks were read.
        let heard = [batch(1, 3, 1), batch(3, 7, 2), batch(7, 8, 1)];
        let changed = moved(SERVING, &heard, &mut offsets).unwrap();
        assert_eq!(changed.iter().map(|(_, id)| id.as_u128()).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(offsets, at(8));
    }

    #[test]
    fn given_a_notice_that_is_missing_when_followed_then_nothing_is_taken_for_known() {
        let mut offsets = at(4);
        let heard = [batch(4, 5, 1), batch(7, 9, 2)];
        assert!(matches!(moved(SERVING, &heard, &mut offsets), Err(Lost::Missed)));
        // The other half of the pair: where a notice does not say where it begins, what came before it is taken for known.
        let careless = [Notice { from: Vec::new(), ..batch(7, 9, 2) }];
        let mut offsets = at(5);
        assert_eq!(moved(SERVING, &careless, &mut offsets).unwrap().len(), 1);
        assert_eq!(offsets, at(9), "and nobody has read what changed at 6 and 7");
    }

    #[test]
    fn given_a_notice_that_does_not_name_its_streams_when_followed_then_all_is_read_again() {
        let many = [Notice { streams: None, ..batch(4, 5, 1) }];
        assert!(matches!(moved(SERVING, &many, &mut at(4)), Err(Lost::Much)));
    }

    #[test]
    fn given_notices_of_other_generations_and_projections_when_followed_then_they_are_passed_over() {
        let other = Notice { generation: 2, ..batch(50, 60, 1) };
        let history = Notice { projection: "history".to_owned(), ..batch(50, 60, 1) };
        let (heard, mut offsets) = ([other, history], at(4));
        assert!(moved(SERVING, &heard, &mut offsets).unwrap().is_empty());
        assert_eq!(offsets, at(4));
    }
}
