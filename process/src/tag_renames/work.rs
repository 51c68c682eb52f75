//! One step of a rename: look for its tasks, or rename some of those that were found.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::task::TaskCommand;
use domain::tenant::stream_id;
use domain::topics;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kafka_es::Expected;
use platform::postgres::in_time;
use uuid::Uuid;

use super::rows::{self, ANSWER, Rename, TRANSACTION};
use super::{NAME, TagRenames, Wanted};
use crate::commands::{Answer, Cause, Order};
use crate::manager::{Failure, Fired, Timed, only_this_stream};

/// Tasks that are renamed at the same time.
const AT_ONCE: usize = 64;
/// Tasks that one step renames.
const STEP: usize = 500;
/// Tasks that one step notes down. Many, for to find them may cost as much as to find all that are left.
const PAGE: usize = 10_000;
/// Pause before the read side is asked again that has not read far enough.
const LOOK: TimeDelta = TimeDelta::milliseconds(50);

/// What came of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// It has the new tag.
    Changed,
    /// It did not have the tag any more, or was deleted.
    Unchanged,
    /// Its stream cannot be read or written; it has the old tag still.
    Blocked,
}

impl Found {
    /// As it is stored.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Blocked => "blocked",
        }
    }
}

#[async_trait]
impl Timed for TagRenames {
    fn name(&self) -> &'static str {
        NAME
    }

    /// One step of one rename: between two steps others have their turn, and the process may stop.
    async fn fire(&self, now: DateTime<Utc>) -> Result<Fired, Failure> {
        let Some(rename) = in_time(ANSWER, rows::claim(&self.pool, now)).await? else {
            return Ok(Fired { rows: 0, more: false });
        };
        let done = self.step(&rename).await;
        if done.is_err() {
            // At once rather than when the lease ends, where that can be.
            in_time(ANSWER, rows::put_off(&self.pool, rename.id, now)).await.ok();
        }
        Ok(Fired { rows: done?, more: false })
    }

    async fn earliest(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        in_time(ANSWER, rows::earliest(&self.pool)).await
    }
}

impl TagRenames {
    async fn step(&self, rename: &Rename) -> Result<usize, Failure> {
        let open = in_time(ANSWER, rows::open(&self.pool, rename.id, STEP)).await?;
        if open.is_empty() { self.look(rename).await } else { self.rename(rename, &open).await }
    }

    /// Notes down tasks that carry the tag; where there is none that is not noted down, the rename is finished.
    async fn look(&self, rename: &Rename) -> Result<usize, Failure> {
        let ends = self.commands.ends(topics::TASKS).await?;
        let mut after = None;
        loop {
            let (tenant, tag) = (rename.tenant.as_str(), rename.names.from());
            let wanted = Wanted { tenant, tag, after, most: PAGE, reflects: &ends };
            let Some(found) = self.tasks.page(&wanted).await? else {
                in_time(ANSWER, rows::put_off(&self.pool, rename.id, self.clock.now() + LOOK)).await?;
                return Ok(0);
            };
            let noted = in_time(TRANSACTION, rows::note(&self.pool, rename.id, &found, self.clock.now())).await?;
            if noted > 0 {
                return Ok(noted);
            }
            if found.len() < PAGE {
                let status = in_time(TRANSACTION, rows::finish(&self.pool, rename.id, self.clock.now())).await?;
                if let Some(status) = status {
                    tracing::info!(rename = %rename.id, status = status.as_str(), "the rename of a tag has ended");
                }
                return Ok(1);
            }
            after = found.last().copied();
        }
    }

    /// Renames the tag in these tasks.
    async fn rename(&self, rename: &Rename, tasks: &[Uuid]) -> Result<usize, Failure> {
        let renaming: Vec<_> = tasks.iter().map(|task| self.rename_in(rename, *task)).collect();
        // In the order of the tasks.
        let found: Vec<Found> = stream::iter(renaming).buffered(AT_ONCE).try_collect().await?;
        in_time(TRANSACTION, rows::record(&self.pool, rename.id, tasks, &found, self.clock.now())).await?;
        Ok(tasks.len())
    }

    async fn rename_in(&self, rename: &Rename, id: Uuid) -> Result<Found, Failure> {
        let order = Order {
            tenant: rename.tenant.clone(),
            id,
            command: TaskCommand::RenameTag { rename: rename.names.clone(), at: self.clock.now() },
            // The same whoever gives it and however often: a task that was given the tag back is not renamed again.
            command_id: format!("process/{NAME}/{}/{id}", rename.id),
            expected: Expected::Any,
            cause: Cause {
                manager: NAME,
                event: None,
                correlation_id: Some(rename.id.to_string()),
                traceparent: rename.traceparent.clone(),
            },
        };
        let answer = self.commands.to_task(order).await;
        Ok(match only_this_stream(NAME, &stream_id(&rename.tenant, id), answer)? {
            None => Found::Blocked,
            Some(Answer::Done { has_event: true, .. }) => Found::Changed,
            // Refused is what is deleted; there is no version that it could be at instead.
            Some(Answer::Done { .. } | Answer::Refused(_) | Answer::Moved) => Found::Unchanged,
        })
    }
}
