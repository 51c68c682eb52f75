"""Says how many pods of each workload were ready at the worst moment of a watch.

  ready.py floors workloads < JSON of `kubectl get deployments,statefulsets -o json`
  ready.py floors budgets   < JSON of `kubectl get poddisruptionbudgets -o json`
      print a floor for each: how many pods have to be ready at every moment of a rollout, or of a drain
  ready.py watch FLOORS     < stream of `kubectl get --raw '/api/v1/namespaces/NS/pods?watch=true'`
      reads until the stream ends, and prints the worst moment of each; ends with 1 where one fell below its floor

A pod counts while it is ready and nobody has asked for its end: no traffic is sent to one that terminates. A floor holds from the moment on
when it was reached first, as the stream begins with the pods that are there, one by one.
"""

import json
import math
import sys


def whole(value, of, up):
    """A number of pods, from a number or a percentage."""
    if isinstance(value, str) and value.endswith("%"):
        share = of * int(value[:-1]) / 100
        return math.ceil(share) if up else math.floor(share)
    return int(value)


def unavailable_max(workload):
    """How many pods a rollout of this workload may take away, by its own words."""
    replicas = workload["spec"].get("replicas", 1)
    if workload["kind"] == "StatefulSet":
        return 1
    rolling = workload["spec"].get("strategy", {}).get("rollingUpdate", {})
    return whole(rolling.get("maxUnavailable", "25%"), replicas, up=False)


def floors(kind, items):
    for item in items:
        labels = item["spec"]["selector"]["matchLabels"]
        if kind == "workloads":
            least = item["spec"].get("replicas", 1) - unavailable_max(item)
        else:
            least = item["status"]["desiredHealthy"]
        yield {"name": item["metadata"]["name"], "labels": labels, "least": least}


def ready(pod):
    conditions = pod.get("status", {}).get("conditions", [])
    is_ready = any(it["type"] == "Ready" and it["status"] == "True" for it in conditions)
    return is_ready and "deletionTimestamp" not in pod["metadata"]


def watch(floors, events):
    """The fewest ready pods of each workload since it had enough; None where it never had."""
    pods, worst = {}, {}
    for line in events:
        # The last one may have been cut off, as whoever watched was told to stop.
        if not line.endswith("\n"):
            break
        event = json.loads(line)
        if event["type"] == "ERROR":
            raise SystemExit(f"the watch ended: {event['object'].get('message')}")
        pod = event["object"]
        key = pod["metadata"]["uid"]
        if event["type"] == "DELETED" or not ready(pod):
            pods.pop(key, None)
        else:
            pods[key] = pod["metadata"].get("labels", {})
        for floor in floors:
            wanted = floor["labels"].items()
            count = sum(1 for labels in pods.values() if wanted <= labels.items())
            name = floor["name"]
            if name in worst:
                worst[name] = min(worst[name], count)
            elif count >= floor["least"]:
                worst[name] = count
    return worst


def main():
    if sys.argv[1:2] == ["floors"]:
        json.dump(list(floors(sys.argv[2], json.load(sys.stdin)["items"])), sys.stdout)
        return 0
    with open(sys.argv[2], encoding="utf-8") as file:
        wanted = json.load(file)
    worst = watch(wanted, sys.stdin)
    broken = 0
    for floor in wanted:
        name, least, seen = floor["name"], floor["least"], worst.get(floor["name"])
        broken += seen is None or seen < least
        print(f"{name}: {'never enough' if seen is None else f'{seen} ready'} at the worst moment, {least} asked for")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
