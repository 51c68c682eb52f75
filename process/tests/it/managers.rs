//! What protects the managers' rows and commands, switched on and off.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::reminder::{Reminder, ReminderCommand, Snooze};
use domain::topics;
use kafka_es::LogRecord;
use process::commands::Commands;
use process::manager::{Failure, Lane, ProcessManager, fire_all};
use process::recurrence::Recurrence;
use process::reminders::Reminders;
use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Executor as _, PgConnection};
use tokio::sync::Semaphore;

use crate::faults::{Broken, Fault};
use crate::mortal::{BlockedOn, Fuse};
use crate::world::*;

pub(crate) fn reminders(world: &World, commands: Arc<dyn Commands>) -> Arc<Reminders> {
    Arc::new(Reminders::new(commands, world.pool.clone(), world.clock.clone()))
}

pub(crate) fn partitions(topics: &[&str]) -> Vec<(String, i32)> {
    topics.iter().map(|topic| ((*topic).to_owned(), 0)).collect()
}

/// Reminders of one task, from 101 on, that ring eight hours from the beginning.
pub(crate) async fn with_reminders(many: u128) -> World {
    let world = World::new().await;
    world.create(1, json!({"title": "x"}));
    for n in 0..many {
        world.remind(101 + n, id(1), json!({"remind_at": "2026-11-30T16:00:00", "time_zone": "UTC"}));
    }
    world.settle().await;
    world
}

pub(crate) fn put_off(world: &World, n: u128) {
    let snooze = Snooze::from_json(json!({"for": "PT1H"}).as_object().unwrap()).unwrap();
    world.twin.user::<Reminder>(id(n), ReminderCommand::Snooze { snooze, at: world.twin.now() });
}

#[tokio::test]
async fn given_an_occurrence_that_was_made_and_not_noted_then_a_clock_that_waits_for_the_log_makes_it_once_and_another_twice()
 {
    for waits in [true, false] {
        let world = World::new().await;
        let pattern = json!({"rrule": "FREQ=DAILY", "generate": "when_due", "missed": "collapse"});
        world.create(1, json!({"title": "x", "due_date": "2026-12-01", "recurrence_pattern": pattern}));
        world.settle().await;
        world.advance(TimeDelta::hours(20));
        world.tick_recurrence().await;
        assert_eq!(world.open_days(), ["2026-12-01", "2026-12-02"]);
        // Its rows are thrown away, and of the log nobody has read more than how the series began.
        world.forget().await;
        let manager = Arc::new(Recurrence::new(Arc::new(world.twin.clone()), world.pool.clone(), world.clock.clone()));
        let mut lane = Lane::open(manager, world.pool.clone(), &partitions(&[topics::TASKS])).await.unwrap();
        lane.apply(&world.twin.records(topics::TASKS, 0)[..1]).await.unwrap();
        // Days later, a clock looks.
        world.advance(TimeDelta::days(3));
        let hasty = Broken { inner: world.twin.clone(), fault: Fault::LogEndsEarly };
        let commands: Arc<dyn Commands> = if waits { Arc::new(world.twin.clone()) } else { Arc::new(hasty) };
        let clock = Recurrence::new(commands, world.pool.clone(), world.clock.clone());
        fire_all(&clock, &world.clock).await.unwrap();
        world.settle().await;
        let days = world.open_days();
        if waits {
            // Each follows the one before.
            assert_eq!(days, ["2026-12-01", "2026-12-02", "2026-12-04", "2026-12-05"]);
        } else {
            // What follows the first task was made twice, and so there are two that lead on.
            assert!(days.len() > 4, "there are no doubles, this test proves nothing: {days:?}");
        }
    }
}

/// A manager whose rows wait before they are written.
struct Slow {
    inner: Arc<Reminders>,
    handled: Semaphore,
    may_write: Semaphore,
}

#[async_trait]
impl ProcessManager for Slow {
    type Changes = <Reminders as ProcessManager>::Changes;

    fn name(&self) -> &'static str {
        ProcessManager::name(&*self.inner)
    }

    fn topics(&self) -> &'static [&'static str] {
        self.inner.topics()
    }

    async fn handle(&self, records: &[LogRecord]) -> Result<Self::Changes, Failure> {
        let changes = self.inner.handle(records).await?;
        self.handled.add_permits(1);
        self.may_write.acquire().await.unwrap().forget();
        Ok(changes)
    }

    fn has_rows(&self, changes: &Self::Changes) -> bool {
        self.inner.has_rows(changes)
    }

    async fn write(&self, connection: &mut PgConnection, changes: &Self::Changes) -> Result<(), sqlx::Error> {
        self.inner.write(connection, changes).await
    }

    fn committed(&self, changes: &Self::Changes) {
        self.inner.committed(changes);
    }
}

