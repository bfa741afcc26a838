"""A type that changes late: no row lost, earlier values as they were written, within the limit."""
import datetime as dt
import subprocess
import sys

import lf
import pyarrow.parquet as pq
import pytest
import readers

MIB = 1024 * 1024
# name: (early cell of row i, late cell, type at the end, value of an early cell)
CHANGES = {
    "int_to_text": (lambda i: str(i), "N/A-7", "string", lambda i: str(i)),
    "int_to_double": (lambda i: str(i), "0.5", "double", lambda i: float(i)),
    "double_to_text": (lambda i: f"{i}.50", "none", "string", lambda i: f"{i}.50"),
    "double_exponents_to_text": (lambda i: f"{i % 10}.0", "x", "string", lambda i: f"{i % 10}.0"),
    "bool_to_text": (lambda i: "TRUE" if i % 2 else "FALSE", "maybe", "string",
                     lambda i: "TRUE" if i % 2 else "FALSE"),
    "date_to_timestamp": (lambda i: f"2026-01-{1 + i % 28:02d}", "2026-02-01 10:00:00",
                          "timestamp[us]", lambda i: dt.datetime(2026, 1, 1 + i % 28)),
    "date_to_text": (lambda i: f"2026-01-{1 + i % 28:02d}", "soon", "string",
                     lambda i: f"2026-01-{1 + i % 28:02d}"),
    "us_to_ns": (lambda i: f"2026-01-01 00:00:{i % 60:02d}", "2026-01-01 00:00:00.123456789",
                 "timestamp[ns]", lambda i: ("ns", (1767225600 + i % 60) * 10**9)),
    "timestamp_to_text": (lambda i: f"2026-01-01 00:00:{i % 60:02d}.50", "never", "string",
                          lambda i: f"2026-01-01 00:00:{i % 60:02d}.50"),
    "named_date_to_text": (lambda i: f"{1 + i % 28} {MONTHS[i % 12]} 2026", "soon", "string",
                           lambda i: f"{1 + i % 28} {MONTHS[i % 12]} 2026"),
    "named_date_to_timestamp": (lambda i: f"{1 + i % 28:02d}-Mar-2026", "09-Mar-2026 10:05 PM",
                                "timestamp[us]", lambda i: dt.datetime(2026, 3, 1 + i % 28)),
    "log_times_to_text": (
        lambda i: f"{1 + i % 28:02d}/Mar/2026:10:{i % 60:02d}:00 +0200", "-.-", "string",
        lambda i: f"{1 + i % 28:02d}/Mar/2026:10:{i % 60:02d}:00 +0200"),
    "half_days_to_text": (lambda i: f"{1 + i % 12}:{i % 60:02d} {'AP'[i % 2]}M", "noon", "string",
                          lambda i: f"{1 + i % 12}:{i % 60:02d} {'AP'[i % 2]}M"),
    "basic_to_text": (lambda i: f"202603{1 + i % 28:02d}T10{i % 60:02d}00Z", "x", "string",
                      lambda i: f"202603{1 + i % 28:02d}T10{i % 60:02d}00Z"),
    "words_to_text": (lambda i: "Yes" if i % 3 else "No", "perhaps", "string",
                      lambda i: "Yes" if i % 3 else "No"),
    "null_to_int": (lambda i: "", "7", "int64", lambda i: None),
    "null_to_text": (lambda i: "", "x", "string", lambda i: None),
    "words_of_null_to_text": (lambda i: "NA" if i % 3 == 0 else str(i), "x", "string",
                              lambda i: "NA" if i % 3 == 0 else str(i)),
}
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December"]
ROWS, LATE = 150000, 140123  # well behind the head of 1 MiB that types are first judged by


def text(early, late):
    return "n,v,w\n" + "".join(f"{i},{late if i == LATE else early(i)},w{i % 11}\n"
                               for i in range(ROWS))


# Early cells under options, the options, the late cell: all become text again as they stood.
DRESSED = {
    "thousands": (lambda i: f"\"{i:,}\"", ["--thousands", "comma"], lambda i: f"{i:,}"),
    "money": (lambda i: f"\"${i:,}.50\"", ["--thousands", ",", "--currency"],
              lambda i: f"${i:,}.50"),
    "percent": (lambda i: f"{i % 300 / 2:.1f}%", ["--percent"], lambda i: f"{i % 300 / 2:.1f}%"),
    "comma": (lambda i: f"\"{i},25\"", ["--decimal-comma"], lambda i: f"{i},25"),
    "locale": (lambda i: f"{1 + i % 28}. März 2026", ["--locale", "de"],
               lambda i: f"{1 + i % 28}. März 2026"),
}


