//! A tag is renamed over all tasks: each is changed once, whoever dies or works beside it, and none is forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::task::{TagRename, TaskAggregate, TaskCommand, TaskEvent};
use domain::{tenant, topics};
use kafka_es::{AdjacentlyTagged, EventCodec as _};
use process::commands::Commands;
use process::manager::{Failure, Timed as _};
use process::tag_renames::{self, Asked, Place, Rename, Status, TagRenames, TasksWithTag, Wanted};
use serde_json::json;
use sqlx::Executor as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use uuid::Uuid;

use crate::crashes::Forgetful;
use crate::mortal::{BlockedOn, Fuse, Mortal};
use crate::twin::Twin;
use crate::world::*;

/// The read side's twin, which reads on whenever it is asked.
#[derive(Clone)]
struct Listed {
    twin: Twin,
    /// Records it has read.
    read: Arc<AtomicUsize>,
    /// So many more each time.
    step: usize,
    /// It says when it has not read far enough.
    waits: bool,
    fuse: Fuse,
}

impl Listed {
    fn of(world: &World, step: usize) -> Self {
        Self { twin: world.twin.clone(), read: Arc::default(), step, waits: true, fuse: Fuse::never() }
    }

    /// What it has read, as tasks.
    fn tasks(&self, read: usize) -> BTreeMap<Uuid, TaskAggregate> {
        let mut tasks = BTreeMap::<Uuid, TaskAggregate>::new();
        for record in self.twin.records(topics::TASKS, 0).iter().take(read) {
            let envelope = &record.content.as_ref().unwrap()[0];
            let event: TaskEvent = AdjacentlyTagged::decode(&envelope.event_type, &envelope.data).unwrap();
            tasks.entry(envelope.subject.parse().unwrap()).or_default().follow(&event);
        }
        tasks
    }
}

#[async_trait]
impl TasksWithTag for Listed {
    async fn page(&self, wanted: &Wanted<'_>) -> Result<Option<Vec<Uuid>>, sqlx::Error> {
        self.fuse.step().await;
        let all = self.twin.records(topics::TASKS, 0).len();
        let read = (self.read.load(Ordering::Relaxed) + self.step).min(all);
        self.read.store(read, Ordering::Relaxed);
        if self.waits && i64::try_from(read).unwrap() < wanted.reflects[&0] {
            return Ok(None);
        }
        let carries = |task: &TaskAggregate| task.task.exists() && task.task.tags.iter().any(|tag| tag == wanted.tag);
        let tasks = self.tasks(read).into_iter().filter(|(id, task)| carries(task) && Some(*id) > wanted.after);
        let page = tasks.map(|(id, _)| id).take(wanted.most).collect();
        self.fuse.step().await;
        Ok(Some(page))
    }
}

/// A read side that cannot be asked the first time.
struct AwayOnce(Listed, AtomicBool);

#[async_trait]
impl TasksWithTag for AwayOnce {
    async fn page(&self, wanted: &Wanted<'_>) -> Result<Option<Vec<Uuid>>, sqlx::Error> {
        if self.1.swap(false, Ordering::Relaxed) {
            return Err(sqlx::Error::PoolTimedOut);
        }
        self.0.page(wanted).await
    }
}

fn renames(world: &World, commands: Arc<dyn Commands>, listed: &Listed) -> TagRenames {
    TagRenames::new(commands, Arc::new(listed.clone()), world.pool.clone(), world.clock.clone())
}

/// One that lives.
fn alive(world: &World, step: usize) -> TagRenames {
    renames(world, Arc::new(world.twin.clone()), &Listed::of(world, step))
}

async fn ask(world: &World, from: &str, to: &str) -> Uuid {
    let names = TagRename::new(from, to).unwrap();
    let rename = Rename::new(Uuid::new_v4(), tenant::DEFAULT, names, world.clock.now());
    assert_eq!(tag_renames::ask(&world.pool, &rename).await.unwrap(), Asked::Accepted(rename.clone()));
    rename.id
}

async fn find(world: &World, id: Uuid) -> Rename {
    tag_renames::find(&world.pool, tenant::DEFAULT, id).await.unwrap().unwrap()
}

/// Takes step after step, each `pause` after the one before, until nothing is left to do.
async fn work_off(world: &World, renames: &TagRenames, pause: TimeDelta) -> Result<(), Failure> {
    while renames.earliest().await?.is_some() {
        renames.fire(world.clock.now()).await?;
        world.advance(pause);
    }
    Ok(())
}

const PAUSE: TimeDelta = TimeDelta::milliseconds(50);
/// Longer than whoever took up a rename has it for himself.
const GIVEN_UP: TimeDelta = TimeDelta::minutes(1);

