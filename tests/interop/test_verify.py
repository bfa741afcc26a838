"""`logflow verify`: equal files are equal, every mutation is found at its place, and files of
other writers are proven from the same CSV."""
import datetime as dt
import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support import lf

ROWS = 3000


def text_of(n=ROWS, seed=3):
    r = random.Random(seed)
    words = ["alpha", "be,ta", 'ga"mma', "line\nbreak", "", "NA", "délta", " x "]
    lines = ["id,name,price,day,seen,ok,amount"]
    for i in range(n):
        w = words[r.randrange(len(words))]
        q = '"' + w.replace('"', '""') + '"' if w and (set(w) & set(',"\n')) else w
        lines.append(f"{i},{q},{r.randrange(10**6) / 100:.2f}"
                     f",2026-{1 + i % 12:02d}-{1 + i % 28:02d}"
                     f",2026-01-01 {i % 24:02d}:{i % 60:02d}:{i % 59:02d}"
                     f",{'true' if r.random() < .5 else 'false'},"
                     + ("" if i % 11 == 0 else f"{r.randrange(10**17)}.{r.randrange(1000):03d}"))
    return "\n".join(lines) + "\n"


def verify(src, out, *args, rc=None):
    run = lf.logflow("verify", src, out, "--json", *args)
    if rc is not None:
        assert run.rc == rc, f"exit {run.rc}\n{run.out.decode()}{run.err}"
    return json.loads(run.out)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verify")
    src, out = folder / "t.csv", folder / "t.parquet"
    lf.write(src, text_of())
    lf.convert(src, out, "--row-group-size", "64KiB")
    return src, out


def rewrite(out, to, change):
    table = pq.read_table(out)
    meta = table.schema.metadata
    rows = table.to_pylist()
    rows = change(rows) or rows
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema.with_metadata(meta)), to,
                   row_group_size=700)
    return to


def test_equal(pair):
    r = verify(*pair, rc=0)
    assert r["equal"] and r["rows"]["in"] == r["rows"]["out"] == ROWS
    assert r["cells"] == ROWS * 7 and r["columns"] == 7
    assert r["checksum"]["in"] == r["checksum"]["out"]
    assert r["checksum"]["any_order_in"] == r["checksum"]["any_order_out"]


def line_of(text, row):
    """Line and byte offset of a data row, from 1; quoted line breaks count."""
    at, in_quote, rows, line = 0, False, -1, 1
    starts = [(1, 0)]
    for i, c in enumerate(text.encode()):
        if c == 0x22:
            in_quote = not in_quote
        if c == 0x0A:
            line += 1
            if not in_quote:
                starts.append((line, i + 1))
    return starts[row]


CELLS = {"id": 7777777, "name": "other", "price": 0.125, "day": dt.date(1999, 1, 1),
         "seen": dt.datetime(1999, 1, 1, 2, 3, 4), "ok": None, "amount": None}


@pytest.mark.parametrize("column", CELLS)
@pytest.mark.parametrize("row", [1, 1499, ROWS])
def test_one_cell(pair, tmp_path, column, row):
    src, out = pair

    def change(rows):
        was = rows[row - 1][column]
        new = CELLS[column]
        if column == "amount" and was is None:
            import decimal
            new = decimal.Decimal("1.000")
        rows[row - 1][column] = new
    r = verify(src, rewrite(out, tmp_path / "m.parquet", change), rc=1)
    assert r["cells_different"] == 1 and r["rows"]["different"] == 1, r
    d = r["differences"][0]
    line, offset = line_of(src.read_text(), row)
    assert (d["kind"], d["row"], d["column"], d["line"], d["byte_offset"]) == \
        ("cell", row, column, line, offset)
    assert d["in"] != d["out"]
    assert r["checksum"]["in"] != r["checksum"]["out"]


