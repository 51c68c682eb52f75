//! What Postgres is asked for a page of tasks: at most three statements, each of which reads little.
//!
//! No index serves every filter in every order. A filter that many tasks match needs few steps along the order; one that few match
//! leaves few to sort. So a page is first looked for along the order, for a bounded number of tasks ([`Step::Near`]). A filter
//! that has let through too few of them by then matches few tasks: they are collected by the filter's own index and sorted
//! ([`Step::Collect`]). In between, somewhat more steps are cheaper than that ([`Step::Far`]).

use chrono::NaiveTime;
use domain::task::{Priority, Status};
use sqlx::{Postgres, QueryBuilder};

use super::place::{After, DAYS_APART, Key};
use crate::lists::ListError;
use crate::projections::tag_marks;
use crate::query::sort::{Sort, SortKey};
use crate::query::task_query::{TOTAL_MAX, TaskQuery};

/// One way to read a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Along the order, past few tasks.
    Near,
    /// Along the order, past more tasks.
    Far,
    /// All that match, sorted.
    Collect,
}

/// The statements of one query.
#[derive(Debug)]
pub struct Statements<'a> {
    table: &'a str,
    query: &'a TaskQuery,
    /// Those that can match, never none.
    statuses: Vec<Status>,
    after: Option<After<'a>>,
}

impl<'a> Statements<'a> {
    /// Those of a query on this table; `None` when its conditions exclude one another.
    ///
    /// # Errors
    /// [`ListError::Cursor`] when the cursor's key does not fit the sort.
    pub fn new(table: &'a str, query: &'a TaskQuery) -> Result<Option<Self>, ListError> {
        let after = query.cursor.as_ref().map(|cursor| After::read(query.sort, cursor)).transpose()?;
        let mut statuses = query.filter.status.clone();
        if statuses.is_empty() {
            statuses.extend_from_slice(Status::ALL);
        }
        if query.filter.overdue {
            statuses.retain(|status| matches!(status, Status::Pending | Status::InProgress));
        }
        if query.filter.undated && query.filter.asks_for_dated() {
            return Ok(None);
        }
        Ok((!statuses.is_empty()).then_some(Self { table, query, statuses, after }))
    }

    /// Rows that are a page and tell that there is another one.
    pub fn enough(&self) -> usize {
        self.query.limit + 1
    }

    /// What to try when `step` has found this many rows. `None`: they are the page.
    pub fn after(&self, step: Step, found: usize) -> Option<Step> {
        if found >= self.enough() || !self.thins() {
            return None;
        }
        match step {
            Step::Near if found * 5 >= self.enough() * 2 => Some(Step::Far),
            Step::Near | Step::Far => Some(Step::Collect),
            Step::Collect => None,
        }
    }

