//! A real Dapr sidecar: `daprd` by itself, with a pub/sub component on Kafka, with cron bindings, or with whatever it is given. It shows its
//! metrics.
//!
//! The program comes from `scripts/dapr/fetch.sh`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::http::Api;
use crate::process::Process;
use crate::{ports, wait};

const READY_WITHIN: Duration = Duration::from_secs(60);

/// The name of the pub/sub component.
pub const PUBSUB: &str = "tasklog-pubsub";

/// A sidecar's configuration, and its process while it runs.
pub struct Daprd {
    program: PathBuf,
    folder: PathBuf,
    app_id: String,
    app_port: String,
    /// `APP_API_TOKEN`: what it shows the application.
    token: String,
    /// Of its HTTP API, its gRPC API, that for other sidecars, and its metrics.
    ports: [u16; 4],
    process: Option<Process>,
}

impl Daprd {
    /// A sidecar, called `app_id`, of the application at `app`, `host:port`. It has no component, and nothing runs yet.
    ///
    /// # Panics
    /// When there is no daprd and none can be built.
    #[must_use]
    pub fn new(folder: &Path, app_id: &str, app: &str, token: &str) -> Self {
        let (_, app_port) = app.rsplit_once(':').expect("an address is host:port");
        let (app_id, app_port, token) = (app_id.to_owned(), app_port.to_owned(), token.to_owned());
        let ports = [(); 4].map(|()| ports::free());
        let folder = folder.to_owned();
        let daprd = Self { program: program(), folder, app_id, app_port, token, ports, process: None };
        std::fs::create_dir_all(daprd.resources()).unwrap();
        std::fs::write(daprd.configuration(), CONFIGURATION).unwrap();
        daprd
    }

    /// Reads the broker as this consumer group from the next launch on: one that is new begins with the first record.
    pub fn reads(&self, brokers: &str, group: &str) {
        let component = PUBSUB_COMPONENT.replace("{brokers}", brokers).replace("{group}", group);
        std::fs::write(self.resources().join("pubsub.yaml"), component.replace("{name}", PUBSUB)).unwrap();
    }

    /// Calls `POST /cron/{what}` every second from the next launch on.
    pub fn ticks(&self, what: &str) {
        let component = CRON_COMPONENT.replace("{what}", what);
        std::fs::write(self.resources().join(format!("tick-{what}.yaml")), component).unwrap();
    }

    /// Tries again for ever what the application does not take, from the next launch on, or no longer.
    pub fn tries_for_ever(&self, does: bool) {
        let file = self.resources().join("resiliency.yaml");
        if does { std::fs::write(file, RESILIENCY).unwrap() } else { std::fs::remove_file(file).unwrap() }
    }

    /// Has one more component from the next launch on: its name, its type, and its settings.
    pub fn has(&self, name: &str, kind: &str, settings: &[(&str, &str)]) {
        let mut component = COMPONENT.replace("{name}", name).replace("{kind}", kind);
        for (name, value) in settings {
            component.push_str(&format!("    - name: {name}\n      value: \"{value}\"\n"));
        }
        std::fs::write(self.resources().join(format!("{name}.yaml")), component).unwrap();
    }

    /// Finds the sidecars of these applications from the next launch on: no other than these two.
    pub fn finds(&self, one: &Self, other: &Self) {
        let [port, otherwise] = [one, other].map(|daprd| daprd.ports[2].to_string());
        let configuration = FINDING.replace("{one}", &one.app_id).replace("{port}", &port);
        std::fs::write(self.configuration(), configuration.replace("{otherwise}", &otherwise)).unwrap();
    }

    /// Where its HTTP API is.
    #[must_use]
    pub fn http_port(&self) -> u16 {
        self.ports[0]
    }

    /// Its HTTP API.
    #[must_use]
    pub fn api(&self) -> Api {
        Api::new(&format!("http://127.0.0.1:{}", self.ports[0]))
    }

    /// `host:port` of its metrics.
    #[must_use]
    pub fn metrics(&self) -> String {
        format!("127.0.0.1:{}", self.ports[3])
    }

