//! A clock with far more to do than one look finds. It looks twice at a time: each leaves to the other what that has taken, and to whoever
//! writes a row that row. It counts as ready with the first look, not when nothing is due any more.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::topics;
use platform::clock::Clock;
use platform::health::{Health, State};
use platform::lifecycle::Shutdown;
use process::commands::Commands;
use process::manager::{Alarm, Failure, Fired, Lane, ProcessManager as _, Timed, fire_all, keep_time};
use process::reminders::Reminders;
use serde_json::json;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::deadlocks::until_waiting;
use crate::faults::HeldUp;
use crate::leases::NO_LEASE;
use crate::managers::{partitions, reminders, with_reminders};
use crate::world::*;

/// Rows that one look takes.
const LOOK: u32 = 1_000;
/// Commands that one look gives at the same time.
const AT_ONCE: u32 = 256;
/// More than one look takes and the two after it.
const MANY: u32 = 3 * LOOK + 100;

/// So many seconds after four the reminder 101 + `n` rings: each look has its second. What comes first in the table comes last in time.
const fn second(n: u32) -> u32 {
    (MANY - 1 - n) / LOOK
}

fn ringing_at(seconds: &[u32]) -> HashSet<Uuid> {
    (0..MANY).filter(|n| seconds.contains(&second(*n))).map(|n| id(101 + u128::from(n))).collect()
}

/// All of them are due, and none is late.
async fn very_many() -> World {
    let world = World::new().await;
    world.create(1, json!({"title": "x"}));
    for n in 0..MANY {
        let at = format!("2026-11-30T16:00:{:02}", second(n));
        world.remind(101 + u128::from(n), id(1), json!({"remind_at": at, "time_zone": "UTC"}));
    }
    let manager = reminders(&world, Arc::new(world.twin.clone()));
    let mut lane = Lane::open(manager.clone(), world.pool.clone(), &partitions(manager.topics())).await.unwrap();
    lane.apply(&world.twin.records(topics::REMINDERS, 0)).await.unwrap();
    world.advance(TimeDelta::hours(8) + TimeDelta::seconds(10));
    world
}

/// How many are still to ring, by the rows.
async fn left(world: &World) -> i64 {
    let left = sqlx::query_scalar("SELECT count(*) FROM tasklog_process.reminders WHERE fires_at IS NOT NULL");
    left.fetch_one(&world.pool).await.unwrap()
}

/// How often each has rung that has.
fn rings(world: &World) -> Vec<usize> {
    world.all_rings().values().map(Vec::len).collect()
}

/// Waits until that is so.
async fn until(is_so: impl AsyncFn() -> bool) {
    let waits = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waits).await.expect("it does not come to that");
}

/// What the clock is called where it says whether it is ready.
const CLOCK: &str = "clock";

/// The clock of reminders, as the role has it.
struct Keeping {
    health: Health,
    shutdown: Shutdown,
    task: JoinHandle<Result<(), Infallible>>,
}

impl Keeping {
    fn begin(world: &World, commands: Arc<dyn Commands>) -> Self {
        let manager = reminders(world, commands);
        let alarm = manager.alarm();
        Self::of(world, manager, alarm)
    }

    fn of(world: &World, timed: Arc<dyn Timed>, alarm: Alarm) -> Self {
        let (health, shutdown) = (Health::new(), Shutdown::new());
        let component = health.component(CLOCK);
        let task = tokio::spawn(keep_time(timed, world.clock.clone(), alarm, component, shutdown.clone()));
        Self { health, shutdown, task }
    }

    async fn becomes_ready(&self) {
        until(async || self.health.is_ready()).await;
    }

    /// Waits until it says that it is not ready, and why.
    async fn is_not_ready_as(&self, why: &str) {
        let says_so = |state: &State| matches!(state, State::NotReady(reason) if reason.contains(why));
        until(async || says_so(&self.health.components()[CLOCK])).await;
    }

    /// Stops it when all has rung.
    async fn ends(self, world: &World) {
        until(async || left(world).await == 0).await;
        self.shutdown.request();
        let Ok(()) = self.task.await.unwrap();
    }
}

