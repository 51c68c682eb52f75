//! `GET /tasks`: filters, orders and pages, compared with a model that goes over all tasks.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tests::system::System;

on_both_brokers!(filters_find_what_a_model_finds, sorts_order_as_a_model_orders, pages_hold_still_while_tasks_change);

const STATUSES: [&str; 4] = ["pending", "in_progress", "completed", "cancelled"];
const PRIORITIES: [&str; 5] = ["none", "low", "medium", "high", "urgent"];

/// Tasks of every status, priority, number of tags and kind of due date.
fn varied(count: usize) -> Vec<Value> {
    let titles = ["zebra", "Äpfel", "apple", "Émile", "banana", "ZEBRA crossing", "éclair", "Mango"];
    let tags = ["a", "b", "c"];
    (0..count)
        .map(|n| {
            let mut task = json!({
                "title": format!("{} {}", titles[n % 8], n * 37 % count),
                "status": STATUSES[n % 4],
                "priority": PRIORITIES[n % 5],
                "tags": tags[..n % 4],
            });
            match n % 6 {
                0 => task["due_date"] = json!(format!("2020-03-{:02}", n % 28 + 1)),
                1 => task["due_date"] = json!(format!("2090-03-{:02}", n % 28 + 1)),
                2 | 3 => {
                    task["due_at"] = json!(format!("2020-03-{:02}T12:{:02}:00", n % 28 + 1, n % 60));
                    task["time_zone"] = json!(["Europe/Berlin", "UTC", "America/New_York"][n % 3]);
                }
                _ => {}
            }
            task
        })
        .collect()
}

fn text<'a>(task: &'a Value, field: &str) -> &'a str {
    task[field].as_str().unwrap_or_default()
}

/// The day a task is due, as the wall calendar shows it.
fn day(task: &Value) -> Option<String> {
    let date = task["due_date"].as_str().or_else(|| task["due_at"].as_str())?;
    Some(date[..10].to_owned())
}

fn has_tag(task: &Value, tag: &str) -> bool {
    task["tags"].as_array().unwrap().contains(&json!(tag))
}

fn ids(tasks: &[Value]) -> Vec<&str> {
    tasks.iter().map(|task| text(task, "id")).collect()
}

async fn filters_find_what_a_model_finds(system: &mut System) {
    let api = system.api();
    let (tasks, token) = api.create_all(&varied(48)).await;
    let is_open = |task: &Value| matches!(text(task, "status"), "pending" | "in_progress");
    let in_march_2020 =
        |task: &Value, from: &str, to: &str| day(task).is_some_and(|day| (from..=to).contains(&day.as_str()));
    type Rule<'a> = Box<dyn Fn(&Value) -> bool + 'a>;
    let rules: Vec<(&str, Rule<'_>)> = vec![
        ("", Box::new(|_| true)),
        ("status=pending", Box::new(|task| text(task, "status") == "pending")),
        ("status=completed&status=cancelled", Box::new(|task| !is_open(task))),
        ("priority=urgent&priority=none", Box::new(|task| matches!(text(task, "priority"), "urgent" | "none"))),
        ("tag=a", Box::new(|task| has_tag(task, "a"))),
        ("tag=a&tag=c", Box::new(|task| has_tag(task, "a") && has_tag(task, "c"))),
        ("tag=A", Box::new(|_| false)),
        ("due_from=2020-03-05&due_to=2020-03-09", Box::new(|task| in_march_2020(task, "2020-03-05", "2020-03-09"))),
        ("due_from=2020-03-13&due_to=2020-03-13", Box::new(|task| in_march_2020(task, "2020-03-13", "2020-03-13"))),
        ("due_from=2020-03-20", Box::new(|task| day(task).is_some_and(|day| day.as_str() >= "2020-03-20"))),
        ("due_to=2020-03-20", Box::new(|task| day(task).is_some_and(|day| day.as_str() <= "2020-03-20"))),
        ("overdue=true", Box::new(|task| is_open(task) && day(task).is_some_and(|day| day.starts_with("2020")))),
        ("due=none", Box::new(|task| day(task).is_none())),
        (
            "due=none&status=pending&sort=title",
            Box::new(|task| day(task).is_none() && text(task, "status") == "pending"),
        ),
        (
            "overdue=true&priority=high&tag=b",
            Box::new(|task| {
                is_open(task)
                    && day(task).is_some_and(|day| day.starts_with("2020"))
                    && text(task, "priority") == "high"
                    && has_tag(task, "b")
            }),
        ),
        ("q=zebra", Box::new(|task| text(task, "title").to_lowercase().contains("zebra"))),
        (
            "q=emile&status=cancelled",
            Box::new(|task| text(task, "title").starts_with("Émile") && text(task, "status") == "cancelled"),
        ),
        (
            "q=zebra&due_from=2020-03-05&due_to=2020-03-09&sort=due",
            Box::new(|task| {
                text(task, "title").to_lowercase().contains("zebra") && in_march_2020(task, "2020-03-05", "2020-03-09")
            }),
        ),
    ];
    for (query, rule) in rules {
        let expected: BTreeSet<&str> = tasks.iter().filter(|task| rule(task)).map(|task| text(task, "id")).collect();
        let found = api.all_items(&format!("/tasks?limit=7&{query}"), &token).await;
        assert_eq!(ids(&found).len(), expected.len(), "{query}: doubles or losses");
        assert_eq!(ids(&found).into_iter().collect::<BTreeSet<_>>(), expected, "{query}");
        let page = api.get(&format!("/tasks?limit=1&total=true&{query}")).token(&token).send().await.expect(200).json();
        assert_eq!(page["total"], json!(expected.len()), "{query}");
        for mut task in found {
            task.as_object_mut().unwrap().remove("highlights");
            assert!(tasks.contains(&task), "{query}: a list shows the task as it is: {task}");
        }
    }
    let page = api.get("/tasks").token(&token).send().await.expect(200).json();
    assert_eq!(page["items"].as_array().unwrap().len(), 48, "the default page holds 50");
    assert_eq!((page.get("total"), &page["next_cursor"]), (None, &Value::Null));
}

