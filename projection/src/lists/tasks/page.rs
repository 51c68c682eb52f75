//! A page of live tasks.

use std::sync::Arc;

use domain::task::TaskView;
use platform::page::{Cursor, cut, instant_key};
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Postgres, Row as _, Transaction};

use super::statements::{Statements, Step};
use crate::database::{Readers, begin, statement_timeout};
use crate::generations::Generation;
use crate::lists::{ListError, state};
use crate::query::sort::{SortKey, title_key};
use crate::query::task_query::{TOTAL_MAX, TaskItem, TaskPage, TaskQuery};

/// The tasks of a page as they are stored, and what stands beside them.
#[derive(Debug)]
pub struct Page {
    tasks: Vec<Stored>,
    beside: Beside,
}

/// The JSON of a task.
#[derive(Debug)]
pub(in crate::lists) enum Stored {
    /// A row whose first column has it.
    Row(PgRow),
    /// As it is kept in memory.
    Kept(Arc<str>),
}

impl Stored {
    fn view(&self) -> Result<&str, sqlx::Error> {
        match self {
            Self::Row(row) => row.try_get(0),
            Self::Kept(view) => Ok(view),
        }
    }
}

/// What a page says besides its tasks.
#[derive(Debug, Default, Serialize)]
struct Beside {
    next_cursor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_is_exact: Option<bool>,
}

/// Reads it.
pub(super) async fn read(
    readers: &Readers,
    pool: &PgPool,
    generation: Generation,
    query: &TaskQuery,
) -> Result<Page, ListError> {
    let table = generation.table("tasks");
    let (rows, count) = match Statements::new(&table, query)? {
        None => (Vec::new(), query.total.then_some(0)),
        Some(statements) if query.total => {
            let (rows, count) = tokio::try_join!(rows(readers, pool, &statements), count(pool, &statements))?;
            (rows, Some(count))
        }
        Some(statements) => (rows(readers, pool, &statements).await?, None),
    };
    let (rows, more) = cut(rows, query.limit);
    let tasks: Vec<Stored> = rows.into_iter().map(Stored::Row).collect();
    let next_cursor = match tasks.last() {
        Some(last) if more => Some(cursor_after(query, last.view()?)?.encode()),
        _ => None,
    };
    Ok(Page::new(tasks, next_cursor, count))
}

async fn rows(readers: &Readers, pool: &PgPool, statements: &Statements<'_>) -> Result<Vec<PgRow>, ListError> {
    let mut step = Step::Near;
    loop {
        let mut statement = statements.sql(step);
        let rows = match step {
            Step::Near | Step::Far => {
                let mut connection = readers.lend().await?;
                let rows = statement.build().fetch_all(&mut *connection).await?;
                connection.done();
                rows
            }
            // How few match is told by their values: this is planned for them.
            Step::Collect => statement.build().fetch_all(pool).await?,
        };
        match statements.after(step, rows.len()) {
            Some(next) => step = next,
            None => return Ok(rows),
        }
    }
}

async fn count(pool: &PgPool, statements: &Statements<'_>) -> Result<u64, ListError> {
    let mut transaction = counting(pool).await?;
    let count: i64 = statements.count().build_query_scalar().fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(count.unsigned_abs())
}

/// A transaction to count matches in, or to read all of them. Of a very common tag, and of a tenant with most of the tasks, the planner
/// would read the table as it lies, past the rows of all other tasks; whatever can be asked for has an index. A statement in it ends in
/// Postgres too when nobody waits for it any more: given up here alone it would go on there, and hold its connection.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn counting(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut transaction = begin(pool).await?;
    sqlx::query("SELECT set_config('enable_seqscan', 'off', true), set_config('statement_timeout', $1, true)")
        .bind(statement_timeout())
        .execute(&mut *transaction)
        .await?;
    Ok(transaction)
}

/// The place after the task of this JSON.
fn cursor_after(query: &TaskQuery, last: &str) -> Result<Cursor, ListError> {
    let last = state::<TaskView>(last)?.into_task(None).map_err(|error| ListError::State(error.to_string()))?;
    let key = match query.sort.key {
        SortKey::CreatedAt | SortKey::Relevance => instant_key(last.created_at),
        SortKey::UpdatedAt => instant_key(last.updated_at),
        SortKey::Due => last.due.map(|due| instant_key(due.sort_key())).unwrap_or_default(),
        SortKey::Priority => last.priority.rank().into(),
        SortKey::Title => title_key(&last.title).into(),
    };
    Ok(Cursor { sort: query.sort.to_string(), key, id: last.id.to_string(), filters: query.fingerprint() })
}

impl Page {
    /// `count`: how many match, [`TOTAL_MAX`] and one at most.
    pub(in crate::lists) fn new(tasks: Vec<Stored>, next_cursor: Option<String>, count: Option<u64>) -> Self {
        let (total, total_is_exact) = (count.map(|count| count.min(TOTAL_MAX)), count.map(|count| count <= TOTAL_MAX));
        Self { tasks, beside: Beside { next_cursor, total, total_is_exact } }
    }

    /// The JSON of a [`TaskPage`]. The tasks go into it as they are stored.
    ///
    /// # Errors
    /// [`ListError::State`] when a row is not one of ours.
    pub fn into_json(self) -> Result<String, ListError> {
        let views = self.tasks.iter().map(Stored::view).collect::<Result<Vec<&str>, _>>()?;
        let beside = serde_json::to_string(&self.beside).map_err(|error| ListError::State(error.to_string()))?;
        // Without its `{`, for it goes on with the page's object.
        let beside = beside.strip_prefix('{').unwrap_or_default();
        let length = views.iter().map(|view| view.len() + 1).sum::<usize>() + beside.len() + 16;
        let mut json = String::with_capacity(length);
        json.push_str("{\"items\":[");
        for (index, view) in views.into_iter().enumerate() {
            if index > 0 {
                json.push(',');
            }
            json.push_str(view);
        }
        json.push_str("],");
        json.push_str(beside);
        Ok(json)
    }

    /// The JSON of each task as it is stored, and the cursor of the next page.
    ///
    /// # Errors
    /// [`ListError::Postgres`] when a row is not one of ours.
    pub fn into_views(self) -> Result<(Vec<String>, Option<String>), ListError> {
        let views = self.tasks.iter().map(|task| task.view().map(str::to_owned)).collect::<Result<_, _>>()?;
        Ok((views, self.beside.next_cursor))
    }

    /// The page, read.
    ///
    /// # Errors
    /// [`ListError::State`] when a row is not one of ours.
    pub fn into_tasks(self) -> Result<TaskPage, ListError> {
        let item = |task: &Stored| Ok(TaskItem { task: state(task.view()?)?, highlights: None });
        let Beside { next_cursor, total, total_is_exact } = self.beside;
        let items = self.tasks.iter().map(item).collect::<Result<_, ListError>>()?;
        Ok(TaskPage { items, next_cursor, total, total_is_exact })
    }
}
