"""`logflow verify` of every format on either side: JSON in its shapes, Arrow, CSV and JSON lines as
outputs, nested values level by level, and files that other programs made of the same text."""
import gzip
import io
import json
import lzma
import random

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from support import lf

OUTPUTS = ["parquet", "arrow", "arrows", "jsonl", "csv"]


def verify(src, out, *args, rc=None):
    run = lf.logflow("verify", src, out, "--json", *args)
    if rc is not None:
        assert run.rc == rc, f"exit {run.rc}\n{run.out.decode()}{run.err}"
    return json.loads(run.out)


def records(n=600, seed=1):
    r = random.Random(seed)
    out = []
    for i in range(n):
        o = {"id": i, "name": r.choice(["Nina", "b\"q\"", "é\n\u0001", "", None, "NA", "{x"]),
             "price": round(r.random() * 1e4, 2), "ok": r.random() < .5,
             "day": f"2026-{1 + i % 12:02d}-{1 + i % 28:02d}",
             "seen": f"2026-01-01T{i % 24:02d}:{i % 60:02d}:00Z",
             "tags": [r.choice("abc") for _ in range(i % 4)],
             "who": {"first": f"n{i % 7}", "at": {"x": i, "y": i / 8}},
             "items": [{"sku": k, "qty": k * i} for k in range(i % 3)],
             "mixed": [i, "text", {"b": 1, "a": [1, 2]}][i % 3]}
        if i % 5 == 0:
            del o["who"]["at"]
        if i % 11 == 0:
            o["who"] = None
        if i > n - 20:
            o["late"] = {"z": [i]}
        out.append(o)
    return out


def as_lines(rows):
    return "".join(json.dumps(o) + "\n" for o in rows)


SHAPES = {
    "lines": as_lines,
    "lines, unescaped, with blanks": lambda rows: "\n".join(
        "  " + json.dumps(o, ensure_ascii=False) + " \r\n" for o in rows),
    "array": lambda rows: json.dumps(rows),
    "array, indented": lambda rows: json.dumps(rows, indent=2),
    "values": lambda rows: "\n\n".join(json.dumps(o, indent=1) for o in rows),
    "within": lambda rows: json.dumps({"n": 3, "data": {"rows": rows}, "end": []}),
}


@pytest.mark.parametrize("out", OUTPUTS)
def test_json_into_every_output(tmp_path, out):
    src = lf.write(tmp_path / "a.jsonl", as_lines(records()))
    lf.convert(src, tmp_path / f"o.{out}")
    r = verify(src, tmp_path / f"o.{out}", rc=0)
    assert r["rows"]["in"] == r["rows"]["out"] == 600 and r["columns"] == 11
    assert r["format_in"] == "json" and r["notes"] == []


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_of_json(tmp_path, shape):
    src = lf.write(tmp_path / "a.json", SHAPES[shape](records()))
    args = ["--json-path", "data.rows"] if shape == "within" else []
    lf.convert(src, tmp_path / "o.parquet", *args)
    r = verify(src, tmp_path / "o.parquet", *args, rc=0)
    assert r["rows"]["in"] == 600 and r["cells"] == 600 * 11


@pytest.mark.parametrize("text", ["[1,2,null,3]", '"a"\n"b"\n', "[[1],[2,3]]", "[]",
                                  '[1,{"a":2}]', '{"json":1}\n{"json":"x"}\n',
                                  '{"a":1,"a":2}\n{"a":null}\n', '[{"a":{}},{"a":null}]',
                                  '{"a":"\\ud83d\\ude00\\u0041"}', '{"a\\nb":1,"":2}'])
def test_small_json(tmp_path, text):
    src = lf.write(tmp_path / "a.json", text)
    lf.convert(src, tmp_path / "o.parquet")
    verify(src, tmp_path / "o.parquet", rc=0)


def test_flat_columns_of_json(tmp_path):
    src = lf.write(tmp_path / "a.jsonl", as_lines([{"a": {"b": i, "c": {"d": "x"}}, "e": [i]}
                                                   for i in range(50)]))
    lf.convert(src, tmp_path / "o.parquet", "--flatten")
    assert verify(src, tmp_path / "o.parquet", "--flatten", rc=0)["columns"] == 3


