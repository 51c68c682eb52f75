//! What was promised of Tasklog beside the twin.

use super::load::Workload;
use crate::report::Limit;

/// A figure that both systems have, Tasklog's divided by the twin's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Calls a second.
    Rate,
    /// The median of the times.
    Median,
    /// Their 99th percentile.
    Tail,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rate, Self::Median, Self::Tail];

    /// Its name in a figure.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Median => "p50",
            Self::Tail => "p99",
        }
    }
}

/// A promise.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    workload: Workload,
    measure: Measure,
    /// Only with so many clients; `None`: with any number.
    clients: Option<usize>,
    /// Only with so many tasks or more.
    tasks_min: usize,
    /// What the quotient keeps to.
    pub limit: Limit,
}

/// Every promise.
pub const TARGETS: [Target; 9] = [
    target(Workload::Create, Measure::Rate, Some(64), 0, Limit::AtLeast(2.0)),
    target(Workload::Create, Measure::Median, Some(1), 0, Limit::AtMost(1.5)),
    target(Workload::Change, Measure::Rate, Some(64), 0, Limit::AtLeast(2.0)),
    target(Workload::Change, Measure::Median, Some(1), 0, Limit::AtMost(1.5)),
    target(Workload::Get, Measure::Rate, None, 0, Limit::AtLeast(1.0)),
    target(Workload::Get, Measure::Tail, None, 0, Limit::AtMost(1.0)),
    target(Workload::List, Measure::Rate, None, 0, Limit::AtLeast(1.0)),
    target(Workload::List, Measure::Tail, None, 0, Limit::AtMost(1.0)),
    target(Workload::Search, Measure::Rate, None, 200_000, Limit::AtLeast(5.0)),
];

const fn target(
    workload: Workload,
    measure: Measure,
    clients: Option<usize>,
    tasks_min: usize,
    limit: Limit,
) -> Target {
    Target { workload, measure, clients, tasks_min, limit }
}

impl Target {
    /// Whether it is about this figure.
    pub fn covers(&self, tasks: usize, workload: Workload, clients: usize, measure: Measure) -> bool {
        self.workload == workload
            && self.measure == measure
            && self.clients.is_none_or(|only| only == clients)
            && tasks >= self.tasks_min
    }

    /// In words.
    pub fn text(&self) -> String {
        let clients = match self.clients {
            Some(1) => " at 1 client".to_owned(),
            Some(clients) => format!(" at {clients} clients"),
            None => String::new(),
        };
        let tasks = if self.tasks_min > 0 { format!(", from {} tasks on", self.tasks_min) } else { String::new() };
        format!("{} {}{clients}{tasks}", self.workload.name(), self.measure.name())
    }
}

/// The limit of a figure; none where nothing was promised.
pub fn limit(tasks: usize, workload: Workload, clients: usize, measure: Measure) -> Limit {
    let target = TARGETS.iter().find(|target| target.covers(tasks, workload, clients, measure));
    target.map_or(Limit::None, |target| target.limit)
}
