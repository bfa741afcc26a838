"""Inputs that have types, with other columns and other types, as one table."""
import datetime as dt
import decimal
import json
import random

import duckdb
import lf
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import pytest

D = decimal.Decimal


def put(path, t):
    if path.suffix == ".parquet":
        pq.write_table(t, path)
        return path
    with (ipc.new_stream if path.suffix == ".arrows" else ipc.new_file)(path, t.schema) as w:
        w.write_table(t)
    return path


def union(tmp_path, tables, *args, rc=lf.DONE, suffixes=("parquet",)):
    names = [put(tmp_path / f"in{k}.{suffixes[k % len(suffixes)]}", t)
             for k, t in enumerate(tables)]
    return convert(tmp_path, names, *args, rc=rc)


def convert(tmp_path, names, *args, rc=lf.DONE):
    told = tmp_path / "r.json"
    run = lf.logflow("convert", *names, "-o", tmp_path / "u.parquet", "--force", "--report", told,
                     *args)
    assert run.rc == rc, run.err
    if rc == lf.DONE:
        run.report = json.loads(told.read_text())
    return run


def read(tmp_path):
    return pq.read_table(tmp_path / "u.parquet")


def test_columns_by_name_as_duckdb_has_them(tmp_path):
    rng, tables = random.Random(5), []
    kinds = {"id": pa.int64(), "x": pa.float64(), "s": pa.string(), "b": pa.bool_(),
             "d": pa.date32(), "l": pa.list_(pa.int64()), "st": pa.struct([("a", pa.int64())])}
    value = {"id": lambda k: k, "x": lambda k: k / 4, "s": str, "b": lambda k: k % 2 == 0,
             "d": lambda k: dt.date(2020, 1, 1) + dt.timedelta(k), "l": lambda k: [k, None],
             "st": lambda k: {"a": k} if k % 3 else None}
    for _ in range(25):
        cols = rng.sample(list(kinds), rng.randint(1, 6))
        n = rng.randint(1, 40)
        tables.append(pa.table({c: pa.array([value[c](k) for k in range(n)], kinds[c])
                                for c in cols}))
    run = union(tmp_path, tables)
    names = [str(tmp_path / f"in{k}.parquet") for k in range(25)]
    want = duckdb.sql(f"from read_parquet({names!r}, union_by_name=true)").to_arrow_table()
    got = read(tmp_path)
    assert got.column_names == want.column_names
    assert got.to_pylist() == want.to_pylist()
    assert "is missing in" in run.err and run.report["row_groups"] == 1
    files = run.report["files"]
    assert [f["rows_in"] for f in files] == [t.num_rows for t in tables]


def join(tmp_path, a, b):
    """Both ways round: the type and the values."""
    got = []
    for pair in ([a, b], [b, a]):
        union(tmp_path, [pa.table({"c": x}) for x in pair], suffixes=("parquet", "arrow"))
        t = read(tmp_path)["c"]
        got.append((t.type, t.to_pylist()))
    assert got[0][0] == got[1][0]
    assert got[0][1] == got[1][1][len(b):] + got[1][1][:len(b)]
    return got[0]


MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5)
DAY = dt.date(2026, 1, 2)


