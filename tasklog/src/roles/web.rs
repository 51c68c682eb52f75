//! `tasklog web`: the page, and one origin before the other roles.

use std::convert::Infallible;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use axum::http::HeaderValue;
use gateway::{Page, Proxy, Settings, Upstream};
use platform::config::{HttpArgs, SidecarArgs};
use utoipa::openapi::OpenApi;

use super::Server;
use crate::openapi;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    upstreams: UpstreamArguments,
    #[command(flatten)]
    page: PageArguments,
}

/// What the page is told.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Page")]
pub struct PageArguments {
    /// Where Jaeger shows traces, as in http://127.0.0.1:16686: the page for operators then leads there
    #[arg(long, env = "JAEGER_UI_URL", value_name = "URL")]
    jaeger_ui_url: Option<String>,
}

impl PageArguments {
    /// The page of this build, beside the whole API. Says so where there is none.
    pub fn page(&self) -> anyhow::Result<Page> {
        let settings = Settings::new(self.jaeger_ui_url.as_deref().unwrap_or_default());
        let page = Page::embedded(&openapi::document(), settings.context("JAEGER_UI_URL cannot be used")?);
        if !page.is_built() {
            tracing::warn!(
                "this build has no web page, as there was no Node.js; the API runs, and GET / says how to get the page"
            );
        }
        Ok(page)
    }
}

/// Where the other roles answer.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Upstreams")]
struct UpstreamArguments {
    /// Base URL of the role `command`, as in http://command:8080
    #[arg(long, env = "COMMAND_URL", value_name = "URL")]
    command_url: Option<String>,
    /// Base URL of the role `query`
    #[arg(long, env = "QUERY_URL", value_name = "URL")]
    query_url: Option<String>,
    /// Base URL of the role `process`
    #[arg(long, env = "PROCESS_URL", value_name = "URL")]
    process_url: Option<String>,
    /// Base URL of the role `notify` [default: that of `process`, for one process that is both]
    #[arg(long, env = "NOTIFY_URL", value_name = "URL")]
    notify_url: Option<String>,
    /// Base URL of the role `query` for GET /events alone, where whatever is on the way to it holds back streams, as Dapr's service
    /// invocation does [default: --query-url]
    #[arg(long, env = "EVENTS_URL", value_name = "URL")]
    events_url: Option<String>,
}

/// The call whose answer has no end.
const EVENTS: &str = "/events";

impl UpstreamArguments {
    /// Each upstream with the calls that it answers.
    fn upstreams(&self, token: Option<&HeaderValue>) -> anyhow::Result<Vec<(Upstream, OpenApi)>> {
        let (query, notify) = (set(&self.query_url), set(&self.notify_url).or(set(&self.process_url)));
        let (queries, live) = match set(&self.events_url) {
            None => (projection::contract(), None),
            events => {
                let live = part(projection::contract(), |path| path == EVENTS);
                (part(projection::contract(), |path| path != EVENTS), Some(("events", "EVENTS_URL", events, live)))
            }
        };
        let named = [
            ("command", "COMMAND_URL", set(&self.command_url), command::contract()),
            ("query", "QUERY_URL", query, queries),
            ("process", "PROCESS_URL", set(&self.process_url), process::contract()),
            ("notify", "NOTIFY_URL", notify, process::notify_contract()),
        ];
        let upstreams = named.into_iter().chain(live).map(|(name, variable, url, calls)| {
            upstream(name, variable, url).map(|upstream| (upstream.showing(token), calls))
        });
        upstreams.collect()
    }
}

/// Those calls whose paths are wanted.
fn part(mut calls: OpenApi, wanted: impl Fn(&str) -> bool) -> OpenApi {
    calls.paths.paths.retain(|path, _| wanted(path));
    calls
}

/// A variable that is set to nothing is not set.
fn set(url: &Option<String>) -> Option<&str> {
    url.as_deref().filter(|url| !url.is_empty())
}

fn upstream(name: &'static str, variable: &str, url: Option<&str>) -> anyhow::Result<Upstream> {
    let url = url.with_context(|| format!("{variable} is not set; `tasklog up` needs none"))?;
    Upstream::new(name, url).with_context(|| format!("{variable} cannot be used"))
}

