#!/usr/bin/env python3
"""Writes k8s/monitoring/dashboards/*.json from the panels below: scripts/verify/monitoring/dashboards.py [FOLDER]

A panel is a title, a unit, what it shows in a sentence, and queries, each with its legend. Grafana's JSON is nine tenths places and colours,
which are the same for all.
"""

import json
import pathlib
import sys

ROLES = "command|query|projector|process|notify|web|tasklog"
RATE = "[$__rate_interval]"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def rate(metric, by, labels=""):
    return f"sum by ({by}) (rate({metric}{{{labels}}}{RATE}))"


def quantile(q, metric, by, labels=""):
    return f"histogram_quantile({q}, sum by (le, {by}) (rate({metric}_bucket{{{labels}}}{RATE})))"


def both(metric, by, legend, labels=""):
    """The median and the 99th percentile of a histogram."""
    return [(quantile(0.5, metric, by, labels), f"{legend} p50"), (quantile(0.99, metric, by, labels), f"{legend} p99")]


OF_ROLE = 'job=~"$role"'
OF_APP = 'app_id=~"$app"'

APPLICATION = [
    ("Are people served", [
        ("Writes that fail", "percentunit", "Of the last half hour; the objective is 0.1 %.", [("tasklog:write_errors:ratio_rate30m", "writes")], "stat"),
        ("Reads that fail", "percentunit", "Of the last half hour; the objective is 0.1 %.", [("tasklog:read_errors:ratio_rate30m", "reads")], "stat"),
        ("Writes slower than 0.5 s", "percentunit", "Of the last half hour; the objective is 1 %.", [("tasklog:write_slow:ratio_rate30m", "writes")], "stat"),
        ("Reads slower than 0.5 s", "percentunit", "Of the last half hour; the objective is 1 %.", [("tasklog:read_slow:ratio_rate30m", "reads")], "stat"),
        ("Requests", "reqps", "Answered, by role and route.", [(rate("http_requests_total", "job, method, route", OF_ROLE), "{{job}} {{method}} {{route}}")]),
        ("Answers that are errors", "reqps", "By role, route and class of status.", [(rate("http_requests_total", "job, route, status", OF_ROLE + ', status=~"4xx|5xx"'), "{{job}} {{route}} {{status}}")]),
        ("Time of an answer", "s", "From the head of the request to the head of the answer.", both("http_request_duration_seconds", "job, route", "{{job}} {{route}}", OF_ROLE)),
        ("Requests being answered", "short", "By process.", [(f"sum by (job, instance) (http_requests_in_flight{{{OF_ROLE}}})", "{{job}} {{instance}}")]),
    ]),
    ("Event store", [
        ("Appends", "ops", "Records whose verdict is known.", [(rate("kafka_es_append_seconds_count", "topic"), "{{topic}}")]),
        ("Time of an append", "s", "From handing the record to the producer until its verdict is known.", both("kafka_es_append_seconds", "topic", "{{topic}}")),
        ("Races lost and decided again", "ops", "Conflicts are records that lost the race for their sequence; retries are commands decided again.", [(rate("kafka_es_conflicts_total", "topic"), "{{topic}} conflicts"), (rate("kafka_es_retries_total", "topic"), "{{topic}} retries")]),
        ("In flight", "short", "Records handed to the producer whose verdict is not yet known.", [("sum by (topic) (kafka_es_in_flight_records)", "{{topic}}")]),
        ("Refusals made current", "ops", "Barriers: refusals and fresh reads that had to read to the end of the log.", [(rate("kafka_es_barriers_total", "topic"), "{{topic}}")]),
        ("Not in order", "short", "Partitions that cannot be reached or have stopped, and appends of unknown outcome in five minutes.", [("sum by (topic) (kafka_es_unavailable_partitions)", "{{topic}} away"), ("sum by (topic) (kafka_es_stopped_partitions)", "{{topic}} stopped"), ("sum by (topic) (increase(kafka_es_unknown_outcomes_total[5m]))", "{{topic}} unknown outcomes")]),
        ("Behind the log", "short", "Records between what a process has applied and the end of the log.", [("max by (job, topic) (kafka_es_tail_lag_records)", "{{job}} {{topic}}")]),
        ("Records that are no events", "ops", "Void: lost to an earlier one. Foreign: not ours.", [(rate("kafka_es_void_records_total", "topic"), "{{topic}} void"), (rate("kafka_es_foreign_records_total", "topic"), "{{topic}} foreign")]),
    ]),
    ("Timers and deliveries", [
        ("Wait for their time", "short", "Rows with a time, counted up to 10,000.", [("max by (manager) (tasklog_timers_waiting)", "{{manager}}")]),
        ("Due", "short", "Rows whose time has come, counted up to 10,000.", [("max by (manager) (tasklog_timers_due)", "{{manager}}")]),
        ("Late", "s", "For how long the oldest has been due. What is due is done within a second.", [("max by (manager) (tasklog_timers_late_seconds)", "{{manager}}")]),
        ("Done because its time had come", "ops", "Rows.", [(rate("tasklog_process_fired_total", "manager"), "{{manager}}")]),
        ("Records read by managers", "ops", "And whether a manager has not come to the end of the log (1).", [(rate("tasklog_process_records_total", "manager"), "{{manager}}"), ("max by (manager) (tasklog_process_behind)", "{{manager}} behind")]),
        ("Commands given by managers", "ops", "By what came of them.", [(rate("tasklog_process_commands_total", "manager, outcome"), "{{manager}} {{outcome}}")]),
        ("Attempts to deliver", "ops", "By outcome.", [(rate("tasklog_delivery_attempts_total", "outcome"), "{{outcome}}")]),
        ("Failures of managers", "ops", "Each is tried again.", [(rate("tasklog_process_failures_total", "manager"), "{{manager}}")]),
    ]),
    ("Processes", [
        ("Memory", "bytes", "In RAM.", [(f"process_resident_memory_bytes{{{OF_ROLE}}}", "{{job}} {{instance}}")]),
        ("Connections to Postgres", "short", "Busy ones, and how many there may be.", [(f'postgres_pool_connections{{{OF_ROLE}, state="busy"}}', "{{job}} {{instance}}"), (f"max by (job) (postgres_pool_connections_max{{{OF_ROLE}}})", "{{job}} at most")]),
        ("Open files", "short", "A connection is one, and so is a listener to the live stream.", [(f"process_open_fds{{{OF_ROLE}}}", "{{job}} {{instance}}")]),
        ("Runs since", "s", "The age of each process.", [(f"time() - process_start_time_seconds{{{OF_ROLE}}}", "{{job}} {{instance}}")]),
        ("Upstreams of the gateway", "short", "1 while the role says that it is ready.", [("min by (upstream) (tasklog_gateway_upstream_ready)", "{{upstream}}")]),
        ("Calls that an upstream did not answer", "ops", "By cause.", [(rate("tasklog_gateway_upstream_failures_total", "upstream, cause"), "{{upstream}} {{cause}}")]),
    ]),
]

