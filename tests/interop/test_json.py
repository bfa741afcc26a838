"""JSON in: what comes out, as pyarrow reads it; Python's json is the oracle."""
import datetime as dt
import json
import random
from decimal import Decimal as D

import lf
import pyarrow.parquet as pq
import pytest

INT, UINT, DOUBLE, BOOL, TEXT = "int64", "uint64", "double", "bool", "string"
UTC = dt.timezone.utc

# name: (text, options, {column: (type, values)})
CASES = {
    "lines": (
        '{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n', [], {"a": (INT, [1, 2]), "b": (TEXT, ["x", "y"])}),
    "no_line_feed_at_the_end": ('{"a":1}\n{"a":2}', [], {"a": (INT, [1, 2])}),
    "crlf_and_blank_lines": ('{"a":1}\r\n\r\n{"a":2}\r\n', [], {"a": (INT, [1, 2])}),
    "bom": ('\ufeff{"a":1}\n', [], {"a": (INT, [1])}),
    "array": ('[{"a":1},\n {"a":2}]\n', [], {"a": (INT, [1, 2])}),
    "values_one_after_the_other": ('{"a":1}{"a":2}\n\n{\n"a":3\n}', [], {"a": (INT, [1, 2, 3])}),
    "one_object": ('{\n "a": 1,\n "b": [1, 2]\n}\n', [], {"a": (INT, [1]), "b": (
        "list<element: int64>", [[1, 2]])}),
    "keys_come_and_go": (
        '{"a":1}\n{"b":2}\n{"b":3,"a":4}\n', [], {"a": (INT, [1, None, 4]),
                                                  "b": (INT, [None, 2, 3])}),
    "blanks_everywhere": (' { "a" : 1 , "b" : "x" } \n\t{"a":2 ,"b":"y"}\n', [],
                          {"a": (INT, [1, 2]), "b": (TEXT, ["x", "y"])}),
    "integers_beyond_2_to_53": ('{"a":9007199254740993}\n{"a":-9223372036854775808}\n', [],
                                {"a": (INT, [2**53 + 1, -2**63])}),
    "unsigned": ('{"a":18446744073709551615}\n{"a":1}\n', [], {"a": (UINT, [2**64 - 1, 1])}),
    "beyond_64_bits_is_decimal": ('{"a":18446744073709551616}\n{"a":1}\n', [],
                                  {"a": ("decimal", [D(2**64), D(1)])}),
    "doubles": ('{"a":1.5}\n{"a":2}\n{"a":1e3}\n{"a":-0.25E-2}\n', [],
                {"a": (DOUBLE, [1.5, 2.0, 1000.0, -0.0025])}),
    "long_fractions_are_decimal": ('{"a":649686000000001631.440}\n{"a":1.5}\n', [],
                                   {"a": ("decimal", [D("649686000000001631.440"), D("1.5")])}),
    "decimal_option": ('{"a":1.50}\n{"a":22.5}\n', ["--decimal"],
                       {"a": ("decimal128(4, 2)", [D("1.50"), D("22.50")])}),
    "minus_zero": ('{"a":-0}\n{"a":5}\n', [], {"a": (INT, [0, 5])}),
    "too_large_for_a_double_is_text": ('{"a":1e400}\n{"a":1}\n', [], {"a": (TEXT, ["1e400", "1"])}),
    "booleans": ('{"a":true}\n{"a":false}\n{"a":null}\n', [], {"a": (BOOL, [True, False, None])}),
    "a_number_in_quotes_is_text": ('{"a":"5"}\n{"a":"6"}\n', [], {"a": (TEXT, ["5", "6"])}),
    "int_with_text_is_text": ('{"a":5}\n{"a":"x"}\n{"a":true}\n', [],
                              {"a": (TEXT, ["5", "x", "true"])}),
    "dates_in_strings": (
        '{"d":"2026-01-03","t":"2026-01-03T10:00:00Z","u":"10:20:30"}\n'
        '{"d":"2026-01-04","t":"2026-01-03T12:00:00+02:00","u":"11:00:00.5"}\n', [],
        {"d": ("date32[day]", [dt.date(2026, 1, 3), dt.date(2026, 1, 4)]),
         "t": ("timestamp[us, tz=UTC]", [dt.datetime(2026, 1, 3, 10, tzinfo=UTC)] * 2),
         "u": ("time64[us]", [dt.time(10, 20, 30), dt.time(11, 0, 0, 500000)])}),
    "the_empty_string_is_text": ('{"a":""}\n{"a":"2026-01-01"}\n{"a":null}\n', [],
                                 {"a": (TEXT, ["", "2026-01-01", None])}),
    "escapes": (r'{"a":"q\"b\\s\/\b\f\n\r\t\u00e9\ud83d\ude00"}' + "\n" + '{"a":"plain"}\n', [],
                {"a": (TEXT, ['q"b\\s/\b\f\n\r\té😀', "plain"])}),
    "escapes_in_keys": ('{"a\\u0062":1}\n{"ab":2}\n', [], {"ab": (INT, [1, 2])}),
    "escapes_in_dates": ('{"a":"2026\\u002d01-03"}\n{"a":"2026-01-04"}\n', [],
                         {"a": ("date32[day]", [dt.date(2026, 1, 3), dt.date(2026, 1, 4)])}),
    "the_last_of_equal_keys": ('{"a":1,"a":2}\n{"a":3}\n', [], {"a": (INT, [2, 3])}),
    "scalars": ("1\n2\n3\n", ["--from", "json"], {"json": (INT, [1, 2, 3])}),
    "array_of_scalars": ('["a",null,"b"]', [], {"json": (TEXT, ["a", None, "b"])}),
    "lists_of_lists": ('[[1,2],[],[3]]', [],
                       {"json": ("list<element: int64>", [[1, 2], [], [3]])}),
    "features_of_geojson": (
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"n":1}},\n'
        '{"type":"Feature","properties":null}]}\n', [],
        {"type": (TEXT, ["Feature", "Feature"]),
         "properties": ("struct<n: int64>", [{"n": 1}, None])}),
    "geojson_of_no_features": ('{"type":"FeatureCollection","features":[]}', [],
                               {"type": (TEXT, ["FeatureCollection"]),
                                "features": ("list", [[]])}),
    "features_of_something_else": ('{"type":"Topology","features":[{"a":1}]}', [],
                                   {"type": (TEXT, ["Topology"]),
                                    "features": ("list", [[{"a": 1}]])}),
    "geojson_as_one_row": ('{"type":"FeatureCollection","features":[{"a":1},{"a":2}]}',
                           ["--json-path", "$"],
                           {"type": (TEXT, ["FeatureCollection"]),
                            "features": ("list", [[{"a": 1}, {"a": 2}]])}),
    "geojson_in_lines": ('{"type":"FeatureCollection","features":[{"a":1}]}\n' * 2, [],
                         {"type": (TEXT, ["FeatureCollection"] * 2),
                          "features": ("list", [[{"a": 1}]] * 2)}),
    "json_path": ('{"meta":{"n":2},"data":{"rows":[{"a":1},{"a":2}],"x":[1]},"end":true}',
                  ["--json-path", "data.rows"], {"a": (INT, [1, 2])}),
    "flatten": ('{"a":{"b":1,"c":{"d":"x"}},"e":2}\n{"a":null,"e":3}\n', ["--flatten"],
                {"a.b": (INT, [1, None]), "a.c.d": (TEXT, ["x", None]), "e": (INT, [2, 3])}),
    "columns": ('{"a":1,"b":{"c":[1]},"d":"x"}\n{"a":2,"d":"y"}\n', ["--columns", "d,a"],
                {"d": (TEXT, ["x", "y"]), "a": (INT, [1, 2])}),
    "type_given": ('{"a":1,"b":2}\n{"a":3,"b":4}\n', ["--type", "a=string", "--type", "b=double"],
                   {"a": (TEXT, ["1", "3"]), "b": (DOUBLE, [2.0, 4.0])}),
    "null_word": ('{"a":"NA"}\n{"a":"x"}\n', ["--null", "NA"], {"a": (TEXT, [None, "x"])}),
    "null_words_are_text_without": ('{"a":"NA"}\n{"a":"null"}\n', [],
                                    {"a": (TEXT, ["NA", "null"])}),
    "structs_and_lists": (
        '{"u":{"a":1,"b":"x"},"l":[{"q":1},{"q":2,"r":"2020-01-01"}]}\n'
        '{"u":{"a":2},"l":[]}\n{"u":null}\n', [],
        {"u": ("struct<a: int64, b: string>",
               [{"a": 1, "b": "x"}, {"a": 2, "b": None}, None]),
         "l": ("list<element: struct<q: int64, r: date32[day]>>",
               [[{"q": 1, "r": None}, {"q": 2, "r": dt.date(2020, 1, 1)}], [], None])}),
}