@pytest.mark.parametrize("row", [1, 2, 700, 701, 1500, ROWS - 1])
def test_dropped_row(pair, tmp_path, row):
    src, out = pair
    r = verify(src, rewrite(out, tmp_path / "m.parquet", lambda t: t[:row - 1] + t[row:]), rc=1)
    d = r["differences"][0]
    assert d["row"] == row and d["byte_offset"] == line_of(src.read_text(), row)[1], r
    assert r["rows"]["in"] == ROWS and r["rows"]["out"] == ROWS - 1
    if row not in (700, 701):
        assert d["kind"] == "row_missing" and r["n_differences"] == 1, r


def test_dropped_last_row(pair, tmp_path):
    src, out = pair
    r = verify(src, rewrite(out, tmp_path / "m.parquet", lambda t: t[:-1]), rc=1)
    assert [(d["kind"], d["row"]) for d in r["differences"]] == [("row_missing", ROWS)]


def test_row_twice(pair, tmp_path):
    src, out = pair
    r = verify(src, rewrite(out, tmp_path / "m.parquet", lambda t: t[:50] + t[49:]), rc=1)
    assert [(d["kind"], d["row_out"]) for d in r["differences"]] == [("row_extra", 51)]


def test_swapped_rows(pair, tmp_path):
    src, out = pair

    def change(t):
        t[99], t[100] = t[100], t[99]
    r = verify(src, rewrite(out, tmp_path / "m.parquet", change), rc=1)
    assert {d["row"] for d in r["differences"]} == {100, 101}, r
    assert r["other_order"]
    assert r["checksum"]["any_order_in"] == r["checksum"]["any_order_out"]
    assert any("another order" in n for n in r["notes"])


def test_reversed_rows(pair, tmp_path):
    src, out = pair
    r = verify(src, rewrite(out, tmp_path / "m.parquet", lambda t: t[::-1]), rc=1)
    assert r["other_order"] and r["rows"]["in"] == r["rows"]["out"] == ROWS


def test_null_into_empty_text(pair, tmp_path):
    src, out = pair
    table = pq.read_table(out)
    row = next(i for i, v in enumerate(table["name"].to_pylist()) if v is None)

    def change(t):
        t[row]["name"] = ""
    m = rewrite(out, tmp_path / "m.parquet", change)
    r = verify(src, m, rc=1)
    d = r["differences"][0]
    assert (d["row"], d["column"], d["in"], d["out"]) == (row + 1, "name", None, "")
    verify(src, m, "--null-is-empty", rc=0)


def test_empty_text_into_null(tmp_path):
    src = lf.write(tmp_path / "a.csv", 'a,b\n1,"x"\n2,""\n3,\n4,y\n')
    lf.convert(src, tmp_path / "a.parquet")
    verify(src, tmp_path / "a.parquet", rc=0)

    def change(t):
        t[1]["b"] = None
    r = verify(src, rewrite(tmp_path / "a.parquet", tmp_path / "m.parquet", change), rc=1)
    assert [(d["row"], d["in"], d["out"]) for d in r["differences"]] == [(2, "", None)]


def test_column_dropped_renamed_and_moved(pair, tmp_path):
    src, out = pair
    t = pq.read_table(out)
    pq.write_table(t.drop_columns(["day"]), tmp_path / "d.parquet")
    r = verify(src, tmp_path / "d.parquet", rc=1)
    assert [(d["kind"], d["column"], d["out"]) for d in r["differences"]] == \
        [("column", "day", None)]
    verify(src, tmp_path / "d.parquet", "--columns", "id,name,price,seen,ok,amount", rc=0)
    pq.write_table(t.rename_columns(["id", "NAME"] + t.column_names[2:]), tmp_path / "r.parquet")
    r = verify(src, tmp_path / "r.parquet", rc=1)
    assert [(d["kind"], d["column"], d["out"]) for d in r["differences"]] == \
        [("column", "name", "NAME")]
    assert r["cells_different"] == 0
    pq.write_table(t.select(t.column_names[::-1]), tmp_path / "o.parquet")
    r = verify(src, tmp_path / "o.parquet", rc=0)
    assert any("another order" in n for n in r["notes"])


