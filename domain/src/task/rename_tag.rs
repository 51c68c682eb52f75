//! A tag goes by another name. A task that has both names keeps one, at the place of the first of them.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{Following, TaskAggregate, TaskChanges, TaskEvent, TaskRejection, TaskUpdated};
use crate::Violations;
use crate::limits::TAG_MAX_CHARS;
use crate::read::{self, Reader};

/// Two names, both of them valid tags and not the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRename {
    from: String,
    to: String,
}

impl TagRename {
    /// Reads a request: the tag `from` in its path, `{"to": …}` in its body.
    ///
    /// # Errors
    /// Every field that is unknown, missing or no valid tag; `tag` is the one in the path. Two names that are the same.
    pub fn from_json(from: &str, body: &Map<String, Value>) -> Result<Self, Violations> {
        let mut reader = Reader::new(body);
        let from = match read::name(&from.into(), TAG_MAX_CHARS) {
            Ok(from) => Some(from),
            Err(detail) => {
                reader.violation("tag", detail);
                None
            }
        };
        let missing = reader.lacks("to");
        let to = reader.take_not_null("to", |value| read::name(value, TAG_MAX_CHARS));
        if missing {
            reader.violation("to", "is required: the tag's new name");
        }
        reader.finish("a rename", &[])?;
        match (from, to) {
            (Some(from), Some(to)) if from != to => Ok(Self { from, to }),
            _ => Err(Violations::one("to", "is the name that the tag has already; give another one")),
        }
    }

    /// Two names as they were kept.
    ///
    /// # Errors
    /// As [`Self::from_json`].
    pub fn new(from: &str, to: &str) -> Result<Self, Violations> {
        Self::from_json(from, &Map::from_iter([("to".to_owned(), to.into())]))
    }

    /// The name that goes.
    #[must_use]
    pub fn from(&self) -> &str {
        &self.from
    }

    /// The name that takes its place.
    #[must_use]
    pub fn to(&self) -> &str {
        &self.to
    }

    /// The tags after it.
    fn apply(&self, tags: &[String]) -> Vec<String> {
        let mut renamed: Vec<String> = Vec::with_capacity(tags.len());
        for tag in tags {
            let tag = if *tag == self.from { &self.to } else { tag };
            if !renamed.contains(tag) {
                renamed.push(tag.clone());
            }
        }
        renamed
    }
}