/// Tags and version of each task, deleted ones too.
fn outcome(world: &World) -> Vec<(Vec<String>, u64)> {
    world.twin.all::<TaskAggregate>().into_values().map(|(aggregate, version)| (aggregate.task.tags, version)).collect()
}

/// Three tasks that carry the tag, one of them completed and one with the new name too; one that does not, and one that is deleted.
fn begin(world: &World) {
    world.create(1, json!({"title": "x", "tags": ["a", "old", "b"]}));
    world.create(2, json!({"title": "x", "tags": ["new", "a", "old"]}));
    world.create(3, json!({"title": "x", "tags": ["old"]}));
    world.complete(id(3));
    world.create(4, json!({"title": "x", "tags": ["Old"]}));
    world.create(5, json!({"title": "x", "tags": ["old"]}));
    world.delete(id(5));
}

fn renamed() -> Vec<(Vec<String>, u64)> {
    let task = |tags: &[&str], version| (tags.iter().map(|tag| (*tag).to_owned()).collect(), version);
    vec![task(&["a", "new", "b"], 2), task(&["new", "a"], 2), task(&["new"], 3), task(&["Old"], 1), task(&["old"], 2)]
}

async fn noted(world: &World) -> i64 {
    let noted = sqlx::query_scalar("SELECT count(*) FROM tasklog_process.tag_rename_tasks");
    noted.fetch_one(&world.pool).await.unwrap()
}

#[tokio::test]
async fn given_tasks_with_a_tag_when_it_is_renamed_then_each_is_changed_once_and_no_other_is() {
    let world = World::new().await;
    begin(&world);
    let rename = ask(&world, "old", "new").await;
    work_off(&world, &alive(&world, 1), PAUSE).await.unwrap();
    assert_eq!(outcome(&world), renamed());
    let done = find(&world, rename).await;
    assert_eq!((done.status, done.changed), (Status::Done, 3));
    assert!(done.finished_at.is_some_and(|at| at > done.created_at), "{done:?}");
    assert_eq!(noted(&world).await, 0, "nothing is kept of its tasks");
    // Restored, the deleted one is as it was.
    world.restore(id(5));
    assert_eq!(world.tasks()[&id(5)].tags, ["old"]);
}

#[tokio::test]
async fn given_a_step_that_fails_when_it_is_tried_again_at_once_then_the_rename_goes_on() {
    let world = World::new().await;
    begin(&world);
    let rename = ask(&world, "old", "new").await;
    let away = Arc::new(AwayOnce(Listed::of(&world, 100), AtomicBool::new(true)));
    let renames = TagRenames::new(Arc::new(world.twin.clone()), away, world.pool.clone(), world.clock.clone());
    renames.fire(world.clock.now()).await.unwrap_err();
    assert_eq!(renames.earliest().await.unwrap(), Some(world.clock.now()));
    // Nobody waits for a lease: the clock stands still.
    work_off(&world, &renames, TimeDelta::zero()).await.unwrap();
    assert_eq!((outcome(&world), find(&world, rename).await.status), (renamed(), Status::Done));
}

#[tokio::test]
async fn given_a_server_whose_commits_do_not_wait_for_the_disk_when_a_rename_is_asked_for_then_that_commit_waits() {
    let world = World::new().await;
    let options = PgConnectOptions::clone(&world.pool.connect_options()).options([("synchronous_commit", "off")]);
    let pool = PgPoolOptions::new().connect_with(options).await.unwrap();
    let told = "
        CREATE TABLE told (setting text);
        CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO public.told VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
        CREATE TRIGGER tell AFTER INSERT ON tasklog_process.tag_renames EXECUTE FUNCTION tell();";
    pool.execute(told).await.unwrap();
    let by_hand = "
        INSERT INTO tasklog_process.tag_renames (id, tenant, from_tag, to_tag, status, created_at)
        VALUES (gen_random_uuid(), 'default', 'a', 'b', 'done', now())";
    pool.execute(by_hand).await.unwrap();
    let rename = Rename::new(id(7), tenant::DEFAULT, TagRename::new("old", "new").unwrap(), world.clock.now());
    assert_eq!(tag_renames::ask(&pool, &rename).await.unwrap(), Asked::Accepted(rename.clone()));
    let settings: Vec<String> = sqlx::query_scalar("SELECT setting FROM told").fetch_all(&pool).await.unwrap();
    assert_eq!(settings, ["off", "on"]);
    assert_eq!(tag_renames::find(&pool, tenant::DEFAULT, id(7)).await.unwrap(), Some(rename));
}