    /// Starts it without waiting: it waits for its application itself.
    pub fn launch(&mut self) {
        let ports = self.ports.map(|port| port.to_string());
        let mut command = Command::new(&self.program);
        command.args(["--app-id", &self.app_id, "--app-port", &self.app_port]);
        command.arg("--resources-path").arg(self.resources()).arg("--config").arg(self.configuration());
        command.args(["--dapr-listen-addresses", "127.0.0.1", "--dapr-internal-grpc-listen-address", "127.0.0.1"]);
        command.args(["--dapr-http-port", &ports[0], "--dapr-grpc-port", &ports[1]]);
        command.args(["--dapr-internal-grpc-port", &ports[2], "--metrics-port", &ports[3]]);
        command.env("DAPR_HOST_IP", "127.0.0.1").env("APP_API_TOKEN", &self.token);
        self.process = Some(Process::spawn("daprd", command, &self.folder.join("daprd.log")));
    }

    /// Waits until it says that it is ready, which it is once its application listens.
    ///
    /// # Panics
    /// When it does not run, or is not ready within a minute.
    pub async fn ready(&mut self) {
        let api = self.api();
        let process = self.process.as_mut().expect("daprd runs");
        wait::until("daprd is ready", READY_WITHIN, async || {
            if let Some(status) = process.exit_status() {
                panic!("daprd ended with {status}; its output ends:\n{}", process.output_end());
            }
            match api.get("/v1.0/healthz").try_send().await {
                Ok(answer) if answer.status == 204 => Ok(()),
                Ok(answer) => Err(answer.text()),
                Err(error) => Err(error.to_string()),
            }
        })
        .await;
    }

    /// Kills it (SIGKILL).
    ///
    /// # Panics
    /// When it does not run.
    pub async fn kill(&mut self) {
        self.process.take().expect("daprd runs").kill().await;
    }

    /// Everything it has printed in all its starts.
    #[must_use]
    pub fn output(&self) -> String {
        std::fs::read_to_string(self.folder.join("daprd.log")).unwrap_or_default()
    }

    fn resources(&self) -> PathBuf {
        self.folder.join("components")
    }

    fn configuration(&self) -> PathBuf {
        self.folder.join("configuration.yaml")
    }
}

fn program() -> PathBuf {
    let script = crate::root().join("scripts/dapr/fetch.sh");
    let built = Command::new(script).output().expect("scripts/dapr/fetch.sh runs");
    assert!(built.status.success(), "no daprd: {}", String::from_utf8_lossy(&built.stderr));
    PathBuf::from(String::from_utf8(built.stdout).unwrap().trim())
}

/// As in docs/dapr.md.
const PUBSUB_COMPONENT: &str = r#"apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: {name}
spec:
  type: pubsub.kafka
  version: v1
  metadata:
    - name: brokers
      value: "{brokers}"
    - name: authType
      value: "none"
    - name: consumerGroup
      value: "{group}"
    - name: initialOffset
      value: "oldest"
    - name: backOffDuration
      value: "1s"
"#;

/// As in docs/dapr.md.
const CRON_COMPONENT: &str = r#"apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: tick-{what}
spec:
  type: bindings.cron
  version: v1
  metadata:
    - name: schedule
      value: "@every 1s"
    - name: route
      value: "/cron/{what}"
    - name: direction
      value: "input"
"#;

/// As in docs/dapr.md.
const RESILIENCY: &str = r#"apiVersion: dapr.io/v1alpha1
kind: Resiliency
metadata:
  name: tasklog
spec:
  policies:
    retries:
      for-ever:
        policy: constant
        duration: 1s
        maxRetries: -1
  targets:
    components:
      tasklog-pubsub:
        inbound:
          retry: for-ever
"#;

/// Its settings follow.
const COMPONENT: &str = r#"apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: {name}
spec:
  type: {kind}
  version: v1
  metadata:
"#;

/// The resolution that is made for Kubernetes, with addresses of ours.
const FINDING: &str = r#"apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata:
  name: tasklog
spec:
  nameResolution:
    component: "kubernetes"
    configuration:
      template: '127.0.0.1:{{ if eq .ID "{one}" }}{port}{{ else }}{otherwise}{{ end }}'
"#;

/// No name resolution: daprd's own asks the whole network by multicast, and nobody calls anybody by name unless it is told where they are.
/// It logs an error for it and goes on.
const CONFIGURATION: &str = r#"apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata:
  name: tasklog
spec:
  nameResolution:
    component: "none"
"#;