def test_map(tmp_path):
    rows = [{"id": i, "m": {f"k{(i * 7 + k) % 2000}": k for k in range(5)}} for i in range(1500)]
    src = lf.write(tmp_path / "a.jsonl", as_lines(rows))
    lf.convert(src, tmp_path / "o.parquet")
    assert pa.types.is_map(pq.read_schema(tmp_path / "o.parquet").field("m").type)
    verify(src, tmp_path / "o.parquet", rc=0)
    rows[900]["m"]["k1"] = 77
    lf.write(src, as_lines(rows))
    r = verify(src, tmp_path / "o.parquet", rc=1)
    assert [(d["row"], d["column"]) for d in r["differences"]] == [(901, "m.k1")]


def test_a_change_is_found_at_its_place(tmp_path):
    rows = records(3000)
    lf.convert(lf.write(tmp_path / "a.jsonl", as_lines(rows)), tmp_path / "o.parquet")
    changed = [(1501, ["who", "at", "y"], 99.5, "who.at.y"), (7, ["tags", 1], "z", "tags[1]"),
               (2999, ["items", 1, "qty"], -1, "items[1].qty"), (0, ["ok"], None, "ok"),
               (20, ["mixed", "a", 0], 9, "mixed"), (1502, ["name"], "other", "name"),
               (44, ["day"], "2027-01-01", "day"), (18, ["seen"], "2026-01-01T00:00:00Z", "seen")]
    for row, path, value, column in changed:
        new = json.loads(json.dumps(rows))
        at = new[row]
        for k in path[:-1]:
            at = at[k]
        at[path[-1]] = value
        src = lf.write(tmp_path / "c.jsonl", as_lines(new))
        r = verify(src, tmp_path / "o.parquet", rc=1)
        d = r["differences"][0]
        offset = len(as_lines(new[:row]).encode())
        assert (r["cells_different"], d["row"], d["line"], d["byte_offset"], d["column"]) == \
            (1, row + 1, row + 1, offset, column), (path, r)


def test_rows_and_keys_that_differ(tmp_path):
    rows = records(500)
    src = lf.write(tmp_path / "a.jsonl", as_lines(rows))
    lf.convert(src, tmp_path / "o.parquet")
    r = verify(lf.write(tmp_path / "c.jsonl", as_lines(rows[:100] + rows[101:])),
               tmp_path / "o.parquet", rc=1)
    assert [(d["kind"], d["row_out"]) for d in r["differences"]] == [("row_extra", 101)]
    r = verify(lf.write(tmp_path / "c.jsonl", as_lines(rows[:100] + rows[99:])),
               tmp_path / "o.parquet", rc=1)
    assert [(d["kind"], d["row"]) for d in r["differences"]] == [("row_missing", 101)]
    other = json.loads(json.dumps(rows))
    other[300]["new"] = 1
    r = verify(lf.write(tmp_path / "c.jsonl", as_lines(other)), tmp_path / "o.parquet", rc=1)
    assert ("column", "new") in [(d["kind"], d["column"]) for d in r["differences"]]
    del other[300]["new"]
    other[3]["who"]["new"] = 1
    r = verify(lf.write(tmp_path / "c.jsonl", as_lines(other)), tmp_path / "o.parquet", rc=1)
    assert [(d["row"], d["column"]) for d in r["differences"]] == [(4, "who.new")]


def test_a_key_that_comes_after_the_head(tmp_path):
    """Not in the first mebibyte, not in the output: it is missed all the same."""
    rows = [{"a": i, "pad": "x" * 200} for i in range(8000)]
    src = lf.write(tmp_path / "a.jsonl", as_lines(rows))
    lf.convert(src, tmp_path / "o.parquet")
    rows[7500]["stray"] = [1]
    lf.write(src, as_lines(rows))
    r = verify(src, tmp_path / "o.parquet", rc=1)
    assert [(d["kind"], d["column"], d["row"], d["line"]) for d in r["differences"]] == \
        [("column", "stray", 7501, 7501)]


