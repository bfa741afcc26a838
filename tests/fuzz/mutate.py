#!/usr/bin/env python3
"""mutate.py [--runs N] [--seed S] [--corpus DIR] [--build DIR]: runs the program on mutated files.

Each run takes a file of the corpus (CSV, Parquet; plain or packed by us), damages it in one to six
ways, and hands it to `logflow convert` or `logflow inspect` with random options. It must end within
10 seconds with one of our exit statuses, never by a signal or an internal error, within the memory
limit and 64 MiB, and leave either a whole output or none. What fails is kept in --keep.

Without --corpus the small files of our own (tests/fuzz/seeds, tests/golden, examples) are mutated.
The last line counts; the exit status is 1 if anything failed.
"""
import argparse
import gzip
import os
import pathlib
import random
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


def read_inputs(corpus):
    if corpus:
        folders = [corpus / "csv", corpus / "parquet"]
        files = [p for f in folders for p in f.rglob("*") if p.is_file()]
        inputs = [p.read_bytes() for p in sorted(files) if p.stat().st_size <= 200_000]
    else:
        seeds = ROOT / "tests/fuzz/seeds"
        inputs = [p.read_bytes()[8:] for t in ("csv", "late", "pq_file")
                  for p in sorted((seeds / t).glob("*"))]
        inputs += [p.read_bytes() for p in sorted((ROOT / "tests/golden").rglob("input.*"))]
        inputs += [p.read_bytes() for p in sorted((ROOT / "examples").glob("*.[ct]sv"))]
    return inputs


def spot(rng, data):
    return rng.randrange(len(data) + 1)


def piece(rng, data):
    a = spot(rng, data)
    return a, min(len(data), a + rng.choice([1, 2, 8, 64, 1000]))


def mutate(rng, data, inputs):
    data = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        how = rng.randrange(9)
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
            other = rng.choice(inputs)
            a, b = piece(rng, other)
            at = spot(rng, data)
            data[at:at] = other[a:b]
        elif how == 7:
            a, b = piece(rng, data)
            data[a:b] = rng.choice(TOKENS) * max(1, (b - a) // 2)
        else:
            a, b = piece(rng, data)
            data[a:b] = bytes(reversed(data[a:b]))
        del data[2_000_000:]
    if rng.random() < 0.05:
        data = bytearray(gzip.compress(bytes(data), 1))
        if rng.random() < 0.5 and data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def options(rng, out):
    if rng.random() < 0.3:
        args = ["inspect"]
        return args + rng.choice([[], ["--rows", "5"], ["--json"], ["--schema"],
                                  ["--rows", "3", "--json"]])
    args = ["convert", "-o", out, "--quiet", "--memory-limit", f"{LIMIT_MIB}MiB"]
    args += ["--threads", rng.choice("12")]
    choices = [["--on-error", "permissive"], ["--on-error", "strict"], ["--max-bad", "100%"],
               ["--all-strings"], ["--decimal"], ["--header", rng.choice(["yes", "no"])],
               ["--delimiter", rng.choice([",", ";", "|", "tab"])], ["--infer", "full"],
               ["--compression", rng.choice(["none", "zstd", "gzip", "lz4", "brotli"])],
               ["--encodings", rng.choice(["plain", "modern"])], ["--row-group-size", "64KiB"],
               ["--simd", "scalar"], ["--null", "NA"], ["--limit", "3"], ["--explain"]]
    for choice in choices:
        if rng.random() < 0.12:
            args += choice
    return args


class Runner:
    def __init__(self, opts, inputs):
        self.opts, self.inputs = opts, inputs
        self.local = threading.local()
        self.failures, self.peak, self.lock = [], 0, threading.Lock()
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

    def one(self, number):
        rng = random.Random(f"{self.opts.seed}/{number}")
        folder = self.folder()
        src, out, err = folder / "in", folder / "out.parquet", folder / "err"
        data = mutate(rng, rng.choice(self.inputs), self.inputs)
        src.write_bytes(data)
        args = options(rng, str(out))
        command = [str(self.opts.build / "logflow"), *args, str(src)]
        rc, rss, hung = self.run(command, err)
        left = sorted(p.name for p in folder.iterdir())
        for p in (out, folder / "out.parquet.rejects.jsonl"):
            p.unlink(missing_ok=True)
        want = {"in", "err"} | ({"out.parquet"} if rc == 0 and args[0] == "convert" else set())
        why = None
        if hung:
            why = f"hung for {HANG_S} s"
        elif rc not in STATUSES:
            why = f"status {rc}"
        elif rss > self.limit and not self.opts.sanitized:
            why = f"{rss // 1024} MiB of memory"
        elif set(left) - {"out.parquet.rejects.jsonl"} != want:
            why = f"left {left} with status {rc}"
        with self.lock:
            self.peak = max(self.peak, rss)
            if why and len(self.failures) < 100:
                self.failures.append(number)
                self.opts.keep.mkdir(parents=True, exist_ok=True)
                (self.opts.keep / f"{number}").write_bytes(data)
                text = err.read_text(errors="replace")[-600:]
                print(f"FAIL {number}: {why}: {' '.join(args)}\n{text}", flush=True)


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
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for _ in pool.map(runner.one, numbers):
            if len(runner.failures) >= 100:
                break
    print(f"{len(numbers)} mutations of {len(inputs)} files, {len(runner.failures)} failed, peak "
          f"{runner.peak // 1024} MiB")
    return 1 if runner.failures else 0


if __name__ == "__main__":
    sys.exit(main())