@pytest.mark.parametrize("name", CASES)
def test_reads(name, tmp_path):
    text, options, want = CASES[name]
    out = tmp_path / "o.parquet"
    lf.convert(lf.write(tmp_path / "in.json", text), out, *options)
    table = pq.read_table(out)
    assert table.column_names == list(want)
    for column, (kind, values) in want.items():
        assert str(table.schema.field(column).type).startswith(kind), table.schema
        assert table.column(column).to_pylist() == values


def test_equal_keys_are_warned_of(tmp_path):
    text = '{"a":1,"b":{"c":1,"c":{"d":2}}}\n{"a":1,"a":2,"b":{"c":{"d":3}}}\n'
    out = tmp_path / "o.parquet"
    run = lf.convert(lf.write(tmp_path / "in.json", text), out)
    assert "had a key twice; the last one counts" in run.err
    assert pq.read_table(out).column("a").to_pylist() == [1, 2]


@pytest.mark.parametrize("seed", range(4))
def test_escapes_are_found_wherever_they_stand(seed, tmp_path):
    """In texts, lists, objects and maps (past 1,000 keys), few of many cells, long and short."""
    r = random.Random(seed)

    def text():
        n = r.choice([0, 3, 20, 200])
        return "".join(r.choice('"\\\n\u00e9') if r.random() < 0.01 * seed else "x"
                       for _ in range(n))

    records = [{"a": text(), "o": {"b": text(), "n": None},
                "l": [text() for _ in range(r.randrange(4))],
                "m": {f"{r.randrange(1500)}": text() for _ in range(r.randrange(3))}, "z": text()}
               for _ in range(6000)]
    lines = "".join(json.dumps(x, ensure_ascii=r.random() < 0.5) + "\n" for x in records)
    out = tmp_path / "o.parquet"
    lf.convert(lf.write(tmp_path / "in.jsonl", lines), out, "--threads", "2")
    rows = pq.read_table(out).to_pylist()
    assert [(x["a"], x["o"]["b"], x["l"], dict(x["m"]), x["z"]) for x in rows] == [
        (x["a"], x["o"]["b"], x["l"], x["m"], x["z"]) for x in records]


