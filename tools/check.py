#!/usr/bin/env python3
"""`make check`: every rule that needs no running program, each with its time; exits 1 on any.

Usage: check.py [--build DIR] [NAME...]   (NAME: layers tidy format headers symbols abi docs neon)
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent
SKIP = "skip"
ISA_FLAGS = {"avx2": ["-march=haswell", "-mpclmul"], "avx512": ["-march=icelake-server"]}


def sources(*folders, suffixes=(".c", ".h")):
    return sorted(p for f in folders for p in (ROOT / f).rglob("*") if p.suffix in suffixes)


def run(cmd):
    p = subprocess.run(cmd, cwd=ROOT, capture_output=True, text=True)
    return p.returncode, (p.stdout + p.stderr).strip()


def in_parallel(jobs):
    """Runs commands; returns the output of those that failed."""
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        return [out for rc, out in pool.map(run, jobs) if rc]


def check_layers(_):
    rc, out = run([sys.executable, "tools/check_layers.py"])
    return [out] if rc else []


def check_tidy(_):
    rc, out = run([sys.executable, "tools/tidy.py"])
    return [out] if rc else []


def check_format(_):
    if not shutil.which("clang-format"):
        return SKIP
    files = [str(p.relative_to(ROOT)) for p in sources("include", "src", "tests", "bench", "python")
             if p.exists()]
    half = (len(files) + 1) // 2
    jobs = [["clang-format", "--dry-run", "-Werror", *part]
            for part in (files[:half], files[half:]) if part]
    found = re.findall(r"^(\S+?):\d+:\d+: error", "\n".join(in_parallel(jobs)), flags=re.M)
    return [f"{f}: {found.count(f)} places; run `make format`" for f in sorted(set(found))]


def check_headers(_):
    """Each header compiles alone: public ones as C17 and C++17, the others as C17.

    Exempt is what says "Included by the" in its top comment: a part of a few files.
    """
    common = ["-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers",
              "-D_GNU_SOURCE", "-Iinclude", "-Isrc", "-Itests/unit"]
    cc = shutil.which("gcc") or shutil.which("cc") or shutil.which("clang")
    cxx = shutil.which("g++") or shutil.which("clang++")
    with tempfile.TemporaryDirectory() as tmp:
        jobs = []
        for i, h in enumerate(sources("include", "src", suffixes=(".h",))):
            rel = h.relative_to(ROOT)
            if "Included by the" in h.read_text()[:1500]:
                continue
            public = rel.parts[0] == "include"
            name = f"<{h.relative_to(ROOT / 'include')}>" if public \
                else f'"{h.relative_to(ROOT / "src")}"'
            flags = ISA_FLAGS.get(rel.stem.rsplit("_", 1)[-1], [])
            for lang, tool, std in (("c", cc, "-std=c17"), ("cpp", cxx, "-std=c++17")):
                if lang == "cpp" and not public:
                    continue
                one = pathlib.Path(tmp) / f"{i}.{lang}"
                one.write_text(f"#include {name}\nint lf_alone;\n")
                jobs.append([tool, std, *flags, *common, str(one)])
        return in_parallel(jobs)


def check_symbols(opts):
    """Every global of our libraries starts with lf_; the shared library shows public names only."""
    bad = []
    libs = sorted((opts.build / "src").glob("liblf_*.a"))
    if not libs:
        return SKIP
    for lib in libs:
        _, out = run(["nm", "-g", "--defined-only", str(lib)])
        for line in out.splitlines():
            words = line.split()
            if len(words) == 3 and not words[2].startswith("lf_"):
                bad.append(f"{lib.name}: global {words[2]} does not start with lf_")
    shared = opts.build / "lib/liblogflow.so"
    if shared.exists():
        public = set()
        for h in sources("include", suffixes=(".h",)):
            public |= set(re.findall(r"\b(lf_\w+)\s*\(", h.read_text()))
        _, out = run(["nm", "-D", "--defined-only", str(shared)])
        for line in out.splitlines():
            name = line.split()[-1].split("@")[0]
            if name not in public:
                bad.append(f"liblogflow.so shows {name}, which include/logflow does not declare")
    return bad


def check_abi(_):
    """Functions, structs and enumerators of the public headers are those of docs/abi.txt."""
    rc, out = run([sys.executable, "tools/check_abi.py"])
    return [out] if rc else []


def check_docs(_):
    """Links of the documents lead somewhere; each folder says what it is."""
    rc, out = run([sys.executable, "tools/check_docs.py"])
    return [out] if rc else []


def check_neon(_):
    """The NEON files are compiled for 64-bit ARM; nobody runs them here."""
    files = [p for p in sources("src", suffixes=(".c",)) if p.stem.endswith("_neon")]
    cross = shutil.which("aarch64-linux-gnu-gcc")  # apt: gcc-aarch64-linux-gnu
    if not files or not cross:
        return SKIP
    jobs = [[cross, "-std=gnu17", "-O1", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE",
             "-Wno-missing-field-initializers", "-Iinclude", "-Isrc", "-c", "-o", os.devnull,
             str(p)] for p in files]
    return in_parallel(jobs)


CHECKS = {"layers": check_layers, "tidy": check_tidy, "format": check_format,
          "headers": check_headers, "symbols": check_symbols, "abi": check_abi,
          "docs": check_docs,
          "neon": check_neon}


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    ap.add_argument("names", nargs="*")
    opts = ap.parse_args()
    failed = 0
    for name in opts.names or CHECKS:
        t = time.monotonic()
        bad = CHECKS[name](opts)
        took = time.monotonic() - t
        word = "skip" if bad is SKIP else "FAIL" if bad else "ok"
        if word == "FAIL":
            failed += 1
            print("\n".join(bad))
        print(f"{word:4} {name:8} {took:5.1f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
