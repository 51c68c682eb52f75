//! Answers a [`TaskQuery`] from one view of the index. Synchronous: [`super::SearchHandle`] runs it off the async workers.

use domain::task::TaskView;
use platform::page::{Cursor, cut};
use tantivy::schema::Value as _;
use tantivy::{DocAddress, Searcher, TantivyDocument};
use uuid::Uuid;

use super::asked::{self, Asked, Word};
use super::filter::SegmentFilter;
use super::highlight;
use super::place::{After, SegmentPlaces};
use super::scan::{Reused, Scan};
use super::schema::{Fields, StoredTask};
use super::top::{MergedHit, Run, Top, merge};
use super::{SearchError, schema};
use crate::query::task_query::{Highlights, TaskItem, TaskPage, TaskQuery};

/// Runs the query.
///
/// # Errors
/// [`SearchError::Invalid`] about `q`, [`SearchError::Cursor`] about the cursor, [`SearchError::Unavailable`] when the index
/// cannot be read.
pub(super) fn run(
    searcher: &Searcher,
    fields: &Fields,
    reused: &Reused,
    query: &TaskQuery,
) -> Result<TaskPage, SearchError> {
    let asked = asked::parse(query.q.as_deref().unwrap_or_default()).map_err(SearchError::Invalid)?;
    let after = query.cursor.as_ref().map(|cursor| After::read(cursor, query.sort)).transpose()?;
    let (hits, total) = find(searcher, fields, reused, query, &asked, after.as_ref())?;
    let (hits, more) = cut(hits, query.limit);
    let items =
        hits.iter().map(|hit| item(searcher, fields, hit, &asked.words)).collect::<Result<Vec<_>, SearchError>>()?;
    let next_cursor = match (more, hits.last()) {
        (true, Some(last)) => Some(cursor_after(searcher, query, last)?.encode()),
        _ => None,
    };
    let (total, total_is_exact) = (query.total.then_some(total), query.total.then_some(true));
    Ok(TaskPage { items, next_cursor, total, total_is_exact })
}

/// One hit more than the page holds, so that its end is known, and the number of all matches.
fn find(
    searcher: &Searcher,
    fields: &Fields,
    reused: &Reused,
    query: &TaskQuery,
    asked: &Asked,
    after: Option<&After>,
) -> tantivy::Result<(Vec<MergedHit>, u64)> {
    let scan = Scan::new(searcher, fields, asked, &query.filter.tags)?;
    let mut runs = Vec::new();
    let mut total = 0;
    for (segment, reader) in (0..).zip(searcher.segment_readers()) {
        let Some(filter) = SegmentFilter::new(reader, query, &asked.conditions)? else { continue };
        let candidates = scan.segment(reader, reused)?;
        if candidates.is_empty() {
            continue;
        }
        let places = SegmentPlaces::new(reader, query.sort)?;
        let after = after.map(|after| places.locate(after)).transpose()?;
        let mut top = Top::new(&places, after, query.limit + 1);
        for candidate in &candidates {
            if !reader.is_deleted(candidate.doc) && filter.matches(candidate.doc) {
                total += 1;
                top.offer(candidate);
            }
        }
        let hits = top.into_hits();
        runs.push(Run { segment, places, hits });
    }
    Ok((merge(runs, query.sort.descending, query.limit + 1)?, total))
}

fn item(searcher: &Searcher, fields: &Fields, hit: &MergedHit, words: &[Word]) -> Result<TaskItem, SearchError> {
    let stored = stored(searcher, fields, DocAddress::new(hit.segment, hit.doc))?;
    let task = TaskView::of(&stored.task);
    let highlights = Highlights {
        title: highlight::title(&task.title, words),
        description: highlight::description(&task.description, words),
    };
    Ok(TaskItem { task, highlights: Some(highlights) })
}

/// The state reused in a document.
pub(super) fn stored(searcher: &Searcher, fields: &Fields, address: DocAddress) -> Result<StoredTask, SearchError> {
    let document: TantivyDocument = searcher.doc(address)?;
    let state = document.get_first(fields.state).and_then(|value| value.as_bytes());
    serde_json::from_slice(state.unwrap_or_default())
        .map_err(|error| SearchError::Unavailable(format!("a document holds no readable state: {error}")))
}

fn cursor_after(searcher: &Searcher, query: &TaskQuery, last: &MergedHit) -> tantivy::Result<Cursor> {
    let reader = searcher.segment_reader(last.segment);
    let high = super::columns::numbers(reader, schema::names::ID_HIGH)?.first(last.doc).unwrap_or(0);
    let low = super::columns::numbers(reader, schema::names::ID_LOW)?.first(last.doc).unwrap_or(0);
    Ok(Cursor {
        sort: query.sort.to_string(),
        key: last.key.to_json(),
        id: Uuid::from_u64_pair(high, low).to_string(),
        filters: query.fingerprint(),
    })
}
