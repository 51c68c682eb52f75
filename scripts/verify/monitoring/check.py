#!/usr/bin/env python3
"""Checks that alerts, tests, runbooks, dashboards and the code's metrics fit each other: scripts/verify/monitoring/check.py

Prints one line a check, and each thing that does not fit; ends with 1 if there is any. With --queries it prints a rule file in which each query
of each panel and of each runbook is a rule, so that promtool can say whether it is PromQL.
"""

import json
import pathlib
import re
import subprocess
import sys

MONITORING = pathlib.Path("k8s/monitoring")
RUNBOOKS = pathlib.Path("runbooks")
RULES = sorted((MONITORING / "alerts").glob("*.yaml"))
DASHBOARDS = sorted((MONITORING / "dashboards").glob("*.json"))
HEADINGS = ["## Meaning", "## Impact", "## Diagnosis", "## Mitigation"]
# What stands where a metric could, and is none.
WORDS = {"by", "without", "on", "ignoring", "group_left", "group_right", "and", "or", "unless", "bool", "offset", "inf", "nan"}

wrong = []


def says(check, found):
    """Reports one check with all that is wrong with it."""
    print(f"{'holds' if not found else 'fails'}: {check}")
    wrong.extend(found)
    for one in found:
        print(f"  {one}")


def rules():
    """Each rule of our files as (file, kind, name, expression, lines). They are written in one shape, so that this needs no parser of YAML."""
    for file in RULES:
        for part in re.split(r"^      - (?=alert:|record:)", file.read_text(), flags=re.M)[1:]:
            part = re.split(r"^  - name:", part, flags=re.M)[0]
            kind, name = re.match(r"(alert|record): (\S+)", part).groups()
            expression = re.search(r"^        expr: (?:\|\n((?:          .*\n|\n)+)|(.*)\n)", part, re.M)
            yield file, kind, name, expression.group(1) or expression.group(2), part


def panel_queries():
    """Each query of each panel as (dashboard, panel, query)."""
    for file in DASHBOARDS:
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel.get("targets", []):
                yield file.stem, panel["title"], target["expr"]


def blocks(language):
    """The blocks of the runbooks in a language, as (page, text)."""
    for page in sorted(RUNBOOKS.glob("*.md")):
        for block in re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.M | re.S):
            yield page, block


def runbook_queries():
    """Each query of each runbook, one a line, as (page, query)."""
    for page, block in blocks("promql"):
        for query in block.strip().splitlines():
            yield page, query


def plain(query):
    """A panel's query as Prometheus takes it, without Grafana's variables."""
    return query.replace("$__rate_interval", "1m").replace("$role", ".*").replace("$app", ".*")


def metrics_of(query):
    """The names of metrics in a query."""
    query = re.sub(r'"(?:[^"\\]|\\.)*"', "", query)
    query = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", query)
    query = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", "", query)
    names = re.findall(r"(?<![\w:.$])[a-zA-Z_][\w:]*\b(?!\s*\()", query)
    return {name for name in names if name.lower() not in WORDS}


def of_the_code():
    """The names that the code gives to metrics: those that it describes. A histogram is three series more."""
    names = set()
    for file in pathlib.Path(".").glob("*/src/**/*.rs"):
        text = file.read_text()
        if "describe_" not in text:
            continue
        constants = dict(re.findall(r'const ([A-Z_]+): &str = "([a-z_]+)"', text))
        for kind, name in re.findall(r'describe_(counter|gauge|histogram)!\(\s*("?\w+"?)', text):
            name = name.strip('"') if name.startswith('"') else constants.get(name)
            if name:
                names |= {name} if kind != "histogram" else {f"{name}_{series}" for series in ("bucket", "sum", "count")}
    return names


def known():
    """Every name that rules and dashboards may use."""
    foreign = {line for line in (MONITORING / "foreign-metrics.txt").read_text().splitlines() if line and not line.startswith("#")}
    kafka = set(re.findall(r"^    name: (\w+)", (MONITORING / "scrape/kafka-jmx.yaml").read_text(), re.M))
    recorded = {name for _, kind, name, _, _ in rules() if kind == "record"}
    return of_the_code(), foreign, kafka, recorded


