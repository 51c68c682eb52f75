//! Lists, feeds and streams that are asked for by the names of saved filters.

use axum::body::Body;
use axum::http::Request;
use chrono::TimeDelta;
use domain::task::{Due, Priority, Status, TaskEvent};
use serde_json::{Value, json};

use crate::following::Client;
use crate::saving::{fields, patch, save};
use crate::world::*;

/// 60 tasks that differ in all that is filtered by.
pub(crate) async fn world_of_tasks() -> World {
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
pub(crate) async fn listed(world: &World, query: &str) -> Vec<String> {
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
