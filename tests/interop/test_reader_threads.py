"""Parquet and Arrow inputs read by several threads: the same bytes, every row in its place."""
import json

import lf
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import pytest


def table(n=25_000, nested=False):
    i = np.arange(n)
    t = {"i": pa.array(i, mask=i % 11 == 4), "x": i / 7,
         "day": pa.array((i % 9000).astype("i4")).cast(pa.date32()),
         "s": pa.array([f"row {k} é" for k in range(n)]),
         "w": pa.array([f"word{k % 50}" for k in range(n)], mask=i % 5 == 2),
         "d": pa.array(i).cast(pa.decimal128(20, 0)), "b": pa.array(i % 3 == 0)}
    if nested:
        t["l"] = pa.array([[k, None] * (k % 3) for k in range(n)])
        t["st"] = pa.array([{"a": k, "b": str(k)} if k % 4 else None for k in range(n)])
    return pa.table(t)


def as_arrow(t, path, stream=False, chunk=3000, **options):
    make = ipc.new_stream if stream else ipc.new_file
    with make(path, t.schema, options=ipc.IpcWriteOptions(**options)) as w:
        w.write_table(t, max_chunksize=chunk)


SOURCES = {
    "parquet small groups": lambda t, p: pq.write_table(t, p, row_group_size=2500),
    "parquet one group": lambda t, p: pq.write_table(t, p, data_page_size=4000),
    "parquet v2 delta": lambda t, p: pq.write_table(
        t, p, data_page_version="2.0", data_page_size=3000, use_dictionary=["w"],
        column_encoding={"i": "DELTA_BINARY_PACKED", "s": "DELTA_BYTE_ARRAY"}),
    "parquet by polars": lambda t, p: pl.from_arrow(t).write_parquet(p, row_group_size=4000),
    "arrow file": as_arrow,
    "arrow one batch": lambda t, p: as_arrow(t, p, chunk=10**9),
    "arrow zstd": lambda t, p: as_arrow(t, p, compression="zstd"),
    "arrow stream": lambda t, p: as_arrow(t, p, stream=True),
    "arrow coded": lambda t, p: as_arrow(
        t.set_column(4, "w", t["w"].combine_chunks().dictionary_encode()), p),
    "arrow stream coded": lambda t, p: as_arrow(
        t.set_column(4, "w", t["w"].combine_chunks().dictionary_encode()), p, stream=True),
}


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("nested", [False, True])
def test_same_bytes_on_any_number_of_threads(tmp_path, kind, nested):
    t, src, seen = table(nested=nested), tmp_path / "in.any", set()
    SOURCES[kind](t, src)
    for threads in (1, 2, 7):
        out = tmp_path / f"{threads}.parquet"
        run = lf.convert(src, out, "--threads", threads, "--row-group-size", "256KiB")
        assert run.report["rows"]["in"] == run.report["rows"]["out"] == t.num_rows
        seen.add(out.read_bytes())
    assert len(seen) == 1
    got = pq.read_table(tmp_path / "7.parquet")
    assert got.to_pylist() == t.to_pylist()
    groups = pq.ParquetFile(tmp_path / "1.parquet").num_row_groups
    if not nested or kind != "parquet one group":  # which is one part then
        assert groups > 2


@pytest.mark.parametrize("kind", ["parquet one group", "parquet by polars", "arrow file"])
@pytest.mark.parametrize("suffix", ["csv", "jsonl", "arrow", "arrows"])
def test_same_bytes_of_other_outputs(tmp_path, kind, suffix):
    t, src, seen = table(100_000), tmp_path / "in.any", set()
    SOURCES[kind](t, src)
    for threads in (1, 2, 5):
        out = tmp_path / f"{threads}.{suffix}"
        lf.convert(src, out, "--threads", threads, "--memory-limit", "40MiB")
        seen.add(out.read_bytes())
    assert len(seen) == 1
    if suffix == "jsonl":
        lines = (tmp_path / "5.jsonl").read_bytes().splitlines()
        assert len(lines) == t.num_rows and json.loads(lines[-1])["s"] == t["s"][-1].as_py()


def test_parts_of_a_large_row_group(tmp_path):
    """A row group is read by several workers, which pass over the pages before their rows."""
    i, seen = np.arange(1_200_000), set()
    t = pa.table({"i": i, "x": pa.array(i / 3, mask=i % 7 == 0), "c": pa.array(i % 100)})
    for k, how in enumerate([{}, {"data_page_version": "2.0", "use_dictionary": ["c"]},
                             {"data_page_size": 10**8}]):
        src = tmp_path / f"{k}.parquet"
        pq.write_table(t, src, row_group_size=len(t), **{"data_page_size": 20_000, **how})
        for threads in (1, 2):
            out = tmp_path / "o.parquet"
            lf.convert(src, out, "--force", "--threads", threads, "--memory-limit", "32MiB")
            seen.add(out.read_bytes())
        assert pq.read_table(out).equals(t)
    assert len(seen) == 1


