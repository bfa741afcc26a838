"""Runs logflow and reads what it wrote; shared by the end-to-end tests and benchmarks.

LF_BUILD names the build folder to test (default build); LF_SLOW widens time limits, for
sanitizer builds.
"""
import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("LF_BUILD", ROOT / "build"))
LOGFLOW = BUILD / "logflow"
MEASURE = BUILD / "tests/measure"
SLOW = float(os.environ.get("LF_SLOW", "1"))
SANITIZED = any(s in BUILD.name for s in ("asan", "tsan", "torture"))

# Exit statuses.
DONE, BAD_DATA, USAGE, IO, LIMIT, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130


def heed_signals():
    """In a child: a shell's background job ignores SIGINT, and hands that on."""
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, signal.SIG_DFL)


def prompt(seconds):
    """The limit for what takes `seconds` at most on a machine that does nothing else."""
    with open("/proc/loadavg") as f:
        words = f.read().split()
    busy = max(float(words[0]), int(words[3].split("/")[0])) / (os.cpu_count() or 1)
    return seconds * SLOW * (4 * busy if busy > 1 else 1)


@dataclasses.dataclass
class Run:
    rc: int
    out: bytes
    err: str
    wall_s: float = 0
    user_s: float = 0
    system_s: float = 0
    peak_rss: int = 0

    @property
    def cpu_s(self):
        return self.user_s + self.system_s


def environment(extra=None):
    env = {k: v for k, v in os.environ.items()
           if not k.startswith("LOGFLOW_") and k != "LF_SIMD"}
    env.update(extra or {})
    return env


def measured(cmd, stdin=None, env=None, cwd=None, timeout=600, preexec=None):
    """Runs a command in a small process of its own; peak memory is then the command's."""
    with tempfile.NamedTemporaryFile("r") as facts:
        p = subprocess.run([MEASURE, facts.name, *map(str, cmd)], env=environment(env), cwd=cwd,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           timeout=timeout * SLOW, preexec_fn=preexec,
                           **({"input": stdin} if isinstance(stdin, (bytes, type(None)))
                              else {"stdin": stdin}))
        words = facts.read().split()
    err = p.stderr.decode(errors="replace")
    if len(words) != 5:
        return Run(p.returncode, p.stdout, err)
    rc, wall, user, system, rss = words
    return Run(int(rc), p.stdout, err, float(wall), float(user), float(system), int(rss))


def logflow(*args, **kw):
    return measured([LOGFLOW, *args], **kw)


def convert(src, out, *args, rc=DONE, **kw):
    """Converts and checks the exit status; the report is at hand as .report."""
    with tempfile.TemporaryDirectory() as tmp:
        facts = pathlib.Path(tmp) / "report.json"
        extra = [] if "--report" in args else ["--report", facts]
        run = logflow("convert", src, "-o", out, *extra, *args, **kw)
        assert run.rc == rc, f"exit {run.rc}, expected {rc}\n{run.err}"
        run.report = json.loads(facts.read_text()) if facts.exists() else None
    if run.report:
        rows = run.report["rows"]
        assert rows["in"] == rows["out"] + rows["rejected"] + rows["filtered"], rows
    return run


def write(path, data):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def rejects(out):
    path = pathlib.Path(str(out) + ".rejects.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def files_in(folder):
    return sorted(p.name for p in pathlib.Path(folder).iterdir())
