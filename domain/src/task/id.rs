//! Ids that follow from what they are for, so that the same request twice makes one task, or one rename.

use uuid::{Uuid, uuid};

use super::Due;

/// Namespace of every id derived here; changing it would make repeated requests new tasks.
const NAMESPACE: Uuid = uuid!("6f0f6f0e-5d0c-5b7e-9c58-0c5d5a9a3c11");

/// The id of the task that a create with this idempotency key makes: same tenant and key, same task.
#[must_use]
pub fn new_task_id(tenant: &str, idempotency_key: &str) -> Uuid {
    derived("create", tenant, idempotency_key)
}

/// The id of an imported task that brings none: same tenant and source (a line of the file, say), same task.
#[must_use]
pub fn imported_task_id(tenant: &str, source: &str) -> Uuid {
    derived("import", tenant, source)
}

/// The id of the occurrence of a series that is due then: same tenant, series and due date or wall time, same task, whoever makes it
/// and however often.
#[must_use]
pub fn next_task_id(tenant: &str, series_id: Uuid, due: &Due) -> Uuid {
    derived("occurrence", tenant, &format!("{series_id}/{}", due.wall().format("%Y-%m-%dT%H:%M:%S")))
}

/// The id of that occurrence where another task has [`next_task_id`]'s: a rule that was changed may come to a day for the second time.
#[must_use]
pub fn next_task_id_after(tenant: &str, series_id: Uuid, due: &Due, follows: Uuid) -> Uuid {
    derived("occurrence", tenant, &format!("{series_id}/{}/{follows}", due.wall().format("%Y-%m-%dT%H:%M:%S")))
}

/// The id of the rename of a tag that is asked for with this idempotency key: same tenant and key, same rename.
#[must_use]
pub fn tag_rename_id(tenant: &str, idempotency_key: &str) -> Uuid {
    derived("tag-rename", tenant, idempotency_key)
}

/// The id of the copy of a task below the next occurrence of what it is below: same tenant, parent and task, same copy.
#[must_use]
pub fn copied_task_id(tenant: &str, parent_id: Uuid, copied: Uuid) -> Uuid {
    derived("copy", tenant, &format!("{parent_id}/{copied}"))
}

/// The length of the tenant is part of the name, so that no two inputs make one name.
fn derived(kind: &str, tenant: &str, source: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{kind}/{}/{tenant}/{source}", tenant.len()).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_the_same_key_when_asked_again_then_the_same_id() {
        assert_eq!(new_task_id("default", "k1"), new_task_id("default", "k1"));
        assert_eq!(new_task_id("default", "k1").to_string(), "b7bbc4d3-7a79-52a5-a3d0-adcee93f0c22");
    }

    #[test]
    fn given_another_key_tenant_or_kind_when_asked_then_another_id() {
        let id = new_task_id("default", "k1");
        assert_ne!(id, new_task_id("default", "k2"));
        assert_ne!(id, new_task_id("other", "k1"));
        assert_ne!(id, imported_task_id("default", "k1"));
        assert_ne!(id, tag_rename_id("default", "k1"));
        assert_ne!(new_task_id("a", "/b"), new_task_id("a/", "b"));
    }
}
