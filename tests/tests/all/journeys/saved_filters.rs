//! Saved filters: a list under a name, from the first call to after a restart and a rebuild.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::http::Api;
use tests::sse::Events;
use tests::system::System;
use tests::wait::until;

on_both_brokers!(
    a_saved_filter_answers_as_its_parameters_do,
    a_saved_filter_outlives_restarts_and_rebuilds,
    a_write_of_a_filter_can_be_repeated
);

const HOME: &str = "/filters/At%20home%2Fopen";

async fn titles(api: &Api, query: &str, token: &str) -> Vec<String> {
    let tasks = api.all_items(&format!("/tasks?limit=1&{query}"), token).await;
    tasks.iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
}

/// Tasks at home and at work, and the filter `At home/open`; gives the token of the tasks and the filter.
async fn begin(api: &Api) -> (String, Value) {
    let tasks = [
        json!({"title": "c milk", "tags": ["home"], "priority": "high"}),
        json!({"title": "a rent", "tags": ["home"], "due_date": "2020-01-01"}),
        json!({"title": "b plants", "tags": ["home"], "status": "completed"}),
        json!({"title": "d report", "tags": ["work"]}),
        json!({"title": "e milk for the office", "tags": ["work"]}),
    ];
    let (_, token) = api.create_all(&tasks).await;
    let query = json!({"tag": ["home"], "status": ["pending", "in_progress"], "sort": "title"});
    let saved = api.post("/filters", &json!({"name": "At home/open", "query": query})).send().await.expect(201);
    assert_eq!((saved.header("location"), saved.header("etag")), (HOME, "\"1\""));
    let saved = saved.json();
    assert_eq!((&saved["query"], &saved["version"]), (&query, &json!(1)));
    (token, saved)
}

