//! CSV with headings: cells by the name of their column.

use csv::{ReaderBuilder, StringRecord};

use crate::ReadError;
use crate::text::utf8;

/// A table that was read.
pub(crate) struct Table {
    /// In upper case.
    headings: Vec<String>,
    rows: Vec<(usize, StringRecord)>,
}

/// One row of it.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    /// The line it begins at, from 1.
    pub(crate) line: usize,
    headings: &'a [String],
    cells: &'a StringRecord,
}

impl Table {
    /// Reads CSV with commas, semicolons or tabs between its cells, whichever its headings have most of.
    ///
    /// # Errors
    /// It is not UTF-8, or one of the headings in `needed` is not there.
    pub(crate) fn read(bytes: &[u8], needed: &[&str]) -> Result<Self, ReadError> {
        let text = utf8(bytes)?;
        let first_line = text.trim_start().lines().next().unwrap_or_default();
        let count = |delimiter: u8| first_line.bytes().filter(|byte| *byte == delimiter).count();
        // The last of equals is taken: a comma where there is none of them.
        let delimiter = *b"\t;,".iter().max_by_key(|delimiter| count(**delimiter)).unwrap_or(&b',');
        let reader =
            ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
        let mut rows = Vec::new();
        let mut place = Place { line: 1, rest: text.as_bytes(), at: 0 };
        for record in reader.into_records() {
            // What is read from memory as UTF-8, with any number of cells in a row, has nothing left to be wrong.
            let record = record.map_err(|error| ReadError::new(1, error.to_string()))?;
            place.go_to(record.position().map_or(0, csv::Position::byte));
            rows.push((place.line, record));
        }
        let headings = if rows.is_empty() { StringRecord::new() } else { rows.remove(0).1 };
        let headings: Vec<String> = headings.iter().map(|heading| heading.trim().to_uppercase()).collect();
        match needed.iter().find(|heading| !headings.iter().any(|found| found == **heading)) {
            Some(heading) => Err(ReadError::new(1, format!("the first line has no heading {heading}"))),
            None => Ok(Self { headings, rows }),
        }
    }

    /// The rows that are not empty.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let filled = self.rows.iter().filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()));
        filled.map(|(line, cells)| Row { line: *line, headings: &self.headings, cells })
    }
}

/// The lines of a text, counted as far as they are needed.
struct Place<'a> {
    line: usize,
    rest: &'a [u8],
    /// How many bytes are before the rest.
    at: u64,
}

impl Place<'_> {
    /// Goes on to the record that the byte belongs to, which may be of the line ends before it.
    fn go_to(&mut self, byte: u64) {
        while let [next, rest @ ..] = self.rest
            && (self.at < byte || matches!(next, b'\r' | b'\n'))
        {
            self.line += usize::from(*next == b'\n');
            self.at += 1;
            self.rest = rest;
        }
    }
}

impl<'a> Row<'a> {
    /// What stands under a heading, empty where nothing does; the heading in upper case.
    pub(crate) fn cell(&self, heading: &str) -> &'a str {
        self.cells().find(|(found, _)| *found == heading).map_or("", |(_, cell)| cell)
    }

    /// The cells that are not empty, with their headings; what has no heading has an empty one.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let (headings, cells) = (self.headings, self.cells);
        let named = cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
        named.map(|(index, cell)| (headings.get(index).map_or("", String::as_str), cell))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_cells_between_any_delimiter_when_read_then_by_their_headings() {
        for text in [
            "\u{feff}a,B\r\n\r\n1,\"2\n\"\"3\"\"\"\r\n,\r\n4",
            "a;B\n\n1;\"2\n\"\"3\"\"\"\n;\n4",
            "a\tB\n\n1\t\"2\n\"\"3\"\"\"\n4",
        ] {
            let table = Table::read(text.as_bytes(), &["A"]).unwrap();
            let rows: Vec<Row<'_>> = table.rows().collect();
            assert_eq!((rows[0].line, rows[0].cell("A"), rows[0].cell("B")), (3, "1", "2\n\"3\""));
            assert_eq!((rows.len(), rows[1].cell("A"), rows[1].cell("B")), (2, "4", ""));
        }
    }

    #[test]
    fn given_a_heading_that_is_not_there_when_read_then_it_is_named() {
        assert!(Table::read(b"a,b\n", &["A", "TITLE"]).err().unwrap().detail.contains("TITLE"));
        assert!(Table::read(b"", &["A"]).is_err());
    }
}
