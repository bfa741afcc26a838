"""`logflow inspect`: what it shows of Parquet and CSV, and that no line passes the terminal."""
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support import lf


def inspect(*args, **kw):
    run = lf.logflow("inspect", *args, **kw)
    assert run.rc == 0, run.err
    return run.out.decode()


def width(text):
    """Of the longest line; two columns for a wide character."""
    return max(sum(2 if ord(c) > 0x1100 and c != "…" else 1 for c in line)
               for line in text.splitlines())


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    """Everything long: names, values, path, writer, keys; sorted, with and without indexes."""
    folder = tmp_path_factory.mktemp("inspect") / ("deep" * 30)
    folder.mkdir()
    n = 4000
    table = pa.table({
        "a name that is far longer than a column of a terminal ought to be": list(range(n)),
        "text": [f"value {i} " + "x" * (i % 90) for i in range(n)],
        "東京都の列": [None if i % 3 else i / 7 for i in range(n)],
        "nested": [[{"a": i, "b": "q" * (i % 40)}] for i in range(n)],
    }).replace_schema_metadata({"k" * 100: "v" * 400})
    path = folder / "file.parquet"
    pq.write_table(table, path, row_group_size=300, write_page_index=True, data_page_size=1000,
                   sorting_columns=[pq.SortingColumn(0, descending=True)])
    return path


@pytest.mark.parametrize("args", [[], ["--rows", "20"], ["--chunks"]])
def test_parquet_fits_a_terminal(parquet, args):
    assert width(inspect(parquet, *args)) <= 80


def test_parquet_shows_groups_chunks_and_index(parquet):
    text = inspect(parquet)
    assert "row group  " in text and "… 6 more row groups" in text
    assert "page index: of all 70 column chunks" in text
    assert "sorted by: a name that is far longer" in text and "descending" in text
    chunks = inspect(parquet, "--chunks")
    assert chunks.count("\nrow group ") == 14 + 1 and "row group 13: 100 rows" in chunks
    assert " dict" in chunks and "snappy" in chunks


def test_parquet_as_json_has_all_chunks(parquet):
    d = json.loads(inspect(parquet, "--json"))
    f = pq.ParquetFile(parquet).metadata
    assert len(d["groups"]) == f.num_row_groups == d["row_groups"]
    for g, group in enumerate(d["groups"]):
        assert group["rows"] == f.row_group(g).num_rows
        assert group["sorted_by"][0]["descending"] is True
        for c, chunk in enumerate(group["columns"]):
            want = f.row_group(g).column(c)
            assert chunk["compressed_bytes"] == want.total_compressed_size
            assert chunk["uncompressed_bytes"] == want.total_uncompressed_size
            assert chunk["values"] == want.num_values and chunk["codec"] == "snappy"
            assert set(chunk["encodings"]) == set(want.encodings)
            assert chunk["data_page_offset"] == want.data_page_offset
            assert chunk["offset_index"] and chunk["column_index"] and chunk["pages"] >= 1


def test_parquet_without_an_index(tmp_path):
    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "a.parquet")
    assert "page index: none" in inspect(tmp_path / "a.parquet")
    d = json.loads(inspect(tmp_path / "a.parquet", "--json"))
    assert d["groups"][0]["columns"][0]["pages"] is None


def test_parquet_of_no_rows(tmp_path):
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), tmp_path / "a.parquet")
    assert "0 rows" in inspect(tmp_path / "a.parquet", "--rows", "3", "--chunks")


def test_csv_shows_decisions_types_nulls_and_values(tmp_path):
    src = lf.write(tmp_path / "a.csv", "id;when;what;note\n" + "".join(
        f"{i};2026-01-{1 + i % 28:02d};{'red' if i < 50 else 'blue'};{'' if i % 4 else 'x'}\n"
        for i in range(100)))
    text = inspect(src, "--rows", "2")
    assert width(text) <= 80
    assert "delimiter: ';'," in text and "header: yes, 98% sure (" in text
    lines = {x.split()[0]: x for x in text.splitlines() if x.strip()}
    assert lines["what"].endswith("red, blue") and " string " in lines["what"]
    assert "75%" in lines["note"] and " 75 " in lines["note"]
    assert " date " in lines["when"] and "2026-01-01, 2026-01-02" in lines["when"]
    d = json.loads(inspect(src, "--json"))
    names = {x["name"]: x for x in d["decisions"]}
    assert names["delimiter"]["value"] == "';'" and 0.9 < names["delimiter"]["confidence"] < 1
    assert names["header"]["value"] == "yes" and names["header"]["because"]
    assert {c["name"]: (c["type"], c["nulls"]) for c in d["columns"]} == {
        "id": ("int64", 0), "when": ("date", 0), "what": ("string", 0), "note": ("string", 75)}
    assert all(0 < c["confidence"] <= 1 for c in d["columns"])
    given = json.loads(inspect(src, "--json", "--delimiter", ";", "--header", "no"))
    names = {x["name"]: x for x in given["decisions"]}
    assert names["delimiter"]["confidence"] == 1 and names["header"]["confidence"] == 1