@pytest.mark.parametrize("a, b, type_, values", [
    (pa.array([1, None]), pa.array([2.5]), pa.float64(), [1.0, None, 2.5]),
    (pa.array([2**53]), pa.array([2.5]), pa.float64(), [2.0**53, 2.5]),
    (pa.array([7, 2**53 + 1]), pa.array([2.5]), pa.string(), ["7", "9007199254740993", "2.5"]),
    (pa.array([-1]), pa.array([2**64 - 1], pa.uint64()), pa.decimal128(20, 0),
     [D(-1), D(2**64 - 1)]),
    (pa.array([5]), pa.array([D("1.25")]), pa.decimal128(21, 2), [D("5.00"), D("1.25")]),
    (pa.array([D("9.5")]), pa.array([D("1.234567")]), pa.decimal128(7, 6),
     [D("9.500000"), D("1.234567")]),
    (pa.array([D("0.1")]), pa.array([1.5]), pa.float64(), [0.1, 1.5]),
    (pa.array([D("12345678901234567.5")]), pa.array([1.5]), pa.string(),
     ["12345678901234567.5", "1.5"]),
    (pa.array([D(10)**37]), pa.array([D("0.001")]), pa.string(), [str(10**37), "0.001"]),
    (pa.array([DAY]), pa.array([MOMENT]), pa.timestamp("us"),
     [dt.datetime(2026, 1, 2), MOMENT]),
    (pa.array([MOMENT], pa.timestamp("us")), pa.array([MOMENT], pa.timestamp("ns")),
     pa.timestamp("ns"), [MOMENT, MOMENT]),
    (pa.array([dt.datetime(1, 1, 1)]), pa.array([MOMENT], pa.timestamp("ns")), pa.string(),
     ["0001-01-01 00:00:00", "2026-01-02 03:04:05"]),
    (pa.array([True]), pa.array([1]), pa.string(), ["true", "1"]),
    (pa.array([DAY]), pa.array(["x", ""]), pa.string(), ["2026-01-02", "x", ""]),
    (pa.array([dt.time(1, 2, 3)]), pa.array([dt.time(4)], pa.time64("ns")), pa.time64("ns"),
     [dt.time(1, 2, 3), dt.time(4)]),
    (pa.array([[1, None]]), pa.array([[0.5], None]), pa.list_(pa.float64()),
     [[1.0, None], [0.5], None]),
    (pa.array([[1, 2]]), pa.array([3, None]), pa.string(), ["[1,2]", "3", None]),
    (pa.array([{"a": 1}]), pa.array(["t"]), pa.string(), ['{"a":1}', '"t"']),
    (pa.array([b"\xff"]), pa.array(["t"]), pa.binary(), [b"\xff", b"t"]),
])
def test_types_join(tmp_path, a, b, type_, values):
    got_type, got = join(tmp_path, a, b)
    assert got == values
    if pa.types.is_list(type_):
        assert got_type.value_type == type_.value_type
    else:
        assert got_type in (type_, pa.json_(pa.string())) if type_ == pa.string() else \
            got_type == type_


def test_members_join_by_name(tmp_path):
    a = pa.table({"s": [{"x": 1, "y": {"p": "q"}}, None], "m": pa.array(
        [[("k", 1)], None], pa.map_(pa.string(), pa.int64()))})
    b = pa.table({"m": pa.array([[("j", 0.5)], []], pa.map_(pa.string(), pa.float64())),
                  "s": [{"z": [1], "x": 2.5}, {"z": None, "x": None}], "late": [1, 2]})
    run = union(tmp_path, [a, b], suffixes=("arrow", "parquet"))
    assert read(tmp_path).to_pylist() == [
        {"s": {"x": 1.0, "y": {"p": "q"}, "z": None}, "m": [("k", 1.0)], "late": None},
        {"s": None, "m": None, "late": None},
        {"s": {"x": 2.5, "y": None, "z": [1]}, "m": [("j", 0.5)], "late": 1},
        {"s": {"x": None, "y": None, "z": None}, "m": [], "late": 2}]
    assert "column 'late' is missing in 1 of 2 inputs; null there" in run.err
    assert "column 's' is struct<x:int64" in run.err


@pytest.mark.parametrize("suffixes", [("parquet",), ("arrow", "parquet", "arrows")])
def test_same_bytes_of_large_unions(tmp_path, suffixes):
    n = 40_000
    tables = [pa.table({"i": range(n), "s": [f"a{k}" for k in range(n)]}),
              pa.table({"x": [k / 2 for k in range(n)], "i": [k + 0.5 for k in range(n)]}),
              pa.table({"s": [str(k) for k in range(n)], "x": range(n)})]
    seen = set()
    for threads in (1, 2, 5):
        union(tmp_path, tables, "--threads", threads, "--row-group-size", "128KiB",
              suffixes=suffixes)
        seen.add((tmp_path / "u.parquet").read_bytes())
    assert len(seen) == 1
    t = read(tmp_path)
    assert t.column_names == ["i", "s", "x"] and t.num_rows == 3 * n
    assert t["i"].to_pylist() == [*map(float, range(n)), *(k + 0.5 for k in range(n)),
                                  *[None] * n]
    assert t["x"].to_pylist()[n:] == [*(k / 2 for k in range(n)), *map(float, range(n))]


def test_named_columns(tmp_path):
    a, b = pa.table({"a": [1], "b": [2]}), pa.table({"c": [3], "b": [4]})
    union(tmp_path, [a, b], "--columns", "c,b")
    assert read(tmp_path).to_pydict() == {"c": [None, 3], "b": [2, 4]}
    union(tmp_path, [a, b], "--columns", "c")  # of which one input has none
    assert read(tmp_path).to_pydict() == {"c": [None, 3]}
    run = union(tmp_path, [a, b], "--columns", "zz", rc=lf.USAGE)
    assert 'no input has a column "zz"' in run.err
    union(tmp_path, [a, b], "--limit", "1")
    assert read(tmp_path).to_pydict() == {"a": [1], "b": [2], "c": [None]}


