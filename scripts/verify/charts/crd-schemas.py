"""Writes the schemas of custom resources for kubeconform, from their definitions: crd-schemas.py DIR DEFINITION-FILE...

One file a kind and version, DIR/kind-group-version.json. A field that the definition does not know is an error.
"""

import json
import pathlib
import sys

import yaml


def closed(schema):
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    result = {name: closed(value) for name, value in schema.items() if not name.startswith("x-kubernetes-")}
    free = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if isinstance(schema.get("properties"), dict) and not free:
        result["additionalProperties"] = False
    return result


def main():
    folder, files = pathlib.Path(sys.argv[1]), sys.argv[2:]
    for path in files:
        with open(path, encoding="utf-8") as file:
            definitions = [document for document in yaml.safe_load_all(file) if document]
        for definition in definitions:
            spec = definition["spec"]
            kind, group = spec["names"]["kind"].lower(), spec["group"].split(".")[0]
            for version in spec["versions"]:
                schema = closed(version["schema"]["openAPIV3Schema"])
                # What every object has, which a definition need not say.
                schema["properties"] |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}
                (folder / f"{kind}-{group}-{version['name']}.json").write_text(json.dumps(schema))


if __name__ == "__main__":
    main()