def test_bad_lines_of_json_are_accounted_for(tmp_path):
    lines = as_lines(records(2000)).splitlines(True)
    lines[50], lines[1200], lines[1999] = '{"id":tru}\n', '{"id":1\n', '  {"id":"x",}\n'
    src = lf.write(tmp_path / "a.jsonl", "".join(lines))
    lf.convert(src, tmp_path / "o.parquet")
    r = verify(src, tmp_path / "o.parquet", rc=0)
    assert r["rows"]["rejected"] == 3 and r["rows"]["in"] == 1997
    (tmp_path / "o.parquet.rejects.jsonl").unlink()
    r = verify(src, tmp_path / "o.parquet", rc=1)
    assert r["rows"]["missing"] == 3 and r["differences"][0]["row"] == 51


def test_json_that_is_cut_is_an_error(tmp_path):
    text = json.dumps(records(300))
    lf.convert(lf.write(tmp_path / "a.json", text), tmp_path / "o.parquet")
    run = lf.logflow("verify", lf.write(tmp_path / "c.json", text[:-1]), tmp_path / "o.parquet")
    assert run.rc == lf.BAD_DATA and "LF112" in run.err and "c.json" in run.err


CSV = "id,name,price,day,seen,ok\n" + "".join(
    f'{i},"t, ""{i % 9}""",{i / 4},2026-0{1 + i % 9}-11,2026-01-01 0{i % 9}:00:00,'
    f'{"true" if i % 2 else "false"}\n' for i in range(2000)) + ',"",,,,\n'


@pytest.mark.parametrize("out", OUTPUTS)
def test_csv_into_every_output(tmp_path, out):
    src = lf.write(tmp_path / "a.csv", CSV)
    lf.convert(src, tmp_path / f"o.{out}")
    r = verify(src, tmp_path / f"o.{out}", rc=0)
    assert r["rows"]["out"] == 2001
    verify(tmp_path / f"o.{out}", src, rc=0)


@pytest.mark.parametrize("left", OUTPUTS)
@pytest.mark.parametrize("right", OUTPUTS)
def test_any_pair(tmp_path, left, right):
    src = lf.write(tmp_path / "a.jsonl", as_lines(records(200)))
    lf.convert(src, tmp_path / f"l.{left}")
    lf.convert(src, tmp_path / f"r.{right}")
    r = verify(tmp_path / f"l.{left}", tmp_path / f"r.{right}", rc=0)
    assert r["rows"]["in"] == r["rows"]["out"] == 200


@pytest.mark.parametrize("name,encode,args", [
    ("a.csv.gz", lambda t: gzip.compress(t.encode()), []),
    ("a.csv.xz", lambda t: lzma.compress(t.encode()), []),
    ("a.csv", lambda t: t.encode("utf-16"), []),
    ("a.csv", lambda t: t.replace(",", ";").encode("windows-1252"), ["--encoding", "windows-1252"]),
    ("a.tsv", lambda t: t.replace(",", "\t").encode(), []),
    ("a.csv", lambda t: t.replace(",", "::").encode(), ["--delimiter", "::"]),
    ("a.csv", lambda t: t.replace("\n", "\r").encode(), []),
    ("a.csv", lambda t: ("# note\n" + t).encode(), ["--comment", "#"]),
])
def test_text_of_any_kind(tmp_path, name, encode, args):
    text = "id,name,day\n" + "".join(f"{i},näme {i % 7},2026-01-{1 + i % 28:02d}\n"
                                     for i in range(900))
    src = tmp_path / name
    src.write_bytes(encode(text))
    for out in ("o.parquet", "o.arrow"):
        lf.convert(src, tmp_path / out, *args)
        assert verify(src, tmp_path / out, *args, rc=0)["rows"]["in"] == 900


def test_compressed_json_and_arrow(tmp_path):
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(as_lines(records(300)).encode()))
    lf.convert(tmp_path / "a.jsonl.gz", tmp_path / "o.arrow")
    verify(tmp_path / "a.jsonl.gz", tmp_path / "o.arrow", rc=0)
    (tmp_path / "o.arrow.gz").write_bytes(gzip.compress((tmp_path / "o.arrow").read_bytes()))
    verify(tmp_path / "a.jsonl.gz", tmp_path / "o.arrow.gz", rc=0)
    verify(tmp_path / "o.arrow.gz", tmp_path / "o.arrow", rc=0)


