//! Dictionaries of given terms.

use std::collections::BTreeSet;

use tantivy::schema::{Field, STRING, Schema};
use tantivy::{Index, Searcher, TantivyDocument};

/// One segment whose only field has these terms.
pub(in crate::search) fn segment_of(terms: &BTreeSet<String>) -> (Searcher, Field) {
    let mut schema = Schema::builder();
    let field = schema.add_text_field("term", STRING);
    let index = Index::create_in_ram(schema.build());
    let mut writer = index.writer_with_num_threads::<TantivyDocument>(1, 20_000_000).unwrap();
    let mut document = TantivyDocument::new();
    for term in terms {
        document.add_text(field, term);
    }
    writer.add_document(document).unwrap();
    writer.commit().unwrap();
    (index.reader().unwrap().searcher(), field)
}
