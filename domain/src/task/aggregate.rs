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
