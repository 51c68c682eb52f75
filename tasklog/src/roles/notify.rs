//! `tasklog notify`: tells people of reminders that rang.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use ::process::SidecarOptions;
use ::process::delivery::Channels;
use ::process::manager::Rush;
use anyhow::Context;
use notification::email::SmtpConfig;
use notification::{Mailer, Targets, Webhooks};
use platform::config::{DataArgs, HttpArgs, KafkaArgs, PostgresArgs, SidecarArgs};
use platform::data_dir::DataDir;
use platform::sidecar::{OutputBinding, Sidecar, StateStore};

use super::managers::Managers;
use super::{Server, command, projector};
use crate::kafka;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    kafka: KafkaArgs,
    #[command(flatten)]
    postgres: PostgresArgs,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    channels: ChannelArguments,
    #[command(flatten)]
    dapr: DaprArguments,
}

/// What reminders are sent through.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Notification")]
pub struct ChannelArguments {
    /// Let webhooks lead to private addresses and to this machine, and without TLS
    #[arg(long, env = "NOTIFY_ALLOW_PRIVATE", default_value_t = false, action = clap::ArgAction::Set)]
    notify_allow_private: bool,
    /// Mail server, as in smtp://user:password@host:587?tls=required; without it no mails are sent
    #[arg(long, env = "SMTP_URL", value_name = "URL", hide_env_values = true)]
    smtp_url: Option<String>,
    /// Sender of mails
    #[arg(long, env = "SMTP_FROM", default_value = "Tasklog <tasklog@localhost>", value_name = "ADDRESS")]
    smtp_from: String,
    /// PEM file with a certificate that the mail server's may be issued by, besides the system's
    #[arg(long, env = "SMTP_CA_FILE", value_name = "FILE")]
    smtp_ca_file: Option<PathBuf>,
}

/// A Dapr sidecar that reads the log for this role.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Dapr")]
struct DaprArguments {
    /// Name of the sidecar's pub/sub component; with it the sidecar reads the topic, and this role takes what it hands over
    #[arg(long, env = "DAPR_PUBSUB", value_name = "NAME")]
    dapr_pubsub: Option<String>,
    /// The token that the sidecar has to send; daprd reads it from the same variable
    #[arg(long, env = "APP_API_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    app_api_token: Option<String>,
    /// Topic that the sidecar puts records into that nobody can take up; it needs a resiliency policy that tries all others again for ever
    #[arg(long, env = "DEAD_LETTER_TOPIC", value_name = "TOPIC")]
    dead_letter_topic: Option<String>,
    /// Name of a state store of the sidecar, which then remembers deliveries that were made as well
    #[arg(long, env = "DAPR_STATE_STORE", value_name = "NAME")]
    dapr_state_store: Option<String>,
    /// Name of an output binding of the sidecar for mails, which goes out by it where there is no --smtp-url
    #[arg(long, env = "DAPR_BINDING", value_name = "NAME")]
    dapr_binding: Option<String>,
}

impl DaprArguments {
    /// The state store, where one is named.
    fn state_store(&self, sidecar: &Sidecar) -> Option<StateStore> {
        Some(sidecar.state_store(self.dapr_state_store.as_deref().filter(|name| !name.is_empty())?))
    }

    /// The output binding, where one is named.
    fn binding(&self, sidecar: &Sidecar) -> Option<OutputBinding> {
        Some(sidecar.output_binding(self.dapr_binding.as_deref().filter(|name| !name.is_empty())?))
    }

    /// What reads the log in place of this role, where its component is named.
    fn sidecar(self) -> Option<SidecarOptions> {
        let pubsub = self.dapr_pubsub.filter(|name| !name.is_empty())?;
        let set = |value: Option<String>| value.filter(|value| !value.is_empty());
        let (token, dead_letter_topic) = (set(self.app_api_token), set(self.dead_letter_topic));
        Some(SidecarOptions { pubsub, token, dead_letter_topic })
    }
}

impl ChannelArguments {
    /// Clients for what is configured.
    pub fn channels(&self) -> anyhow::Result<Channels> {
        let targets = if self.notify_allow_private { Targets::Any } else { Targets::PublicOnly };
        let webhooks = Webhooks::new(targets)?;
        Ok(Channels { webhooks, mailer: self.mailer()?, binding: None, targets })
    }

    fn mailer(&self) -> anyhow::Result<Option<Mailer>> {
        let Some(url) = self.smtp_url.as_deref().filter(|url| !url.is_empty()) else { return Ok(None) };
        let mut config = SmtpConfig::parse(url, &self.smtp_from).context("SMTP_URL or SMTP_FROM cannot be used")?;
        if let Some(file) = self.smtp_ca_file.as_ref().filter(|file| !file.as_os_str().is_empty()) {
            let pem = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            config = config.trusting(&pem).with_context(|| format!("{} cannot be used", file.display()))?;
        }
        Ok(Some(Mailer::new(config)?))
    }
}

pub async fn run(arguments: Arguments, sidecar: &SidecarArgs) -> anyhow::Result<ExitCode> {
    let kafka = kafka::required(&arguments.kafka)?;
    let (dapr, sidecar) = (arguments.dapr, sidecar.sidecar()?);
    let channels = Channels { binding: dapr.binding(&sidecar), ..arguments.channels.channels()? };
    let store = dapr.state_store(&sidecar);
    let sidecar = dapr.sidecar();
    let pool = projector::connect(&arguments.postgres)?;
    let data = DataDir::open(&arguments.data.data_dir)?;
    let mut server = Server::bind(&arguments.http).await?;
    let stores = server.stage("event stores", Duration::from_secs(2));
    // Stops before the stores that it gives its commands through.
    let stage = server.stage("notify", Duration::from_secs(2));
    let health = server.health.clone();
    let opening = async {
        kafka::check_topics(&kafka, &arguments.kafka).await?;
        let commands = command::open(&kafka, data.path(), &health, &stores).await?;
        let managers = Managers { commands, kafka, pool, rush: Rush::default() };
        managers.watch_timers(&stage);
        let notify = managers.notify((channels, store), sidecar.is_none(), &health, &stage);
        let api = ::process::notify_router(notify.clone());
        let Some(sidecar) = sidecar else { return Ok(api) };
        tracing::info!(pubsub = sidecar.pubsub, "a Dapr sidecar reads the log");
        Ok(api.merge(::process::dapr_router(notify, sidecar)))
    };
    server.run(opening).await
}
