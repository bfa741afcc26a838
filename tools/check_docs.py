#!/usr/bin/env python3
"""Fails if a link of a document leads nowhere, or a folder of src/ has no short README.

Links between pages resolve, with the headings they name. Each folder of src/ with C files has a
README.md of at most 60 lines, and the `file.c` names in it exist. Every page of docs/ is reached
from README.md. No page holds a path of somebody's machine.
Usage: check_docs.py [ROOT]
"""
import pathlib
import re
import sys

README_LINES = 60
SKIP = {"build", ".git", "out", "third_party"}
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.S | re.M)
MACHINE = re.compile(r"/(?:home|root|work|Users)/\w")
FILE_NAME = re.compile(r"`([a-z0-9_]+\.[ch])`")


def pages(root):
    return sorted(p for p in root.rglob("*.md") if not SKIP & set(p.relative_to(root).parts))


def anchors(text):
    """What GitHub makes of headings."""
    heads = re.findall(r"^#+ (.*)$", FENCE.sub("", text), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in heads}


def targets(page):
    """(link, file it leads to, heading) of links into the tree."""
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        if not re.match(r"\w+:", link):
            path, _, heading = link.partition("#")
            yield link, (page.parent / path).resolve() if path else page.resolve(), heading


def check_links(page):
    for link, file, heading in targets(page):
        if not file.exists():
            yield f"{page}: {link}: no such file"
        elif heading and heading not in anchors(file.read_text()):
            yield f"{page}: {link}: no such heading"


def check_reached(root):
    seen, todo = set(), [(root / "README.md").resolve()]
    while todo:
        page = todo.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        todo += [file for _, file, _ in targets(page)]
    return (f"{p}: no link leads here from README.md"
            for p in pages(root) if p.is_relative_to(root / "docs") and p.resolve() not in seen)


def check_folders(root):
    sources = [p for p in (root / "src").rglob("*") if p.suffix in (".c", ".h")]
    names = {p.name for p in sources}
    for folder in sorted({p.parent for p in sources}):
        readme = folder / "README.md"
        if not readme.exists():
            yield f"{folder}: no README.md"
            continue
        text = readme.read_text()
        if text.count("\n") > README_LINES:
            yield f"{readme}: over {README_LINES} lines"
        for name in FILE_NAME.findall(text):
            if name not in names:
                yield f"{readme}: {name}: no such file"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else
                        pathlib.Path(__file__).parent.parent).resolve()
    bad = [*check_reached(root), *check_folders(root)]
    for page in pages(root):
        bad += check_links(page)
        bad += [f"{page}: a path of a machine: {m}" for m in MACHINE.findall(page.read_text())]
    print("\n".join(bad), end="\n" if bad else "")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
