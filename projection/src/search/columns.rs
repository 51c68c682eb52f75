//! Opens fast fields. A segment in which no document has a value has no column; here it has an empty one.

use tantivy::columnar::Column;
use tantivy::index::SegmentReader;

/// A column of whole numbers from 0.
pub(super) fn numbers(reader: &SegmentReader, name: &str) -> tantivy::Result<Column<u64>> {
    let column = reader.fast_fields().column_opt::<u64>(name)?;
    Ok(column.unwrap_or_else(|| Column::build_empty_column(reader.max_doc())))
}

/// A column of whole numbers.
pub(super) fn integers(reader: &SegmentReader, name: &str) -> tantivy::Result<Column<i64>> {
    let column = reader.fast_fields().column_opt::<i64>(name)?;
    Ok(column.unwrap_or_else(|| Column::build_empty_column(reader.max_doc())))
}