def test_csv_shows_its_encoding_and_how_sure_it_is(tmp_path):
    text = "place,n\n" + "".join(f"Málaga {i},{i}\n" for i in range(60))

    def encoding(data, *options):
        src = lf.write(tmp_path / "e.csv", data)
        shown = inspect(src, *options)
        d = json.loads(inspect(src, "--json", *options))["decisions"][0]
        assert d["name"] == "encoding"
        assert shown.splitlines()[2].startswith("encoding: " + d["value"])
        return d["value"], d["confidence"], d["because"]

    assert encoding("a,b\n1,2\n") == ("utf-8", 1, "nothing but ASCII")
    name, sure, why = encoding(text)
    assert name == "utf-8" and 0.9 < sure < 1 and why == "all of its characters are"
    assert encoding("\ufeff" + text) == ("utf-8", 1, "by its byte order mark")
    assert encoding(text.encode("utf-16"))[:2] == ("utf-16le", 1)
    name, sure, why = encoding(text.encode("latin-1"))
    assert name == "utf-8" and sure < 0.1 and "windows-1252" in why
    assert encoding(text.encode("latin-1"), "--encoding", "latin1")[1:] == (1, "as given")


def test_csv_fits_a_terminal(tmp_path):
    names = ",".join(f"column {i} with a long name 東京" for i in range(40))
    row = ",".join(f"value {i} " + "y" * 60 for i in range(40))
    folder = tmp_path / ("long" * 40)
    folder.mkdir()
    src = lf.write(folder / "a.csv", names + "\n" + (row + "\n") * 30)
    assert width(inspect(src, "--rows", "3")) <= 80


NESTED = [{"id": i, "who": {"first": f"n\"{i}\u00e9\n", "at": {"x": i / 2, "tags": ["a"]}},
           "items": [{"sku": "s", "qty": 1}], "loose": [1, "x"][i % 2]} for i in range(40)]


def test_json_shows_its_nested_columns(tmp_path):
    src = lf.write(tmp_path / "a.jsonl", "".join(json.dumps(o) + "\n" for o in NESTED))
    for out in (None, "o.arrow", "o.arrow.gz"):
        if out == "o.arrow":
            lf.convert(src, tmp_path / out)
        if out == "o.arrow.gz":
            import gzip
            (tmp_path / out).write_bytes(gzip.compress((tmp_path / "o.arrow").read_bytes()))
        path = tmp_path / out if out else src
        text = inspect(path, "--rows", "4")
        assert width(text) <= 80 and not any(x.endswith(" ") for x in text.splitlines())
        lines = [x.split()[:2] for x in text.splitlines()]
        want = [["who", "struct"], ["first", "string"], ["at", "struct"], ["x", "double"],
                ["tags", "list<string>"], ["items", "list<struct>"], ["sku", "string"],
                ["qty", "int64"]]
        at = lines.index(want[0])
        assert lines[at:at + len(want)] == want
        assert "    x" in text and "  first" in text
        assert '"first":"n\\"0é\\n"' in text  # as it is in the file: escapes are read once
        d = json.loads(inspect(path, "--json", "--rows", "40"))
        types = {c["name"]: c["type"] for c in d["columns"]}
        assert types["who"] == "struct<first:string,at:struct<x:double,tags:list<string>>>"
        assert [r[1] for r in d["sample"]] == [o["who"] for o in NESTED]
        assert d["compression"] == ("gzip" if out == "o.arrow.gz" else None)


def test_many_members_fit_a_terminal(tmp_path):
    o = {"a" * 90: {f"member {i} " + "y" * 60: {"z" * 70: i} for i in range(400)}}
    src = lf.write(tmp_path / "a.json", json.dumps(o))
    text = inspect(src, "--rows", "1")
    assert width(text) <= 80 and "…" in text


def test_json_beyond_its_head(tmp_path):
    src = tmp_path / "a.jsonl"
    lf.write(src, ('{"a":1,"b":{"c":"' + "x" * 100 + '"}}\n') * 20000)
    text = inspect(src)
    assert "the first 1 MiB: " in text and "99.9%" in text
    assert json.loads(inspect(src, "--json"))["whole"] is False


@pytest.mark.parametrize("array", [False, True])
def test_json_whose_first_record_is_longer_than_the_head(array, tmp_path):
    records = [{"a": 1, "t": "x" * 2_500_000, "b": [1, 2]}, {"a": 2, "t": "y", "b": []}]
    text = json.dumps(records) if array else "".join(json.dumps(o) + "\n" for o in records)
    d = json.loads(inspect(lf.write(tmp_path / "a.json", text), "--json"))
    assert [(c["name"], c["type"]) for c in d["columns"]] == [
        ("a", "int64"), ("t", "string"), ("b", "list<int64>")]


def test_what_comes_by_a_pipe(tmp_path):
    src = lf.write(tmp_path / "a.csv", "a,b\n1,x\n2,y\n")
    assert "csv" in inspect("-", stdin=src.read_bytes())
    for out in ("o.parquet", "o.arrow", "o.arrows"):
        lf.convert(src, tmp_path / out)
        d = json.loads(inspect("-", "--json", "--rows", "2", stdin=(tmp_path / out).read_bytes()))
        assert d["file"] == "-" and [c["name"] for c in d["schema"]["columns"]] == ["a", "b"]


def test_a_head_is_less_sure_than_a_whole_file(tmp_path):
    src = lf.write(tmp_path / "a.csv", "a,b\n" + "12345,x\n" * 200000)
    d = json.loads(inspect(src, "--json"))
    assert not d["whole"] and 0.99 < d["columns"][0]["confidence"] < 1
    assert "99.9%" in inspect(src)
