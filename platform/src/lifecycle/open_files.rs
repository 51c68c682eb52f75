//! How many files a process may have open: connections are files too.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a server can do with: some thousand connections, and what the broker, the database and the index need.
const ENOUGH: u64 = 8_192;

/// Takes as many open files as the system grants. Shells and service managers start a process with few, for the sake of programs that
/// cannot have many; more than a thousand connections would then be refused. Says so where it stays low.
pub fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    if let Some(wanted) = wanted(limit)
        && let Err(error) = setrlimit(Resource::Nofile, wanted)
    {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
    if let Some(current) = getrlimit(Resource::Nofile).current.filter(|current| *current < ENOUGH) {
        tracing::warn!(
            limit = current,
            enough = ENOUGH,
            "few files may be open at once, and each connection is one: raise the hard limit of open files (ulimit -Hn)"
        );
    }
}

/// The limit to ask for; nothing where there is no more to be had.
fn wanted(limit: Rlimit) -> Option<Rlimit> {
    (limit.current != limit.maximum).then_some(Rlimit { current: limit.maximum, ..limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_limit_below_what_is_granted_when_raised_then_all_of_it_is_wanted_and_else_nothing() {
        let raised = wanted(Rlimit { current: Some(256), maximum: Some(4_096) });
        assert_eq!(raised, Some(Rlimit { current: Some(4_096), maximum: Some(4_096) }));
        let unlimited = wanted(Rlimit { current: Some(256), maximum: None });
        assert_eq!(unlimited, Some(Rlimit { current: None, maximum: None }));
        assert_eq!(wanted(Rlimit { current: Some(4_096), maximum: Some(4_096) }), None);
        assert_eq!(wanted(Rlimit { current: None, maximum: None }), None);
    }

    #[test]
    fn given_this_process_when_raised_then_it_has_all_that_is_granted() {
        raise_open_files();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }
}
