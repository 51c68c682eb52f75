//! The next occurrence of a series has the subtasks of the one before, open again: copies, whose ids follow from the task that they are
//! copies of and the one that they are below. A copy has the parts of what it is a copy of in the same way, level by level.

use std::collections::BTreeSet;

use domain::limits::TASK_LEVELS_MAX;
use domain::task::{Lineage, NewTask, Task, TaskCommand, TaskEvent, copied_task_id};
use domain::tenant::{self, stream_id};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kafka_es::{AdjacentlyTagged, Envelope, EventCodec as _};
use platform::postgres::in_time;
use serde_json::value::RawValue;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::rows::{self, ANSWER, Row};
use super::{AT_ONCE, NAME, Name, Subtasks, Told};
use crate::commands::{Answer, is_by};
use crate::manager::{Failure, only_this_stream};

/// What a copy's first command is known by: this, and the task that it is a copy of.
const COPY: &str = "process/subtasks/copy/";

/// Whether the event may make a task that has the parts of another, told without reading it.
pub(super) fn may_follow(envelope: &Envelope) -> bool {
    envelope.event_type == TaskEvent::TYPES[0]
        && (copied(envelope).is_some() || envelope.data.get().contains("\"follows\""))
}

/// What the event has made a copy of, as its command says.
fn copied(envelope: &Envelope) -> Option<&str> {
    envelope.commandid.strip_prefix(COPY).filter(|_| is_by(envelope, NAME))
}

/// A task that has the parts of another.
#[derive(Debug, Clone)]
pub(super) struct Follower {
    tenant: String,
    /// The task whose parts it has.
    parent_id: Uuid,
    id: Uuid,
    /// The event that made it, without its data.
    event: Envelope,
}

impl Follower {
    fn of(envelope: &Envelope) -> Option<Self> {
        let (tenant, id) = tenant::parse_stream_id(&envelope.partitionkey)?;
        let parent_id = match copied(envelope) {
            Some(copied) => copied.parse().ok()?,
            None => match AdjacentlyTagged::decode(&envelope.event_type, &envelope.data) {
                Ok(TaskEvent::Created(created)) => created.follows?,
                _ => return None,
            },
        };
        let event = Envelope { data: RawValue::NULL.to_owned(), ..envelope.clone() };
        Some(Self { tenant: tenant.to_owned(), parent_id, id, event })
    }

    /// The task whose parts it has.
    fn parent(&self) -> Name<'_> {
        (&self.tenant, self.parent_id)
    }
}

/// Where the copies of parts stand, the same for all below one task.
struct Place {
    /// What is above them.
    lineage: Lineage,
    /// So many days later than what they are copies of they are due.
    days: i64,
}