def check_links():
    alerts = {name: (file, part) for file, kind, name, _, part in rules() if kind == "alert"}
    pages = {page.stem: page for page in RUNBOOKS.glob("*.md") if page.stem != "README"}
    index = (RUNBOOKS / "README.md").read_text()
    found = []
    for name, (file, part) in alerts.items():
        if f"runbook_url: '{{{{ $externalLabels.runbooks }}}}/{name}.md'" not in part:
            found.append(f"{file}: {name} has no annotation runbook_url to {name}.md")
        if not re.search(r"severity: (page|ticket)$", part, re.M):
            found.append(f"{file}: {name} is neither a page nor a ticket")
        if name not in pages:
            found.append(f"{name} has no page in {RUNBOOKS}")
        if f"[{name}]({name}.md)" not in index:
            found.append(f"{RUNBOOKS}/README.md does not list {name}")
    for name, page in pages.items():
        text = page.read_text()
        if name not in alerts:
            found.append(f"{page} is of no alert")
        elif f"](../{alerts[name][0].as_posix()})" not in text:
            found.append(f"{page} does not lead to {alerts[name][0]}")
        if [line for line in text.splitlines() if line.startswith("## ")] != HEADINGS:
            found.append(f"{page} does not have the headings {HEADINGS}")
        for link in re.findall(r"\]\(([^)#:]+\.md)", text):
            if not (RUNBOOKS / link).exists():
                found.append(f"{page} leads to {link}, which is not there")
    says(f"{len(alerts)} alerts and {len(pages)} runbooks lead to each other", found)
    return alerts


def check_tests(alerts):
    found, count = [], 0
    tests = "".join(file.read_text() for file in sorted((MONITORING / "alerts/tests").glob("*.yaml")))
    for name in alerts:
        for what in ("fires", "does not fire"):
            count += 1
            if f"  - name: {name} {what}\n" not in tests:
                found.append(f"no test is called {name} {what}")
    says(f"each alert has a test in which it fires and one in which it does not ({count})", found)


def check_names():
    code, foreign, kafka, recorded = known()
    used, found = set(), []
    queries = [(f"{file}: {name}", query) for file, _, name, query, _ in rules()]
    queries += [(f"{dashboard}: {panel}", plain(query)) for dashboard, panel, query in panel_queries()]
    queries += runbook_queries()
    for where, query in queries:
        names = metrics_of(query)
        used |= names
        found += [f"{where}: nothing defines {name}" for name in sorted(names - code - foreign - kafka - recorded)]
    found += [f"foreign-metrics.txt: nothing uses {name}" for name in sorted(foreign - used)]
    found += [f"scrape/kafka-jmx.yaml: nothing uses {name}" for name in sorted(kafka - used)]
    says(f"the {len(used)} metrics in {len(queries)} queries are defined", found)


def check_commands():
    found = []
    for page, block in blocks("sh"):
        parsed = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True)
        if parsed.returncode:
            found.append(f"{page}: {parsed.stderr.strip()}")
        # Whoever is woken has neither the program nor a way to Kafka: a pod has both.
        if re.search(r"^tasklog ", block, re.M):
            found.append(f"{page}: asks the program outside of a pod")
    says(f"the {len(list(blocks('sh')))} blocks of commands in runbooks are commands", found)


def print_queries():
    print("groups:\n  - name: queries\n    rules:")
    queries = [plain(query) for _, _, query in panel_queries()] + [query for _, query in runbook_queries()]
    for at, query in enumerate(queries):
        print(f"      - record: query:{at}\n        expr: {json.dumps(query)}")


def main():
    if sys.argv[1:] == ["--queries"]:
        print_queries()
        return
    alerts = check_links()
    check_tests(alerts)
    check_names()
    check_commands()
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
