//! The read side as renames of tags see it: process managers do not know how tasks are listed.

use std::time::Duration;

use ::process::tag_renames::{TasksWithTag, Wanted};
use async_trait::async_trait;
use platform::postgres::in_time;
use projection::lists::tagged::{self, Tagged};
use sqlx::PgPool;
use uuid::Uuid;

/// How long Postgres may take to answer.
const ANSWER: Duration = Duration::from_secs(10);

/// Asks the projection `tasks` in Postgres.
pub struct ListedTasks(pub PgPool);

#[async_trait]
impl TasksWithTag for ListedTasks {
    async fn page(&self, wanted: &Wanted<'_>) -> Result<Option<Vec<Uuid>>, sqlx::Error> {
        let Wanted { tenant, tag, after, most, reflects } = *wanted;
        in_time(ANSWER, tagged::page(&self.0, &Tagged { tenant, tag, after, most }, reflects)).await
    }
}
