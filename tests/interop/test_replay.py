"""--replay: rejects that were mended, or that other options read, become rows of the same table."""
import base64
import json

import lf
import pyarrow as pa
import pyarrow.parquet as pq
import pytest


def replay(rejects, *args, rc=lf.DONE, **kw):
    run = lf.logflow("convert", "--replay", rejects, *args, **kw)
    assert run.rc == rc, run.err
    return run


def rejects_of(out):
    return out.parent / (out.name + ".rejects.jsonl")


def mend(path, change):
    """change(reject) -> the row as it should be, None to leave it, or "" to give it up."""
    kept = []
    for line in path.read_text().splitlines():
        r = json.loads(line)
        raw = change(r)
        if raw == "":
            continue
        kept.append(json.dumps(r if raw is None else dict(r, raw=raw)))
    path.write_text("\n".join(kept) + "\n")


def clean_row(i):
    return f'{i};"name; {i % 7}";{i % 28 + 1:02}/07/2026;{i / 8};{"NA" if i % 5 else ""}'


DAMAGE = [lambda row: row + ";surplus", lambda row: row.replace(";", ";;", 1),
          lambda row: row.replace(';"', ";", 1).replace("name", '"name'),
          lambda row: row.replace("name", "caf\xe9\xff"), lambda row: "x" + row]


def test_what_came_out_and_what_was_mended_are_the_clean_table(tmp_path):
    clean = {i: clean_row(i) for i in range(1, 3001)}
    head = "id;name;day;amount;code\n"
    dirty = {i: DAMAGE[i % 5](r) if i % 199 == 3 else r for i, r in clean.items()}
    src = lf.write(tmp_path / "d.csv", (head + "".join(r + "\n" for r in dirty.values()))
                   .encode("latin-1"))
    whole = lf.write(tmp_path / "c.csv", head + "".join(r + "\n" for r in clean.values()))
    lf.convert(whole, tmp_path / "c.parquet", "--type", "id=int64")
    out = tmp_path / "d.parquet"
    run = lf.convert(src, out, "--type", "id=int64")
    assert run.report["rows"]["rejected"] == sum(dirty[i] != clean[i] for i in clean) > 10
    mend(rejects_of(out), lambda r: clean[r["row"]])
    run = replay(rejects_of(out))
    assert lf.files_in(tmp_path) == ["c.csv", "c.parquet", "d.csv", "d.parquet",
                                     "d.parquet.rejects.jsonl", "d.replayed.parquet"]
    a, b = pq.read_table(out), pq.read_table(tmp_path / "d.replayed.parquet")
    assert a.schema.equals(b.schema)
    both = pa.concat_tables([a, b]).sort_by("id")
    assert both.equals(pq.read_table(tmp_path / "c.parquet").sort_by("id"))
    assert f"{b.num_rows} in = {b.num_rows} out + 0 rejected" in run.err


@pytest.fixture
def dirty(tmp_path):
    rows = [f"{i},n{i},{i % 9}\n" for i in range(1, 60)]
    rows[9] = "10,n10,ten\n"
    rows[19] = "20,n20,2,surplus\n"
    rows[29] = '30,"open,3\n'
    rows[30] = '31,"b",4,5\n'
    src = lf.write(tmp_path / "t.csv", "id,name,qty\n" + "".join(rows))
    lf.convert(src, tmp_path / "t.parquet", "--type", "qty=int64")
    return rejects_of(tmp_path / "t.parquet")


def test_rows_that_are_still_bad_keep_their_place(dirty, tmp_path):
    first = [json.loads(line) for line in dirty.read_text().splitlines()]
    mend(dirty, lambda r: "20,n20,2" if r["row"] == 20 else None)
    run = replay(dirty)
    still = lf.rejects(tmp_path / "t.replayed.parquet")
    assert still == [r for r in first if r["row"] != 20]
    assert pq.read_table(tmp_path / "t.replayed.parquet").to_pylist() == [
        {"id": 20, "name": "n20", "qty": 2}]
    assert "4 in = 1 out + 3 rejected" in run.err
    assert f"bad row 10 (line 11, byte {first[0]['byte_offset']})" in run.err


