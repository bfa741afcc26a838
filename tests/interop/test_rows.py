"""--skip, --where, --sample, --limit, --rename: every input and output, against DuckDB."""
import datetime
import decimal
import io
import json
import random

import duckdb
import lf
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

CITIES = ["Bonn", "Oslo", "São Paulo", "Ürümqi", "oslo", "a%b", "it's", "x_y", "NA", "日本"]
NAN = float("nan")


def table(rng, n):
    """Columns of all types that a text can have, a tenth of the cells null."""
    def column(make, kind):
        return pa.array([None if rng.random() < 0.1 else make() for _ in range(n)], kind)
    day = datetime.date(2026, 1, 1)
    return pa.table({
        "id": pa.array(range(n), pa.int64()),
        "qty": column(lambda: rng.randint(-20, 20), pa.int64()),
        "big": column(lambda: rng.choice([2**63, 2**64 - 1, 2**63 + rng.randint(0, 9)]),
                      pa.uint64()),
        "price": column(lambda: rng.choice([NAN, -0.0, 0.5, rng.randint(-99, 99) / 4]),
                        pa.float64()),
        "sum": column(lambda: decimal.Decimal(rng.randint(-10**20, 10**20)).scaleb(-2),
                      pa.decimal128(24, 2)),
        "day": column(lambda: day + datetime.timedelta(rng.randint(-400, 400)), pa.date32()),
        "at": column(lambda: datetime.datetime(2026, 1, rng.randint(1, 9), rng.randint(0, 23), 0,
                                               rng.randint(0, 59)), pa.timestamp("us")),
        "ok": column(lambda: rng.random() < 0.5, pa.bool_()),
        "city, town": column(lambda: rng.choice(CITIES), pa.string()),
    })


OPS = ["=", "!=", "<>", "<", "<=", ">", ">="]


def text(value):
    return "'" + value.replace("'", "''") + "'"


def literal(rng, name):
    """A value for a column, as both write it."""
    if name in ("id", "qty"):
        return rng.choice([str(rng.randint(-21, 21)), f"{rng.randint(-9, 9)}.5", "-7", "'3'"])
    if name == "big":
        return rng.choice([str(2**63), str(2**64 - 1), str(2**63 + 4), "0"])
    if name == "price":
        return rng.choice(["0", "0.5", "'nan'", f"{rng.randint(-99, 99) / 4}", "1e1", "-0.25"])
    if name == "sum":
        return rng.choice(["0", f"{rng.randint(-10**18, 10**18)}.25", "-12.5"])
    if name == "day":
        return f"'{2025 + rng.randint(0, 1)}-{rng.randint(1, 12):02}-15'"
    if name == "at":
        return f"'2026-01-0{rng.randint(1, 9)} {rng.randint(0, 23):02}:00:{rng.randint(0, 59):02}'"
    if name == "ok":
        return rng.choice(["true", "false"])
    return text(rng.choice(CITIES + ["", "M", "Z"]))


def leaf(rng):
    """(ours, DuckDB's)"""
    name = rng.choice(["id", "qty", "big", "price", "sum", "day", "at", "ok", "city, town"])
    column = f'"{name}"'
    kind = rng.randint(0, 7 if name == "city, town" else 4)
    if kind == 0:
        s = f"{column} is {rng.choice(['', 'not '])}null"
    elif kind == 1:
        values = ", ".join(literal(rng, name) for _ in range(rng.randint(1, 7)))
        s = f"{column} {rng.choice(['', 'not '])}in ({values})"
    elif kind == 2:
        s = f"{column} between {literal(rng, name)} and {literal(rng, name)}"
    elif kind in (5, 6):
        pattern = rng.choice(["%o%", "B%", "%n", "_slo", "%_a_%", "a\\%b", "", "%", "São%lo", "___",
                              "%l_"])
        s = f"{column} {rng.choice(['', 'not '])}like {text(pattern)}"
    elif kind == 7:
        part = text(rng.choice(["o", "Bo", "'", "%", "", "ü", "日"]))
        return f"{column} contains {part}", f"contains({column}, {part})"
    else:
        s = f"{column} {rng.choice(OPS)} {literal(rng, name)}"
    return s, s


