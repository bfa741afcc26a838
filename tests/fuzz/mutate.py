#!/usr/bin/env python3
"""mutate.py [--runs N] [--seed S] [--corpus DIR] [--build DIR]: runs the program on mutated files.

Each run takes a file (CSV, JSON, Parquet, Arrow; plain or packed by us), damages it in one to six
ways, and hands it to `logflow convert`, `inspect`, or `verify` (against what its whole self was
converted to, or that damaged) with random options. The program must end within 10 seconds with one
of our exit statuses, never by a signal or an internal error, within the memory limit and 64 MiB,
and leave either a whole output or none. What fails is kept in --keep.

The files are the small ones of our own (tests/fuzz/seeds, tests/golden, examples) and those of
--corpus, each format as often. The last line counts; the exit status is 1 if anything failed.
"""
import argparse
import collections
import gzip
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
STATUSES = {0, 1, 2, 3, 4}
HANG_S = 10
LIMIT_MIB = 32
SLACK_MIB = 64
TOKENS = [b'"', b'""', b",", b";", b"\t", b"|", b"\r", b"\n", b"\r\n", b"\0", b"\xff",
          b"\xef\xbb\xbf", b"NA", b"-", b"1e400",
          b"9223372036854775808", b"0x10", b"2026-02-30", b"\\", b"'",
          b"PAR1", b"\x15\x04", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff\x0f", b"\x1f\x8b\x08",
          b"\x28\xb5\x2f\xfd", b"#"]


LENGTHS = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 1 << 62,
           (1 << 64) - 1]


def read_inputs(corpus):
    """Bytes of the files by format."""
    kinds = {"csv": [], "json": [], "parquet": [], "arrow": []}
    seeds = ROOT / "tests/fuzz/seeds"
    for target, kind in (("csv", "csv"), ("late", "csv"), ("json", "json"),
                         ("pq_file", "parquet"), ("arrow_file", "arrow")):
        kinds[kind] += [p.read_bytes()[8:] for p in sorted((seeds / target).glob("*"))]
    kinds["csv"] += [p.read_bytes() for p in sorted((ROOT / "tests/golden").rglob("input.*"))]
    kinds["csv"] += [p.read_bytes() for p in sorted((ROOT / "examples").glob("*.[ct]sv"))]
    for kind, files in kinds.items():
        found = sorted((corpus / kind).rglob("*")) if corpus else []
        files += [p.read_bytes() for p in found if p.is_file() and p.stat().st_size <= 200_000]
    return kinds


def spot(rng, data):
    return rng.randrange(len(data) + 1)


def piece(rng, data):
    a = spot(rng, data)
    return a, min(len(data), a + rng.choice([1, 2, 8, 64, 1000]))


