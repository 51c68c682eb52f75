//! Lists and searches under load.

use std::sync::Arc;

use anyhow::ensure;

use super::figures::{Figures, Part};
use super::questions::{COMBINATIONS, SEARCHES, any_search, combination, list, search};
use crate::connection::{Connection, get};
use crate::latency::Latencies;
use crate::phase::{Calls, Pace, Phase};
use crate::report::Limit;
use crate::vocabulary::Vocabulary;

const LIST_CLIENTS: [usize; 3] = [1, 16, 64];
const SEARCH_CLIENTS: [usize; 2] = [1, 16];
/// How often each combination is asked for by itself.
const ROUNDS: usize = 20;
/// Combinations that are named.
const SLOWEST: usize = 10;

/// Pages of the list, by so many clients.
pub async fn lists(
    address: &str,
    vocabulary: &Arc<Vocabulary>,
    pace: Pace,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    let (mut best, mut refused): (f64, usize) = (0.0, 0);
    for clients in LIST_CLIENTS {
        let words = vocabulary.clone();
        let calls: Calls = Arc::new(move |n| get(&list(&words, n)));
        let phase = Phase::measure(address, calls, &Arc::default(), clients, pace).await?;
        of_clients(Part::List, clients, &phase, Limit::AtMost(10.0), figures);
        best = best.max(phase.rate);
        refused += phase.refused;
    }
    figures.add(Part::List, "best-rate", best, "/s", Limit::AtLeast(5_000.0));
    of_errors(Part::List, refused, figures);
    slowest(address, vocabulary, figures).await
}

/// Searches of every kind together, by so many clients; then each kind by one.
pub async fn searches(
    address: &str,
    vocabulary: &Arc<Vocabulary>,
    pace: Pace,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    let mut refused = 0;
    for clients in SEARCH_CLIENTS {
        let words = vocabulary.clone();
        let calls: Calls = Arc::new(move |n| get(&any_search(&words, n)));
        let phase = Phase::measure(address, calls, &Arc::default(), clients, pace).await?;
        of_clients(Part::Search, clients, &phase, Limit::AtMost(25.0), figures);
        refused += phase.refused;
    }
    for kind in SEARCHES {
        let words = vocabulary.clone();
        let calls: Calls = Arc::new(move |n| get(&search(kind, &words, n)));
        let phase = Phase::measure(address, calls, &Arc::default(), 1, pace).await?;
        of_phase(Part::Search, kind.0, &phase, Limit::None, figures);
        refused += phase.refused;
    }
    of_errors(Part::Search, refused, figures);
    Ok(())
}

fn of_phase(part: Part, name: &str, phase: &Phase, tail: Limit, figures: &mut Figures) {
    figures.add(part, &format!("{name}.rate"), phase.rate, "/s", Limit::None);
    figures.add(part, &format!("{name}.p50"), phase.p50, "ms", Limit::None);
    figures.add(part, &format!("{name}.p99"), phase.p99, "ms", tail);
}

/// By so many clients; the cores that the clients themselves take are not the server's.
fn of_clients(part: Part, clients: usize, phase: &Phase, tail: Limit, figures: &mut Figures) {
    let name = format!("{clients}-clients");
    of_phase(part, &name, phase, if clients == 1 { tail } else { Limit::None }, figures);
    figures.add(part, &format!("{name}.client-cores"), phase.client_cores, "cores", Limit::None);
}

/// A call that is answered with an error is quick and counts for nothing: there must be none.
fn of_errors(part: Part, refused: usize, figures: &mut Figures) {
    figures.add(part, "errors", refused as f64, "calls", Limit::AtMost(0.0));
}

/// Names the combinations that take longest, each asked for by itself.
async fn slowest(address: &str, vocabulary: &Vocabulary, figures: &mut Figures) -> anyhow::Result<()> {
    let mut connection = Connection::open(address).await?;
    let mut times = Vec::with_capacity(COMBINATIONS);
    for n in 0..COMBINATIONS {
        let mut latencies = Latencies::default();
        for round in 0..ROUNDS {
            let request = get(&list(vocabulary, n + round * COMBINATIONS));
            let status = latencies.time(connection.call(&request)).await?;
            ensure!(status == 200, "a list was answered {status} {}", String::from_utf8_lossy(connection.body()));
        }
        times.push((combination(n), latencies.millis(0.5), latencies.millis(1.0)));
    }
    times.sort_by(|one, other| other.1.total_cmp(&one.1));
    let rows: Vec<String> =
        times.iter().take(SLOWEST).map(|(name, p50, max)| format!("| {name} | {p50:.2} | {max:.2} |")).collect();
    figures.note(&format!(
        "## The slowest of {COMBINATIONS} lists on {} tasks\n\n\
         One client, {ROUNDS} times each; milliseconds.\n\n| list | p50 | max |\n|---|---:|---:|\n{}",
        figures.tasks(),
        rows.join("\n")
    ));
    Ok(())
}
