#!/usr/bin/env python3
"""Checks that what the pages name is there: links and their anchors, paths, targets of make, parts of the verification, variables.

scripts/verify/pages.py, from the root of the repository: one line for each thing that is not there; ends with 1 if there is any.
"""

import os
import pathlib
import re
import subprocess
import sys

# Variables of programs that are not ours, of which a page tells.
FOREIGN = {"MALLOC_ARENA_MAX", "MIMALLOC_ALLOW_THP"}
# What a build makes.
BUILT = {"web/dist"}


def tracked():
    return set(subprocess.run(["git", "ls-files"], check=True, text=True, capture_output=True).stdout.splitlines())


def without_blocks(text):
    return re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)


def anchors(text):
    """The names by which headings are linked to, as GitHub makes them."""
    found = set()
    for heading in re.findall(r"^#+ (.*)$", without_blocks(text), re.M):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        found.add(re.sub(r"[^\w\- ]", "", words).strip().replace(" ", "-"))
    return found


class Repository:
    """What there is to be named."""

    def __init__(self, files, pages):
        self.files = files
        self.folders = {str(folder) for file in files for folder in pathlib.PurePath(file).parents}
        self.tops = "|".join(sorted({re.escape(file.split("/")[0]) for file in files if "/" in file}))
        self.targets = set(re.findall(r"^([a-z][a-z-]*):", pathlib.Path("Makefile").read_text(), re.M))
        self.parts = {(part.parts[-2], part.stem.split("-", 1)[1]) for part in pathlib.Path("scripts/verify/parts").glob("*/*.sh")}
        # A page's commands may take variables of their own, which pages then explain.
        self.words = FOREIGN | {name for text in pages.values() for name in re.findall(r"\$\{?([A-Z][A-Z0-9_]+)", text)}
        for file in files - {"scripts/verify/pages.py"}:
            if pathlib.PurePath(file).suffix in {".rs", ".sh", ".py", ".yaml", ".yml", ".tpl", ".toml", ".js", ".ts", ".mjs", ""}:
                self.words |= set(re.findall(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b", pathlib.Path(file).read_text(errors="ignore")))

    def has(self, path):
        return path in self.files or path in self.folders


def faults(page, text, repository):
    folder = os.path.dirname(page)
    for link in re.findall(r"\]\(([^)\s]+)\)", without_blocks(text)):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = os.path.normpath(os.path.join(folder, path)) if path else page
        if not repository.has(target):
            yield f"the link {link}"
        elif anchor and target.endswith(".md"):
            there = text if target == page else pathlib.Path(target).read_text()
            if anchor not in anchors(there):
                yield f"the heading {link}"
    for path in re.findall(rf"(?<![\w/.:$*-])(?:{repository.tops})/[\w./{{}}*-]+", text):
        path = path.rstrip("./")
        here = (os.path.normpath(path), os.path.normpath(os.path.join(folder, path)))
        if path not in BUILT and not re.search(r"[{*]", path) and not any(repository.has(one) for one in here):
            yield f"the path {path}"
    for target in re.findall(r"(?:`|^)make ([a-z][a-z-]+)", text, re.M):
        if target not in repository.targets:
            yield f"make {target}"
    parts = [("full", part) for part in re.findall(r"make verify PART=([a-z0-9-]+)", text)]
    parts += [("fast", part) for part in re.findall(r"make verify-fast PART=([a-z0-9-]+)", text)]
    parts += re.findall(r"verify/run\.sh (fast|full) ([a-z][a-z-]*)", text)
    for kind, part in parts:
        if (kind, part) not in repository.parts:
            yield f"the part {part} of the {kind} verification"
    for variable in re.findall(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+)[`=]", text):
        if variable not in repository.words:
            yield f"the variable {variable}"


def main():
    files = tracked()
    pages = {page: pathlib.Path(page).read_text() for page in sorted(files) if page.endswith(".md")}
    repository = Repository(files, pages)
    found = [f"{page}: there is not {fault}" for page, text in pages.items() for fault in faults(page, text, repository)]
    if found:
        sys.exit("\n".join(found))

    # Each kind of name, wrong: it is seen.
    wrong = (
        "[a](nowhere.md) [b](README.md#nowhere) `scripts/nowhere.sh` `make nothing` `make verify PART=nothing` `NO_SUCH_VARIABLE`"
    )
    seen = len(list(faults("README.md", wrong, repository)))
    if seen != 6:
        sys.exit(f"of six names that are wrong {seen} are seen")
    print(f"holds: what {len(pages)} pages name is there: links, headings, paths, targets, parts, variables")


if __name__ == "__main__":
    main()
