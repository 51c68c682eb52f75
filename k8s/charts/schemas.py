#!/usr/bin/env python3
"""Writes values.schema.json of each chart: k8s/charts/schemas.py; with --check says which differ from what it would write.

A schema cannot refer to another chart's, and most of it is the same in all of them: so they are written here once. What is not named is
refused, since a value that is misspelt would be silently without effect.
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent


def anything_of(kind):
    return {"type": kind}


def text(**more):
    return {"type": "string", **more}


def count(least=0, most=None):
    return {"type": "integer", "minimum": least} | ({"maximum": most} if most is not None else {})


def listed(items):
    return {"type": "array", "items": items}


def record(properties, required=()):
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        **({"required": list(required)} if required else {}),
    }


FLAG = {"type": "boolean"}
NAMES = {"type": "object", "additionalProperties": {"type": "string"}}
PORTS = {"type": "array", "items": count(1, 65535), "minItems": 1}
PEERS = listed(anything_of("object"))
QUANTITY = text(pattern=r"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$")
# As Kubernetes names objects.
NAME = r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?"
URL = text(pattern=r"^(https?://[^ ]+)?$")
BROKERS = text(pattern=r"^([^ ,:]+:[0-9]+(,[^ ,:]+:[0-9]+)*|BROKERS)?$")

RESOURCES = record({
    side: record({"cpu": QUANTITY, "memory": QUANTITY, "ephemeral-storage": QUANTITY}) for side in ("requests", "limits")
})

GLOBAL = record({
    "image": record({
        "repository": text(minLength=1),
        "tag": text(pattern=r"^([\w][\w.-]{0,127})?$"),
        "digest": text(pattern=r"^(sha256:[0-9a-f]{64})?$"),
        "pullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
        "pullSecrets": listed(text(pattern=f"^{NAME}$")),
    }),
    "kafka": record({
        "brokers": BROKERS,
        # Credentials are the secret's, never a value's.
        "options": {
            "type": "object",
            "additionalProperties": {"type": ["string", "number", "boolean"]},
            "propertyNames": {"not": {"enum": ["sasl.username", "sasl.password", "ssl.key.password"]}},
        },
        "sasl": FLAG,
        "partitions": count(1, 10000),
        "ports": PORTS,
        "peers": PEERS,
    }),
    "postgres": record({"ports": PORTS, "peers": PEERS}),
    "secret": record({
        "source": {"enum": ["kubernetes", "dapr"]},
        "name": text(pattern=f"^{NAME}$"),
        "store": text(minLength=1),
        "names": listed(text(minLength=1)),
    }),
    "certificates": text(pattern=f"^({NAME})?$"),
    "cloudSql": record({
        "enabled": FLAG,
        "instance": text(pattern=r"^([^:]+:[^:]+:[^:]+)?$"),
        "privateIp": FLAG,
        "image": text(minLength=1),
    }),
    "dapr": record({
        "enabled": FLAG,
        "appTokenSecret": text(pattern=f"^({NAME})?$"),
        "logLevel": {"enum": ["debug", "info", "warn", "error"]},
        "namespace": text(pattern=f"^{NAME}$"),
        "cpuRequest": QUANTITY,
        "memoryRequest": QUANTITY,
        "memoryLimit": QUANTITY,
    }),
    "drainSeconds": count(0, 600),
    # What a role itself may take to stop: its stages one after the other.
    "shutdownSeconds": count(10, 600),
    "telemetry": record({
        "otlpEndpoint": URL,
        "otlpPort": count(1, 65535),
        # `--set` makes a text of what is no whole number.
        "traceShare": {"type": ["number", "string"], "minimum": 0, "maximum": 1, "pattern": r"^(0(\.[0-9]+)?|1(\.0+)?)$"},
        "googleCloudProject": text(pattern=r"^([a-z][-a-z0-9.:]*[a-z0-9]|PROJECT)?$"),
        "log": text(minLength=1),
    }),
    "monitoring": record({
        "serviceMonitor": FLAG,
        "labels": NAMES,
        "interval": text(pattern=r"^[0-9]+(s|m)$"),
        "namespace": text(pattern=f"^{NAME}$"),
    }),
    "networkPolicy": record({
        "enabled": FLAG,
        "ingressNamespace": text(pattern=f"^{NAME}$"),
        "webPeers": PEERS,
        "extraEgress": PEERS,
    }),
    "prometheusAddress": text(pattern=r"^https?://[^ ]+$"),
})

# What every role has.
SERVICE = {
    "global": GLOBAL,
    # Of the chart `tasklog`: whether this one is part of it.
    "enabled": FLAG,
    # What the library brings; its own copy is read by nobody.
    "base-service": anything_of("object"),
    "replicas": count(0, 1000),
    "resources": RESOURCES,
    "podDisruptionBudget": {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {
            key: {"type": ["integer", "string"], "pattern": "^[0-9]+%$", "minimum": 0} for key in ("maxUnavailable", "minAvailable")
        },
    },
    "serviceAccount": record({"annotations": NAMES}),
    "podAnnotations": NAMES,
    "podLabels": NAMES,
    "service": record({"annotations": NAMES}),
    "nodeSelector": NAMES,
    "tolerations": listed(anything_of("object")),
    "startupSeconds": count(10, 7200),
}
PERSISTENCE = {"persistence": record({"enabled": FLAG, "size": QUANTITY, "storageClass": text()})}
REPLICAS = {"enabled": FLAG, "minReplicas": count(1, 1000), "maxReplicas": count(1, 1000)}
BY_REQUESTS = {"autoscaling": record(REPLICAS | {"cpuPercent": count(1, 100), "requestsInFlight": count(0)})}
LAG = REPLICAS | {"lagRecords": count(1)}

CHARTS = {
    "command": PERSISTENCE | BY_REQUESTS,
    "query": PERSISTENCE | BY_REQUESTS,
    "projector": {"autoscaling": record(LAG)},
    "process": PERSISTENCE | {"internalClock": FLAG},
    "notify": PERSISTENCE
    | {
        "autoscaling": record(LAG | {"saslMechanism": {"enum": ["plaintext", "scram_sha256", "scram_sha512"]}}),
        "pubsub": text(minLength=1),
        "consumerGroup": text(minLength=1),
        "deadLetterTopic": text(pattern=r"^[\w.-]*$"),
        "stateStore": text(),
        "binding": text(),
        "mail": FLAG,
        "smtpFrom": text(pattern="@"),
        "smtpCaFile": text(pattern="^(/.+)?$"),
        "allowPrivate": FLAG,
    },
    "web": BY_REQUESTS | {"jaegerUiUrl": URL},
}

# Each role's values are held to its own chart's schema by Helm.
TASKLOG = {role: anything_of("object") for role in CHARTS} | {
    "global": GLOBAL,
    "base-service": anything_of("object"),
    "migrate": record({
        "enabled": FLAG,
        "backoffLimit": count(0, 100),
        "deadlineSeconds": count(10, 86400),
        "serviceAccount": record({"annotations": NAMES}),
    }),
    "ingress": record({
        "enabled": FLAG,
        "className": text(),
        "host": text(pattern=r"^(([a-z0-9*]([-a-z0-9]*[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]*[a-z0-9])?|HOST)?$"),
        "tlsSecret": text(pattern=f"^({NAME})?$"),
        "annotations": NAMES,
        "gke": record({
            "enabled": FLAG,
            "staticIpName": text(),
            "securityPolicy": text(),
            "streamSeconds": count(30, 86400),
        }),
    }),
}


def schema(title, properties):
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": f"Values of the chart {title}"}
    return json.dumps(head | record(properties), indent=2) + "\n"


def main():
    texts = {chart: schema(chart, SERVICE | own) for chart, own in CHARTS.items()} | {"tasklog": schema("tasklog", TASKLOG)}
    differing = []
    for chart, written in texts.items():
        path = HERE / chart / "values.schema.json"
        if "--check" not in sys.argv:
            path.write_text(written)
        elif not path.exists() or path.read_text() != written:
            differing.append(f"{path.relative_to(HERE.parent.parent)} is not what k8s/charts/schemas.py writes")
    if differing:
        sys.exit("\n".join(differing))


if __name__ == "__main__":
    main()