def condition(rng, depth=3):
    if depth == 0 or rng.random() < 0.3:
        return leaf(rng)
    kind = rng.choice(["and", "or", "not"])
    a, b = condition(rng, depth - 1), condition(rng, depth - 1)
    if kind == "not":
        return tuple(f"NOT ({x})" for x in a)
    return tuple(f"({x} {kind} {y})" for x, y in zip(a, b))


def write(t, path):
    """The table as the format that the name says; what CSV cannot tell has a --type."""
    if path.suffix == ".csv":
        with open(path, "w") as f:
            f.write(",".join('"city, town"' if c == "city, town" else c for c in t.column_names))
            for row in zip(*(c.to_pylist() for c in t.columns)):
                f.write("\n" + ",".join(cell(v) for v in row))
            f.write("\n")
        return []
    if path.suffix == ".parquet":
        pq.write_table(t, path, row_group_size=1000)
    elif path.suffix == ".arrow":
        with pa.ipc.new_file(path, t.schema) as w:
            w.write_table(t, max_chunksize=777)
    else:
        with open(path, "w") as f:
            for row in t.to_pylist():
                f.write(json.dumps({k: plain(v) for k, v in row.items()}) + "\n")
    return []


def cell(v):
    if v is None:
        return ""
    if isinstance(v, bool):
        return str(v).lower()
    if isinstance(v, float):
        return "NaN" if v != v else repr(v)
    if isinstance(v, str):
        return '"' + v.replace('"', '""') + '"'
    return str(v)


def plain(v):
    if isinstance(v, float) and v != v:
        return "NaN"
    return str(v) if isinstance(v, (datetime.date, decimal.Decimal)) else v


def rows_of(path):
    t = pq.read_table(path)
    return [tuple("nan" if isinstance(v, float) and v != v else v for v in row)
            for row in zip(*(c.to_pylist() for c in t.columns))]


def ids(path):
    return pq.read_table(path, columns=["id"])["id"].to_pylist()


def expected(t, sql):
    con = duckdb.connect()
    con.register("t", t)
    return [r[0] for r in con.execute(f'select id from t where {sql} order by id').fetchall()]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("suffix", ["csv", "parquet", "arrow"])
def test_random_conditions(suffix, seed, tmp_path):
    rng = random.Random(seed)
    t = table(rng, 3000)
    write(t, tmp_path / f"t.{suffix}")
    typed = ["--type", "sum=decimal(24,2)"] if suffix == "csv" else []
    for i in range(8):
        ours, theirs = condition(rng)
        out = tmp_path / "o.parquet"
        run = lf.convert(tmp_path / f"t.{suffix}", out, "--where", ours, "--force", "--threads",
                         str(1 + i % 2), "--row-group-size", "64KiB", *typed)
        want = expected(t, theirs)
        assert ids(out) == want, ours
        assert run.report["rows"] == {"in": 3000, "out": len(want), "rejected": 0,
                                      "filtered": 3000 - len(want), "padded": 0}


def by_duckdb(t, path):
    duckdb.connect().register("t", t).execute(
        f"copy t to '{path}' (format parquet, row_group_size 2048)")


def by_logflow(t, path):
    pq.write_table(t, path.parent / "before.parquet")
    lf.convert(path.parent / "before.parquet", path, "--row-group-size", "64KiB", "--force")


WRITERS = {
    "pyarrow": lambda t, p: pq.write_table(t, p, row_group_size=400),
    "pyarrow without": lambda t, p: pq.write_table(t, p, row_group_size=400,
                                                   write_statistics=False),
    "pyarrow some": lambda t, p: pq.write_table(t, p, row_group_size=400, version="1.0",
                                                write_statistics=["qty", "big", "price", "day"]),
    "polars": lambda t, p: pl.from_arrow(t).write_parquet(p, row_group_size=400),
    "duckdb": by_duckdb,
    "logflow": by_logflow,
}


