//! The conditions of a query, checked in a segment's fast fields. Tags are looked up in the index by [`super::scan`].

use tantivy::DocId;
use tantivy::columnar::Column;
use tantivy::index::SegmentReader;

use super::columns;
use super::schema::{STATUS_HIDDEN, day_number, names, status_code};
use crate::query::task_query::TaskQuery;

/// A query's conditions, ready for one segment.
pub(super) struct SegmentFilter {
    tenant: Column<u64>,
    tenant_ord: u64,
    status: Column<u64>,
    /// Bit n: status code n is wanted.
    status_mask: u64,
    /// Bit n: rank n is wanted.
    priority: Option<(Column<u64>, u64)>,
    due_day: Option<(Column<i64>, i64, i64)>,
    overdue: Option<(Column<i64>, i64)>,
}

impl SegmentFilter {
    /// `None` when the segment holds nothing of the tenant.
    pub(super) fn new(reader: &SegmentReader, query: &TaskQuery) -> tantivy::Result<Option<Self>> {
        let Some(tenants) = reader.fast_fields().str(names::TENANT)? else { return Ok(None) };
        let Some(tenant_ord) = tenants.dictionary().term_ord(&query.tenant)? else { return Ok(None) };
        let filter = &query.filter;
        let mut status_mask = match filter.status.as_slice() {
            [] => u64::MAX,
            wanted => wanted.iter().fold(0, |mask, status| mask | 1 << status_code(*status)),
        };
        let open = [domain::task::Status::Pending, domain::task::Status::InProgress];
        if filter.overdue {
            status_mask &= open.iter().fold(0, |mask, status| mask | 1 << status_code(*status));
        }
        let priority = if filter.priority.is_empty() {
            None
        } else {
            let mask = filter.priority.iter().fold(0, |mask, priority| mask | 1 << priority.rank());
            Some((columns::numbers(reader, names::PRIORITY)?, mask))
        };
        let due_day = if filter.due_from.is_none() && filter.due_to.is_none() {
            None
        } else {
            let from = filter.due_from.map_or(i64::MIN, day_number);
            let to = filter.due_to.map_or(i64::MAX, day_number);
            Some((columns::integers(reader, names::DUE_DAY)?, from, to))
        };
        let overdue = if filter.overdue {
            Some((columns::integers(reader, names::DUE_SORT)?, query.now.timestamp_micros()))
        } else {
            None
        };
        let status = columns::numbers(reader, names::STATUS)?;
        Ok(Some(Self { tenant: tenants.ords().clone(), tenant_ord, status, status_mask, priority, due_day, overdue }))
    }

    /// Whether the document may be shown and meets every condition.
    pub(super) fn matches(&self, doc: DocId) -> bool {
        let status = self.status.first(doc).unwrap_or(STATUS_HIDDEN);
        status != STATUS_HIDDEN
            && self.status_mask >> status & 1 == 1
            && self.tenant.first(doc) == Some(self.tenant_ord)
            && self
                .priority
                .as_ref()
                .is_none_or(|(ranks, mask)| ranks.first(doc).is_some_and(|rank| mask >> rank & 1 == 1))
            && self
                .due_day
                .as_ref()
                .is_none_or(|(days, from, to)| days.first(doc).is_some_and(|day| (*from..=*to).contains(&day)))
            && self.overdue.as_ref().is_none_or(|(due, now)| due.first(doc).is_some_and(|at| at < *now))
    }
}