def test_an_open_quote_ends_with_its_row(dirty, tmp_path):
    """Line by line these are one row; each for itself they are two bad ones."""
    mend(dirty, lambda r: {30: '30,"open', 31: 'b",4', 10: "10,n,1"}.get(r["row"], ""))
    replay(dirty)
    assert [r["name"] for r in lf.rejects(tmp_path / "t.replayed.parquet")] == [
        "QUOTE_OPEN", "ROW_WIDTH"]


def test_other_options_read_what_the_first_did_not(dirty, tmp_path):
    run = replay(dirty, "--type", "qty=string", "-o", tmp_path / "x.parquet")
    assert pq.read_table(tmp_path / "x.parquet").to_pylist() == [
        {"id": 10, "name": "n10", "qty": "ten"}]
    assert "4 in = 1 out + 3 rejected" in run.err
    replay(dirty, "--null", "ten", "-o", tmp_path / "y.parquet")
    assert pq.read_table(tmp_path / "y.parquet").to_pylist() == [
        {"id": 10, "name": "n10", "qty": None}]


def test_nothing_recovered_is_an_error_and_leaves_nothing(dirty, tmp_path):
    before = lf.files_in(tmp_path)
    run = replay(dirty, rc=lf.BAD_DATA)
    assert "LF110" in run.err and lf.files_in(tmp_path) == before


def test_strict_names_the_original_place(dirty, tmp_path):
    run = replay(dirty, "--on-error", "strict", rc=lf.BAD_DATA)
    assert f"{tmp_path}/t.csv, row 10, line 11, column 3 'qty'" in run.err


def test_an_output_that_exists_is_refused(dirty, tmp_path):
    lf.write(tmp_path / "t.replayed.parquet", "x")
    assert "LF003" in replay(dirty, rc=lf.USAGE).err
    mend(dirty, lambda r: "1,a,2")
    replay(dirty, "--force")
    assert pq.read_table(tmp_path / "t.replayed.parquet").num_rows == 4


def test_a_selection_of_columns_is_kept(tmp_path, out):
    rows = "".join(f"{i},n{i},{i},x\n" for i in range(40))
    src = lf.write(tmp_path / "in.csv", 'a,"b ""x"", y",c,d\n' + rows + "40,n,1,x,y\n")
    lf.convert(src, out, "--columns", "c,a")
    mend(rejects_of(out), lambda r: "40,n,1,x")
    replay(rejects_of(out))
    again = pq.read_table(tmp_path / "out.replayed.parquet")
    assert again.to_pylist() == [{"c": 1, "a": 40}]
    replay(rejects_of(out), "--columns", "a", "--force")
    assert pq.read_table(tmp_path / "out.replayed.parquet").to_pylist() == [{"a": 40}]


def test_what_editors_make_of_the_file_is_read(dirty, tmp_path):
    rows = [{"raw": "1,a,2", "byte_offset": 7, "note": [1, {"x": "}"}], "row": 3},
            {"raw_base64": base64.b64encode(b"2,caf\xc3\xa9,3").decode()},
            {"raw_base64": base64.b64encode(b"3,caf\xe9,3").decode(), "raw": "3,caf\u00e9,3"},
            {"raw": "4,caf\u00e9,3", "raw_base64": base64.b64encode(b"9,x,3").decode()},
            {"raw": '5,"two\nlines \U0001f600",3'}, {"raw": "6,x,1\n7,y,2\r\n"}]
    dirty.write_text("\n\n".join(json.dumps(r, indent=k % 3 or None)
                                 for k, r in enumerate(rows)) + "\r\n\r\n")
    replay(dirty)
    got = pq.read_table(tmp_path / "t.replayed.parquet").to_pylist()
    assert [r["id"] for r in got] == [1, 2, 3, 4, 5, 6, 7]
    assert {r["name"] for r in got[1:4]} == {"caf\u00e9"}
    assert got[4]["name"] == "two\nlines \U0001f600"


