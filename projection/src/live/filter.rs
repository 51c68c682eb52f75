//! Which events a client of the live stream wants to hear of.

use domain::task::Status;
use uuid::Uuid;

/// Conditions on an event. With none, every event is told, of reminders too; with some on the task, only events of tasks, for a reminder
/// has neither tags nor such a status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiveFilter {
    /// Of a task or a reminder with one of these ids; none is no condition.
    pub ids: Vec<Uuid>,
    /// Every one of these.
    pub tags: Vec<String>,
    /// Any of these; none is no condition.
    pub status: Vec<Status>,
}

impl LiveFilter {
    /// Whether it has no condition.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && !self.asks_for_tasks()
    }

    /// Whether it has one that only the task's history can tell of.
    pub(super) fn asks_for_tasks(&self) -> bool {
        !self.tags.is_empty() || !self.status.is_empty()
    }

    /// Whether it takes events of the task or reminder `id`, as far as that depends on its id.
    pub(super) fn names(&self, id: Uuid) -> bool {
        self.ids.is_empty() || self.ids.contains(&id)
    }

    fn takes(&self, task: &Facets) -> bool {
        (self.status.is_empty() || self.status.contains(&task.status))
            && self.tags.iter().all(|tag| task.tags.contains(tag))
    }
}

/// What of a task is filtered by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Facets {
    pub(super) status: Status,
    pub(super) tags: Vec<String>,
}

/// What a task's facets were before and after each of some events, which follow one another.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// How far the task's history is known.
    version: u64,
    /// From which version on they were so: the last before the events, and each change by them.
    changes: Vec<(u64, Facets)>,
}

impl Past {
    /// Notes a change at `version` of a task whose history is known up to `known`. Changes come in their order; of those before
    /// the event `first` only the outcome is kept.
    pub(super) fn note(
        &mut self,
        known: u64,
        first: u64,
        version: u64,
        status: Option<Status>,
        tags: Option<Vec<String>>,
    ) {
        self.version = known;
        let mut facets = self.changes.last().map(|(_, facets)| facets.clone()).unwrap_or_default();
        facets.status = status.unwrap_or(facets.status);
        facets.tags = tags.unwrap_or(facets.tags);
        if version < first {
            self.changes.clear();
        }
        self.changes.push((version, facets));
    }

    /// The facets of the task in this version; `None` before it was created.
    fn at(&self, version: u64) -> Option<&Facets> {
        let later = self.changes.partition_point(|(from, _)| *from <= version);
        self.changes[..later].last().map(|(_, facets)| facets)
    }

    /// Whether the task matches before or after the event `sequence`: who shows a filtered list must see a task come, change and
    /// leave. Where that is not known it may, so the answer is yes.
    pub(super) fn concerns(&self, filter: &LiveFilter, sequence: u64) -> bool {
        let matches = |version| self.at(version).is_some_and(|facets| filter.takes(facets));
        sequence > self.version || matches(sequence.saturating_sub(1)) || matches(sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(tags: &[&str], status: &[Status]) -> LiveFilter {
        LiveFilter {
            ids: Vec::new(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            status: status.to_vec(),
        }
    }

    fn tags(tags: &[&str]) -> Option<Vec<String>> {
        Some(tags.iter().map(|tag| (*tag).to_owned()).collect())
    }

    /// Created pending without tags; 2: tagged `a`; 3: tagged `a`, `b` and begun; 5: completed; 6: without tags. Known up to 7.
    fn past(first: u64) -> Past {
        let mut past = Past::default();
        past.note(7, first, 1, Some(Status::Pending), None);
        past.note(7, first, 2, None, tags(&["a"]));
        past.note(7, first, 3, Some(Status::InProgress), tags(&["a", "b"]));
        past.note(7, first, 5, Some(Status::Completed), None);
        past.note(7, first, 6, None, tags(&[]));
        past
    }

    fn told(first: u64, filter: &LiveFilter) -> Vec<u64> {
        let past = past(first);
        (first..=7).filter(|sequence| past.concerns(filter, *sequence)).collect()
    }

    #[test]
    fn given_a_filter_when_a_task_comes_changes_and_leaves_then_each_of_these_events_is_told_and_no_other() {
        assert_eq!(told(1, &filter(&["a"], &[])), [2, 3, 4, 5, 6]);
        assert_eq!(told(1, &filter(&["a", "b"], &[])), [3, 4, 5, 6]);
        assert_eq!(told(1, &filter(&[], &[Status::Pending])), [1, 2, 3]);
        assert_eq!(told(1, &filter(&[], &[Status::Pending, Status::Completed])), [1, 2, 3, 5, 6, 7]);
        assert_eq!(told(1, &filter(&["b"], &[Status::Completed])), [5, 6]);
        assert_eq!(told(1, &filter(&["c"], &[])), [0; 0]);
    }

    #[test]
    fn given_only_the_events_from_one_on_when_asked_then_the_answers_are_the_same_and_earlier_changes_are_not_kept() {
        for filter in [filter(&["a"], &[]), filter(&["b"], &[Status::InProgress]), filter(&[], &[Status::Pending])] {
            for first in 2..=7 {
                let all: Vec<u64> = told(1, &filter).into_iter().filter(|sequence| *sequence >= first).collect();
                assert_eq!(told(first, &filter), all, "{filter:?} from {first}");
            }
        }
        assert_eq!(past(7).changes.len(), 1);
        assert_eq!(past(5).changes.len(), 3);
    }

    #[test]
    fn given_ids_when_asked_then_they_alone_are_named_and_no_history_is_needed() {
        let [one, other] = [1, 2].map(Uuid::from_u128);
        let by_id = LiveFilter { ids: vec![one], ..LiveFilter::default() };
        assert_eq!((by_id.names(one), by_id.names(other)), (true, false));
        assert!(!by_id.is_empty() && !by_id.asks_for_tasks());
        let by_tag = filter(&["a"], &[]);
        assert!(by_tag.names(other) && by_tag.asks_for_tasks());
        assert!(LiveFilter::default().is_empty());
    }

    #[test]
    fn given_an_event_that_the_history_does_not_know_when_asked_then_it_is_told() {
        assert!(past(1).concerns(&filter(&["c"], &[]), 8));
        assert!(Past::default().concerns(&filter(&["c"], &[]), 1));
    }
}