BAD = ['{"a":1,}', '{"a":01}', '{"a":+1}', '{"a":.5}', '{"a":5.}', '{"a":NaN}', '{"a":tru}',
       '{"a" 1}', '{a:1}', '{"a":1 "b":2}', '{"a":1}}', '{"a":"x\ty"}', r'{"a":"\x"}',
       r'{"a":"\ud800"}', r'{"a":"\u12g4"}', '{"a":"x"', '{"a":"x', '{"a":[1,]}', '{"a":"b" "c"}',
       '{"a":tru,"a":1}', r'{"a":"\x","a":1}', r'{"a":"x"\"}', r'{"a":"x\"}',
       '{"a":1} 2', '{"a":{}x}', '{"a":1,"a"}', '{"a":\f1}', "{'a':1}", '{"a":1e}', '{"a":-}']


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_line_is_one_bad_row(bad, tmp_path):
    good = "".join('{"a":%d}\n' % i for i in range(1500))
    out = tmp_path / "o.parquet"
    run = lf.convert(lf.write(tmp_path / "in.jsonl", good + bad + "\n" + good), out)
    rejects = [json.loads(x) for x in open(f"{out}.rejects.jsonl")]
    assert [r["raw"] for r in rejects] == [bad]
    assert rejects[0]["line"] == 1501 and rejects[0]["row"] == 1501
    assert rejects[0]["byte_offset"] == len(good)
    assert run.report["rows"]["out"] == 3000
    assert pq.read_table(out).column("a").to_pylist() == list(range(1500)) * 2


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("where", ["head", "behind"])
def test_a_bad_document_is_refused(bad, where, tmp_path):
    rows = '{"a":1},\n' * (3 if where == "head" else 300000)
    out = tmp_path / "o.parquet"
    run = lf.convert(lf.write(tmp_path / "in.json", "[" + rows + bad + ',\n{"a":2}]'), out,
                     rc=lf.BAD_DATA)
    line = rows.count("\n") + 1
    line += bad == '{"a":"x"'  # what is wrong is behind it
    assert f"line {line}, byte" in run.err, run.err
    assert not out.exists()


