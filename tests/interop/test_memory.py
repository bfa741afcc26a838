"""Peak memory is what the limit says, at any shape of input and number of threads."""
import hashlib
import random
import re
import subprocess

import lf
import pytest

MIB = 1024 * 1024
pytestmark = pytest.mark.skipif(lf.SANITIZED, reason="sanitizers need memory of their own")


def peak(run, limit):
    assert run.peak_rss <= limit, f"{run.peak_rss / MIB:.1f} MiB of {limit / MIB:.0f}"
    assert run.report["memory"]["limit_bytes"] == limit


@pytest.mark.parametrize("threads", [1, 2, 8, 32])
@pytest.mark.parametrize("source", ["lineitem", "flights", "quoted", "wide"])
def test_memory_default_is_under_100_mib(source, threads, data, out):
    src = {"lineitem": lambda: data.lineitem(0.1), "flights": lambda: data.flights(1),
           "quoted": lambda: data.quoted(60), "wide": lambda: data.wide(1000, 20000)}[source]()
    peak(lf.convert(src, out, "--threads", threads), 100 * MIB)


@pytest.mark.parametrize("codec", ["snappy", "zstd", "gzip", "lz4", "brotli"])
@pytest.mark.parametrize("limit,threads", [("40MiB", 2), ("16MiB", 1)])
def test_memory_explicit_limit_is_never_passed(limit, threads, codec, data, out):
    src = data.flights(1)
    run = lf.convert(src, out, "--memory-limit", limit, "--threads", threads,
                     "--compression", codec)
    peak(run, int(limit[:2]) * MIB)
    assert run.report["rows"]["out"] == 336776


@pytest.mark.parametrize("kind", ["gz", "zst"])
@pytest.mark.parametrize("limit,threads", [("40MiB", 2), ("16MiB", 1)])
def test_memory_of_compressed_input(kind, limit, threads, data, out):
    src = data.lineitem(0.1)
    src = data.gzipped(src) if kind == "gz" else data.zstandard(src)
    peak(lf.convert(src, out, "--memory-limit", limit, "--threads", threads),
         int(limit[:2]) * MIB)


def test_memory_of_wide_and_text(data, out):
    peak(lf.convert(data.quoted(60), out, "--memory-limit", "40MiB"), 40 * MIB)
    peak(lf.convert(data.wide(1000, 20000), out, "--memory-limit", "64MiB", "--force"), 64 * MIB)


def test_memory_20000_columns_raise_the_default(data, out):
    run = lf.convert(data.wide(20000, 60), out)
    limit = run.report["memory"]["limit_bytes"]
    assert limit >= 100 * MIB + 18000 * 10 * 1024
    assert run.peak_rss <= limit
    assert any("memory" in w for w in run.report["warnings"]) or "memory" in run.err


def mixed(path, columns, rows, strings=False):
    """All kinds of columns, or distinct short strings alone, which take most."""
    r = random.Random(columns)
    words = ["".join(r.choices("abcdefghijklmnopqrstuvwxyz", k=5)) for _ in range(50_000)]
    kinds = [[str(r.randrange(10 ** r.randrange(1, 10))) for _ in range(997)],
             [f"{r.random() * 1000:.3f}" for _ in range(997)], [f"w{i % 300}" for i in range(997)],
             [""], [f"text {r.getrandbits(60):x}" for _ in range(997)]]
    pools = [words] if strings else kinds
    with open(path, "w") as f:
        f.write(",".join(f"c{i}" for i in range(columns)) + "\n")
        for at in range(0, rows, 500):
            n = min(500, rows - at)
            cells = [r.choices(pools[i % len(pools)], k=n) for i in range(columns)]
            f.writelines(",".join(row) + "\n" for row in zip(*cells))
    return path


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    made = {}

    def table(name):
        if name not in made:
            columns, rows, strings = {"c400": (400, 8000, False), "c1000": (1000, 7000, False),
                                      "words": (1000, 7000, True), "c4000": (4000, 1500, False),
                                      "words4000": (4000, 1500, True),
                                      "c20000": (20000, 130, False)}[name]
            path = tmp_path_factory.getbasetemp() / f"{name}.csv"
            made[name] = mixed(path, columns, rows, strings)
        return made[name]
    yield table
    for path in made.values():
        path.unlink()


