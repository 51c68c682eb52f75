//! What is true of a reminder after an event. Never fails and never judges: the event has happened.

use super::{Reminder, ReminderEvent, ReminderStatus};

/// Folds one event into the reminder; `version` grows by one.
pub fn evolve(reminder: &mut Reminder, event: &ReminderEvent) {
    match event {
        ReminderEvent::Scheduled(scheduled) => {
            *reminder = Reminder {
                id: scheduled.id,
                task_id: scheduled.task_id,
                time: Some(scheduled.time.clone()),
                remind_utc: scheduled.remind_utc,
                created_at: scheduled.created_at,
                version: reminder.version,
                ..Reminder::default()
            };
        }
        ReminderEvent::Rescheduled(rescheduled) => {
            reminder.time = Some(rescheduled.time.clone());
            reminder.remind_utc = rescheduled.remind_utc;
            reminder.snoozed_until = None;
            reminder.status = ReminderStatus::Scheduled;
            reminder.cancel_reason = None;
        }
        ReminderEvent::Snoozed(snoozed) => {
            reminder.snoozed_until = Some(snoozed.snoozed_until);
            reminder.status = ReminderStatus::Scheduled;
        }
        ReminderEvent::Triggered(_) => reminder.status = ReminderStatus::Triggered,
        ReminderEvent::Sent(_) => reminder.status = ReminderStatus::Sent,
        ReminderEvent::DeliveryFailed(_) => reminder.status = ReminderStatus::Failed,
        ReminderEvent::Cancelled(cancelled) => {
            reminder.status = ReminderStatus::Cancelled;
            reminder.cancel_reason = Some(cancelled.reason);
            reminder.snoozed_until = None;
        }
    }
    reminder.updated_at = event.at();
    reminder.version += 1;
}
