//! Whose change a change is: what a rename of a tag or a client with a command id of ours does to a subtask.

use domain::task::{NewTask, TagRename, TaskAggregate, TaskCommand, TaskPatch, TaskRejection};
use domain::tenant;
use kafka_es::Expected;
use process::commands::{Answer, Cause, Order};
use serde_json::json;
use uuid::Uuid;

use crate::faults::{Fault, commands};
use crate::mortal::Fuse;
use crate::subtasks::*;
use crate::world::*;

/// A command to the task `n` under this id, given by a manager or by a user.
fn give(
    world: &World,
    id: Uuid,
    (by, command_id): (&'static str, &str),
    command: TaskCommand,
) -> Answer<TaskAggregate, TaskRejection> {
    let order = Order {
        tenant: tenant::DEFAULT.to_owned(),
        id,
        command,
        command_id: command_id.to_owned(),
        expected: Expected::Any,
        cause: Cause::time(by),
    };
    world.twin.execute(order).unwrap()
}

/// Renames a tag of a task, where it is there and has the tag, as the manager of that does for one task after the other.
pub(crate) fn rename(world: &World, id: Uuid, from: &str, to: &str) {
    let at = world.twin.now();
    let command = TaskCommand::RenameTag { rename: TagRename::new(from, to).unwrap(), at };
    give(world, id, ("tag-renames", &format!("process/tag-renames/{from}/{at}")), command);
}

#[tokio::test]
async fn given_a_tag_that_is_renamed_while_a_task_is_completed_then_its_subtasks_are_open_again_with_it() {
    let world = tree().await;
    let daily = json!({"due_date": "2026-11-30", "recurrence_pattern": {"rrule": "FREQ=DAILY"}, "tags": ["old"]});
    world.update(id(3), daily);
    world.update(id(4), json!({"tags": ["old"]}));
    world.complete(id(1));
    settle(&world).await;
    for n in [3, 4] {
        rename(&world, id(n), "old", "newer");
        rename(&world, id(n), "newer", "new");
    }
    settle(&world).await;
    world.update(id(1), json!({"status": "pending"}));
    settle(&world).await;
    assert_eq!(statuses(&world, [1, 2, 3, 4]), [OPEN, OPEN, OPEN, OPEN]);
    let tasks = world.tasks();
    assert!(tasks[&id(3)].recurrence.is_some());
    assert_eq!([&tasks[&id(3)].tags, &tasks[&id(4)].tags], [&["new"], &["new"]]);
    // It repeats where it did.
    world.complete(id(3));
    settle(&world).await;
    let days: Vec<_> = below(&world, id(1)).iter().filter_map(|part| Some(part.due?.day().to_string())).collect();
    assert_eq!(days, ["2026-11-30", "2026-12-01"]);
}

#[tokio::test]
async fn given_a_client_that_completes_a_subtask_under_an_id_of_ours_then_it_stays_so_after_its_parent_and_by_the_id_alone_it_does_not()
 {
    for (fault, expected) in [(None, DONE), (Some(Fault::ActorsFollowFromIds), OPEN)] {
        let world = tree().await;
        let end = format!("process/subtasks/{}@2", tenant::stream_id(tenant::DEFAULT, id(1)));
        let patch = TaskPatch::from_json(json!({"status": "completed"}).as_object().unwrap()).unwrap();
        let answer = give(&world, id(3), ("user", &end), TaskCommand::Update { patch, at: world.twin.now() });
        assert!(matches!(answer, Answer::Done { has_event: true, .. }), "{answer:?}");
        settle(&world).await;
        world.complete(id(1));
        settle(&world).await;
        world.update(id(1), json!({"status": "pending"}));
        world.process(commands(&world.twin, fault), &Fuse::never()).await.unwrap();
        assert_eq!(statuses(&world, [1, 2, 3]), [OPEN, OPEN, expected]);
    }
}

#[tokio::test]
async fn given_a_client_that_creates_a_task_under_an_id_of_ours_then_it_gets_the_parts_of_no_other() {
    let world = tree().await;
    let new = NewTask::from_json(json!({"title": "mine"}).as_object().unwrap()).unwrap();
    let command = TaskCommand::Create { id: id(5), new, at: world.twin.now() };
    let answer = give(&world, id(5), ("user", &format!("process/subtasks/copy/{}", id(1))), command);
    assert!(matches!(answer, Answer::Done { has_event: true, .. }), "{answer:?}");
    settle(&world).await;
    assert_eq!(below(&world, id(5)), []);
}
