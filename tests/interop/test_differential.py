"""Random tables against an oracle in Python: every cell, every bad row, the same bytes each way.

A seed makes one text of rows of known kinds with null words, quotes, late changes and bad rows.
It is converted with several thread counts, instruction sets, from a file, a pipe and compressed.
The types are LogFlow's; that each value is what its text says is checked cell by cell.
"""
import gzip
import random
import shutil
import subprocess
from decimal import Decimal

import lf
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

WORDS = ["NA", "N/A", "null", "NULL", "-", "NaN", "\\N"]
LATE = ["hello", "1.5", "99999999999999999999", "2020-01-01", "2020-01-01 10:00:00",
        "2020-01-01 10:00:00.123456789", "x\"y", "true", "NA", "12345678901234567.25", "7"]
PIECES = ["a", "b ", '"', "\n", ",", "é", "x1", "\r\n", '""', " ", "1", "\0"]


def stamp(r, fraction):
    return "%04d-%02d-%02d %02d:%02d:%02d%s" % (
        r.randint(1970, 2100), r.randint(1, 12), r.randint(1, 28), r.randint(0, 23),
        r.randint(0, 59), r.randint(0, 59), fraction)


KINDS = {
    "int": lambda r: str(r.randint(-10**r.randint(1, 12), 10**r.randint(1, 12))),
    "small": lambda r: str(r.randint(0, 99)),
    "uint": lambda r: str(r.randint(2**63, 2**64 - 1)),
    "double": lambda r: "%.*f" % (r.randint(1, 4), r.uniform(-1e4, 1e4)),
    "cents": lambda r: "%.2f" % r.uniform(0, 1e3),
    "mixed_zeros": lambda r: r.choice(["1.50", "2.5", "3.250", "-0.0", "7"]),
    "exponents": lambda r: "%.3e" % r.uniform(-1e9, 1e9),
    "decimal": lambda r: "%d.%04d" % (r.randint(10**13, 10**15), r.randint(0, 9999)),
    "date": lambda r: stamp(r, "")[:10],
    "stamp": lambda r: stamp(r, ""),
    "stamp_us": lambda r: stamp(r, ".%06d" % r.randint(0, 999999)),
    "bool": lambda r: r.choice(["true", "false"]),
    "Bool": lambda r: r.choice(["TRUE", "FALSE"]),
    "text": lambda r: "".join(r.choice(PIECES) for _ in range(r.randint(0, 12))),
    "few": lambda r: r.choice(["red", "green", "blue", "NA"]),
    "nothing": lambda r: "",
}


def quoted(value, always):
    if always or any(c in value for c in '",\n\r'):
        return '"' + value.replace('"', '""') + '"'
    return value


class Case:
    """One random text: `rows` of (cell, in quotes) and `bad` of (row, line, offset, raw)."""

    def __init__(self, seed, sizes):
        r = self.r = random.Random(seed)
        n, width = r.choice(sizes), r.randint(1, 6)
        self.kinds = [r.choice(list(KINDS)) for _ in range(width)]
        self.words = r.choice([None, None, None, ["?"], ["none", "-"]])
        self.eol = r.choice(["\n", "\n", "\r\n"])
        all_quoted = r.random() < 0.15
        late = [r.choice([-1, r.randrange(n)]) for _ in self.kinds]
        self.rows, self.bad, self.blank = [], [], 0
        self.names = [f"c{i}" for i in range(width)]
        self.data = bytearray((",".join(self.names) + self.eol).encode())
        self.line = 1 + 1
        self.bad_most = n // 150 if width > 1 else 0
        for i in range(n):
            if width > 1 and r.random() < 0.01:
                self.put(b"")
                self.blank += 1
            if len(self.bad) < self.bad_most and r.random() < 0.01:
                self.put_bad()
            self.put_row([self.cell(k, i == at) for k, at in zip(self.kinds, late)], all_quoted)

    def cell(self, kind, late):
        r = self.r
        if late:
            return r.choice(LATE)
        value = KINDS[kind](r)
        p = r.random()
        if p < 0.02 and kind != "text":
            value = r.choice(self.words or WORDS)
        return "" if p > 0.96 else value

    def put(self, raw):
        self.data += raw + self.eol.encode()
        self.line += raw.count(b"\n") + 1

    def put_row(self, cells, all_quoted):
        written = [quoted(c, all_quoted) for c in cells]
        if len(cells) == 1 and written == [""] and self.r.random() < 0.5:
            written = ['""']
        self.put(",".join(written).encode())
        self.rows.append([(c, w.startswith('"')) for c, w in zip(cells, written)])

    def put_bad(self):
        good = ["1" for _ in self.kinds]
        raw = self.r.choice([
            ",".join([*good, "surplus"]).encode(),
            (",".join(good) + ',"with\n""line"').encode(),
            ",".join(good).encode() + b"\xff\xc3",
            b"\xe9" + ",".join(good).encode(),
        ])
        self.bad.append((len(self.rows) + len(self.bad) + 1, self.line, len(self.data), raw))
        self.put(raw)


def close(a, b):
    return a == b or (a != a and b != b)


def is_right(kind, value, was_quoted, words, got):
    """Whether `got` is what a cell of a column of that type must be."""
    default = words is None
    is_word = value in (WORDS if default else words) and not was_quoted
    if pa.types.is_string(kind):
        if (value == "" and not was_quoted) or (is_word and not default):
            return got is None
        return got == value
    if value == "" or is_word:
        return got is None or (value == "NaN" and got != got)
    if got is None:
        return False
    if pa.types.is_integer(kind):
        return int(value) == got
    if pa.types.is_floating(kind):
        return close(float(value), got)
    if pa.types.is_decimal(kind):
        return Decimal(value) == got
    if pa.types.is_boolean(kind):
        return (value.lower() == "true") == got
    return instant(value) == got


