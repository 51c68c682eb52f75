//! `GET /tasks?q=…`: Postgres' own full-text search, best match first.

use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgPool, Postgres, QueryBuilder, Row};

use super::failure::Failure;
use super::filter::Question;
use super::list::Page;
use super::task::now;
use super::{Task, table};

/// What stands around a match until the text has been escaped: characters that no text of ours holds.
const MARKS: (char, char) = ('\u{2}', '\u{3}');

/// A task that was found.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    #[serde(flatten)]
    task: Task,
    #[serde(skip_serializing_if = "Option::is_none")]
    highlights: Option<Highlights>,
}

/// Where it matched, as HTML.
#[derive(Debug, Serialize)]
pub(super) struct Highlights {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

impl FromRow<'_, PgRow> for Found {
    /// A task's columns, and behind them the two headlines where they were asked for.
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let task = Task::from_row(row)?;
        let highlights = if row.len() > HEADLINES {
            let (title, description) = (row.try_get(HEADLINES)?, row.try_get(HEADLINES + 1)?);
            Some(Highlights { title: marked(title), description: marked(description) })
        } else {
            None
        };
        Ok(Self { task, highlights })
    }
}

/// The column of the first headline.
const HEADLINES: usize = 18;

/// A page. Its cursor is the number of matches before the next one: the order of a search has no index to go on in.
pub(super) async fn page(pool: &PgPool, question: &Question, q: &str) -> Result<Page<Found>, Failure> {
    let offset: i64 = match &question.cursor {
        Some(cursor) => {
            cursor.parse().map_err(|_| Failure::Invalid("cursor must be the next_cursor of the page before"))?
        }
        None => 0,
    };
    let mut items: Vec<Found> = statement(question, q, offset).build_query_as().fetch_all(pool).await?;
    let limit = usize::try_from(question.limit).unwrap_or_default();
    let more = items.len() > limit;
    items.truncate(limit);
    Ok(Page { items, next_cursor: more.then(|| (offset + question.limit).to_string()) })
}

/// The page's rows first, then the headlines of these alone: a headline reads the whole text again.
pub(super) fn statement(question: &Question, q: &str, offset: i64) -> QueryBuilder<'static, Postgres> {
    let columns = table::READ;
    let mut sql = QueryBuilder::new(format!("SELECT {columns}"));
    if question.highlights {
        let (open, close) = MARKS;
        let marks = format!("StartSel=\"{open}\", StopSel=\"{close}\"");
        sql.push(", ts_headline('english', title, query, ").push_bind(format!("{marks}, HighlightAll=true")).push(")");
        sql.push(", ts_headline('english', description, query, ").push_bind(marks).push(")");
    }
    sql.push(format!(
        " FROM (SELECT {columns}, query, ts_rank(words, query) AS relevance FROM tasks, websearch_to_tsquery('english', "
    ));
    sql.push_bind(q.to_owned()).push(") AS query WHERE words @@ query AND ");
    question.push_to(&mut sql, now());
    sql.push(" ORDER BY relevance DESC, id LIMIT ").push_bind(question.limit + 1);
    sql.push(" OFFSET ").push_bind(offset).push(") AS page ORDER BY relevance DESC, id");
    sql
}

/// The headline with `<mark>` around what matched and everything else escaped; nothing where nothing matched.
pub(super) fn marked(headline: &str) -> Option<String> {
    if !headline.contains(MARKS.0) {
        return None;
    }
    let mut html = String::with_capacity(headline.len() + 32);
    for character in headline.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            mark if mark == MARKS.0 => html.push_str("<mark>"),
            mark if mark == MARKS.1 => html.push_str("</mark>"),
            other => html.push(other),
        }
    }
    Some(html)
}