/// However slow the machine is, no lease runs out.
const LONG_LEASE: &str = "
    CREATE FUNCTION long_lease() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.taken_until := NEW.taken_until + interval '30 seconds';
        RETURN NEW;
    END $$;
    CREATE TRIGGER long_lease BEFORE UPDATE ON tasklog_process.reminders FOR EACH ROW EXECUTE FUNCTION long_lease()";

/// A look that takes rows waits until the other one has: they hold none of them locked at the same time.
const ONE_AFTER_THE_OTHER: &str = "
    CREATE FUNCTION one_after_the_other() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(1);
        RETURN NULL;
    END $$;
    CREATE TRIGGER one_after_the_other BEFORE UPDATE ON tasklog_process.reminders
        FOR EACH STATEMENT EXECUTE FUNCTION one_after_the_other()";

#[tokio::test]
async fn given_more_than_one_look_takes_then_two_go_on_with_the_earliest_and_neither_with_the_others_and_without_the_lease_with_the_same()
 {
    for leased in [true, false] {
        let world = very_many().await;
        let setting: &[&str] = if leased { &[LONG_LEASE] } else { &[NO_LEASE, ONE_AFTER_THE_OTHER] };
        for sql in setting {
            sqlx::raw_sql(sql).execute(&world.pool).await.unwrap();
        }
        let held = Arc::new(HeldUp::new(world.twin.clone()));
        held.may_go.add_permits(LOOK as usize);
        let clock = Keeping::begin(&world, held.clone());
        held.holds(LOOK).await;
        // One look alone would come no further than half as far.
        held.holds(2 * AT_ONCE).await;
        let given = held.given();
        let (first, then) = given.split_at(LOOK as usize);
        let different = |ids: &[Uuid]| ids.iter().copied().collect::<HashSet<Uuid>>();
        assert!(different(first) == ringing_at(&[0]), "the first look has not taken the earliest");
        assert!(different(then).is_subset(&ringing_at(&[1, 2])), "the two after it have not taken the next ones");
        assert_eq!(different(then).len() == then.len(), leased, "whether both have taken the same");
        held.let_all_go();
        clock.ends(&world).await;
        // A row that the other look had locked when it should be noted is taken again when its lease ends, so that there may be more
        // commands than rows. Whoever gives a command again gives it under the same id.
        assert_eq!(rings(&world), vec![1; MANY as usize]);
    }
}

/// The fault: whoever takes rows waits for those that somebody else has locked.
const WAITS: &str = "
    CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM tasklog_process.reminders WHERE fires_at IS NOT NULL ORDER BY reminder_id FOR UPDATE;
        RETURN NULL;
    END $$;
    CREATE TRIGGER waits BEFORE UPDATE ON tasklog_process.reminders FOR EACH STATEMENT EXECUTE FUNCTION waits()";

#[tokio::test]
async fn given_a_row_that_somebody_is_about_to_write_then_all_the_others_ring_and_where_the_clock_waits_for_it_none_does()
 {
    for skips in [true, false] {
        let world = very_many().await;
        if !skips {
            sqlx::raw_sql(WAITS).execute(&world.pool).await.unwrap();
        }
        let mut writer = platform::postgres::begin(&world.pool).await.unwrap();
        // One of the earliest: every look comes to it.
        let row = sqlx::query("SELECT 1 FROM tasklog_process.reminders WHERE reminder_id = $1 FOR UPDATE");
        row.bind(id(101 + u128::from(MANY - 1))).execute(&mut *writer).await.unwrap();
        let clock = Keeping::begin(&world, Arc::new(world.twin.clone()));
        if skips {
            until(async || left(&world).await == 1).await;
        } else {
            until_waiting(&world.pool, 1).await;
        }
        assert_eq!(rings(&world), vec![1; if skips { MANY as usize - 1 } else { 0 }]);
        writer.rollback().await.unwrap();
        clock.ends(&world).await;
        assert_eq!(rings(&world), vec![1; MANY as usize]);
    }
}

/// The fault: a look ends when nothing is due any more.
struct LooksForAll {
    reminders: Arc<Reminders>,
    clock: Clock,
}

