#!/usr/bin/env python3
"""Fails if a file under src/ includes a folder that tools/layers.txt does not allow.

Also checks that system headers with an owner are included by that folder alone.
Usage: check_layers.py [SRC [TABLE]]
"""
import pathlib
import re
import sys
from fnmatch import fnmatch

HERE = pathlib.Path(__file__).resolve().parent
# System headers that one folder wraps; everyone else calls that folder.
OWNED = {
    r"(zstd|zstd_errors|lz4|lz4hc|lz4frame|bzlib|lzma|snappy-c|zlib)\.h": "codec",
    r"(libdeflate|isa-l|isa-l/.*|brotli/.*)\.h": "codec",
    r"duckdb\.h": "query",
}


def read_table(path):
    lines = (line.split(":") for line in path.read_text().splitlines() if ":" in line)
    return [(name.strip(), allowed.split()) for name, allowed in lines]


def folder(path, rules):
    parts = path.split("/")
    two = "/".join(parts[:2])
    if any(fnmatch(two, name) for name, _ in rules):
        return two
    return parts[0]


def check_include(root, me, allowed, rules, kind, inc):
    if kind == "<":
        for pattern, owner in OWNED.items():
            if re.fullmatch(pattern, inc) and me != owner:
                return f"<{inc}> belongs to {owner}"
        return None
    if ".." in inc or not (root / inc).is_file():
        return f'include "{inc}" must be a path from src/'
    to = folder(inc, rules)
    if to != me and not any(fnmatch(to, a) for a in allowed):
        return f"{me} may not include {to}"
    return None


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parent / "src")
    table = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else HERE / "layers.txt")
    rules = read_table(table)
    bad = 0
    for f in sorted(root.rglob("*.[ch]")):
        me = folder(f.relative_to(root).as_posix(), rules)
        allowed = next((v for k, v in rules if fnmatch(me, k)), None)
        if allowed is None:
            print(f"{f}: folder '{me}' is not in {table.name}")
            bad += 1
            continue
        for n, line in enumerate(f.read_text(errors="replace").splitlines(), 1):
            m = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
            why = m and check_include(root, me, allowed, rules, m.group(1), m.group(2))
            if why:
                print(f"{f}:{n}: {why}")
                bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
