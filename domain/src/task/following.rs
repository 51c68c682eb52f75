//! What the occurrences that follow have, where this one was changed for itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Scope, Task, TaskChanges, TaskEvent, TaskFields, TaskPatch};

/// The fields in which those that follow differ from this one, as they have them. A field that is left out goes on to them as it is here.
///
/// The due date is not among them: when those that follow are due is said by the [`Occurrence`](super::Occurrence).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Following {
    /// Their title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub title: Option<String>,
    /// Their description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub description: Option<String>,
    /// Their priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "super::Priority")]
    pub priority: Option<super::Priority>,
    /// Their tags, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub tags: Option<Vec<String>>,
}

impl Following {
    /// They have all that this one has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// After a patch that makes `after` of the fields `before`.
    pub(super) fn patched(&self, patch: &TaskPatch, before: &TaskFields, after: &TaskFields) -> Self {
        match patch.scope {
            Some(Scope::This) => Self {
                title: apart(self.title.as_ref(), &before.title, &after.title),
                description: apart(self.description.as_ref(), &before.description, &after.description),
                priority: apart(self.priority.as_ref(), &before.priority, &after.priority),
                tags: apart(self.tags.as_ref(), &before.tags, &after.tags),
            },
            None | Some(Scope::Following) => Self {
                title: unless(patch.title.is_some(), &self.title),
                description: unless(patch.description.is_some(), &self.description),
                priority: unless(patch.priority.is_some(), &self.priority),
                tags: unless(patch.tags.is_some(), &self.tags),
            },
        }
    }

    /// After these changes: what they say of those that follow, or else what they change goes on to them.
    pub(super) fn after(&self, changes: &TaskChanges) -> Self {
        changes.following.clone().unwrap_or_else(|| Self {
            title: unless(changes.title.is_some(), &self.title),
            description: unless(changes.description.is_some(), &self.description),
            priority: unless(changes.priority.is_some(), &self.priority),
            tags: unless(changes.tags.is_some(), &self.tags),
        })
    }

    /// After the event that has made `task` what it is. None follow one that does not repeat.
    #[must_use]
    pub fn after_event(self, event: &TaskEvent, task: &Task) -> Self {
        match (event, event.changes()) {
            (TaskEvent::Created(_), _) => Self::default(),
            _ if task.due.is_none() || task.recurrence.is_none() => Self::default(),
            (_, Some(changes)) => self.after(changes),
            (_, None) => self,
        }
    }

    /// The changes that make a task the one that they are.
    pub(super) fn changes(&self) -> TaskChanges {
        let Self { title, description, priority, tags } = self.clone();
        TaskChanges { title, description, priority, tags, ..TaskChanges::default() }
    }

    /// The fields of the task that follows one with these.
    pub(super) fn over(&self, fields: TaskFields) -> TaskFields {
        let Self { title, description, priority, tags } = self.clone();
        TaskFields {
            title: title.unwrap_or(fields.title),
            description: description.unwrap_or(fields.description),
            priority: priority.unwrap_or(fields.priority),
            tags: tags.unwrap_or(fields.tags),
            ..fields
        }
    }
}

impl TaskChanges {
    /// The names of the fields that were changed for this occurrence alone: those that follow have something else, which they had
    /// `before` already.
    #[must_use]
    pub fn only_this(&self, before: &Task, their: &Following) -> Vec<&'static str> {
        let Some(now) = &self.following else { return Vec::new() };
        let fields = [
            ("title", self.title.is_some() && keep(now.title.as_ref(), their.title.as_ref(), &before.title)),
            (
                "description",
                self.description.is_some()
                    && keep(now.description.as_ref(), their.description.as_ref(), &before.description),
            ),
            (
                "priority",
                self.priority.is_some() && keep(now.priority.as_ref(), their.priority.as_ref(), &before.priority),
            ),
            ("tags", self.tags.is_some() && keep(now.tags.as_ref(), their.tags.as_ref(), &before.tags)),
        ];
        fields.into_iter().filter_map(|(name, only_this)| only_this.then_some(name)).collect()
    }
}

/// Whether those that follow have something else `now`, and had that before: as said apart, or else as this one had it.
fn keep<T: PartialEq>(now: Option<&T>, apart: Option<&T>, before: &T) -> bool {
    now.is_some_and(|now| now == apart.unwrap_or(before))
}

/// What those that follow have, where it is not what this one has `after` a change of its own; they have what was there `before` it.
fn apart<T: Clone + PartialEq>(theirs: Option<&T>, before: &T, after: &T) -> Option<T> {
    let theirs = theirs.unwrap_or(before);
    (theirs != after).then(|| theirs.clone())
}

fn unless<T: Clone>(goes_on: bool, theirs: &Option<T>) -> Option<T> {
    if goes_on { None } else { theirs.clone() }
}

#[cfg(test)]
mod tests;