@pytest.mark.parametrize("writer", WRITERS)
def test_row_groups_are_left_out_by_their_bounds(writer, tmp_path):
    """Rows in the order of one column, so that each group has bounds of its own; groups of nulls
    and NaN alone; texts that statistics cut."""
    rng = random.Random(writer)
    t, src, out = table(rng, 9000), tmp_path / "t.parquet", tmp_path / "o.parquet"
    for name in ("qty", "big", "price", "sum", "day", "at", "ok", "city, town"):
        values = t[name]
        if name == "city, town" and writer in ("logflow", "pyarrow", "duckdb"):
            long = [None if v is None else v + "é" * 70 + v for v in values.to_pylist()]
            values = pa.array([v if i % 9 else w for i, (v, w) in
                               enumerate(zip(values.to_pylist(), long))])
        made = t.set_column(t.column_names.index(name), name, values).sort_by(name)
        WRITERS[writer](made, src)
        for i in range(8):
            ours, theirs = leaf(rng) if i % 2 else condition(rng)
            while i < 5 and name not in ours:
                ours, theirs = leaf(rng) if i % 2 else condition(rng)
            run = lf.convert(src, out, "--where", ours, "--force", "--threads", str(1 + i % 3),
                             "--row-group-size", "64KiB")
            want = expected(made, theirs)
            assert sorted(ids(out)) == want, ours
            assert run.report["rows"] == {"in": 9000, "out": len(want), "rejected": 0,
                                          "filtered": 9000 - len(want), "padded": 0}


def test_what_bounds_shut_out_is_not_read(tmp_path):
    """Damage in pages is met where a condition may hold, and nowhere else."""
    n, out = 8000, tmp_path / "o.parquet"
    t = pa.table({"id": range(n), "s": [f"name {i:05}" for i in range(n)],
                  "x": [i / 2 for i in range(n)], "none": pa.array([None] * n, pa.int64())})
    for statistics, name in ((True, "with"), (False, "without")):
        src = tmp_path / f"{name}.parquet"
        pq.write_table(t, src, row_group_size=1000, write_statistics=statistics, compression="none",
                       use_dictionary=False)
        data = bytearray(src.read_bytes())
        meta = pq.ParquetFile(src).metadata
        at = meta.row_group(5).column(0).data_page_offset
        data[at:at + 30] = b"\xff" * 30  # the header of the page of ids 5000 to 5999
        src.write_bytes(data)
    for where, least in [("id < 5000", False), ("id >= 6000", False), ("id between 5990 and 7000",
                                                                       True),
                         ("s < 'name 05'", False), ("s like 'name 03%'", False),
                         ("s like '%7'", True), ("s in ('name 00001', 'name 07000')", False),
                         ("s > 'name 055'", True), ("not s <= 'name 05999'", False),
                         ("x < 2500", False), ("x > 3000", True), ("none is not null", False),
                         ("none = 1 or id < 9", False), ("none is null and id != 5500", True),
                         ("id < 5000 or x < 100", False), ("not id < 6000", False)]:
        run = lf.logflow("convert", tmp_path / "with.parquet", "-o", out, "--force", "--where",
                         where)
        assert run.rc == (lf.BAD_DATA if least else lf.DONE), (where, run.err)
        if not least:
            assert ids(out) == expected(t, where), where
        run = lf.logflow("convert", tmp_path / "without.parquet", "-o", out, "--force", "--where",
                         where)
        assert run.rc == lf.BAD_DATA, where
    run = lf.convert(tmp_path / "without.parquet", out, "--skip", 6500, "--force")
    assert ids(out) == list(range(6500, n)) and run.report["rows"]["filtered"] == 6500


@pytest.mark.parametrize("seed", range(3))
def test_random_conditions_on_json(seed, tmp_path):
    rng = random.Random(100 + seed)
    t = table(rng, 2000).drop_columns(["sum", "price", "big"])
    write(t, tmp_path / "t.jsonl")
    for _ in range(12):
        ours, theirs = condition(rng)
        if any(f'"{c}"' in ours for c in ("sum", "price", "big")):
            continue
        lf.convert(tmp_path / "t.jsonl", tmp_path / "o.parquet", "--where", ours, "--force",
                   "--row-group-size", "64KiB")
        assert ids(tmp_path / "o.parquet") == expected(t, theirs), ours


