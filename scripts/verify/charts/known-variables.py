#!/usr/bin/env python3
"""Compares the variables that the charts set with docs/configuration.md: scripts/verify/charts/known-variables.py RENDERED...

A variable that the binary does not know would be silently without effect. docs/configuration.md lists what it knows, which a test of the
binary compares. Names in secrets that a Dapr sidecar is asked for are variables too.
"""

import re
import sys


def variables(text):
    # In what the charts render, only variables have names in capitals.
    found = set(re.findall(r"^ *- name: ([A-Z][A-Z0-9_]+)$", text, re.MULTILINE))
    for names in re.findall(r"- name: DAPR_SECRETS\n *value: \"?([^\"\n]*)", text):
        found.update(name for name in names.split(",") if name.isupper())
    return found


def main():
    with open("docs/configuration.md", encoding="utf-8") as file:
        known = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", file.read()))
    found = set()
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            found |= variables(file.read())
    if not found:
        sys.exit("no variable was found in what was rendered")
    unknown = sorted(found - known)
    if unknown:
        sys.exit(f"the charts set what docs/configuration.md does not know: {', '.join(unknown)}")
    print(f"ok: docs/configuration.md knows the {len(found)} variables that the charts set")


if __name__ == "__main__":
    main()
