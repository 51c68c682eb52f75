//! Requests that are wrong, in tables: each is refused with the right status, kind and fields, and changes nothing.

use serde_json::json;
use tests::cases;
use tests::system::{Broker, System};

const TABLES: [(&str, &str); 6] = [
    ("tasks.txt", include_str!("tasks.txt")),
    ("lists.txt", include_str!("lists.txt")),
    ("filters.txt", include_str!("filters.txt")),
    ("reminders.txt", include_str!("reminders.txt")),
    ("requests.txt", include_str!("requests.txt")),
    ("tags.txt", include_str!("tags.txt")),
];

/// What the contract asks for, at least.
const CASES_MIN: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bad_request_is_refused_as_its_line_says() {
    let system = System::start(Broker::Embedded).await;
    let api = system.api();
    let at = json!({"title": "Untouched", "due_at": "2090-01-01T09:00:00", "time_zone": "UTC"});
    let (task, _) = api.create(&at).await;
    let (no_due, _) = api.create(&json!({"title": "Untouched as well"})).await;
    let of_task = format!("/tasks/{}/reminders", task["id"].as_str().unwrap());
    let reminder = api.post(&of_task, &json!({"before_due": "PT30M"})).key("used").send().await.expect(201);
    let (token, reminder) = (reminder.token(), reminder.json());
    api.post("/tags/nobody's/rename", &json!({"to": "new"})).key("used").send().await.expect(202);
    let mut filters = Vec::new();
    for (name, query) in [("mine", json!({"q": "milk", "sort": "relevance"})), ("taken", json!({}))] {
        let filter = api.post("/filters", &json!({"name": name, "query": query})).send().await.expect(201);
        filters.push(filter.json());
    }
    api.delete("/filters/taken").key("used").send().await.expect(204);
    filters[1] = api.post("/filters", &json!({"name": "taken", "query": {}})).send().await.expect(201).json();
    api.get("/tasks").token(&token).send().await.expect(200);
    let values = [
        ("task", task["id"].as_str().unwrap()),
        ("no_due", no_due["id"].as_str().unwrap()),
        ("reminder", reminder["id"].as_str().unwrap()),
        ("absent", "01890000-0000-7000-8000-000000000000"),
    ];

    let (mut count, mut wrong) = (0, Vec::new());
    for (name, table) in TABLES {
        for case in cases::read(table, &values) {
            let answer = case.call(&api).send().await;
            if let Err(error) = case.check(&answer) {
                wrong.push(format!("{name} {error}"));
            }
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {count} are answered otherwise:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= CASES_MIN, "only {count} cases");

    // Nothing came about.
    let (last, token) = api.create(&json!({"title": "The only new one"})).await;
    let mut listed = api.all_items("/tasks?sort=created_at", &token).await;
    assert_eq!(listed.pop(), Some(last));
    assert_eq!(listed, [task, no_due]);
    assert_eq!(api.all_items("/reminders?limit=50", &token).await, [reminder]);
    assert_eq!(api.all_items("/filters?limit=50", "").await, filters);
}