def numbers(path, n, late=None):
    """n rows; one text where `late` says."""
    with open(path, "w") as f:
        f.write("id,v,w\n")
        for i in range(n):
            f.write(f"{i},{'n/a-7' if i == late else i % 10},{'x' * (i % 40)}\n")
    return path


def test_several_conditions_must_all_hold(tmp_path):
    numbers(tmp_path / "a.csv", 1000)
    lf.convert(tmp_path / "a.csv", tmp_path / "o.parquet", "--where", "v >= 5", "--where",
               "v < 7 or v = 9")
    assert ids(tmp_path / "o.parquet") == [i for i in range(1000) if i % 10 in (5, 6, 9)]


@pytest.mark.parametrize("pipe", [False, True])
def test_a_late_text_decides_how_all_rows_compare(pipe, tmp_path):
    """'10' < '9' as text: rows of the head are judged by the type that the last row brings."""
    with open(tmp_path / "a.csv", "w") as f:
        f.write("id,v\n" + "".join(f"{i},{i % 30}\n" for i in range(200000)) + "200000,none\n")
    made = []
    for threads in ("1", "2", "7"):
        out = tmp_path / f"o{threads}.parquet"
        source = "-" if pipe else tmp_path / "a.csv"
        with open(tmp_path / "a.csv", "rb") as f:
            run = lf.convert(source, out, "--where", "v > '3'", "--threads", threads,
                             "--row-group-size", "64KiB", **({"stdin": f} if pipe else {}))
        made.append(out.read_bytes())
        assert ids(out) == [i for i in range(200000) if str(i % 30) > "3"] + [200000]
        rows = run.report["rows"]
        assert rows["in"] == 200001 == rows["out"] + rows["filtered"]
    assert made[0] == made[1] == made[2]


def test_a_number_for_text_is_refused_with_the_text(tmp_path):
    numbers(tmp_path / "a.csv", 100000, late=99999)
    run = lf.logflow("convert", tmp_path / "a.csv", "--where", "id >= 0 and v > 3")
    assert run.rc == lf.USAGE
    assert "character 17: column \"v\" is text, as " in run.err and "write '3'" in run.err
    assert not (tmp_path / "a.parquet").exists()


def test_given_types_need_no_second_pass_and_no_kept_pipe(tmp_path):
    numbers(tmp_path / "a.csv", 50000)
    with open(tmp_path / "a.csv", "rb") as f:
        lf.convert("-", tmp_path / "o.parquet", "--where", "v = 3", "--type", "v=int64", "--spool",
                   "no", "--row-group-size", "64KiB", stdin=f)
    assert ids(tmp_path / "o.parquet") == list(range(3, 50000, 10))


def test_columns_that_only_where_asks_for_do_not_come_out(tmp_path):
    for suffix in ("csv", "jsonl", "parquet", "arrow"):
        t = table(random.Random(5), 500).drop_columns(["sum", "price"])
        write(t, tmp_path / f"t.{suffix}")
        run = lf.convert(tmp_path / f"t.{suffix}", tmp_path / "o.parquet", "--columns",
                         "city\\, town,id", "--where", "qty > 0 and ok", "--force")
        made = pq.read_table(tmp_path / "o.parquet")
        assert made.column_names == ["city, town", "id"]
        assert made["id"].to_pylist() == expected(t, "qty > 0 and ok")
        assert run.report["columns"] == 2


# ---- skip, sample, limit ----

def test_skip_where_sample_limit_in_this_order(tmp_path):
    numbers(tmp_path / "a.csv", 20000)
    base = ["--skip", "1000", "--where", "v = 3"]
    lf.convert(tmp_path / "a.csv", tmp_path / "w.parquet", *base)
    kept = ids(tmp_path / "w.parquet")
    assert kept == list(range(1003, 20000, 10))
    lf.convert(tmp_path / "a.csv", tmp_path / "s.parquet", *base, "--sample", "100")
    sampled = ids(tmp_path / "s.parquet")
    assert len(sampled) == 100 and set(sampled) < set(kept) and sampled == sorted(sampled)
    run = lf.convert(tmp_path / "a.csv", tmp_path / "l.parquet", *base, "--sample", "100",
                     "--limit", "7")
    assert ids(tmp_path / "l.parquet") == sampled[:7]
    rows = run.report["rows"]
    assert rows["out"] == 7 and rows["in"] == rows["out"] + rows["filtered"]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "arrow"])
