"""Parquet as input: written anew with other options, every value kept."""
import datetime as dt
import decimal
import os
import pathlib
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support import lf

SHARED = lf.ROOT.parent.parent / "shared"
if not SHARED.exists():
    SHARED = lf.ROOT.parent / "shared"
BAR = SHARED / "tools/agreement/parquet_read_agreement.py"


def flat(n=3000):
    d = decimal.Decimal
    pick = lambda i, v: None if i % 7 == 3 else v  # noqa: E731
    return pa.table({
        "i8": pa.array([pick(i, i % 100 - 50) for i in range(n)], pa.int8()),
        "u64": pa.array([pick(i, 2**64 - 1 - i) for i in range(n)], pa.uint64()),
        "f": pa.array([pick(i, i / 3) for i in range(n)], pa.float32()),
        "x": pa.array([pick(i, float("nan") if i % 5 == 0 else -i / 7) for i in range(n)]),
        "s": [pick(i, f"text {i % 300} é") for i in range(n)],
        "raw": pa.array([pick(i, bytes([i % 256, 255, 0]) * 30) for i in range(n)], pa.binary()),
        "d9": pa.array([pick(i, d(i) / 100) for i in range(n)], pa.decimal128(9, 2)),
        "d38": pa.array([pick(i, d(i * 10**20) / 1000) for i in range(n)], pa.decimal128(38, 3)),
        "day": pa.array([pick(i, dt.date(1960, 1, 1) + dt.timedelta(i)) for i in range(n)]),
        "ms": pa.array([pick(i, i * 86399999) for i in range(n)], pa.timestamp("ms")),
        "ns": pa.array([pick(i, i * 86399999999999) for i in range(n)], pa.timestamp("ns", "UTC")),
        "t": pa.array([pick(i, i * 1000) for i in range(n)], pa.time32("ms")),
        "b": [pick(i, i % 3 == 0) for i in range(n)],
        "must": pa.array(range(n), pa.int64()),
    }, schema=None)


def nested(n=2500):
    return pa.table({
        "id": list(range(n)),
        "l": [None if i % 9 == 4 else [j if j % 3 else None for j in range(i % 6)]
              for i in range(n)],
        "s": [None if i % 8 == 2 else {"a": i, "b": None if i % 3 else {"c": f"v{i % 20}"}}
              for i in range(n)],
        "ll": [[[str(i)], [], None] if i % 2 else [] for i in range(n)],
        "m": pa.array([None if i % 5 == 1 else [(f"k{j}", j * i) for j in range(i % 4)]
                       for i in range(n)], pa.map_(pa.string(), pa.int64())),
        "ls": [[{"p": j, "q": [j] * j} for j in range(i % 3)] for i in range(n)],
    })


def same(a, b):
    """Values, and names; NaN is NaN; types may be wider."""
    assert a.column_names == b.column_names and a.num_rows == b.num_rows
    for name in a.column_names:
        x, y = a[name].to_pylist(), b[name].to_pylist()
        for i, (v, w) in enumerate(zip(x, y)):
            if isinstance(v, float) and v != v:
                assert w != w, (name, i)
            elif isinstance(v, dt.datetime):
                assert v.replace(tzinfo=None) == w.replace(tzinfo=None), (name, i, v, w)
            else:
                assert v == w, (name, i, v, w)


@pytest.mark.parametrize("make", [flat, nested])
@pytest.mark.parametrize("args", [[], ["--compression", "zstd:3"], ["--compression", "none"],
                                  ["--encodings", "plain"], ["--encodings", "modern"],
                                  ["--data-page", "v2"], ["--row-group-size", "64KiB"]])
def test_values_are_kept(tmp_path, make, args):
    table = make()
    src, out = tmp_path / "a.parquet", tmp_path / "b.parquet"
    pq.write_table(table, src, row_group_size=700, data_page_size=2000)
    run = lf.convert(src, out, *args)
    same(table, pq.read_table(out))
    assert run.report["rows"]["out"] == table.num_rows and run.report["format_in"] == "parquet"
    assert lf.logflow("verify", src, out).rc == 0
    if "--row-group-size" in args:
        assert pq.ParquetFile(out).num_row_groups > 1


def test_bytes_stay_bytes_with_bounds_that_hold(tmp_path):
    src, out = tmp_path / "a.parquet", tmp_path / "b.parquet"
    values = [bytes([255] * 70 + [i]) for i in range(3)] + [bytes([0x61] * 63 + [0xff, 0xfe, i])
                                                             for i in range(3)]
    pq.write_table(pa.table({"v": values[3:], "w": values[:3]}), src)
    lf.convert(src, out)
    f = pq.ParquetFile(out)
    assert str(f.schema_arrow.field("v").type) == "binary"
    assert f.read()["v"].to_pylist() == values[3:] and f.read()["w"].to_pylist() == values[:3]
    s = f.metadata.row_group(0).column(0).statistics
    assert s.min <= min(values[3:]) and (not s.has_min_max or s.max >= max(values[3:]))


