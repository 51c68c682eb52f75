//! Reads one's own writes: a query that names a consistency token waits until its projections have reached it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use domain::topics;
use kafka_es::ConsistencyToken;
use platform::problem::Problem;

use super::QueryState;
use crate::generations::Generation;
use crate::positions::Positions;
use crate::search::{self, SearchHandle};

/// Request: what must be seen. Answer: what is seen.
pub(super) const TOKEN: &str = "Consistency-Token";
const PREFER: &str = "Prefer";

/// How long a query waits when the caller does not say.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same for a caller that would rather have a stale answer.
const LENIENT_PATIENCE: Duration = Duration::from_secs(1);
/// The longest a query waits: below the deadline of every request, so that the answer can still say what was missing.
const PATIENCE_MAX: Duration = Duration::from_secs(7);

/// What a request says about how fresh its answer must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Consistency {
    token: ConsistencyToken,
    patience: Duration,
    lenient: bool,
}

/// What an answer shows at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reflects {
    pub(super) token: Arc<str>,
    pub(super) stale: bool,
}

impl Consistency {
    fn read(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut token = ConsistencyToken::new();
        for value in texts(headers, TOKEN)? {
            let one: ConsistencyToken =
                value.parse().map_err(|error: kafka_es::TokenError| bad_header(TOKEN, &error.to_string()))?;
            token.merge(&one);
        }
        if let Some((topic, ..)) = token.parts().find(|(topic, ..)| !known_topic(topic)) {
            let detail = format!("names {topic}, but the topics are {} and {}", topics::TASKS, topics::REMINDERS);
            return Err(bad_header(TOKEN, &detail));
        }
        let (wait, lenient) = prefer(headers)?;
        let patience = wait.unwrap_or(if lenient { LENIENT_PATIENCE } else { PATIENCE });
        Ok(Self { token, patience: patience.min(PATIENCE_MAX), lenient })
    }

    /// What must be seen still, by a store that follows the one whose answer would reflect this: of a stale answer nothing.
    pub(crate) fn wanted(&self, reflects: &Reflects) -> ConsistencyToken {
        if reflects.stale { ConsistencyToken::new() } else { self.token.clone() }
    }

    /// Waits until every one of `projections`, which are in Postgres, has reached the token, and is filled: one that is built from the
    /// log again knows less than was there before. Query the generations it gives after it: what it says is then seen.
    ///
    /// # Errors
    /// Those of [`Self::reach`].
    pub(crate) async fn reach_tables<const N: usize>(
        &self,
        positions: &Positions,
        projections: [&'static str; N],
    ) -> Result<(Reflects, [Generation; N]), Problem> {
        let reflects = self.reach(positions, &projections).await?;
        // Filled, so there are some; the one that serves now has what was waited for.
        let generations = projections
            .map(|projection| Generation { projection, number: positions.serving(projection).unwrap_or_default() });
        match generations.iter().find(|generation| generation.number == 0) {
            Some(unknown) => Err(nothing_known(unknown.projection)),
            None => Ok((reflects, generations)),
        }
    }

    /// Waits until every one of `projections` has reached the token, and is filled.
    ///
    /// # Errors
    /// 400 for a partition that does not exist; when patience ran out, 503 `projection-behind` unless the caller is lenient, and
    /// `unavailable` where nothing is known.
    pub(crate) async fn reach(&self, positions: &Positions, projections: &[&str]) -> Result<Reflects, Problem> {
        let deadline = tokio::time::Instant::now() + self.patience;
        let mut stale = false;
        for projection in projections {
            self.check_partitions(positions, projection)?;
            let left = deadline.saturating_duration_since(tokio::time::Instant::now());
            match positions.wait_for(projection, &self.token, left).await {
                Ok(()) => {}
                Err(_) if self.lenient => stale = true,
                Err(behind) => {
                    let hint = "retry, or send `Prefer: handling=lenient` to take a stale answer";
                    let patience = self.patience.as_secs();
                    return Err(Problem::projection_behind(format!("{behind} within {patience} s; {hint}")));
                }
            }
            let left = deadline.saturating_duration_since(tokio::time::Instant::now());
            if !positions.filled(projection, left).await {
                if positions.current(projection).is_empty() {
                    return Err(nothing_known(projection));
                }
                if !self.lenient {
                    return Err(Problem::projection_behind(format!(
                        "projection {projection} is being filled from the log; retry, or send `Prefer: handling=lenient` to take what is there"
                    )));
                }
                stale = true;
            }
        }
        Ok(Reflects { token: positions.written_token(projections), stale })
    }

    /// The same for the search index, which has more to wait for: until it is filled it would find too little.
    ///
    /// # Errors
    /// Those of [`Self::reach`].
    pub(crate) async fn reach_search(&self, positions: &Positions, search: &SearchHandle) -> Result<Reflects, Problem> {
        let (filled, reached) = tokio::join!(search.is_filled(self.patience), self.reach(positions, &[search::NAME]));
        let mut reflects = reached?;
        if !filled && !self.lenient {
            return Err(Problem::projection_behind(
                "the search index is being filled from the log; retry, or send `Prefer: handling=lenient` to take what is there",
            ));
        }
        reflects.stale |= !filled;
        Ok(reflects)
    }

    fn check_partitions(&self, positions: &Positions, projection: &str) -> Result<(), Problem> {
        if self.token.is_empty() {
            return Ok(());
        }
        let watching = positions.watch(projection);
        let known = watching.borrow();
        let reads = |topic: &str| known.keys().any(|(name, _)| name == topic);
        let has = |topic: &str, partition| known.keys().any(|(name, number)| name == topic && *number == partition);
        match self.token.parts().find(|(topic, partition, _)| reads(topic) && !has(topic, *partition)) {
            None => Ok(()),
            Some((topic, partition, _)) => {
                Err(bad_header(TOKEN, &format!("names {topic}/{partition}, but the topic has no such partition")))
            }
        }
    }
}

impl FromRequestParts<QueryState> for Consistency {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &QueryState) -> Result<Self, Problem> {
        Self::read(&parts.headers)
    }
}