@pytest.mark.parametrize("rows", [["--skip", "12345"], ["--sample", "500"],
                                  ["--skip", "77", "--where", "id != 5", "--sample", "1000"],
                                  ["--skip", "19990", "--limit", "5"], ["--sample", "30000"],
                                  ["--skip", "30000"], ["--where", "id < 0"]])
def test_the_same_at_any_thread_count_for_any_format(rows, suffix, tmp_path):
    n = 20000
    t = pa.table({"id": range(n), "v": [i % 7 for i in range(n)], "s": ["x" * (i % 50)
                                                                         for i in range(n)]})
    write(t, tmp_path / f"t.{suffix}")
    write(t, tmp_path / "c.csv")
    made = {}
    for threads in ("1", "2", "7"):
        out = tmp_path / f"{threads}.parquet"
        run = lf.convert(tmp_path / f"t.{suffix}", out, *rows, "--threads", threads,
                         "--row-group-size", "64KiB")
        made[out.read_bytes()] = ids(out)
        assert run.report["rows"]["in"] == run.report["rows"]["out"] + \
            run.report["rows"]["filtered"]
    assert len(made) == 1
    lf.convert(tmp_path / "c.csv", tmp_path / "c.parquet", *rows)
    assert list(made.values()) == [ids(tmp_path / "c.parquet")]  # by number alone


