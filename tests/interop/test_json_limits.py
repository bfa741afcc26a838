"""JSON that is large in one place: keys that are data, records of many bytes, many values. Each
ends within the memory limit, as a table, a bad row, or an error that says what to do."""
import json

import lf
import pyarrow.parquet as pq
import pytest

MIB = 1024 * 1024


def under(run, limit=100 * MIB):
    if not lf.SANITIZED:
        assert run.peak_rss < limit, f"{run.peak_rss / MIB:.1f} MiB"


def keyed(first, n):
    return "".join('{"id":%d,"key_%d":%d}\n' % (i, i, i * 7) for i in range(first, first + n))


def as_map(value):
    return {k: dict(v) if isinstance(v, list) else v for k, v in dict(value).items()}


@pytest.mark.parametrize("form", ["lines", "array", "values"])
def test_records_whose_keys_are_data_are_maps(form, tmp_path, out):
    text = keyed(0, 30_000)
    if form == "array":
        text = "[" + text.rstrip().replace("\n", ",\n") + "]"
    if form == "values":
        text = text.replace("\n", "")
    run = lf.convert(lf.write(tmp_path / "in.json", text), out, "--explain")
    under(run, 60 * MIB)
    assert "map (objects of more than 1000 keys in all, of which a record has few)" in run.err
    table = pq.read_table(out)
    assert table.column_names == ["json"]
    got = [dict(v) for v in table["json"].to_pylist()]
    assert got == [{"id": i, f"key_{i}": i * 7} for i in range(30_000)]


def test_one_object_of_many_keys_is_a_map(tmp_path, out):
    want = {f"id{i}": {"a": i, "b": f"x{i}"} for i in range(60_000)}
    run = lf.convert(lf.write(tmp_path / "in.json", json.dumps(want)), out)
    under(run)
    (row,) = pq.read_table(out)["json"].to_pylist()
    assert as_map(row) == want


@pytest.mark.parametrize("late", [False, True])
def test_ids_as_keys_of_objects_are_a_map(late, tmp_path):
    """900 keys with 20 members each would be 18,000 columns."""
    rows = [{"id": i, "users": {f"u{i * 7 % (900 if not late or i > 30_000 else 5)}":
                                {f"f{k}": k + i for k in range(20)}, "all": {"f0": 1}}}
            for i in range(20_000 * late, 20_000 * late + 9_000 + 12_000 * late)]
    src = lf.write(tmp_path / "in.jsonl", "".join(json.dumps(r) + "\n" for r in rows))
    digests = set()
    for threads in (1, 2, 7):
        out = tmp_path / f"o{threads}.parquet"
        run = lf.convert(src, out, "--threads", threads, "--row-group-size", "1MiB")
        if not late:  # until the hundredth key is there they are columns that come late
            under(run)
        digests.add(out.read_bytes())
    assert len(digests) == 1
    table = pq.read_table(out)
    assert str(table.schema.field("users").type).startswith("map<string")
    got = [dict(u) for u in table["users"].to_pylist()]
    got = [{k: {m: x for m, x in v.items() if x is not None} for k, v in u.items()} for u in got]
    assert got == [r["users"] for r in rows]


def test_a_hundred_objects_in_one_are_a_struct(tmp_path, out):
    rows = [{"o": {f"k{i}": {"a": i} for i in range(n)}} for n in (1, 100, 5)]
    lf.convert(lf.write(tmp_path / "in.jsonl", "\n".join(map(json.dumps, rows))), out)
    assert str(pq.read_schema(out).field("o").type).startswith("struct<")
    got = pq.read_table(out)["o"].to_pylist()
    assert [{k: v for k, v in g.items() if v is not None} for g in got] == [r["o"] for r in rows]


def test_a_wide_table_stays_one(tmp_path, out):
    want = [{f"c{i}": r + i for i in range(3000)} for r in range(30)]
    lf.convert(lf.write(tmp_path / "in.jsonl", "\n".join(map(json.dumps, want))), out)
    assert pq.read_table(out).to_pylist() == want


@pytest.mark.parametrize("args", [[], ["--flatten"]])
def test_other_keys_than_those_asked_for_cost_nothing(args, tmp_path, out):
    src = lf.write(tmp_path / "in.jsonl", '{"id":-1,"b":{"c":5}}\n' + keyed(0, 200_000))
    names = "id,b.c" if args else "id,b"
    run = lf.convert(src, out, "--columns", names, *args)
    under(run, 50 * MIB)
    table = pq.read_table(out)
    assert table["id"].to_pylist() == list(range(-1, 200_000))
    assert table.column_names == names.split(",") and table[1].null_count == 200_000


