"""Holds the Dapr resources and what the charts render to each other: dapr.py CLUSTER RENDERED, from the root of the repository.

Names that differ would be found at a start in a cluster, if at all: a component without the role it is for, a cron binding whose route
nobody serves, a role that asks for a secret that its policy denies.
"""

import glob
import sys

import yaml

ROLES = {"command", "query", "projector", "process", "notify", "web"}
COMPONENTS = {
    "tasklog-pubsub": "pubsub.kafka",
    "tasklog-state": "state.postgresql",
    "tasklog-secrets": "secretstores.",
    "tasklog-notify": "bindings.smtp",
    "tick-recurrence": "bindings.cron",
    "tick-reminders": "bindings.cron",
}


def documents(paths):
    for path in paths:
        with open(path, encoding="utf-8") as file:
            yield from (document for document in yaml.safe_load_all(file) if document)


def metadata(component):
    return {item["name"]: item.get("value") for item in component["spec"]["metadata"]}


class Roles:
    """What the charts render: of each role its variables and the annotations of its pods."""

    def __init__(self, path):
        self.variables, self.annotations = {}, {}
        for document in documents([path]):
            if document["kind"] not in ("Deployment", "StatefulSet"):
                continue
            name, pod = document["metadata"]["name"], document["spec"]["template"]
            self.annotations[name] = pod["metadata"].get("annotations", {})
            self.variables[name] = {v["name"]: v.get("value") for v in pod["spec"]["containers"][0].get("env", [])}


def faults(resources, roles):
    by_kind = {}
    for resource in resources:
        by_kind.setdefault(resource["kind"], {})[resource["metadata"]["name"]] = resource
    components = by_kind.get("Component", {})
    if components.keys() != COMPONENTS.keys():
        yield f"components are {sorted(components)}, not {sorted(COMPONENTS)}"
        return
    yield from component_faults(components)
    yield from notify_faults(components, by_kind, roles.variables["notify"])
    yield from secret_faults(by_kind["Configuration"], roles)
    if roles.variables["process"]["INTERNAL_CLOCK"] != "false":
        yield "process has a clock of its own, and the cron bindings tick as well"
    apps = {name: a.get("dapr.io/app-id") for name, a in roles.annotations.items()}
    if apps != {role: role for role in ROLES}:
        yield f"app ids are {apps}"
    callers = {p["appId"] for p in by_kind["Configuration"]["tasklog-api"]["spec"]["accessControl"]["policies"]}
    if callers != {"web"}:
        yield f"command and query may be called by {callers}, not by web alone"


def component_faults(components):
    for name, component in components.items():
        if not component["spec"]["type"].startswith(COMPONENTS[name]):
            yield f"{name} is a {component['spec']['type']}"
        scopes = set(component.get("scopes", []))
        if not scopes or scopes - ROLES:
            yield f"{name} is in the scopes {sorted(scopes)}"
        for item in component["spec"]["metadata"]:
            if any(word in item["name"].lower() for word in ("password", "connectionstring")) and "secretKeyRef" not in item:
                yield f"{name} says its {item['name']} in plain text"
    for name in ("recurrence", "reminders"):
        tick = metadata(components[f"tick-{name}"])
        if (tick["route"], tick["direction"]) != (f"/cron/{name}", "input"):
            yield f"tick-{name} goes to {tick['route']}"


def notify_faults(components, by_kind, variables):
    subscription = by_kind["Subscription"]["reminders"]["spec"]
    pubsub = metadata(components["tasklog-pubsub"])
    for what, here, there in (
        ("the pub/sub component", variables["DAPR_PUBSUB"], "tasklog-pubsub"),
        ("the subscription's component", subscription["pubsubname"], "tasklog-pubsub"),
        ("the dead-letter topic", variables["DEAD_LETTER_TOPIC"], subscription["deadLetterTopic"]),
        ("what may be written", pubsub["publishingScopes"], f"notify={subscription['deadLetterTopic']}"),
        ("the state store", variables["DAPR_STATE_STORE"], "tasklog-state"),
        ("where reading begins", pubsub["initialOffset"], "oldest"),
    ):
        if here != there:
            yield f"{what} is {here} here and {there} there"
    # With a dead-letter topic and without this, a record goes there at the first RETRY (docs/dapr.md).
    resiliency = by_kind["Resiliency"]["tasklog"]["spec"]
    retry = resiliency["targets"]["components"]["tasklog-pubsub"]["inbound"]["retry"]
    if resiliency["policies"]["retries"][retry]["maxRetries"] != -1:
        yield "what is handed over is given up at some time"


def secret_faults(configurations, roles):
    for role, variables in roles.variables.items():
        configuration = configurations[roles.annotations[role]["dapr.io/config"]]["spec"]
        if "DAPR_SECRETS" not in variables:
            continue
        scopes = {scope["storeName"]: scope for scope in configuration["secrets"]["scopes"]}
        allowed = scopes[variables["DAPR_SECRET_STORE"]].get("allowedSecrets", [])
        denied = [name for name in variables["DAPR_SECRETS"].split(",") if name not in allowed]
        if denied:
            yield f"{role} asks for {denied}, which its Configuration denies"


def main():
    cluster, rendered = sys.argv[1:]
    resources = list(documents(sorted(glob.glob(f"k8s/dapr/{cluster}/*.yaml"))))
    found = list(faults(resources, Roles(rendered)))
    if found:
        sys.exit("\n".join(f"{cluster}: {fault}" for fault in found))
    print(f"ok: Dapr's resources for {cluster} and the charts say the same")


if __name__ == "__main__":
    main()
