//! Opens fast fields. A segment in which no document has a value has no column; here it has an empty one. An index that has no such
//! field, because it is of another version, cannot be asked for it: that is an error, and no empty column.

use tantivy::columnar::{Column, StrColumn};
use tantivy::index::SegmentReader;

/// A column of whole numbers from 0.
pub(super) fn numbers(reader: &SegmentReader, name: &str) -> tantivy::Result<Column<u64>> {
    reader.schema().get_field(name)?;
    let column = reader.fast_fields().column_opt::<u64>(name)?;
    Ok(column.unwrap_or_else(|| Column::build_empty_column(reader.max_doc())))
}

/// A column of whole numbers.
pub(super) fn integers(reader: &SegmentReader, name: &str) -> tantivy::Result<Column<i64>> {
    reader.schema().get_field(name)?;
    let column = reader.fast_fields().column_opt::<i64>(name)?;
    Ok(column.unwrap_or_else(|| Column::build_empty_column(reader.max_doc())))
}

/// A column of texts; `None` where no document has one.
pub(super) fn texts(reader: &SegmentReader, name: &str) -> tantivy::Result<Option<StrColumn>> {
    reader.schema().get_field(name)?;
    reader.fast_fields().str(name)
}
