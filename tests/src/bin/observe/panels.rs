//! Each query of each panel of each dashboard, asked of the Prometheus that has watched the system.

use std::time::Duration;

use serde_json::Value;
use tests::wait::until;

use crate::holds;
use crate::world::World;

const PATIENCE: Duration = Duration::from_secs(90);

/// Panels about what does not happen here: no sidecar calls another one. `make test-dapr` has such calls.
const NOT_HERE: [&str; 3] = ["Calls sent", "Calls received", "Answers received"];

/// Waits until each has a figure.
pub async fn have_data(world: &World) {
    // Those that were open ended with the role that served them, in one of the faults.
    let listening = world.web.api().get("/events").open().await.unwrap();
    let folder = tests::root().join("k8s/monitoring/dashboards");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for file in files {
        let dashboard: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let mut asked = 0;
        for panel in dashboard["panels"].as_array().into_iter().flatten() {
            let title = panel["title"].as_str().unwrap_or_default();
            if NOT_HERE.contains(&title) {
                println!("not shown here: {title}");
                continue;
            }
            for target in panel["targets"].as_array().into_iter().flatten() {
                let query = plain(target["expr"].as_str().unwrap());
                until(&format!("{title} has data: {query}"), PATIENCE, async || {
                    let series = world.prometheus.query(&query).await;
                    if series.iter().any(is_a_figure) { Ok(()) } else { Err(format!("{series:?}")) }
                })
                .await;
                asked += 1;
            }
        }
        holds(&format!("each of {asked} queries of {} has data", dashboard["title"]));
    }
    drop(listening);
}

/// As Prometheus takes it, without Grafana's variables.
fn plain(query: &str) -> String {
    query.replace("$__rate_interval", "1m").replace("$role", ".*").replace("$app", ".*")
}

fn is_a_figure(series: &Value) -> bool {
    series["value"][1].as_str().is_some_and(|value| value != "NaN")
}
