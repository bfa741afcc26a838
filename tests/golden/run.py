#!/usr/bin/env python3
"""Runs the golden cases: tests/golden/FORMAT/CASE/{input.*, cmd, expect.*}.

`cmd` holds logflow's arguments, one command a line; it runs in a fresh copy of the folder. What
comes out is compared with the expect files: expect.table (schema and rows of each Parquet file
that appeared, by pyarrow), expect.err (errors and warnings), expect.out (standard output),
expect.rejects. A case whose name ends in "(fail)" must end with the status in expect.status,
every other with 0.

  run.py [--update] [PART OF A NAME...]     --update rewrites what is expected: read the diff
"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import lf  # noqa: E402

# What differs from run to run in a report.
VOLATILE = [(re.compile(p), r) for p, r in [
    (r"\d+(\.\d+)? ?(ns|us|µs|ms|s)\b", "TIME"), (r"\d+(\.\d+)? [kMG]?i?B/s", "RATE"),
    (r"\d+(\.\d+)? MiB", "MEMORY")]]


def table_of(path):
    import pyarrow.parquet as pq
    t = pq.read_table(path)
    lines = [", ".join(f"{f.name}: {f.type}" for f in t.schema)]
    lines += [" | ".join("∅" if v is None else repr(v) if isinstance(v, str) else str(v)
                         for v in row.values()) for row in t.to_pylist()]
    return "\n".join(lines) + "\n"


def messages(text):
    """Errors and warnings, up to the report."""
    lines = []
    for line in text.splitlines():
        if re.match(r"\s*(logflow: )?(error|warning|hint)", line) or (
                lines and line.startswith((" ", "\t")) and "error" in lines[0]):
            for pattern, word in VOLATILE:
                line = pattern.sub(word, line)
            lines.append(line.rstrip())
    return "\n".join(lines) + "\n" if lines else ""


def run_case(folder):
    """{file name: text} of what a case yields, and its status."""
    got, err, out, status = {}, "", "", 0
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        for p in folder.iterdir():
            if not p.name.startswith("expect.") and p.name != "cmd":
                shutil.copy(p, tmp)
        before = set(os.listdir(tmp))
        for line in (folder / "cmd").read_text().splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            p = subprocess.run([lf.LOGFLOW, *shlex.split(line)], cwd=tmp, env=lf.environment(),
                               capture_output=True, stdin=subprocess.DEVNULL)
            err += p.stderr.decode(errors="replace")
            out += p.stdout.decode(errors="replace")
            status = status or p.returncode
        for name in sorted(set(os.listdir(tmp)) - before):
            if name.endswith(".parquet"):
                head = f"== {name}\n" if name != "input.parquet" else ""
                got["expect.table"] = got.get("expect.table", "") + head + table_of(tmp / name)
            elif name.endswith(".rejects.jsonl"):
                got["expect.rejects"] = (tmp / name).read_text()
            else:
                got["expect.files"] = got.get("expect.files", "") + name + "\n"
    out = re.sub(r" *\b\d+(\.\d+)? ?(B|[kM]B|%)(?=\W|$)", " SIZE", out)  # sizes: tests/regression
    got["expect.err"], got["expect.out"] = messages(err), out
    got["expect.status"] = f"{status}\n" if status else ""
    return {k: v for k, v in got.items() if v}, status


def check(folder, update):
    got, status = run_case(folder)
    name = f"{folder.parent.name}/{folder.name}"
    should_fail = folder.name.endswith("(fail)")
    want = {p.name: p.read_text() for p in folder.glob("expect.*")}
    bad = []
    if (status != 0) != should_fail:
        bad.append(f"  exit status {status}, but the name says {'fail' if should_fail else 'done'}")
    if update and not bad:
        for k in want.keys() - got.keys():
            (folder / k).unlink()
        for k, v in got.items():
            (folder / k).write_text(v)
        want = got
    for k in sorted(want.keys() | got.keys()):
        if want.get(k, "") != got.get(k, ""):
            with tempfile.TemporaryDirectory() as tmp:
                a, b = pathlib.Path(tmp, "expected"), pathlib.Path(tmp, "got")
                a.write_text(want.get(k, ""))
                b.write_text(got.get(k, ""))
                diff = subprocess.run(["diff", "-u", "expected", "got"], cwd=tmp, text=True,
                                      capture_output=True).stdout
            bad.append(f"  {k}:\n" + re.sub("^", "    ", diff, flags=re.M).rstrip())
    print(f"FAIL {name}\n" + "\n".join(bad) if bad else f"ok {name}", flush=True)
    return not bad


def main():
    words = [a for a in sys.argv[1:] if a != "--update"]
    cases = sorted(p.parent for p in HERE.glob("*/*/cmd"))
    cases = [c for c in cases if not words or any(w in str(c) for w in words)]
    results = [check(c, "--update" in sys.argv) for c in cases]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
