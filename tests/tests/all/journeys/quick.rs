//! What a line of plain English or a recurrence would do, and what it then does.

use std::time::Duration;

use serde_json::{Value, json};
use tests::http::{Api, merged};
use tests::system::System;
use tests::wait::until;

on_both_brokers!(what_a_line_is_understood_as_is_what_it_makes, a_recurrence_is_previewed_as_it_then_goes);

async fn what_a_line_is_understood_as_is_what_it_makes(system: &mut System) {
    let api = system.api();
    let text = "🧹 stairs every friday 7am #haus !low remind me 1 hour before";
    let line = json!({"text": text, "time_zone": "Europe/Berlin"});
    let parsed = api.post("/tasks/quick/parse", &line).send().await.expect(200);
    assert!(!["etag", "consistency-token", "location"].iter().any(|name| parsed.headers.contains_key(*name)));
    let parsed = parsed.json();
    let made = api.post("/tasks/quick", &line).send().await.expect(201);
    let (token, made) = (made.token(), made.json());
    assert_eq!(parsed["understood"], made["understood"]);
    assert_eq!(parsed["understood"][0]["start_utf16"], "🧹 stairs ".encode_utf16().count());
    assert_eq!((&parsed["title"], &parsed["task"]["title"]), (&made["title"], &made["title"]));

    // What it says is what the other calls take.
    let (created, later) = api.create(&parsed["task"]).await;
    for field in ["title", "priority", "tags", "due_at", "time_zone", "recurrence_pattern"] {
        assert_eq!(created[field], made[field], "{field}");
    }
    let path = format!("/tasks/{}/reminders", created["id"].as_str().unwrap());
    let reminders = parsed["reminders"].as_array().unwrap();
    assert_eq!(reminders.len(), made["reminders"].as_array().unwrap().len());
    let reminder = api.post(&path, &reminders[0]).send().await.expect(201).json();
    assert_eq!(reminder["before_due"], made["reminders"][0]["before_due"]);

    // It has made none itself.
    let tasks = api.all_items("/tasks?limit=50", &merged(&[token, later])).await;
    let titles: Vec<&Value> = tasks.iter().map(|task| &task["title"]).collect();
    assert_eq!(titles, [&made["title"]; 2]);
    a_line_of_the_command_means_the_zone_that_it_says(system, &api).await;
}

/// The flag goes before the variable, and that before the zone of whoever runs the command.
async fn a_line_of_the_command_means_the_zone_that_it_says(system: &mut System, api: &Api) {
    system.tasklog.set("TZ", "Asia/Tokyo");
    let line = "Water the plants 2090-12-01 5pm";
    adds(system, api, &["add", line], "Asia/Tokyo", "2090-12-01T08:00:00Z").await;
    system.tasklog.set("TIME_ZONE", "America/New_York");
    adds(system, api, &["add", line], "America/New_York", "2090-12-01T22:00:00Z").await;
    adds(system, api, &["add", "--time-zone", "Europe/Berlin", line], "Europe/Berlin", "2090-12-01T16:00:00Z").await;
}

/// The command says so, and the task is due then.
async fn adds(system: &System, api: &Api, arguments: &[&str], zone: &str, due_utc: &str) {
    let said = system.tasklog.run_well(arguments);
    for part in ["  Water the plants\n", " = 2090-12-01T17:00:00\n", &format!("\n  time zone: {zone}\n")] {
        assert!(said.contains(part), "{arguments:?} says {part:?}: {said}");
    }
    let path = format!("/tasks/{}", said.split_whitespace().next().unwrap());
    // The command prints no token to wait for.
    let task = until("the task is read", Duration::from_secs(15), async || {
        let answer = api.get(&path).send().await;
        if answer.status == 200 { Ok(answer.json()) } else { Err(answer.text()) }
    })
    .await;
    let due = ["due_at", "time_zone", "due_utc"].map(|field| task[field].as_str().unwrap_or_default());
    assert_eq!(due, ["2090-12-01T17:00:00", zone, due_utc]);
}

async fn a_recurrence_is_previewed_as_it_then_goes(system: &mut System) {
    let api = system.api();
    let body = json!({"recurrence_pattern": {"rrule": "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3"}, "due_date": "2090-12-31"});
    let preview = api.post("/recurrences/preview", &body).send().await.expect(200).json();
    assert_eq!(
        preview,
        json!({"words": "every month on the last day, 3 times in all", "next": [{"due_date": "2091-01-31"}, {"due_date": "2091-02-28"}]})
    );
    let mut task = body;
    task["title"] = json!("Pay the rent");
    let (task, _) = api.create(&task).await;
    let skip = format!("/tasks/{}/skip", task["id"].as_str().unwrap());
    for next in preview["next"].as_array().unwrap() {
        let skipped = api.post(&skip, &json!({})).send().await.expect(200).json();
        assert_eq!(skipped["due_date"], next["due_date"]);
    }
}
