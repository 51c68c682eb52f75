//! Saved filters: rows that no rebuild touches, written once for each request.

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use chrono::TimeDelta;
use domain::tenant::DEFAULT;
use futures::future::join_all;
use projection::filters::{self, Begun, Filter, FilterName, SavedQuery, Writing};
use serde_json::{Value, json};
use sqlx::Executor as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::naming::{listed, world_of_tasks};
use crate::world::*;

type Answer = (StatusCode, HeaderMap, Value);

/// A request with a JSON body, or `null` for none, and one header, or none.
async fn ask(world: &World, method: Method, path: &str, header: Option<(&str, &str)>, body: &Value) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header("Content-Type", "application/json");
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    world.send(request.body(body).unwrap()).await
}

pub(crate) async fn save(world: &World, name: &str, query: &Value) -> Value {
    let (status, _, filter) = ask(world, Method::POST, "/filters", None, &json!({"name": name, "query": query})).await;
    assert_eq!(status, 201, "{filter}");
    filter
}

pub(crate) async fn patch(world: &World, path: &str, body: &Value) -> Value {
    let (status, _, filter) = ask(world, Method::PATCH, path, None, body).await;
    assert_eq!(status, 200, "{filter}");
    filter
}

pub(crate) fn fields(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn given_a_filter_when_it_is_read_changed_renamed_and_deleted_then_each_answer_shows_it_as_it_is() {
    let world = World::new().await;
    let new = json!({"name": " Größe/50% ", "query": {"status": ["pending"], "q": null}});
    let (status, headers, saved) = ask(&world, Method::POST, "/filters", None, &new).await;
    let path = "/filters/Gr%C3%B6%C3%9Fe%2F50%25";
    assert_eq!((status.as_u16(), headers["location"].to_str().unwrap()), (201, path));
    assert_eq!(headers["etag"], "\"1\"");
    assert_eq!((&saved["name"], &saved["query"]), (&json!("Größe/50%"), &json!({"status": ["pending"]})));
    assert_eq!(saved["created_at"], saved["updated_at"]);
    let (status, headers, read) = world.get(path).await;
    assert_eq!((status.as_u16(), headers["etag"].to_str().unwrap(), &read), (200, "\"1\"", &saved));

    world.clock.advance(TimeDelta::seconds(5));
    let changed = patch(&world, path, &json!({"query": {"tag": ["home"], "status": null}})).await;
    assert_eq!((&changed["query"], changed["version"].as_u64()), (&json!({"tag": ["home"]}), Some(2)));
    assert!(changed["created_at"] == saved["created_at"] && changed["updated_at"] != saved["updated_at"]);
    assert_eq!(patch(&world, path, &json!({"query": {"tag": ["home"]}})).await, changed, "nothing has changed");
    let renamed = patch(&world, path, &json!({"name": "Home"})).await;
    assert_eq!((&renamed["name"], &renamed["query"]), (&json!("Home"), &changed["query"]));
    assert_eq!(world.get(path).await.0, 404);
    assert_eq!(world.get("/filters/Home").await.2, renamed);

    let (status, headers, _) = ask(&world, Method::DELETE, "/filters/Home", None, &Value::Null).await;
    assert!(status == 204 && !headers.contains_key("etag"), "{status}");
    for method in [Method::GET, Method::PATCH, Method::DELETE] {
        let body = if method == Method::PATCH { json!({}) } else { Value::Null };
        assert_eq!(ask(&world, method, "/filters/Home", Some(("If-Match", "\"7\"")), &body).await.0, 404);
    }
}

#[tokio::test]
async fn given_many_filters_when_listed_then_pages_go_by_name() {
    let world = World::new().await;
    for name in ["b", "a", "Z", "é", "c"] {
        save(&world, name, &json!({})).await;
    }
    let (mut names, mut next) = (Vec::new(), "/filters?limit=2".to_owned());
    loop {
        let (status, _, page) = world.get(&next).await;
        assert_eq!(status, 200, "{page}");
        names
            .extend(page["items"].as_array().unwrap().iter().map(|filter| filter["name"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        next = format!("/filters?limit=2&cursor={cursor}");
    }
    assert_eq!(names, ["Z", "a", "b", "c", "é"]);
    for (query, field) in [("cursor=x", "cursor"), ("limit=0", "limit"), ("q=x", "q")] {
        let (status, _, problem) = world.get(&format!("/filters?{query}")).await;
        assert_eq!((status.as_u16(), fields(&problem)), (422, vec![field]), "{query}");
    }
}

#[tokio::test]
async fn given_a_name_that_is_taken_when_a_filter_is_saved_or_renamed_then_409_and_nothing_changes() {
    let world = World::new().await;
    let (a, b) = (save(&world, "a", &json!({"tag": ["a"]})).await, save(&world, "cafe\u{301}", &json!({})).await);
    let composed = json!({"name": "caf\u{e9}", "query": {}});
    for (method, path, body) in [
        (Method::POST, "/filters", &json!({"name": "a", "query": {"tag": ["a"]}})),
        (Method::POST, "/filters", &composed),
        (Method::PATCH, "/filters/a", &composed.clone()),
    ] {
        let body = if method == Method::PATCH { json!({"name": body["name"]}) } else { body.clone() };
        let (status, _, problem) = ask(&world, method, path, None, &body).await;
        assert_eq!((status.as_u16(), fields(&problem)), (409, vec!["name"]), "{body}");
    }
    assert_eq!(world.get("/filters").await.2["items"], json!([a, b]));
}

#[tokio::test]
async fn given_a_write_that_is_repeated_when_it_has_a_key_then_its_first_answer_is_given_again_and_else_it_is_judged_anew()
 {
    let world = World::new().await;
    let new = json!({"name": "a", "query": {"tag": ["a"]}});
    let post = async |key: &str, body: &Value| {
        ask(&world, Method::POST, "/filters", Some(("Idempotency-Key", key)), body).await
    };
    // A request that is refused leaves nothing behind.
    assert_eq!(post("k1", &json!({"name": "a", "query": {"tag": [""]}})).await.0, 422);
    let first = post("k1", &new).await;
    assert_eq!(first.0, 201);
    let change = (Method::PATCH, "/filters/a", json!({"name": "b", "query": {"tag": null}}));
    let with_key =
        async |key: &str| ask(&world, change.0.clone(), change.1, Some(("Idempotency-Key", key)), &change.2).await;
    let changed = with_key("k2").await;
    assert_eq!((changed.0.as_u16(), changed.2["version"].as_u64()), (200, Some(2)));

    let same = |one: &Answer, other: &Answer| {
        one.0 == other.0
            && one.2 == other.2
            && one.1.get("etag") == other.1.get("etag")
            && one.1.get("location") == other.1.get("location")
    };
    assert!(same(&post("k1", &new).await, &first), "though it has changed since");
    assert!(same(&with_key("k2").await, &changed), "though nothing is called so any more");
    assert_eq!(with_key("k3").await.0, 404);
    let delete = async |key: &str| {
        ask(&world, Method::DELETE, "/filters/b", Some(("Idempotency-Key", key)), &Value::Null).await.0
    };
    assert_eq!(
        [delete("k4").await, delete("k4").await, delete("k5").await].map(|status| status.as_u16()),
        [204, 204, 404]
    );
    assert!(same(&post("k1", &new).await, &first), "though it is gone");
    assert_eq!(world.get("/filters").await.2["items"], json!([]));

    for (key, body) in [("k1", json!({"name": "a", "query": {}})), ("k4", new.clone())] {
        let (status, _, problem) = post(key, &body).await;
        assert_eq!(status, 422, "{problem}");
        assert!(problem["type"].as_str().unwrap().ends_with("/idempotency-key-reused"), "{problem}");
    }
    // Without a key it is another request.
    assert_eq!(ask(&world, Method::POST, "/filters", None, &new).await.0, 201);
    assert_eq!(ask(&world, Method::POST, "/filters", None, &new).await.0, 409);
}

#[tokio::test]
async fn given_two_that_change_the_same_version_when_they_say_so_then_the_second_is_refused_and_else_it_wins() {
    let world = World::new().await;
    save(&world, "a", &json!({})).await;
    let tagged = |tag: &str| json!({"query": {"tag": [tag]}});
    for (tag, version) in [("x", 2), ("y", 3)] {
        assert_eq!(patch(&world, "/filters/a", &tagged(tag)).await["version"], version, "nobody asked for a version");
    }
    let at_3 = Some(("If-Match", "\"3\""));
    let (status, headers, _) = ask(&world, Method::PATCH, "/filters/a", at_3, &tagged("first")).await;
    assert_eq!((status.as_u16(), headers["etag"].to_str().unwrap()), (200, "\"4\""));
    for (method, body) in [(Method::PATCH, tagged("second")), (Method::DELETE, Value::Null)] {
        let (status, _, problem) = ask(&world, method, "/filters/a", at_3, &body).await;
        assert_eq!(status, 412, "{problem}");
    }
    assert_eq!(world.get("/filters/a").await.2["query"], json!({"tag": ["first"]}));
    let (status, _, _) = ask(&world, Method::POST, "/filters", at_3, &json!({"name": "b", "query": {}})).await;
    assert_eq!(status, 412, "what is new has no version");
}

#[tokio::test]
async fn given_many_that_save_at_the_same_time_then_one_name_is_one_filter_and_one_key_is_one_write() {
    let world = World::new().await;
    let new = json!({"name": "a", "query": {}});
    let answers = join_all((0..6).map(|_| ask(&world, Method::POST, "/filters", None, &new))).await;
    let count = |status: u16| answers.iter().filter(|answer| answer.0 == status).count();
    assert_eq!((count(201), count(409)), (1, 5));

    let new = json!({"name": "b", "query": {}});
    let key = Some(("Idempotency-Key", "once"));
    let answers = join_all((0..6).map(|_| ask(&world, Method::POST, "/filters", key, &new))).await;
    assert!(answers.iter().all(|answer| answer.0 == 201 && answer.2 == answers[0].2), "{answers:?}");
    assert_eq!(world.count("tasklog_filters.filters").await, 2);

    // Both ways at once: who comes second finds the name taken, or free, and nobody waits for the other in a circle.
    let rename = async |from: &str, to: &str| {
        ask(&world, Method::PATCH, &format!("/filters/{from}"), None, &json!({"name": to})).await.0.as_u16()
    };
    assert_eq!(tokio::join!(rename("a", "b"), rename("b", "a")), (409, 409));
    assert_eq!(world.count("tasklog_filters.filters").await, 2);
}

#[tokio::test]
async fn given_filters_when_all_that_follows_from_the_log_is_thrown_away_then_they_are_still_there() {
    let world = world_of_tasks().await;
    let filter = save(&world, "mine", &json!({"tag": ["home"], "sort": "due"})).await;
    let before = listed(&world, "filter=mine").await;
    world.rebuild("tasks").await;
    assert_eq!(listed(&world, "filter=mine").await, before);
    assert_eq!(world.get("/filters/mine").await.2, filter);

    let pool = fresh_database().await;
    let kept = save_in(&pool, "kept", &world).await;
    sqlx::query("DROP SCHEMA tasklog CASCADE").execute(&pool).await.unwrap();
    projection::migrate(&pool).await.unwrap();
    let found = filters::find(&pool, DEFAULT, &kept.name).await.unwrap();
    assert_eq!(found, Some(kept.clone()));
    assert_eq!(filters::find(&pool, "another tenant", &kept.name).await.unwrap(), None);
}

#[tokio::test]
async fn given_a_write_that_is_given_up_then_it_has_changed_nothing_and_the_next_need_not_wait() {
    let world = World::new().await;
    let pool = world.pool.clone();
    let name = FilterName::parse("given up").unwrap();
    let Begun::New(mut writing) = Writing::begin(&pool, DEFAULT, None).await.unwrap() else { panic!("it is new") };
    writing.create(name.clone(), SavedQuery::default(), world.clock.now()).await.unwrap();
    drop(writing);
    let kept = save_in(&pool, "kept", &world).await;
    assert_eq!(filters::find(&pool, DEFAULT, &name).await.unwrap(), None);
    assert_eq!(world.get("/filters").await.2["items"], json!([kept]));
}

#[tokio::test]
async fn given_a_server_whose_commits_do_not_wait_for_the_disk_when_a_filter_is_saved_then_that_commit_waits() {
    let world = World::new().await;
    let options = PgConnectOptions::clone(&world.pool.connect_options()).options([("synchronous_commit", "off")]);
    let pool = PgPoolOptions::new().connect_with(options).await.unwrap();
    let told = "
        CREATE TABLE told (setting text);
        CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO public.told VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
        CREATE TRIGGER tell AFTER INSERT ON tasklog_filters.filters EXECUTE FUNCTION tell();";
    pool.execute(told).await.unwrap();
    let insert = "INSERT INTO tasklog_filters.filters VALUES ('default', 'by hand', '{}', 1, now(), now())";
    pool.execute(insert).await.unwrap();
    save_in(&pool, "saved", &world).await;
    let settings: Vec<String> = sqlx::query_scalar("SELECT setting FROM told").fetch_all(&pool).await.unwrap();
    assert_eq!(settings, ["off", "on"]);
}

/// Saves a filter without the API.
async fn save_in(pool: &sqlx::PgPool, name: &str, world: &World) -> Filter {
    let Begun::New(mut writing) = Writing::begin(pool, DEFAULT, None).await.unwrap() else { panic!("it is new") };
    let name = FilterName::parse(name).unwrap();
    let filter = writing.create(name, SavedQuery::default(), world.clock.now()).await.unwrap();
    writing.commit(&filter).await.unwrap();
    filter
}
