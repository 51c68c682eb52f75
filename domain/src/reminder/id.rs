//! Ids of reminders that follow from their input, so that the same request twice makes one reminder.

use uuid::{Uuid, uuid};

/// Namespace of every id derived here; changing it would make repeated requests new reminders.
const NAMESPACE: Uuid = uuid!("b2a8f3de-0f3b-5a0e-8d0c-9f6f2f6a7d42");

/// The id of the reminder that a create for this task with this idempotency key makes.
#[must_use]
pub fn new_reminder_id(tenant: &str, task_id: Uuid, idempotency_key: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("create/{}/{tenant}/{task_id}/{idempotency_key}", tenant.len()).as_bytes())
}

/// The id of the reminder of `task_id` that was taken over from the occurrence before, where it is `reminder_id`.
#[must_use]
pub fn following_reminder_id(tenant: &str, task_id: Uuid, reminder_id: Uuid) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("following/{}/{tenant}/{task_id}/{reminder_id}", tenant.len()).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_the_same_input_when_asked_again_then_the_same_id_and_another_for_other_input() {
        let task = Uuid::from_u128(1);
        let id = new_reminder_id("default", task, "k1");
        assert_eq!(id, new_reminder_id("default", task, "k1"));
        assert_ne!(id, new_reminder_id("default", task, "k2"));
        assert_ne!(id, new_reminder_id("default", Uuid::from_u128(2), "k1"));
        assert_ne!(id, new_reminder_id("other", task, "k1"));
    }
}
