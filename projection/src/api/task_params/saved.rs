//! Which parameters a saved filter keeps, and how it writes them.

use platform::http::QueryParams;
use platform::problem::Problem;

use super::{CONDITIONS, FLAGS, REPEATABLE, SORT, filter, q, sort};

/// How a parameter that a filter may keep is written in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Form {
    Text,
    Flag,
    List,
}

impl Form {
    /// As messages say it.
    pub(in crate::api) fn wanted(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Flag => "true or false",
            Self::List => "an array of strings",
        }
    }
}

/// The form of a parameter; `None` where a filter cannot keep it.
pub(in crate::api) fn form(name: &str) -> Option<Form> {
    if REPEATABLE.contains(&name) {
        Some(Form::List)
    } else if FLAGS.contains(&name) {
        Some(Form::Flag)
    } else {
        (name == SORT || CONDITIONS.contains(&name)).then_some(Form::Text)
    }
}

/// Judges parameters that a filter is to keep: which tasks in which order, not which part of them.
///
/// # Errors
/// Those of [`super::read`].
pub(in crate::api) fn check(params: &QueryParams) -> Result<(), Problem> {
    params.allow(&[CONDITIONS, &[SORT]].concat(), REPEATABLE)?;
    let mut errors = Vec::new();
    let q = q(params, &mut errors);
    filter(params, &mut errors);
    sort(params, q.is_some(), &mut errors);
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

#[cfg(test)]
mod tests {
    use super::super::ONCE;
    use super::*;

    #[test]
    fn given_the_parameters_of_a_list_then_a_filter_can_keep_each_but_those_of_a_page() {
        let kept = |name: &&&str| form(name).is_some();
        let not_kept: Vec<&str> = ONCE.iter().chain(REPEATABLE).filter(|name| !kept(name)).copied().collect();
        assert_eq!(not_kept, ["limit", "cursor", "total", "filter"]);
        for name in not_kept {
            let problem = check(&QueryParams::parse(&format!("{name}=1")).unwrap()).unwrap_err();
            assert_eq!(problem.errors()[0].field, name);
        }
        assert_eq!((form("overdue"), form("tag"), form("due")), (Some(Form::Flag), Some(Form::List), Some(Form::Text)));
    }
}
