//! Tasks as a table for spreadsheets: CSV (RFC 4180) in UTF-8, one task a row, one field a column.
//!
//! | column | holds |
//! |---|---|
//! | `id` | the task's id |
//! | `title`, `description` | text; a description may have several lines |
//! | `status` | `pending`, `in_progress`, `completed` or `cancelled` |
//! | `priority` | `none`, `low`, `medium`, `high` or `urgent` |
//! | `tags` | between commas; a comma or backslash of a tag has a backslash before it |
//! | `due_date` | the day, or |
//! | `due_at`, `time_zone` | the wall time and its IANA zone |
//! | `rrule`, `recurrence_from`, `recurrence_generate`, `recurrence_missed`, `recurrence_time_zone` | how it repeats |
//! | `series_id`, `parent_id`, `rank`, `created_at`, `updated_at`, `completed_at` | as in the API |
//!
//! An empty cell is a field that is not there. Reminders have no column.
//!
//! **Formulas.** A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a line break for a formula or a command. Such a text is
//! written with an apostrophe before it, and so is one that begins with apostrophes and then one of these; reading takes that apostrophe away
//! again. All other texts stand there as they are.
//!
//! Read is any table with a heading `title`: columns in any order and any letter case, between commas, semicolons or tabs. Columns that are none of these are told
//! as lost.

use chrono::SecondsFormat;
use domain::task::TaskView;
use serde_json::Value;
use uuid::Uuid;

use crate::draft::{Draft, Names, id_from};
use crate::table::{Row, Table};
use crate::{Imported, Options, ReadError, Reading};

const COLUMNS: [&str; 20] = [
    "id",
    "title",
    "description",
    "status",
    "priority",
    "tags",
    "due_date",
    "due_at",
    "time_zone",
    "rrule",
    "recurrence_from",
    "recurrence_generate",
    "recurrence_missed",
    "recurrence_time_zone",
    "series_id",
    "parent_id",
    "rank",
    "created_at",
    "updated_at",
    "completed_at",
];

const NAMES: &Names = &[("recurrence_pattern", "rrule")];

/// What makes a cell a formula.
const FORMULA: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// Writes the headings.
pub fn begin(out: &mut String) {
    row(COLUMNS.map(str::to_owned), out);
}

/// Writes a task.
pub fn add(task: &TaskView, out: &mut String) {
    let rule = task.recurrence_pattern.as_ref();
    let of_rule = |word: fn(&domain::task::Recurrence) -> String| rule.map(word).unwrap_or_default();
    let instant = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let tags: Vec<String> = task.tags.iter().map(|tag| tag.replace('\\', "\\\\").replace(',', "\\,")).collect();
    row(
        [
            task.id.to_string(),
            task.title.clone(),
            task.description.clone(),
            task.status.to_string(),
            task.priority.to_string(),
            tags.join(", "),
            task.due_date.map(|date| date.to_string()).unwrap_or_default(),
            task.due_at.map(|at| at.format("%Y-%m-%dT%H:%M:%S").to_string()).unwrap_or_default(),
            task.time_zone.clone().unwrap_or_default(),
            of_rule(|rule| rule.rrule.clone()),
            of_rule(|rule| rule.from.to_string()),
            of_rule(|rule| rule.generate.to_string()),
            of_rule(|rule| rule.missed.to_string()),
            of_rule(|rule| rule.time_zone.map(|zone| zone.name().to_owned()).unwrap_or_default()),
            task.series_id.map(|id| id.to_string()).unwrap_or_default(),
            task.parent_id.map(|id| id.to_string()).unwrap_or_default(),
            task.rank.clone().unwrap_or_default(),
            instant(task.created_at),
            instant(task.updated_at),
            task.completed_at.map(instant).unwrap_or_default(),
        ],
        out,
    );
}

fn row(cells: [String; COLUMNS.len()], out: &mut String) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        quote(&guarded(cell), out);
    }
    out.push_str("\r\n");
}

/// In quotes where it would end before its end, or lose white space at its ends.
fn quote(cell: &str, out: &mut String) {
    let is_plain = !cell.contains(['"', ',', ';', '\t', '\r', '\n']) && cell.trim() == cell;
    if is_plain {
        out.push_str(cell);
    } else {
        out.extend(["\"", &cell.replace('"', "\"\""), "\""]);
    }
}

/// Apostrophes and then what makes a formula.
fn is_guarded(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

fn guarded(text: &str) -> String {
    if is_guarded(text) { format!("'{text}") } else { text.to_owned() }
}

fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|_| is_guarded(cell)).unwrap_or(cell)
}

/// Reads a table.
///
/// # Errors
/// It is not UTF-8 or has no heading `title`.
pub(crate) fn read(bytes: &[u8], options: &Options<'_>) -> Result<Reading, ReadError> {
    let table = Table::read(bytes, &["TITLE"])?;
    let tasks = table.rows().map(|row| read_row(row, options)).collect();
    Ok(Reading { tasks, ..Reading::default() })
}

