use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::IntoResponse;
use clap::Parser;
use tokio::net::TcpListener;

use super::*;
use crate::config::{KafkaArgs, Secret};

const REFUSED: (StatusCode, &str) =
    (StatusCode::INTERNAL_SERVER_ERROR, r#"{"errorCode":"ERR_SECRET_STORES_NOT_CONFIGURED","message":"not yet"}"#);

/// A sidecar that answers so, and how often it was asked. `answer` is given how often it was asked before.
async fn answering<A: IntoResponse>(
    answer: impl Fn(usize, &Uri, &HeaderMap) -> A + Clone + Send + Sync + 'static,
) -> (Sidecar, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let router = Router::new().fallback(move |uri: Uri, headers: HeaderMap| {
        let answered = answer(count.fetch_add(1, Ordering::SeqCst), &uri, &headers).into_response();
        async move { answered }
    });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (Sidecar::new(port, Some(HeaderValue::from_static("known"))), asked)
}

fn wanted(names: &str, patience: Duration) -> SecretsWanted {
    let wanted = SecretsWanted::new(Some("tasklog-secrets"), Some(names)).unwrap().unwrap();
    SecretsWanted { patience, ..wanted }
}

fn pairs(values: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[tokio::test]
async fn given_a_sidecar_that_is_starting_then_it_is_asked_again_and_gives_all_that_each_secret_holds() {
    let (sidecar, asked) = answering(|before, uri, headers| match (before, uri.path()) {
        (0 | 1, _) => REFUSED.into_response(),
        (_, "/v1.0/secrets/tasklog-secrets/KAFKA_PASSWORD") => r#"{"KAFKA_PASSWORD":"hunter2"}"#.into_response(),
        (_, "/v1.0/secrets/tasklog-secrets/several") if headers["dapr-api-token"] == "known" => {
            r#"{"A":"1","B":"2"}"#.into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    })
    .await;
    let values = sidecar.secrets(&wanted("KAFKA_PASSWORD, several,", PATIENCE)).await.unwrap();
    assert_eq!(pairs(&values), [("A", "1"), ("B", "2"), ("KAFKA_PASSWORD", "hunter2")]);
    assert_eq!(asked.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn given_a_sidecar_that_has_it_never_then_it_is_said_what_it_answered_and_at_once_where_it_forbids() {
    let (sidecar, _) = answering(|_, _, _| REFUSED).await;
    let error = sidecar.secrets(&wanted("X", Duration::ZERO)).await.unwrap_err();
    let NoSecrets::Sidecar { source, .. } = &error else { panic!("{error:?}") };
    assert_eq!(error.to_string(), "secret X of tasklog-secrets cannot be read");
    assert_eq!(source.to_string(), "the Dapr sidecar answers 500 Internal Server Error: not yet");
    let (sidecar, asked) = answering(|_, _, _| StatusCode::FORBIDDEN).await;
    assert!(sidecar.secrets(&wanted("X", PATIENCE)).await.is_err());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn given_no_sidecar_or_an_answer_that_is_none_then_nothing_of_it_is_shown() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let away = Sidecar::new(port, None).secrets(&wanted("X", Duration::ZERO)).await.unwrap_err();
    assert!(matches!(away, NoSecrets::Sidecar { source: SidecarError::Away { .. }, .. }), "{away:?}");
    let (sidecar, _) = answering(|_, _, _| r#"{"X":["hunter2"]}"#).await;
    let error = sidecar.secrets(&wanted("X", Duration::ZERO)).await.unwrap_err();
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[test]
fn given_names_then_none_is_no_wish_and_one_without_a_store_or_with_odd_characters_is_refused() {
    assert_eq!(SecretsWanted::new(Some("store"), None).unwrap(), None);
    assert_eq!(SecretsWanted::new(None, Some(" , ")).unwrap(), None);
    assert!(matches!(SecretsWanted::new(Some(""), Some("A")), Err(NoSecrets::Store)));
    for (store, names) in [("store", "A,../B"), ("a/b", "A"), ("store", "A B")] {
        assert!(matches!(SecretsWanted::new(Some(store), Some(names)), Err(NoSecrets::Name(_))), "{names}");
    }
}

#[derive(Debug, Parser)]
struct Program {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Run(Run),
}

#[derive(Debug, clap::Args)]
struct Run {
    #[command(flatten)]
    kafka: KafkaArgs,
}

/// What a command line with these secrets says; it is what is explicit here, as tests cannot change their environment.
fn told(secrets: &[(&str, &str)], line: &[&str]) -> KafkaArgs {
    use clap::{CommandFactory as _, FromArgMatches as _};
    let values = secrets.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let matches = fill(Program::command(), &values).try_get_matches_from(line).unwrap();
    let What::Run(Run { kafka }) = Program::from_arg_matches(&matches).unwrap().what;
    kafka
}

#[test]
fn given_secrets_then_they_stand_where_nothing_is_said_and_what_is_said_wins() {
    let secrets = [("KAFKA_BROKERS", "kafka:9092"), ("KAFKA_PASSWORD", "hunter2"), ("OF_NOBODY", "1")];
    let kafka = told(&secrets, &["tasklog", "run"]);
    assert_eq!(kafka.kafka_brokers.as_deref(), Some("kafka:9092"));
    assert_eq!(kafka.kafka_password, Some(Secret::from("hunter2".to_owned())));
    let kafka = told(&secrets, &["tasklog", "run", "--kafka-brokers", "other:9092"]);
    assert_eq!(kafka.kafka_brokers.as_deref(), Some("other:9092"));
    assert_eq!(told(&[], &["tasklog", "run"]).kafka_password, None);
}

#[test]
fn given_secrets_then_no_help_shows_them() {
    use clap::CommandFactory as _;
    let values = BTreeMap::from([("KAFKA_BROKERS".to_owned(), "hunter2".to_owned())]);
    let mut program = fill(Program::command(), &values);
    program.build();
    let help = program.find_subcommand_mut("run").unwrap().render_long_help().to_string();
    assert!(help.contains("KAFKA_BROKERS") && !help.contains("hunter2"), "{help}");
}