@pytest.mark.parametrize("text,line", [
    ("true\n// the end\n", 2), ("/* it */ 1\n", 1), ("1\n2\nthree\n", 3), ('"a"\n{"b":1,}\n', 2)])
def test_scalars_with_other_text_are_refused(text, line, tmp_path):
    run = lf.convert(lf.write(tmp_path / "in.json", text), tmp_path / "o.parquet", rc=lf.BAD_DATA)
    assert f"line {line}, byte" in run.err, run.err


@pytest.mark.parametrize("number,at", [
    ("01", 1), ("-", 1), ("1.x", 2), ("1e+", 3), ("-a", 1), ("0x1", 1), ("1" * 40 + "e", 41)])
def test_a_number_is_wrong_at_its_first_wrong_byte(number, at, tmp_path):
    text = '[{"a":' + number + "}]"
    run = lf.convert(lf.write(tmp_path / "in.json", text), tmp_path / "o.parquet", rc=lf.BAD_DATA)
    assert f"byte {6 + at}: this is no JSON number" in run.err, run.err


def test_the_error_names_the_path(tmp_path):
    text = '[{"a":{"b":[1,{"c":tru}]}}]'
    run = lf.convert(lf.write(tmp_path / "in.json", text), tmp_path / "o.parquet", rc=lf.BAD_DATA)
    assert "[0].a.b[1].c" in run.err, run.err


@pytest.mark.parametrize("text", ["", " \n "])
def test_nothing_is_refused(text, tmp_path):
    run = lf.convert(lf.write(tmp_path / "in.json", text), tmp_path / "o.parquet", rc=lf.BAD_DATA)
    assert "EMPTY_INPUT" in run.err or "input holds" in run.err


def test_the_content_counts_more_than_the_name(tmp_path):
    out = tmp_path / "o.parquet"
    run = lf.convert(lf.write(tmp_path / "in.csv", '{"a":1,"b":2}\n{"a":3,"b":4}\n'), out)
    assert run.report["format_in"] == "json"
    run = lf.convert(lf.write(tmp_path / "in2.json", "a,b\n1,2\n"), out, "--force", "--from", "csv")
    assert pq.read_table(out).column_names == ["a", "b"]


def simd_paths():
    flags = open("/proc/cpuinfo").read()
    return ["scalar"] + ["avx2"] * ("avx2" in flags) + ["avx512"] * ("avx512_vbmi2" in flags)


def value(r, depth):
    kind = r.randrange(9 if depth < 3 else 6)
    if kind == 0:
        return None
    if kind == 1:
        return r.choice([True, False])
    if kind == 2:
        return r.randrange(-10**r.randrange(1, 18), 10**r.randrange(1, 18))
    if kind == 3:
        return round(r.uniform(-1000, 1000), r.randrange(1, 5))
    if kind in (4, 5):
        return "".join(r.choice('ab"\\\n\t\u00e9\u4e2d\U0001f600,:{}[]/ ')
                       for _ in range(r.randrange(12)))
    if kind == 6:
        return [r.randrange(100) for _ in range(r.randrange(4))]
    return {k: r.randrange(10) for k in "xyz"[:r.randrange(1, 4)]}


def written(r, record):
    return json.dumps(record, ensure_ascii=r.random() < 0.5,
                      separators=r.choice([(",", ":"), (", ", ": ")]))


