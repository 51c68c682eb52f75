//! Two replicas of every role, each role behind a balancer, and how an orchestrator replaces them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tests::process::Signal;
use tests::tasklog::Tasklog;

use crate::balancer::{Balancer, LOOKS_EVERY};

/// In the order in which they are started, and replaced: who is asked before who asks.
pub const ROLES: [&str; 6] = ["projector", "query", "process", "notify", "command", "web"];
/// The role whose replicas keep a volume, so that a new one takes the place and the files of the one before it.
const KEEPS_ITS_VOLUME: &str = "query";
const REPLICAS: usize = 2;
/// More than it takes until a balancer sees that a replica is not ready any more.
pub const DRAIN_SECONDS: u32 = 3;
/// How long after its drain a replica may take to end.
const ENDS_WITHIN: Duration = Duration::from_secs(15);

/// A binary that roles are run by.
#[derive(Clone, Debug)]
pub struct Release {
    binary: PathBuf,
    /// It serves on for `DRAIN_SECONDS` after SIGTERM. One that does not is taken out of its balancer before.
    pub drains: bool,
}

impl Release {
    /// The release of this binary.
    ///
    /// # Panics
    /// When it cannot be run.
    #[must_use]
    pub fn of(binary: PathBuf) -> Self {
        let help = Command::new(&binary).args(["command", "--help"]).output().unwrap();
        let drains = String::from_utf8_lossy(&help.stdout).contains("DRAIN_SECONDS");
        Self { binary, drains }
    }
}

struct Replica {
    tasklog: Tasklog,
    release: Release,
}

struct Role {
    name: &'static str,
    balancer: Balancer,
    replicas: Vec<Replica>,
}

/// All roles, and the servers that they are told of.
pub struct Fleet {
    roles: Vec<Role>,
    brokers: String,
    database: String,
    folder: PathBuf,
    /// How many processes were started so far; names their folders.
    started: usize,
}

impl Fleet {
    /// Starts every role by `release` on topics that are made by it, with what it keeps below `folder`.
    pub async fn start(release: &Release, brokers: &str, database: &str, folder: &Path) -> Self {
        let mut roles = Vec::new();
        for name in ROLES {
            roles.push(Role { name, balancer: Balancer::start().await, replicas: Vec::new() });
        }
        let (brokers, database) = (brokers.to_owned(), database.to_owned());
        let mut fleet = Self { roles, brokers, database, folder: folder.to_owned(), started: 0 };
        fleet.configure("command", release, DRAIN_SECONDS).run_well(&["topics", "create"]);
        for name in ROLES {
            for _ in 0..REPLICAS {
                let new = fleet.configure(name, release, DRAIN_SECONDS);
                fleet.add(name, new, release).await;
            }
        }
        fleet
    }

    /// The one origin before all roles.
    #[must_use]
    pub fn url(&self) -> String {
        self.role("web").balancer.url()
    }

    /// What is done before the first replica is replaced: the new release's migrations, while the others' processes run.
    pub fn migrate(&mut self, release: &Release) {
        self.configure("command", release, DRAIN_SECONDS).run_well(&["migrate"]);
    }

    /// Replaces the replicas of a role one after the other by `release`; the new ones will drain for `drain_seconds` when their time
    /// comes. A new one is ready before an old one is told to end; where it takes over a volume it comes after.
    ///
    /// # Panics
    /// When one does not end in order.
    pub async fn replace(&mut self, name: &'static str, release: &Release, drain_seconds: u32) {
        for _ in 0..REPLICAS {
            let mut new = self.configure(name, release, drain_seconds);
            if name == KEEPS_ITS_VOLUME {
                let old = self.end_first(name).await;
                new.data_in(old.data());
                self.add(name, new, release).await;
            } else {
                self.add(name, new, release).await;
                self.end_first(name).await;
            }
        }
    }

    fn role(&self, name: &str) -> &Role {
        self.roles.iter().find(|role| role.name == name).expect("a role of the fleet")
    }

    fn role_mut(&mut self, name: &str) -> &mut Role {
        self.roles.iter_mut().find(|role| role.name == name).expect("a role of the fleet")
    }

    fn configure(&mut self, name: &'static str, release: &Release, drain_seconds: u32) -> Tasklog {
        self.started += 1;
        let own = self.folder.join(format!("{name}-{}", self.started));
        std::fs::create_dir_all(&own).unwrap();
        let mut tasklog = Tasklog::role(name, &own);
        tasklog.run_by(&release.binary);
        let drain = drain_seconds.to_string();
        let servers = [
            ("KAFKA_BROKERS", self.brokers.as_str()),
            ("DATABASE_URL", self.database.as_str()),
            ("DRAIN_SECONDS", drain.as_str()),
            ("NOTIFY_ALLOW_PRIVATE", "true"),
        ];
        servers.into_iter().for_each(|(variable, value)| tasklog.set(variable, value));
        let roles =
            [("COMMAND_URL", "command"), ("QUERY_URL", "query"), ("PROCESS_URL", "process"), ("NOTIFY_URL", "notify")];
        roles.into_iter().for_each(|(variable, role)| tasklog.set(variable, &self.role(role).balancer.url()));
        tasklog
    }

    async fn add(&mut self, name: &str, mut tasklog: Tasklog, release: &Release) {
        let role = self.role_mut(name);
        tasklog.launch();
        role.balancer.add(tasklog.address()).await;
        role.replicas.push(Replica { tasklog, release: release.clone() });
    }

    /// Ends the oldest replica of a role as an orchestrator does.
    async fn end_first(&mut self, name: &str) -> Tasklog {
        let role = self.role_mut(name);
        let Replica { mut tasklog, release } = role.replicas.remove(0);
        let address = tasklog.address().to_owned();
        if !release.drains {
            role.balancer.remove(&address);
            // Twice what it needs to notice: as an orchestrator that waits before it sends the signal.
            tokio::time::sleep(2 * LOOKS_EVERY + Duration::from_secs(1)).await;
        }
        tasklog.running().signal(Signal::TERM);
        let patience = Duration::from_secs(DRAIN_SECONDS.into()) + ENDS_WITHIN;
        let (status, output) = tasklog.ended(patience).await;
        assert!(status.success(), "{name} ended with {status}:\n{output}");
        role.balancer.remove(&address);
        tasklog
    }
}
