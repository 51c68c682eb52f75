//! Saved filters: rows that no rebuild touches, written once for each request, and lists that are asked for by their names.

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use chrono::TimeDelta;
use domain::task::{Due, Priority, Status, TaskEvent};
use domain::tenant::DEFAULT;
use futures::future::join_all;
use projection::filters::{self, Begun, Filter, FilterName, SavedQuery, Writing};
use serde_json::{Value, json};
use sqlx::Executor as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::following::Client;
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

async fn save(world: &World, name: &str, query: &Value) -> Value {
    let (status, _, filter) = ask(world, Method::POST, "/filters", None, &json!({"name": name, "query": query})).await;
    assert_eq!(status, 201, "{filter}");
    filter
}

async fn patch(world: &World, path: &str, body: &Value) -> Value {
    let (status, _, filter) = ask(world, Method::PATCH, path, None, body).await;
    assert_eq!(status, 200, "{filter}");
    filter
}

fn fields(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect()
}

/// 60 tasks that differ in all that is filtered by.
async fn world_of_tasks() -> World {
    let world = World::new().await;
    for n in 0..60_u64 {
        let mut task = task(id(n.into()), &format!("{} {n}", ["milk", "rent", "plants"][n as usize % 3]));
        task.status = Status::ALL[n as usize % 4];
        task.priority = Priority::ALL[n as usize % 5];
        task.tags = ["home", "work"][..n as usize % 3].iter().map(|tag| (*tag).to_owned()).collect();
        let due_date = (start() + TimeDelta::days(n as i64 * 4)).date_naive();
        task.due = (!n.is_multiple_of(7)).then_some(Due::Date { due_date });
        task.created_at += TimeDelta::seconds(n as i64);
        world.append(task_record(task.id, 1, &TaskEvent::Created(task)));
    }
    world.start_projector();
    world.settle().await;
    world
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

/// Filters, and the parameters that they stand for.
fn kinds() -> [(&'static str, Value, &'static str); 6] {
    [
        ("nothing", json!({}), ""),
        ("sorted", json!({"sort": "title"}), "sort=title"),
        (
            "open at home",
            json!({"status": ["pending", "in_progress"], "tag": ["home"]}),
            "status=pending&status=in_progress&tag=home",
        ),
        ("late", json!({"overdue": true, "sort": "due"}), "overdue=true&sort=due"),
        (
            "urgent/soon",
            json!({"priority": ["high", "urgent"], "sort": "-priority"}),
            "priority=high&priority=urgent&sort=-priority",
        ),
        ("dated", json!({"due_from": "2026-06-01", "due_to": "2026-09-01"}), "due_from=2026-06-01&due_to=2026-09-01"),
    ]
}

fn escaped(name: &str) -> String {
    name.replace(' ', "%20").replace('/', "%2F")
}

/// The ids of all pages.
async fn listed(world: &World, query: &str) -> Vec<String> {
    let (mut ids, mut next) = (Vec::new(), format!("/tasks?limit=7&total=true&{query}"));
    loop {
        let (status, _, page) = world.get(&next).await;
        assert_eq!(status, 200, "{query}: {page}");
        ids.extend(page["items"].as_array().unwrap().iter().map(|task| task["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { return ids };
        next = format!("/tasks?limit=7&total=true&{query}&cursor={cursor}");
    }
}

#[tokio::test]
async fn given_filters_when_lists_are_asked_for_by_their_names_then_they_answer_as_if_the_parameters_were_given() {
    let world = world_of_tasks().await;
    for (name, query, _) in &kinds() {
        save(&world, name, query).await;
    }
    // From Postgres, and then from memory.
    for remembered in [false, true] {
        if remembered {
            world.remember();
            world.until_remembered().await;
        }
        for (name, _, parameters) in kinds() {
            let named = format!("filter={}", escaped(name));
            assert_eq!(listed(&world, &named).await, listed(&world, parameters).await, "{name}");
        }
        // What stands beside it replaces what it has under the same name, and nothing else.
        assert_eq!(
            listed(&world, "filter=open%20at%20home&tag=work&sort=due").await,
            listed(&world, "status=pending&status=in_progress&tag=work&sort=due").await
        );
        assert_eq!(listed(&world, "filter=late&overdue=false").await, listed(&world, "sort=due").await);
    }
    assert!(!listed(&world, "filter=late").await.is_empty());
    assert_ne!(listed(&world, "filter=late").await, listed(&world, "").await);
}

#[tokio::test]
async fn given_no_such_filter_when_a_list_a_feed_or_a_stream_is_asked_for_then_422_names_the_parameter() {
    let world = world_of_tasks().await;
    let long = format!("filter={}", "x".repeat(65));
    for path in ["/tasks", "/tasks.ics", "/events"] {
        for query in ["filter=absent", "filter=", "filter=..", "filter=a%0Ab", &long] {
            let (status, _, problem) = world.get(&format!("{path}?{query}")).await;
            assert_eq!((status.as_u16(), fields(&problem)), (422, vec!["filter"]), "{path}?{query}");
        }
    }
    save(&world, "a", &json!({"due_from": "2026-06-01"})).await;
    for (query, field) in [
        ("filter=a&filter=a", "filter"),
        ("filter=a&limit=0", "limit"),
        ("filter=a&colour=red", "colour"),
        ("filter=a&due_to=2026-01-01", "due_to"),
    ] {
        let (status, _, problem) = world.get(&format!("/tasks?{query}")).await;
        assert_eq!((status.as_u16(), fields(&problem)), (422, vec![field]), "{query}");
    }
}

#[tokio::test]
async fn given_a_filter_that_was_changed_when_a_page_is_gone_on_with_then_its_cursor_is_refused_and_never_misread() {
    let world = world_of_tasks().await;
    let filter = save(&world, "mine", &json!({"status": ["pending", "completed"], "sort": "due"})).await;
    let (_, _, first) = world.get("/tasks?filter=mine&limit=5").await;
    let next = format!("/tasks?filter=mine&limit=5&cursor={}", first["next_cursor"].as_str().unwrap());
    let (_, _, second) = world.get(&next).await;

    // The same conditions in other words: the place is the same.
    patch(&world, "/filters/mine", &json!({"query": {"status": ["completed", "pending"]}})).await;
    assert_eq!(world.get(&next).await.2, second);
    for change in [json!({"status": ["pending"]}), json!({"sort": "-due"}), json!({"tag": ["home"]})] {
        patch(&world, "/filters/mine", &json!({"query": change})).await;
        let (status, _, problem) = world.get(&next).await;
        assert_eq!((status.as_u16(), fields(&problem)), (422, vec!["cursor"]), "{change}");
        patch(
            &world,
            "/filters/mine",
            &json!({"query": {"tag": null, "status": ["pending", "completed"], "sort": "due"}}),
        )
        .await;
    }
    // Back as it was, so is the place; it belongs to the parameters, whoever names them.
    assert_eq!(world.get(&next).await.2, second);
    let plain = next.replace("filter=mine", "status=pending&status=completed&sort=due");
    assert_eq!(world.get(&plain).await.2, second);
    patch(&world, "/filters/mine", &json!({"name": "yours"})).await;
    assert_eq!(fields(&world.get(&next).await.2), ["filter"]);
    assert_eq!(filter["version"], 1);
}

#[tokio::test]
async fn given_a_filter_when_a_feed_or_a_stream_is_asked_for_by_its_name_then_it_holds_what_the_filter_lets_through() {
    let world = world_of_tasks().await;
    save(&world, "home", &json!({"tag": ["home"], "status": ["pending"], "sort": "-title"})).await;
    save(&world, "late", &json!({"overdue": true})).await;
    let feed = async |query: &str| {
        let request = Request::get(format!("/tasks.ics?{query}")).body(Body::empty()).unwrap();
        let (status, headers, _) = world.send(request).await;
        (status.as_u16(), headers["etag"].clone())
    };
    assert_eq!(feed("filter=home").await, feed("tag=home&status=pending").await);
    assert_eq!(feed("filter=home&tag=work").await, feed("tag=work&status=pending").await);
    assert_ne!(feed("filter=home").await.1, feed("").await.1);

    let (status, _, problem) = world.get("/events?filter=late").await;
    assert_eq!((status.as_u16(), fields(&problem)), (422, vec!["filter"]));
    let mut client = Client::connect_to(&world, "/events?filter=home", None).await;
    client.next().await.unwrap();
    world.append(task_record(id(1_001), 1, &created(id(1_001), "not at home")));
    let at_home = domain::task::TaskCreated { tags: vec!["home".to_owned()], ..task(id(1_002), "at home") };
    world.append(task_record(id(1_002), 1, &TaskEvent::Created(at_home)));
    loop {
        let told = client.next().await.unwrap();
        // A place may be told first, which belongs to no event.
        if !told.event.is_empty() {
            assert_eq!(told.data["subject"], id(1_002).to_string());
            break;
        }
    }
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