@pytest.mark.parametrize("name", DRESSED)
def test_dressed_values_come_back(name, tmp_path, out):
    early, options, want = DRESSED[name]
    src = lf.write(tmp_path / "in.csv", text(early, "what"))
    lf.convert(src, out, "--row-group-size", "128KiB", *options)
    full = str(tmp_path / "full.parquet")
    lf.convert(src, full, "--row-group-size", "128KiB", "--infer", "full", *options)
    got = readers.pyarrow(out)["v"]
    assert got == ["what" if i == LATE else want(i) for i in range(ROWS)]
    assert readers.pyarrow(full)["v"] == got


WORDED = {"named_date_to_timestamp", "log_times_to_text", "half_days_to_text", "basic_to_text",
          "words_to_text"}  # as files alone: what differs is how cells are read


@pytest.mark.parametrize("how,name", [(how, name) for name in CHANGES for how in ("file", "pipe")
                                      if how == "file" or name not in WORDED])
def test_change(name, how, tmp_path, out):
    early, late, kind, value = CHANGES[name]
    src = lf.write(tmp_path / "in.csv", text(early, late))
    options = ["--row-group-size", "128KiB", "--threads", "2"]
    if how == "file":
        run = lf.convert(src, out, *options)
    else:
        with open(src, "rb") as f:
            run = lf.convert("-", out, *options, stdin=f)
    assert run.report["rows"]["out"] == ROWS and run.report["rows"]["rejected"] == 0
    assert readers.types(out)["v"] == kind
    got = readers.pyarrow(out)
    assert got["n"] == list(range(ROWS))
    want = [value(i) for i in range(ROWS)]
    want[LATE] = got["v"][LATE]
    if kind == "string":
        assert got["v"][LATE] == late
    lines = readers.differences({"v": got["v"]}, {"v": want})
    assert not lines, "\n".join(lines)
    if name.startswith("null_to"):
        return  # a column without a value yet has changed nothing that was handed out
    assert run.report["late_changes"] == 1
    assert any("v" in w for w in run.report["warnings"]) or "late" in run.err.lower()


# Dates that read both ways, from row `first` on; then what row and all behind it hold; the type.
UNDECIDED = {
    "day_behind_the_head": (0, {LATE: "26/06/2026"}, "date32[day]"),
    "month_behind_nulls": (60000, {LATE: "06/26/2026"}, "date32[day]"),
    "word_between": (60000, {80000: "hello", 80001: "", LATE: "26/06/2026"}, "string"),
    "word_before_the_day": (0, {80000: "hello", 80001: "26/06/2026"}, "string"),
    "both_orders": (60000, {80000: "06/26/2026", 80001: "", LATE: "26/06/2026"}, "string"),
    "time_of_day": (60000, {80000: "26/06/2026 10:00", 80001: ""}, "timestamp[us]"),
    "null_words": (0, {80000: "NA", LATE: "26/06/2026"}, "date32[day]"),
    "never": (60000, {}, "string"),
}


def undecided_cells(first, changes):
    cells = [""] * first + [f"{i % 12 + 1:02d}/{i * 7 % 12 + 1:02d}/2026"
                            for i in range(first, ROWS)]
    for row in sorted(changes):
        cells[row:] = [changes[row]] * (ROWS - row) if changes[row] != "hello" else \
            ["hello"] * 10 + [""] * (ROWS - row - 10)
    return cells


@pytest.mark.parametrize("name", UNDECIDED)
def test_day_or_month_is_decided_by_the_whole_column(name, tmp_path):
    """Wherever the value stands that tells, and whoever reads it first."""
    first, changes, kind = UNDECIDED[name]
    cells = undecided_cells(first, changes)
    src = lf.write(tmp_path / "in.csv",
                   "n,v\n" + "".join(f"{i},{c}\n" for i, c in enumerate(cells)))
    files = []
    for threads in ("1", "3"):
        for size in ("512KiB", "64MiB"):
            files.append(tmp_path / f"{threads}.{size}.parquet")
            run = lf.convert(src, files[-1], "--row-group-size", size, "--threads", threads)
            assert run.report["rows"]["out"] == ROWS and run.report["rows"]["rejected"] == 0
            told = [w for w in run.report["warnings"] if "month first" in w]
            assert len(told) == (name == "never"), run.report["warnings"]
    with open(src, "rb") as f:
        files.append(tmp_path / "pipe.64MiB.parquet")
        lf.convert("-", files[-1], stdin=f)
    assert {str(readers.types(f)["v"]) for f in files} == {kind}
    for size in ("512KiB", "64MiB"):
        same = {f.read_bytes() for f in files if f.name.endswith(size + ".parquet")}
        assert len(same) == 1, size
    got = readers.pyarrow(files[0])["v"]
    if kind == "string":
        assert got == [c or None for c in cells]
        return
    order = "%d/%m/%Y" if "26/06" in "".join(changes.values()) else "%m/%d/%Y"
    for i in range(0, ROWS, 997):
        want = None if cells[i] in ("", "NA") else dt.datetime.strptime(cells[i][:10], order)
        assert str(got[i])[:10] == str(want)[:10], (i, cells[i])


