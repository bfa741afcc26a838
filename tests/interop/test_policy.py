"""Bad rows: what is set aside, what ends the run, and that every row is accounted for."""
import json

import lf
import pytest
import readers

GOOD = "".join(f"{i},x{i}\n" for i in range(1, 41))
BAD_WIDTH = "a,b\n" + GOOD + "41,x,surplus\n" + "42,y\n"


def ledger(run):
    r = run.report["rows"]
    return r["in"], r["out"], r["rejected"]


def test_bad_rows_are_set_aside_verbatim(tmp_path, out):
    run = lf.convert(lf.write(tmp_path / "in.csv", BAD_WIDTH), out)
    assert ledger(run) == (42, 41, 1)
    (bad,) = lf.rejects(out)
    assert {"code", "name", "reason", "row", "line", "column", "byte_offset", "raw"} <= set(bad)
    assert (bad["name"], bad["row"], bad["line"]) == ("ROW_WIDTH", 41, 42)
    assert bad["raw"].rstrip("\n") == "41,x,surplus"
    assert bad["byte_offset"] == BAD_WIDTH.index("41,x,surplus")
    assert "warning" in run.err.lower()
    assert readers.pyarrow(out)["a"] == [*range(1, 41), 42]


def test_rejects_file_only_where_a_row_is_bad(tmp_path, out):
    lf.convert(lf.write(tmp_path / "in.csv", "a,b\n" + GOOD), out)
    assert lf.files_in(tmp_path) == ["in.csv", "out.parquet"]


def test_rejects_without_their_output_give_way(tmp_path, out):
    """Who deletes OUT and converts again gets OUT; a side file that was named is an output."""
    src = lf.write(tmp_path / "in.csv", BAD_WIDTH)
    side = lf.write(f"{out}.rejects.jsonl", "of an earlier conversion")
    run = lf.convert(src, out)
    assert "rejects.jsonl, of an earlier conversion, is replaced" in run.err
    assert len(lf.rejects(out)) == 1
    out.unlink()
    run = lf.convert(lf.write(src, "a,b\n" + GOOD), out)
    assert "rejects.jsonl is of an earlier conversion" in run.err and side.exists()
    lf.convert(src, out, "--force")
    assert not side.exists()
    lf.write(side, "{}")
    out.unlink()
    assert "LF004" in lf.logflow("convert", side, "-o", out).err
    named = lf.write(tmp_path / "bad.jsonl", "kept")
    run = lf.logflow("convert", src, "-o", out, "--rejects", named)
    assert run.rc == lf.USAGE and "LF003" in run.err and named.read_text() == "kept"


def test_strict_ends_at_the_first_bad_row(tmp_path, out):
    run = lf.convert(lf.write(tmp_path / "in.csv", BAD_WIDTH), out, "--on-error", "strict",
                     rc=lf.BAD_DATA)
    assert lf.files_in(tmp_path) == ["in.csv"]
    assert "42" in run.err, "names the line"


def test_permissive_counts_and_keeps_nothing(tmp_path, out):
    run = lf.convert(lf.write(tmp_path / "in.csv", BAD_WIDTH), out, "--on-error", "permissive")
    assert ledger(run) == (42, 41, 1)
    assert lf.files_in(tmp_path) == ["in.csv", "out.parquet"]


@pytest.mark.parametrize("bad,options,rc", [
    (10, [], lf.DONE), (11, [], lf.BAD_DATA), (11, ["--max-bad", "11"], lf.DONE),
    (3, ["--max-bad", "2"], lf.BAD_DATA), (8, ["--max-bad", "50%"], lf.DONE),
])
def test_too_many_bad_rows_leave_nothing(bad, options, rc, tmp_path, out):
    text = "a,b\n" + GOOD + "1,2,3\n" * bad
    run = lf.convert(lf.write(tmp_path / "in.csv", text), out, *options, rc=rc)
    assert out.exists() == (rc == lf.DONE)
    if rc:
        assert lf.files_in(tmp_path) == ["in.csv"]
        assert "bad" in run.err


def test_no_good_row_fails(tmp_path, out):
    src = lf.write(tmp_path / "in.csv", "a,b\nx,y\nz,w\n")
    lf.convert(src, out, "--type", "a=int64", rc=lf.BAD_DATA)
    assert lf.files_in(tmp_path) == ["in.csv"]


@pytest.mark.parametrize("junk", [b"\xff\x80", b"a,\xe9", b'"open', b"\xff\n\xfe\n"])
def test_junk_alone_fails(junk, tmp_path, out):
    lf.convert(lf.write(tmp_path / "in.csv", junk), out, rc=lf.BAD_DATA)
    assert lf.files_in(tmp_path) == ["in.csv"]


