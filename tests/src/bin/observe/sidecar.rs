//! A Dapr sidecar that shows its metrics: with components of each kind that the dashboards are about.

use std::path::{Path, PathBuf};
use std::process::Command;

use tests::ports;
use tests::process::Process;

/// A sidecar's configuration, and its process while it runs.
pub struct Sidecar {
    folder: PathBuf,
    app_id: &'static str,
    app_port: String,
    http_port: u16,
    metrics_port: u16,
    process: Option<Process>,
}

impl Sidecar {
    /// The sidecar called `app_id` of the application at `app`, `host:port`, with these components: the name, the type, and the settings of each.
    pub fn start(folder: &Path, app_id: &'static str, app: &str, components: &[Component]) -> Self {
        let resources = folder.join("components");
        std::fs::create_dir_all(&resources).unwrap();
        for component in components {
            std::fs::write(resources.join(format!("{}.yaml", component.name)), component.yaml()).unwrap();
        }
        // No name resolution: daprd's own asks the whole network by multicast, and nobody here calls anybody by name.
        std::fs::write(folder.join("configuration.yaml"), CONFIGURATION).unwrap();
        let (_, app_port) = app.rsplit_once(':').expect("an address is host:port");
        let mut sidecar = Self {
            folder: folder.to_owned(),
            app_id,
            app_port: app_port.to_owned(),
            http_port: ports::free(),
            metrics_port: ports::free(),
            process: None,
        };
        sidecar.launch();
        sidecar
    }

    /// Starts it without waiting: it waits for its application itself.
    pub fn launch(&mut self) {
        let mut command = Command::new(program());
        command.args(["--app-id", self.app_id, "--app-port", &self.app_port]);
        command.arg("--resources-path").arg(self.folder.join("components"));
        command.arg("--config").arg(self.folder.join("configuration.yaml"));
        command.args(["--dapr-listen-addresses", "127.0.0.1", "--dapr-internal-grpc-listen-address", "127.0.0.1"]);
        for (flag, port) in [
            ("--dapr-http-port", self.http_port),
            ("--dapr-grpc-port", ports::free()),
            ("--dapr-internal-grpc-port", ports::free()),
            ("--metrics-port", self.metrics_port),
        ] {
            command.args([flag, &port.to_string()]);
        }
        command.env("DAPR_HOST_IP", "127.0.0.1");
        self.process = Some(Process::spawn("daprd", command, &self.folder.join("daprd.log")));
    }

    /// Kills it (SIGKILL).
    pub async fn kill(&mut self) {
        self.process.take().expect("daprd runs").kill().await;
    }

    /// The base URL of its own API.
    pub fn api(&self) -> tests::http::Api {
        tests::http::Api::new(&format!("http://127.0.0.1:{}", self.http_port))
    }

    /// `host:port` of its metrics.
    pub fn metrics(&self) -> String {
        format!("127.0.0.1:{}", self.metrics_port)
    }
}

fn program() -> PathBuf {
    let script = tests::root().join("scripts/dapr/fetch.sh");
    let built = Command::new(script).output().expect("scripts/dapr/fetch.sh runs");
    assert!(built.status.success(), "no daprd: {}", String::from_utf8_lossy(&built.stderr));
    PathBuf::from(String::from_utf8(built.stdout).unwrap().trim())
}

/// A component of Dapr.
pub struct Component {
    pub name: &'static str,
    pub kind: &'static str,
    pub settings: Vec<(&'static str, String)>,
}

impl Component {
    /// As a file of daprd. JSON is YAML.
    fn yaml(&self) -> String {
        let settings: Vec<_> =
            self.settings.iter().map(|(name, value)| serde_json::json!({"name": name, "value": value})).collect();
        let component = serde_json::json!({
            "apiVersion": "dapr.io/v1alpha1",
            "kind": "Component",
            "metadata": {"name": self.name},
            "spec": {"type": self.kind, "version": "v1", "metadata": settings},
        });
        component.to_string()
    }
}

const CONFIGURATION: &str = r#"apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata:
  name: tasklog
spec:
  nameResolution:
    component: "none"
"#;
