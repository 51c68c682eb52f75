//! What stands above a task, read from the log's own state.

use domain::task::{Lineage, Task, TaskRejection};
use kafka_es::{ExecuteError, Freshness};
use uuid::Uuid;

use crate::state::CommandState;

/// How often a command asks for what is above a task. It names one parent; only an undo may find another than before, when somebody
/// else moves its task in between.
pub(crate) const LOOKS_MAX: usize = 4;

/// The task and what it is a part of, as the log has them at this moment.
///
/// Whether another may stand below it is for the command to judge, not for here: before it is, the stream is asked whether it knows the
/// request already.
///
/// # Errors
/// When a stream cannot be read.
pub(crate) async fn lineage_of(state: &CommandState, parent: Uuid) -> Result<Lineage, ExecuteError<TaskRejection>> {
    let mut lineage = Lineage::of(parent);
    while let Some(id) = lineage.wanted() {
        let loaded = state.tasks.load(&state.stream(id), Freshness::Barrier).await?;
        let task: Option<Task> = loaded.map(|loaded| loaded.aggregate.task);
        lineage.learn(task.as_ref());
    }
    Ok(lineage)
}
