"""Signals at random times: in 100 ms out, the output whole or absent, nothing else left anywhere.

`make test` draws fifteen times a signal, `make test-all` two hundred; the seed is printed.
"""
import gzip
import os
import random
import signal
import subprocess
import time

import lf
import pyarrow as pa
import pytest

LATE = ["--row-group-size", "512KiB"]
KINDS = {  # input, options
    "plain": ("rows.csv", []),
    "brotli": ("rows.csv", ["--compression", "brotli:9"]),
    "late": ("late.csv", LATE),
    "rejects": ("bad.csv", ["--max-bad", "100%"]),
    "gzip": ("late.csv.gz", LATE),
    "zstd": ("late.csv.zst", LATE),
    "pipe": ("-", LATE),
    "stdout": ("late.csv", LATE),
    "folder": ("folder", LATE),  # small files, side by side
}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("inputs")
    rng = random.Random(5)
    rows = [f"{i},{rng.random():.5f},{rng.choice(['red', 'green', 'blue'])} {i % 977},2026-01-02\n"
            for i in range(150_000)]
    head = "id,share,name,day\n"
    lf.write(folder / "rows.csv", head + "".join(rows))
    late = rows[:90_000] + ["N/A-7,x,late,someday\n"] + rows[90_000:]
    lf.write(folder / "late.csv", head + "".join(late))
    (folder / "folder").mkdir()
    for n in range(6):
        few = late[n * 15_000:(n + 1) * 15_000 + 10]
        lf.write(folder / f"folder/{n}.csv", head + "".join(few))
    text = (folder / "late.csv").read_bytes()
    lf.write(folder / "late.csv.gz", gzip.compress(text, 1))
    lf.write(folder / "late.csv.zst", pa.compress(text, "zstd", asbytes=True))
    for n, row in enumerate(rows):
        if n % 50 == 0:
            rows[n] = row.rstrip() + ",,one too many\n"
    lf.write(folder / "bad.csv", head + "".join(rows))
    return folder


def start(kind, inputs, folder):
    """In a folder of its own; spills go to another, so that leftovers of either show."""
    name, options = KINDS[kind]
    (folder / "out").mkdir(exist_ok=True)
    (folder / "tmp").mkdir(exist_ok=True)
    out = "-" if kind == "stdout" else folder / "out/out.parquet"
    if kind == "folder":
        out = folder / "out/"
    src = "-" if name == "-" else inputs / name
    stdin = open(inputs / "late.csv", "rb") if name == "-" else None
    if stdin:  # `cat`, so that it is a pipe
        cat = subprocess.Popen(["cat"], stdin=stdin, stdout=subprocess.PIPE)
        stdin.close()
        stdin = cat.stdout
    p = subprocess.Popen([lf.LOGFLOW, "convert", src, "-o", out, "--threads", "2", "--quiet",
                          *options], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         env=lf.environment({"TMPDIR": str(folder / "tmp")}),
                         preexec_fn=lf.heed_signals)
    if stdin:
        stdin.close()
        p.cat = cat
    return p


def finish(p, kind):
    out, err = p.communicate(timeout=60 * lf.SLOW)
    if hasattr(p, "cat"):
        p.cat.wait()
    return out, err.decode(errors="replace")


@pytest.fixture(scope="module")
def whole(inputs, tmp_path_factory):
    """What each kind writes when left alone, and how long that takes."""
    results = {}
    for kind in KINDS:
        folder = tmp_path_factory.mktemp("whole")
        begun = time.monotonic()
        p = start(kind, inputs, folder)
        out, err = finish(p, kind)
        took = time.monotonic() - begun
        assert p.returncode == 0, err
        files = {f.name: f.read_bytes() for f in (folder / "out").iterdir()}
        if kind == "stdout":
            files = {"-": out}
        assert files and lf.files_in(folder / "tmp") == []
        results[kind] = files, took
    return results


def one_signal(sig, rng, inputs, whole, folder):
    kind = rng.choice(list(KINDS))
    files, took = whole[kind]
    after = rng.random() * took * 1.05
    p = start(kind, inputs, folder)
    time.sleep(after)
    p.send_signal(sig)
    sent = time.monotonic()
    out, err = finish(p, kind)
    answered = time.monotonic() - sent
    what = f"{kind} after {after * 1000:.1f} of {took * 1000:.0f} ms: {p.returncode}\n{err}"
    assert lf.files_in(folder / "tmp") == [], what
    got = {f.name: f.read_bytes() for f in (folder / "out").iterdir()}
    if kind == "stdout":  # bytes that a pipe has taken cannot be called back
        assert got == {} and files["-"].startswith(out), what
        got = {"-": out} if p.returncode == 0 else {}
    if p.returncode == 0:
        assert got == files, what
    else:
        # Everything stands before the last name is given: done, though it could not be said.
        early = p.returncode == -sig  # before the handler was set, or SIGKILL
        assert early or p.returncode == lf.INTERRUPTED, what
        at_once = sig == signal.SIGKILL or answered < lf.prompt(0.15)
        whole_ones = at_once and got == files
        if kind == "folder":  # each by itself
            whole_ones = all(files[n] == text for n, text in got.items())
        assert got == {} or whole_ones, what
    if sig != signal.SIGKILL:
        assert answered < lf.prompt(0.15), f"{answered * 1000:.0f} ms: {what}"
    for f in (folder / "out").iterdir():
        f.unlink()
    return p.returncode


def many(sig, times, seed, inputs, whole, folder):
    print(f"seed {seed}")
    rng = random.Random(seed)
    ends = [one_signal(sig, rng, inputs, whole, folder) for _ in range(times)]
    assert any(rc != 0 for rc in ends), "some came in time"


SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]


@pytest.mark.parametrize("sig", SIGNALS)
def test_a_signal_at_random_times(sig, inputs, whole, tmp_path):
    many(sig, 15, 11 + sig, inputs, whole, tmp_path)


@pytest.mark.large
@pytest.mark.parametrize("sig", SIGNALS)
def test_a_signal_at_200_random_times(sig, inputs, whole, tmp_path):
    many(sig, 200, int(os.environ.get("LF_SEED", time.time())), inputs, whole, tmp_path)
