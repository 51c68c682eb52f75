//! Rows of Postgres, as the index keeps them.

use chrono::{DateTime, NaiveDate, Utc};
use domain::task::Status;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::kept::Tasks;
use super::row::{NEVER, NO_DAY, Row, day_number, micros, priority_number, status_number};

/// What [`read`] reads, in this order.
pub(super) const COLUMNS: &str =
    "id, version, created_at, updated_at, due_sort, due_day, status, priority, title_key, tags";

/// Reads a row. Its tags have numbers in `tasks` from then on.
///
/// # Errors
/// When it is not one of ours.
pub(super) fn read(row: &PgRow, tasks: &mut Tasks) -> Result<Row, sqlx::Error> {
    let id: Uuid = row.try_get("id")?;
    let version: i64 = row.try_get("version")?;
    let created: DateTime<Utc> = row.try_get("created_at")?;
    let updated: DateTime<Utc> = row.try_get("updated_at")?;
    let due: Option<DateTime<Utc>> = row.try_get("due_sort")?;
    let day: Option<NaiveDate> = row.try_get("due_day")?;
    let status: &str = row.try_get("status")?;
    let priority: i16 = row.try_get("priority")?;
    let title: &str = row.try_get("title_key")?;
    let tags: Vec<String> = row.try_get("tags")?;
    let status = Status::ALL.iter().find(|one| one.as_str() == status).copied();
    let foreign = |column: &str| sqlx::Error::Decode(format!("{column} of task {id} is not one of ours").into());
    Ok(Row {
        id,
        version: version.unsigned_abs(),
        created: micros(created),
        updated: micros(updated),
        due: due.map_or(NEVER, micros),
        day: day.map_or(NO_DAY, day_number),
        status: status.map(status_number).ok_or_else(|| foreign("status"))?,
        priority: priority_number(priority).ok_or_else(|| foreign("priority"))?,
        title: title.into(),
        tags: tags.iter().map(|tag| tasks.number_tag(tag)).collect(),
    })
}
