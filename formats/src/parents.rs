//! Tasks of a file that are parts of others of it.

use std::collections::HashMap;
use std::iter::successors;

use domain::limits::TASK_LEVELS_MAX;
use serde_json::Value;

use crate::{Format, Imported, Lost, Reading};

/// What a file calls the parent of a task.
const fn field(format: Format) -> &'static str {
    match format {
        Format::ICalendar => "RELATED-TO",
        Format::TodoistCsv => "INDENT",
        Format::TaskwarriorJson | Format::Csv => "parent_id",
    }
}

fn text<'a>(task: &'a Imported, name: &str) -> Option<&'a str> {
    task.line.get(name).and_then(Value::as_str)
}

/// Takes a parent out again that an import would refuse: one that is not in the file, or stands on the last level or in a ring.
pub(crate) fn settle(reading: &mut Reading, format: Format) {
    let entries = reading.tasks.iter().filter_map(|task| Some((text(task, "id")?, text(task, "parent_id"))));
    let parents: HashMap<String, Option<String>> =
        entries.map(|(id, parent)| (id.to_owned(), parent.map(str::to_owned))).collect();
    for task in &mut reading.tasks {
        let Some(parent) = text(task, "parent_id").map(str::to_owned) else { continue };
        let above = successors(Some(&parent), |id| parents.get(*id)?.as_ref()).take(TASK_LEVELS_MAX);
        let above = above.filter(|id| parents.contains_key(*id)).count();
        let why = if above == 0 {
            "names no task of this file; the task has no parent".to_owned()
        } else if above >= TASK_LEVELS_MAX {
            format!("tasks stand on at most {TASK_LEVELS_MAX} levels; the task has no parent")
        } else {
            continue;
        };
        task.line.remove("parent_id");
        task.lost.push(Lost { field: field(format).to_owned(), value: parent, why });
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use serde_json::json;

    use super::*;
    use crate::given::{fields_lost, read, titled};

    #[test]
    fn given_parents_that_cannot_be_when_read_then_the_tasks_have_none_and_it_is_told() {
        let rows: Vec<String> = (1..=7)
            .map(|n| format!("{n},t{n},{}", n - 1))
            .chain(["10,a,11".to_owned(), "11,b,10".to_owned(), "12,c,12".to_owned(), "13,d,99".to_owned()])
            .collect();
        let reading = read(Format::Csv, &format!("id,title,parent_id\n{}\n", rows.join("\n")), Tz::UTC);
        let id = |title: &str| titled(&reading, title).line["id"].clone();
        for n in 2..=5 {
            assert_eq!(titled(&reading, &format!("t{n}")).line["parent_id"], id(&format!("t{}", n - 1)));
        }
        for title in ["t1", "t6", "t7", "a", "b", "c", "d"] {
            let task = titled(&reading, title);
            assert_eq!((task.line.get("parent_id"), fields_lost(task)), (None, vec!["parent_id"]), "{title}");
        }
        assert_eq!(titled(&reading, "t2").lost, []);
    }

    #[test]
    fn given_a_todo_that_is_related_otherwise_when_read_then_only_its_parent_is_carried() {
        let todo = |uid: &str, more: &str| format!("BEGIN:VTODO\nUID:{uid}\nSUMMARY:{uid}\n{more}END:VTODO\n");
        let text = format!(
            "BEGIN:VCALENDAR\nVERSION:2.0\n{}{}{}END:VCALENDAR\n",
            todo("whole", ""),
            todo("part", "RELATED-TO;RELTYPE=PARENT:whole\nX-TASKLOG-RANK:a0\n"),
            todo("beside", "RELATED-TO;RELTYPE=SIBLING:part\n"),
        );
        let reading = read(Format::ICalendar, &text, Tz::UTC);
        let part = titled(&reading, "part");
        assert_eq!(
            (&part.line["parent_id"], &part.line["rank"]),
            (&titled(&reading, "whole").line["id"], &json!("a0"))
        );
        assert_eq!((part.lost.len(), fields_lost(titled(&reading, "beside"))), (0, vec!["RELATED-TO"]));
    }
}
