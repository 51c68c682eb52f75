//! What is true of a reminder after an event. Never fails and never judges: the event has happened.

use super::{Reminder, ReminderEvent, ReminderRescheduled, ReminderStatus};

/// Folds one event into the reminder; `version` grows by one.
pub fn evolve(reminder: &mut Reminder, event: &ReminderEvent) {
    match event {
        ReminderEvent::Scheduled(scheduled) => {
            *reminder = Reminder {
                id: scheduled.id,
                task_id: scheduled.task_id,
                time: Some(scheduled.time.clone()),
                remind_utc: scheduled.remind_utc,
                repeat: scheduled.repeat.clone(),
                created_at: scheduled.created_at,
                version: reminder.version,
                ..Reminder::default()
            };
        }
        ReminderEvent::Rescheduled(rescheduled) => evolve_rescheduled(reminder, rescheduled),
        ReminderEvent::Snoozed(snoozed) => {
            reminder.snoozed_until = Some(snoozed.snoozed_until);
            reminder.status = ReminderStatus::Scheduled;
            reminder.rings = 0;
        }
        ReminderEvent::Triggered(triggered) => {
            reminder.status = ReminderStatus::Triggered;
            reminder.rings = triggered.ring;
            reminder.triggered_at = Some(triggered.triggered_at);
            reminder.late = triggered.late;
            reminder.told_by = triggered.told_by;
        }
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

fn evolve_rescheduled(reminder: &mut Reminder, event: &ReminderRescheduled) {
    // One that rang and keeps its time has only got another repetition; one that was cancelled is brought back by the same time.
    let same_time = reminder.time.as_ref() == Some(&event.time) && reminder.remind_utc == event.remind_utc;
    let only_repeats = same_time && reminder.status != ReminderStatus::Cancelled;
    reminder.repeat.clone_from(&event.repeat);
    if only_repeats {
        return;
    }
    reminder.time = Some(event.time.clone());
    reminder.remind_utc = event.remind_utc;
    reminder.snoozed_until = None;
    reminder.status = ReminderStatus::Scheduled;
    reminder.cancel_reason = None;
    reminder.rings = 0;
}