@pytest.mark.parametrize("table,limit", [
    ("c400", 16), ("c400", 24), ("c1000", 24), ("c1000", 32), ("c1000", 64), ("c1000", 100),
    ("words", 32), ("words", 64), ("words", 100), ("words4000", 64), ("c4000", 64), ("c4000", 0),
    ("c20000", 0)])
def test_memory_of_wide_tables(table, limit, tables, out):
    """The limit holds at any number of threads, and so does every byte."""
    args = ["--memory-limit", f"{limit}MiB"] if limit else []
    files = set()
    for threads in (1, 2, 7) if table == "c1000" else (1, 7):
        run = lf.convert(tables(table), out, "--threads", threads, "--force", *args)
        allowed = run.report["memory"]["limit_bytes"]
        assert limit in (0, allowed // MIB)
        assert run.peak_rss <= allowed, f"{threads}: {run.peak_rss / MIB:.1f} of {allowed / MIB}"
        files.add(hashlib.sha256(out.read_bytes()).hexdigest())
    assert len(files) == 1


@pytest.mark.parametrize("table,limit", [("c1000", 16), ("words", 16), ("c20000", 64)])
def test_memory_that_columns_do_not_fit_in_is_refused(table, limit, tables, out):
    """Before anything is written, with the limit that would do; and it does."""
    src = tables(table)
    run = lf.logflow("convert", src, "-o", out, "--memory-limit", f"{limit}MiB")
    assert run.rc == lf.LIMIT and not out.exists()
    enough = int(re.search(r"--memory-limit (\d+)MiB is enough", run.err).group(1))
    assert limit < enough
    run = lf.convert(src, out, "--memory-limit", f"{enough}MiB", "--threads", "2")
    peak(run, enough * MIB)


def test_memory_floor_is_told(tmp_path, out):
    run = lf.logflow("convert", lf.write(tmp_path / "in.csv", "a\n1\n"), "-o", out,
                     "--memory-limit", "1MiB")
    assert run.rc == lf.USAGE and "16" in run.err


@pytest.mark.large
@pytest.mark.parametrize("threads", [1, 2, 32])
def test_memory_of_10_gb(threads, data, out):
    run = lf.convert(data.lineitem(13), out, "--threads", threads, timeout=1800)
    peak(run, 100 * MIB)


@pytest.mark.large
def test_memory_of_a_late_change_in_2_gb(tmp_path, out):
    """An integer column that says `N/A-7` in row 51,200,000: file and pipe, the same bytes."""
    piece = "".join(
        f"{i * 7919 % 1000003},{i},word{i % 500},{i % 997}.25,2026-01-{i % 28 + 1:02d}\n"
        for i in range(800_000)).encode()
    src, files = tmp_path / "in.csv", set()
    with open(src, "wb") as f:
        f.write(b"a,b,c,d,e\n")
        for _ in range(64):
            f.write(piece)
        f.write(b"N/A-7,1,x,1.5,2026-01-01\n")
    for how in ("file", "pipe"):
        with open(src, "rb") as text:
            cat = subprocess.Popen(["cat"], stdin=text, stdout=subprocess.PIPE)
            run = lf.convert(src if how == "file" else "-", out, "--memory-limit", "40MiB",
                             "--threads", 2, "--force", stdin=cat.stdout, timeout=900)
            cat.stdout.close()
            cat.kill()
            cat.wait()
        peak(run, 40 * MIB)
        assert run.report["rows"]["out"] == 51_200_001
        files.add(hashlib.sha256(out.read_bytes()).hexdigest())
        print(f"{how}: {run.wall_s:.1f} s, {run.cpu_s:.1f} s of CPU, {run.peak_rss / MIB:.1f} MiB")
    assert len(files) == 1
    src.unlink()