def test_a_text_output_is_compared_cell_by_cell(tmp_path):
    src = lf.write(tmp_path / "a.csv", CSV)
    for out, was, now in (("csv", "\n7,", "\n70,"), ("jsonl", '"id":7,', '"id":70,')):
        lf.convert(src, tmp_path / f"o.{out}")
        text = (tmp_path / f"o.{out}").read_text()
        assert text.count(was) == 1
        lf.write(tmp_path / f"o.{out}", text.replace(was, now))
        r = verify(src, tmp_path / f"o.{out}", rc=1)
        assert [(d["row"], d["column"], d["in"], d["out"]) for d in r["differences"]] == \
            [(8, "id", "7", "70")]


def test_format_by_name(tmp_path):
    src = lf.write(tmp_path / "a.csv", "a\n1\n2\n")
    out = lf.write(tmp_path / "o.x", "a\n1\n2\n")
    verify(src, out, "--to", "csv", rc=0)
    run = lf.logflow("verify", src, out, "--to", "parquet")
    assert run.rc != 0 and "o.x" in run.err
    run = lf.logflow("verify", src, out, "--to", "xml")
    assert run.rc == lf.USAGE and "--to" in run.err and "'xml'" in run.err


# ---- other writers ----

PLAIN = [{"id": i, "name": f"n{i % 5}", "price": i / 4, "ok": i % 2 == 0,
          "tags": ["a", "b"][:i % 3], "who": {"x": i, "y": None if i % 4 == 0 else "q"},
          "items": [{"k": 1, "v": "w"}] * (i % 2)} for i in range(800)]


def by_pyarrow(src, out):
    import pyarrow.json as pj
    pq.write_table(pj.read_json(src), out)


def by_pyarrow_feather(src, out):
    import pyarrow.json as pj
    feather.write_feather(pj.read_json(src), out, compression="zstd")


def by_duckdb(src, out):
    import duckdb
    duckdb.connect().execute(f"copy (select * from read_json('{src}', "
                             f"format='newline_delimited')) to '{out}' (format parquet)")


def by_polars(src, out):
    import polars as pl
    pl.read_ndjson(src).write_parquet(out)


def by_polars_ipc(src, out):
    import polars as pl
    pl.read_ndjson(src).write_ipc(out)


def by_pandas(src, out):
    import pandas as pd
    pd.read_json(src, lines=True).to_parquet(out)


@pytest.mark.parametrize("peer", [by_pyarrow, by_pyarrow_feather, by_duckdb, by_polars,
                                  by_polars_ipc, by_pandas])
def test_peers_of_json(tmp_path, peer):
    src, out = lf.write(tmp_path / "a.jsonl", as_lines(PLAIN)), tmp_path / "p.out"
    peer(str(src), str(out))
    r = verify(src, out, rc=0)
    assert r["rows"]["in"] == 800 and r["columns"] == 7
    lf.convert(src, tmp_path / "own.parquet")
    verify(tmp_path / "own.parquet", out, rc=0)


def test_peers_of_csv_in_arrow(tmp_path):
    import polars as pl
    import pyarrow.csv as pc
    src = lf.write(tmp_path / "a.csv", "".join(CSV.splitlines(True)[:-1]))
    feather.write_feather(pc.read_csv(src), tmp_path / "f.arrow")
    verify(src, tmp_path / "f.arrow", rc=0)
    pl.read_csv(src, try_parse_dates=True).write_ipc_stream(tmp_path / "s.arrow")
    verify(src, tmp_path / "s.arrow", rc=0)