@pytest.mark.parametrize("seed", range(8))
def test_random_records_are_what_python_reads(seed, tmp_path):
    """Columns of one kind each, keys at random, in all forms and on every instruction set."""
    r = random.Random(seed)
    kinds = {f"k{i}": r.choice([2, 3, 4, 6, 7]) for i in range(r.randrange(1, 12))}
    records = []
    for _ in range(700):
        record = {}
        for k, kind in kinds.items():
            if r.random() < 0.1:
                continue
            while True:
                v = value(r, 0)
                want = {2: int, 3: float, 4: str, 6: list, 7: dict}[kind]
                if v is None or (isinstance(v, want) and not isinstance(v, bool)):
                    break
            record[k] = v
        items = list(record.items())
        if r.random() < 0.2:
            r.shuffle(items)
        records.append(dict(items))
    texts = {
        "lines": "\n".join(written(r, x) for x in records) + "\n",
        "array": "[" + ",\n".join(written(r, x) for x in records) + "]",
        "values": "".join(json.dumps(x, indent=1) for x in records),
        "inside": '{"n":1,"rows":[' + ",".join(written(r, x) for x in records) + '],"m":[{}]}',
    }
    names = sorted({k for x in records for k in x})
    for form, text in texts.items():
        src = lf.write(tmp_path / f"{form}.json", text)
        extra = ["--json-path", "rows"] if form == "inside" else []
        seen = set()
        for simd in simd_paths():
            out = tmp_path / f"{form}.{simd}.parquet"
            lf.convert(src, out, *extra, env={"LF_SIMD": simd})
            seen.add(out.read_bytes())
        assert len(seen) == 1
        table = pq.read_table(out)
        assert sorted(table.column_names) == names
        for k in names:
            got = table.column(k).to_pylist()
            want = [x.get(k) for x in records]
            if kinds[k] == 7:
                got = [None if g is None else {a: b for a, b in g.items() if b is not None}
                       for g in got]
            assert got == want, (form, k)


BASE = [{"id": i, "s": f"x{i % 7}", "u": {"a": i, "b": [i, i + 1]}} for i in range(12000)]


def late(changes):
    records = [dict(x) for x in BASE]
    for row, record in changes.items():
        records[row] = record
    return records


LATE = {
    "a_new_key": ({9000: {"id": 1, "new": 5}}, [], {"new": "int64"}),
    "a_new_member": ({9000: {"id": 1, "u": {"c": {"d": "2020-01-01"}}}}, [],
                     {"u": "struct<a: int64, b: list<element: int64>, c: struct<d: date32[day]>>"}),
    "wider_leaves": ({9000: {"id": "t", "u": {"a": 1.5, "b": ["z"]}}}, [],
                     {"id": "string", "u": "struct<a: double, b: list<element: string>>"}),
    "objects_and_scalars": ({9000: {"id": {"k": 1}, "s": [1, " "], "u": 5}}, [],
                            {"id": "string", "s": "string", "u": "string"}),
    "too_many_keys": ({9000 + i: {"u": {f"k{i}": i}} for i in range(1100)}, [],
                      {"u": "map<string, string ('u')>"}),
    "flattened": ({9000: {"id": 1, "u": {"z": {"y": 1}}}}, ["--flatten"],
                  {"u.z.y": "int64", "u.a": "int64"}),
    "not_selected": ({9000: {"id": 1, "new": 5}}, ["--columns", "id,u"], {"id": "int64"}),
}


