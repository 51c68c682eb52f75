//! What watches a system in production, run for real beside it: Prometheus with our rules, Alertmanager, and Jaeger.
//!
//! Prometheus and Jaeger come from `scripts/verify/tool.sh`; Alertmanager is `prometheus-alertmanager` of Debian, or what `ALERTMANAGER`
//! names.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

// The crate: `tests` alone is the module below as well.
use ::tests::http::Api;
use ::tests::process::Process;
use ::tests::{ports, root, wait};

const READY_WITHIN: Duration = Duration::from_secs(60);

/// The rules are made for months; here they look at a sixtieth of every time, and so does what they wait for. What they compare with stays.
const SIXTY_TIMES_FASTER: [(&str, &str); 17] = [
    ("[5m]", "[5s]"),
    ("[10m]", "[10s]"),
    ("[15m]", "[15s]"),
    ("[30m]", "[30s]"),
    ("[1h]", "[60s]"),
    ("[2h]", "[120s]"),
    ("[6h]", "[360s]"),
    ("[1d]", "[1440s]"),
    ("[3d]", "[4320s]"),
    ("offset 10m", "offset 10s"),
    ("offset 15m", "offset 15s"),
    ("for: 1m\n", "for: 1s\n"),
    ("for: 2m\n", "for: 2s\n"),
    ("for: 5m\n", "for: 5s\n"),
    ("for: 10m\n", "for: 10s\n"),
    ("for: 15m\n", "for: 15s\n"),
    ("for: 1h\n", "for: 60s\n"),
];

/// The program of this name, which is made where it is missing.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn tool(name: &str) -> PathBuf {
    let script = root().join("scripts/verify/tool.sh");
    let made = Command::new(script).arg(name).output().expect("scripts/verify/tool.sh runs");
    assert!(made.status.success(), "no {name}: {}", String::from_utf8_lossy(&made.stderr));
    PathBuf::from(String::from_utf8(made.stdout).unwrap().trim())
}

/// What is scraped.
#[derive(Clone, Debug)]
pub struct Target {
    /// The role, as rules and dashboards have it.
    pub job: &'static str,
    /// Of a sidecar its application; of all else empty, which is no label.
    pub app_id: &'static str,
    /// `host:port`.
    pub address: String,
}

/// A running Prometheus that scrapes every second and has our rules, sixty times faster.
pub struct Prometheus {
    api: Api,
    _process: Process,
}

impl Prometheus {
    /// Scrapes these; tells the Alertmanager at `alertmanager`, `host:port`.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(folder: &Path, targets: &[Target], alertmanager: &str) -> Self {
        let rules = folder.join("rules");
        std::fs::create_dir_all(&rules).unwrap();
        for file in std::fs::read_dir(root().join("k8s/monitoring/alerts")).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() {
                let text = std::fs::read_to_string(&path).unwrap();
                std::fs::write(rules.join(path.file_name().unwrap()), faster(&text)).unwrap();
            }
        }
        let scraped: Vec<Value> = targets
            .iter()
            .map(|target| json!({"targets": [target.address], "labels": {"job": target.job, "app_id": target.app_id}}))
            .collect();
        let configuration = json!({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s", "external_labels": {"runbooks": "runbooks"}},
            "rule_files": [rules.join("*.yaml")],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
            "scrape_configs": [{"job_name": "all", "static_configs": scraped}],
        });
        // JSON is YAML.
        let file = folder.join("prometheus.yaml");
        std::fs::write(&file, configuration.to_string()).unwrap();
        let address = format!("127.0.0.1:{}", ports::free());
        let mut command = Command::new(tool("prometheus"));
        command.arg(format!("--config.file={}", file.display()));
        command.arg(format!("--storage.tsdb.path={}", folder.join("data").display()));
        command.arg(format!("--web.listen-address={address}"));
        let mut process = Process::spawn("prometheus", command, &folder.join("prometheus.log"));
        let api = Api::new(&format!("http://{address}"));
        answers(&api, "/-/ready", "Prometheus", &mut process).await;
        Self { api, _process: process }
    }

    /// The series that a query gives now.
    ///
    /// # Panics
    /// When Prometheus does not take the query.
    pub async fn query(&self, query: &str) -> Vec<Value> {
        let url = reqwest::Url::parse_with_params("http://prometheus/api/v1/query", [("query", query)]).unwrap();
        let path = format!("/api/v1/query?{}", url.query().unwrap_or_default());
        let answer = self.api.get(&path).send().await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        answer.json()["data"]["result"].as_array().cloned().unwrap_or_default()
    }

    /// Whether an alert of this name fires.
    pub async fn fires(&self, alert: &str) -> bool {
        !self.query(&format!("ALERTS{{alertname=\"{alert}\", alertstate=\"firing\"}}")).await.is_empty()
    }
}