def test_floats_of_arrow(tmp_path):
    """Arrow's float32 is told from a double that was changed."""
    src = lf.write(tmp_path / "a.csv", "f\n1.1\n2.7\n")
    for kind, rc in ((pa.float32(), 0), (pa.float16(), 1), (pa.float64(), 0)):
        t = pa.table({"f": pa.array([1.1, 2.7], pa.float64()).cast(kind, safe=False)})
        with pa.OSFile(str(tmp_path / "f.arrow"), "wb") as f, pa.ipc.new_file(f, t.schema) as w:
            w.write_table(t)
        r = verify(src, tmp_path / "f.arrow", rc=rc)
        assert bool(r["notes"]) == (kind == pa.float32())
    t = pa.table({"f": [1.1, 2.70001]})
    feather.write_feather(t, tmp_path / "g.arrow")
    assert verify(src, tmp_path / "g.arrow", rc=1)["cells_different"] == 1


@pytest.mark.parametrize("src", ["a.csv", "a.jsonl", "a.parquet"])
@pytest.mark.parametrize("args", [["--where", "id > 30 and ok"], ["--skip", "7"],
                                  ["--sample", "50"],
                                  ["--where", "id = 1777"],
                                  ["--where", "id < 1000", "--skip", "20"]])
def test_rows_that_were_left_out(tmp_path, src, args):
    rows = [{"id": i, "name": f"n{i % 9}", "ok": i % 5 < 2, "day": f"{1 + i % 12}/1/2026"}
            for i in range(2000)]
    lf.write(tmp_path / "a.jsonl", as_lines(rows))
    lf.write(tmp_path / "a.csv", "id,name,ok,day\n" + "".join(
        f"{r['id']},{r['name']},{str(r['ok']).lower()},{r['day']}\n" for r in rows))
    lf.convert(tmp_path / "a.csv", tmp_path / "a.parquet")
    lf.convert(tmp_path / src, tmp_path / "o.parquet", *args)
    kept = pq.read_table(tmp_path / "o.parquet")
    r = verify(tmp_path / src, tmp_path / "o.parquet", rc=0)
    assert r["rows"]["out"] == r["rows"]["in"] == kept.num_rows < 2000
    assert r["rows"]["filtered"] == 2000 - kept.num_rows and len(r["notes"]) == 1
    # A row that is gone as well, and one that has changed, do not pass for left out.
    meta = kept.schema.metadata
    for change in (kept.slice(1), kept.slice(0, kept.num_rows - 1),
                   pa.concat_tables([kept.slice(0, kept.num_rows - 1),
                                     kept.slice(kept.num_rows - 1).set_column(
                                         0, "id", pa.array([-1]))])):
        pq.write_table(change.replace_schema_metadata(meta), tmp_path / "m.parquet")
        assert not verify(tmp_path / src, tmp_path / "m.parquet", rc=1)["equal"]


def test_order_and_checksums(tmp_path):
    rows = records(400)
    src = lf.write(tmp_path / "a.jsonl", as_lines(rows))
    lf.convert(lf.write(tmp_path / "b.jsonl", as_lines(rows[::-1])), tmp_path / "o.parquet")
    r = verify(src, tmp_path / "o.parquet", rc=1)
    assert r["other_order"] and r["checksum"]["any_order_in"] == r["checksum"]["any_order_out"]
    assert r["checksum"]["in"] != r["checksum"]["out"]


def test_text_on_a_narrow_terminal(tmp_path):
    src = lf.write(tmp_path / "a.jsonl", '{"a":{"b":["long ' + "x" * 300 + '"]},"c":1}\n')
    lf.convert(src, tmp_path / "o.parquet")
    lf.write(src, '{"a":{"b":["other ' + "y" * 300 + '"]},"c":1}\n')
    run = lf.logflow("verify", src, tmp_path / "o.parquet")
    text = run.out.decode()
    assert run.rc == 1 and "a.b[0]" in text and all(len(x) <= 80 for x in text.splitlines())


def test_memory_is_constant(tmp_path):
    src = tmp_path / "big.jsonl"
    with open(src, "w") as f:
        for i in range(250000):
            f.write(json.dumps({"a": i, "b": {"c": f"word {i % 1000}", "d": [i, i + 1]}}) + "\n")
    for out in ("o.parquet", "o.jsonl"):
        lf.convert(src, tmp_path / out)
        run = lf.logflow("verify", src, tmp_path / out)
        assert run.rc == 0, run.out
        if not lf.SANITIZED:
            assert run.peak_rss < 100 << 20, (out, run.peak_rss)
