//! A tag is renamed over all tasks: each is changed once, and none is forgotten.

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

use crate::mortal::Fuse;
use crate::twin::Twin;
use crate::world::*;

/// The read side's twin, which reads on whenever it is asked.
#[derive(Clone)]
pub(crate) struct Listed {
    pub(crate) twin: Twin,
    /// Records it has read.
    pub(crate) read: Arc<AtomicUsize>,
    /// So many more each time.
    pub(crate) step: usize,
    /// It says when it has not read far enough.
    pub(crate) waits: bool,
    pub(crate) fuse: Fuse,
}

impl Listed {
    pub(crate) fn of(world: &World, step: usize) -> Self {
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

pub(crate) fn renames(world: &World, commands: Arc<dyn Commands>, listed: &Listed) -> TagRenames {
    TagRenames::new(commands, Arc::new(listed.clone()), world.pool.clone(), world.clock.clone())
}

/// One that lives.
pub(crate) fn alive(world: &World, step: usize) -> TagRenames {
    renames(world, Arc::new(world.twin.clone()), &Listed::of(world, step))
}

pub(crate) async fn ask(world: &World, from: &str, to: &str) -> Uuid {
    let names = TagRename::new(from, to).unwrap();
    let rename = Rename::new(Uuid::new_v4(), tenant::DEFAULT, names, world.clock.now());
    assert_eq!(tag_renames::ask(&world.pool, &rename).await.unwrap(), Asked::Accepted(rename.clone()));
    rename.id
}

pub(crate) async fn find(world: &World, id: Uuid) -> Rename {
    tag_renames::find(&world.pool, tenant::DEFAULT, id).await.unwrap().unwrap()
}

/// Takes step after step, each `pause` after the one before, until nothing is left to do.
pub(crate) async fn work_off(world: &World, renames: &TagRenames, pause: TimeDelta) -> Result<(), Failure> {
    while renames.earliest().await?.is_some() {
        renames.fire(world.clock.now()).await?;
        world.advance(pause);
    }
    Ok(())
}

pub(crate) const PAUSE: TimeDelta = TimeDelta::milliseconds(50);

/// Tags and version of each task, deleted ones too.
pub(crate) fn outcome(world: &World) -> Vec<(Vec<String>, u64)> {
    world.twin.all::<TaskAggregate>().into_values().map(|(aggregate, version)| (aggregate.task.tags, version)).collect()
}

/// Three tasks that carry the tag, one of them completed and one with the new name too; one that does not, and one that is deleted.
pub(crate) fn begin(world: &World) {
    world.create(1, json!({"title": "x", "tags": ["a", "old", "b"]}));
    world.create(2, json!({"title": "x", "tags": ["new", "a", "old"]}));
    world.create(3, json!({"title": "x", "tags": ["old"]}));
    world.complete(id(3));
    world.create(4, json!({"title": "x", "tags": ["Old"]}));
    world.create(5, json!({"title": "x", "tags": ["old"]}));
    world.delete(id(5));
}

pub(crate) fn renamed() -> Vec<(Vec<String>, u64)> {
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
