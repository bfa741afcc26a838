"""Lineitem and flights: every cell equal to DuckDB's own conversion of the same file."""
import duckdb
import lf
import pytest


def compare(src, out, null):
    """Rows and columns in order, values as DuckDB types them; returns differing cells."""
    con = duckdb.connect()
    con.execute("set threads=2; set TimeZone='UTC'; set preserve_insertion_order=true")
    nulls = f", nullstr='{null}'" if null else ""
    theirs = f"read_csv('{src}', sample_size=-1{nulls})"
    ours = f"read_parquet('{out}')"
    want = con.execute(f"describe select * from {theirs}").fetchall()
    got = con.execute(f"describe select * from {ours}").fetchall()
    assert [c[0] for c in got] == [c[0] for c in want]
    counts = [f'sum(case when a."{n}" is distinct from b."{n}"::{t} then 1 else 0 end) as "{n}"'
              for (n, *_), (_, t, *_) in zip(want, got)]
    row = con.execute(
        f"select count(*), {', '.join(counts)} from (select row_number() over () as i_, * from "
        f"{ours}) a full join (select row_number() over () as i_, * from {theirs}) b "
        "using (i_)").fetchone()
    return row[0], {n: d for (n, *_), d in zip(want, row[1:]) if d}


@pytest.mark.parametrize("options", [[], ["--row-group-size", "512KiB", "--threads", "7"]])
def test_lineitem(options, data, out):
    src = data.lineitem(0.1)
    run = lf.convert(src, out, *options)
    rows, bad = compare(src, out, None)
    assert rows == run.report["rows"]["out"] > 600000
    assert not bad


@pytest.mark.parametrize("options", [[], ["--row-group-size", "1MiB", "--threads", "3"]])
def test_flights(options, data, out):
    src = data.flights(1)
    run = lf.convert(src, out, "--null", "NA", *options)
    rows, bad = compare(src, out, "NA")
    assert rows == run.report["rows"]["out"] == 336776
    assert not bad


def test_wide(data, out):
    src = data.wide(1000, 600)
    lf.convert(src, out)
    rows, bad = compare(src, out, None)
    assert rows == 600 and not bad


def test_quoted(data, out):
    src = data.quoted(8)
    lf.convert(src, out, "--row-group-size", "256KiB")
    rows, bad = compare(src, out, None)
    assert rows > 10000 and not bad
