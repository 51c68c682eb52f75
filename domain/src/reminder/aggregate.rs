//! cqrs-es's `Aggregate`, a thin adapter over `decide` and `evolve`.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;

use super::{Reminder, ReminderCommand, ReminderEvent, ReminderRejection, decide, evolve};

impl Aggregate for Reminder {
    const TYPE: &'static str = "reminder";
    type Command = ReminderCommand;
    type Event = ReminderEvent;
    type Error = ReminderRejection;
    type Services = ();

    async fn handle(
        &mut self,
        command: ReminderCommand,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), ReminderRejection> {
        if let Some(event) = decide(self, &command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: ReminderEvent) {
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
        let (mut aggregate, sink) = (Reminder::default(), EventSink::default());
        let command = schedule(json!({"remind_at":"2026-12-01T08:30:00","time_zone":"Europe/Berlin"}), None);
        ready(aggregate.handle(command.clone(), &(), &sink)).unwrap();
        assert_eq!(aggregate, given([scheduled()]).reminder());
        assert_eq!(ready(aggregate.handle(command, &(), &sink)).unwrap_err(), ReminderRejection::AlreadyExists);
        assert_eq!(ready(sink.collect()), [scheduled()]);
    }
}
