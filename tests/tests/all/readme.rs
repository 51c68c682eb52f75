//! The README's tour, pasted into a shell as a newcomer would.

use std::process::Command;

use tests::system::{Broker, System};
use tests::{tasklog, tour};

/// Where the tour believes the service to be.
const ADDRESS_IN_README: &str = "127.0.0.1:8080";

/// The tour shows one refusal: a version that is no longer the current one.
const REFUSED_ON_PURPOSE: &str = "412";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tour_works_as_it_is_written() {
    let readme = tests::root().join("README.md");
    let readme = std::fs::read_to_string(readme).expect("the project has a README.md");
    let blocks = tour::blocks(&readme).unwrap();
    let system = System::start(Broker::Embedded).await;
    // Each call tells its status, apart from what it prints.
    let mut script =
        "set -euo pipefail\ncurl() { command curl -w '%{stderr}answered %{http_code}\\n' \"$@\"; }\n".to_owned();
    for block in &blocks {
        script.push_str(&block.replace(ADDRESS_IN_README, system.tasklog.address()));
    }
    let binaries = tasklog::binary().parent().unwrap().to_owned();
    let path =
        std::env::join_paths([binaries].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())))
            .unwrap();
    let mut shell = system.tasklog.command_named("bash");
    let output = shell.arg("-c").arg(&script).env("PATH", path).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "the tour ends with {}:\n{out}\n{err}\n--- of\n{script}", output.status);
    let answers: Vec<&str> = err.lines().filter_map(|line| line.strip_prefix("answered ")).collect();
    assert!(answers.len() >= 10, "a tour of {answers:?}");
    let refused: Vec<&&str> = answers.iter().filter(|status| !status.starts_with('2')).collect();
    assert_eq!(refused, [&REFUSED_ON_PURPOSE], "{out}\n{err}");
}

#[test]
fn the_readme_names_the_two_commands_and_links_to_what_exists() {
    let root = tests::root();
    let readme = std::fs::read_to_string(root.join("README.md")).expect("the project has a README.md");
    assert!(readme.contains("make run") && readme.contains("make test"), "the two commands");
    let targets = Command::new("make").args(["-n", "run", "test"]).current_dir(&root).output().unwrap();
    assert!(targets.status.success(), "the Makefile has both: {}", String::from_utf8_lossy(&targets.stderr));
    for link in readme.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
        if !link.is_empty() && !link.contains("://") {
            assert!(root.join(link).exists(), "the README links to {link}, which is not there");
        }
    }
}
