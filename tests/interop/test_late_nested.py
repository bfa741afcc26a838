"""JSON lines whose members, types and structure change in the middle: the file is that of a typing
pass before, whatever the threads, from files and pipes, and holds every value."""
import json
import random
import subprocess

import duckdb
import lf
import pyarrow.parquet as pq
import pytest

ROWS = 24000


def value(rnd, place, late, depth=0):
    kind = (place * 7 + depth * 3) % 11
    if rnd.random() < 0.15:
        return None
    if late > 6 and rnd.random() < 0.01:
        kind = rnd.randrange(11)
    if depth > 3:
        kind = place % 7
    if kind < 2:
        return rnd.randrange(1000)
    if kind == 2:
        return rnd.randrange(100) + 0.25 if late > 4 else rnd.randrange(100)
    if kind == 3:
        return "t%d" % rnd.randrange(100) if late > 5 else rnd.randrange(100)
    if kind == 4:
        return "w%d" % rnd.randrange(30)
    if kind == 5:
        day = "2026-03-%02d" % (1 + rnd.randrange(28))
        return day + " 10:11:%02d" % rnd.randrange(60) if late > 3 else day
    if kind == 6:
        return rnd.random() < 0.5
    if kind < 9:
        return [value(rnd, place * 5 + 1, late, depth + 1) for _ in range(rnd.randrange(4))]
    return {chr(97 + i): value(rnd, place * 6 + i, late, depth + 1)
            for i in range(2 + late // 2) if rnd.random() < 0.7}


def rows_of(seed, n):
    rnd = random.Random(seed)
    out = []
    for r in range(n):
        late = r * 10 // n
        out.append({chr(65 + i): value(rnd, i + seed, late)
                    for i in range(3 + late // 2) if rnd.random() < 0.8})
        if r > n - 200:
            out[-1]["last"] = {"k": [r]}
    return out


def convert(src, out, *more, stdin=None):
    cmd = [lf.LOGFLOW, "convert", src, "-o", str(out), "--force", "--from", "json",
           "--row-group-size", "64KiB", *more]
    done = subprocess.run(cmd, stdin=stdin, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return out.read_bytes(), done.stderr


def same(got, want):
    """A value of the file against that of the input: text of mixed columns, and what a struct
    does not know from a missing member."""
    if want is None:
        return got is None
    if isinstance(got, str) and not isinstance(want, str):
        return got == str(want) or same(json.loads(got), want)
    if isinstance(want, dict):
        return all(same(got.get(k), v) for k, v in want.items()) and all(
            v is None or k in want for k, v in got.items())
    if isinstance(want, list):
        return len(got) == len(want) and all(same(a, b) for a, b in zip(got, want))
    if isinstance(want, str):
        text = str(got)
        return text in (want, json.dumps(want), want + " 00:00:00")
    return got == want


@pytest.mark.parametrize("seed", range(3))
def test_late_nested_changes(tmp_path, seed):
    rows = rows_of(seed, ROWS)
    src = tmp_path / "in.json"
    src.write_text("".join(json.dumps(r, separators=(",", ":")) + "\n" for r in rows))
    assert src.stat().st_size > 1.5 * 1024 * 1024  # types are first judged by 1 MiB
    full, _ = convert(str(src), tmp_path / "full.parquet", "--infer", "full")
    for threads in ("1", "2", "7"):
        out, told = convert(str(src), tmp_path / "out.parquet", "--threads", threads)
        assert out == full
        assert "changed from" in told
        assert "came after the head" in told
    with open(src, "rb") as f:
        assert convert("-", tmp_path / "pipe.parquet", stdin=f)[0] == full
    got = pq.read_table(tmp_path / "full.parquet").to_pylist()
    assert len(got) == len(rows)
    for r, (have, want) in enumerate(zip(got, rows)):
        assert same(have, want), (r, have, want)
    count = duckdb.sql(f"select count(*) from '{tmp_path}/full.parquet'").fetchall()
    assert count == [(len(rows),)]
