//! cqrs-es's `Aggregate`, a thin adapter over `decide` and `evolve`.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;

use super::{Task, TaskCommand, TaskEvent, TaskRejection, decide, evolve};

impl Aggregate for Task {
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
        evolve(self, &event);
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
        let (mut aggregate, sink) = (Task::default(), EventSink::default());
        let command = create(json!({"title":"x"}));
        ready(aggregate.handle(command.clone(), &(), &sink)).unwrap();
        assert_eq!(aggregate, given([created(json!({"title":"x"}))]).task());
        assert_eq!(ready(aggregate.handle(command, &(), &sink)).unwrap_err(), TaskRejection::AlreadyExists);
        assert_eq!(ready(sink.collect()), [created(json!({"title":"x"}))]);
    }
}