PROJECTIONS = [
    ("How far they are", [
        ("Behind the log, in records", "short", "", [("max by (projection) (sum by (projection, instance) (tasklog_projection_lag_records))", "{{projection}}")]),
        ("Behind the log, in seconds", "s", "For how long the oldest event that is not passed has been in the log.", [("max by (projection) (tasklog_projection_lag_seconds)", "{{projection}}")]),
        ("Position", "short", "The last applied offset, by partition.", [("max by (projection, topic, partition) (tasklog_projection_position)", "{{projection}} {{topic}}/{{partition}}")]),
        ("Rebuilds: records to go", "short", "0 while none runs.", [("max by (projection) (tasklog_projection_rebuild_left_records)", "{{projection}}")]),
        ("Dead letters", "short", "Records that are parked.", [("max by (projection) (tasklog_dead_letters)", "{{projection}}")]),
        ("Stopped at a gap", "short", "Partitions.", [("max by (projection) (tasklog_projection_stopped_partitions)", "{{projection}}"), ("sum by (instance) (tasklog_search_partition_stopped)", "search {{instance}}")]),
    ]),
    ("What they do", [
        ("Events applied", "ops", "", [(rate("tasklog_projection_events_total", "projection"), "{{projection}}")]),
        ("Records passed", "ops", "By verdict.", [(rate("tasklog_projection_records_total", "projection, verdict"), "{{projection}} {{verdict}}")]),
        ("Time of a batch", "s", "One transaction, begin to commit.", both("tasklog_projection_batch_seconds", "projection", "{{projection}}")),
        ("Positions moved by another one", "ops", "Several projectors run: one of them wins each batch.", [(rate("tasklog_projection_fenced_total", "projection"), "{{projection}}")]),
    ]),
    ("Search", [
        ("Time of a search", "s", "In the index, waiting for a thread included.", both("tasklog_search_query_seconds", "job", "{{job}}")),
        ("Time of a commit", "s", "Until it is visible.", both("tasklog_search_commit_seconds", "job", "{{job}}")),
        ("Documents written", "ops", "", [(rate("tasklog_search_documents_committed_total", "instance"), "{{instance}}")]),
        ("Documents", "short", "In the index, deleted tasks among them.", [("max by (instance) (tasklog_search_documents)", "{{instance}}")]),
        ("Index of another version", "short", "1 while the one that serves is.", [("max by (instance) (tasklog_search_index_outdated)", "{{instance}}")]),
    ]),
    ("Queries", [
        ("Waiting for a token", "s", "Time that queries waited for a projection to come to their consistency token.", both("tasklog_query_wait_seconds", "projection", "{{projection}}")),
        ("Where tasks came from", "ops", "Single tasks and pages of tasks.", [('sum by (from) (rate(tasklog_task_queries_total[$__rate_interval]))', "{{from}}")]),
        ("Tasks in the lists' index", "short", "In memory; 0 while it is being filled.", [("max by (instance) (tasklog_list_index_tasks)", "{{instance}}")]),
        ("Clients of the live stream", "short", "", [("sum by (instance) (tasklog_live_clients)", "{{instance}}")]),
    ]),
]

