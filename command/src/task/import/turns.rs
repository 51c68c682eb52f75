//! The order in which tasks come in: one that is to stand below another of them comes after that.

use std::collections::HashMap;
use std::iter::successors;

use domain::limits::TASK_LEVELS_MAX;
use serde_json::{Map, Value};
use uuid::Uuid;

/// The field that says so.
pub(super) const PARENT: &str = "parent_id";

/// The items in the turns in which they are imported, each turn in their order. Tasks that name one another in a ring are in the last
/// turn, where they are refused.
pub(super) fn turns<T>(items: Vec<T>, object: impl Fn(&T) -> Option<&Map<String, Value>>) -> Vec<Vec<T>> {
    let named = |item: &T, name| object(item)?.get(name)?.as_str()?.parse::<Uuid>().ok();
    let parents: HashMap<Uuid, Option<Uuid>> =
        items.iter().filter_map(|item| Some((named(item, "id")?, named(item, PARENT)))).collect();
    let mut turns: Vec<Vec<T>> = (0..TASK_LEVELS_MAX).map(|_| Vec::new()).collect();
    for item in items {
        let above = |id: &Uuid| parents.get(id).copied().flatten();
        let above = successors(named(&item, PARENT), above).take(TASK_LEVELS_MAX - 1);
        // What is above the tasks of this request is there already.
        let turn = above.filter(|id| parents.contains_key(id)).count();
        turns[turn].push(item);
    }
    turns
}

/// Of all turns, taken as one list, the items from one place on, `most` of them; still in their turns.
pub(super) fn slice<T>(turns: Vec<Vec<T>>, skip: usize, most: usize) -> Vec<Vec<T>> {
    let mut before = 0;
    let mut sliced = Vec::with_capacity(turns.len());
    for turn in turns {
        let (first, len) = (skip.saturating_sub(before), turn.len());
        let end = skip.saturating_add(most).saturating_sub(before).min(len);
        sliced.push(turn.into_iter().take(end).skip(first).collect());
        before += len;
    }
    sliced
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn given_lines_in_any_order_then_a_task_comes_in_after_what_it_is_a_part_of() {
        let id = Uuid::from_u128;
        let lines = [(1, Some(2)), (2, Some(3)), (3, None), (4, Some(9)), (5, Some(6)), (6, Some(5))];
        let lines = lines.into_iter().enumerate().map(|(index, (own, parent))| {
            (index + 1, json!({"id": id(own), "parent_id": parent.map(id)}).as_object().cloned())
        });
        let broken = (7, None);
        let found: Vec<Vec<usize>> = turns(lines.chain([broken]).collect(), |(_, object)| object.as_ref())
            .iter()
            .map(|turn| turn.iter().map(|(number, _)| *number).collect())
            .collect();
        assert_eq!(found, [vec![3, 4, 7], vec![2], vec![1], vec![], vec![5, 6]]);
    }

    #[test]
    fn given_turns_when_taken_slice_by_slice_then_all_is_there_once_and_in_order() {
        let turns = || vec![vec![1, 2, 3], vec![4], vec![], vec![5, 6]];
        assert_eq!(slice(turns(), 2, 3), [vec![3], vec![4], vec![], vec![5]]);
        assert_eq!(slice(turns(), 0, 100), turns());
        assert_eq!(slice(turns(), 6, 3).concat(), [0_i32; 0]);
        let all: Vec<i32> = (0..6).flat_map(|skip| slice(turns(), skip, 1).concat()).collect();
        assert_eq!(all, [1, 2, 3, 4, 5, 6]);
    }
}
