//! What a word that is answered counts, by how and where.
//!
//! The points are a function of the query and the document alone, in whole numbers: no statistics of the corpus, no
//! order of evaluation. So a place in the order stays where it is while other tasks come, change and go
//! (docs/decisions/0004-relevance-that-pages.md). Their sizes were tried on judged queries
//! (docs/decisions/0017-relevance-judged.md).

use tantivy::schema::Field;

use super::asked::Tier;
use super::schema::Fields;

/// Bonus for each two neighbouring words of the query that stand together in the title.
pub(super) const TOGETHER_POINTS: u16 = 20;

fn title_points(tier: Tier) -> u16 {
    match tier {
        Tier::Exact => 100,
        Tier::Phrase => 90,
        Tier::Form => 80,
        Tier::Prefix => 70,
        Tier::Typo => 24,
        Tier::TypoPrefix => 16,
        Tier::TwoTypos => 10,
    }
}

/// A tag says what a task is about, like its title, but of many tasks at once.
fn tag_points(tier: Tier) -> u16 {
    title_points(tier) * 4 / 5
}

/// Half of the title's: an exact word in the description counts less than a prefix in the title, but more than what may be
/// another word altogether.
fn description_points(tier: Tier) -> u16 {
    title_points(tier) / 2
}

/// Points by how a word is answered.
pub(super) type Points = fn(Tier) -> u16;

/// Where words stand, and what they count there.
pub(super) fn places(fields: &Fields) -> [(Field, Points); 3] {
    [(fields.title, title_points), (fields.tag_words, tag_points), (fields.description, description_points)]
}

/// The greatest [`brevity_points`].
pub(super) const BREVITY_POINTS_MAX: u16 = 6;

/// Bonus of a short title, where the words say more of it.
pub(super) fn brevity_points(title_words: u64) -> u16 {
    match title_words {
        0..=3 => BREVITY_POINTS_MAX,
        4..=6 => 4,
        7..=10 => 2,
        _ => 0,
    }
}