async fn a_saved_filter_answers_as_its_parameters_do(system: &mut System) {
    let api = system.api();
    let (token, saved) = begin(&api).await;
    assert_eq!(api.get(HOME).send().await.expect(200).json(), saved);
    assert_eq!(api.all_items("/filters?limit=1", "").await, std::slice::from_ref(&saved));
    let named = "filter=At+home%2Fopen";
    assert_eq!(titles(&api, named, &token).await, ["a rent", "c milk"]);
    // What is given beside it replaces its own; what it does not have is added.
    assert_eq!(titles(&api, &format!("{named}&sort=-title"), &token).await, ["c milk", "a rent"]);
    assert_eq!(titles(&api, &format!("{named}&tag=work"), &token).await, ["d report", "e milk for the office"]);
    assert_eq!(titles(&api, &format!("{named}&overdue=true"), &token).await, ["a rent"]);
    assert_eq!(titles(&api, &format!("{named}&q=milk"), &token).await, ["c milk"]);

    // With a search in it.
    let search = json!({"name": "milk", "query": {"q": "milk", "sort": "relevance"}});
    api.post("/filters", &search).send().await.expect(201);
    assert_eq!(titles(&api, "filter=milk", &token).await.len(), 2);
    assert_eq!(titles(&api, "filter=milk&tag=work", &token).await, ["e milk for the office"]);
    let refused = api.get("/tasks?filter=milk&q=").send().await.expect(422);
    assert_eq!(refused.fields(), ["sort"], "relevance without a search");

    // No task is due at a time and at none: what is given replaces what is saved.
    assert_eq!(titles(&api, &format!("{named}&due=none"), &token).await, ["c milk"]);
    let undated = json!({"name": "undated", "query": {"tag": ["home"], "due": "none", "sort": "title"}});
    api.post("/filters", &undated).send().await.expect(201);
    assert_eq!(titles(&api, "filter=undated", &token).await, ["b plants", "c milk"]);
    assert_eq!(titles(&api, "filter=undated&due_to=2020-01-01", &token).await, ["a rent"]);
    let late = json!({"query": {"overdue": true}});
    assert_eq!(api.patch("/filters/undated", &late).send().await.expect(422).fields(), ["query.due"]);

    // A page of a filter that has been changed.
    let page = api.get(&format!("/tasks?{named}&limit=1")).token(&token).send().await.expect(200).json();
    let next = format!("/tasks?{named}&limit=1&cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(api.get(&next).send().await.expect(200).json()["items"][0]["title"], "c milk");
    let changed = api.patch(HOME, &json!({"query": {"status": null}})).if_match(1).send().await.expect(200);
    assert_eq!((changed.header("etag"), &changed.json()["query"]["tag"]), ("\"2\"", &json!(["home"])));
    assert_eq!(api.get(&next).send().await.expect(422).fields(), ["cursor"]);
    assert_eq!(titles(&api, named, &token).await, ["a rent", "b plants", "c milk"]);

    // Calendars and streams are asked for by its name too.
    let feed = api.get(&format!("/tasks.ics?{named}")).token(&token).send().await.expect(200).text();
    assert_eq!((feed.matches("BEGIN:VTODO").count(), feed.contains("b plants")), (3, true));
    let mut live = Events::open_at(&api, &format!("/events?{named}"), None).await;
    api.create(&json!({"title": "Elsewhere", "tags": ["work"]})).await;
    let (here, _) = api.create(&json!({"title": "Here", "tags": ["home"]})).await;
    assert_eq!(live.next().await.data["subject"], here["id"], "and nothing else");
    assert_eq!(api.get("/events?filter=milk").send().await.expect(422).fields(), ["filter"]);

    // Another name is another path.
    let renamed = api.patch(HOME, &json!({"name": "Haushalt"})).send().await.expect(200).json();
    assert_eq!((&renamed["name"], &renamed["version"]), (&json!("Haushalt"), &json!(3)));
    assert_eq!(api.get(HOME).send().await.expect(404).problem(), "not-found");
    assert_eq!(api.get(&format!("/tasks?{named}")).send().await.expect(422).fields(), ["filter"]);
    let taken = api.patch("/filters/milk", &json!({"name": "Haushalt"})).send().await.expect(409);
    assert_eq!((taken.problem().as_str(), taken.fields()), ("conflict", vec!["name".to_owned()]));
    api.delete("/filters/Haushalt").if_match(2).send().await.expect(412);
    api.delete("/filters/Haushalt").if_match(3).send().await.expect(204);
    assert_eq!(api.get("/filters/Haushalt").send().await.expect(404).problem(), "not-found");
}

async fn a_saved_filter_outlives_restarts_and_rebuilds(system: &mut System) {
    let api = system.api();
    let (token, saved) = begin(&api).await;
    let generation = async |api: &Api| {
        let page = api.get("/projections").send().await.expect(200).json();
        let items = page["items"].as_array().unwrap().clone();
        items.into_iter().find(|item| item["name"] == "tasks").unwrap()["generation"].clone()
    };
    let before = generation(&api).await;
    api.call(Method::POST, "/projections/tasks/rebuild").send().await.expect(202);
    until("a new generation serves", Duration::from_secs(60), async || {
        let now = generation(&api).await;
        if now == before { Err(now.to_string()) } else { Ok(()) }
    })
    .await;
    assert_eq!(api.get(HOME).send().await.expect(200).json(), saved);
    api.call(Method::POST, "/projections/tasks/rollback").send().await.expect(202);

    system.tasklog.kill().await;
    system.tasklog.start().await;
    let api = system.api();
    assert_eq!(api.get(HOME).send().await.expect(200).json(), saved);
    assert_eq!(titles(&api, "filter=At+home%2Fopen", &token).await, ["a rent", "c milk"]);
}

async fn a_write_of_a_filter_can_be_repeated(system: &mut System) {
    let api = system.api();
    let new = json!({"name": "mine", "query": {"overdue": true}});
    let first = api.post("/filters", &new).key("f1").send().await.expect(201);
    let patch = json!({"query": {"overdue": null}});
    let changed = api.patch("/filters/mine", &patch).key("f2").send().await.expect(200);
    system.restart().await;
    let api = system.api();
    let again = api.post("/filters", &new).key("f1").send().await.expect(201);
    assert_eq!((again.json(), again.header("etag")), (first.json(), "\"1\""));
    assert_eq!(api.patch("/filters/mine", &patch).key("f2").send().await.expect(200).json(), changed.json());
    let other = api.post("/filters", &json!({"name": "other", "query": {}})).key("f1").send().await.expect(422);
    assert_eq!(other.problem(), "idempotency-key-reused");
    assert_eq!(api.post("/filters", &new).send().await.expect(409).problem(), "conflict");
    for _ in 0..2 {
        api.delete("/filters/mine").key("f3").send().await.expect(204);
    }
    assert_eq!(api.delete("/filters/mine").send().await.expect(404).problem(), "not-found");
    assert_eq!(api.all_items("/filters?limit=9", "").await, [Value::Null; 0]);
}
