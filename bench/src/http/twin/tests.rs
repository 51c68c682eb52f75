//! The twin answers what Tasklog answers, field by field; its statements run on a real Postgres.

use ::tests::http::Api;
use ::tests::postgres::Postgres;
use axum::http::{HeaderMap, header};
use chrono::{DateTime, Utc};
use domain::task::{TaskAggregate, TaskCommand, TaskPatch, TaskView, decide};
use serde_json::{Value, json};
use sqlx::Execute;
use uuid::Uuid;

use super::change::{Patch, expected_version};
use super::create::NewTask;
use super::filter::Question;
use super::list::{cursor_after, read_cursor};
use super::search::marked;
use super::*;

const ID: Uuid = Uuid::from_u128(1);

fn at() -> DateTime<Utc> {
    "2026-11-23T12:00:00.123456Z".parse().unwrap()
}

fn given(body: &Value) -> Task {
    let new: NewTask = serde_json::from_value(body.clone()).unwrap();
    new.into_task(ID, at()).unwrap()
}

/// What Tasklog answers to a create with this body.
fn view(body: &Value) -> TaskView {
    let new = domain::task::NewTask::from_json(body.as_object().unwrap()).unwrap();
    let mut aggregate = TaskAggregate::default();
    let event = decide(&aggregate, &TaskCommand::Create { id: ID, new, at: at() }).unwrap().unwrap();
    aggregate.follow(&event);
    TaskView::of(&aggregate.task)
}

fn question(query: &[(&str, &str)]) -> Result<Question, failure::Failure> {
    let parameters: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Question::read(&parameters)
}

fn statement(patch: &Value, expected: Option<i64>) -> String {
    let patch: Patch = serde_json::from_value(patch.clone()).unwrap();
    patch.check().unwrap();
    patch.statement(ID, expected, at()).build().sql().to_owned()
}

#[test]
fn given_a_body_when_a_task_is_created_then_the_answer_is_the_one_of_tasklog() {
    for body in [
        json!({"title": "Pay the rent"}),
        json!({"title": "x", "description": "y", "status": "in_progress", "priority": "high", "tags": ["home", "money"]}),
        json!({"title": "x", "due_date": "2026-12-01", "status": "completed"}),
        json!({"title": "x", "due_at": "2026-12-01T09:00:00", "time_zone": "Europe/Berlin"}),
    ] {
        let (ours, theirs) = (serde_json::to_string(&given(&body)), serde_json::to_string(&view(&body)));
        assert_eq!(ours.unwrap(), theirs.unwrap());
    }
}

#[test]
fn given_a_body_that_tasklog_refuses_when_a_task_is_created_then_it_is_refused() {
    for body in [
        json!({"title": ""}),
        json!({"title": "x".repeat(501)}),
        json!({"title": "x", "due_date": "2026-12-01", "due_at": "2026-12-01T09:00:00", "time_zone": "Europe/Berlin"}),
        json!({"title": "x", "due_at": "2026-12-01T09:00:00"}),
    ] {
        let new: NewTask = serde_json::from_value(body.clone()).unwrap();
        assert!(new.into_task(ID, at()).is_err(), "{body}");
    }
    for body in [json!({}), json!({"title": "x", "unknown": 1}), json!({"title": "x", "priority": "highest"})] {
        assert!(serde_json::from_value::<NewTask>(body.clone()).is_err(), "{body}");
    }
}

#[test]
fn given_a_patch_when_written_as_a_statement_then_it_sets_what_the_patch_names_and_no_more() {
    let sql = statement(&json!({"priority": null}), None);
    assert!(sql.starts_with("UPDATE tasks SET version = version + 1, updated_at = $1, priority = $2 WHERE "), "{sql}");
    let sql = statement(&json!({"due_date": null, "status": "completed"}), Some(3));
    for part in ["due_sort = ", "status = 'completed', completed_at = coalesce(completed_at, ", " AND version = "] {
        assert!(sql.contains(part), "{sql}");
    }
}

#[test]
fn given_if_match_when_read_then_it_names_a_version() {
    let read = |value: &str| expected_version(&HeaderMap::from_iter([(header::IF_MATCH, value.parse().unwrap())]));
    assert_eq!(read("\"3\"").unwrap(), Some(3));
    assert_eq!(read("*").unwrap(), None);
    assert!(read("3").is_err());
    assert_eq!(expected_version(&HeaderMap::new()).unwrap(), None);
}

#[test]
fn given_wrong_parameters_when_read_then_they_are_refused() {
    assert!(question(&[("sort", "due"), ("status", "pending"), ("status", "in_progress"), ("limit", "200")]).is_ok());
    for wrong in [("sort", "title"), ("status", "open"), ("limit", "201"), ("due_from", "soon"), ("page", "2")] {
        assert!(question(&[wrong]).is_err(), "{wrong:?}");
    }
}

