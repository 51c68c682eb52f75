//! nDCG and success of a list of answers.

use std::collections::HashMap;

use super::SHOWN;

/// How good the answers to one query were.
#[derive(Debug)]
pub struct Score {
    ndcg: f64,
    grades: Vec<u8>,
}

impl Score {
    /// Of the first answers, best first.
    ///
    /// nDCG as Burges and others have it ("Learning to Rank using Gradient Descent", 2005): a grade g on place i gains
    /// (2^g - 1) / log2(i + 1); the sum is divided by that of the best order there is.
    pub fn of(judged: &HashMap<usize, u8>, lines: &[usize]) -> Self {
        let grades: Vec<u8> = lines.iter().take(SHOWN).map(|line| judged.get(line).copied().unwrap_or(0)).collect();
        let mut best: Vec<u8> = judged.values().copied().collect();
        best.sort_unstable_by(|left, right| right.cmp(left));
        best.truncate(SHOWN);
        let ideal = gain(&best);
        Self { ndcg: if ideal == 0.0 { 0.0 } else { gain(&grades) / ideal }, grades }
    }

    /// nDCG of the first ten, 0 to 1.
    pub fn ndcg(&self) -> f64 {
        self.ndcg
    }

    /// 1 where the first answer is what is meant or answers the need, else 0.
    pub fn success(&self) -> f64 {
        f64::from(u8::from(self.grades.first().is_some_and(|grade| *grade >= 2)))
    }

    /// The grades in the order shown.
    pub fn shown(&self) -> String {
        self.grades.iter().map(|grade| char::from(b'0' + grade)).collect()
    }
}

fn gain(grades: &[u8]) -> f64 {
    (2_u32..).zip(grades).map(|(place, grade)| (f64::from(*grade).exp2() - 1.0) / f64::from(place).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_the_best_order_then_one_and_any_other_less() {
        let judged = HashMap::from([(1, 3), (2, 2), (3, 1)]);
        assert!((Score::of(&judged, &[1, 2, 3]).ndcg() - 1.0).abs() < 1e-9);
        let worse = Score::of(&judged, &[9, 2, 1]);
        assert!(worse.ndcg() < 0.7 && worse.ndcg() > 0.0);
        assert_eq!((worse.success(), worse.shown().as_str()), (0.0, "023"));
        assert_eq!(Score::of(&judged, &[]).ndcg(), 0.0);
    }
}
