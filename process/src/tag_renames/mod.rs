//! Renames a tag over all tasks that carry it.
//!
//! A rename is a row, and each task that it finds is one before anything happens to the task. So a crash costs the work of one step at
//! most, and none of it is done twice: the command to a task has an id that follows from both. Which tasks carry the tag is asked of the read
//! side ([`TasksWithTag`]); each task decides for itself, as the log has it. The rename ends when the read side, having read all that was in
//! the log, shows no task with the tag that was not dealt with.
//!
//! A task is dealt with once. What gets the tag back while the rename runs, by an undo or a patch, keeps it: somebody wanted that. Deleted
//! tasks are left alone: they come back as they were, with the tag that they had.

mod rows;
mod work;

pub use rows::{Asked, Place, Rename, Status, ask, find, page};

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use platform::clock::Clock;
use sqlx::PgPool;
use uuid::Uuid;

use crate::commands::Commands;
use crate::manager::Alarm;

/// Its name, everywhere.
pub const NAME: &str = "tag-renames";

/// The read side as renames see it.
#[async_trait]
pub trait TasksWithTag: Send + Sync + 'static {
    /// The tasks that carry a tag, in the order of their ids; `None` while it has not read what it has to reflect.
    ///
    /// # Errors
    /// When it cannot be asked.
    async fn page(&self, wanted: &Wanted<'_>) -> Result<Option<Vec<Uuid>>, sqlx::Error>;
}

/// Which tasks are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Whose.
    pub tenant: &'a str,
    /// The tag; deleted tasks do not count.
    pub tag: &'a str,
    /// Those with a higher id than this.
    pub after: Option<Uuid>,
    /// So many.
    pub most: usize,
    /// The answer reflects every record of the topic `task-events` before these offsets, by partition.
    pub reflects: &'a BTreeMap<i32, i64>,
}

/// Works renames off. Clones are the same one.
#[derive(Clone)]
pub struct TagRenames {
    commands: Arc<dyn Commands>,
    tasks: Arc<dyn TasksWithTag>,
    pool: PgPool,
    clock: Clock,
    alarm: Alarm,
}

impl TagRenames {
    /// Finds the tasks by `tasks`, gives its commands through `commands` and keeps its rows in `pool`.
    pub fn new(commands: Arc<dyn Commands>, tasks: Arc<dyn TasksWithTag>, pool: PgPool, clock: Clock) -> Self {
        Self { commands, tasks, pool, clock, alarm: Alarm::default() }
    }

    /// Wakes whoever works them off.
    #[must_use]
    pub fn alarm(&self) -> Alarm {
        self.alarm.clone()
    }

    /// Where they are.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// When they are asked for and end.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }
}