#[test]
fn given_a_page_when_it_ends_then_its_cursor_names_the_last_place() {
    let by_due = question(&[("sort", "due")]).unwrap();
    let with = given(&json!({"title": "x", "due_date": "2026-12-01"}));
    let without = given(&json!({"title": "x"}));
    assert_eq!(read_cursor(&cursor_after(&by_due, &with)).unwrap(), (with.due().sort, ID));
    assert_eq!(read_cursor(&cursor_after(&by_due, &without)).unwrap(), (None, ID));
    assert!(read_cursor("elsewhere").is_err());
}

#[test]
fn given_a_headline_when_marked_then_the_rest_is_escaped() {
    assert_eq!(marked("a <b> \u{2}fix\u{3}").as_deref(), Some("a &lt;b&gt; <mark>fix</mark>"));
    assert_eq!(marked("nothing here"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn given_a_filled_table_when_the_twin_is_called_then_it_answers_as_tasklog_does() {
    let folder = ::tests::system::folder();
    let postgres = Postgres::start(&folder.path().join("postgres")).await;
    let awkward = json!({"title": "Read \"x,y\"", "tags": ["a\"b\\c", "home"], "description": "It's 3 < 4,\nsurely", "due_date": "2999-12-01"});
    let first = given(&awkward);
    fill(&postgres.url(), std::slice::from_ref(&first)).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = Api::new(&format!("http://{}", listener.local_addr().unwrap()));
    let pool = PgPool::connect(&postgres.url()).await.unwrap();
    tokio::spawn(async move { axum::serve(listener, router(pool)).await });

    let read = api.get(&format!("/tasks/{ID}")).send().await.expect(200);
    assert_eq!(read.header("etag"), "\"1\"");
    assert_eq!(read.json(), json!(view(&awkward)));
    api.get(&format!("/tasks/{}", Uuid::from_u128(2))).send().await.expect(404);

    let body = json!({"title": "Fix the login page", "priority": "urgent", "due_at": "2026-11-30T09:00:00", "time_zone": "Europe/Berlin"});
    let created = api.post("/tasks", &body).send().await.expect(201);
    let path = created.header("location").to_owned();
    assert_eq!(api.get(&path).send().await.expect(200).json(), created.json());

    let patch = json!({"status": "completed", "title": "Fixed the login page", "tags": ["work"]});
    api.patch(&path, &patch).if_match(7).send().await.expect(412);
    let changed = api.patch(&path, &patch).if_match(1).send().await.expect(200);
    assert_eq!(changed.header("etag"), "\"2\"");
    let mut expected = created.json();
    for name in ["status", "title", "tags"] {
        expected[name] = patch[name].clone();
    }
    for name in ["updated_at", "completed_at", "version"] {
        expected[name] = changed.json()[name].clone();
    }
    assert_eq!(changed.json(), expected);
    assert_eq!(changed.json()["completed_at"], changed.json()["updated_at"]);
    assert!(TaskPatch::from_json(patch.as_object().unwrap()).is_ok(), "Tasklog takes the same patch");
    let cleared =
        api.patch(&path, &json!({"due_at": null, "status": "pending", "description": null})).send().await.expect(200);
    assert_eq!((&cleared.json()["due_utc"], &cleared.json()["completed_at"]), (&Value::Null, &Value::Null));

    let page = api.get("/tasks?sort=due&limit=1&status=pending&status=in_progress").send().await.expect(200).json();
    assert_eq!(page["items"], json!([view(&awkward)]));
    let next = format!("/tasks?sort=due&limit=1&cursor={}", page["next_cursor"].as_str().unwrap());
    let last = api.get(&next).send().await.expect(200).json();
    assert_eq!((&last["items"][0], &last["next_cursor"]), (&cleared.json(), &Value::Null));
    for (query, found) in [
        ("sort=due&tag=home&due_from=2999-12-01&due_to=2999-12-31", 1),
        ("sort=due&priority=urgent&priority=high", 1),
        ("overdue=true", 0),
        ("sort=-created_at&limit=2", 2),
    ] {
        let page = api.get(&format!("/tasks?{query}")).send().await.expect(200).json();
        assert_eq!(page["items"].as_array().unwrap().len(), found, "{query}");
    }

    let found = api.get("/tasks?q=fixes%20login").send().await.expect(200).json();
    assert_eq!(found["items"][0]["id"], cleared.json()["id"]);
    assert_eq!(found["items"][0]["highlights"], json!({"title": "<mark>Fixed</mark> the <mark>login</mark> page"}));
    let found = api.get("/tasks?q=surely").send().await.expect(200).json();
    let description = found["items"][0]["highlights"]["description"].as_str().unwrap();
    assert!(description.contains("3 &lt; 4") && description.contains("<mark>surely</mark>"), "{description}");
    let bare = api.get("/tasks?q=surely&highlights=false").send().await.expect(200).json();
    assert_eq!(bare["items"], json!([view(&awkward)]));
    assert_eq!(bare["next_cursor"], Value::Null);
}
