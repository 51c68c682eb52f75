"""What both makers of schemas for kubeconform have in common: schemas that take nothing they do not name, and the files that are looked for."""

import json
import os


def closed(schema):
    """The schema with what OpenAPI does not say: no unknown fields, and numbers where a number or a string may stand."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "int-or-string" or schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    result = {name: closed(value) for name, value in schema.items() if not name.startswith("x-kubernetes-")}
    open_to_all = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if isinstance(schema.get("properties"), dict) and not open_to_all:
        result["additionalProperties"] = False
    return result


def write(folder, kind, group, version, schema):
    """As FOLDER/kind-group-version.json, for kubeconform -schema-location 'FOLDER/{{.ResourceKind}}{{.KindSuffix}}.json'."""
    os.makedirs(folder, exist_ok=True)
    name = "-".join(part for part in (kind.lower(), group.split(".")[0], version) if part)
    with open(os.path.join(folder, f"{name}.json"), "w", encoding="utf-8") as file:
        json.dump(schema, file)