def instant(value):
    """Nanoseconds since 1970, as from_table gives them."""
    import calendar
    date, _, clock = value.partition(" ")
    y, m, d = map(int, date.split("-"))
    seconds = calendar.timegm((y, m, d, 0, 0, 0))
    nanos = 0
    if clock:
        clock, _, fraction = clock.partition(".")
        h, mi, s = map(int, clock.split(":"))
        seconds += h * 3600 + mi * 60 + s
        nanos = int(fraction.ljust(9, "0") or 0)
    return seconds * 10**9 + nanos


def from_table(column):
    kind = column.type
    if pa.types.is_date(kind):
        return [None if v is None else v * 86400 * 10**9
                for v in column.cast(pa.int32()).to_pylist()]
    if pa.types.is_timestamp(kind):
        by = 1 if kind.unit == "ns" else 1000
        return [None if v is None else v * by for v in column.cast(pa.int64()).to_pylist()]
    return column.to_pylist()


def check_cells(case, out, rows=None):
    rows = case.rows if rows is None else rows
    table = pq.read_table(out)
    assert table.num_rows == len(rows)
    assert table.column_names == case.names
    for c, column in enumerate(table.columns):
        kind, got = column.type, from_table(column)
        nothing = all(v is None for v in got)
        for i, row in enumerate(rows):
            if nothing and row[c][0] in ["", *WORDS, *(case.words or [])]:
                continue  # a column of nulls and null words alone has nulls
            assert is_right(kind, *row[c], case.words, got[i]), \
                f"column {c} ({case.kinds[c]}, {kind}) row {i + 1}: {row[c]!r} came as {got[i]!r}"


def check_rejects(case, run, out):
    found = lf.rejects(out)
    assert len(found) == len(case.bad)
    for (row, line, at, raw), got in zip(case.bad, found):
        assert (got["row"], got["line"], got["byte_offset"]) == (row, line, at)
        if "raw_base64" in got:
            import base64
            assert base64.b64decode(got["raw_base64"]) == raw
        else:
            assert got["raw"].encode() == raw
    rows = run.report["rows"]
    assert (rows["out"], rows["rejected"]) == (len(case.rows), len(case.bad))


def variants(src, tmp_path):
    """(label, input, extra options, environment); a pipe where the input is None."""
    data = src.read_bytes()
    gz = lf.write(tmp_path / "in.csv.gz", gzip.compress(data, 1))
    yield "1 thread", src, ["--threads", "1"], None
    yield "7 threads", src, ["--threads", "7"], None
    yield "pipe", None, ["--threads", "2"], None
    yield "gzip", gz, ["--threads", "2"], None
    if shutil.which("zstd"):
        zst = tmp_path / "in.csv.zst"
        subprocess.run(["zstd", "-qf", str(src), "-o", str(zst)], check=True)
        yield "zstd", zst, ["--threads", "2"], None
    for isa in ("scalar", "avx2", "avx512"):
        yield isa, src, ["--threads", "2"], {"LF_SIMD": isa}


def run_case(seed, sizes, tmp_path, out, isas):
    case = Case(seed, sizes)
    src = lf.write(tmp_path / "in.csv", bytes(case.data))
    options = ["--force", "-q", "--row-group-size", "64KiB", "--delimiter", ",", "--header", "yes",
               "--from", "csv"]
    for w in case.words or []:
        options += [f"--null={w}"]
    first = None
    for label, path, extra, env in variants(src, tmp_path):
        if env and env["LF_SIMD"] not in isas:
            continue
        out.unlink(missing_ok=True)
        with open(src, "rb") as f:
            run = lf.convert(path or "-", out, *options, *extra, env=env,
                             stdin=None if path else f)
        assert run.report["bytes"]["text"] == len(case.data), label
        if first is None:
            first = out.read_bytes()
            check_cells(case, out)
        assert out.read_bytes() == first, f"{label}: other bytes"
        check_rejects(case, run, out)
    types = pq.read_schema(out)
    lf.convert(src, out, *options, "--infer", "full")
    assert pq.read_schema(out).equals(types), "--infer full has other types"
    check_cells(case, out)
    limit = case.r.randrange(len(case.rows) + 1)
    run = lf.convert(src, out, *options, "--limit", limit, "--max-bad", "100%")
    assert run.report["bytes"]["text"] <= len(case.data)
    check_cells(case, out, case.rows[:limit])


@pytest.fixture(scope="module")
def isas(tmp_path_factory):
    d = tmp_path_factory.mktemp("isa")
    src = lf.write(d / "p.csv", "a\n1\n")
    return [i for i in ("scalar", "avx2", "avx512")
            if lf.logflow("convert", src, "-o", d / f"{i}.parquet", env={"LF_SIMD": i}).rc == 0]


@pytest.mark.parametrize("seed", range(24))
def test_differential(seed, tmp_path, out, isas):
    run_case(seed, [5, 50, 2000, 4000], tmp_path, out, isas)


@pytest.mark.large
@pytest.mark.parametrize("block", range(20))
def test_large_differential(block, tmp_path, out, isas):
    for seed in range(1000 + block * 20, 1020 + block * 20):
        run_case(seed, [5, 50, 2000, 20000, 60000], tmp_path, out, isas)