def test_small_inputs_share_row_groups(tmp_path):
    t, seen = table(30_000), set()
    for k in range(30):
        part = t.slice(k * 1000, 1000)
        path = tmp_path / f"in{k:02}.any"
        if k % 2:
            pq.write_table(part, path)
        else:
            pq.write_table(part.select(part.column_names[::-1]), path)
    inputs = sorted(tmp_path.glob("in*.any"))
    for threads in (1, 3):
        out = tmp_path / f"{threads}.parquet"
        run = lf.logflow("convert", *inputs, "-o", out, "--threads", threads,
                         "--row-group-size", "256KiB")
        assert run.rc == lf.DONE, run.err
        seen.add(out.read_bytes())
    assert len(seen) == 1
    got = pq.read_table(out)
    assert got.select(t.column_names).to_pylist() == t.to_pylist()
    assert 3 < pq.ParquetFile(out).num_row_groups < 20


@pytest.mark.parametrize("options", [[], ["--memory-limit", "40MiB"]])
@pytest.mark.parametrize("kind", ["parquet", "arrow", "arrow lz4"])
def test_memory_on_many_threads(tmp_path, kind, options):
    src = tmp_path / "in.any"
    t = table(800_000)
    if kind == "parquet":
        pq.write_table(t, src, row_group_size=100_000)
    else:
        as_arrow(t, src, chunk=50_000, compression="lz4" if "lz4" in kind else None)
    seen = set()
    for threads in (1, 2, 32):
        run = lf.convert(src, tmp_path / "o.parquet", "--force", "--threads", threads, *options)
        seen.add((tmp_path / "o.parquet").read_bytes())
        if not lf.SANITIZED:
            assert run.peak_rss < (40 if options else 100) * 2**20, threads
    assert len(seen) == 1