def test_widened_values_are_equal(tmp_path):
    """1.50 is the double 1.5; a zero that text had in front is a loss."""
    src = lf.write(tmp_path / "a.csv", "a,b\n1.50,007\n2.0,008\n1e3,009\n")
    t = pa.table({"a": [1.5, 2.0, 1000.0], "b": [7, 8, 9]})
    pq.write_table(t, tmp_path / "a.parquet")
    r = verify(src, tmp_path / "a.parquet", rc=1)
    assert {(d["column"], d["in"]) for d in r["differences"]} == \
        {("b", "007"), ("b", "008"), ("b", "009")}


def test_rejected_rows_are_accounted_for(tmp_path):
    rows = [f"{i},t{i}" for i in range(2000)]
    rows[10] = "10,a,b,c"
    rows[500] = "500,\xff"
    rows[1999] = '1999,"open'
    body = "\n".join(["a,b"] + rows) + "\n"
    src = lf.write(tmp_path / "a.csv", body.encode("latin-1"))
    lf.convert(src, tmp_path / "a.parquet")
    assert len(lf.rejects(tmp_path / "a.parquet")) == 3
    r = verify(src, tmp_path / "a.parquet", rc=0)
    assert r["rows"]["rejected"] == 3 and r["rows"]["in"] == 1997
    side = tmp_path / "a.parquet.rejects.jsonl"
    # A changed side file does not account for the bytes any more.
    side.write_text(side.read_text().replace("10,a,b,c", "10,a,b,d"))
    r = verify(src, tmp_path / "a.parquet", rc=1)
    assert "ledger" in {d["kind"] for d in r["differences"]}
    side.unlink()
    r = verify(src, tmp_path / "a.parquet", rc=1)
    assert r["rows"]["missing"] >= 1 and r["differences"][0]["row"] == 11
    assert any(n.startswith("OUT says that 3 bad rows were set aside or dropped; no side file "
                            "holds them") for n in r["notes"])


@pytest.mark.parametrize("name,text,bad", [
    ("a.csv", "a,b\n" + "".join(f"{i},x{',y' * (i == 50)}\n" for i in range(101)), 1),
    ("a.jsonl", '{"a":1}\n' * 50 + '{"a":tru}\n{"a":\n' + '{"a":2}\n' * 50, 2)])
def test_dropped_rows_are_named(tmp_path, name, text, bad):
    src = lf.write(tmp_path / name, text)
    lf.convert(src, tmp_path / "o.parquet", "--on-error", "permissive")
    r = verify(src, tmp_path / "o.parquet", rc=1)
    assert r["rows"]["missing"] == bad and r["rows"]["equal"] == 100
    were, them = ("was", "it") if bad == 1 else ("were", "them")
    assert r["notes"] == [f"OUT says that {bad} bad row{'s' if bad > 1 else ''} {were} set aside "
                          f"or dropped; no side file holds {them}, and as many rows are missing"]


def test_short_wide_and_blank_rows(tmp_path):
    src = lf.write(tmp_path / "a.csv", "a,b,c\n1,2,3\n\n4,5\n6,7,8\n" + "1,2,3\n" * 40)
    lf.convert(src, tmp_path / "a.parquet")
    r = verify(src, tmp_path / "a.parquet", rc=0)
    assert r["rows"]["padded"] == 1 and r["lines_blank"] == 1
    lf.write(src, "a,b,c\n1,2,3\n\n4,5\n6,7,8,9\n" + "1,2,3\n" * 40)
    r = verify(src, tmp_path / "a.parquet", rc=1)
    assert r["differences"][0]["kind"] == "row_width" and r["differences"][0]["line"] == 5