fn read_row(row: Row<'_>, options: &Options<'_>) -> Imported {
    let mut draft = Draft::new(format!("row at line {}", row.line));
    for (heading, cell) in row.cells() {
        let (heading, text) = (heading.to_lowercase(), unguarded(cell));
        match heading.as_str() {
            "id" | "parent_id" => draft.set(&heading, id(text).to_string()),
            "title" => draft.set_title(text),
            "description" => draft.describe(text),
            "tags" => tags(text).iter().for_each(|tag| draft.tag("tags", tag)),
            "rrule" => draft.set_recurrence("rrule", text),
            "recurrence_from" => draft.set_recurrence("from", text),
            "recurrence_generate" => draft.set_recurrence("generate", text),
            "recurrence_missed" => draft.set_recurrence("missed", text),
            "recurrence_time_zone" => draft.set_recurrence("time_zone", text),
            // Of other exports of ours; they follow from the rest.
            "due_utc" | "version" => {}
            known if COLUMNS.contains(&known) => draft.set(known, Value::from(text)),
            other => draft.lose(other, text, "a task has no such field"),
        }
    }
    draft.finish(NAMES, options.now)
}

/// What is no UUID is the id of another program.
fn id(text: &str) -> Uuid {
    let own = Uuid::try_parse(text).ok().filter(|id| !id.is_nil());
    own.unwrap_or_else(|| id_from("csv", text))
}

fn tags(text: &str) -> Vec<String> {
    let mut tags = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let meant = match c {
            ',' => {
                tags.push(String::new());
                continue;
            }
            '\\' => chars.next().unwrap_or(c),
            c => c,
        };
        if let Some(tag) = tags.last_mut() {
            tag.push(meant);
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use proptest::prelude::*;

    use super::*;
    use crate::Format;
    use crate::given::{any_task, fields_lost, read, task};

    fn written(tasks: &[TaskView]) -> String {
        let mut out = String::new();
        begin(&mut out);
        tasks.iter().for_each(|task| add(task, &mut out));
        out
    }

    #[test]
    fn given_a_task_when_written_then_its_row_can_be_read_by_eye() {
        let text = written(&[TaskView {
            tags: vec!["home, sweet".to_owned(), "b".to_owned()],
            due_date: "2026-12-01".parse().ok(),
            description: "One\n\"Two\"".to_owned(),
            ..task("=1+1")
        }]);
        let expected = "id,title,description,status,priority,tags,due_date,due_at,time_zone,rrule,recurrence_from,recurrence_generate,recurrence_missed,recurrence_time_zone,\
            series_id,parent_id,rank,created_at,updated_at,completed_at\r\n\
            0198c5d2-7f3a-7cc1-9a53-2f1f6f3f6a10,'=1+1,\"One\n\"\"Two\"\"\",pending,none,\"home\\, sweet, b\",2026-12-01,,,,,,,,,,,\
            2026-11-01T08:30:00Z,2026-11-02T09:45:10Z,\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn given_a_table_made_by_hand_when_read_then_what_it_has_is_taken_and_the_rest_told() {
        let text = "Title;Due_Date;Who\nPay the rent;2026-12-01;Ann\n'tis the season;1.12.2026;\n\n'-5 degrees;;\n";
        let reading = read(Format::Csv, text, Tz::UTC);
        let titles: Vec<&Value> = reading.tasks.iter().map(|task| &task.line["title"]).collect();
        assert_eq!(titles, ["Pay the rent", "'tis the season", "-5 degrees"]);
        assert_eq!(reading.tasks[0].line["due_date"], "2026-12-01");
        assert_eq!([&reading.tasks[0], &reading.tasks[1]].map(fields_lost), [vec!["who"], vec!["due_date"]]);
        assert_eq!(reading.tasks[1].source, "row at line 3");
    }

    #[test]
    fn given_an_id_of_another_program_when_read_then_ours_follows_from_it() {
        let read = |text| read(Format::Csv, text, Tz::UTC).tasks[0].line["id"].clone();
        assert_eq!(read("id,title\n17,a\n"), read("title,id\nb,17\n"));
        assert_ne!(read("id,title\n17,a\n"), read("id,title\n18,a\n"));
    }

    proptest! {
        #[test]
        fn given_any_text_when_guarded_then_no_formula_and_read_back_the_same(text in "['=+@\t\r\n-]{0,4}.{0,5}") {
            let cell = guarded(&text);
            prop_assert!(!cell.starts_with(FORMULA));
            prop_assert_eq!(unguarded(&cell), text);
        }

        #[test]
        fn given_any_cells_when_written_and_read_as_csv_then_the_same(cells in prop::collection::vec("[a,;\"\t\r\n é]{0,6}", COLUMNS.len())) {
            let mut out = String::new();
            row(COLUMNS.map(str::to_owned), &mut out);
            row(cells.clone().try_into().unwrap(), &mut out);
            let table = Table::read(out.as_bytes(), &[]).unwrap();
            let back: Vec<String> = match table.rows().next() {
                Some(row) => COLUMNS.iter().map(|name| unguarded(row.cell(&name.to_uppercase())).to_owned()).collect(),
                None => vec![String::new(); COLUMNS.len()],
            };
            prop_assert_eq!(back, cells);
        }

        #[test]
        fn given_any_task_when_written_and_read_back_then_the_same(task in any_task("[^\0\n]{0,30}(\r?\n[^\0\n]{0,9}){0,2}")) {
            let reading = read(Format::Csv, &written(std::slice::from_ref(&task)), Tz::UTC);
            let [imported] = reading.tasks.as_slice() else { panic!("{reading:?}") };
            prop_assert_eq!(&imported.lost, &[]);
            prop_assert_eq!(crate::given::back(imported, task.version), task);
        }

        #[test]
        fn given_any_text_when_read_as_a_table_then_never_a_panic(text in "title[,;\"\n'=a]{0,30}", bytes in any::<Vec<u8>>()) {
            let options = crate::given::options(Tz::UTC);
            let _answer = (super::read(text.as_bytes(), &options).is_ok(), super::read(&bytes, &options).is_ok());
        }
    }
}