#[tokio::test]
async fn given_a_tag_that_nobody_has_when_it_is_renamed_then_it_is_done() {
    let world = World::new().await;
    begin(&world);
    let (before, rename) = (world.twin.len(), ask(&world, "nobody's", "new").await);
    work_off(&world, &alive(&world, 100), PAUSE).await.unwrap();
    let done = find(&world, rename).await;
    assert_eq!((done.status, done.changed, world.twin.len()), (Status::Done, 0, before));
}

#[tokio::test]
async fn given_an_undo_of_a_renamed_task_then_it_has_its_tags_again() {
    let world = World::new().await;
    begin(&world);
    ask(&world, "old", "new").await;
    work_off(&world, &alive(&world, 100), PAUSE).await.unwrap();
    world.twin.user::<TaskAggregate>(id(2), TaskCommand::Undo { at: world.clock.now() });
    assert_eq!(world.tasks()[&id(2)].tags, ["new", "a", "old"]);
}

#[tokio::test]
async fn given_the_same_request_twice_then_the_first_answer_comes_again_and_another_one_is_refused() {
    let world = World::new().await;
    begin(&world);
    let id = domain::task::tag_rename_id(tenant::DEFAULT, "k1");
    let asked = |to: &str| Rename::new(id, tenant::DEFAULT, TagRename::new("old", to).unwrap(), world.clock.now());
    let first = asked("new");
    tag_renames::ask(&world.pool, &first).await.unwrap();
    work_off(&world, &alive(&world, 100), PAUSE).await.unwrap();
    let events = world.twin.len();
    assert_eq!(tag_renames::ask(&world.pool, &asked("new")).await.unwrap(), Asked::Accepted(first));
    assert_eq!(tag_renames::ask(&world.pool, &asked("newer")).await.unwrap(), Asked::Other);
    work_off(&world, &alive(&world, 100), PAUSE).await.unwrap();
    assert_eq!((world.twin.len(), find(&world, id).await.changed), (events, 3));
}

/// Rows are written in one transaction between two of these steps: whoever dies in it has died at the step before or at the one after.
#[tokio::test]
async fn given_a_process_that_dies_after_any_one_step_then_the_next_one_goes_on_and_leaves_the_same() {
    let mut world = World::new().await;
    for life in 0.. {
        begin(&world);
        let rename = ask(&world, "old", "new").await;
        let fuse = Fuse::after(life);
        let listed = Listed { fuse: fuse.clone(), ..Listed::of(&world, 4) };
        let mortal = Arc::new(Mortal { inner: world.twin.clone(), fuse: fuse.clone() });
        let died = fuse.burns_at(work_off(&world, &renames(&world, mortal, &listed), PAUSE)).await.is_err();
        world.advance(GIVEN_UP);
        work_off(&world, &alive(&world, 4), PAUSE).await.unwrap();
        let done = find(&world, rename).await;
        assert_eq!(
            (outcome(&world), done.changed, done.status),
            (renamed(), 3, Status::Done),
            "died after {life} steps"
        );
        if !died {
            assert!(life > 8, "there is hardly a step to die at");
            break;
        }
        let forget = "TRUNCATE tasklog_process.tag_renames, tasklog_process.tag_rename_tasks";
        sqlx::query(forget).execute(&world.pool).await.unwrap();
        world = world.anew().await;
    }
}

#[tokio::test]
async fn given_two_that_work_on_the_same_rename_at_once_then_each_task_is_changed_and_counted_once() {
    const TASKS: u128 = 1_200;
    let world = World::new().await;
    for n in 1..=TASKS {
        world.create(n, json!({"title": "x", "tags": ["old"]}));
    }
    let rename = ask(&world, "old", "new").await;
    let (one, other) = (alive(&world, 1_000), alive(&world, 1_000));
    // Each step comes when the other one is given up for lost.
    let (one, other) = tokio::join!(work_off(&world, &one, GIVEN_UP), work_off(&world, &other, GIVEN_UP));
    one.unwrap();
    other.unwrap();
    assert!(outcome(&world).iter().all(|(tags, version)| *tags == ["new"] && *version == 2));
    let done = find(&world, rename).await;
    assert_eq!((done.status, u128::from(done.changed)), (Status::Done, TASKS));
}

/// A process dies when it has renamed the tag and not noted that down; then somebody takes that back, and then the next one goes on with
/// these commands.
async fn taken_back_before(world: &World, commands: Arc<dyn Commands>) -> Vec<String> {
    world.create(1, json!({"title": "x", "tags": ["old"]}));
    let rename = ask(world, "old", "new").await;
    let listed = Listed::of(world, 100);
    let fuse = Fuse::after(1);
    let mortal = Arc::new(Mortal { inner: world.twin.clone(), fuse: fuse.clone() });
    fuse.burns_at(work_off(world, &renames(world, mortal, &listed), PAUSE)).await.unwrap_err();
    assert_eq!(world.tasks()[&id(1)].tags, ["new"]);
    world.twin.user::<TaskAggregate>(id(1), TaskCommand::Undo { at: world.clock.now() });
    world.advance(GIVEN_UP);
    work_off(world, &renames(world, commands, &listed), PAUSE).await.unwrap();
    assert_eq!(find(world, rename).await.status, Status::Done);
    world.tasks()[&id(1)].tags.clone()
}