@pytest.mark.parametrize("text,args", [
    ("a;b\n1,5;x\n2,5;y\n", []), ("a\tb\n1\tx\n", []), ("a\n1\n\n3\n", []),
    ("x|'a|b'|y\n" * 5, ["--quote", "'", "--header", "no"]), ("a,b\r\n1,\"x\r\ny\"\r\n2,z", []),
    ("\ufeffa,b\n1,2\n", []), ("a,b\n31/12/2026,1\n01/02/2026,2\n", []),
    ("a,b\n-,1\n5,2\n", ["--null", "-"]), ("a,b\nNA,1\n5,2\n", []),
    ("t\n2026-01-01T00:00:00Z\n2026-01-01T05:30:00+05:30\n", []),
    ("t\n10:00:00.123456789\n11:00:00\n", []), ("a,b\nNaN,1\n1.5,2\n", []),
    ("a\n18446744073709551615\n1\n", []), ("a,b\n" + "1,2\n" * 50000, ["--limit", "40000"]),
])
def test_forms_of_csv(tmp_path, text, args):
    src = lf.write(tmp_path / "a.csv", text)
    lf.convert(src, tmp_path / "a.parquet", *args)
    verify(src, tmp_path / "a.parquet", *args, rc=0)


def test_broken_quotes_are_read_as_they_were(tmp_path):
    rows = [f'{i},"t,{i}"' for i in range(5000)]
    rows[3000] = '3000,"a"b'
    rows[3001] = '3001,"a "b" c"'
    src = lf.write(tmp_path / "a.csv", "a,b\n" + "\n".join(rows) + "\n")
    lf.convert(src, tmp_path / "a.parquet")
    n = pq.read_metadata(tmp_path / "a.parquet").num_rows
    r = verify(src, tmp_path / "a.parquet", rc=0)
    assert r["rows"]["in"] == n and n + r["rows"]["rejected"] == 5000

    def change(t):
        t[4000]["b"] = "q"
    r = verify(src, rewrite(tmp_path / "a.parquet", tmp_path / "m.parquet", change), rc=1)
    assert r["cells_different"] == 1 and r["differences"][0]["column"] == "b"


def test_widened_table(tmp_path):
    src = lf.write(tmp_path / "a.csv", "a,b\n1,2\n3,4,x,y\n5,6,,z\n" + "7,8\n" * 60)
    lf.convert(src, tmp_path / "a.parquet", "--ragged", "widen")
    r = verify(src, tmp_path / "a.parquet", rc=0)
    assert r["columns"] == 4 and r["rows"]["padded"] == 0

    def change(t):
        t[2]["column_4"] = "q"
    r = verify(src, rewrite(tmp_path / "a.parquet", tmp_path / "m.parquet", change), rc=1)
    assert [(d["row"], d["column"], d["in"]) for d in r["differences"]] == [(3, "column_4", "z")]


def test_late_change_and_compressed_input(tmp_path):
    import gzip
    rows = "".join(f"{i},{i}.50\n" for i in range(300000)) + "N/A-7,x\n"
    src = tmp_path / "a.csv.gz"
    src.write_bytes(gzip.compress(("a,b\n" + rows).encode(), 1))
    lf.convert(src, tmp_path / "a.parquet")
    r = verify(src, tmp_path / "a.parquet", rc=0)
    assert r["rows"]["in"] == 300001


# ---- other writers ----

# ClickHouse takes blanks around a field away, and verify finds that.
PEER_TEXT = text_of(2000, 5).replace("NA", "na").replace(" x ", "x y")


def by_pyarrow(src, out, **kw):
    import pyarrow.csv as pc
    t = pc.read_csv(src, parse_options=pc.ParseOptions(newlines_in_values=True),
                    convert_options=pc.ConvertOptions(strings_can_be_null=True,
                                                      quoted_strings_can_be_null=False))
    pq.write_table(t, out, **kw)


def by_duckdb(src, out, options=""):
    import duckdb
    con = duckdb.connect()
    con.execute(f"copy (select * from read_csv('{src}')) to '{out}' (format parquet{options})")


def by_polars(src, out, **kw):
    import polars as pl
    pl.read_csv(src, try_parse_dates=True).write_parquet(out, **kw)


