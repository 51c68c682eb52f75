//! Full text: all words, the last as a prefix, one typo, titles first, highlights.

use serde_json::{Value, json};
use tests::system::System;

on_both_brokers!(a_search_finds_what_people_mean);

async fn a_search_finds_what_people_mean(system: &mut System) {
    let api = system.api();
    let (_, token) = api
        .create_all(&[
            json!({"title": "Repair the kitchen window", "description": "The handle is loose"}),
            json!({"title": "Buy a birthday present", "description": "Something for the kitchen, perhaps a window box"}),
            json!({"title": "Fenster putzen", "description": "Küche und Bad"}),
            json!({"title": "Plan <b>kitchen</b> & bath", "description": ""}),
        ])
        .await;
    let titles = async |q: &str| -> Vec<String> {
        let found = api.all_items(&format!("/tasks?q={q}"), &token).await;
        found.iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        titles("kitchen%20window").await,
        ["Repair the kitchen window", "Buy a birthday present"],
        "title before description"
    );
    assert_eq!(titles("KITCHEN%20handle").await, ["Repair the kitchen window"], "all words must match");
    assert_eq!(titles("kitchen%20nothing").await, [""; 0]);
    assert_eq!(titles("birth").await, ["Buy a birthday present"], "the last word is a prefix");
    assert_eq!(
        titles("kitchn%20window").await,
        ["Repair the kitchen window", "Buy a birthday present"],
        "one typo is forgiven"
    );
    assert_eq!(titles("kuche").await, ["Fenster putzen"], "accents do not matter");

    let found = api.all_items("/tasks?q=kitchen", &token).await;
    let by_title = |start: &str| -> &Value {
        found.iter().find(|task| task["title"].as_str().unwrap().starts_with(start)).unwrap()
    };
    assert_eq!(by_title("Repair")["highlights"], json!({"title": "Repair the <mark>kitchen</mark> window"}));
    assert_eq!(
        by_title("Plan")["highlights"]["title"],
        "Plan &lt;b&gt;<mark>kitchen</mark>&lt;/b&gt; &amp; bath",
        "the rest is escaped"
    );
    let description = by_title("Buy")["highlights"]["description"].as_str().unwrap();
    assert!(description.contains("<mark>kitchen</mark>"), "{description}");
    assert!(api.all_items("/tasks?limit=5", &token).await.iter().all(|task| task.get("highlights").is_none()));
}
