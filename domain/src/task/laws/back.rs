//! The ways back: an undo, and a task taken together from its changes.

use super::*;

/// What people see of a task, whatever its version: nothing before it is created and while it is deleted.
fn shown(task: &Task) -> Option<TaskView> {
    let view = TaskView::of(task);
    task.exists().then_some(TaskView { version: 0, updated_at: DateTime::UNIX_EPOCH, ..view })
}

proptest! {
    #[test]
    fn given_any_commands_when_undone_then_as_before_the_last_change_and_when_undone_again_as_after_it(
        commands in histories(25), late in 0..86_400_i64
    ) {
        let (mut aggregate, mut before) = (TaskAggregate::default(), None);
        for command in &commands {
            let shown = (shown(&aggregate.task), aggregate.following.clone());
            if step(&mut aggregate, command).is_some() {
                before = Some(shown);
            }
        }
        let Some(before) = before else { return Ok(()) };
        let after = (shown(&aggregate.task), aggregate.following.clone());
        let undo = TaskCommand::Undo { at: aggregate.task.updated_at + TimeDelta::seconds(late) };
        for expected in [&before, &after, &before] {
            prop_assert!(step(&mut aggregate, &undo).is_some());
            prop_assert_eq!(&(shown(&aggregate.task), aggregate.following.clone()), expected);
        }
    }

    #[test]
    fn given_any_commands_when_their_changes_are_taken_together_then_the_task_at_each_version(commands in histories(15)) {
        let (mut aggregate, mut changes) = (TaskAggregate::default(), Vec::new());
        for command in &commands {
            let before = aggregate.task.clone();
            if step(&mut aggregate, command).is_none() {
                continue;
            }
            let task = aggregate.task.clone();
            changes.push(changes_between(&before, &task));
            let Task { id, version, created_at, updated_at, deleted_at, .. } = task;
            let known = Task { id, version, created_at, updated_at, deleted_at, ..Task::default() };
            prop_assert_eq!(task_after(known, &changes).unwrap(), task);
        }
    }
}