#[tokio::test]
async fn given_two_that_read_the_same_records_then_one_is_fenced_and_without_the_comparison_rows_go_back() {
    for compared in [true, false] {
        let world = World::new().await;
        world.create(1, json!({"title": "x"}));
        world.remind(101, id(1), json!({"remind_at": "2026-11-30T16:00:00", "time_zone": "UTC"}));
        put_off(&world, 101);
        let records = world.twin.records(topics::REMINDERS, 0);
        let manager = reminders(&world, Arc::new(world.twin.clone()));
        let here = partitions(&[topics::REMINDERS]);
        let inner = manager.clone();
        let slow = Arc::new(Slow { inner, handled: Semaphore::new(0), may_write: Semaphore::new(0) });
        let mut late = Lane::open(slow.clone(), world.pool.clone(), &here).await.unwrap();
        let first = records[..1].to_vec();
        let late = tokio::spawn(async move { late.apply(&first).await });
        slow.handled.acquire().await.unwrap().forget();
        let mut other = Lane::open(manager, world.pool.clone(), &here).await.unwrap();
        other.apply(&records).await.unwrap();
        if !compared {
            // The position is what whoever is late takes it for.
            let back = "UPDATE tasklog_process.positions SET position = -1 WHERE topic = $1";
            sqlx::query(back).bind(topics::REMINDERS).execute(&world.pool).await.unwrap();
        }
        slow.may_write.add_permits(1);
        let done = late.await.unwrap();
        let version: i64 =
            sqlx::query_scalar("SELECT version FROM tasklog_process.reminders").fetch_one(&world.pool).await.unwrap();
        if compared {
            assert!(matches!(done, Err(Failure::Fenced)), "{done:?}");
            assert_eq!(version, 2);
        } else {
            done.unwrap();
            assert_eq!(version, 1, "the row did not go back: this test proves nothing");
        }
    }
}

#[tokio::test]
async fn given_a_reminder_that_rang_and_was_put_off_then_it_rings_again_and_without_the_version_in_the_commands_id_it_does_not()
 {
    for versioned in [true, false] {
        let world = with_reminders(1).await;
        let unversioned = Broken { inner: world.twin.clone(), fault: Fault::RingsHaveNoVersion };
        let commands: Arc<dyn Commands> = if versioned { Arc::new(world.twin.clone()) } else { Arc::new(unversioned) };
        world.advance(TimeDelta::hours(8));
        world.process(commands.clone(), &Fuse::never()).await.unwrap();
        put_off(&world, 101);
        world.process(commands.clone(), &Fuse::never()).await.unwrap();
        world.advance(TimeDelta::hours(1));
        world.process(commands, &Fuse::never()).await.unwrap();
        assert_eq!(world.rings(101).len(), if versioned { 2 } else { 1 });
    }
}

#[tokio::test]
async fn given_a_stream_that_is_blocked_then_the_others_go_on_and_where_it_counts_as_any_failure_none_does() {
    for alone in [true, false] {
        let world = with_reminders(1).await;
        world.create(2, json!({"title": "y"}));
        world.remind(201, id(2), json!({"remind_at": "2026-11-30T16:00:00", "time_zone": "UTC"}));
        world.remind(202, id(1), json!({"remind_at": "2026-11-30T16:00:00", "time_zone": "UTC"}));
        let blocked = BlockedOn { inner: world.twin.clone(), task: id(2) };
        let any = |inner| Broken { inner, fault: Fault::BlockedIsAnyFailure };
        let commands: Arc<dyn Commands> = if alone { Arc::new(blocked) } else { Arc::new(any(blocked)) };
        let manager = reminders(&world, commands);
        let mut lane = Lane::open(manager.clone(), world.pool.clone(), &partitions(manager.topics())).await.unwrap();
        let next = lane.next().find(|next| next.topic == topics::REMINDERS).unwrap();
        let batch = world.twin.records(topics::REMINDERS, next.offset);
        for _ in 0..3 {
            assert_eq!(lane.apply(&batch).await.is_ok(), alone);
            if alone {
                break;
            }
        }
        world.advance(TimeDelta::hours(8));
        for _ in 0..3 {
            fire_all(&*manager, &world.clock).await.ok();
        }
        let left: i64 =
            sqlx::query_scalar("SELECT count(*) FROM tasklog_process.reminders").fetch_one(&world.pool).await.unwrap();
        assert_eq!((left, world.rings(202).len()), if alone { (3, 1) } else { (1, 0) });
    }
}

#[tokio::test]
async fn given_records_that_concern_nobody_then_only_their_position_does_not_wait_for_the_disk_and_is_compared_all_the_same()
 {
    let world = World::new().await;
    let options = PgConnectOptions::clone(&world.pool.connect_options()).options([("synchronous_commit", "on")]);
    let pool = PgPoolOptions::new().connect_with(options).await.unwrap();
    let told = "
        CREATE TABLE told (setting text);
        CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO public.told VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
        CREATE TRIGGER tell AFTER UPDATE ON tasklog_process.positions EXECUTE FUNCTION tell();";
    pool.execute(told).await.unwrap();
    let manager = Arc::new(Recurrence::new(Arc::new(world.twin.clone()), pool.clone(), world.clock.clone()));
    let mut lane = Lane::open(manager, pool.clone(), &partitions(&[topics::TASKS])).await.unwrap();
    let daily = json!({"rrule": "FREQ=DAILY"});
    world.create(1, json!({"title": "x"}));
    world.create(2, json!({"title": "x", "due_date": "2026-12-01", "recurrence_pattern": daily}));
    world.create(3, json!({"title": "x"}));
    let records = world.twin.records(topics::TASKS, 0);
    for record in &records[..2] {
        lane.apply(std::slice::from_ref(record)).await.unwrap();
    }
    let settings: Vec<String> = sqlx::query_scalar("SELECT setting FROM told").fetch_all(&pool).await.unwrap();
    assert_eq!(settings, ["off", "on"]);
    // A server that died has taken the position back.
    pool.execute("UPDATE tasklog_process.positions SET position = 0").await.unwrap();
    assert!(matches!(lane.apply(&records[2..]).await, Err(Failure::Fenced)));
}