@pytest.mark.parametrize("threads", [1, 2])
def test_keys_that_are_data_and_come_late_are_refused_early(threads, tmp_path, out):
    head = "".join('{"id":%d,"name":"abc%d"}\n' % (i, i) for i in range(80_000))
    src = lf.write(tmp_path / "in.jsonl", head + keyed(0, 30_000))
    run = lf.convert(src, out, "--threads", threads, rc=2, timeout=60)
    assert "more than 3938 columns come behind the head" in run.err and "--columns" in run.err
    under(run, 110 * MIB)
    assert not out.exists()
    lf.convert(src, out, "--columns", "id,name")
    assert pq.read_table(out).num_rows == 110_000


def test_hundreds_of_late_keys_are_columns(tmp_path, out):
    head = "".join('{"id":%d,"name":"abc%d"}\n' % (i, i) for i in range(60_000))
    src = lf.write(tmp_path / "in.jsonl", head + keyed(0, 900))
    under(lf.convert(src, out))
    table = pq.read_table(out)
    assert table.num_columns == 902 and table["key_899"].to_pylist()[-1] == 899 * 7


@pytest.mark.parametrize("form", ["lines", "array", "values", "inside"])
@pytest.mark.parametrize("way", ["file", "pipe"])
@pytest.mark.parametrize("first", [True, False])
def test_a_record_over_the_limit_is_one_bad_row(form, way, first, tmp_path, out):
    big = json.dumps({"a": 2, "t": "y]},\\\" {[" * 600_000, "l": [[1], {"x": "\\"}]})
    rows = ['{"a":1}', big, '{"a":3,\n"t":"z"}' if form != "lines" else '{"a":3,"t":"z"}']
    if first:
        rows = rows[1:]
    text = {"lines": "\n".join(rows) + "\n", "values": " ".join(rows),
            "array": "[" + " ,\n".join(rows) + "]",
            "inside": '{"n":{"m":1},"rows":[' + ",".join(rows) + '],"z":0}'}[form]
    args = ["--json-path", "rows"] if form == "inside" else []
    src = lf.write(tmp_path / "in.json", text)
    run = lf.convert(src if way == "file" else "-", out, "--memory-limit", "16MiB", *args,
                     stdin=None if way == "file" else text.encode())
    under(run, 17 * MIB)
    assert pq.read_table(out)["a"].to_pylist() == ([3] if first else [1, 3])
    (bad,) = lf.rejects(out)
    assert bad["raw"] == big and bad["name"] == "RECORD_TOO_BIG" and bad["row"] == 2 - first
    assert bad["byte_offset"] == text.index(big)
    assert bad["line"] == 1 + text[:text.index(big)].count("\n")
    assert f"it needs {len(big) * 4 // MIB + 1} MiB" in bad["reason"]


def test_a_record_over_the_limit_that_never_ends_is_an_error(tmp_path, out):
    text = '[{"a":1},{"t":"' + "x" * 6_000_000
    for form in (text, text[1:].replace(",", "", 1), text + '"', text + '"}', text + '"}}'):
        run = lf.convert(lf.write(tmp_path / "in.json", form), out, "--memory-limit", "16MiB",
                         rc=lf.BAD_DATA)
        assert "LF112" in run.err or "all 1 rows are bad" in run.err or "quarter" in run.err
        assert not out.exists()


@pytest.mark.parametrize("kind", ["map", "ints", "texts"])
def test_a_record_of_too_many_values_is_a_bad_row(kind, tmp_path, out):
    many = {"map": lambda: {f"k{i}": i for i in range(250_000)},
            "ints": lambda: [i % 10 for i in range(400_000)],
            "texts": lambda: ["s%d" % i for i in range(300_000)]}[kind]()
    rows = [{"a": 1}, {"a": 2, "m": many}, {"a": 3}]
    src = lf.write(tmp_path / "in.jsonl", "\n".join(json.dumps(r) for r in rows))
    run = lf.convert(src, out, "--memory-limit", "24MiB")
    under(run, 26 * MIB)
    assert pq.read_table(out)["a"].to_pylist() == [1, 3]
    (bad,) = lf.rejects(out)
    assert json.loads(bad["raw"]) == rows[1] and "values" in bad["reason"]
    limit = bad["reason"].rsplit(" ", 2)[1]
    run = lf.convert(src, out, "--memory-limit", f"{limit}MiB", "--force")
    under(run, (int(limit) + 2) * MIB)
    assert pq.read_table(out)["a"].to_pylist() == [1, 2, 3]


def test_inspect_looks_into_a_pipe_as_far_as_into_a_file(tmp_path):
    text = json.dumps({"a": 1, "t": "y" * 3_000_000}) + '\n{"a":2,"t":"z"}\n'
    src = lf.write(tmp_path / "in.jsonl", text)
    ways = [lf.logflow("inspect", src).out, lf.logflow("inspect", "-", stdin=text.encode()).out]
    assert [b"2 rows" in way and b"int64" in way for way in ways] == [True, True]