fn nothing_known(projection: &str) -> Problem {
    Problem::unavailable(format!(
        "nothing is known of projection {projection} yet: no projector has begun it, or Postgres cannot be reached"
    ))
}

fn known_topic(topic: &str) -> bool {
    [topics::TASKS, topics::REMINDERS].contains(&topic)
}

/// `wait` and whether `handling=lenient`. Preferences of others are ignored, as RFC 7240 asks.
fn prefer(headers: &HeaderMap) -> Result<(Option<Duration>, bool), Problem> {
    let (mut wait, mut lenient) = (None, false);
    for value in texts(headers, PREFER)? {
        for preference in value.split([',', ';']) {
            let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"'));
            match name.as_str() {
                "wait" => {
                    let seconds: u32 = value
                        .parse()
                        .map_err(|_| bad_header(PREFER, "wait must be a whole number of seconds, such as wait=2"))?;
                    wait = Some(Duration::from_secs(seconds.into()));
                }
                "handling" if value.eq_ignore_ascii_case("lenient") => lenient = true,
                "handling" if value.eq_ignore_ascii_case("strict") => lenient = false,
                "handling" => return Err(bad_header(PREFER, "handling must be strict or lenient")),
                _ => {}
            }
        }
    }
    Ok((wait, lenient))
}

fn texts<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Vec<&'a str>, Problem> {
    let values = headers.get_all(name).iter();
    values.map(|value| value.to_str().map_err(|_| bad_header(name, "must be ASCII text"))).collect()
}

/// 400 that names the header.
pub(super) fn bad_header(name: &str, detail: &str) -> Problem {
    Problem::malformed(format!("header {name}: {detail}")).with_error(name, detail)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(headers: &[(&'static str, &'static str)]) -> Result<Consistency, Problem> {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
        Consistency::read(&headers.collect())
    }

    #[test]
    fn given_no_headers_when_read_then_nothing_is_waited_for() {
        let consistency = read(&[]).unwrap();
        assert!(consistency.token.is_empty() && !consistency.lenient);
        assert_eq!(consistency.patience, PATIENCE);
    }

    #[test]
    fn given_preferences_when_read_then_wait_and_handling_count_and_others_do_not() {
        let consistency = read(&[("prefer", "return=minimal, wait=2; handling=Lenient")]).unwrap();
        assert_eq!((consistency.patience, consistency.lenient), (Duration::from_secs(2), true));
        assert_eq!(read(&[("prefer", "wait=30")]).unwrap().patience, PATIENCE_MAX);
    }

    #[test]
    fn given_bad_headers_when_read_then_400_names_the_header() {
        for (name, value) in [
            ("consistency-token", "nonsense"),
            ("consistency-token", "task-events/0"),
            ("consistency-token", "other-topic/0@1"),
            ("consistency-token", "task-events/0@99999999999999999999"),
            ("prefer", "wait=soon"),
            ("prefer", "wait=-1"),
            ("prefer", "handling=perhaps"),
        ] {
            let problem = read(&[(name, value)]).unwrap_err();
            assert_eq!(problem.status(), 400, "{value}");
            assert_eq!(problem.errors()[0].field.to_ascii_lowercase(), name, "{value}");
        }
    }

    fn positions() -> Positions {
        let positions = Positions::new();
        positions.replace("tasks", [(("task-events".to_owned(), 0), 7)].into());
        positions
    }

    #[tokio::test]
    async fn given_a_projection_behind_when_lenient_then_the_answer_is_marked_stale() {
        let headers = [("consistency-token", "task-events/0@9"), ("prefer", "wait=0, handling=lenient")];
        let reflects = read(&headers).unwrap().reach(&positions(), &["tasks"]).await.unwrap();
        assert!(reflects.stale);
        assert_eq!(reflects.token.to_string(), "task-events/0@7");
    }

    #[tokio::test]
    async fn given_a_projection_behind_when_strict_then_503() {
        let headers = [("consistency-token", "task-events/0@9"), ("prefer", "wait=0")];
        let problem = read(&headers).unwrap().reach(&positions(), &["tasks"]).await.unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.kind().slug()), (503, "projection-behind"));
    }

    #[tokio::test]
    async fn given_a_partition_that_does_not_exist_when_reached_for_then_400() {
        let consistency = read(&[("consistency-token", "task-events/99@0")]).unwrap();
        assert_eq!(consistency.reach(&positions(), &["tasks"]).await.unwrap_err().status(), 400);
    }
}
