use std::collections::BTreeSet;

use super::*;

#[test]
fn given_the_table_then_every_type_is_unique_and_under_the_base() {
    let uris: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.uri()).collect();
    assert_eq!(uris.len(), Kind::ALL.len());
    for kind in Kind::ALL {
        assert_eq!(kind.uri(), format!("{TYPE_BASE}{}", kind.slug()));
        assert!(kind.status().is_client_error() || kind.status().is_server_error());
        assert!(kind.meaning().ends_with('.') && !kind.meaning().starts_with(' '), "{}", kind.meaning());
    }
}

#[test]
fn given_any_503_when_answered_then_retry_after_is_there() {
    for kind in Kind::ALL.iter().filter(|kind| kind.status() == StatusCode::SERVICE_UNAVAILABLE) {
        let response = Problem::new(*kind, "down").into_response();
        assert!(response.headers().contains_key(header::RETRY_AFTER), "{kind:?}");
    }
}

#[test]
fn given_violations_when_serialized_then_each_has_its_field() {
    let problem = Problem::invalid([FieldError::new("title", "is missing"), FieldError::new("tags[3]", "is empty")]);
    let json = serde_json::to_value(&problem).unwrap();
    assert_eq!(json["type"], "https://tasklog.dev/problems/invalid");
    assert_eq!(json["status"], 422);
    assert_eq!(json["errors"][1]["field"], "tags[3]");
    let read: ProblemBody = serde_json::from_value(json).unwrap();
    assert_eq!(read, problem.body());
}

#[test]
fn given_a_problem_of_a_part_when_its_fields_are_renamed_then_the_whole_path_is_in_the_detail_too() {
    let inside = |field: &str| format!("operations[3].task.{field}");
    let renamed = Problem::invalid_field("title", "is needed").rename_fields(inside);
    assert_eq!(renamed, Problem::invalid_field("operations[3].task.title", "is needed"));
    let reused = Problem::idempotency_key_reused("use a new key").rename_fields(|_| "key".to_owned());
    assert_eq!((reused.errors()[0].field.as_str(), reused.body().detail.as_str()), ("key", "use a new key"));
    let waiting = Problem::unavailable("down").retry_after(60);
    assert_eq!(waiting.clone().rename_fields(inside), waiting);
}
