//! `tasklog events`: prints the log for people, one event a line.

mod line;
mod reading;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use domain::{tenant, topics};
use kafka_es::LogReader;
use platform::config::{DataArgs, KafkaArgs};
use uuid::Uuid;

use line::Printer;
use reading::Opened;

/// Records taken at once; a line is printed as soon as it is there.
const BATCH_MAX_RECORDS: usize = 1_000;

/// Arguments of `tasklog events`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Only this stream: default/<id> or the id of a task or reminder
    #[arg(long, env = "TASKLOG_STREAM", value_name = "ID", value_parser = stream_id)]
    stream: Option<String>,
    /// Go on with what is written from now on, until Ctrl-C
    #[arg(long, short, env = "TASKLOG_FOLLOW")]
    follow: bool,
    /// Cut lines to this many characters; 0 leaves them whole [default: 160 in a terminal, else 0]
    #[arg(long, env = "TASKLOG_WIDTH", value_name = "CHARACTERS")]
    width: Option<usize>,
    #[command(flatten)]
    kafka: KafkaArgs,
    #[command(flatten)]
    data: DataArgs,
}

/// Reads both topics from their first record and prints what is an event; records that lost against
/// another writer are none.
///
/// # Errors
/// When the log cannot be read.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let width = arguments.width.unwrap_or(if io::stdout().is_terminal() { 160 } else { 0 });
    let opened = reading::open(&arguments.kafka, &arguments.data.data_dir).await?;
    let ends = opened.ends(arguments.stream.as_deref()).await?;
    let reader = LogReader::open(&opened.settings, ends.keys().cloned())?;
    let until = (!arguments.follow).then_some(ends);
    let printer = Printer::new(arguments.stream, width);
    let printed = tokio::select! {
        printed = print(reader, until, printer) => printed,
        interrupted = tokio::signal::ctrl_c() => interrupted.context("Ctrl-C cannot be waited for"),
    };
    opened.close().await;
    printed.map(|()| ExitCode::SUCCESS)
}

async fn print(mut reader: LogReader, until: Option<reading::Ends>, mut printer: Printer) -> anyhow::Result<()> {
    let done = |reader: &LogReader| until.as_ref().is_some_and(|ends| reading::reached(reader.next_offsets(), ends));
    while !done(&reader) {
        let batch = reader.next_batch(BATCH_MAX_RECORDS, Duration::ZERO).await?;
        let lines: String = batch.iter().map(|record| printer.lines(record)).collect();
        let mut out = io::stdout().lock();
        match out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => {}
            // `tasklog events | head` has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => bail!("the events cannot be written: {error}"),
        }
    }
    Ok(())
}

/// Takes `<tenant>/<uuid>`, or a UUID of the default tenant.
fn stream_id(text: &str) -> Result<String, String> {
    if tenant::parse_stream_id(text).is_some() {
        return Ok(text.to_owned());
    }
    let id = Uuid::try_parse(text).map_err(|_| format!("{text:?} is neither {}/<uuid> nor a uuid", tenant::DEFAULT))?;
    Ok(tenant::stream_id(tenant::DEFAULT, id))
}

/// The topics that are read.
const TOPICS: [&str; 2] = [topics::TASKS, topics::REMINDERS];

impl Opened {
    /// The end of each partition that may hold `stream`, else of all, keyed by their beginnings.
    async fn ends(&self, stream: Option<&str>) -> anyhow::Result<reading::Ends> {
        let mut ends = reading::Ends::new();
        for topic in TOPICS {
            let found = kafka_es::end_offsets(&self.settings, topic).await?;
            let count = i32::try_from(found.len()).context("more partitions than Kafka can have")?;
            let home = stream.map(|stream| kafka_es::partition_for(stream.as_bytes(), count));
            for (partition, end) in
                found.into_iter().filter(|(partition, _)| home.is_none_or(|home| home == *partition))
            {
                ends.insert(kafka_es::Position { topic: topic.to_owned(), partition, offset: 0 }, end);
            }
        }
        Ok(ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_stream_or_its_uuid_when_read_then_it_is_the_stream() {
        let uuid = "01234567-89ab-7def-8123-456789abcdef";
        assert_eq!(stream_id(uuid).unwrap(), format!("default/{uuid}"));
        assert_eq!(stream_id(&format!("other/{uuid}")).unwrap(), format!("other/{uuid}"));
        assert!(stream_id("nonsense").is_err());
    }
}
