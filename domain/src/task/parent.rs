//! Tasks that are parts of others. A task knows the one that it is a part of and nothing of what is above that, so that is said along
//! with the command, and judged here.

use uuid::Uuid;

use super::{Task, TaskEvent, TaskRejection};
use crate::Violations;
use crate::limits::TASK_LEVELS_MAX;

/// A task below which another is to stand, and what it is a part of itself. It is found by asking for one task after the other:
///
/// ```
/// # use domain::task::{Lineage, Task};
/// # use uuid::Uuid;
/// # fn load(_: Uuid) -> Option<Task> { None }
/// let mut lineage = Lineage::of(Uuid::from_u128(7));
/// while let Some(id) = lineage.wanted() {
///     lineage.learn(load(id).as_ref());
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    parent: Uuid,
    /// It is there, and not deleted.
    exists: bool,
    /// What it is a part of, the nearest first.
    above: Vec<Uuid>,
    wanted: Option<Uuid>,
}

impl Lineage {
    /// Of a task that nothing is known of yet.
    #[must_use]
    pub const fn of(parent: Uuid) -> Self {
        Self { parent, exists: false, above: Vec::new(), wanted: Some(parent) }
    }

    /// The task to look at next; `None` when enough is known. Wherever links lead, that is so after [`TASK_LEVELS_MAX`] tasks.
    #[must_use]
    pub const fn wanted(&self) -> Option<Uuid> {
        self.wanted
    }

    /// Takes in that task as it is, deleted or not; `None` where there never was one.
    pub fn learn(&mut self, task: Option<&Task>) {
        if self.wanted == Some(self.parent) && self.above.is_empty() {
            self.exists = task.is_some_and(Task::exists);
        }
        self.wanted = task.and_then(|task| task.parent_id).filter(|_| self.level() < TASK_LEVELS_MAX);
        // Deleted ones count: they may come back where they were.
        self.above.extend(self.wanted);
    }

    /// The level that the parent stands on, from 1 at the top; the levels that there may be, where it stands on a lower one still.
    fn level(&self) -> usize {
        self.above.len() + 1
    }
}

/// The task that the event is of.
pub(super) const fn of(event: &TaskEvent, task: &Task) -> Uuid {
    match event {
        TaskEvent::Created(created) => created.id,
        _ => task.id,
    }
}

