"""--ragged widen: rows with more fields than most add columns, wherever they come."""
import hashlib
import itertools

import lf
import pyarrow.parquet as pq
import pytest
import readers


def table(late):
    rows = [f"{i},word {i % 50}\n" for i in range(600_000)]
    rows[late] = f'{late},more,"a\nb",7\n'
    rows[late + 1] = f"{late + 1},most,c,8.5,2026-01-03\n"
    rows[late + 2] = f"{late + 2}\n"
    return "a,b\n" + "".join(rows)


@pytest.mark.parametrize("late", [10, 300_000, 599_990])
def test_late_rows_add_columns(late, tmp_path, out):
    """Row groups before them have nulls; the same bytes from files and pipes, on any threads."""
    text = table(late)
    src, files = lf.write(tmp_path / "in.csv", text), set()
    for how, threads in itertools.product(["file", "pipe"], [1, 2, 7]):
        run = lf.convert(src if how == "file" else "-", out, "--ragged", "widen", "--threads",
                         threads, "--memory-limit", "16MiB", "--row-group-size", "1MiB", "--force",
                         stdin=None if how == "file" else text.encode())
        assert run.report["rows"]["out"] == 600_000 and run.report["rows"]["rejected"] == 0
        assert run.report["rows"]["padded"] == 1
        if not lf.SANITIZED:
            assert run.peak_rss <= 16 * 1024 * 1024
        files.add(hashlib.sha256(out.read_bytes()).hexdigest())
    assert len(files) == 1
    t = pq.read_table(out)
    assert readers.types(out) == {"a": "int64", "b": "string", "column_3": "string",
                                  "column_4": "double", "column_5": "date32[day]"}
    assert t.num_rows == 600_000 and pq.ParquetFile(out).num_row_groups > 5
    got = [tuple(str(v) for v in r.values()) for r in t.slice(late - 1, 5).to_pylist()]
    assert [g[2:] for g in got] == [
        ("None",) * 3, ("a\nb", "7.0", "None"), ("c", "8.5", "2026-01-03"), ("None",) * 3,
        ("None",) * 3]
    assert got[3][1] == "None"
    assert t.column("column_3").null_count == 599_998


def test_without_it_they_are_bad_rows(tmp_path, out):
    run = lf.convert(lf.write(tmp_path / "in.csv", "a,b\n1,x\n2,y,z\n3,w\n"), out)
    assert run.report["rows"]["rejected"] == 1
    assert list(readers.types(out)) == ["a", "b"]


@pytest.mark.parametrize("text,columns", [
    ("a,b\n1,x\n2,y\n", ["a", "b"]), ("a,b\n1,x,\n2,y,\n3,z,\n", ["a", "b"]),
    ("a,b\n1,x,\n2,y,\n3,z,\n4,w,v\n", ["a", "b", "column_3"]),
    ("a,column_3\n1,x\n2,y,z\n", ["a", "column_3", "column_3_1"])])
def test_columns_that_come(text, columns, tmp_path, out):
    lf.convert(lf.write(tmp_path / "in.csv", text), out, "--ragged", "widen")
    assert list(readers.types(out)) == columns


def test_several_inputs_widen_alike(tmp_path, out):
    a = lf.write(tmp_path / "1.csv", "a,b\n1,x\n")
    b = lf.write(tmp_path / "2.csv", "a,b\n2,y,7\n3,z\n")
    run = lf.logflow("convert", a, b, "-o", out, "--ragged", "widen")
    assert run.rc == lf.DONE, run.err
    assert readers.pyarrow(out) == {"a": [1, 2, 3], "b": ["x", "y", "z"],
                                    "column_3": [None, 7, None]}