def mutate(rng, data, inputs):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 6])):
        how = rng.randrange(11)
        if how == 0 and data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        elif how == 1 and data:
            data[rng.randrange(len(data))] = rng.randrange(256)
        elif how == 2:
            at = spot(rng, data)
            data[at:at] = rng.choice(TOKENS)
        elif how == 3:
            a, b = piece(rng, data)
            del data[a:b]
        elif how == 4:
            a, b = piece(rng, data)
            data[a:a] = data[a:b] * rng.choice([1, 1, 2, 100])
        elif how == 5:
            del data[spot(rng, data):]
        elif how == 6:
            other = rng.choice(rng.choice(list(inputs.values())))
            a, b = piece(rng, other)
            at = spot(rng, data)
            data[at:at] = other[a:b]
        elif how == 7:
            a, b = piece(rng, data)
            data[a:b] = rng.choice(TOKENS) * max(1, (b - a) // 2)
        elif how == 8:
            a, b = piece(rng, data)
            data[a:b] = bytes(reversed(data[a:b]))
        elif how == 9:  # a length where one may stand: of fixed size, near the end most of all
            width = rng.choice([4, 8])
            at = len(data) - rng.choice([8, 12, rng.randint(0, 2000)]) if rng.random() < 0.5 \
                else spot(rng, data)
            at = max(0, at)
            data[at:at + width] = (rng.choice(LENGTHS) % 256 ** width).to_bytes(width, "little")
        else:  # a small step of one byte: varints, counts, levels
            at = max(0, len(data) - rng.randint(1, 4000)) if rng.random() < 0.5 else spot(rng, data)
            if at < len(data):
                data[at] = (data[at] + rng.choice([-2, -1, 1, 2, 16])) % 256
        del data[2_000_000:]
    if rng.random() < 0.05:
        data = bytearray(gzip.compress(bytes(data), 1))
        if rng.random() < 0.5 and data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def options(rng, command, kind):
    given = ["--from", kind] if rng.random() < 0.5 else []
    if command == "inspect":
        return given + rng.choice([[], ["--rows", "5"], ["--json"], ["--schema"],
                                   ["--rows", "3", "--json"]])
    args = given + ["--memory-limit", f"{LIMIT_MIB}MiB", "--threads", rng.choice("12")]
    text = [["--null", "NA"]]
    if command == "convert":
        text += [["--all-strings"], ["--decimal"], ["--infer", "full"], ["--ragged", "widen"]]
    csv = [["--header", rng.choice(["yes", "no"])], ["--comment", "#"],
           ["--delimiter", rng.choice([",", ";", "|", "tab", "::"])], ["--decimal-comma"],
           ["--quote", rng.choice(["auto", "none", "'"])], ["--skip-lines", "2"], ["--currency"],
           ["--escape", rng.choice(["backslash", "double"])], ["--locale", "de"],
           ["--line-end", rng.choice(["any", "cr", "lf"])],
           ["--encoding", rng.choice(["auto", "windows-1252", "utf-16", "shift_jis"])]]
    read = [["--simd", "scalar"]]
    read += {"csv": text + csv, "json": text + [["--flatten"]]}.get(kind, [])
    write = [["--on-error", "permissive"], ["--on-error", "strict"], ["--max-bad", "100%"],
             ["--compression", rng.choice(["none", "zstd", "gzip", "lz4", "brotli"])],
             ["--encodings", rng.choice(["plain", "modern"])], ["--row-group-size", "64KiB"],
             ["--to", rng.choice(["csv", "jsonl", "arrow", "arrows"])], ["--limit", "3"],
             ["--explain"], ["--data-page", "v2"]]
    for choice in read + (write if command == "convert" else []):
        if rng.random() < 0.08:
            args += choice
    return args


class Runner:
    def __init__(self, opts, inputs):
        self.opts, self.inputs = opts, inputs
        self.local = threading.local()
        self.failures, self.peak, self.lock = [], 0, threading.Lock()
        self.ended = collections.Counter()
        self.limit = (LIMIT_MIB + SLACK_MIB) * 1024

    def folder(self):
        if not hasattr(self.local, "folder"):
            base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
            self.local.keep = tempfile.TemporaryDirectory(dir=base, prefix="lf-mutate-")
            self.local.folder = pathlib.Path(self.local.keep.name)
        return self.local.folder

    def run(self, command, err_path):
        """Status (negative: signal) and peak memory in KiB of that one process."""
        err = os.open(err_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        null = os.open("/dev/null", os.O_RDWR)
        pid = os.posix_spawn(command[0], command, self.opts.env, file_actions=[
            (os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1),
            (os.POSIX_SPAWN_DUP2, err, 2)])
        os.close(err)
        os.close(null)
        timer = threading.Timer(HANG_S * self.opts.slow, os.kill, (pid, signal.SIGKILL))
        timer.start()
        _, status, used = os.wait4(pid, 0)
        hung = not timer.is_alive()
        timer.cancel()
        return os.waitstatus_to_exitcode(status), used.ru_maxrss, hung

    def command(self, rng, folder):
        """A damaged file in its place, and what to run on it."""
        kind = rng.choice(list(self.inputs))
        whole = rng.choice(self.inputs[kind])
        src, out = folder / "in", folder / "out.parquet"
        program = str(self.opts.build / "logflow")
        name = rng.choices(["convert", "inspect", "verify"], [6, 2, 2])[0]
        data = mutate(rng, whole, self.inputs)
        if name == "verify":
            src.write_bytes(whole)
            self.run([program, "convert", str(src), "-o", str(out), "--quiet"], folder / "err")
            if not out.exists():
                name = "inspect"
            elif rng.random() < 0.5:
                data, whole = whole, mutate(rng, out.read_bytes(), self.inputs)
                out.write_bytes(whole)
        src.write_bytes(data)
        args = [program, name, *options(rng, name, kind), str(src)]
        args += {"convert": ["-o", str(out), "--quiet"], "inspect": [],
                 "verify": [str(out)]}[name]
        return args, out.exists()

    def one(self, number):
        rng = random.Random(f"{self.opts.seed}/{number}")
        folder = self.folder()
        err, rejects = folder / "err", "out.parquet.rejects.jsonl"
        for p in folder.iterdir():
            p.unlink()
        command, had_out = self.command(rng, folder)
        rc, rss, hung = self.run(command, err)
        left = {p.name for p in folder.iterdir()} - {rejects}
        want = {"in", "err"} | ({"out.parquet"} if had_out or
                                rc == 0 and command[1] == "convert" else set())
        why = None
        if hung:
            why = f"hung for {HANG_S} s"
        elif rc not in STATUSES:
            why = f"status {rc}"
        elif rss > self.limit and not self.opts.sanitized:
            why = f"{rss // 1024} MiB of memory"
        elif left != want:
            why = f"left {sorted(left)} with status {rc}"
        with self.lock:
            self.peak = max(self.peak, rss)
            self.ended[command[1], rc] += 1
            if why and len(self.failures) < 100:
                self.failures.append(number)
                self.keep(number, folder)
                text = err.read_text(errors="replace")[-600:]
                print(f"FAIL {number}: {why}: {' '.join(command[1:])}\n{text}", flush=True)

    def keep(self, number, folder):
        self.opts.keep.mkdir(parents=True, exist_ok=True)
        for name in ("in", "out.parquet"):
            if (folder / name).exists():
                shutil.copy(folder / name, self.opts.keep / f"{number}.{name}")


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--runs", type=int, default=100_000)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--corpus", type=pathlib.Path)
    ap.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    ap.add_argument("--keep", type=pathlib.Path, default=ROOT / "build/mutate-failed")
    ap.add_argument("--slow", type=float, default=1)
    ap.add_argument("--only", type=int, help="one run by its number")
    opts = ap.parse_args()
    opts.build = opts.build.resolve()
    opts.sanitized = any(s in opts.build.name for s in ("asan", "tsan", "torture"))
    opts.env = {k: v for k, v in os.environ.items() if not k.startswith("LOGFLOW_")}
    inputs = read_inputs(opts.corpus)
    runner = Runner(opts, inputs)
    numbers = [opts.only] if opts.only is not None else range(opts.runs)
    # Few at a time: what this process takes counts as the peak of what it starts.
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for at in range(0, len(numbers), 500):
            list(pool.map(runner.one, numbers[at:at + 500]))
            if len(runner.failures) >= 100:
                break
    for (name, rc), n in sorted(runner.ended.items()):
        print(f"  {name} ended {n} times with status {rc}")
    files = sum(map(len, inputs.values()))
    print(f"{len(numbers)} mutations of {files} files, {len(runner.failures)} failed, peak "
          f"{runner.peak // 1024} MiB")
    return 1 if runner.failures else 0


if __name__ == "__main__":
    sys.exit(main())
