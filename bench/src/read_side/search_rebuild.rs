//! The search index is built again by the running system.

use super::bare_index::BareIndex;
use super::figures::{Figures, Part};
use super::rebuild::rebuild;
use crate::filled::Filled;
use crate::latency::Latencies;
use crate::report::Limit;

/// The search index beside a bare writer, in turn; the median of each. The bare one has its documents at hand: it reads no log and folds
/// no events.
pub async fn figures(filled: &Filled, rounds: usize, figures: &mut Figures) -> anyhow::Result<()> {
    let bare = BareIndex::new();
    let documents = filled.exported()?.map(|task| Ok(bare.document(&task?)?)).collect::<anyhow::Result<Vec<_>>>()?;
    let (mut rebuilt, mut written) = <(Latencies, Latencies)>::default();
    for round in 0..rounds {
        let time = rebuild(&filled.tasklog.api(), "search").await?;
        let folder = tempfile::tempdir_in(filled.folder.path())?;
        let copy = documents.clone();
        let bare_time = tokio::task::block_in_place(|| bare.write(copy, folder.path()))?;
        println!("round {round}: search rebuilt in {time:.2?}, written by a bare Tantivy in {bare_time:.2?}");
        rebuilt.add(time);
        written.add(bare_time);
    }
    let [rebuilt, written] = [rebuilt, written].map(|times| times.millis(0.5) / 1e3);
    let tasks = documents.len() as f64;
    figures.add(Part::SearchRebuild, "rebuild", rebuilt, "s", Limit::None);
    figures.add(Part::SearchRebuild, "bare-tantivy", written, "s", Limit::None);
    figures.add(Part::SearchRebuild, "rate", tasks / rebuilt, "tasks/s", Limit::AtLeast(50_000.0));
    figures.add(Part::SearchRebuild, "bare-tantivy.rate", tasks / written, "tasks/s", Limit::None);
    figures.add(Part::SearchRebuild, "rebuild-to-bare-tantivy", rebuilt / written, "x", Limit::AtMost(1.5));
    Ok(())
}
