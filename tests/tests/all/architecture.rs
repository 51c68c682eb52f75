//! The rules of ARCHITECTURE.md that a compiler does not keep.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Who may depend on whom, among our own packages. A package that is not here may not exist.
const MAY_DEPEND_ON: [(&str, &[&str]); 12] = [
    ("domain", &[]),
    ("formats", &["domain"]),
    ("kafka-es", &[]),
    ("platform", &[]),
    ("command", &["domain", "formats", "kafka-es", "platform"]),
    ("projection", &["domain", "formats", "kafka-es", "platform"]),
    ("notification", &["domain"]),
    ("process", &["domain", "kafka-es", "platform", "notification"]),
    ("gateway", &["platform"]),
    (
        "tasklog",
        &["domain", "formats", "kafka-es", "platform", "command", "projection", "notification", "process", "gateway"],
    ),
    // `tests` for its Kafka node, `process` for what its clocks ask of Postgres.
    ("bench", &["domain", "kafka-es", "platform", "process", "tests"]),
    // For its conformance suite alone; the system is tested from outside.
    ("tests", &["kafka-es"]),
];

/// What the pure crate must not even reach through others: everything that does input or output.
const NOT_IN_DOMAIN: [&str; 9] =
    ["rdkafka", "axum", "sqlx", "sqlx-core", "tantivy", "reqwest", "hyper", "tansu-broker", "fjall"];

/// Longer files hold two subjects.
const LINES_MAX: usize = 450;

fn root() -> PathBuf {
    tests::root().canonicalize().unwrap()
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .other_options(["--locked".to_owned()])
        .exec()
        .unwrap()
}

#[test]
fn packages_depend_only_on_those_they_may() {
    let metadata = metadata();
    let ours: BTreeSet<&str> = metadata.workspace_packages().iter().map(|package| package.name.as_str()).collect();
    let rules = BTreeMap::from(MAY_DEPEND_ON);
    assert_eq!(ours, rules.keys().copied().collect(), "a package without a rule, or a rule without a package");
    let mut broken = Vec::new();
    for package in metadata.workspace_packages() {
        for dependency in package.dependencies.iter().filter(|dependency| ours.contains(dependency.name.as_str())) {
            if !rules[package.name.as_str()].contains(&dependency.name.as_str()) {
                broken.push(format!("{} must not depend on {}", package.name, dependency.name));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_domain_reaches_nothing_that_does_input_or_output() {
    let metadata = metadata();
    let resolve = metadata.resolve.as_ref().unwrap();
    let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let names: BTreeMap<_, _> = metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
    let domain = metadata.packages.iter().find(|package| package.name.as_str() == "domain").unwrap();
    let (mut reached, mut next) = (BTreeSet::new(), vec![&domain.id]);
    while let Some(id) = next.pop() {
        if reached.insert(names[id]) {
            let normal = nodes[id]
                .deps
                .iter()
                .filter(|dep| dep.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal));
            next.extend(normal.map(|dep| &dep.pkg));
        }
    }
    let found: Vec<&&str> = NOT_IN_DOMAIN.iter().filter(|name| reached.contains(**name)).collect();
    assert!(found.is_empty(), "domain reaches {found:?}");
    let direct: Vec<&str> = domain
        .dependencies
        .iter()
        .filter(|dep| dep.kind == DependencyKind::Normal)
        .map(|dep| dep.name.as_str())
        .collect();
    assert!(!direct.contains(&"tokio"), "domain depends on tokio");
}

#[test]
fn every_dependency_is_in_the_one_table_with_its_reason() {
    let table = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let table = table.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let unexplained: Vec<&str> = table
        .lines()
        .filter(|line| line.contains(" = ") && !line.contains("path = "))
        .filter(|line| line.rsplit_once(" # ").is_none_or(|(_, reason)| reason.trim().is_empty()))
        .collect();
    assert!(unexplained.is_empty(), "dependencies without a reason: {unexplained:#?}");
    for (package, _) in MAY_DEPEND_ON {
        let manifest = std::fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
        let versions: Vec<&str> = manifest.lines().filter(|line| line.contains("version = \"")).collect();
        assert!(versions.is_empty(), "{package} names versions of its own: {versions:?}");
    }
}

/// Our source files, as git knows them.
fn sources() -> Vec<(PathBuf, String)> {
    let listed = Command::new("git").args(["ls-files", "*.rs"]).current_dir(root()).output().unwrap();
    assert!(listed.status.success(), "the sources are listed by git");
    let paths = String::from_utf8(listed.stdout).unwrap();
    let paths = paths.lines().map(PathBuf::from).filter(|path| root().join(path).exists());
    paths.map(|path| (path.clone(), std::fs::read_to_string(root().join(path)).unwrap())).collect()
}

#[test]
fn no_source_file_is_too_long() {
    let long: Vec<String> = sources()
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(path, lines)| format!("{} has {lines} lines; more than {LINES_MAX} are two subjects", path.display()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn lints_are_expected_with_a_reason_never_allowed() {
    let attribute = ["#[", "allow("].concat();
    let inner = ["#![", "allow("].concat();
    let found: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|(_, text)| text.contains(&attribute) || text.contains(&inner))
        .map(|(path, _)| path)
        .collect();
    assert!(found.is_empty(), "use #[expect(lint, reason = \"…\")]: {found:?}");
}

#[test]
fn no_test_is_ignored() {
    let attribute = ["#[", "ignore"].concat();
    let found: Vec<PathBuf> =
        sources().into_iter().filter(|(_, text)| text.contains(&attribute)).map(|(path, _)| path).collect();
    assert!(found.is_empty(), "{found:?}");
}