pub(super) fn decide(
    TaskAggregate { task, following, .. }: &TaskAggregate,
    rename: &TagRename,
    at: DateTime<Utc>,
) -> Result<Option<TaskEvent>, TaskRejection> {
    if !task.exists() {
        return Err(TaskRejection::NotFound);
    }
    let renamed = |tags: &Vec<String>| tags.contains(&rename.from).then(|| rename.apply(tags));
    // Where those that follow have other tags than this one, theirs are renamed by themselves.
    let theirs = following
        .tags
        .as_ref()
        .map(|tags| Following { tags: Some(renamed(tags).unwrap_or_else(|| tags.clone())), ..following.clone() });
    let mut changes = TaskChanges { tags: renamed(&task.tags), ..TaskChanges::default() };
    changes.following = theirs.filter(|theirs| *theirs != following.after(&changes));
    let event = TaskUpdated { changes, updated_at: at };
    Ok((!event.changes.is_empty()).then_some(TaskEvent::Updated(event)))
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::*;
    use crate::task::{Scope, TaskCommand};
    use serde_json::json;

    fn tagged(tags: &[&str]) -> TaskEvent {
        created(json!({"title":"x","tags":tags}))
    }

    fn rename(from: &str, to: &str) -> TaskCommand {
        TaskCommand::RenameTag { rename: TagRename::new(from, to).unwrap(), at: now() }
    }

    #[test]
    fn given_a_task_with_the_tag_when_renamed_then_the_new_name_stands_in_its_place_and_nothing_else_changes() {
        given([tagged(&["a", "old", "b"])]).when(rename("old", "new")).then(&json!({
            "type": "tasklog.task.updated.v1",
            "data": {"changes": {"tags": ["a", "new", "b"]}, "updated_at": "2026-11-23T12:00:00Z"},
        }));
    }

    #[test]
    fn given_a_task_with_both_names_when_renamed_then_it_keeps_one_at_the_place_of_the_first() {
        for (tags, expected) in
            [(["old", "a", "new", "b"], ["new", "a", "b"]), (["a", "new", "b", "old"], ["a", "new", "b"])]
        {
            assert_eq!(given([tagged(&tags)]).when(rename("old", "new")).state().tags, expected);
        }
    }

    #[test]
    fn given_a_task_without_the_tag_when_renamed_then_nothing() {
        given([tagged(&["a", "new", "Old"])]).when(rename("old", "new")).then_nothing();
        given([tagged(&["old"])]).and(rename("old", "new")).when(rename("old", "new")).then_nothing();
    }

    #[test]
    fn given_a_completed_task_when_renamed_then_it_stays_completed() {
        let renamed = given([tagged(&["old"]), completed()]).when(rename("old", "new")).state();
        assert_eq!((renamed.tags, renamed.completed_at), (vec!["new".to_owned()], Some(now())));
    }

    #[test]
    fn given_an_occurrence_with_tags_of_its_own_when_renamed_then_so_are_those_of_the_following() {
        let daily = |tags: &[&str]| {
            created(
                json!({"title":"x","tags":tags,"due_date":"2026-12-01","recurrence_pattern":{"rrule":"FREQ=DAILY"}}),
            )
        };
        for (theirs, own, expected_theirs, expected_own) in [
            (vec!["old", "a"], vec!["b"], vec!["new", "a"], vec!["b"]),
            (vec!["a"], vec!["old"], vec!["a"], vec!["new"]),
            (vec!["old"], vec!["b", "old"], vec!["new"], vec!["b", "new"]),
        ] {
            let apart = given([daily(&theirs)]).and(update_for(Scope::This, json!({"tags":own})));
            let renamed = apart.when(rename("old", "new")).aggregate();
            assert_eq!(renamed.task.tags, expected_own, "{own:?}");
            assert_eq!(renamed.following.tags.unwrap(), expected_theirs, "{theirs:?}");
        }
    }

    #[test]
    fn given_a_renamed_tag_when_undone_then_the_tags_are_as_they_were() {
        let undone = given([tagged(&["old", "a", "new"])]).and(rename("old", "new")).when(undo()).state();
        assert_eq!(undone.tags, ["old", "a", "new"]);
    }

    #[test]
    fn given_no_task_or_a_deleted_one_when_renamed_then_not_found() {
        given([]).when(rename("old", "new")).then_rejected(&TaskRejection::NotFound);
        given([tagged(&["old"]), deleted()]).when(rename("old", "new")).then_rejected(&TaskRejection::NotFound);
    }

    #[test]
    fn given_names_when_read_then_they_are_composed_as_tags_are() {
        let body = json!({"to": "cafe\u{301}"});
        let read = TagRename::from_json("re\u{301}sume\u{301}", body.as_object().unwrap()).unwrap();
        assert_eq!((read.from(), read.to()), ("r\u{e9}sum\u{e9}", "caf\u{e9}"));
    }

    #[test]
    fn given_bad_names_when_read_then_each_is_named() {
        let long = "x".repeat(65);
        for (from, body, fields) in [
            ("old", json!({}), vec!["to"]),
            ("old", json!({"to": null}), vec!["to"]),
            ("old", json!({"to": 1}), vec!["to"]),
            ("old", json!({"to": ""}), vec!["to"]),
            ("old", json!({"to": " new"}), vec!["to"]),
            ("old", json!({"to": long.as_str()}), vec!["to"]),
            ("old", json!({"to": "old"}), vec!["to"]),
            ("caf\u{e9}", json!({"to": "cafe\u{301}"}), vec!["to"]),
            ("old ", json!({"to": "new"}), vec!["tag"]),
            ("a\nb", json!({"to": "a\nb", "from": "x"}), vec!["from", "tag", "to"]),
            (&long, json!({"to": "new"}), vec!["tag"]),
        ] {
            assert_eq!(named(TagRename::from_json(from, body.as_object().unwrap())), fields, "{from} {body}");
        }
    }
}