impl Subtasks {
    /// Copies the parts of what was followed in this batch, of what is followed by a task that is there again, and those that are told
    /// only now of what was followed before. Gives the tasks that have the parts of others from now on.
    pub(super) async fn copy_parts(
        &self,
        made: &[Told<'_>],
        restored: &[Name<'_>],
        changed: &[Row],
    ) -> Result<Vec<Follower>, Failure> {
        let new = self.followers(made).await?;
        // While it was deleted nothing could come below it.
        let mut followers = in_time(ANSWER, find(&self.pool, OF_FOLLOWERS, restored)).await?;
        followers.extend(new.iter().cloned());
        let followed: BTreeSet<Name<'_>> = followers.iter().map(Follower::parent).collect();
        let stored = in_time(ANSWER, rows::below(&self.pool, followed.into_iter())).await?;
        let newer = |parent: &Name<'_>| -> Vec<Uuid> {
            changed.iter().filter(|row| row.is_below(parent)).map(|row| row.task_id).collect()
        };
        let mut copying: Vec<(Follower, BTreeSet<Uuid>)> = Vec::new();
        for follower in followers {
            let (tenant, parent) = follower.parent();
            let parts = stored.get(&(tenant.to_owned(), parent)).into_iter().flatten().map(|row| row.task_id);
            let parts = parts.chain(newer(&(tenant, parent))).collect();
            copying.push((follower, parts));
        }
        let above: Vec<Name<'_>> =
            changed.iter().filter_map(|row| Some((row.tenant.as_str(), row.parent_id?))).collect();
        for follower in in_time(ANSWER, find(&self.pool, OF_PARENTS, &above)).await? {
            let late = newer(&follower.parent()).into_iter().collect();
            copying.push((follower, late));
        }
        copying.retain(|(_, parts)| !parts.is_empty());
        self.copy_all(&copying).await?;
        Ok(new)
    }

    /// Copies these parts below these tasks.
    async fn copy_all(&self, copying: &[(Follower, BTreeSet<Uuid>)]) -> Result<(), Failure> {
        let looking: Vec<_> = copying.iter().map(|(follower, _)| self.place(follower)).collect();
        let places: Vec<Option<Place>> = stream::iter(looking).buffered(AT_ONCE).try_collect().await?;
        let mut all = Vec::new();
        for ((follower, parts), place) in copying.iter().zip(&places) {
            let Some(place) = place else { continue };
            all.extend(parts.iter().map(|part| self.copy(*part, follower, place)));
        }
        stream::iter(all).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// What these events made, where they count.
    async fn followers(&self, made: &[Told<'_>]) -> Result<Vec<Follower>, Failure> {
        let mut followers = Vec::new();
        for told in made {
            let stream = &told.envelope.partitionkey;
            let counts = self.commands.counts(told.position, stream, told.envelope.sequence).await;
            if only_this_stream(NAME, stream, counts)? == Some(true) {
                followers.extend(Follower::of(told.envelope));
            }
        }
        Ok(followers)
    }

    /// Copies a part as it was when the follower was made, if it was a part then.
    async fn copy(&self, part: Uuid, follower: &Follower, place: &Place) -> Result<(), Failure> {
        let Follower { tenant, parent_id, id, event } = follower;
        let Some(life) = self.life((tenant, part)).await? else { return Ok(()) };
        let Some(state) = life.again_at(*parent_id, event.time) else { return Ok(()) };
        let copy = copied_task_id(tenant, *id, part);
        let new = NewTask::copied(&state, *id, place.days);
        let command = TaskCommand::Create { id: copy, new, at: event.time }.below(place.lineage.clone());
        let order = self.order((tenant, copy), command, format!("{COPY}{part}"), event);
        let answer = self.commands.to_task(order).await;
        if let Some(Answer::Refused(rejection)) = only_this_stream(NAME, &stream_id(tenant, copy), answer)? {
            tracing::debug!(task = %part, below = %id, %rejection, "a subtask was not copied");
        }
        Ok(())
    }

    /// Where the copies below a task stand; `None` where that cannot be read.
    async fn place(&self, follower: &Follower) -> Result<Option<Place>, Failure> {
        let name = (follower.tenant.as_str(), follower.id);
        let Some(lineage) = self.lineage(name).await? else { return Ok(None) };
        let days = self.days_between(follower.parent(), name).await?;
        Ok(Some(Place { lineage, days }))
    }

    /// How many days later the second was due when it was made than the first, which it has the parts of, was then. Where they have no
    /// due date, those of the nearest two above them count.
    async fn days_between(&self, (tenant, mut first): Name<'_>, (_, mut second): Name<'_>) -> Result<i64, Failure> {
        for _ in 0..TASK_LEVELS_MAX {
            let (was, is) = (self.life((tenant, first)).await?, self.life((tenant, second)).await?);
            let Some((was, (is, at))) = was.zip(is.and_then(|life| life.made())) else { break };
            let was = was.by_itself(at);
            if let Some((was, is)) = was.series_due().zip(is.series_due()) {
                return Ok((is.day() - was.day()).num_days());
            }
            let Some(above) = was.task.parent_id.zip(is.task.parent_id) else { break };
            (first, second) = above;
        }
        Ok(0)
    }

    /// What is above a task that others are to stand below; `None` where that cannot be read.
    async fn lineage(&self, (tenant, parent): Name<'_>) -> Result<Option<Lineage>, Failure> {
        let mut lineage = Lineage::of(parent);
        while let Some(id) = lineage.wanted() {
            let known = self.commands.task(tenant, id).await;
            let Some(known) = only_this_stream(NAME, &stream_id(tenant, id), known)? else { return Ok(None) };
            let task: Option<Task> = known.map(|known| known.task);
            lineage.learn(task.as_ref());
        }
        Ok(Some(lineage))
    }
}

/// Finds the tasks that have the parts of these.
const OF_PARENTS: &str = "
    SELECT DISTINCT tenant, parent_id, follower_id, event FROM tasklog_process.followed_parents
    JOIN UNNEST($1::text[], $2::uuid[]) AS wanted(tenant, parent_id) USING (tenant, parent_id)";
/// Finds those of these that have the parts of others.
const OF_FOLLOWERS: &str = "
    SELECT DISTINCT tenant, parent_id, follower_id, event FROM tasklog_process.followed_parents
    JOIN UNNEST($1::text[], $2::uuid[]) AS wanted(tenant, follower_id) USING (tenant, follower_id)";

async fn find(pool: &PgPool, statement: &str, names: &[Name<'_>]) -> Result<Vec<Follower>, sqlx::Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let (tenants, ids): (Vec<&str>, Vec<Uuid>) = names.iter().copied().unzip();
    let found: Vec<(String, Uuid, Uuid, Json<Envelope>)> =
        sqlx::query_as(statement).bind(tenants).bind(ids).fetch_all(pool).await?;
    let of = |(tenant, parent_id, id, Json(event))| Follower { tenant, parent_id, id, event };
    Ok(found.into_iter().map(of).collect())
}

/// Writes who has the parts of whom.
pub(super) async fn save(connection: &mut PgConnection, followers: &[Follower]) -> Result<(), sqlx::Error> {
    if followers.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO tasklog_process.followed_parents (tenant, parent_id, follower_id, event)
         SELECT * FROM UNNEST($1::text[], $2::uuid[], $3::uuid[], $4::jsonb[]) ON CONFLICT DO NOTHING",
    )
    .bind(followers.iter().map(|follower| follower.tenant.as_str()).collect::<Vec<_>>())
    .bind(followers.iter().map(|follower| follower.parent_id).collect::<Vec<_>>())
    .bind(followers.iter().map(|follower| follower.id).collect::<Vec<_>>())
    .bind(followers.iter().map(|follower| Json(&follower.event)).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}