#[async_trait]
impl Timed for LooksForAll {
    fn name(&self) -> &'static str {
        Timed::name(&*self.reminders)
    }

    async fn fire(&self, _now: DateTime<Utc>) -> Result<Fired, Failure> {
        let rows = fire_all(&*self.reminders, &self.clock).await?;
        Ok(Fired { rows, more: false })
    }

    async fn earliest(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        self.reminders.earliest().await
    }
}

#[tokio::test]
async fn given_more_than_one_look_takes_then_the_clock_is_ready_when_the_first_look_is_done_and_where_that_takes_all_it_is_not()
 {
    for bounded in [true, false] {
        let world = very_many().await;
        let held = Arc::new(HeldUp::new(world.twin.clone()));
        let manager = reminders(&world, held.clone());
        let alarm = manager.alarm();
        let unbounded = Arc::new(LooksForAll { reminders: manager.clone(), clock: world.clock.clone() });
        let timed: Arc<dyn Timed> = if bounded { manager } else { unbounded };
        let clock = Keeping::of(&world, timed, alarm);
        held.holds(AT_ONCE).await;
        assert!(!clock.health.is_ready(), "nothing has rung yet");
        // No other command is let go: what rings now is what one look takes.
        held.may_go.add_permits(LOOK as usize);
        // All of these have come, and one that comes after them.
        held.holds(LOOK - AT_ONCE + 1).await;
        assert_eq!(clock.health.is_ready(), bounded);
        assert_eq!((rings(&world).len(), left(&world).await), (LOOK as usize, i64::from(MANY - LOOK)));
        held.let_all_go();
        clock.becomes_ready().await;
        clock.ends(&world).await;
        assert_eq!(rings(&world), vec![1; MANY as usize]);
    }
}

#[tokio::test]
async fn given_a_row_that_is_locked_at_the_first_look_then_the_clock_is_ready_without_it_and_where_it_waits_not_before_it_has_it()
 {
    for waits in [false, true] {
        let world = with_reminders(2).await;
        world.advance(TimeDelta::hours(8));
        if waits {
            sqlx::raw_sql(WAITS).execute(&world.pool).await.unwrap();
        }
        let mut writer = platform::postgres::begin(&world.pool).await.unwrap();
        let row = sqlx::query("SELECT 1 FROM tasklog_process.reminders WHERE reminder_id = $1 FOR UPDATE");
        row.bind(id(101)).execute(&mut *writer).await.unwrap();
        let clock = Keeping::begin(&world, Arc::new(world.twin.clone()));
        if waits {
            until_waiting(&world.pool, 1).await;
        } else {
            clock.becomes_ready().await;
        }
        assert_eq!((clock.health.is_ready(), rings(&world).len()), if waits { (false, 0) } else { (true, 1) });
        writer.rollback().await.unwrap();
        clock.becomes_ready().await;
        clock.ends(&world).await;
        assert_eq!(rings(&world), [1, 1]);
    }
}

/// The fault: Postgres refuses whoever takes rows.
const REFUSED: &str = "
    CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'refused for a while';
    END $$;
    CREATE TRIGGER refused BEFORE UPDATE ON tasklog_process.reminders FOR EACH STATEMENT EXECUTE FUNCTION refused()";

#[tokio::test]
async fn given_a_first_look_that_fails_then_the_clock_says_why_it_is_not_ready_and_when_one_goes_well_it_is() {
    let world = with_reminders(2).await;
    world.advance(TimeDelta::hours(8));
    sqlx::raw_sql(REFUSED).execute(&world.pool).await.unwrap();
    let clock = Keeping::begin(&world, Arc::new(world.twin.clone()));
    clock.is_not_ready_as("refused for a while").await;
    assert_eq!(rings(&world), Vec::<usize>::new());
    sqlx::raw_sql("DROP TRIGGER refused ON tasklog_process.reminders").execute(&world.pool).await.unwrap();
    clock.becomes_ready().await;
    clock.ends(&world).await;
    assert_eq!(rings(&world), [1, 1]);
}