def test_samples_are_even_and_follow_the_seed(tmp_path):
    numbers(tmp_path / "a.csv", 10000)
    seen = []
    for seed in range(20):
        lf.convert(tmp_path / "a.csv", tmp_path / "o.parquet", "--sample", "1000", "--seed",
                   str(seed), "--columns", "id", "--force")
        seen.append(ids(tmp_path / "o.parquet"))
        assert len(set(seen[-1])) == 1000
        tenths = [sum(1 for i in seen[-1] if i // 1000 == k) for k in range(10)]
        assert min(tenths) > 60 and max(tenths) < 145
    assert len({tuple(s) for s in seen}) == 20
    often = [sum(i in s for s in map(set, seen)) for i in range(0, 10000, 7)]
    assert 1.8 < sum(often) / len(often) < 2.2 and max(often) < 12


def test_explain_tells_the_order(tmp_path):
    numbers(tmp_path / "a.csv", 100)
    for source in ("a.csv", "b.parquet"):
        run = lf.logflow("convert", "a.csv" if source == "a.csv" else "o.parquet", "-o",
                         "o.parquet" if source == "a.csv" else "p.parquet", "--explain", "--limit",
                         "9", "--sample", "20", "--where", "v > 3", "--where", "v < 9", "--skip",
                         "1", cwd=tmp_path)
        assert "rows: skip 1, then where v > 3 and v < 9, then sample 20 (seed 0), then limit 9\n" \
            in run.err + run.out.decode(), run.err


def test_skipped_rows_may_be_bad_and_are_then_rejected(tmp_path):
    lf.write(tmp_path / "a.csv", "id,v\n" + "".join(
        f"{i},1,2,3\n" if i % 100 == 3 else f"{i},1\n" for i in range(1000)))
    run = lf.convert(tmp_path / "a.csv", tmp_path / "o.parquet", "--skip", "50", "--where",
                     "id != 60")
    good = [i for i in range(1000) if i % 100 != 3]
    assert ids(tmp_path / "o.parquet") == [i for i in good[50:] if i != 60]
    assert run.report["rows"] == {"in": 1000, "out": 939, "rejected": 10, "filtered": 51,
                                  "padded": 0}


def test_nothing_left_is_a_table_without_rows(tmp_path):
    numbers(tmp_path / "a.csv", 100)
    for out in ("o.parquet", "o.csv", "o.arrow", "o.jsonl"):
        lf.convert(tmp_path / "a.csv", tmp_path / out, "--where", "id > 1000")
    assert pq.read_table(tmp_path / "o.parquet").schema.names == ["id", "v", "w"]
    assert (tmp_path / "o.csv").read_text() == "id,v,w\n"


# ---- outputs, several inputs, names ----

def test_every_output(tmp_path):
    t = table(random.Random(9), 2000)
    write(t, tmp_path / "t.parquet")
    rows = ["--skip", "10", "--where", "qty > 3", "--rename", "id=number", "--limit", "50"]
    want = expected(t.slice(10), "qty > 3")[:50]
    for out in ("o.csv", "o.jsonl", "o.arrow", "o.arrows", "o.parquet"):
        lf.convert(tmp_path / "t.parquet", tmp_path / out, *rows)
    assert pq.read_table(tmp_path / "o.parquet")["number"].to_pylist() == want
    assert pa.csv.read_csv(tmp_path / "o.csv")["number"].to_pylist() == want
    assert [json.loads(s)["number"] for s in open(tmp_path / "o.jsonl")] == want
    assert pa.ipc.open_file(tmp_path / "o.arrow").read_all()["number"].to_pylist() == want
    assert pa.ipc.open_stream(tmp_path / "o.arrows").read_all()["number"].to_pylist() == want


def test_nested_values_stay_with_their_rows(tmp_path):
    rng = random.Random(3)
    records = [{"id": i, "tags": [f"t{k}" for k in range(rng.randint(0, 3))] or None,
                "who": {"name": f"n{i % 9}", "on": rng.choice([None, "2026-01-02"])},
                "m": [[{"x": k, "y": str(k) if k else None}] * k for k in range(rng.randint(0, 3))]}
               for i in range(3000)]
    with open(tmp_path / "a.jsonl", "w") as f:
        f.writelines(json.dumps(r) + "\n" for r in records)
    for threads in ("1", "2"):
        lf.convert(tmp_path / "a.jsonl", tmp_path / "o.parquet", "--where", "tags is not null",
                   "--skip", "7", "--threads", threads, "--row-group-size", "64KiB", "--force")
        lf.convert(tmp_path / "o.parquet", tmp_path / "p.arrow", "--where", "id > 1000",
                   "--columns", "m,who,tags,id", "--force")
        kept = [r for r in records[7:] if r["tags"] is not None and r["id"] > 1000]
        made = pa.ipc.open_file(tmp_path / "p.arrow").read_all().to_pylist()
        assert [r["id"] for r in made] == [r["id"] for r in kept]
        for have, want in zip(made, kept):
            assert have["tags"] == want["tags"] and have["m"] == want["m"]
            assert have["who"]["name"] == want["who"]["name"]


def test_json_whose_columns_come_late(tmp_path):
    """Skipping alone needs no pass before: groups widen by rows that are left out, too."""
    with open(tmp_path / "a.jsonl", "w") as f:
        for i in range(60000):
            r = {"id": i, "v": i % 5}
            if i > 50000:
                r["late"] = {"k": [i, None]}
            if i == 59000:
                r["v"] = "text"
            f.write(json.dumps(r) + "\n")
    made = set()
    for threads in ("1", "2", "7"):
        out = tmp_path / f"{threads}.parquet"
        lf.convert(tmp_path / "a.jsonl", out, "--skip", "55555", "--threads", threads,
                   "--row-group-size", "64KiB")
        made.add(out.read_bytes())
        t = pq.read_table(out)
        assert t["id"].to_pylist() == list(range(55555, 60000))
        assert t["v"].to_pylist() == ["text" if i == 59000 else str(i % 5)
                                      for i in range(55555, 60000)]
        assert t["late"][0].as_py() == {"k": [55555, None]}
    assert len(made) == 1


def test_skip_with_a_late_change_keeps_spellings(tmp_path):
    """The cut falls into a tile with cells that are no canonical print."""
    cells = ["1", "1.50", "NA", "-2", "1e3", ""]
    with open(tmp_path / "a.csv", "w") as f:
        f.write("id,v\n")
        for i in range(40000):
            f.write(f"{i},{'zz' if i == 39999 else cells[i * 7 % 6]}\n")
    for skip in (1, 63, 64, 65, 1001, 20000):
        lf.convert(tmp_path / "a.csv", tmp_path / "o.parquet", "--skip", str(skip),
                   "--row-group-size", "64KiB", "--force")
        want = [cells[i * 7 % 6] or None for i in range(skip, 39999)] + ["zz"]
        assert pq.read_table(tmp_path / "o.parquet")["v"].to_pylist() == want


@pytest.fixture
def parts(tmp_path):
    for k in range(30):
        with open(tmp_path / f"p{k:02}.csv", "w") as f:
            f.write("id,extra\n" if k % 3 == 0 else "id\n")
            for i in range(10 * k, 10 * k + 10):
                f.write(f"{i},{i % 4}\n" if k % 3 == 0 else f"{i}\n")
    return tmp_path


def test_several_inputs_are_one_table_for_rows(parts):
    for threads in ("1", "2"):
        run = lf.convert(f"{parts}/p*.csv", parts / "o.parquet", "--skip", "25", "--where",
                         "extra is null or extra > 1", "--threads", threads, "--force")
        def extra(i):
            return i % 4 if i // 10 % 3 == 0 else None
        want = [i for i in range(25, 300) if extra(i) is None or extra(i) > 1]
        assert ids(parts / "o.parquet") == want
        report = run.report
        assert report["rows"]["filtered"] == 300 - len(want)
        for f in report["files"]:
            assert f["rows_in"] == 10 == f["rows_out"] + f["rows_filtered"] + f["rows_rejected"]
        assert report["files"][0]["rows_filtered"] == 10


def test_a_sample_of_several_inputs(parts):
    lf.convert(f"{parts}/p*.csv", parts / "o.parquet", "--sample", "50")
    got = ids(parts / "o.parquet")
    assert len(set(got)) == 50 and got == sorted(got) and got[0] < 40 and got[-1] > 260


def test_an_output_each_has_rows_of_its_own(parts):
    run = lf.logflow("convert", parts / "p00.csv", parts / "p03.csv", "--skip", "3", "--limit", "2")
    assert run.rc == lf.DONE, run.err
    assert ids(parts / "p00.parquet") == [3, 4] and ids(parts / "p03.parquet") == [33, 34]


def test_columns_that_some_inputs_lack(parts):
    lf.convert(f"{parts}/p*.csv", parts / "o.parquet", "--columns", "extra,id")
    t = pq.read_table(parts / "o.parquet")
    assert t.column_names == ["extra", "id"] and t.num_rows == 300
    assert t["extra"].null_count == 200
    run = lf.logflow("convert", f"{parts}/p*.csv", "-o", parts / "n.parquet", "--columns",
                     "id,none")
    assert run.rc == lf.USAGE and "none" in run.err
    with open(parts / "q.jsonl", "w") as f:
        f.write('{"other": 1}\n')
    lf.write(parts / "l.txt", "p*.csv\nq.jsonl\n")
    lf.convert("@l.txt", parts / "u.parquet", "--columns", "extra,id,other", cwd=parts)
    assert pq.read_table(parts / "u.parquet")["other"].null_count == 300


def test_names_change_and_errors_name_the_nearest(tmp_path):
    numbers(tmp_path / "a.csv", 10)
    lf.convert(tmp_path / "a.csv", tmp_path / "o.parquet", "--rename", "id=v", "--rename", "v=id",
               "--rename", "w=a\\=b", "--where", "id > 5")
    t = pq.read_table(tmp_path / "o.parquet")
    assert t.column_names == ["v", "id", "a=b"] and t["v"].to_pylist() == [6, 7, 8, 9]
    for args, said in [(["--rename", "idd=x"], 'did you mean "id"?'),
                       (["--rename", "id=v"], 'two columns would be called "v"'),
                       (["--rename", "id"], "does not have the form OLD=NEW"),
                       (["--rename", "id=a", "--rename", "id=b"], "renamed twice"),
                       (["--where", "idd > 3"], 'did you mean "id"?'),
                       (["--where", "id > x"], "text stands in single quotes: 'x'"),
                       (["--where", "id > 'x'"], "compare it with a number"),
                       (["--where", "id >"], "a value is missing at the end"),
                       (["--where", "(id > 1"], ") is missing at the end"),
                       (["--where", "id like 'x'"], "not text"),
                       (["--where", 'w = "x"'], "write text as 'x'"),
                       (["--where", "id = null"], "is null"),
                       (["--where", "nothing_like_it = 1"], 'there are "id", "v", "w"'),
                       (["--sample", "x"], "no whole number")]:
        for form in ("csv", "parquet"):
            if form == "parquet":
                lf.convert(tmp_path / "a.csv", tmp_path / "i.parquet", "--force")
            source = tmp_path / ("a.csv" if form == "csv" else "i.parquet")
            run = lf.logflow("convert", source, "-o", tmp_path / "no.parquet", *args)
            assert run.rc == lf.USAGE and said in run.err, (args, run.err)
            assert not (tmp_path / "no.parquet").exists()


def test_json_names_change(tmp_path):
    lf.write(tmp_path / "a.jsonl", '{"a":{"b":1},"c":[1]}\n' * 10 + '{"c":"t","d":2}\n')
    lf.convert(tmp_path / "a.jsonl", tmp_path / "o.parquet", "--rename", "a=x", "--rename", "c=a")
    assert pq.read_table(tmp_path / "o.parquet").column_names == ["x", "a", "d"]
    run = lf.logflow("convert", tmp_path / "a.jsonl", "-o", tmp_path / "p.parquet", "--rename",
                     "a=d")
    assert run.rc == lf.USAGE and 'two columns would be called "d"' in run.err
    assert not (tmp_path / "p.parquet").exists()


def test_a_pipe(tmp_path):
    numbers(tmp_path / "a.csv", 30000)
    text = (tmp_path / "a.csv").read_bytes()
    for args, want in [(["--where", "v = 3"], 3000), (["--sample", "12"], 12),
                       (["--skip", "29990"], 10)]:
        run = lf.logflow("convert", "-", "-o", "-", *args, "--to", "parquet", stdin=text)
        assert run.rc == lf.DONE, run.err
        assert pq.read_table(io.BytesIO(run.out)).num_rows == want
    run = lf.logflow("convert", "-", "-o", "-", "--sample", "5", "--spool", "no", stdin=text)
    assert run.rc == lf.USAGE and "--sample reads its input twice" in run.err


def test_few_rows_of_many_blocks_share_row_groups(tmp_path):
    """Dense stretches have groups of their own; what is between them is put together, in order."""
    n = 60000
    kept = {i for i in range(n) if i % 300 == 0 or 20000 <= i < 24000 or 40000 <= i < 41000}
    made = {}
    for suffix in ("csv", "jsonl"):
        with open(tmp_path / f"a.{suffix}", "w") as f:
            if suffix == "csv":
                f.write("id,v,s\n" + "".join(f"{i},{int(i in kept)},{'x' * (i % 90)}\n"
                                              for i in range(n)))
            else:
                rows = ({"id": i, "v": int(i in kept), "s": {"t": ["x" * (i % 90)]}}
                        for i in range(n))
                f.writelines(json.dumps(r) + "\n" for r in rows)
        made[suffix] = set()
        for threads in ("1", "2", "7"):
            out = tmp_path / f"{suffix}{threads}.parquet"
            run = lf.convert(tmp_path / f"a.{suffix}", out, "--where", "v = 1", "--threads",
                             threads, "--row-group-size", "64KiB")
            made[suffix].add(out.read_bytes())
            t = pq.read_table(out)
            assert t["id"].to_pylist() == sorted(kept)
            texts = [r["t"][0] for r in t["s"].to_pylist()] if suffix == "jsonl" else \
                [s or "" for s in t["s"].to_pylist()]
            assert texts == ["x" * (i % 90) for i in sorted(kept)]
            assert run.report["row_groups"] == pq.ParquetFile(out).metadata.num_row_groups < 20
        assert len(made[suffix]) == 1
    run = lf.convert(tmp_path / "a.csv", tmp_path / "s.parquet", "--sample", "100",
                     "--row-group-size", "64KiB")
    assert run.report["row_groups"] == 1
