"""Gives autoscalers the figures that a file says: metrics.py PORT USAGE CERTIFICATE KEY, with KUBECONFIG's server and token in the environment
(API, TOKEN, CA). Serves metrics.k8s.io/v1beta1 and custom.metrics.k8s.io/v1beta2 over TLS, for an APIService to lead to.

USAGE is read at every request: {"cpu": {"command": "900m"}, "pods": {"NAME OF A METRIC": {"command": "40"}}}, by the pods' label
app.kubernetes.io/component; who is not in it uses one thousandth of a core, and is at zero.
"""

import datetime
import http.server
import json
import os
import ssl
import sys
import urllib.parse
import urllib.request

RESOURCE, CUSTOM = "/apis/metrics.k8s.io/v1beta1", "/apis/custom.metrics.k8s.io/v1beta2"


def usage():
    with open(sys.argv[2], encoding="utf-8") as file:
        return json.load(file)


def pods(namespace, selector):
    """Those that the API server has, by a request of our own."""
    query = urllib.parse.urlencode({"labelSelector": selector})
    url = f"{os.environ['API']}/api/v1/namespaces/{namespace}/pods?{query}"
    request = urllib.request.Request(url, headers={"authorization": f"Bearer {os.environ['TOKEN']}"})
    with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=os.environ["CA"])) as answer:
        return json.load(answer)["items"]


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def role(pod):
    return pod["metadata"].get("labels", {}).get("app.kubernetes.io/component", "")


def resources(version, entries):
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": entries}


def used(namespace, selector):
    cpu, items = usage().get("cpu", {}), []
    for pod in pods(namespace, selector):
        share = {"cpu": cpu.get(role(pod), "1m"), "memory": "64Mi"}
        containers = [{"name": it["name"], "usage": share} for it in pod["spec"]["containers"]]
        metadata = {"name": pod["metadata"]["name"], "namespace": namespace, "labels": pod["metadata"].get("labels", {})}
        items.append({"metadata": metadata, "timestamp": now(), "window": "10s", "containers": containers})
    return {"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": items}


def counted(namespace, metric, selector):
    values, items = usage().get("pods", {}).get(metric, {}), []
    for pod in pods(namespace, selector):
        described = {"kind": "Pod", "apiVersion": "/v1", "namespace": namespace, "name": pod["metadata"]["name"]}
        items.append({"describedObject": described, "metric": {"name": metric}, "timestamp": now(), "value": values.get(role(pod), "0")})
    return {"kind": "MetricValueList", "apiVersion": "custom.metrics.k8s.io/v1beta2", "metadata": {}, "items": items}


def answer(path, selector):
    """The body for a path; None where there is none."""
    if path == RESOURCE:
        return resources("metrics.k8s.io/v1beta1", [{"name": "pods", "singularName": "", "namespaced": True, "kind": "PodMetrics", "verbs": ["get", "list"]}])
    if path == CUSTOM:
        names = usage().get("pods", {})
        entries = [{"name": f"pods/{name}", "singularName": "", "namespaced": True, "kind": "MetricValueList", "verbs": ["get"]} for name in names]
        return resources("custom.metrics.k8s.io/v1beta2", entries)
    parts = path.strip("/").split("/")
    if path.startswith(f"{RESOURCE}/namespaces/") and len(parts) == 6:
        return used(parts[4], selector)
    if path.startswith(f"{CUSTOM}/namespaces/") and len(parts) == 8 and parts[5:7] == ["pods", "*"]:
        return counted(parts[4], parts[7], selector)
    return None


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        selector = urllib.parse.parse_qs(url.query).get("labelSelector", [""])[0]
        body = answer(urllib.parse.unquote(url.path), selector)
        data = json.dumps(body if body is not None else {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404}).encode()
        self.send_response(200 if body is not None else 404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        """One line a request would be many."""


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