/// What the contract says a sort compares; `None` comes last in both directions.
fn key(task: &Value, sort: &str) -> Option<String> {
    match sort {
        "created_at" | "updated_at" => Some(text(task, sort).to_owned()),
        "priority" => PRIORITIES.iter().position(|word| *word == text(task, "priority")).map(|rank| rank.to_string()),
        "title" => Some(text(task, "title").to_lowercase().replace('ä', "a").replace('é', "e")),
        "due" => match (task["due_date"].as_str(), task["due_utc"].as_str()) {
            (Some(date), _) => Some(format!("{date}T23:59:59Z")),
            (None, utc) => utc.map(str::to_owned),
        },
        other => panic!("no model for {other}"),
    }
}

fn compare(a: &Value, b: &Value, sort: &str, descending: bool) -> Ordering {
    match (key(a, sort), key(b, sort)) {
        (Some(a), Some(b)) if descending => b.cmp(&a),
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

async fn sorts_order_as_a_model_orders(system: &mut System) {
    let api = system.api();
    let (mut tasks, _) = api.create_all(&varied(40)).await;
    // Some are changed, so that the order of updates is not the order of creation.
    let mut token = String::new();
    for index in [3, 17, 5, 30] {
        let path = format!("/tasks/{}", text(&tasks[index], "id"));
        let changed = api.patch(&path, &json!({"description": "changed"})).send().await.expect(200);
        token = tests::http::merged(
            &[token, changed.token()].into_iter().filter(|token| !token.is_empty()).collect::<Vec<_>>(),
        );
        tasks[index] = changed.json();
    }
    for sort in ["created_at", "updated_at", "due", "priority", "title"] {
        for (parameter, descending) in [(sort.to_owned(), false), (format!("-{sort}"), true)] {
            // Once from the database, once from the search index: every title but those with an E has an "a".
            for query in ["", "&q=a"] {
                let found = api.all_items(&format!("/tasks?limit=9&sort={parameter}{query}"), &token).await;
                if query.is_empty() {
                    assert_eq!(found.len(), 40, "{parameter}");
                }
                let unordered =
                    found.windows(2).find(|pair| compare(&pair[0], &pair[1], sort, descending) == Ordering::Greater);
                assert!(unordered.is_none(), "sort={parameter}{query}: {unordered:#?}");
            }
        }
    }
    let newest = api.all_items("/tasks?limit=50", &token).await;
    assert_eq!(ids(&newest), ids(&api.all_items("/tasks?sort=-created_at", &token).await), "newest first by default");
}

async fn pages_hold_still_while_tasks_change(system: &mut System) {
    let api = system.api();
    let (tasks, token) = api.create_all(&varied(60)).await;
    // A third stays as it is; those must be seen once each, whatever happens to the others between two pages.
    let (still, moving): (Vec<_>, Vec<_>) = tasks.iter().enumerate().partition(|(index, _)| index % 3 == 0);
    let still: BTreeSet<&str> = still.into_iter().map(|(_, task)| text(task, "id")).collect();
    let mut moving = moving.into_iter().map(|(_, task)| task).cycle();
    for (round, query) in
        ["sort=title", "sort=-due", "sort=created_at", "sort=-priority", "sort=title&q=a", "sort=relevance&q=zebra"]
            .into_iter()
            .enumerate()
    {
        let everything: BTreeSet<String> = api
            .all_items(&format!("/tasks?limit=200&{query}"), &token)
            .await
            .iter()
            .map(|task| text(task, "id").to_owned())
            .collect();
        let mut seen = BTreeMap::<String, usize>::new();
        let (mut next, mut token) = (format!("/tasks?limit=5&{query}"), token.clone());
        loop {
            let page = api.get(&next).token(&token).send().await.expect(200).json();
            for item in page["items"].as_array().unwrap() {
                *seen.entry(text(item, "id").to_owned()).or_default() += 1;
            }
            let Some(cursor) = page["next_cursor"].as_str() else {
                break;
            };
            next = format!("/tasks?limit=5&{query}&cursor={cursor}");
            // Between the pages: new ones at both ends, and others change what they are sorted by.
            for title in ["aaa a zebra", "zzz a zebra"] {
                api.create(&json!({"title": format!("{title} {round}"), "priority": "high", "due_date": "2020-03-15"}))
                    .await;
            }
            let path = format!("/tasks/{}", text(moving.next().unwrap(), "id"));
            let patch = json!({"title": format!("moved {}", seen.len()), "priority": PRIORITIES[seen.len() % 5], "due_date": null, "due_at": null, "time_zone": null});
            token = api.patch(&path, &patch).send().await.expect(200).token();
        }
        for id in still.iter().filter(|id| everything.contains(**id)) {
            assert_eq!(seen.get(*id), Some(&1), "{query}: an unchanged task is on one page, once");
        }
    }
}