DAPR = [
    ("Sidecars", [
        ("Sidecars that answer", "short", "", [('sum by (app_id) (up{job="dapr"})', "{{app_id}}")]),
        ("Memory", "bytes", "", [('process_resident_memory_bytes{job="dapr"}', "{{app_id}} {{instance}}")]),
        ("Components loaded", "short", "Since the sidecar was started.", [(f"sum by (app_id) (dapr_runtime_component_loaded{{{OF_APP}}})", "{{app_id}}")]),
        ("Goroutines", "short", "", [('go_goroutines{job="dapr"}', "{{app_id}} {{instance}}")]),
    ]),
    ("Events", [
        ("Events handed to an application", "ops", "By what it answered: success, retry, drop.", [(rate("dapr_component_pubsub_ingress_count", "app_id, topic, process_status", OF_APP), "{{app_id}} {{topic}} {{process_status}}")]),
        ("Time an application takes for an event", "ms", "", both("dapr_component_pubsub_ingress_latencies", "app_id, topic", "{{app_id}} {{topic}}", OF_APP)),
    ]),
    ("Bindings, secrets and state", [
        ("Ticks", "ops", "Calls of input bindings, by component.", [(rate("dapr_component_input_binding_count", "app_id, component, success", OF_APP), "{{app_id}} {{component}} {{success}}")]),
        ("Time a tick takes", "ms", "", both("dapr_component_input_binding_latencies", "app_id, component", "{{app_id}} {{component}}", OF_APP)),
        ("Sent by output bindings", "ops", "", [(rate("dapr_component_output_binding_count", "app_id, component, success", OF_APP), "{{app_id}} {{component}} {{success}}")]),
        ("State store", "ops", "By operation.", [(rate("dapr_component_state_count", "app_id, operation, success", OF_APP), "{{app_id}} {{operation}} {{success}}")]),
        ("Secrets read", "short", "Since the sidecar was started.", [(f"sum by (app_id, component, success) (dapr_component_secret_count{{{OF_APP}}})", "{{app_id}} {{component}} {{success}}")]),
    ]),
    ("Service invocation", [
        ("Calls sent", "ops", "", [(rate("dapr_runtime_service_invocation_req_sent_total", "app_id, dst_app_id", OF_APP), "{{app_id}} to {{dst_app_id}}")]),
        ("Calls received", "ops", "", [(rate("dapr_runtime_service_invocation_req_recv_total", "app_id, src_app_id", OF_APP), "{{app_id}} from {{src_app_id}}")]),
        ("Answers received", "ops", "By status.", [(rate("dapr_runtime_service_invocation_res_recv_total", "app_id, status", OF_APP), "{{app_id}} {{status}}")]),
        ("Calls of the sidecars' own API", "ops", "", [(rate("dapr_http_server_request_count", "app_id, method, status", OF_APP), "{{app_id}} {{method}} {{status}}")]),
    ]),
]

