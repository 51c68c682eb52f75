//! Starts process managers, in whatever role they run.

use std::sync::Arc;

use ::command::CommandState;
use ::process::ProcessState;
use ::process::commands::StoreCommands;
use ::process::delivery::{Channels, Notify};
use ::process::manager::{Alarm, Options, ProcessManager, Timed, keep_time, run as run_manager};
use ::process::recurrence::Recurrence;
use ::process::reminders::Reminders;
use kafka_es::{KafkaSettings, LogEnds};
use platform::clock::Clock;
use platform::health::Health;
use platform::lifecycle::Stage;
use platform::postgres::MigrateError;
use sqlx::PgPool;

use super::schema;

/// What process managers work with.
pub struct Managers {
    /// The event stores through which they give their commands.
    pub commands: CommandState,
    /// Where they read events.
    pub kafka: KafkaSettings,
    /// Where their rows are.
    pub pool: PgPool,
}

/// What a manager does by itself.
struct Work {
    /// It reads its topics.
    reads_log: bool,
    /// It has a clock, which this wakes.
    alarm: Option<Alarm>,
}

impl Managers {
    /// Starts those of the role `process` as tasks of `stage`. Without `internal_clock` they wait to be told that time has passed.
    pub fn process(&self, internal_clock: bool, health: &Health, stage: &Stage) -> ProcessState {
        let (commands, clock) = self.commands();
        let recurrence = Arc::new(Recurrence::new(commands.clone(), self.pool.clone(), clock.clone()));
        let reminders = Arc::new(Reminders::new(commands, self.pool.clone(), clock.clone()));
        let work = |alarm: Alarm| Work { reads_log: true, alarm: internal_clock.then_some(alarm) };
        self.spawn(recurrence.clone(), work(recurrence.alarm()), health, stage);
        self.spawn(reminders.clone(), work(reminders.alarm()), health, stage);
        ProcessState { recurrence, reminders, clock }
    }

    /// Starts that of the role `notify` as tasks of `stage`. Without `reads_log` its events have to be handed to it.
    pub fn notify(&self, channels: Channels, reads_log: bool, health: &Health, stage: &Stage) -> Notify {
        let (commands, clock) = self.commands();
        let notify = Notify::new(commands, self.pool.clone(), clock, channels);
        let work = Work { reads_log, alarm: Some(notify.alarm()) };
        self.spawn(Arc::new(notify.clone()), work, health, stage);
        notify
    }

    fn commands(&self) -> (Arc<StoreCommands>, Clock) {
        ::process::metric_definitions::describe();
        let CommandState { tasks, reminders, clock, .. } = self.commands.clone();
        let ends = Arc::new(LogEnds::new(self.kafka.clone()));
        (Arc::new(StoreCommands { tasks, reminders, ends, clock: clock.clone() }), clock)
    }

    /// Starts what a manager does by itself.
    fn spawn<M: ProcessManager + Timed>(&self, manager: Arc<M>, work: Work, health: &Health, stage: &Stage) {
        let name = format!("process/{}", ProcessManager::name(&*manager));
        let component = health.component(name.as_str());
        let options = Options { pool: self.pool.clone(), kafka: self.kafka.clone(), health: component.clone() };
        let clock = work.alarm.map(|alarm| (alarm, health.component(format!("{name}/clock"))));
        let shutdown = stage.shutdown();
        stage.spawn(name, async move {
            if !schema::ready(|| ::process::migrate(&options.pool), &component, &shutdown).await? {
                return Ok(());
            }
            let keeping = async {
                if let Some((alarm, component)) = clock {
                    let timed = manager.clone();
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
