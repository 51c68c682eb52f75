//! How a topic must be set up, so that nothing in it is lost.

use std::collections::BTreeMap;

use super::WrongSetting;

/// The settings of every topic.
pub(super) const WANTED: [(&str, &str); 4] =
    [("cleanup.policy", "delete"), ("retention.ms", "-1"), ("retention.bytes", "-1"), (OF_IN_SYNC_REPLICAS, "false")];

/// Of these, what only a Kafka that copies by in-sync replicas has.
const OF_IN_SYNC_REPLICAS: &str = "unclean.leader.election.enable";

/// What is expected of one topic beside that.
pub(super) struct Expected {
    pub(super) partitions: i32,
    /// There are brokers enough for three replicas.
    pub(super) replicated: bool,
    /// A setting that is not reported is believed to be right.
    pub(super) lenient: bool,
}

/// Every setting of a topic that is not as it must be.
pub(super) fn compare(
    topic: &str,
    partitions: i32,
    replication: i32,
    settings: &BTreeMap<String, String>,
    expected: &Expected,
) -> Vec<WrongSetting> {
    let mut wrong = Vec::new();
    let mut refuse = |setting: &str, found: String, wanted: String| {
        wrong.push(WrongSetting { topic: topic.to_owned(), setting: setting.to_owned(), found, wanted });
    };
    if partitions != expected.partitions {
        refuse("partitions", partitions.to_string(), expected.partitions.to_string());
    }
    if expected.replicated && replication < 3 {
        refuse("replication", replication.to_string(), "at least 3".to_owned());
    }
    // Redpanda copies by Raft: what it has acknowledged a majority has, and none that lacks it may lead. It has no setting by which that
    // could be otherwise, and tells of none.
    let by_raft = settings.keys().any(|setting| setting.starts_with("redpanda."));
    for (setting, wanted) in WANTED {
        match settings.get(setting) {
            Some(found) if found == wanted => {}
            None if expected.lenient || (by_raft && setting == OF_IN_SYNC_REPLICAS) => {}
            found => refuse(setting, found.cloned().unwrap_or_else(|| "not reported".to_owned()), wanted.to_owned()),
        }
    }
    if expected.replicated && !by_raft {
        let found = settings.get("min.insync.replicas");
        if found.and_then(|found| found.parse::<i32>().ok()).is_none_or(|found| found < 2) {
            refuse(
                "min.insync.replicas",
                found.cloned().unwrap_or_else(|| "not reported".to_owned()),
                "at least 2".to_owned(),
            );
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topics::TopicError;

    fn good() -> BTreeMap<String, String> {
        let wanted = WANTED.iter().chain(&[("min.insync.replicas", "2")]);
        wanted.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn cluster() -> Expected {
        Expected { partitions: 12, replicated: true, lenient: false }
    }

    #[test]
    fn given_a_topic_as_we_create_it_when_compared_then_nothing_is_wrong() {
        assert_eq!(compare("t", 12, 3, &good(), &cluster()), vec![]);
    }

    #[test]
    fn given_a_topic_that_forgets_when_compared_then_each_setting_has_its_line() {
        let mut settings = good();
        settings.insert("retention.ms".to_owned(), "604800000".to_owned());
        settings.insert("retention.bytes".to_owned(), "1073741824".to_owned());
        settings.insert("cleanup.policy".to_owned(), "compact".to_owned());
        settings.insert("min.insync.replicas".to_owned(), "1".to_owned());
        let text = TopicError::Wrong(compare("t", 6, 1, &settings, &cluster())).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "topic t: partitions is 6, must be 12",
                "topic t: replication is 1, must be at least 3",
                "topic t: cleanup.policy is compact, must be delete",
                "topic t: retention.ms is 604800000, must be -1",
                "topic t: retention.bytes is 1073741824, must be -1",
                "topic t: min.insync.replicas is 1, must be at least 2",
            ]
        );
    }

    #[test]
    fn given_redpanda_when_compared_then_only_what_it_has_no_setting_for_is_not_asked_for() {
        let mut settings = good();
        settings.remove("min.insync.replicas");
        settings.remove("unclean.leader.election.enable");
        assert_eq!(
            compare("t", 12, 3, &settings, &cluster()).len(),
            2,
            "a Kafka that tells of neither is not believed"
        );
        settings.insert("redpanda.remote.read".to_owned(), "false".to_owned());
        assert_eq!(compare("t", 12, 3, &settings, &cluster()), vec![]);
        settings.insert("retention.ms".to_owned(), "604800000".to_owned());
        let wrong: Vec<_> = compare("t", 12, 1, &settings, &cluster()).into_iter().map(|wrong| wrong.setting).collect();
        assert_eq!(wrong, ["replication", "retention.ms"]);
    }

    #[test]
    fn given_a_broker_that_reports_nothing_when_compared_then_only_the_embedded_one_is_believed() {
        let lenient = Expected { partitions: 12, replicated: false, lenient: true };
        assert_eq!(compare("t", 12, 1, &BTreeMap::new(), &lenient), vec![]);
        assert_eq!(compare("t", 12, 1, &BTreeMap::new(), &Expected { lenient: false, ..lenient }).len(), 4);
    }
}