def by_chdb(src, out, settings=""):
    import chdb
    chdb.query(f"select * from file('{src}', CSVWithNames) into outfile '{out}' truncate "
               f"format Parquet settings max_threads=1, engine_file_truncate_on_insert=1{settings}")


PEERS = {
    "pyarrow": lambda s, o: by_pyarrow(s, o),
    "pyarrow v2 zstd": lambda s, o: by_pyarrow(s, o, data_page_version="2.0", compression="zstd"),
    "pyarrow int96": lambda s, o: by_pyarrow(s, o, use_deprecated_int96_timestamps=True),
    "pyarrow lz4 plain": lambda s, o: by_pyarrow(s, o, compression="lz4", use_dictionary=False),
    "pyarrow gzip 1.0": lambda s, o: by_pyarrow(s, o, compression="gzip", version="1.0"),
    "duckdb": lambda s, o: by_duckdb(s, o),
    "duckdb brotli": lambda s, o: by_duckdb(s, o, ", codec brotli, row_group_size 2048"),
    "duckdb v2": lambda s, o: by_duckdb(s, o, ", parquet_version v2"),
    "polars": lambda s, o: by_polars(s, o),
    "polars snappy": lambda s, o: by_polars(s, o, compression="snappy", row_group_size=300),
    "chdb": lambda s, o: by_chdb(s, o),
}


@pytest.mark.parametrize("peer", PEERS)
def test_peers(tmp_path, peer):
    src, out = lf.write(tmp_path / "p.csv", PEER_TEXT), tmp_path / "p.parquet"
    PEERS[peer](src, out)
    # Some write empty text where the field is empty.
    r = verify(src, out, "--null-is-empty", rc=0)
    assert r["rows"]["in"] == 2000 and r["cells"] == 14000
    lf.convert(src, tmp_path / "own.parquet")
    r = verify(tmp_path / "own.parquet", out, "--null-is-empty", rc=0)
    assert r["format_in"] == "parquet"


@pytest.mark.parametrize("codec", ["snappy", "zstd", "gzip", "brotli", "lz4", "none"])
@pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_BINARY_PACKED", "DELTA_BYTE_ARRAY",
                                      "DELTA_LENGTH_BYTE_ARRAY", "BYTE_STREAM_SPLIT", "dictionary"])
def test_codecs_and_encodings(tmp_path, codec, encoding):
    n = 500
    src = lf.write(tmp_path / "a.csv", "i,f,s\n" + "".join(
        f"{i * 7 - 900},{i / 8},text {i % 40}\n" for i in range(n)))
    t = pa.table({"i": pa.array([i * 7 - 900 for i in range(n)], pa.int32()),
                  "f": pa.array([i / 8 for i in range(n)], pa.float32()),
                  "s": [f"text {i % 40}" for i in range(n)]})
    able = {"DELTA_BINARY_PACKED": "i", "DELTA_BYTE_ARRAY": "s", "DELTA_LENGTH_BYTE_ARRAY": "s",
            "BYTE_STREAM_SPLIT": "f", "PLAIN": "ifs"}
    kw = {"use_dictionary": True} if encoding == "dictionary" else {
        "use_dictionary": False, "column_encoding": {c: encoding for c in able[encoding]}}
    pq.write_table(t, tmp_path / "a.parquet", compression=codec, data_page_size=500, **kw)
    assert verify(src, tmp_path / "a.parquet", rc=0)["cells"] == 3 * n


