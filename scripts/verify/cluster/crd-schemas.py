"""Writes the schemas of custom resources for kubeconform, from their definitions: crd-schemas.py DIR DEFINITION-FILE...

One file a kind and version (strict.py). A field that the definition does not know is an error.
"""

import sys

import yaml

from strict import closed, write


def main():
    folder, files = sys.argv[1], sys.argv[2:]
    for path in files:
        with open(path, encoding="utf-8") as file:
            definitions = [document for document in yaml.safe_load_all(file) if document]
        for definition in definitions:
            spec = definition["spec"]
            for version in spec["versions"]:
                schema = closed(version["schema"]["openAPIV3Schema"])
                # What every object has, which a definition need not say.
                schema["properties"] |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}
                write(folder, spec["names"]["kind"], spec["group"], version["name"], schema)


if __name__ == "__main__":
    main()