fn faster(rules: &str) -> String {
    SIXTY_TIMES_FASTER.iter().fold(rules.to_owned(), |rules, (slow, fast)| rules.replace(slow, fast))
}

async fn answers(api: &Api, path: &str, what: &str, process: &mut Process) {
    wait::until(&format!("{what} answers"), READY_WITHIN, async || {
        if let Some(status) = process.exit_status() {
            panic!("{what} ended with {status}; its output ends:\n{}", process.output_end());
        }
        match api.get(path).try_send().await {
            Ok(answer) if answer.status == 200 => Ok(()),
            Ok(answer) => Err(answer.text()),
            Err(error) => Err(error.to_string()),
        }
    })
    .await;
}

/// A running Alertmanager with our example of a configuration.
pub struct Alertmanager {
    address: String,
    api: Api,
    _process: Process,
}

impl Alertmanager {
    /// Tells `receiver`, a URL, of all alerts.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(folder: &Path, receiver: &str) -> Self {
        let example = root().join("k8s/monitoring/scrape/alertmanager.yaml");
        let example = std::fs::read_to_string(example).unwrap();
        let line = |line: &str| match line.split_once("url_file:") {
            Some((before, _)) => format!("{before}url: {receiver}\n"),
            None => format!("{line}\n"),
        };
        let file = folder.join("alertmanager.yaml");
        std::fs::write(&file, example.lines().map(line).collect::<String>()).unwrap();
        let address = format!("127.0.0.1:{}", ports::free());
        let program = std::env::var_os("ALERTMANAGER").unwrap_or_else(|| "prometheus-alertmanager".into());
        let mut command = Command::new(program);
        command.arg(format!("--config.file={}", file.display()));
        command.arg(format!("--storage.path={}", folder.join("alertmanager").display()));
        command.arg(format!("--web.listen-address={address}")).arg("--cluster.listen-address=");
        let mut process = Process::spawn("alertmanager", command, &folder.join("alertmanager.log"));
        let api = Api::new(&format!("http://{address}"));
        answers(&api, "/-/ready", "Alertmanager", &mut process).await;
        Self { address, api, _process: process }
    }

    /// `host:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether it has an alert of this name, told or kept quiet because of another one.
    pub async fn has(&self, alert: &str) -> bool {
        let alerts = self.api.get("/api/v2/alerts").send().await.expect(200).json();
        alerts.as_array().into_iter().flatten().any(|it| it["labels"]["alertname"] == alert)
    }
}

/// A running Jaeger that keeps traces in memory.
pub struct Jaeger {
    endpoint: String,
    api: Api,
    _process: Process,
}

impl Jaeger {
    /// On ports of its own.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(folder: &Path) -> Self {
        let [spans, queries] = [(); 2].map(|()| format!("127.0.0.1:{}", ports::free()));
        let mut command = Command::new(tool("jaeger"));
        command.arg(format!("--collector.otlp.http.host-port={spans}"));
        command.arg(format!("--query.http-server.host-port={queries}"));
        // Some minutes of a busy system; without it those of all its time, which are more than memory should hold.
        command.arg("--memory.max-traces=50000");
        for other in [
            "--collector.otlp.grpc.host-port",
            "--collector.grpc-server.host-port",
            "--collector.http-server.host-port",
            "--query.grpc-server.host-port",
            "--admin.http.host-port",
            // Of the agent, which this version still has.
            "--http-server.host-port",
            "--processor.jaeger-binary.server-host-port",
            "--processor.jaeger-compact.server-host-port",
            "--processor.zipkin-compact.server-host-port",
        ] {
            command.arg(format!("{other}=127.0.0.1:{}", ports::free()));
        }
        let mut process = Process::spawn("jaeger", command, &folder.join("jaeger.log"));
        let api = Api::new(&format!("http://{queries}"));
        answers(&api, "/api/services", "Jaeger", &mut process).await;
        Self { endpoint: format!("http://{spans}"), api, _process: process }
    }

    /// What `OTEL_EXPORTER_OTLP_ENDPOINT` says for it.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The spans of a trace, as its API tells them; none where it has none.
    pub async fn trace(&self, id: &str) -> Vec<Value> {
        let answer = self.api.get(&format!("/api/traces/{id}")).send().await;
        if answer.status != 200 {
            return Vec::new();
        }
        answer.json()["data"][0]["spans"].as_array().cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_looked_at_a_sixtieth_of_their_times() {
        let rules = "expr: increase(a[10m]) > 5 and b[1h]\nfor: 2m\n";
        assert_eq!(faster(rules), "expr: increase(a[10s]) > 5 and b[60s]\nfor: 2s\n");
    }
}