def test_physical_types(tmp_path):
    import decimal
    src = lf.write(tmp_path / "a.csv",
                   "i8,u32,f,d9,d30,ms,ns,t\n"
                   "-5,4000000000,1.1,123.45,12345678901234567890.123,2026-01-02 03:04:05.123,"
                   "2026-01-02 03:04:05.123456789,10:11:12.5\n"
                   ",,NaN,,,,,\n"
                   "7,0,-0.1,-0.01,-1.000,1969-12-31 23:59:59.999,1969-12-31 23:59:59.999999999,"
                   "00:00:00\n")
    d = decimal.Decimal
    ts = dt.datetime(2026, 1, 2, 3, 4, 5, 123000), dt.datetime(1969, 12, 31, 23, 59, 59, 999000)
    t = pa.table({
        "i8": pa.array([-5, None, 7], pa.int8()),
        "u32": pa.array([4000000000, None, 0], pa.uint32()),
        "f": pa.array([1.1, float("nan"), -0.1], pa.float32()),
        "d9": pa.array([d("123.45"), None, d("-0.01")], pa.decimal128(9, 2)),
        "d30": pa.array([d("12345678901234567890.123"), None, d("-1.000")], pa.decimal128(30, 3)),
        "ms": pa.array([ts[0], None, ts[1]], pa.timestamp("ms")),
        "ns": pa.array([1767323045123456789, None, -1], pa.timestamp("ns")),
        "t": pa.array([dt.time(10, 11, 12, 500000), None, dt.time(0)], pa.time32("ms"))})
    pq.write_table(t, tmp_path / "a.parquet", store_decimal_as_integer=True)
    r = verify(src, tmp_path / "a.parquet", rc=0)
    assert any("'f'" in n and "digits" in n for n in r["notes"])
    pq.write_table(t, tmp_path / "b.parquet")
    verify(src, tmp_path / "b.parquet", rc=0)
    verify(tmp_path / "a.parquet", tmp_path / "b.parquet", rc=0)


def test_nested_parquet(tmp_path):
    t = pa.table({"a": [[1, 2], None, []], "b": [{"x": 1, "y": "q"}, None, {"x": None, "y": ""}]})
    pq.write_table(t, tmp_path / "a.parquet")
    pq.write_table(t, tmp_path / "b.parquet", compression="zstd", data_page_version="2.0")
    verify(tmp_path / "a.parquet", tmp_path / "b.parquet", rc=0)
    rows = t.to_pylist()
    rows[2]["b"]["y"] = "z"
    pq.write_table(pa.Table.from_pylist(rows, schema=t.schema), tmp_path / "c.parquet")
    r = verify(tmp_path / "a.parquet", tmp_path / "c.parquet", rc=1)
    assert [(d["row"], d["column"]) for d in r["differences"]] == [(3, "b.y")]


def test_statuses_and_streams(pair, tmp_path):
    src, out = pair
    assert lf.logflow("verify", src).rc == lf.USAGE
    assert lf.logflow("verify", src, tmp_path / "none.parquet").rc == lf.IO
    assert lf.logflow("verify", tmp_path / "none.csv", out).rc == lf.IO
    assert lf.logflow("verify", out, src).rc == 0  # either may be of any format
    assert lf.logflow("verify", src, out, "--ropws", "4").rc == lf.USAGE
    run = lf.logflow("verify", src, out)
    assert run.rc == 0 and run.err == "" and b"equal" in run.out
    assert lf.logflow("verify", src, out, "--quiet").out == b""
    run = lf.logflow("verify", "-", out, stdin=src.read_bytes())
    assert run.rc == 0, run.err


def test_text_report_fits_a_terminal(pair, tmp_path):
    src, out = pair

    def change(t):
        t[5]["name"] = "long " * 100
        t[6]["price"] = None
        del t[50]
    m = rewrite(out, tmp_path / ("m" * 120 + ".parquet"), change)
    run = lf.logflow("verify", src, m)
    lines = run.out.decode().splitlines()
    assert run.rc == 1 and all(len(x) <= 80 for x in lines), max(lines, key=len)
    assert "row 6" in run.out.decode() and "the row is not in OUT" in run.out.decode()


def test_memory_is_constant(tmp_path):
    src = tmp_path / "big.csv"
    with open(src, "w") as f:
        f.write("a,b,c\n")
        for i in range(800000):
            f.write(f"{i},word {i % 1000},{i}.25\n")
    lf.convert(src, tmp_path / "big.parquet")
    run = lf.logflow("verify", src, tmp_path / "big.parquet")
    assert run.rc == 0, run.out
    if not lf.SANITIZED:
        assert run.peak_rss < 64 << 20, run.peak_rss


