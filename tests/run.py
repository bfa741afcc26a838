#!/usr/bin/env python3
"""Runs all tests and counts them: the last line is "N passed, N failed[, N skipped]".

  run.py            unit, conformance and fault programs, goldens, end-to-end tests
  run.py --all      also under sanitizers, with clang, with Spark, with gigabytes
  run.py --only unit|golden|e2e   one part; further arguments go to pytest
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent
E2E = ["tests/interop", "tests/fault", "tests/fuzz", "tests/regression", "tests/api"]


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, passed, failed, skipped=0):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped

    def __str__(self):
        text = f"{self.passed} passed, {self.failed} failed"
        return text + (f", {self.skipped} skipped" if self.skipped else "")


def say(text):
    print(text, flush=True)


def environment(build, slow):
    env = dict(os.environ, LF_BUILD=str(build), LF_SLOW=str(slow))
    env["ASAN_OPTIONS"] = "detect_leaks=1:abort_on_error=0:allocator_may_return_null=1"
    env["UBSAN_OPTIONS"] = "print_stacktrace=1"
    env["TSAN_OPTIONS"] = "halt_on_error=1"
    return env


def run_programs(build, slow, total):
    """The C programs under build/tests/FOLDER/: each prints 'ok NAME' or 'FAIL NAME' a test."""
    programs = sorted(p for p in (build / "tests").glob("*/*_test") if os.access(p, os.X_OK))

    def one(p):
        try:
            r = subprocess.run([p], cwd=ROOT, env=environment(build, slow), text=True,
                               errors="replace", stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, timeout=300 * slow)
            return p, r.returncode, r.stdout
        except subprocess.TimeoutExpired as e:
            return p, -1, (e.stdout or b"").decode(errors="replace") + "\ntimed out\n"

    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for p, rc, text in pool.map(one, programs):
            passed = len(re.findall(r"^ok ", text, flags=re.M))
            failed = len(re.findall(r"^FAIL ", text, flags=re.M))
            skipped = len(re.findall(r"^skip ", text, flags=re.M))
            if rc != 0 and not failed:
                failed = 1
                text += f"FAIL {p.name}: exit status {rc}\n"
            elif rc == 0 and not passed and not skipped:
                passed = 1  # a program that only says how it ended
            total.add(passed, failed, skipped)
            name = p.relative_to(build / "tests")
            if failed:
                say(text.rstrip())
                say(f"FAIL {name}: {passed} passed, {failed} failed")
    say(f"     {len(programs)} test programs: {total}")


def run_pytest(paths, build, slow, extra, total):
    paths = [p for p in paths if (ROOT / p).exists()]
    if not paths:
        return
    with tempfile.TemporaryDirectory() as tmp:
        xml = pathlib.Path(tmp) / "result.xml"
        rc = subprocess.run([sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=short",
                             "-rfE", "-p", "no:cacheprovider", f"--junit-xml={xml}",
                             "-c", "tests/pytest.ini", "--rootdir", "tests", *extra, *paths],
                            cwd=ROOT, env=environment(build, slow)).returncode
        if not xml.exists():
            say(f"FAIL pytest ended with status {rc} and no result")
            total.add(0, 1)
            return
        suite = ET.parse(xml).getroot().find("testsuite")
    n, bad = int(suite.get("tests")), int(suite.get("failures")) + int(suite.get("errors"))
    skipped = int(suite.get("skipped"))
    total.add(n - bad - skipped, bad, skipped)
    if rc not in (0, 1, 5):
        total.add(0, 1)
    for case in suite.iter("testcase"):
        s = case.find("skipped")
        if s is not None and "large:" not in (s.get("message") or ""):
            say(f"skip {case.get('name')}: {s.get('message')}")


def run_golden(build, total):
    r = subprocess.run([sys.executable, "tests/golden/run.py"], cwd=ROOT, text=True,
                       env=environment(build, 1), stdout=subprocess.PIPE)
    passed = len(re.findall(r"^ok ", r.stdout, flags=re.M))
    failed = len(re.findall(r"^FAIL ", r.stdout, flags=re.M))
    if r.returncode and not failed:
        failed = 1
    total.add(passed, failed)
    if failed:
        say(r.stdout.rstrip())
    say(f"     {passed + failed} golden cases")


def build_preset(preset, total):
    say(f"---- building {preset}")
    if subprocess.run(["tools/build.sh", preset], cwd=ROOT).returncode:
        say(f"FAIL build {preset}")
        total.add(0, 1)
        return False
    total.add(1, 0)
    return True


def run_all(extra, total):
    """What `make test` leaves out."""
    subset = ["-k", "not memory and not start and not install"]
    for preset, slow in (("clang", 1), ("debug", 3), ("asan", 10), ("tsan", 20)):
        if build_preset(preset, total):
            build = ROOT / "build" / preset
            run_programs(build, slow, total)
            if preset in ("asan", "tsan"):
                paths = ["tests/interop", "tests/fault", "tests/api/test_plugins.py"]
                run_pytest(paths, build, slow, subset + extra, total)
    if build_preset("torture", total):  # smallest buffers, under sanitizers; see core/limits.h
        run_programs(ROOT / "build/torture", 20, total)
        run_golden(ROOT / "build/torture", total)
    say("---- Spark")
    run_pytest(["tests/spark"], ROOT / "build", 1, extra, total)
    say("---- large")
    run_pytest(E2E, ROOT / "build", 1, ["--large", "-m", "large", *extra], total)


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--all", action="store_true")
    ap.add_argument("--only", choices=["unit", "golden", "e2e"])
    ap.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    ap.add_argument("--slow", type=float, default=1)
    opts, extra = ap.parse_known_args()
    build, total, start = opts.build.resolve(), Count(), time.monotonic()
    parts = [opts.only] if opts.only else ["unit", "golden", "e2e"]
    if "unit" in parts:
        run_programs(build, opts.slow, total)
    if "golden" in parts and (ROOT / "tests/golden/run.py").exists():
        run_golden(build, total)
    if "e2e" in parts:
        run_pytest(E2E, build, opts.slow, extra, total)
    if opts.all:
        run_all(extra, total)
    say(f"     in {time.monotonic() - start:.0f} s")
    say(str(total))
    (ROOT / "build/test-result.txt").write_text(f"{total}\n")
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
