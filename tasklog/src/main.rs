//! The `tasklog` binary: reads configuration and wires the roles, nothing else.
#![expect(unreachable_pub, reason = "a binary exports nothing; pub says what a module offers to the others")]
#![warn(clippy::print_stdout, reason = "it panics when nobody reads what it prints; `stdout` does not")]

mod kafka;
mod roles;
mod servers;

mod up;

mod add;
mod api_client;
mod dump;
mod events;
mod export;
mod import;
mod migrate;
mod openapi;
mod place;
mod rebuild;
mod secrets;
mod stdout;
mod topics;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use platform::config::{SidecarArgs, TelemetryArgs};

/// glibc's allocator keeps, for each thread, what a burst of work has freed: see `docs/decisions/0008-allocator.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is left when a role has ended is at most a question to a Kafka that does not answer, on a thread of its own: it would
/// last for many seconds, and nobody waits for the answer. All that must end in order has ended by then.
const LEFTOVERS_END_WITHIN: Duration = Duration::from_millis(100);

/// A task manager whose every change is an event.
#[derive(Debug, Parser)]
#[command(version, about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    telemetry: TelemetryArgs,
    #[command(flatten)]
    sidecar: SidecarArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Run everything on this machine: broker, database, write side, read side, API
    Up(up::Arguments),
    /// Run the write API
    Command(roles::command::Arguments),
    /// Run the query API with its search index
    Query(roles::query::Arguments),
    /// Run the projector that fills Postgres from the log
    Projector(roles::projector::Arguments),
    /// Run the process managers: recurring tasks and reminders
    Process(roles::process::Arguments),
    /// Tell people of reminders that rang
    Notify(roles::notify::Arguments),
    /// Serve the web page, and pass the API's calls on to the other roles
    Web(roles::web::Arguments),
    /// Create the topics, or check that they are as they must be
    Topics(topics::Arguments),
    /// Create the topics and bring every schema in Postgres up to date, then end
    Migrate(migrate::Arguments),
    /// Print the log for people
    Events(events::Arguments),
    /// Import tasks from a file, ours or of another program, into a running Tasklog
    Import(import::Arguments),
    /// Add a task from a line of plain English
    Add(add::Arguments),
    /// Export all tasks of a running Tasklog as JSON Lines, iCalendar or CSV
    Export(export::Arguments),
    /// Throw a projection away and build it from the log
    Rebuild(rebuild::Arguments),
    /// Print every row of a projection in a fixed order, to compare two
    Dump(dump::Arguments),
    /// Print the API's OpenAPI 3.1 document
    Openapi,
}

impl What {
    /// Names the process in logs and traces.
    fn role(&self) -> &'static str {
        match self {
            Self::Up(_) => "up",
            Self::Command(_) => "command",
            Self::Query(_) => "query",
            Self::Projector(_) => "projector",
            Self::Process(_) => "process",
            Self::Notify(_) => "notify",
            Self::Web(_) => "web",
            Self::Topics(_) => "topics",
            Self::Migrate(_) => "migrate",
            Self::Events(_) => "events",
            Self::Import(_) => "import",
            Self::Add(_) => "add",
            Self::Export(_) => "export",
            Self::Rebuild(_) => "rebuild",
            Self::Dump(_) => "dump",
            Self::Openapi => "openapi",
        }
    }

    /// A command that answers on standard output says only what goes wrong, unless it is asked for more.
    fn log_default(&self) -> &'static str {
        match self {
            Self::Up(_)
            | Self::Command(_)
            | Self::Query(_)
            | Self::Projector(_)
            | Self::Process(_)
            | Self::Notify(_)
            | Self::Web(_) => "info",
            _ => "warn",
        }
    }
}

fn main() -> ExitCode {
    let Arguments { what, telemetry, sidecar } = Arguments::parse();
    // Before the runtime: the exporter's HTTP client is a blocking one.
    let running = match platform::telemetry::init(&telemetry.options(what.role(), what.log_default())) {
        Ok(running) => running,
        Err(error) => return failed(&error.into()),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let result = runtime.block_on(async { run(secrets::filled_in(what, &sidecar).await?, &sidecar).await });
    runtime.shutdown_timeout(LEFTOVERS_END_WITHIN);
    running.shutdown();
    result.unwrap_or_else(|error| failed(&error))
}

async fn run(what: What, sidecar: &SidecarArgs) -> anyhow::Result<ExitCode> {
    match what {
        What::Up(arguments) => up::run(arguments).await,
        What::Command(arguments) => roles::command::run(arguments).await,
        What::Query(arguments) => roles::query::run(arguments).await,
        What::Projector(arguments) => roles::projector::run(arguments).await,
        What::Process(arguments) => roles::process::run(arguments).await,
        What::Notify(arguments) => roles::notify::run(arguments, sidecar).await,
        What::Web(arguments) => roles::web::run(arguments, sidecar).await,
        What::Topics(arguments) => topics::run(arguments).await,
        What::Migrate(arguments) => migrate::run(arguments).await,
        What::Events(arguments) => events::run(arguments).await,
        What::Import(arguments) => import::run(arguments).await,
        What::Add(arguments) => add::run(arguments).await,
        What::Export(arguments) => export::run(arguments).await,
        What::Rebuild(arguments) => rebuild::run(arguments).await,
        What::Dump(arguments) => dump::run(arguments).await,
        What::Openapi => openapi::run(),
    }
}

/// One clear line, whatever the depth of the cause.
fn failed(error: &anyhow::Error) -> ExitCode {
    let mut line = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        // Transparent errors repeat their source.
        if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    eprintln!("tasklog: {line}");
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::ffi::OsStr;

    use clap::CommandFactory;

    use super::*;

    #[test]
    fn given_any_command_then_each_of_its_flags_has_an_environment_variable() {
        let mut tasklog = Arguments::command();
        tasklog.build();
        for command in std::iter::once(&tasklog).chain(tasklog.get_subcommands()) {
            for flag in command.get_arguments().filter(|argument| !argument.is_positional()) {
                let name = flag.get_id().as_str();
                let own = !["help", "version"].contains(&name);
                assert_eq!(flag.get_env().is_some(), own, "--{name} of {}", command.get_name());
            }
        }
    }

    #[test]
    fn given_any_variable_then_the_page_on_configuration_has_it() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
        let page = std::fs::read_to_string(page).unwrap();
        let mut tasklog = Arguments::command();
        tasklog.build();
        let commands = std::iter::once(&tasklog).chain(tasklog.get_subcommands());
        let variables = commands.flat_map(|command| command.get_arguments().filter_map(|argument| argument.get_env()));
        let missing: BTreeSet<&str> =
            variables.filter_map(OsStr::to_str).filter(|name| !page.contains(&format!("`{name}`"))).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn given_a_filter_on_the_command_line_then_it_holds_for_every_command() {
        for (line, filter) in [
            (&["tasklog", "openapi"][..], "warn"),
            (&["tasklog", "up"], "info"),
            (&["tasklog", "--log", "debug", "openapi"], "debug"),
        ] {
            let Arguments { what, mut telemetry, .. } = Arguments::parse_from(line);
            if line.len() == 2 {
                // Whatever the test's own environment says.
                telemetry.log = None;
            }
            assert_eq!(telemetry.options(what.role(), what.log_default()).filter, filter, "{line:?}");
        }
    }
}
