//! Reads the text of `/metrics`.

use crate::http::Api;

/// All samples of one scrape.
pub struct Scrape(String);

impl Scrape {
    /// Scrapes `/metrics`.
    pub async fn of(api: &Api) -> Self {
        Self(api.get("/metrics").send().await.expect(200).text())
    }

    /// The sum over all samples of this name whose labels hold each of `labels`, such as `topic="reminders"`; nothing
    /// when there is no such sample.
    ///
    /// # Panics
    /// When a sample's value is not a number.
    #[must_use]
    pub fn sum(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let values: Vec<f64> = self
            .0
            .lines()
            .filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])))
            .filter(|line| labels.iter().all(|label| line.contains(label)))
            .map(|line| line.rsplit(' ').next().unwrap().parse().unwrap())
            .collect();
        (!values.is_empty()).then(|| values.iter().sum())
    }

    /// The names of all samples that contain `part`.
    #[must_use]
    pub fn names_with(&self, part: &str) -> Vec<&str> {
        let names =
            self.0.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split(['{', ' ']).next());
        let mut names: Vec<&str> = names.filter(|name| name.contains(part)).collect();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_summed_over_the_labels_not_asked_for() {
        let scrape =
            Scrape("# TYPE a counter\na{t=\"x\",p=\"1\"} 2\na{t=\"x\",p=\"2\"} 3\na{t=\"y\"} 9\nab 7\n".to_owned());
        assert_eq!(scrape.sum("a", &["t=\"x\""]), Some(5.0));
        assert_eq!(scrape.sum("ab", &[]), Some(7.0));
        assert_eq!(scrape.sum("b", &[]), None);
        assert_eq!(scrape.names_with("a"), ["a", "ab"]);
    }
}