def test_undecided_dates_of_json_are_text_on_any_number_of_threads(tmp_path):
    """A group of undecided dates and a word, and one that would decide them, read at once."""
    cells = undecided_cells(60000, UNDECIDED["word_between"][1])
    src = lf.write(tmp_path / "in.jsonl", "".join(
        '{"n":%d,"v":%s}\n' % (i, f'"{c}"' if c else "null") for i, c in enumerate(cells)))
    files = [tmp_path / f"{threads}.parquet" for threads in ("1", "3")]
    for f in files:
        lf.convert(src, f, "--row-group-size", "128KiB", "--threads", f.stem)
    assert readers.pyarrow(files[0])["v"] == [c or None for c in cells]
    assert len({f.read_bytes() for f in files}) == 1


def test_the_head_may_say_the_same_bytes_as_full(tmp_path):
    """auto and full agree on types and content, whatever the layout."""
    early, late, kind, _ = CHANGES["int_to_text"]
    src = lf.write(tmp_path / "in.csv", text(early, late))
    a, b = tmp_path / "a.parquet", tmp_path / "b.parquet"
    lf.convert(src, a)
    lf.convert(src, b, "--infer", "full")
    assert readers.types(a) == readers.types(b)
    assert readers.pyarrow(a) == readers.pyarrow(b)


WRITER = """
import sys
rows, late = int(sys.argv[1]), int(sys.argv[2])
out = sys.stdout.buffer
out.write(b'n,v,name\\n')
block = 20000
for first in range(0, rows, block):
    lines = [b'%d,%d,name %d\\n' % (i, i * 7, i % 1000) for i in range(first, first + block)]
    if first <= late < first + block:
        lines[late - first] = b'%d,N/A-7,name %d\\n' % (late, late % 1000)
    out.write(b''.join(lines))
"""


def check_large(path, rows, late):
    """Reads a group at a time: n counts up, v is the text of 7 n but for the late row."""
    f = pq.ParquetFile(path)
    assert str(f.schema_arrow.field("v").type) == "string"
    first = 0
    for batch in f.iter_batches(65536, columns=["n", "v"]):
        n, v = batch.column(0).to_pylist(), batch.column(1).to_pylist()
        want = [str(i * 7) for i in range(first, first + len(n))]
        if first <= late < first + len(n):
            want[late - first] = "N/A-7"
        assert n == list(range(first, first + len(n))) and v == want, first
        first += len(n)
    assert first == rows


def late_file(path, rows, late):
    with open(path, "wb") as f:
        subprocess.run([sys.executable, "-c", WRITER, str(rows), str(late)], stdout=f, check=True)


@pytest.mark.parametrize("how", ["file", "pipe"])
def test_memory_limit_of_40_mib_holds(how, tmp_path, out):
    rows, late = 2_000_000, 1_990_123
    src = tmp_path / "in.csv"
    late_file(src, rows, late)
    if how == "file":
        run = lf.convert(src, out, "--memory-limit", "40MiB", "--threads", "2")
    else:
        with open(src, "rb") as f:
            run = lf.convert("-", out, "--memory-limit", "40MiB", "--threads", "2", stdin=f)
    if not lf.SANITIZED:
        assert run.peak_rss <= 40 * MIB, f"{run.peak_rss / MIB:.1f} MiB"
    check_large(out, rows, late)
    assert lf.files_in(tmp_path) == ["in.csv", "out.parquet"]


@pytest.mark.large
@pytest.mark.parametrize("how,gigabytes", [("file", 2), ("pipe", 2), ("file", 10)])
def test_large_memory_limit_holds(how, gigabytes, tmp_path, out):
    rows = gigabytes * 36_000_000
    late = rows - 1234
    args = [out, "--memory-limit", "40MiB", "--threads", "2"]
    if how == "file":
        src = tmp_path / "in.csv"
        late_file(src, rows, late)
        run = lf.convert(src, *args, timeout=1800)
    else:
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(rows), str(late)],
                                  stdout=subprocess.PIPE)
        run = lf.convert("-", *args, stdin=writer.stdout, timeout=1800)
        writer.stdout.close()
        assert writer.wait() == 0
    assert run.peak_rss <= 40 * MIB, f"{run.peak_rss / MIB:.1f} MiB"
    check_large(out, rows, late)