KAFKA = [
    ("Is it whole", [
        ("Brokers that answer", "short", "", [('sum(up{job="kafka"})', "brokers")], "stat"),
        ("Under-replicated partitions", "short", "", [("sum(kafka_server_under_replicated_partitions)", "partitions")], "stat"),
        ("Partitions under min ISR", "short", "", [("sum(kafka_server_under_min_isr_partitions)", "partitions")], "stat"),
        ("Partitions without a leader", "short", "", [("max(kafka_controller_offline_partitions)", "partitions")], "stat"),
        ("Active controllers", "short", "Exactly one.", [("sum(kafka_controller_active_controllers)", "controllers")]),
        ("In-sync replicas that fell out", "ops", "", [(rate("kafka_server_isr_shrinks_total", "instance"), "{{instance}}")]),
    ]),
    ("What it does", [
        ("Records written", "ops", "By topic.", [(rate("kafka_server_messages_in_total", "topic", 'topic!=""'), "{{topic}}")]),
        ("Bytes written and read", "Bps", "By topic.", [(rate("kafka_server_bytes_in_total", "topic", 'topic!=""'), "{{topic}} in"), (rate("kafka_server_bytes_out_total", "topic", 'topic!=""'), "{{topic}} out")]),
        ("Time of a request", "ms", "The 99th percentile, as the broker tells it.", [('max by (request) (kafka_network_request_milliseconds{quantile="0.99", request=~"Produce|FetchConsumer|Metadata"})', "{{request}}")]),
        ("Requests", "ops", "", [(rate("kafka_network_requests_total", "request", 'request=~"Produce|FetchConsumer|FetchFollower|Metadata"'), "{{request}}")]),
    ]),
    ("The log", [
        ("Size", "bytes", "By topic, over all replicas. That of task-events and reminders only grows: they are the system of record.", [('sum by (topic) (kafka_log_size_bytes{topic!~"__.*"})', "{{topic}}")]),
        ("End of the log", "short", "By partition of ours.", [('max by (topic, partition) (kafka_log_end_offset{topic=~"task-events|reminders"})', "{{topic}}/{{partition}}")]),
        ("Memory of the brokers", "bytes", "The heap.", [('sum by (instance) (jvm_memory_used_bytes{job="kafka", area="heap"})', "{{instance}}")]),
    ]),
]


def variable(name, label, query):
    return {
        "name": name, "label": label, "type": "query", "datasource": SOURCE, "query": {"query": query, "refId": name},
        "definition": query, "refresh": 2, "includeAll": True, "multi": True, "allValue": ".*", "sort": 1,
        "current": {"text": "All", "value": "$__all"},
    }


ROLE = variable("role", "Role", f'label_values(up{{job=~"{ROLES}"}}, job)')
APP = variable("app", "Application", 'label_values(up{job="dapr"}, app_id)')

DASHBOARDS = {
    "application": ("Tasklog: application", APPLICATION, [ROLE]),
    "projections": ("Tasklog: projections and queries", PROJECTIONS, []),
    "dapr": ("Tasklog: Dapr", DAPR, [APP]),
    "kafka": ("Tasklog: Kafka", KAFKA, []),
}


def panel(number, place, title, unit, description, queries, kind="timeseries"):
    targets = [
        {"refId": chr(65 + at), "datasource": SOURCE, "expr": query, "legendFormat": legend}
        for at, (query, legend) in enumerate(queries)
    ]
    shown = {
        "id": number, "type": kind, "title": title, "description": description, "gridPos": place, "datasource": SOURCE,
        "targets": targets, "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
    }
    if kind == "timeseries":
        shown["options"] = {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}
    else:
        shown["options"] = {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "graphMode": "area"}
    return shown


def panels(rows):
    """The rows from top to bottom: stats four in a line, all else two."""
    shown, y = [], 0
    for title, of_row in rows:
        shown.append({"id": len(shown) + 1, "type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}})
        x, y, tall = 0, y + 1, 0
        for one in of_row:
            wide, high = (6, 4) if one[4:] == ("stat",) else (12, 8)
            if x + wide > 24 or (tall and tall != high):
                x, y, tall = 0, y + tall, 0
            shown.append(panel(len(shown) + 1, {"x": x, "y": y, "w": wide, "h": high}, *one))
            x, tall = x + wide, high
        y += tall
    return shown


def dashboard(name):
    title, rows, variables = DASHBOARDS[name]
    source = {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "current": {}}
    return {
        "uid": f"tasklog-{name}", "title": title, "tags": ["tasklog"], "schemaVersion": 39, "editable": True, "graphTooltip": 1,
        "refresh": "30s", "time": {"from": "now-1h", "to": "now"}, "timezone": "browser",
        "templating": {"list": [source, *variables]}, "annotations": {"list": []}, "panels": panels(rows),
    }


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "k8s/monitoring/dashboards")
    folder.mkdir(parents=True, exist_ok=True)
    for name in DASHBOARDS:
        (folder / f"{name}.json").write_text(json.dumps(dashboard(name), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
