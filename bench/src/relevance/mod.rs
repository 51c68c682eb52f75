//! How well search finds what people mean: judged queries on the 50,000 tasks, scored beside Postgres full-text search and
//! plain BM25 of Tantivy. What was judged and how: `bench/relevance/README.md`.

mod bm25;
mod judged;
mod postgres;
mod score;
mod tasklog;
mod tasks;

use std::path::Path;

use judged::Judged;
use score::Score;
use tasks::Tasks;

use crate::report::{Limit, Report};

/// A page of answers is judged, as a person sees it.
const SHOWN: usize = 10;

/// Scores all three on the judged queries.
///
/// # Errors
/// When `file` does not hold the tasks that were judged, or a part does not run.
pub async fn run(file: &Path, report: &mut Report) -> anyhow::Result<()> {
    let tasks = Tasks::read(file)?;
    let judged = Judged::read(&tasks)?;
    let sides = [
        ("tasklog", tasklog::answers(file, &tasks, &judged).await?),
        ("postgres", postgres::answers(&tasks, &judged).await?),
        ("bm25", bm25::answers(&tasks, &judged)?),
    ];
    let scores: Vec<(&str, Vec<Score>)> = sides
        .into_iter()
        .map(|(side, answers)| (side, judged.iter().zip(&answers).map(|(query, lines)| query.score(lines)).collect()))
        .collect();
    explain(&judged, &scores)?;
    for (name, of) in [("ndcg10", Score::ndcg as fn(&Score) -> f64), ("success1", Score::success)] {
        let means: Vec<f64> = scores.iter().map(|(_, scores)| mean(scores.iter().map(of))).collect();
        let best_peer = means[1..].iter().copied().fold(0.0, f64::max);
        for ((side, _), value) in scores.iter().zip(&means) {
            let limit = if *side == "tasklog" { Limit::AtLeast(best_peer) } else { Limit::None };
            report.figure(&format!("{name}.{side}"), *value, "of 1", limit);
        }
    }
    for kind in judged::kinds(&judged) {
        let of_kind = |scores: &[Score]| {
            mean(judged.iter().zip(scores).filter(|(query, _)| query.kind == kind).map(|(_, score)| score.ndcg()))
        };
        for (side, scores) in &scores {
            report.figure(&format!("ndcg10.{kind}.{side}"), of_kind(scores), "of 1", Limit::None);
        }
    }
    Ok(())
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count == 0.0 { 0.0 } else { sum / count }
}

/// Says for each query how each side did, where `BENCH_EXPLAIN` names a file to write to.
fn explain(judged: &[Judged], scores: &[(&str, Vec<Score>)]) -> anyhow::Result<()> {
    use std::fmt::Write as _;
    let Ok(file) = std::env::var("BENCH_EXPLAIN") else { return Ok(()) };
    let mut page = String::new();
    for (nth, query) in judged.iter().enumerate() {
        write!(page, "{}\t{}", query.kind, query.q)?;
        for (side, scores) in scores {
            write!(page, "\t{side} {:.2} {}", scores[nth].ndcg(), scores[nth].shown())?;
        }
        writeln!(page)?;
    }
    Ok(std::fs::write(file, page)?)
}
