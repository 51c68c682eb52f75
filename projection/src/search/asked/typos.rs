//! How far apart two words are: letters replaced, added, left out or swapped with their neighbour.

/// Whether one such change makes `term` (with `prefix`: a beginning of it) of `word`.
pub(super) fn one(word: &[char], term: &str, prefix: bool) -> bool {
    let mut rest = term.chars();
    let mut at = 0;
    let mut ahead = rest.clone();
    while at < word.len() && ahead.next() == Some(word[at]) {
        rest = ahead.clone();
        at += 1;
    }
    let fits = |word: &[char], mut rest: std::str::Chars<'_>| {
        word.iter().all(|c| rest.next() == Some(*c)) && (prefix || rest.next().is_none())
    };
    let after = |n: usize| {
        let mut rest = rest.clone();
        rest.by_ref().take(n).for_each(drop);
        rest
    };
    let tail = &word[at..];
    let mut heads = rest.clone();
    let swapped = tail.len() >= 2 && heads.next() == Some(tail[1]) && heads.next() == Some(tail[0]);
    (!tail.is_empty() && (fits(&tail[1..], after(1)) || fits(&tail[1..], rest.clone())))
        || fits(tail, after(1))
        || (swapped && fits(&tail[2..], after(2)))
}

/// Whether at most two such changes make `term` (with `prefix`: a beginning of it) of `word`. The distance is the restricted
/// one of Damerau and Levenshtein (no letter is changed twice), which is the one that the index's automata know; only the band of
/// it that two changes can reach is worked out.
pub(super) fn at_most_two(word: &[char], term: &str, prefix: bool) -> bool {
    const MAX: u8 = 2;
    const BAND: usize = 2 * MAX as usize + 1;
    let reach = usize::from(MAX);
    let term: Vec<char> = term.chars().take(word.len() + reach + 1).collect();
    // row[d]: distance of the first `i` letters of `word` to the first `i + d - MAX` of `term`
    let mut before = [u8::MAX; BAND];
    let mut row = [u8::MAX; BAND];
    for (d, cell) in row.iter_mut().enumerate().skip(reach) {
        *cell = u8::try_from(d - reach).unwrap_or(u8::MAX);
    }
    for i in 1..=word.len() {
        let mut next = [u8::MAX; BAND];
        for d in 0..BAND {
            let Some(j) = (i + d).checked_sub(reach).filter(|j| *j <= term.len()) else { continue };
            let mut best = if d + 1 < BAND { row[d + 1].saturating_add(1) } else { u8::MAX };
            if d > 0 {
                best = best.min(next[d - 1].saturating_add(1));
            }
            if j > 0 {
                best = best.min(row[d].saturating_add(u8::from(word[i - 1] != term[j - 1])));
            }
            if i > 1 && j > 1 && word[i - 1] == term[j - 2] && word[i - 2] == term[j - 1] {
                best = best.min(before[d].saturating_add(1));
            }
            next[d] = best;
        }
        if next.iter().chain(&row).all(|cell| *cell > MAX) {
            return false;
        }
        before = row;
        row = next;
    }
    let end = (term.len() + reach).checked_sub(word.len());
    if prefix {
        row.iter().any(|cell| *cell <= MAX)
    } else {
        end.and_then(|d| row.get(d)).is_some_and(|cell| *cell <= MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Restricted Damerau-Levenshtein distance, by the book.
    fn distance(a: &[char], b: &[char]) -> usize {
        let mut d = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                d[i][j] = if i == 0 || j == 0 {
                    i + j
                } else {
                    let swap = if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        d[i - 2][j - 2] + 1
                    } else {
                        usize::MAX
                    };
                    (d[i - 1][j] + 1)
                        .min(d[i][j - 1] + 1)
                        .min(d[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]))
                        .min(swap)
                };
            }
        }
        d[a.len()][b.len()]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn given_two_words_then_one_typo_is_distance_one(a in "[abc]{0,6}", b in "[abc]{0,6}") {
            let word: Vec<char> = a.chars().collect();
            let term: Vec<char> = b.chars().collect();
            if a != b {
                prop_assert_eq!(one(&word, &b, false), distance(&word, &term) == 1);
            }
            if !b.starts_with(&a) {
                let near = (0..=term.len()).any(|n| distance(&word, &term[..n]) == 1);
                prop_assert_eq!(one(&word, &b, true), near);
            }
        }

        #[test]
        fn given_two_words_then_two_typos_are_distance_two(a in "[abc]{0,9}", b in "[abc]{0,9}") {
            let word: Vec<char> = a.chars().collect();
            let term: Vec<char> = b.chars().collect();
            prop_assert_eq!(at_most_two(&word, &b, false), distance(&word, &term) <= 2);
            let near = (0..=term.len()).any(|n| distance(&word, &term[..n]) <= 2);
            prop_assert_eq!(at_most_two(&word, &b, true), near);
        }
    }
}