pub async fn run(arguments: Arguments, sidecar: &SidecarArgs) -> anyhow::Result<ExitCode> {
    let upstreams = arguments.upstreams.upstreams(sidecar.token()?.as_ref())?;
    let page = arguments.page.page()?;
    let mut server = Server::bind(&arguments.http).await?;
    server.fallback = Some(page.fallback());
    server.deadline = gateway::DEADLINE;
    let stage = server.stage("upstreams", Duration::from_secs(1));
    let proxy = Proxy::new(stage.process_shutdown());
    let proxy = upstreams.into_iter().fold(proxy, |proxy, (upstream, calls)| proxy.to(upstream, calls));
    let api = proxy.routes().merge(page.routes());
    let watching = proxy.watch(server.health.component("upstreams"), stage.shutdown());
    stage.spawn("upstreams", async move {
        watching.await;
        Ok::<_, Infallible>(())
    });
    server.run(async { Ok(api) }).await
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::Value;

    use super::*;

    const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

    /// `METHOD path` of each call of a document.
    fn calls(document: &Value) -> impl Iterator<Item = String> {
        let paths = document["paths"].as_object().unwrap();
        paths.iter().flat_map(|(path, item)| {
            let methods = METHODS.iter().filter(move |method| item.get(**method).is_some());
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
    }

    fn split() -> BTreeMap<String, &'static str> {
        let contracts = [
            ("command", command::contract()),
            ("query", projection::contract()),
            ("process", process::contract()),
            ("notify", process::notify_contract()),
        ];
        let mut split = BTreeMap::new();
        for (upstream, contract) in contracts {
            for call in calls(&serde_json::to_value(contract).unwrap()) {
                let other = split.insert(call.clone(), upstream);
                assert_eq!(other, None, "{call} goes to {upstream} too");
            }
        }
        split
    }

    #[test]
    fn given_the_published_document_then_each_of_its_calls_goes_to_one_upstream_but_its_own_and_those_of_every_role() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/openapi.json");
        let published: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let answered_here = ["GET /livez", "GET /metrics", "GET /readyz", "GET /page-settings"];
        let expected: BTreeSet<String> =
            calls(&published).filter(|call| !answered_here.contains(&call.as_str())).collect();
        assert_eq!(split().into_keys().collect::<BTreeSet<_>>(), expected);
    }

    #[test]
    fn given_calls_of_each_kind_then_they_go_where_they_are_answered() {
        let split = split();
        for (call, upstream) in [
            ("POST /tasks", "command"),
            ("GET /tasks", "query"),
            ("GET /events", "query"),
            ("POST /filters", "query"),
            ("POST /projections/{name}/rebuild", "query"),
            ("POST /cron/reminders", "process"),
            ("POST /tags/{tag}/rename", "process"),
            ("PUT /notification-settings", "notify"),
            ("GET /reminders/{id}/deliveries", "notify"),
            ("GET /deliveries", "notify"),
            ("GET /timers", "process"),
        ] {
            assert_eq!(split.get(call), Some(&upstream), "{call}");
        }
    }

    #[test]
    fn given_no_url_of_a_role_then_its_variable_is_named_and_notify_is_where_process_is() {
        let all = || UpstreamArguments {
            command_url: Some("http://command:8080".to_owned()),
            query_url: Some("http://query:8080".to_owned()),
            process_url: Some("http://process:8080".to_owned()),
            notify_url: None,
            events_url: None,
        };
        let refused = |arguments: UpstreamArguments| arguments.upstreams(None).map(drop).unwrap_err().to_string();
        assert!(all().upstreams(None).is_ok());
        let error = refused(UpstreamArguments { query_url: Some(String::new()), ..all() });
        assert!(error.contains("QUERY_URL"), "{error}");
        let error = refused(UpstreamArguments { notify_url: Some("notify".to_owned()), ..all() });
        assert!(error.contains("NOTIFY_URL"), "{error}");
        let calls = |arguments: UpstreamArguments| {
            let upstreams = arguments.upstreams(None).unwrap();
            upstreams.iter().map(|(_, calls)| calls.paths.paths.len()).collect::<Vec<_>>()
        };
        let (together, apart) = (calls(all()), calls(UpstreamArguments { events_url: all().query_url, ..all() }));
        assert_eq!((together.len(), apart.len(), apart[4]), (4, 5, 1), "events are a part of what query answers");
        assert_eq!(together.iter().sum::<usize>(), apart.iter().sum::<usize>());
    }

    #[test]
    fn given_a_url_of_jaeger_that_no_link_may_lead_to_then_its_variable_is_named() {
        let page = |url: &str| PageArguments { jaeger_ui_url: Some(url.to_owned()) }.page();
        assert!(page("").is_ok() && page("http://127.0.0.1:16686").is_ok());
        let error = page("javascript:alert(1)").unwrap_err();
        assert!(error.to_string().contains("JAEGER_UI_URL"), "{error}");
    }
}