def test_misfit_of_an_explicit_type_is_a_bad_row(tmp_path, out):
    text = "a,b\n" + GOOD + "4x,y\n42,z\n"
    run = lf.convert(lf.write(tmp_path / "in.csv", text), out, "--type", "a=int64")
    assert ledger(run) == (42, 41, 1)
    (bad,) = lf.rejects(out)
    assert bad["name"] == "TYPE_MISFIT" and bad["column"] in (1, "a")
    assert readers.types(out)["a"] == "int64"


@pytest.mark.parametrize("before", ["41,x,surplus\n", "41,\xff\n", '41,"open\n', "\n", "41\n"])
def test_a_misfit_behind_another_bad_row_is_no_null(before, tmp_path, out):
    text = "a,b\n" + GOOD + before + "x42,y\n43,\"z\"\n"
    run = lf.convert(lf.write(tmp_path / "in.csv", text.encode("latin-1")), out, "--type",
                     "a=int64")
    assert lf.rejects(out)[-1]["raw"] == "x42,y"
    assert None not in readers.pyarrow(out)["a"]
    assert run.report["rows"]["rejected"] == 1 + (before not in ("\n", "41\n"))


def test_a_quote_that_never_closes_swallows_no_row(tmp_path, out):
    text = "a,b\n" + GOOD + '41,"open\n' + "".join(f'{i},"y{i}"\n' for i in range(42, 60))
    run = lf.convert(lf.write(tmp_path / "in.csv", text), out)
    assert ledger(run) == (59, 58, 1)
    (bad,) = lf.rejects(out)
    assert (bad["name"], bad["row"], bad["raw"]) == ("QUOTE_OPEN", 41, '41,"open')
    assert readers.pyarrow(out)["b"][-1] == "y59"


def test_invalid_utf8_is_one_bad_row(tmp_path, out):
    data = b"a,b\n" + GOOD.encode() + b"41,caf\xe9\n42,ok\n"
    run = lf.convert(lf.write(tmp_path / "in.csv", data), out)
    assert ledger(run) == (42, 41, 1)
    (bad,) = lf.rejects(out)
    assert bad["name"] == "BAD_UTF8" and bad["line"] == 42
    assert readers.pyarrow(out)["a"][-1] == 42


def test_a_quote_that_never_closes_is_one_bad_row(tmp_path, out):
    text = "a,b\n" + GOOD + '41,"open\n' + "".join(f"{i},y\n" for i in range(42, 60))
    run = lf.convert(lf.write(tmp_path / "in.csv", text), out)
    assert ledger(run) == (59, 58, 1)
    (bad,) = lf.rejects(out)
    assert bad["name"] == "QUOTE_OPEN" and bad["row"] == 41
    assert readers.pyarrow(out)["a"] == [*range(1, 41), *range(42, 60)]


def test_ledger_is_in_the_metadata(tmp_path, out):
    lf.convert(lf.write(tmp_path / "in.csv", BAD_WIDTH), out)
    import pyarrow.parquet as pq
    meta = {k.decode(): v.decode() for k, v in pq.read_metadata(out).metadata.items()}
    assert meta["logflow.rows_in"] == "42"
    assert meta["logflow.rows_out"] == "41"
    assert meta["logflow.rows_rejected"] == "1"
    assert str(tmp_path) not in json.dumps(meta), "no path in the file"


@pytest.mark.parametrize("bad,options", [
    (b'7,"x\n', []), (b"7,x\xff\n", []), (b"x,8,9\n", []), (b"x\n", []),
    (b"x,text\n", ["--type", "a=int64"]), (b"2026-13-02,text\n", ["--type", "a=date"]),
])
def test_a_bad_row_widens_no_type(bad, options, tmp_path, out):
    good = b"1,2\n4,5\n6,7\n"
    if options == ["--type", "a=date"]:
        good = b"2026-01-02,2\n2026-01-02,5\n2026-01-02,7\n"
    run = lf.convert(lf.write(tmp_path / "in.csv", b"a,b\n" + good + bad), out, *options)
    assert ledger(run) == (4, 3, 1)
    assert readers.types(out)["b"] == "int64"


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_rejects_are_the_same_at_any_thread_count(threads, tmp_path, out):
    rows, bad = [], []
    for i in range(1, 60001):
        if i % 251 == 0:
            rows.append(f'{i},"quoted, ""text""\nwith,line",extra\n')
            bad.append(i)
        else:
            rows.append(f'{i},"text, and ""more""\n{i},x"\n')
    src = lf.write(tmp_path / "in.csv", "a,b\n" + "".join(rows))
    lf.convert(src, out, "--threads", threads, "--row-group-size", "64KiB")
    got = lf.rejects(out)
    assert [r["row"] for r in got] == bad
    data = src.read_bytes()
    for r in got[:50]:
        raw = r["raw"].encode().rstrip(b"\n")
        assert data[r["byte_offset"]:r["byte_offset"] + len(raw)] == raw
        assert r["line"] == data[:r["byte_offset"]].count(b"\n") + 1
