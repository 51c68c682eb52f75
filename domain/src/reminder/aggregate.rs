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
