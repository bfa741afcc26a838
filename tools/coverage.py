#!/usr/bin/env python3
"""coverage.py BUILD: the share of lines of src/ that ran, from the counters that a build with
LF_COVERAGE left; exits 1 under 85 %. Headers count in every file that includes them as one."""
import collections
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent
LEAST = 85.0
APART = ("_avx2", "_avx512", "_neon")


def counters(note):
    """{file: {line: count}} of one object."""
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run(["gcov", "--json-format", note], cwd=tmp, capture_output=True, check=False)
        for p in pathlib.Path(tmp).glob("*.gcov.json.gz"):
            yield from json.loads(gzip.decompress(p.read_bytes()))["files"]


def of_source(name, build):
    """The path below the root of a file of src/; ccache may name it from the build folder."""
    for base in (ROOT, build):
        path = os.path.relpath(os.path.join(base, name), ROOT)
        if path.startswith("src" + os.sep) and (ROOT / path).exists():
            return path
    return None


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    notes = [p for p in build.rglob("*.gcda") if f"{os.sep}src{os.sep}" in str(p)]
    lines = collections.defaultdict(lambda: collections.defaultdict(int))
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for found in pool.map(lambda n: list(counters(n)), notes):
            for f in found:
                name = of_source(f["file"], build)
                if name is None:
                    continue
                for line in f["lines"]:
                    lines[name][line["line_number"]] += line["count"]
    ran = total = 0
    rows = []
    for name, counts in lines.items():
        hit = sum(c > 0 for c in counts.values())
        apart = pathlib.Path(name).stem.endswith(APART)
        rows.append((100.0 * hit / len(counts), hit, len(counts), name, apart))
        if not apart:
            ran, total = ran + hit, total + len(counts)
    for share, hit, n, name, apart in sorted(rows):
        print(f"{share:6.1f} % {hit:6} of {n:6} {name}{' (apart)' if apart else ''}")
    if total == 0:
        sys.exit(f"{build}: no counters of src/: was it built with LF_COVERAGE, and run?")
    share = 100.0 * ran / total
    print(f"{share:6.1f} % {ran:6} of {total:6} lines of src/, instruction sets apart")
    return 0 if share >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
