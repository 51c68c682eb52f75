"""Makes the schemas that kubeconform compares manifests with from what an API server says of itself, custom resources included:
schemas.py DIR < answer of GET /openapi/v2. One file a kind, with every definition that it reaches (strict.py). A field that the server does not
know is an error.
"""

import json
import sys

from strict import closed, write

PREFIX = "#/definitions/"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"


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
    kinds = {name: schema.get("x-kubernetes-group-version-kind", []) for name, schema in document["definitions"].items()}
    definitions = {name: closed(schema) for name, schema in document["definitions"].items()}
    if QUANTITY in definitions:
        definitions[QUANTITY] = {"type": ["string", "number"]}
    written = 0
    for name, of in kinds.items():
        # Options of deletions and events of watches are of every group: nobody writes a manifest of them.
        if len(of) != 1:
            continue
        schema = {"$ref": PREFIX + name, "definitions": {it: definitions[it] for it in sorted(reached(name, definitions))}}
        write(folder, of[0]["kind"], of[0]["group"], of[0]["version"], schema)
        written += 1
    print(f"{written} kinds", file=sys.stderr)


if __name__ == "__main__":
    main()