def test_into_other_formats(tmp_path):
    names = [put(tmp_path / "a.parquet", pa.table({"a": [1], "l": [[1]]})),
             put(tmp_path / "b.arrow", pa.table({"b": ["x"], "a": [0.5]}))]
    run = lf.logflow("convert", *names, "-o", tmp_path / "u.jsonl")
    assert run.rc == lf.DONE, run.err
    text = (tmp_path / "u.jsonl").read_text().splitlines()
    assert text[0].replace(" ", "").startswith('{"a":1') and '"x"' in text[1]


# ---- among text ----

def text(path, *lines):
    path.write_text("".join(x + "\n" for x in lines))
    return path


def test_text_stands_where_the_first_of_it_does(tmp_path):
    a = text(tmp_path / "a.csv", "id,name,n", "1,x,5", "2,,6")
    b = put(tmp_path / "b.parquet", pa.table({"id": [3], "x": [1.5]}))
    c = text(tmp_path / "c.jsonl", '{"id":4,"n":2.5,"l":[1]}')
    d = put(tmp_path / "d.arrow", pa.table({"n": ["seven"], "id": [5]}))
    for names in ([a, b, c, d], [b, d, a, c]):
        run = convert(tmp_path, names)
        got = {r["id"]: r for r in read(tmp_path).to_pylist()}
        assert [r["id"] for r in read(tmp_path).to_pylist()] == (
            [1, 2, 4, 3, 5] if names[0] == a else [3, 5, 1, 2, 4])
        assert got[1] == {"id": 1, "name": "x", "n": "5", "l": None, "x": None}
        assert got[3]["x"] == 1.5 and got[4]["l"] == [1] and got[5]["n"] == "seven"
        assert run.report["rows"]["in"] == run.report["rows"]["out"] == 5
        assert "is missing in" in run.err


def test_csv_and_parquet_are_one_table(tmp_path):
    n = 30_000
    a = text(tmp_path / "a.csv", "i,s,day", *(f"{k},t{k},2026-01-{k % 28 + 1:02d}"
                                              for k in range(n)))
    lf.convert(a, tmp_path / "b.parquet")
    seen = set()
    for threads in (1, 3):
        convert(tmp_path, [a, tmp_path / "b.parquet"], "--threads", threads)
        seen.add((tmp_path / "u.parquet").read_bytes())
    assert len(seen) == 1
    want = pq.read_table(tmp_path / "b.parquet")
    assert read(tmp_path).equals(pa.concat_tables([want, want]))


def test_bad_rows_and_limits_of_text_among_typed(tmp_path):
    bad = ["1,2"] * 50 + ["1,2,3,4"] + ["5,6"] * 50
    a = text(tmp_path / "a.csv", "a,b", *bad)
    b = put(tmp_path / "b.parquet", pa.table({"a": [7], "b": [8]}))
    run = convert(tmp_path, [b, a])
    assert run.report["rows"] == {**run.report["rows"], "in": 102, "out": 101, "rejected": 1}
    assert len((tmp_path / "u.parquet.rejects.jsonl").read_text().splitlines()) == 1
    run = convert(tmp_path, [b, a], "--limit", "3")
    assert read(tmp_path).to_pydict() == {"a": [7, 1, 1], "b": [8, 2, 2]}
    run = convert(tmp_path, [b, a], "--on-error", "strict", rc=lf.BAD_DATA)
    assert "a.csv, row 51" in run.err


def test_values_of_text_that_a_type_would_change(tmp_path):
    a = text(tmp_path / "a.csv", "n", "9007199254740993")
    b = put(tmp_path / "b.parquet", pa.table({"n": [1.5]}))
    run = convert(tmp_path, [a, b], rc=lf.BAD_DATA)
    assert "'n'" in run.err and "a.csv" in run.err
    convert(tmp_path, [a, b], "--type", "n=string")
    assert read(tmp_path)["n"].to_pylist() == ["9007199254740993", "1.5"]


def test_memory_is_too_small_for_both(tmp_path):
    a = text(tmp_path / "a.csv", "n", "1")
    b = put(tmp_path / "b.parquet", pa.table({"n": [1]}))
    run = convert(tmp_path, [a, b], "--memory-limit", "16MiB", rc=lf.LIMIT)
    assert "--memory-limit 32MiB" in run.err