    /// The statement of a step. Its rows are the tasks' states, in order.
    pub fn sql(&self, step: Step) -> QueryBuilder<'a, Postgres> {
        match step {
            Step::Near if !self.thins() => self.page(),
            Step::Near => self.walk(10_000),
            Step::Far => self.walk(40_000),
            Step::Collect => self.collect(),
        }
    }

    /// How many match, [`TOTAL_MAX`] and one at most.
    pub fn count(&self) -> QueryBuilder<'a, Postgres> {
        let mut sql = QueryBuilder::new(format!("SELECT count(*) FROM (SELECT 1 FROM {} WHERE ", self.table));
        self.push_filter(&mut sql);
        sql.push(format!(" LIMIT {}) AS counted", TOTAL_MAX + 1));
        sql
    }

    /// Asks for the ids and versions of those that match, in no order, `limit` at most.
    pub(super) fn push_versions(&self, sql: &mut QueryBuilder<'a, Postgres>, limit: u64) {
        sql.push(format!("SELECT id, version FROM {} WHERE ", self.table));
        self.push_filter(sql);
        sql.push(format!(" LIMIT {limit}"));
    }

    /// The first of each status, merged: every task that is passed is on the page.
    fn page(&self) -> QueryBuilder<'a, Postgres> {
        let mut sql = QueryBuilder::new("SELECT view FROM (");
        self.push_runs(&mut sql, "view", self.enough());
        sql.push(format!(") AS page {} LIMIT {}", self.order("k", "id"), self.enough()));
        sql
    }

    /// Reads indexes alone until the page is full, then the rows of the page.
    fn walk(&self, reach: usize) -> QueryBuilder<'a, Postgres> {
        let order = self.order("k", "id");
        let mut sql = QueryBuilder::new("SELECT task.view FROM (SELECT id, k FROM (SELECT * FROM (");
        self.push_runs(&mut sql, "priority, due_day, tag_bits", reach);
        sql.push(format!(") AS merged {order} LIMIT {reach}) AS passed WHERE true"));
        self.push_thinning(&mut sql);
        sql.push(format!(" {order}"));
        let exact = self.query.filter.tags.is_empty() && !self.overdue_by_day();
        if exact {
            sql.push(format!(" LIMIT {}", self.enough()));
        }
        self.push_rows(&mut sql);
        if !self.query.filter.tags.is_empty() {
            sql.push(" AND tags @> ").push_bind(&self.query.filter.tags);
        }
        if self.overdue_by_day() {
            sql.push(" AND due_sort < ").push_bind(self.query.now);
        }
        sql.push(format!(" OFFSET 0) AS task {} LIMIT {}", self.order("found.k", "found.id"), self.enough()));
        sql
    }

    fn collect(&self) -> QueryBuilder<'a, Postgres> {
        let key = key(self.query.sort);
        let mut sql = QueryBuilder::new("SELECT task.view FROM (SELECT id, k FROM (");
        sql.push(format!("SELECT id, {key} AS k FROM {} WHERE ", self.table));
        self.push_filter(&mut sql);
        // The fence keeps the order out of the choice of an index: along it there is little to be found.
        sql.push(" OFFSET 0) AS few WHERE true");
        self.push_after(&mut sql, "k");
        sql.push(format!(" {} LIMIT {}", self.order("k", "id"), self.enough()));
        self.push_rows(&mut sql);
        sql.push(format!(" OFFSET 0) AS task {}", self.order("found.k", "found.id")));
        sql
    }

    /// The rows of what has been found, looked up one by one: a join would be free to read the whole table.
    fn push_rows(&self, sql: &mut QueryBuilder<'a, Postgres>) {
        sql.push(format!(") AS found CROSS JOIN LATERAL (SELECT view FROM {} WHERE tenant = ", self.table));
        sql.push_bind(&self.query.tenant).push(" AND id = found.id");
    }

    /// The tasks of each status, in order.
    fn push_runs(&self, sql: &mut QueryBuilder<'a, Postgres>, columns: &str, reach: usize) {
        for (index, status) in self.statuses.iter().enumerate() {
            sql.push(if index > 0 { " UNION ALL " } else { "" });
            self.push_run(sql, *status, columns, reach);
        }
    }

    fn push_run(&self, sql: &mut QueryBuilder<'a, Postgres>, status: Status, columns: &str, reach: usize) {
        let (key, filter) = (key(self.query.sort), &self.query.filter);
        sql.push(format!("(SELECT id, {key} AS k, {columns} FROM {} WHERE ", self.table));
        sql.push("deleted_at IS NULL AND tenant = ").push_bind(&self.query.tenant);
        sql.push(" AND status = ").push_bind(status.as_str());
        // What is also a condition on the sort key is a part of the index to read.
        match self.query.sort.key {
            SortKey::Due => {
                if let Some(from) = filter.due_from.and_then(|day| day.checked_sub_days(DAYS_APART)) {
                    sql.push(format!(" AND {key} >= ")).push_bind(from.and_time(NaiveTime::MIN).and_utc());
                }
                if let Some(to) = filter.due_to.and_then(|day| day.checked_add_days(DAYS_APART)) {
                    sql.push(format!(" AND {key} < ")).push_bind(to.and_time(NaiveTime::MIN).and_utc());
                }
                if filter.overdue {
                    sql.push(format!(" AND {key} > '-infinity' AND {key} < ")).push_bind(self.query.now);
                }
                if filter.undated {
                    let descending = self.query.sort.descending;
                    // Not `=`: Postgres would leave the key out of the order of each status, and sort all of them to merge them.
                    sql.push(format!(" AND {key} {} {}", if descending { "<=" } else { ">=" }, no_due(descending)));
                }
            }
            SortKey::Priority => {
                let ranks = filter.priority.iter().map(|priority| priority.rank());
                if let (Some(least), Some(most)) = (ranks.clone().min(), ranks.max()) {
                    sql.push(" AND priority >= ").push_bind(least).push(" AND priority <= ").push_bind(most);
                }
            }
            _ => {}
        }
        self.push_after(sql, key);
        sql.push(format!(" {} LIMIT {reach})", self.order(key, "id")));
    }

    /// Whether tasks passed along the order may not match.
    fn thins(&self) -> bool {
        let filter = &self.query.filter;
        let priority = !filter.priority.is_empty() && self.query.sort.key != SortKey::Priority || self.has_gaps();
        let due =
            filter.due_from.is_some() || filter.due_to.is_some() || self.overdue_by_day() || self.undated_by_day();
        priority || due || !filter.tags.is_empty()
    }

    /// Whether a priority is left out between others.
    fn has_gaps(&self) -> bool {
        let ranks = self.query.filter.priority.iter().map(|priority| priority.rank());
        let (Some(least), Some(most)) = (ranks.clone().min(), ranks.clone().max()) else { return false };
        usize::try_from(most - least).is_ok_and(|between| between >= ranks.len())
    }

    /// Whether what is overdue is not told by the sort key but, roughly, by the due day.
    fn overdue_by_day(&self) -> bool {
        self.query.filter.overdue && self.query.sort.key != SortKey::Due
    }

    /// Whether what is undated is told by the due day and not by the sort key.
    fn undated_by_day(&self) -> bool {
        self.query.filter.undated && self.query.sort.key != SortKey::Due
    }

    /// Conditions on what the sort keys' indexes hold besides. Tags and the time of day are only told for certain by the row.
    fn push_thinning(&self, sql: &mut QueryBuilder<'a, Postgres>) {
        let filter = &self.query.filter;
        if !filter.priority.is_empty() {
            sql.push(" AND priority = ANY(").push_bind(self.ranks()).push(")");
        }
        if !filter.tags.is_empty() {
            let bits = tag_marks::bits(&filter.tags);
            sql.push(" AND tag_bits & ").push_bind(bits).push(" = ").push_bind(bits);
        }
        self.push_due_days(sql);
        if self.overdue_by_day() {
            self.push_overdue_days(sql);
        }
        if self.undated_by_day() {
            sql.push(" AND due_day IS NULL");
        }
    }

    /// The conditions, in the form that the indexes for few matches have.
    fn push_filter(&self, sql: &mut QueryBuilder<'a, Postgres>) {
        sql.push("deleted_at IS NULL AND tenant = ").push_bind(&self.query.tenant);
        sql.push(" AND status = ANY(").push_bind(self.status_names()).push(")");
        sql.push(" AND priority = ANY(").push_bind(self.ranks()).push(")");
        let tags = &self.query.filter.tags;
        for tag in tags {
            sql.push(" AND tag_keys && ").push_bind(self.keys(tag));
        }
        if !tags.is_empty() {
            sql.push(" AND tags @> ").push_bind(tags);
        }
        self.push_due_days(sql);
        if self.query.filter.overdue {
            self.push_overdue_days(sql);
            sql.push(" AND due_asc < ").push_bind(self.query.now);
        }
        if self.query.filter.undated {
            // As the index by due date has it; that of due days holds no others.
            sql.push(format!(" AND due_asc = {}", no_due(false)));
        }
    }

    fn push_due_days(&self, sql: &mut QueryBuilder<'a, Postgres>) {
        if let Some(day) = self.query.filter.due_from {
            sql.push(" AND due_day >= ").push_bind(day);
        }
        if let Some(day) = self.query.filter.due_to {
            sql.push(" AND due_day <= ").push_bind(day);
        }
    }

    /// Days on which something can be overdue.
    fn push_overdue_days(&self, sql: &mut QueryBuilder<'a, Postgres>) {
        let last = self.query.now.date_naive() + DAYS_APART;
        sql.push(" AND due_day <= ").push_bind(last);
    }

    fn push_after(&self, sql: &mut QueryBuilder<'a, Postgres>, key: &str) {
        let Some(After { key: place, id }) = self.after else { return };
        let descending = self.query.sort.descending;
        sql.push(format!(" AND ({key}, id) {} (", if descending { "<" } else { ">" }));
        match place {
            Key::Instant(instant) => sql.push_bind(instant),
            Key::Priority(rank) => sql.push_bind(rank),
            Key::Title(title) => sql.push_bind(title),
            Key::NoDue => sql.push(no_due(descending)),
        };
        sql.push(", ").push_bind(id).push(")");
    }

    fn status_names(&self) -> Vec<&'static str> {
        self.statuses.iter().map(|status| status.as_str()).collect()
    }

    /// Those asked for, all when none is.
    fn priorities(&self) -> &[Priority] {
        let asked = &self.query.filter.priority;
        if asked.is_empty() { Priority::ALL } else { asked }
    }

    fn ranks(&self) -> Vec<i16> {
        self.priorities().iter().map(|priority| priority.rank()).collect()
    }

    /// What the tag is called in the index, on any task that can match.
    fn keys(&self, tag: &str) -> Vec<i64> {
        let of = |status| {
            let priorities = self.priorities().iter();
            priorities.map(move |priority| tag_marks::key(&self.query.tenant, status, *priority, tag))
        };
        self.statuses.iter().copied().flat_map(of).collect()
    }

    fn order(&self, key: &str, id: &str) -> String {
        let direction = if self.query.sort.descending { "DESC" } else { "ASC" };
        format!("ORDER BY {key} {direction}, {id} {direction}")
    }
}

/// The sort key of tasks without a due date, which come last in both directions.
fn no_due(descending: bool) -> &'static str {
    if descending { "'-infinity'::timestamptz" } else { "'infinity'::timestamptz" }
}

/// What the rows are ordered by. Tasks without a due date are put last by the infinity that the direction puts last.
fn key(sort: Sort) -> &'static str {
    match sort.key {
        // Relevance is the search index's; should it come here, newest first is no lie about matches.
        SortKey::CreatedAt | SortKey::Relevance => "created_at",
        SortKey::UpdatedAt => "updated_at",
        SortKey::Due if sort.descending => "due_desc",
        SortKey::Due => "due_asc",
        SortKey::Priority => "priority",
        SortKey::Title => "title_key",
    }
}

#[cfg(test)]
mod tests;
