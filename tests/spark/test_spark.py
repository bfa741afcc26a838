"""Spark 4.1 reads what we write with the default encodings."""
import datetime as dt
import decimal
import json

import lf
import pytest

pyspark = pytest.importorskip("pyspark")


@pytest.fixture(scope="module")
def spark():
    from pyspark.sql import SparkSession
    s = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
         .config("spark.sql.session.timeZone", "UTC").getOrCreate())
    yield s
    s.stop()


@pytest.mark.parametrize("options", [[], ["--data-page", "v2"], ["--compression", "zstd"],
                                     ["--compression", "gzip"], ["--compression", "lz4"],
                                     ["--encodings", "plain"]])
def test_spark_reads_all_types(options, spark, tmp_path, out):
    rows = 20000
    src = lf.write(tmp_path / "in.csv", "n,x,flag,day,at,word,text\n" + "".join(
        f"{i},{i / 8},{'true' if i % 3 else 'false'},2026-01-{1 + i % 28:02d},"
        f"2026-01-01 00:{i % 60:02d}:00,w{i % 9},\"free, text {i * 7919 % 10007}\"\n"
        for i in range(rows)))
    lf.convert(src, out, "--row-group-size", "256KiB", *options)
    got = spark.read.parquet(str(out)).orderBy("n").collect()
    assert len(got) == rows
    for i in (0, 1, 777, rows - 1):
        r = got[i]
        assert (r.n, r.x, r.flag, r.word) == (i, i / 8, bool(i % 3), f"w{i % 9}")
        assert r.day == dt.date(2026, 1, 1 + i % 28)
        assert r.at == dt.datetime(2026, 1, 1, 0, i % 60)
        assert r.text == f"free, text {i * 7919 % 10007}"


def test_spark_agrees_with_pyarrow_on_lineitem(spark, data, out):
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    lf.convert(data.lineitem(0.1), out)
    t = pq.read_table(out)
    frame = spark.read.parquet(str(out))
    assert frame.count() == t.num_rows
    sums = frame.selectExpr("sum(l_orderkey)", "sum(l_partkey)", "sum(length(l_comment))",
                            "min(l_shipdate)", "max(l_receiptdate)").collect()[0]
    assert sums[0] == pc.sum(t["l_orderkey"]).as_py()
    assert sums[1] == pc.sum(t["l_partkey"]).as_py()
    assert sums[2] == pc.sum(pc.utf8_length(t["l_comment"])).as_py()
    assert sums[3] == pc.min(t["l_shipdate"]).as_py()
    assert sums[4] == pc.max(t["l_receiptdate"]).as_py()


def test_spark_reads_nested_columns_and_decimals(spark, tmp_path, out):
    import pyarrow.parquet as pq
    src = lf.write(tmp_path / "in.jsonl", "".join(json.dumps({
        "id": i, "price": i / 4, "big": f"{10 ** 20 + i}.25",
        "tags": None if i % 5 == 0 else [f"t{k}" for k in range(i % 4)],
        "who": None if i % 7 == 0 else {"name": f"n{i % 3}", "ids": [i, None]},
        "lines": [{"k": k, "v": None if k else "x"} for k in range(i % 3)],
        "counts": {f"key{i % 5000}": i, "all": None}}) + "\n" for i in range(12_000)))
    lf.convert(src, out, "--type", "price=decimal(10,2)", "--type", "big=decimal(30,2)")
    want = pq.read_table(out).to_pylist()
    got = [r.asDict(recursive=True) for r in spark.read.parquet(str(out)).orderBy("id").collect()]
    assert len(got) == len(want) == 12_000
    assert got[9]["price"] == decimal.Decimal("2.25")
    for g, w in zip(got, want):
        w["counts"] = dict(w["counts"])
        assert g == w


@pytest.mark.parametrize("column,options,reason", [
    ("10:11:12", [], "TIME"),
    ("2026-01-02 03:04:05.123456789", [], "NANOS"),
    ("text that becomes shorter " * 40, ["--compression", "brotli"], "[Bb]rotli")])
def test_what_spark_does_not_read(column, options, reason, spark, tmp_path, out):
    """Its limits, not ours; when one falls, the guide to types may say so."""
    lf.convert(lf.write(tmp_path / "in.csv", "a\n" + f"{column}\n" * 100), out, *options)
    with pytest.raises(Exception, match=reason):
        spark.read.parquet(str(out)).collect()
