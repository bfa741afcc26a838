"""CSV and JSON lines out, read back by Python's csv and json, DuckDB and ourselves."""
import csv
import io
import json
import math

import lf
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

TEXTS = ["plain", "a,b", 'say "hi"', "two\nlines", " blank ", "", "é東", "x;y", "tab\there", "NULL"]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "in.csv"
    with open(path, "w", newline="") as f:
        w = csv.writer(f, quoting=csv.QUOTE_NOTNULL if hasattr(csv, "QUOTE_NOTNULL") else
                       csv.QUOTE_ALL)
        w.writerow(["i", "d", "s", "day", "ok"])
    with open(path, "a") as f:
        for k in range(5000):
            s = TEXTS[k % len(TEXTS)]
            quoted = '"' + s.replace('"', '""') + '"'
            f.write(f"{k},{k / 8},{quoted if k % 7 else ''},2026-01-{k % 28 + 1:02d},"
                    f"{'true' if k % 2 else 'false'}\n")
    return path


def rows_of(parquet):
    return pq.read_table(parquet).to_pylist()


@pytest.mark.parametrize("args", [[], ["--out-quote", "all"], ["--out-delimiter", "tab"],
                                  ["--out-line-end", "crlf"], ["--out-null", "NULL"]])
def test_csv_comes_back(table, tmp_path, out, args):
    expected = rows_of(lf.convert(table, out) and out)
    text = tmp_path / "o.csv"
    lf.convert(table, text, *args)
    delimiter = "\t" if "tab" in args else ","
    word = "NULL" if "NULL" in args else ""
    with open(text, newline="") as f:
        got = list(csv.reader(f, delimiter=delimiter))
    assert got[0] == list(expected[0])
    assert [r[2] for r in got[1:]] == [word if r["s"] is None else r["s"] for r in expected]
    assert [float(r[1]) for r in got[1:]] == [r["d"] for r in expected]
    raw = text.read_bytes()
    assert (b"\r\n" in raw) == ("crlf" in args)
    again = tmp_path / "again.parquet"
    back = ["--null", "NULL"] if word else []
    lf.convert(text, again, "--schema", schema(table, tmp_path), *back)
    assert rows_of(again) == expected


def schema(table, tmp_path):
    path = tmp_path / "schema.json"
    path.write_bytes(lf.logflow("inspect", table, "--schema").out)
    return path


def test_jsonl_comes_back(table, tmp_path, out):
    expected = rows_of(lf.convert(table, out) and out)
    text = tmp_path / "o.jsonl"
    lf.convert(table, text)
    got = [json.loads(line) for line in text.read_text().splitlines()]
    assert [list(r) for r in got[:1]] == [list(expected[0])]
    for g, e in zip(got, expected, strict=True):
        assert g == {**e, "day": str(e["day"])}


def test_numbers_keep_their_digits(tmp_path):
    src = lf.write(tmp_path / "n.csv", "a,b,c,d\n"
                   "12345678901234567890123456.25,18446744073709551615,0.1,1e300\n"
                   "1.5,1,1e-7,NaN\n")
    text = tmp_path / "n.jsonl"
    lf.convert(src, text)
    lines = text.read_text().splitlines()
    assert '"a":12345678901234567890123456.25' in lines[0]
    assert '"b":18446744073709551615' in lines[0]
    assert json.loads(lines[0])["c"] == 0.1 and json.loads(lines[1])["c"] == 1e-7
    assert json.loads(lines[1])["d"] == "NaN"
    lf.convert(src, tmp_path / "n2.csv")
    row = list(csv.reader(io.StringIO((tmp_path / "n2.csv").read_text())))[2]
    assert math.isnan(float(row[3])) and row[0] == "1.50"


def test_nested_from_parquet(tmp_path):
    t = pa.table({"l": [[1, 2], None, []], "s": [{"x": 1, "y": "a"}, {"x": None, "y": "b"}, None],
                  "m": pa.array([[("k", 1)], [], None], pa.map_(pa.string(), pa.int64()))})
    pq.write_table(t, tmp_path / "n.parquet")
    lf.convert(tmp_path / "n.parquet", tmp_path / "n.jsonl")
    got = [json.loads(line) for line in (tmp_path / "n.jsonl").read_text().splitlines()]
    assert [r["l"] for r in got] == [[1, 2], None, []]
    assert [r["s"] for r in got] == [{"x": 1, "y": "a"}, {"x": None, "y": "b"}, None]
    assert [r["m"] for r in got] == [{"k": 1}, {}, None]
    lf.convert(tmp_path / "n.parquet", tmp_path / "n.csv")
    with open(tmp_path / "n.csv", newline="") as f:
        assert [json.loads(r["l"]) if r["l"] else None for r in csv.DictReader(f)] == \
            [[1, 2], None, []]


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_same_bytes_and_little_memory(data, tmp_path, suffix):
    src, seen = data.lineitem(0.1), set()
    for threads in (1, 2, 7):
        out = tmp_path / f"{threads}.{suffix}"
        run = lf.convert(src, out, "--threads", threads)
        seen.add(out.read_bytes())
        if not lf.SANITIZED:
            assert run.peak_rss < 100 * 2**20
    assert len(seen) == 1
    if suffix == "csv":
        import duckdb
        left, right = (f"read_csv('{p}')" for p in (src, tmp_path / "1.csv"))
        assert duckdb.sql(f"select count(*) from (from {left} except all from {right})") \
            .fetchall() == [(0,)]


def test_a_late_change_from_a_pipe(tmp_path):
    text = "n\n" + "".join(f"{i}\n" for i in range(300_000)) + "N/A-7\n"
    out = tmp_path / "o.jsonl"
    lf.convert("-", out, stdin=text.encode())
    lines = out.read_text().splitlines()
    assert lines[0] == '{"n":"0"}' and lines[-1] == '{"n":"N/A-7"}' and len(lines) == 300_001


@pytest.mark.parametrize("args", [["--out-delimiter", "ab"], ["--out-delimiter", '"'],
                                  ["--out-null", 'a"b'], ["--to", "cvs"]])
def test_refused(table, tmp_path, args):
    run = lf.logflow("convert", table, "-o", tmp_path / "o.csv", *args)
    assert run.rc == lf.USAGE and not (tmp_path / "o.csv").exists()
