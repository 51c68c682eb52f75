"""Makes the schemas that kubeconform compares manifests with from what an API server says of itself, custom resources included:
schemas.py DIR < answer of GET /openapi/v2. One file a kind, with every definition that it reaches: DIR/kind-group-version.json, for
kubeconform -schema-location 'DIR/{{.ResourceKind}}{{.KindSuffix}}.json'. A field that the server does not know is an error.
"""

import json
import os
import sys

PREFIX = "#/definitions/"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"


def closed(schema):
    """The schema with what OpenAPI 2 cannot say: no unknown fields, and numbers where a number or a string may stand."""
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


def reached(name, definitions):
    """Names of all definitions that this one leads to, itself included."""
    names, waiting = set(), [name]
    while waiting:
        current = waiting.pop()
        if current in names:
            continue
        names.add(current)
        text = json.dumps(definitions[current])
        waiting.extend(part.split('"', 1)[0] for part in text.split(f'"$ref": "{PREFIX}')[1:])
    return names


def main():
    folder, document = sys.argv[1], json.load(sys.stdin)
    os.makedirs(folder, exist_ok=True)
    kinds = {name: schema.get("x-kubernetes-group-version-kind", []) for name, schema in document["definitions"].items()}
    definitions = {name: closed(schema) for name, schema in document["definitions"].items()}
    if QUANTITY in definitions:
        definitions[QUANTITY] = {"type": ["string", "number"]}
    written = 0
    for name, of in kinds.items():
        # Options of deletions and events of watches are of every group: nobody writes a manifest of them.
        if len(of) != 1:
            continue
        kind = of[0]
        group = kind["group"].split(".")[0]
        suffix = "-".join(part for part in (kind["kind"].lower(), group, kind["version"]) if part)
        schema = {"$ref": PREFIX + name, "definitions": {it: definitions[it] for it in sorted(reached(name, definitions))}}
        with open(os.path.join(folder, f"{suffix}.json"), "w", encoding="utf-8") as file:
            json.dump(schema, file)
        written += 1
    print(f"{written} kinds", file=sys.stderr)


if __name__ == "__main__":
    main()