@pytest.mark.parametrize("text,expected", [
    ("", "no rejects"), ("\n\n", "no rejects"), ("1,a,2\n", "line 1"),
    ('{"raw":"1,a,2"}\n{\n', "line"),
    ('{"raw":"x\n', "never ends"), ('{"row":1}\n', 'no "raw"'), ('{"raw":"\\q"}', "escape"),
    ('{"raw":"\\ud800x"}', "half of a pair"), ('{"raw_base64":"!!"}', "base64"),
    ('{"raw":"1,a,2"} x', "no JSON object"), ('{"raw" "x"}', "':'"), ('{"a":' + "[" * 99, "ends"),
])
def test_a_file_that_holds_no_rejects_is_refused(text, expected, dirty, tmp_path):
    dirty.write_text(text)
    run = replay(dirty, rc=lf.BAD_DATA)
    assert expected in run.err and dirty.name in run.err
    assert not (tmp_path / "t.replayed.parquet").exists()


def test_without_its_table_a_schema_is_needed(dirty, tmp_path):
    (tmp_path / "t.parquet").rename(tmp_path / "moved.parquet")
    run = replay(dirty, rc=lf.IO)
    assert "--schema" in run.err and "t.parquet" in run.err
    mend(dirty, lambda r: f"{r['row']},x,1")
    replay(dirty, "--schema", tmp_path / "moved.parquet")
    schema = {"columns": [{"name": n, "type": t} for n, t in
                          (("id", "int64"), ("name", "string"), ("qty", "int64"))]}
    replay(dirty, "--schema", lf.write(tmp_path / "s.json", json.dumps(schema)), "--force")
    assert pq.read_table(tmp_path / "t.replayed.parquet").num_rows == 4


@pytest.mark.parametrize("words,rc,expected", [
    (["R", "R"], lf.USAGE, "one file"), (["-"], lf.USAGE, "one file"),
    (["nowhere.parquet.rejects.jsonl"], lf.IO, "nowhere"),
    (["R", "--type", "qtty=string"], lf.USAGE, '"qty"'),
    (["odd.jsonl"], lf.USAGE, "--schema TABLE"),
])
def test_mistakes_are_explained(words, rc, expected, dirty, tmp_path):
    lf.write(tmp_path / "odd.jsonl", dirty.read_text())
    run = lf.logflow("convert", "--replay", *[str(dirty) if w == "R" else w for w in words],
                     cwd=tmp_path)
    assert run.rc == rc and expected in run.err, run.err


def test_a_table_that_says_nothing_is_named(tmp_path):
    pq.write_table(pa.table({"a": [1]}), tmp_path / "p.parquet")
    rejects = lf.write(tmp_path / "p.parquet.rejects.jsonl", '{"raw":"1"}\n')
    run = replay(rejects, rc=lf.USAGE)
    assert "LF005" in run.err and "p.parquet" in run.err


def test_an_oversized_row_fits_a_larger_limit(tmp_path, out):
    rows = b"".join(b"%d,x%d\n" % (i, i) for i in range(1000))
    big = b"1000," + b"y" * (5 << 20)
    src = lf.write(tmp_path / "in.csv", b"a,b\n" + rows + big + b"\n")
    lf.convert(src, out, "--memory-limit", "16MiB")
    replay(rejects_of(out), "--memory-limit", "64MiB")
    (row,) = pq.read_table(tmp_path / "out.replayed.parquet").to_pylist()
    assert row == {"a": 1000, "b": "y" * (5 << 20)}


@pytest.mark.parametrize("threads", [1, 7])
def test_many_rejects_in_little_memory(threads, tmp_path, out):
    """Blocks of rejects are told apart by offset too: the same file at any number of threads."""
    rows = "".join(f'{i},"text, {i}"\n' if i % 2 else f'{i},"text\n{i}",x\n' for i in range(50000))
    src = lf.write(tmp_path / "in.csv", "a,b\n" + "1,x\n" * 60000 + rows)
    lf.convert(src, out, "--max-bad", "50%")
    bad = rejects_of(out)
    assert sum(1 for _ in open(bad)) == 25000
    bad.write_text(bad.read_text().replace(',x"}', '"}', 20000))
    run = replay(bad, "--threads", threads, "--row-group-size", "64KiB", "--memory-limit", "16MiB")
    assert run.peak_rss < 16 << 20
    again = pq.read_table(tmp_path / "out.replayed.parquet")
    assert again.num_rows == 20000 and again.column("b")[7].as_py() == "text\n14"
    still = lf.rejects(tmp_path / "out.replayed.parquet")
    assert still == [json.loads(line) for line in bad.read_text().splitlines()][20000:]
