//! Plain BM25 of Tantivy: its default analyzer and its own query parser over title, tags and description.

use anyhow::Context;
use tantivy::collector::TopDocs;
use tantivy::query::QueryParser;
use tantivy::schema::{FAST, Schema, TEXT};
use tantivy::{Index, TantivyDocument};

use super::SHOWN;
use super::judged::Judged;
use super::tasks::Tasks;

const HEAP_BYTES: usize = 100_000_000;

/// Lines of the answers to each query, best first.
pub fn answers(tasks: &Tasks, judged: &[Judged]) -> anyhow::Result<Vec<Vec<usize>>> {
    let mut schema = Schema::builder();
    let title = schema.add_text_field("title", TEXT);
    let description = schema.add_text_field("description", TEXT);
    let tags = schema.add_text_field("tags", TEXT);
    let number = schema.add_u64_field("line", FAST);
    let index = Index::create_in_ram(schema.build());
    let mut writer = index.writer_with_num_threads(1, HEAP_BYTES)?;
    for (line, task) in tasks.iter() {
        let mut document = TantivyDocument::new();
        document.add_text(title, &task.title);
        document.add_text(description, &task.description);
        document.add_text(tags, task.tags.join(" "));
        document.add_u64(number, u64::try_from(line)?);
        writer.add_document(document)?;
    }
    writer.commit()?;
    let searcher = index.reader()?.searcher();
    let parser = QueryParser::for_index(&index, vec![title, tags, description]);
    let mut all = Vec::with_capacity(judged.len());
    for query in judged {
        let (parsed, _) = parser.parse_query_lenient(&query.words());
        let found = searcher.search(&parsed, &TopDocs::with_limit(tasks.iter().count()).order_by_score())?;
        let mut lines = Vec::new();
        for (_, address) in found {
            let column = searcher.segment_reader(address.segment_ord).fast_fields().u64("line")?;
            let line = usize::try_from(column.first(address.doc_id).context("every document has its line")?)?;
            if query.meets_conditions(tasks.get(line).context("a line of ours")?) {
                lines.push(line);
            }
            if lines.len() == SHOWN {
                break;
            }
        }
        all.push(lines);
    }
    Ok(all)
}
