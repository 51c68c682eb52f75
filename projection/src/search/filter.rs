//! The conditions of a query, checked in a segment's fast fields. Tags are looked up in the index by [`super::scan`].

use domain::task::{Priority, Status};
use tantivy::DocId;
use tantivy::columnar::Column;
use tantivy::index::SegmentReader;

use super::asked::Conditions;
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
    due_day: Option<(Column<i64>, DueDays)>,
    overdue: Option<(Column<i64>, i64)>,
}

/// Which due days are wanted.
#[derive(Clone, Copy)]
enum DueDays {
    Within(i64, i64),
    None,
}

impl SegmentFilter {
    /// `None` when the segment holds nothing of the tenant.
    pub(super) fn new(reader: &SegmentReader, query: &TaskQuery, asked: &Conditions) -> tantivy::Result<Option<Self>> {
        let Some(tenants) = reader.fast_fields().str(names::TENANT)? else { return Ok(None) };
        let Some(tenant_ord) = tenants.dictionary().term_ord(&query.tenant)? else { return Ok(None) };
        let overdue = query.filter.overdue || asked.overdue;
        let priorities = priority_mask(query, asked);
        let priority =
            if priorities == u64::MAX { None } else { Some((columns::numbers(reader, names::PRIORITY)?, priorities)) };
        let due_day = match due_days(query, asked) {
            Some(days) => Some((columns::integers(reader, names::DUE_DAY)?, days)),
            None => None,
        };
        let overdue_at = if overdue {
            Some((columns::integers(reader, names::DUE_SORT)?, query.now.timestamp_micros()))
        } else {
            None
        };
        let status = columns::numbers(reader, names::STATUS)?;
        Ok(Some(Self {
            tenant: tenants.ords().clone(),
            tenant_ord,
            status,
            status_mask: status_mask(query, asked, overdue),
            priority,
            due_day,
            overdue: overdue_at,
        }))
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
            && self.due_day.as_ref().is_none_or(|(days, wanted)| wanted.hold(days.first(doc)))
            && self.overdue.as_ref().is_none_or(|(due, now)| due.first(doc).is_some_and(|at| at < *now))
    }
}

impl DueDays {
    fn hold(self, day: Option<i64>) -> bool {
        match self {
            Self::Within(from, to) => day.is_some_and(|day| (from..=to).contains(&day)),
            Self::None => day.is_none(),
        }
    }
}

/// Bit n: code n is among `wanted`; every bit where nothing is.
fn any_of(wanted: impl ExactSizeIterator<Item = u64>) -> u64 {
    if wanted.len() == 0 { u64::MAX } else { bits(wanted) }
}

fn bits(codes: impl Iterator<Item = u64>) -> u64 {
    codes.fold(0, |mask, code| mask | 1 << code)
}

fn status_mask(query: &TaskQuery, asked: &Conditions, overdue: bool) -> u64 {
    fn codes(status: &[Status]) -> impl ExactSizeIterator<Item = u64> {
        status.iter().map(|status| status_code(*status))
    }
    let open = if overdue { &[Status::Pending, Status::InProgress][..] } else { &[] };
    any_of(codes(&query.filter.status))
        & any_of(codes(&asked.status))
        & any_of(codes(open))
        & !bits(codes(&asked.not_status))
}

fn priority_mask(query: &TaskQuery, asked: &Conditions) -> u64 {
    fn codes(priority: &[Priority]) -> impl ExactSizeIterator<Item = u64> {
        priority.iter().map(|priority| u64::from(priority.rank().unsigned_abs()))
    }
    any_of(codes(&query.filter.priority)) & any_of(codes(&asked.priority)) & !bits(codes(&asked.not_priority))
}

/// `None`: whatever they are.
fn due_days(query: &TaskQuery, asked: &Conditions) -> Option<DueDays> {
    let from = query.filter.due_from.max(asked.due_from);
    let to = [query.filter.due_to, asked.due_to].into_iter().flatten().min();
    let within = DueDays::Within(from.map_or(i64::MIN, day_number), to.map_or(i64::MAX, day_number));
    match (asked.undated || query.filter.undated, asked.dated || from.is_some() || to.is_some()) {
        // With a due date and without one at once: nothing is.
        (true, true) => Some(DueDays::Within(1, 0)),
        (true, false) => Some(DueDays::None),
        (false, true) => Some(within),
        (false, false) => None,
    }
}
