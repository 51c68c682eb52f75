//! Starts process managers, in whatever role they run.

use std::sync::Arc;

use ::command::CommandState;
use ::process::ProcessState;
use ::process::commands::StoreCommands;
use ::process::delivery::{Channels, Notify};
use ::process::manager::{Alarm, Options, ProcessManager, Rush, Timed, keep_time, run as run_manager};
use ::process::recurrence::Recurrence;
use ::process::reminders::Reminders;
use ::process::subtasks::Subtasks;
use ::process::tag_renames::{NAME as TAG_RENAMES, TagRenames};
use ::process::timers;
use kafka_es::{KafkaSettings, LogEnds};
use platform::clock::Clock;
use platform::health::Health;
use platform::lifecycle::Stage;
use platform::postgres::MigrateError;
use platform::sidecar::StateStore;
use sqlx::PgPool;

use super::schema;
use super::tasks_with_tag::ListedTasks;

/// What process managers work with.
pub struct Managers {
    /// The event stores through which they give their commands.
    pub commands: CommandState,
    /// Where they read events.
    pub kafka: KafkaSettings,
    /// Where their rows are.
    pub pool: PgPool,
    /// By this, what rings says to what delivers that very many do, where both run in this process.
    pub rush: Rush,
}

/// What a manager does by itself.
struct Work {
    /// It reads its topics.
    reads_log: bool,
    /// It also does what is due, by a clock that this wakes.
    clock: Option<(Arc<dyn Timed>, Alarm)>,
}

impl Managers {
    /// Starts those of the role `process` as tasks of `stage`. Without `internal_clock` they wait to be told that time has passed.
    pub fn process(&self, internal_clock: bool, health: &Health, stage: &Stage) -> ProcessState {
        let (commands, clock) = self.commands();
        let recurrence = Arc::new(Recurrence::new(commands.clone(), self.pool.clone(), clock.clone()));
        let subtasks = Arc::new(Subtasks::new(commands.clone(), self.pool.clone()));
        let reminders = Reminders::new(commands.clone(), self.pool.clone(), clock.clone());
        let reminders = Arc::new(reminders.saying(self.rush.clone()));
        let listed = Arc::new(ListedTasks(self.pool.clone()));
        let tag_renames = TagRenames::new(commands, listed, self.pool.clone(), clock.clone());
        let work =
            |timed: Arc<dyn Timed>, alarm| Work { reads_log: true, clock: internal_clock.then_some((timed, alarm)) };
        self.spawn(recurrence.clone(), work(recurrence.clone(), recurrence.alarm()), health, stage);
        self.spawn(reminders.clone(), work(reminders.clone(), reminders.alarm()), health, stage);
        self.spawn(subtasks, Work { reads_log: true, clock: None }, health, stage);
        self.spawn_renames(tag_renames.clone(), health, stage);
        ProcessState { recurrence, reminders, tag_renames, clock }
    }

    /// Starts that of the role `notify` as tasks of `stage`. Without `reads_log` its events have to be handed to it.
    pub fn notify(
        &self,
        (channels, store): (Channels, Option<StateStore>),
        reads_log: bool,
        health: &Health,
        stage: &Stage,
    ) -> Notify {
        let (commands, clock) = self.commands();
        let notify = Notify::new(commands, self.pool.clone(), clock, channels).giving_way(self.rush.clone());
        let notify = notify.remembering(store);
        let manager = Arc::new(notify.clone());
        let work = Work { reads_log, clock: Some((manager.clone(), notify.alarm())) };
        self.spawn(manager, work, health, stage);
        notify
    }

    /// Starts what tells in metrics what waits for its time, as a task of `stage`: once in a process, whichever of the managers run in it.
    pub fn watch_timers(&self, stage: &Stage) {
        stage.spawn("timers", timers::watch(self.pool.clone(), self.commands.clock.clone(), stage.shutdown()));
    }

    /// Starts what works off renames of tags. It goes by no clock from outside: there is nothing to wait for.
    fn spawn_renames(&self, renames: TagRenames, health: &Health, stage: &Stage) {
        let name = format!("process/{TAG_RENAMES}");
        let (component, pool, shutdown) = (health.component(name.as_str()), self.pool.clone(), stage.shutdown());
        stage.spawn(name, async move {
            if schema::ready(|| ::process::migrate(&pool), &component, &shutdown).await? {
                let alarm = renames.alarm();
                let Ok(()) = keep_time(Arc::new(renames), Clock::system(), alarm, component, shutdown).await;
            }
            Ok::<_, MigrateError>(())
        });
    }

    fn commands(&self) -> (Arc<StoreCommands>, Clock) {
        ::process::metric_definitions::describe();
        let CommandState { tasks, reminders, clock, .. } = self.commands.clone();
        let ends = Arc::new(LogEnds::new(self.kafka.clone()));
        (Arc::new(StoreCommands { tasks, reminders, ends, clock: clock.clone() }), clock)
    }

    /// Starts what a manager does by itself.
    fn spawn<M: ProcessManager>(&self, manager: Arc<M>, work: Work, health: &Health, stage: &Stage) {
        let name = format!("process/{}", ProcessManager::name(&*manager));
        let component = health.component(name.as_str());
        let options = Options { pool: self.pool.clone(), kafka: self.kafka.clone(), health: component.clone() };
        let clock = work.clock.map(|(timed, alarm)| (timed, alarm, health.component(format!("{name}/clock"))));
        let shutdown = stage.shutdown();
        stage.spawn(name, async move {
            if !schema::ready(|| ::process::migrate(&options.pool), &component, &shutdown).await? {
                return Ok(());
            }
            let keeping = async {
                if let Some((timed, alarm, component)) = clock {
                    let Ok(()) = keep_time(timed, Clock::system(), alarm, component, shutdown.clone()).await;
                }
            };
            let reading = async {
                if work.reads_log {
                    let Ok(()) = run_manager(manager.clone(), options.clone(), shutdown.clone()).await;
                }
            };
            tokio::join!(reading, keeping);
            Ok::<_, MigrateError>(())
        });
    }
}
