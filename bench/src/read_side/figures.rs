//! What was measured at each size: figures as they come, and a table of each part that shows how they grow.

use crate::report::{Limit, Report};

/// A part of the benchmark, by the name that `--only` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A new projector reads the log.
    CatchUp,
    /// The task view is built again.
    Rebuild,
    /// The search index is built again.
    SearchRebuild,
    /// Pages of the list.
    List,
    /// Searches.
    Search,
    /// A query replica's memory.
    Memory,
    /// A write is seen.
    Visible,
    /// A write is told to many.
    Live,
}

impl Part {
    /// All of them, in the order in which they run: what writes comes last.
    pub const ALL: [Self; 8] = [
        Self::CatchUp,
        Self::Rebuild,
        Self::SearchRebuild,
        Self::List,
        Self::Search,
        Self::Memory,
        Self::Visible,
        Self::Live,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::CatchUp => "catch-up",
            Self::Rebuild => "rebuild",
            Self::SearchRebuild => "search-rebuild",
            Self::List => "list",
            Self::Search => "search",
            Self::Memory => "memory",
            Self::Visible => "visible",
            Self::Live => "live",
        }
    }

    /// What is said above its table.
    fn heading(self) -> &'static str {
        match self {
            Self::CatchUp => "A new projector catches up with the log, beside GenericQuery of cqrs-es on postgres-es",
            Self::Rebuild => "The task view is rebuilt while it serves, beside COPY of the same rows",
            Self::SearchRebuild => "The search index is rebuilt while it serves, beside a bare Tantivy writer",
            Self::List => "A page of 50 tasks, every sort with every kind of filter",
            Self::Search => "A page of 50 hits",
            Self::Memory => "A query replica, after it has caught up and after 1,000 lists and 1,000 searches",
            Self::Visible => "From 201 to an answer that shows the task, at 200 writes a second",
            Self::Live => {
                "From 201 to the event at each of 2,000 connections, half of them with a filter, at 100 writes a second"
            }
        }
    }
}

/// Everything measured so far.
pub struct Figures {
    report: Report,
    tasks: usize,
    all: Vec<Figure>,
}

struct Figure {
    part: Part,
    tasks: usize,
    name: String,
    value: f64,
    unit: &'static str,
    limit: Limit,
}

impl Figures {
    /// None yet; they go to `report`.
    pub fn new(report: Report) -> Self {
        Self { report, tasks: 0, all: Vec::new() }
    }

    /// What comes next is of a system with so many tasks.
    pub fn at(&mut self, tasks: usize) {
        self.tasks = tasks;
    }

    /// How many tasks the system has that is measured now.
    pub fn tasks(&self) -> usize {
        self.tasks
    }

    /// Prints a figure and keeps it.
    pub fn add(&mut self, part: Part, name: &str, value: f64, unit: &'static str, limit: Limit) {
        let tasks = self.tasks;
        self.report.figure(&format!("{tasks}.{}.{name}", part.name()), value, unit, limit);
        self.all.push(Figure { part, tasks, name: name.to_owned(), value, unit, limit });
    }

    /// Prints text in Markdown and keeps it, below the figures.
    pub fn note(&mut self, text: &str) {
        self.report.note(text);
    }

    /// The report, with a table of each part.
    pub fn into_report(mut self) -> Report {
        for part in Part::ALL {
            let figures: Vec<&Figure> = self.all.iter().filter(|figure| figure.part == part).collect();
            if !figures.is_empty() {
                self.report.note(&format!("## {}\n\n{}", part.heading(), table(&figures)));
            }
        }
        self.report
    }
}

/// A row a figure, a column a size; the growth is the value at the last size divided by the one at the first.
fn table(figures: &[&Figure]) -> String {
    let mut sizes: Vec<usize> = figures.iter().map(|figure| figure.tasks).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let mut names: Vec<&str> = Vec::new();
    for figure in figures {
        if !names.contains(&figure.name.as_str()) {
            names.push(&figure.name);
        }
    }
    let titles: String = sizes.iter().map(|size| format!(" {size} tasks |")).collect();
    let rows: Vec<String> = names.iter().map(|name| row(name, &sizes, figures)).collect();
    format!(
        "| figure | unit |{titles} growth | limit |\n|---|---|{}---:|---|\n{}",
        "---:|".repeat(sizes.len()),
        rows.join("\n")
    )
}

fn row(name: &str, sizes: &[usize], figures: &[&Figure]) -> String {
    let of = |size: &usize| figures.iter().find(|figure| figure.name == name && figure.tasks == *size);
    let found: Vec<_> = sizes.iter().map(of).collect();
    let cells: String =
        found.iter().map(|figure| format!(" {} |", figure.map_or_else(String::new, |it| cell(it)))).collect();
    let unit = found.iter().flatten().next().map_or("", |figure| figure.unit);
    let growth = match (found.first(), found.last()) {
        (Some(Some(first)), Some(Some(last))) if sizes.len() > 1 && first.value != 0.0 => {
            format!("{:.2}", last.value / first.value)
        }
        _ => String::new(),
    };
    let limit = found.iter().flatten().find_map(|figure| figure.limit.text()).unwrap_or_default();
    format!("| {name} | {unit} |{cells} {growth} | {limit} |")
}

fn cell(figure: &Figure) -> String {
    let number =
        if figure.value.abs() < 100.0 { format!("{:.2}", figure.value) } else { format!("{:.0}", figure.value) };
    if figure.limit.holds(figure.value) { number } else { format!("{number} short") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        let mut figures = Figures::new(Report::default());
        for (tasks, rate) in [(50_000, 48_000.0), (1_000_000, 24_000.0)] {
            figures.at(tasks);
            figures.add(Part::CatchUp, "rate", rate, "events/s", Limit::AtLeast(40_000.0));
        }
        figures.add(Part::CatchUp, "ratio", 25.5, "x", Limit::None);
        figures.at(50_000);
        figures.add(Part::List, "p99", 3.0, "ms", Limit::AtMost(10.0));
        figures
    }

    #[test]
    fn given_figures_of_two_sizes_when_put_into_a_table_then_growth_and_what_is_short_show() {
        let figures = figures();
        let catch_up: Vec<&Figure> = figures.all.iter().filter(|figure| figure.part == Part::CatchUp).collect();
        let expected = "| figure | unit | 50000 tasks | 1000000 tasks | growth | limit |\n|---|---|---:|---:|---:|---|\n\
                        | rate | events/s | 48000 | 24000 short | 0.50 | >= 40000 |\n\
                        | ratio | x |  | 25.50 |  |  |";
        assert_eq!(table(&catch_up), expected);
    }

    #[test]
    fn given_figures_of_one_size_when_put_into_a_table_then_nothing_grows() {
        let figures = figures();
        let list: Vec<&Figure> = figures.all.iter().filter(|figure| figure.part == Part::List).collect();
        assert!(table(&list).ends_with("| p99 | ms | 3.00 |  | <= 10 |"), "{}", table(&list));
    }

    #[test]
    fn given_a_short_figure_when_reported_then_the_report_is_short() {
        assert!(!figures().into_report().holds());
    }
}