def test_the_first_failure_of_the_file_is_told(tmp_path):
    """Damage in two places, on any number of threads: the first is told, and nothing is left."""
    src, out = tmp_path / "in.parquet", tmp_path / "o.parquet"
    pq.write_table(table(), src, row_group_size=2000, compression="none", use_dictionary=False,
                   write_page_checksum=True)
    m, data = pq.read_metadata(src), bytearray(src.read_bytes())
    for group in (5, 9):
        c = m.row_group(group).column(3)
        data[c.data_page_offset + c.total_compressed_size // 2] ^= 0xFF
    src.write_bytes(data)
    for threads in (1, 2, 7):
        run = lf.logflow("convert", src, "-o", out, "--threads", threads,
                         "--row-group-size", "256KiB")
        assert run.rc == lf.BAD_DATA and "row group 5" in run.err and not out.exists(), run.err


@pytest.mark.parametrize("kind", ["parquet small groups", "parquet one group", "arrow file",
                                  "arrow zstd", "arrow stream"])
def test_limits_are_the_first_rows_on_all_threads(tmp_path, kind):
    src, t = tmp_path / "in.any", table()
    SOURCES[kind](t, src)
    for limit in (1, 12345, t.num_rows - 1, t.num_rows, t.num_rows + 9):
        seen = set()
        for threads in (1, 2, 5):
            out = tmp_path / "o.parquet"
            run = lf.convert(src, out, "--force", "--limit", limit, "--threads", threads,
                             "--row-group-size", "256KiB")
            rows, seen = run.report["rows"], seen | {out.read_bytes()}
            assert rows["out"] == min(limit, t.num_rows)
            assert rows["in"] == rows["out"] + rows["filtered"] + rows["rejected"]
            if kind.startswith("parquet"):  # whose footer tells
                assert rows["in"] == t.num_rows
            if threads > 1 and limit > 12345:
                assert run.report["threads"]["used"] > 1
        assert len(seen) == 1
        assert pq.read_table(out).to_pylist() == t.slice(0, limit).to_pylist()


def test_limits_over_many_inputs(tmp_path):
    t, inputs = table(20_000), []
    for k in range(5):
        inputs.append(tmp_path / f"in{k}.any")
        (pq.write_table if k % 2 else as_arrow)(t.slice(k * 4000, 4000), inputs[-1])
    for limit in (3999, 4000, 9001):
        for threads in (1, 3):
            out = tmp_path / "o.parquet"
            run = lf.logflow("convert", *inputs, "-o", out, "--force", "--limit", limit,
                             "--threads", threads, "--row-group-size", "256KiB")
            assert run.rc == lf.DONE, run.err
            got = pq.read_table(out)
            assert got.select(t.column_names).to_pylist() == t.slice(0, limit).to_pylist()


@pytest.mark.parametrize("kind", ["parquet small groups", "parquet one group", "arrow zstd"])
def test_samples_are_the_same_on_all_threads(tmp_path, kind):
    src, t = tmp_path / "in.any", table()
    SOURCES[kind](t.append_column("row", pa.array(range(t.num_rows))), src)
    for options in (["--sample", "700"], ["--sample", "700", "--skip", "1234"],
                    ["--sample", "9999999"], ["--sample", "50", "--where", "row >= 9000"],
                    ["--sample", "700", "--limit", "20"]):
        seen = set()
        for threads in (1, 2, 5):
            out = tmp_path / "o.parquet"
            run = lf.convert(src, out, "--force", *options, "--threads", threads,
                             "--row-group-size", "256KiB")
            seen.add(out.read_bytes())
            if threads > 1 and "--where" not in options and "--limit" not in options:
                assert run.report["threads"]["used"] > 1
            if kind.startswith("parquet") or "--limit" not in options:
                assert run.report["rows"]["in"] == t.num_rows
        assert len(seen) == 1, options
        rows = pq.read_table(out)["row"].to_pylist()
        first = 1234 if "--skip" in options else 9000 if "--where" in options else 0
        want = 20 if "--limit" in options else min(int(options[1]), t.num_rows - first)
        assert len(rows) == want and rows == sorted(set(rows)) and rows[0] >= first


def dense_and_sparse(i):
    """Stretches that are kept whole, between rows of which one in 300 is."""
    return i % 300 == 0 or 5000 <= i < 9000 or 17000 <= i < 18000


@pytest.mark.parametrize("kind", ["parquet small groups", "parquet one group", "arrow file",
                                  "arrow zstd", "arrow coded"])
@pytest.mark.parametrize("nested", [False, True])
def test_rows_that_conditions_keep_on_all_threads(tmp_path, kind, nested):
    t, src, seen = table(nested=nested), tmp_path / "in.any", set()
    keep = [dense_and_sparse(i) for i in range(t.num_rows)]
    SOURCES[kind](t.append_column("keep", pa.array(keep)), src)
    want = t.filter(pa.array([k and i >= 333 for i, k in enumerate(keep)]))
    for threads in (1, 2, 7):
        out = tmp_path / f"{threads}.parquet"
        run = lf.convert(src, out, "--threads", threads, "--row-group-size", "256KiB", "--skip",
                         333, "--where", "keep = true", "--columns", ",".join(t.column_names))
        rows, groups = run.report["rows"], pq.ParquetFile(out).metadata.num_row_groups
        assert rows == {"in": t.num_rows, "out": want.num_rows, "rejected": 0, "padded": 0,
                        "filtered": t.num_rows - want.num_rows}
        if not nested or "one" not in kind:
            assert run.report["threads"]["used"] >= min(threads, 2)
        assert run.report["row_groups"] == groups and 1 <= groups <= 8
        seen.add(out.read_bytes())
    assert len(seen) == 1
    assert pq.read_table(tmp_path / "7.parquet").to_pylist() == want.to_pylist()


def test_rows_of_several_inputs_that_conditions_keep(tmp_path):
    t, seen = table(30_000), set()
    pq.write_table(t.slice(0, 9_000), tmp_path / "a.parquet", row_group_size=2000)
    as_arrow(t.slice(9_000, 12_000), tmp_path / "b.arrow")
    pq.write_table(t.slice(21_000), tmp_path / "c.parquet", row_group_size=100_000)
    inputs = [tmp_path / n for n in ("a.parquet", "b.arrow", "c.parquet")]
    for threads in (1, 3):
        out = tmp_path / f"{threads}.parquet"
        run = lf.logflow("convert", *inputs, "-o", out, "--threads", threads, "--skip", "10000",
                         "--where", "w = 'word3'", "--row-group-size", "256KiB", "--report",
                         tmp_path / "r.json")
        assert run.rc == lf.DONE, run.err
        report = json.loads((tmp_path / "r.json").read_text())
        assert [r["rows_in"] for r in report["files"]] == [9_000, 12_000, 9_000]
        assert report["files"][0]["rows_out"] == 0
        seen.add(out.read_bytes())
    assert len(seen) == 1
    want = [i for i, w in enumerate(t["w"].to_pylist()) if w == "word3" and i >= 10_000]
    assert [int(s.split()[1]) for s in pq.read_table(out)["s"].to_pylist()] == want


@pytest.mark.parametrize("threads", [1, 4])
def test_a_damaged_part_is_told_whatever_the_condition_keeps(tmp_path, threads):
    src = tmp_path / "in.arrow"
    as_arrow(table(30_000).select(["i", "s"]), src, chunk=5000)
    whole = bytearray(src.read_bytes())
    at = whole.index(b"row 22000 ")
    whole[at] = 0xFF
    src.write_bytes(whole)
    run = lf.logflow("convert", src, "-o", tmp_path / "o.parquet", "--where", "i < 9", "--threads",
                     threads, "--row-group-size", "256KiB")
    assert run.rc == lf.BAD_DATA and "UTF-8" in run.err
    assert lf.files_in(tmp_path) == ["in.arrow"]