/// Whether `task` may stand below `parent`.
pub(super) fn judge(task: Uuid, parent: Uuid, lineage: Option<&Lineage>) -> Result<(), TaskRejection> {
    let wrong = |detail: String| Err(TaskRejection::Invalid(Violations::one("parent_id", detail)));
    if parent == task {
        return wrong("must be another task: none is a part of itself".to_owned());
    }
    let known = lineage.filter(|lineage| lineage.parent == parent && lineage.wanted.is_none());
    let lineage = known.ok_or(TaskRejection::LineageNeeded { parent })?;
    if lineage.above.contains(&task) {
        return wrong("is a part of this task itself; move it elsewhere first".to_owned());
    }
    if !lineage.exists {
        return wrong("must be a task that is there and not deleted, or null".to_owned());
    }
    if lineage.level() >= TASK_LEVELS_MAX {
        return wrong(format!(
            "stands on level {TASK_LEVELS_MAX} or below; tasks stand on at most {TASK_LEVELS_MAX} levels, the top one counted"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::super::given::*;
    use super::super::{NewTask, TaskAggregate, TaskCommand, TaskPatch, decide};
    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    /// A chain of tasks, each a part of the one after it.
    fn chain(ids: &[u128]) -> Lineage {
        let mut lineage = Lineage::of(id(ids[0]));
        while let Some(wanted) = lineage.wanted() {
            let place = ids.iter().position(|n| id(*n) == wanted).unwrap();
            lineage.learn(Some(&Task {
                id: wanted,
                version: 1,
                parent_id: ids.get(place + 1).map(|n| id(*n)),
                ..Task::default()
            }));
        }
        lineage
    }

    fn single() -> [TaskEvent; 1] {
        [created(json!({"title":"x"}))]
    }

    fn moved() -> TaskCommand {
        update(json!({"parent_id": id(1), "rank": "a0"}))
    }

    #[test]
    fn given_a_task_when_moved_below_another_then_the_event_says_so_and_null_takes_it_to_the_top() {
        let below = given(single()).when(moved().below(chain(&[1])));
        below.then(&json!({
            "type": "tasklog.task.updated.v1",
            "data": {"changes": {"parent_id": id(1), "rank": "a0"}, "updated_at": "2026-11-23T12:00:00Z"},
        }));
        below.again(update(json!({"parent_id": null}))).then(&json!({
            "type": "tasklog.task.updated.v1",
            "data": {"changes": {"parent_id": null}, "updated_at": "2026-11-23T12:00:00Z"},
        }));
    }

    #[test]
    fn given_a_parent_of_which_nothing_is_said_then_it_is_asked_for_with_whatever_command() {
        let needed = TaskRejection::LineageNeeded { parent: id(1) };
        given([]).when(create(json!({"title":"x","parent_id":id(1)}))).then_rejected(&needed);
        given(single()).when(moved()).then_rejected(&needed);
        given(single()).when(moved().below(chain(&[2, 1]))).then_rejected(&needed);
        given(single()).when(moved().below(Lineage::of(id(1)))).then_rejected(&needed);
        let away = given(single()).and(moved().below(chain(&[1]))).and(update(json!({"parent_id":null})));
        away.when(undo()).then_rejected(&needed);
    }

    #[test]
    fn given_a_change_that_leaves_a_task_where_it_is_then_its_parent_is_not_asked_for() {
        let below = || given(single()).and(moved().below(chain(&[1])));
        below().when(update(json!({"parent_id":id(1)}))).then_nothing();
        assert_eq!(below().when(update(json!({"title":"y","parent_id":id(1)}))).state().title, "y");
        below().and(delete()).when(restore()).state();
    }

    #[test]
    fn given_a_parent_that_is_not_there_or_deleted_then_refused() {
        let mut none = Lineage::of(id(1));
        none.learn(None);
        let mut gone = Lineage::of(id(1));
        gone.learn(Some(&Task { version: 2, deleted_at: Some(now()), ..Task::default() }));
        for lineage in [none, gone] {
            given(single()).when(moved().below(lineage.clone())).then_invalid(&["parent_id"]);
            let new = create(json!({"title":"x","parent_id":id(1)}));
            given([]).when(new.below(lineage)).then_invalid(&["parent_id"]);
        }
    }

    #[test]
    fn given_the_task_itself_or_one_of_its_parts_as_its_parent_then_refused() {
        given(single()).when(update(json!({"parent_id":TASK}))).then_invalid(&["parent_id"]);
        given(single()).when(moved().below(chain(&[1, 2, TASK.as_u128()]))).then_invalid(&["parent_id"]);
    }

    #[test]
    fn given_the_last_level_then_nothing_stands_below_it_and_the_error_says_the_limit() {
        given(single()).when(moved().below(chain(&[1, 2, 3, 4]))).state();
        let deep = given(single()).when(moved().below(chain(&[1, 2, 3, 4, 5])));
        let Err(TaskRejection::Invalid(violations)) = &deep.outcome else { panic!("{:?}", deep.outcome) };
        assert!(violations.to_string().contains("at most 5 levels"), "{violations}");
        given(single()).when(moved().below(chain(&[1, 2, 3, 4, 5, 6, 7]))).then_invalid(&["parent_id"]);
    }

    #[test]
    fn given_links_that_run_in_a_ring_then_looking_up_ends() {
        let mut lineage = Lineage::of(id(1));
        let mut looks = 0;
        while let Some(wanted) = lineage.wanted() {
            looks += 1;
            lineage.learn(Some(&Task { parent_id: Some(id(3 - wanted.as_u128())), version: 1, ..Task::default() }));
        }
        assert_eq!(looks, TASK_LEVELS_MAX);
        given(single()).when(moved().below(lineage)).then_invalid(&["parent_id"]);
    }

    #[test]
    fn given_a_command_that_came_through_then_its_repetition_is_for_the_stream_to_know() {
        // The parent may be gone by now: what is above it changes nothing for a task that is there.
        let below = given(single()).and(moved().below(chain(&[1])));
        let mut gone = Lineage::of(id(1));
        gone.learn(None);
        below.when(moved().below(gone)).then_nothing();
    }

    /// Tasks by number; commands on them are given the truth about what is above.
    struct Forest(BTreeMap<u128, TaskAggregate>);

    impl Forest {
        fn lineage(&self, parent: Uuid) -> Lineage {
            let mut lineage = Lineage::of(parent);
            while let Some(wanted) = lineage.wanted() {
                lineage.learn(self.0.get(&wanted.as_u128()).map(|known| &known.task));
            }
            lineage
        }

        /// Whether it went through.
        fn give(&mut self, n: u128, command: TaskCommand) -> bool {
            let before = self.0.get(&n).cloned().unwrap_or_default();
            let decision = match decide(&before, &command) {
                Err(TaskRejection::LineageNeeded { parent }) => decide(&before, &command.below(self.lineage(parent))),
                decision => decision,
            };
            let Ok(Some(event)) = decision else { return false };
            self.0.entry(n).or_default().follow(&event);
            true
        }

        /// The tasks from this one up; more than there are where they run in a ring.
        fn up(&self, n: u128) -> usize {
            let parent = |n: &u128| self.0[n].task.parent_id.map(|parent| parent.as_u128());
            std::iter::successors(Some(n), parent).take(self.0.len() + 1).count()
        }
    }

    #[derive(Debug, Clone)]
    enum Move {
        Below(u128, Option<u128>),
        Undo(u128),
        Delete(u128),
        Restore(u128),
    }

    fn moves() -> impl Strategy<Value = Move> {
        let task = 1..9_u128;
        prop_oneof![
            6 => (task.clone(), proptest::option::weighted(0.8, task.clone())).prop_map(|(n, to)| Move::Below(n, to)),
            3 => task.clone().prop_map(Move::Undo),
            1 => task.clone().prop_map(Move::Delete),
            2 => task.prop_map(Move::Restore),
        ]
    }

    proptest! {
        #[test]
        fn given_any_moves_one_after_the_other_then_tasks_never_run_in_a_ring(moves in proptest::collection::vec(moves(), 1..60)) {
            let mut forest = Forest(BTreeMap::new());
            for n in 1..9 {
                let new = NewTask::from_json(json!({"title":"x"}).as_object().unwrap()).unwrap();
                forest.give(n, TaskCommand::Create { id: id(n), new, at: now() });
            }
            for step in moves {
                let (n, command) = match step {
                    Move::Below(n, to) => {
                        let body = json!({"parent_id": to.map(id)});
                        (n, TaskCommand::Update { patch: TaskPatch::from_json(body.as_object().unwrap()).unwrap(), at: now() })
                    }
                    Move::Undo(n) => (n, TaskCommand::Undo { at: now() }),
                    Move::Delete(n) => (n, TaskCommand::Delete { at: now() }),
                    Move::Restore(n) => (n, TaskCommand::Restore { at: now() }),
                };
                forest.give(n, command);
                for n in 1..9 {
                    prop_assert!(forest.up(n) <= forest.0.len(), "a ring at {}", n);
                }
            }
        }
    }
}
