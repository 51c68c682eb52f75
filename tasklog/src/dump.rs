//! `tasklog dump`: every row of a projection in a fixed order, so that a rebuilt one can be compared with a live one.

use std::error::Error;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use anyhow::Context;
use platform::config::DataArgs;

use crate::servers::ServerArguments;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Name of a projection: tasks, history, reminders, completed
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    servers: ServerArguments,
    #[command(flatten)]
    data: DataArgs,
}

pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let folder = &arguments.data.data_dir;
    let (_, pool) = arguments
        .servers
        .running("dump", folder)?
        .with_context(|| format!("no DATABASE_URL is set and no `tasklog up` runs on {}", folder.display()))?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let dumped = projection::dump(&pool, &arguments.name, &mut out).await;
    let unread = |error: &io::Error| error.kind() == ErrorKind::BrokenPipe;
    match dumped {
        // `tasklog dump tasks | head` has seen enough.
        Err(error) if error.source().and_then(|cause| cause.downcast_ref()).is_some_and(unread) => {}
        dumped => {
            dumped?;
            out.flush().or_else(|error| if unread(&error) { Ok(()) } else { Err(error) })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
