//! cqrs-es's `Aggregate`, a thin adapter over `decide` and `evolve`.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use super::{
    Due, Following, Occurrence, Reversal, Task, TaskCommand, TaskEvent, TaskRejection, decide, evolve, occurrence,
};

/// What commands on a task are decided on. Whoever only shows tasks needs the task alone, see [`evolve`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TaskAggregate {
    /// The task.
    pub task: Task,
    /// Its place in its series; there exactly while it repeats.
    pub occurrence: Option<Occurrence>,
    /// What those that follow have, where this one was changed for itself. Empty while the task does not repeat.
    #[serde(default, skip_serializing_if = "Following::is_empty")]
    pub following: Following,
    /// What takes its last change back; `None` before the first, and where the last one changed nothing.
    pub last: Option<Reversal>,
}

impl TaskAggregate {
    /// Version of its JSON, in which it is kept between two commands.
    pub const SNAPSHOT_VERSION: u32 = 5;

    /// When it is due by itself: where it repeats, by its rule, whatever day this one alone was moved to.
    #[must_use]
    pub fn series_due(&self) -> Option<Due> {
        self.occurrence.map(|occurrence| occurrence.due).or(self.task.due)
    }

    /// Folds one event.
    pub fn follow(&mut self, event: &TaskEvent) {
        self.last = Reversal::of(self, event);
        evolve(&mut self.task, event);
        self.occurrence = occurrence::after(self.occurrence, event, &self.task);
        self.following = std::mem::take(&mut self.following).after_event(event, &self.task);
    }
}

impl Aggregate for TaskAggregate {
    const TYPE: &'static str = "task";
    type Command = TaskCommand;
    type Event = TaskEvent;
    type Error = TaskRejection;
    type Services = ();

    async fn handle(&mut self, command: TaskCommand, (): &(), sink: &EventSink<Self>) -> Result<(), TaskRejection> {
        if let Some(event) = decide(self, &command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: TaskEvent) {
        self.follow(&event);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use serde_json::json;

    use super::super::given::*;
    use super::*;

    /// Nothing in `handle` waits, so one poll is enough.
    fn ready<T>(future: impl Future<Output = T>) -> T {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("it waits"),
        }
    }

    #[test]
    fn given_a_command_when_handled_then_the_sink_holds_the_event_of_decide_and_it_is_applied() {
        let (mut aggregate, sink) = (TaskAggregate::default(), EventSink::default());
        let command = create(json!({"title":"x"}));
        ready(aggregate.handle(command.clone(), &(), &sink)).unwrap();
        assert_eq!(aggregate, given([created(json!({"title":"x"}))]).aggregate());
        assert_eq!(ready(aggregate.handle(command, &(), &sink)).unwrap_err(), TaskRejection::AlreadyExists);
        assert_eq!(ready(sink.collect()), [created(json!({"title":"x"}))]);
    }
}