def as_text(x):
    """The canonical JSON text of a value."""
    if isinstance(x, dict):
        x = {k: v for k, v in x.items() if v is not None}
    return json.dumps(x, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


@pytest.mark.parametrize("name", LATE)
def test_late_changes_lose_nothing(name, tmp_path):
    changes, options, want = LATE[name]
    records = late(changes)
    src = lf.write(tmp_path / "in.jsonl", "".join(json.dumps(r) + "\n" for r in records))
    out, seen = tmp_path / "o.parquet", set()
    for extra in (["--threads", "1"], ["--threads", "7"], ["--infer", "full"]):
        run = lf.convert(src, out, "--row-group-size", "64KiB", "--force", *extra, *options)
        assert run.report["rows"]["out"] == len(records)
        seen.add(out.read_bytes())
    lf.convert("-", out, "--from", "json", "--row-group-size", "64KiB", "--force", *options,
               stdin=src.read_bytes())
    assert len(seen | {out.read_bytes()}) == 1
    table = pq.read_table(out)
    for column, kind in want.items():
        assert str(table.schema.field(column).type) == kind
    if name == "flattened":
        assert table.column("u.z.y").to_pylist()[9000] == 1
        return
    for column in table.column_names:
        kind = str(table.schema.field(column).type)
        for r, (got, record) in enumerate(zip(table.column(column).to_pylist(), records)):
            expect = record.get(column)
            if expect is None or kind == "int64":
                assert got == expect
            elif kind == "string" and name == "objects_and_scalars":
                assert got == as_text(expect), r
            elif kind == "string":
                assert got == (expect if isinstance(expect, str) else str(expect))
            elif kind.startswith("map"):
                assert dict(got) == {k: as_text(v) for k, v in expect.items()}
            elif "wider" in name:
                assert got["a"] == expect["a"] and got["b"] == [str(x) for x in expect["b"]]


def test_a_record_over_the_limit_is_kept_whole(tmp_path):
    big = json.dumps({"a": 2, "t": "y" * 6_000_000})
    text = '{"a":1,"t":"x"}\n' + big + '\n{"a":3,"t":"z"}\n'
    for end in ("", big):
        out = tmp_path / "o.parquet"
        src = lf.write(tmp_path / "in.jsonl", text + end)
        lf.convert(src, out, "--force", "--memory-limit", "16MiB")
        assert [r["raw"] == big for r in lf.rejects(out)] == [True] * (1 + bool(end))
        assert pq.read_table(out).column("a").to_pylist() == [1, 3]


def test_rows_are_found_in_a_large_object(tmp_path):
    rows = ",".join('{"a":%d,"b":"x"}' % i for i in range(100_000))
    text = '{"meta":{"n":[1]},"data":{"items":[' + rows + '],"total":5},"end":null}'
    out = tmp_path / "o.parquet"
    run = lf.convert(lf.write(tmp_path / "in.json", text), out)
    assert 'elements of "data.items"' in run.err and 'left out: "meta"' in run.err
    assert pq.read_table(out).column("a").to_pylist() == list(range(100_000))
    for cut in (len(text) - 1, len(text) - 12, len(text) - 40, len(text) // 2):
        lf.convert(lf.write(tmp_path / "in.json", text[:cut]), out, "--force", rc=lf.BAD_DATA)
    lf.convert(lf.write(tmp_path / "in.json", text + "x"), out, "--force", rc=lf.BAD_DATA)


@pytest.mark.parametrize("begin,between,end", [("", "\n \n", ""), ("[", ",", "]")])
def test_json_wrong_escape_behind_the_head_has_its_place(begin, between, end, tmp_path, out):
    """The fast walk leaves escapes for later: the tile then ends in front of a wrong one."""
    records = ['{"a":1}{"a":2}' if not begin else '{"a":1}'] + ['{\n"a":"00"}'] * 120_000
    text = begin + between.join(records)
    wrong = between.join([text, '{"a":"0\\e"}', '{"a":5}'])
    src = lf.write(tmp_path / "in.json", wrong + end)
    run = lf.logflow("convert", src, "-o", out)
    assert run.rc == lf.BAD_DATA and not out.exists()
    assert f"byte {len(text + between) + 7}: an escape that JSON does not have" in run.err, run.err


def test_geojson_names_what_it_leaves_out_and_keeps_to_the_form(tmp_path, out):
    rows = [{"type": "Feature", "id": i, "geometry": {"type": "Point", "coordinates": [i, -i / 4]}}
            for i in range(30)]
    whole = {"name": "towns", "features": rows, "type": "FeatureCollection", "crs": {"a": [1]}}
    src = tmp_path / "in.geojson"
    for indent in (None, 2):
        src.write_text(json.dumps(whole, indent=indent))
        run = lf.convert(src, out, "--force")
        assert pq.read_table(out).to_pylist() == rows
        assert '"name", "crs"' in run.err and "features" in run.err
        assert lf.logflow("verify", src, out).rc == lf.DONE
        shown = lf.logflow("inspect", src, "--rows", "1")
        assert shown.rc == lf.DONE and b"coordinates" in shown.out
    src.write_text(json.dumps({"type": "FeatureCollection", "features": rows}))
    assert "warning" not in lf.convert(src, out, "--force").err
    src.write_text('{"type":"FeatureCollection","features":[{"a":1},{"a":tru}]}')
    run = lf.logflow("convert", src, "-o", tmp_path / "none.parquet")
    assert run.rc == lf.BAD_DATA and "LF112" in run.err


def test_inspect_shows_empty_texts(tmp_path):
    """Nothing else comes before: there is no text yet to compare with or to copy."""
    for text in ('[\n\t""\n]', '{"a":""}\n{"a":""}\n{"a":"x"}\n'):
        run = lf.logflow("inspect", lf.write(tmp_path / "in.json", text), "--rows", "5")
        assert run.rc == lf.DONE and b"string" in run.out, run.err