def test_bytes_are_a_function_of_values(tmp_path):
    """Row groups and pages of the input do not show in the output."""
    for i, kw in enumerate([{"row_group_size": 300}, {"compression": "gzip"},
                            {"use_dictionary": False, "data_page_version": "2.0"}]):
        pq.write_table(flat(), tmp_path / f"{i}.parquet", **kw)
        lf.convert(tmp_path / f"{i}.parquet", tmp_path / f"{i}.out.parquet")
    first = (tmp_path / "0.out.parquet").read_bytes()
    assert all((tmp_path / f"{i}.out.parquet").read_bytes() == first for i in (1, 2))


def test_columns_limit_and_union(tmp_path):
    src, out = tmp_path / "a.parquet", tmp_path / "b.parquet"
    pq.write_table(flat(1000), src, row_group_size=300)
    run = lf.convert(src, out, "--columns", "s,i8", "--limit", "450")
    t = pq.read_table(out)
    assert t.column_names == ["s", "i8"] and t.num_rows == 450
    assert run.report["rows"] == {**run.report["rows"], "in": 1000, "out": 450, "filtered": 550}
    other = tmp_path / "other.parquet"
    pq.write_table(flat(500).select(flat(1).column_names[::-1]), other)
    run = lf.logflow("convert", src, other, "-o", out, "--force")
    assert run.rc == 0, run.err
    assert pq.read_table(out)["s"].to_pylist() == flat(1000)["s"].to_pylist() + \
        flat(500)["s"].to_pylist()
    pq.write_table(pa.table({"s": [1]}), other)
    run = lf.logflow("convert", src, other, "-o", tmp_path / "c.parquet")
    assert run.rc == 0, run.err
    assert pq.read_table(tmp_path / "c.parquet")["s"].to_pylist()[-1] == "1"


def test_refusals(tmp_path):
    src = tmp_path / "a.parquet"
    pq.write_table(flat(100), src)
    out = tmp_path / "b.parquet"
    assert lf.logflow("convert", src, "-o", out, "--type", "s=int64").rc == lf.USAGE
    assert lf.logflow("convert", src, "-o", out, "--columns", "nope").rc == lf.USAGE
    assert lf.logflow("convert", src).rc == lf.USAGE  # the output would be the input
    data = src.read_bytes()
    for cut in (4, 11, 100, len(data) - 1):
        part = lf.write(tmp_path / "cut.parquet", data[:cut])
        run = lf.logflow("convert", part, "-o", out)
        assert run.rc == lf.BAD_DATA and "cut.parquet" in run.err, (cut, run.rc, run.err)
    pq.write_table(flat(100), src, compression="none", write_page_checksum=True)
    broken = bytearray(src.read_bytes())
    broken[60] ^= 1
    x = lf.write(tmp_path / "x.parquet", bytes(broken))
    run = lf.logflow("convert", x, "-o", out)
    assert run.rc == lf.BAD_DATA and "row group 0, column 'i8'" in run.err, run.err
    assert lf.files_in(tmp_path) == ["a.parquet", "cut.parquet", "x.parquet"]


def test_memory_is_constant(tmp_path):
    src, out = tmp_path / "a.parquet", tmp_path / "b.parquet"
    n = 1_500_000
    pq.write_table(pa.table({"a": list(range(n)), "b": [f"row {i * 7919 % n}" for i in range(n)]}),
                   src, data_page_size=1 << 16)
    run = lf.convert(src, out, "--memory-limit", "16MiB")
    assert pq.ParquetFile(out).num_row_groups >= 3
    if not lf.SANITIZED:
        assert run.peak_rss < 24 << 20, run.peak_rss
    assert lf.logflow("verify", src, out).rc == 0


@pytest.mark.skipif(not BAR.exists(), reason="../shared is not here")
@pytest.mark.parametrize("which", ["core", "variant", "pyarrow-only"])
def test_agreement_on_the_shared_corpus(which):
    run = subprocess.run([sys.executable, BAR, lf.LOGFLOW, "--set", which, "--threshold", "1.0",
                          "--timeout", str(10 * lf.SLOW)], capture_output=True, text=True,
                         env={**os.environ, "LF_PY": sys.executable})
    assert run.returncode == 0 and "crashes 0" in run.stdout, run.stdout + run.stderr


@pytest.mark.skipif(not BAR.exists(), reason="../shared is not here")
def test_every_file_of_the_corpus_is_read_or_refused(tmp_path):
    files = sorted(p for p in (SHARED / "corpus/parquet").rglob("*") if p.is_file())
    assert len(files) > 100
    for path in files:
        run = lf.logflow("inspect", path, "--rows", "3")
        assert run.rc in (lf.DONE, lf.BAD_DATA, lf.USAGE, lf.LIMIT), (path, run.rc, run.err)
        assert run.rc == lf.DONE or pathlib.Path(path).name[-40:] in run.err, run.err
