//! `as_of`: which state of a task is asked for.

use chrono::{DateTime, SecondsFormat, Utc};
use domain::task::Task;
use platform::http::QueryParams;
use platform::problem::Problem;
use uuid::Uuid;

use super::failure::list_problem;
use super::get_task::no_task;
use crate::lists::ListError;
use crate::projections::history::TaskHistory;

/// The name of the parameter.
pub(super) const AS_OF: &str = "as_of";

/// A moment in a task's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AsOf {
    /// After the event that made this version.
    Version(u64),
    /// At this time, by the times of the events.
    Time(DateTime<Utc>),
}

impl AsOf {
    /// Reads the parameter, where it is given.
    pub(super) fn read(params: &QueryParams) -> Result<Option<Self>, Problem> {
        params.one(AS_OF).map(parse).transpose()
    }

    /// The task as it was then.
    ///
    /// # Errors
    /// 404 where there was none, or not yet, or where it was deleted.
    pub(super) fn find(self, id: Uuid, history: &TaskHistory) -> Result<Task, Problem> {
        let version = match self {
            Self::Version(version) => version,
            Self::Time(time) => history.version_at(time).ok_or_else(|| not_yet(id, time, history))?,
        };
        match history.task_at(version) {
            Ok(Some(task)) if task.exists() => Ok(task),
            // As it was answered then.
            Ok(Some(_)) => Err(no_task(id)),
            Ok(None) => Err(no_version(id, version, history)),
            Err(error) => Err(list_problem(ListError::State(error.to_string()))),
        }
    }
}

fn no_version(id: Uuid, version: u64, history: &TaskHistory) -> Problem {
    let last = history.task.version;
    match history.passed_before(version.min(last)) {
        Some(passed) => Problem::not_found(format!(
            "what task {id} was in version {version} is not known: the event of version {passed} could not be read and was dropped"
        )),
        None => Problem::not_found(format!("task {id} has no version {version}; its last one is {last}")),
    }
}

fn parse(text: &str) -> Result<AsOf, Problem> {
    const RIGHT: &str = "must be a version such as 3, or an RFC 3339 time such as 2026-12-01T08:00:00Z; write the + of an offset as %2B";
    let wrong = || Problem::invalid_field(AS_OF, RIGHT);
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let version = text.parse().ok().filter(|version| *version > 0).ok_or_else(wrong)?;
        return Ok(AsOf::Version(version));
    }
    DateTime::parse_from_rfc3339(text).map(|time| AsOf::Time(time.to_utc())).map_err(|_| wrong())
}

fn not_yet(id: Uuid, time: DateTime<Utc>, history: &TaskHistory) -> Problem {
    let begin = history.items.iter().map(|item| item.time).min().unwrap_or_default();
    let [time, begin] = [time, begin].map(|time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true));
    Problem::not_found(format!("there was no task {id} at {time} yet; its first event is of {begin}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_versions_and_times_when_read_then_what_they_say() {
        let time = "2026-12-01T08:00:00.123456Z".parse().unwrap();
        for (text, expected) in [
            ("1", AsOf::Version(1)),
            ("18446744073709551615", AsOf::Version(u64::MAX)),
            ("2026-12-01T08:00:00.123456Z", AsOf::Time(time)),
            ("2026-12-01T09:00:00.123456+01:00", AsOf::Time(time)),
        ] {
            assert_eq!(parse(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn given_anything_else_when_read_then_422_names_the_parameter() {
        for text in [
            "",
            "0",
            "-1",
            "1.5",
            "18446744073709551616",
            "now",
            "2026-12-01",
            "2026-12-01T08:00:00",
            "2026-12-01T09:00:00 01:00",
            "\"1\"",
        ] {
            let problem = parse(text).unwrap_err();
            assert_eq!((problem.status().as_u16(), problem.errors()[0].field.as_str()), (422, AS_OF), "{text}");
        }
    }
}
