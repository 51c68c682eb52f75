//! The parameters of `GET /tasks`, and the conditions that they are in SQL.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use domain::task::{Priority, Status};
use sqlx::{Postgres, QueryBuilder};

use super::TENANT;
use super::failure::Failure;

/// Tasks of a page where the caller does not say, and the most there may be.
const LIMIT: (i64, i64) = (50, 200);

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    pub(super) q: Option<String>,
    pub(super) highlights: bool,
    pub(super) by_due: bool,
    pub(super) limit: i64,
    pub(super) cursor: Option<String>,
    status: Vec<&'static str>,
    priority: Vec<i16>,
    tags: Vec<String>,
    due_from: Option<NaiveDate>,
    due_to: Option<NaiveDate>,
    overdue: bool,
}

impl Question {
    /// Reads the parameters. The twin knows two orders: the one of a list when nothing is said, newest first, and `due`. A search has
    /// one, best match first. `highlights=false` leaves the marks of a search out, which Tasklog always makes.
    pub(super) fn read(parameters: &[(String, String)]) -> Result<Self, Failure> {
        let mut question = Self {
            q: None,
            highlights: true,
            by_due: false,
            limit: LIMIT.0,
            cursor: None,
            status: Vec::new(),
            priority: Vec::new(),
            tags: Vec::new(),
            due_from: None,
            due_to: None,
            overdue: false,
        };
        for (name, value) in parameters {
            match name.as_str() {
                "q" => question.q = Some(value.trim().to_owned()).filter(|q| !q.is_empty()),
                "highlights" => question.highlights = parse(value, "highlights must be true or false")?,
                "sort" if value == "due" => question.by_due = true,
                "sort" if value == "-created_at" => question.by_due = false,
                "sort" => return Err(Failure::Invalid("sort must be due or -created_at")),
                "limit" => question.limit = parse(value, "limit must be a number")?,
                "cursor" => question.cursor = Some(value.clone()),
                "status" => question.status.push(parse::<Status>(value, "status must be one of the four")?.as_str()),
                "priority" => {
                    question.priority.push(parse::<Priority>(value, "priority must be one of the five")?.rank());
                }
                "tag" => question.tags.push(value.clone()),
                "due_from" => question.due_from = Some(parse(value, "due_from must be a date")?),
                "due_to" => question.due_to = Some(parse(value, "due_to must be a date")?),
                "overdue" => question.overdue = parse(value, "overdue must be true or false")?,
                _ => return Err(Failure::Invalid("a parameter is unknown")),
            }
        }
        if !(1..=LIMIT.1).contains(&question.limit) {
            return Err(Failure::Invalid("limit must be 1 to 200"));
        }
        Ok(question)
    }

    /// The conditions, after `WHERE`.
    pub(super) fn push_to(&self, sql: &mut QueryBuilder<'_, Postgres>, now: DateTime<Utc>) {
        sql.push("deleted_at IS NULL AND tenant = ").push_bind(TENANT);
        if !self.status.is_empty() {
            sql.push(" AND status = ANY(").push_bind(self.status.clone()).push(")");
        }
        if !self.priority.is_empty() {
            sql.push(" AND priority = ANY(").push_bind(self.priority.clone()).push(")");
        }
        if !self.tags.is_empty() {
            sql.push(" AND tags @> ").push_bind(self.tags.clone());
        }
        if let Some(day) = self.due_from {
            sql.push(" AND due_day >= ").push_bind(day);
        }
        if let Some(day) = self.due_to {
            sql.push(" AND due_day <= ").push_bind(day);
        }
        if self.overdue {
            // In the form that the index has.
            sql.push(" AND status = ANY('{pending,in_progress}') AND coalesce(due_sort, 'infinity'::timestamptz) < ");
            sql.push_bind(now);
        }
    }
}

fn parse<T: FromStr>(value: &str, right: &'static str) -> Result<T, Failure> {
    value.parse().map_err(|_| Failure::Invalid(right))
}