#[tokio::test]
async fn given_a_task_that_got_the_tag_back_when_the_next_process_goes_on_then_it_keeps_it() {
    let world = World::new().await;
    assert_eq!(taken_back_before(&world, Arc::new(world.twin.clone())).await, ["old"]);
    let world = World::new().await;
    let forgetful = Arc::new(Forgetful(world.twin.clone()));
    assert_eq!(taken_back_before(&world, forgetful).await, ["new"], "without ids that follow, it is taken away again");
}

#[tokio::test]
async fn given_a_read_side_that_is_behind_then_the_rename_waits_for_it() {
    for (waits, expected) in [(true, (["new"], 1)), (false, (["old"], 0))] {
        let world = World::new().await;
        for n in 1..=9 {
            world.create(n, json!({"title": "x", "tags": ["other"]}));
        }
        world.create(10, json!({"title": "x", "tags": ["old"]}));
        let rename = ask(&world, "old", "new").await;
        let listed = Listed { waits, ..Listed::of(&world, 1) };
        work_off(&world, &renames(&world, Arc::new(world.twin.clone()), &listed), PAUSE).await.unwrap();
        let done = find(&world, rename).await;
        assert_eq!(done.status, Status::Done);
        assert_eq!(
            (world.tasks()[&id(10)].tags.as_slice(), done.changed),
            (&expected.0.map(str::to_owned)[..], expected.1)
        );
    }
}

#[tokio::test]
async fn given_a_read_side_that_goes_on_showing_what_was_renamed_then_the_rename_ends_all_the_same() {
    // More than it looks for at a time.
    const TASKS: u128 = 10_001;
    let world = World::new().await;
    for n in 1..=TASKS {
        world.create(n, json!({"title": "x", "tags": ["old"]}));
    }
    let rename = ask(&world, "old", "new").await;
    let listed = Listed { waits: false, ..Listed::of(&world, 0) };
    listed.read.store(world.twin.len(), Ordering::Relaxed);
    work_off(&world, &renames(&world, Arc::new(world.twin.clone()), &listed), PAUSE).await.unwrap();
    let done = find(&world, rename).await;
    assert_eq!((done.status, u128::from(done.changed)), (Status::Done, TASKS));
}

#[tokio::test]
async fn given_a_task_whose_stream_is_blocked_then_the_others_are_renamed_and_the_rename_has_failed() {
    let world = World::new().await;
    begin(&world);
    let rename = ask(&world, "old", "new").await;
    let blocked = Arc::new(BlockedOn { inner: world.twin.clone(), task: id(1) });
    work_off(&world, &renames(&world, blocked, &Listed::of(&world, 100)), PAUSE).await.unwrap();
    let failed = find(&world, rename).await;
    assert_eq!((failed.status, failed.changed), (Status::Failed, 2));
    assert_eq!(world.tasks()[&id(1)].tags, ["a", "old", "b"]);
    // Somebody has seen to it.
    let again = ask(&world, "old", "new").await;
    work_off(&world, &alive(&world, 100), PAUSE).await.unwrap();
    assert_eq!((outcome(&world), find(&world, again).await.changed), (renamed(), 1));
}

#[tokio::test]
async fn given_renames_when_they_are_listed_then_newest_first_page_after_page() {
    let world = World::new().await;
    let mut asked = Vec::new();
    for n in 0..5 {
        asked.insert(0, ask(&world, "old", &format!("new-{n}")).await);
        // Two of them at the same time.
        world.advance(if n == 1 { TimeDelta::zero() } else { PAUSE });
    }
    let (mut listed, mut after) = (Vec::<Rename>::new(), None);
    loop {
        let page = tag_renames::page(&world.pool, tenant::DEFAULT, after, 2).await.unwrap();
        let Some(next) = page.last() else { break };
        after = Some(Place { created_at: next.created_at, id: next.id });
        listed.extend(page);
    }
    assert!(listed.is_sorted_by_key(|rename| std::cmp::Reverse((rename.created_at, rename.id))), "{listed:?}");
    let mut ids: Vec<Uuid> = listed.iter().map(|rename| rename.id).collect();
    ids.sort_unstable();
    asked.sort_unstable();
    assert_eq!(ids, asked);
}
