//! One whole CloudEvent of each type, as the story of one recurring task and its reminder.

use serde_json::{Value, json};

use crate::reminder::ReminderEvent;
use crate::task::TaskEvent;
use crate::tenant;

const TASK: &str = "5f0c7c53-2a86-5d0e-9a63-3d1c5f0a7b21";
const REMINDER: &str = "8d3e1b0a-64f2-5c7d-8e19-0b7a4c2d9f35";

/// File name and CloudEvent of a sample of every event type.
#[must_use]
pub fn golden_samples() -> Vec<(String, Value)> {
    let tasks = TaskEvent::TYPES.into_iter().zip(task_data()).map(|(event_type, data)| (event_type, data, TASK));
    let reminders =
        ReminderEvent::TYPES.into_iter().zip(reminder_data()).map(|(event_type, data)| (event_type, data, REMINDER));
    let numbered = tasks.zip(1_u64..).chain(reminders.zip(1_u64..));
    numbered
        .map(|((event_type, data, subject), sequence)| {
            (format!("{event_type}.sample.json"), cloud_event(event_type, subject, sequence, &data))
        })
        .collect()
}

fn cloud_event(event_type: &str, subject: &str, sequence: u64, data: &Value) -> Value {
    let stream = format!("{}/{subject}", tenant::DEFAULT);
    json!({
        "specversion": "1.0",
        "id": format!("{stream}@{sequence}"),
        "source": format!("/tenants/{}", tenant::DEFAULT),
        "type": event_type,
        "subject": subject,
        "time": "2026-11-23T12:00:00Z",
        "datacontenttype": "application/json",
        "partitionkey": stream,
        "sequence": sequence,
        "tenant": tenant::DEFAULT,
        "commandid": format!("sample-{sequence}"),
        "correlationid": "4bf92f3577b34da6a3ce929d0e0e4736",
        "actor": "anonymous",
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "data": data,
    })
}

/// In the order of [`TaskEvent::TYPES`].
fn task_data() -> [Value; 7] {
    let monday = json!({"due_at": "2026-11-30T09:00:00", "time_zone": "Europe/Berlin"});
    [
        json!({
            "id": TASK,
            "title": "Water the plants",
            "description": "The ones on the balcony too.",
            "status": "pending",
            "priority": "medium",
            "tags": ["home", "garden"],
            "due": monday,
            "recurrence_pattern": {
                "rrule": "FREQ=WEEKLY;BYDAY=MO", "from": "due", "generate": "when_completed", "missed": "collapse",
            },
            "series_id": TASK,
            "created_at": "2026-11-23T12:00:00Z",
            "updated_at": "2026-11-23T12:00:00Z",
            "completed_at": null,
        }),
        json!({
            "changes": {"title": "Water all plants", "due": {"due_date": "2026-12-01"}, "recurrence_pattern": null},
            "updated_at": "2026-11-23T12:05:00.250Z",
        }),
        json!({"completed_at": "2026-11-30T08:10:00Z", "changes": {"priority": "high", "due": null}}),
        json!({"reopened_at": "2026-11-30T08:11:00Z", "status": "in_progress"}),
        json!({"deleted_at": "2026-11-30T08:12:00Z"}),
        json!({"restored_at": "2026-11-30T08:13:00Z"}),
        json!({
            "skipped": monday,
            "next": {"due_at": "2026-12-07T09:00:00", "time_zone": "Europe/Berlin"},
            "skipped_at": "2026-11-30T08:14:00Z",
        }),
    ]
}

/// In the order of [`ReminderEvent::TYPES`].
fn reminder_data() -> [Value; 7] {
    [
        json!({
            "id": REMINDER,
            "task_id": TASK,
            "time": {"remind_at": "2026-11-30T08:30:00", "time_zone": "Europe/Berlin"},
            "remind_utc": "2026-11-30T07:30:00Z",
            "created_at": "2026-11-23T12:00:00Z",
        }),
        json!({
            "time": {"before_due": "PT30M"},
            "remind_utc": "2026-11-30T07:30:00Z",
            "rescheduled_at": "2026-11-23T12:01:00Z",
        }),
        json!({"snoozed_until": "2026-11-30T07:40:00Z", "snoozed_at": "2026-11-30T07:30:05Z"}),
        json!({"triggered_at": "2026-11-30T07:40:00.100Z"}),
        json!({"sent_at": "2026-11-30T07:40:01Z"}),
        json!({"failed_at": "2026-11-30T07:40:30Z", "detail": "webhook answered 503 five times"}),
        json!({"cancelled_at": "2026-11-30T08:10:00Z", "reason": "task_completed"}),
    ]
}