CHOICES = [["--rename", "id=number"],
           ["--columns", "price,id,name"],
           ["--columns", "id,price", "--rename", "id=price", "--rename", "price=id"],
           ["--skip", "10"], ["--skip", "10", "--limit", "100"], ["--skip", "9999"],
           ["--where", "id >= 500", "--columns", "name,day", "--rename", "day=when"],
           ["--sample", "40", "--seed", "3"],
           ["--skip", "20", "--where", "price < 5000", "--limit", "7"]]


@pytest.mark.parametrize("out", ["o.parquet", "o.csv", "o.arrow"])
@pytest.mark.parametrize("args", CHOICES, ids=lambda a: " ".join(a))
def test_what_the_conversion_was_told(pair, tmp_path, out, args):
    src = pair[0]
    lf.convert(src, tmp_path / out, *args)
    r = verify(src, tmp_path / out, *args, rc=0)
    assert r["rows"]["in"] == r["rows"]["out"] == r["rows"]["equal"] <= ROWS
    chosen = "--where" in args or "--sample" in args
    assert bool(r["notes"]) == chosen, r["notes"]
    if "--skip" in args:
        skip = int(args[args.index("--skip") + 1])
        assert r["rows"]["filtered"] >= min(skip, ROWS)
        other = [str(skip - 1) if a == str(skip) else a for a in args]
        if skip < ROWS and not chosen:
            assert not verify(src, tmp_path / out, *other, rc=1)["equal"]
    elif not chosen:
        assert not verify(src, tmp_path / out, rc=1)["equal"]


def test_a_renamed_column_is_compared(tmp_path):
    src = lf.write(tmp_path / "a.csv", "id,name\n1,x\n2,y\n")
    lf.convert(lf.write(tmp_path / "b.csv", "id,name\n1,x\n3,y\n"), tmp_path / "o.parquet",
               "--rename", "id=number")
    r = verify(src, tmp_path / "o.parquet", "--rename", "id=number", rc=1)
    assert [(d["kind"], d["column"], d["in"], d["out"]) for d in r["differences"]] == \
        [("cell", "id", "2", "3")]
    run = lf.logflow("verify", src, tmp_path / "o.parquet", "--rename", "ID=number")
    assert run.rc == 2 and 'there is no column "ID"' in run.err


def test_a_limit_that_is_not_told(pair, tmp_path):
    lf.convert(pair[0], tmp_path / "o.parquet", "--limit", "100")
    r = verify(pair[0], tmp_path / "o.parquet", rc=1)
    assert r["rows"]["missing"] == ROWS - 100
    assert any("made of 100 rows" in n and "--limit" in n for n in r["notes"])
    assert not verify(pair[0], tmp_path / "o.parquet", "--limit", "100", rc=0)["notes"]


def test_no_column_in_common(tmp_path):
    src = lf.write(tmp_path / "a.csv", "a,b\n1,2\n")
    out = tmp_path / "o.parquet"
    pq.write_table(pa.table({"x": [1], "y": [2], "z": [3]}), out)
    r = verify(src, out, rc=1)
    assert r["columns"] == 0 and r["n_differences"] == 5
    assert r["notes"] == ["the files have no column in common"]
    assert {(d["kind"], d["column"]) for d in r["differences"]} == \
        {("column", c) for c in "abxyz"}


def test_rows_without_columns(tmp_path):
    src = lf.write(tmp_path / "a.jsonl", "{}\n{}\n")
    lf.convert(src, tmp_path / "o.parquet")
    r = verify(src, tmp_path / "o.parquet", rc=0)
    assert r["columns"] == 0 and r["rows"]["in"] == r["rows"]["out"] == 2
    assert not verify(lf.write(tmp_path / "b.jsonl", "{}\n"), tmp_path / "o.parquet",
                      rc=1)["equal"]
