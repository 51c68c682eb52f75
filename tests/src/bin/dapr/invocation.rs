//! The gateway before `command` and `query`, by way of three sidecars.

use serde_json::json;
use tests::sse::Events;

use super::{World, holds};

impl World {
    pub(super) async fn calls_pass_by_service_invocation(&mut self) {
        let mut query = self.role("query", "invoked-query");
        let mut projector = self.role("projector", "invoked-projector");
        let mut web = self.role("web", "invoking-web");
        for role in [&mut query, &mut projector] {
            role.start().await;
        }
        let (mut of_command, mut of_query) = (self.sidecar("command", &self.command), self.sidecar("query", &query));
        let mut of_web = self.sidecar("web", &web);
        of_web.finds(&of_command, &of_query);
        for (variable, app_id) in [("COMMAND_URL", "command"), ("QUERY_URL", "query")] {
            web.set(variable, &format!("http://127.0.0.1:{}/v1.0/invoke/{app_id}/method", of_web.http_port()));
        }
        for (variable, role) in [("PROCESS_URL", &self.process), ("NOTIFY_URL", &self.notify), ("EVENTS_URL", &query)] {
            web.set(variable, &format!("http://{}", role.address()));
        }
        for daprd in [&mut of_command, &mut of_query, &mut of_web] {
            daprd.launch();
        }
        web.start().await;
        for daprd in [&mut of_command, &mut of_query, &mut of_web] {
            daprd.ready().await;
        }

        let api = web.api();
        let mut live = Events::open(&api, None).await;
        let created = api.post("/tasks", &json!({"title": "Invoked"})).key("invoked").send().await.expect(201);
        let (task, path) = (created.json(), created.header("location").to_owned());
        assert_eq!(created.header("etag"), "\"1\"");
        assert_eq!(live.next().await.data["subject"], task["id"]);
        assert_eq!(api.get(&path).token(&created.token()).send().await.expect(200).json(), task);
        let again = api.post("/tasks", &json!({"title": "Invoked"})).key("invoked").send().await.expect(201);
        assert_eq!(again.json(), task);
        // What is refused comes as it was said, and nobody chooses who is asked.
        assert_eq!(api.patch(&path, &json!({"title": ""})).send().await.expect(422).problem(), "invalid");
        assert_eq!(
            api.patch(&path, &json!({"title": "x"})).if_match(7).send().await.expect(412).problem(),
            "wrong-version"
        );
        api.get(&path).header("dapr-app-id", "command").send().await.expect(200);

        of_command.kill().await;
        let lost = api.post("/tasks", &json!({"title": "To nobody"})).send().await.expect(503);
        assert_eq!(lost.problem(), "outcome-unknown");
        api.get(&path).send().await.expect(200);
        drop(live);
        for role in [&mut web, &mut query, &mut projector] {
            role.stop().await;
        }
        holds("calls pass by service invocation, and where a sidecar cannot pass one on, that is a problem of the API");
    }
}
