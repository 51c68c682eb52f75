//! A task: the row, and the JSON that is answered.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, Utc};
use chrono_tz::Tz;
use domain::task::{Priority, Status};
use domain::time::utc_of_wall;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{FromRow, Row};
use uuid::Uuid;

/// A task as it is answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    pub id: Uuid,
    pub title: String,
    pub description: String,
    pub status: Status,
    pub priority: Priority,
    pub tags: Vec<String>,
    pub due_date: Option<NaiveDate>,
    pub due_at: Option<NaiveDateTime>,
    pub time_zone: Option<Tz>,
    pub due_utc: Option<DateTime<Utc>>,
    pub recurrence_pattern: Option<Value>,
    pub series_id: Option<Uuid>,
    pub parent_id: Option<Uuid>,
    pub rank: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub completed_at: Option<DateTime<Utc>>,
    pub version: i64,
}

impl Task {
    /// When it is due, in the columns that lists filter and sort by.
    pub fn due(&self) -> Due {
        Due::new(self.due_date, self.due_at, self.time_zone)
    }

    /// The header that `If-Match` repeats.
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.version)
    }
}

impl FromRow<'_, PgRow> for Task {
    /// From the columns [`super::table::READ`].
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let recurrence: Option<Json<Value>> = row.try_get(10)?;
        Ok(Self {
            id: row.try_get(0)?,
            title: row.try_get(1)?,
            description: row.try_get(2)?,
            status: row.try_get::<&str, _>(3)?.parse().map_err(|reason: String| sqlx::Error::Decode(reason.into()))?,
            priority: priority(row.try_get(4)?)?,
            tags: row.try_get(5)?,
            due_date: row.try_get(6)?,
            due_at: row.try_get(7)?,
            time_zone: zone(row.try_get(8)?)?,
            due_utc: row.try_get(9)?,
            recurrence_pattern: recurrence.map(|recurrence| recurrence.0),
            series_id: row.try_get(11)?,
            parent_id: row.try_get(12)?,
            rank: row.try_get(13)?,
            created_at: row.try_get(14)?,
            updated_at: row.try_get(15)?,
            completed_at: row.try_get(16)?,
            version: row.try_get(17)?,
        })
    }
}

fn priority(rank: i16) -> sqlx::Result<Priority> {
    let priority = Priority::ALL.iter().find(|priority| priority.rank() == rank);
    priority.copied().ok_or_else(|| sqlx::Error::Decode(format!("{rank} is no priority").into()))
}

fn zone(name: Option<&str>) -> sqlx::Result<Option<Tz>> {
    name.map(str::parse::<Tz>).transpose().map_err(|error| sqlx::Error::Decode(error.into()))
}

/// What follows from the three due fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The instant of a time.
    pub utc: Option<DateTime<Utc>>,
    /// The day as the calendar on the wall shows it.
    pub day: Option<NaiveDate>,
    /// The instant; the last second of a whole day, in UTC.
    pub sort: Option<DateTime<Utc>>,
}

impl Due {
    /// Of a whole day, or of a wall time and its zone, or of neither.
    pub fn new(date: Option<NaiveDate>, at: Option<NaiveDateTime>, zone: Option<Tz>) -> Self {
        let utc = at.zip(zone).map(|(at, zone)| utc_of_wall(at, zone));
        let end_of_day = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default();
        Self {
            utc,
            day: date.or(at.map(|at| at.date())),
            sort: utc.or(date.map(|date| date.and_time(end_of_day).and_utc())),
        }
    }
}

/// Now, in the microseconds that Postgres keeps.
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// Bytes of a folded title that fit an index.
const TITLE_KEY_MAX_BYTES: usize = 1_024;

/// What titles are sorted by.
pub fn title_key(title: &str) -> String {
    let mut key = domain::text::fold(title);
    key.truncate(key.floor_char_boundary(TITLE_KEY_MAX_BYTES));
    key
}
