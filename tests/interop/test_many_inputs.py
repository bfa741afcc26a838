"""Names that stand for many inputs: patterns, folders, lists; one output each or one table."""
import gzip
import itertools
import json
import random
import resource

import duckdb
import lf
import pyarrow.parquet as pq
import pytest


def csv(path, rows, header="x,y"):
    path.parent.mkdir(parents=True, exist_ok=True)
    return lf.write(path, header + "\n" + "".join(r + "\n" for r in rows))


@pytest.fixture
def tree(tmp_path):
    d = tmp_path / "d"
    csv(d / "b.csv", ["1,2"]), csv(d / "a.csv", ["3,4"]), csv(d / "B.csv", ["5,6"])
    csv(d / "2026/01/x.csv", ["7,8"]), csv(d / "2026/x.tsv", ["9\t10"], "x\ty")
    lf.write(d / "2026/l.jsonl", '{"x":11,"y":12}\n')
    lf.write(d / "README.md", "no data\n"), lf.write(d / "app.log", "none\n")
    csv(d / ".hidden/h.csv", ["0,0"]), csv(d / ".h.csv", ["0,0"])
    lf.write(d / "a.parquet.rejects.jsonl", "{}\n")
    return d


def outputs(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*.parquet"))


def test_a_folder_is_its_files_of_known_formats(tree, tmp_path):
    run = lf.logflow("convert", tree, "-o", f"{tmp_path}/out/", "--report", tmp_path / "r.json")
    assert run.rc == lf.DONE, run.err
    assert outputs(tmp_path / "out") == ["2026/01/x.parquet", "2026/l.parquet", "2026/x.parquet",
                                         "B.parquet", "a.parquet", "b.parquet"]
    order = [r["input"] for r in json.loads((tmp_path / "r.json").read_text())]
    assert order == [f"{tree}/{n}" for n in
                     ["2026/01/x.csv", "2026/l.jsonl", "2026/x.tsv", "B.csv", "a.csv", "b.csv"]]


def test_tables_beside_their_text_are_no_inputs(tmp_path):
    csv(tmp_path / "d/a.csv", ["1,2"]), csv(tmp_path / "d/sub/b.csv.x.csv", ["1,2"])
    for _ in range(2):  # the second time the outputs of the first lie there
        run = lf.logflow("convert", tmp_path / "d", "--force")
        assert run.rc == lf.DONE, run.err
        assert "2 converted, 0 failed" in run.err
    assert outputs(tmp_path / "d") == ["a.parquet", "sub/b.csv.x.parquet"]


@pytest.mark.parametrize("pattern, names", [
    ("*.csv", ["B", "a", "b"]), ("**/*.csv", ["2026/01/x", "B", "a", "b"]),
    ("[ab].csv", ["a", "b"]), ("?.csv", ["B", "a", "b"]), ("2026/*/x.*", ["2026/01/x"]),
    ("**/x.*", ["2026/01/x", "2026/x"]),
    ("20*/**", ["2026/01/x", "2026/l", "2026/x"])])
def test_patterns(pattern, names, tree, tmp_path):
    """Folders before the first part that is no plain name are named, those behind it mirrored."""
    run = lf.logflow("convert", f"{tree}/{pattern}", "-o", f"{tmp_path}/out/")
    assert run.rc == lf.DONE, run.err
    cut = len("2026/") if pattern.startswith("2026/") else 0
    assert outputs(tmp_path / "out") == sorted(n[cut:] + ".parquet" for n in names)


def test_a_file_is_itself_whatever_its_name(tmp_path):
    csv(tmp_path / "a[1].csv", ["1,2"]), csv(tmp_path / "a1.csv", ["3,4"])
    csv(tmp_path / "@l.csv", ["5,6"])
    run = lf.logflow("convert", "a[1].csv", "@l.csv", cwd=tmp_path)
    assert run.rc == lf.DONE, run.err
    assert outputs(tmp_path) == ["@l.parquet", "a[1].parquet"]


def test_lists(tree, tmp_path):
    lf.write(tmp_path / "l.txt", "# two and a folder\nd/a.csv\r\n\nd/[b].csv\nd/2026")
    run = lf.logflow("convert", "@l.txt", "-o", "out/", cwd=tmp_path)
    assert run.rc == lf.DONE, run.err
    assert outputs(tmp_path / "out") == ["01/x.parquet", "a.parquet", "b.parquet", "l.parquet",
                                         "x.parquet"]
    lf.write(tmp_path / "loop.txt", "@l.txt\n"), lf.write(tmp_path / "none.txt", "#\n")
    for name, text in [("loop", "another list"), ("none", "names no input"),
                       ("missing", "No such file")]:
        run = lf.logflow("convert", f"@{name}.txt", cwd=tmp_path)
        assert run.rc in (lf.USAGE, 3) and text in run.err, run.err


def test_what_names_nothing_is_refused(tree, tmp_path):
    (tmp_path / "empty").mkdir()
    for name, text in [("d/*.xyz", "no file matches d/*.xyz"), ("empty", "no file of a known"),
                       ("e/**/*.csv", "no file matches")]:
        run = lf.logflow("convert", name, "-o", "out/", cwd=tmp_path)
        assert run.rc == 3 and text in run.err, run.err
    assert not (tmp_path / "out").exists()
    # Two that would meet in one output.
    csv(tree / "a.tsv", ["1,2"])
    run = lf.logflow("convert", tree, "-o", "out/", cwd=tmp_path)
    assert run.rc == lf.USAGE and "would both become" in run.err


def test_folders_that_were_made_go_again(tmp_path):
    (tmp_path / "d/sub").mkdir(parents=True)
    lf.write(tmp_path / "d/sub/bad.csv", b"")
    run = lf.logflow("convert", "d", "-o", "out/deep/", cwd=tmp_path)
    assert run.rc == 1, run.err
    assert not (tmp_path / "out").exists()


# ---- one table of many ----

def table(path):
    return pq.read_table(path)


def union(paths, out, *args, **kw):
    return lf.convert(paths[0], out, *paths[1:], *args, **kw)


def by_duckdb(names):
    return duckdb.sql(f"from read_csv({names!r}, union_by_name=true)").to_arrow_table().to_pydict()


def test_union_by_name_is_as_duckdb_has_it(tmp_path):
    rng = random.Random(7)
    names = []
    for i in range(40):
        cols = rng.sample(["id", "price", "town", "day", "n2"], rng.randint(1, 5))
        value = {"id": lambda k: str(k), "price": lambda k: f"{k}.5", "town": lambda k: f"t{k}",
                 "day": lambda k: f"2026-01-{k % 28 + 1:02d}", "n2": lambda k: "" if k % 3 else "7"}
        rows = [",".join(value[c](k) for c in cols) for k in range(rng.randint(2, 9))]
        if len(cols) == 1 and cols[0] == "n2":
            rows = [r or '""' for r in rows]
        names.append(str(csv(tmp_path / f"d/{i:02d}.csv", rows, ",".join(cols))))
    run = union(names, tmp_path / "u.parquet")
    want, got = by_duckdb(names), table(tmp_path / "u.parquet").to_pydict()
    assert list(got) == list(want)
    for c in want:
        assert list(map(str, got[c])) == list(map(str, want[c])), c
    assert "is missing in" in run.err
    assert run.report["inputs"] == 40 and run.report["row_groups"] == 1


def test_types_join_and_what_differs_is_told(tmp_path):
    a = csv(tmp_path / "a.csv", ["1,2,x"], "id,n,Name")
    b = csv(tmp_path / "b.csv", ["2.5;zz;7"], "n;id;name")
    c = csv(tmp_path / "c.csv", [], "id,n,Name")  # a header has no types
    run = union([a, b, c], tmp_path / "u.parquet")
    got = table(tmp_path / "u.parquet")
    assert got.to_pydict() == {"id": ["1", "zz"], "n": [2.0, 2.5], "Name": ["x", None],
                               "name": [None, 7]}
    for text in [f"column 'id' is int64 in {a}, string in {b}: string",
                 f"column 'n' is int64 in {a}, double in {b}: double",
                 "column 'name' is missing in 2 of 3 inputs; null there",
                 "columns 'Name' and 'name' differ in case alone"]:
        assert text in run.err, run.err


def test_formats_mix(tmp_path):
    a = csv(tmp_path / "a.csv", ["1,x,5"], "id,name,n")
    b = lf.write(tmp_path / "b.jsonl",
                 '{"id":2,"name":{"k":1},"tags":[1,2]}\n{"id":3,"late":true}\n')
    c = lf.write(tmp_path / "c.csv.gz", gzip.compress(b"id,name,n\n4,y,1.5\n"))
    for order in itertools.permutations([a, b, c]):
        union(list(order), tmp_path / "u.parquet", "--force")
        got = {r["id"]: r for r in table(tmp_path / "u.parquet").to_pylist()}
        assert [(k, got[k]["name"]) for k in sorted(got)] == [(1, '"x"'), (2, '{"k":1}'), (3, None),
                                                              (4, '"y"')]
        assert got[2]["tags"] == [1, 2] and got[1]["tags"] is None and got[3]["late"] is True
        assert got[1]["n"] == 5.0 and got[4]["n"] == 1.5 and got[2]["n"] is None


def test_late_changes_in_small_files_that_share_a_group(tmp_path):
    """Types that no head shows: the rows that show them lie behind the first megabyte."""
    d = tmp_path / "d"
    for i in range(6):
        rows = [f"{k},{i}" for k in range(150_000)]
        if i == 3:
            rows[-1] = "late,9.5"
        extra = ",z" if i == 4 else ""
        csv(d / f"{i}.csv", [r + extra for r in rows], "a,b,c" if extra else "a,b")
    first = None
    for threads in (1, 2, 7):
        run = lf.convert(d, tmp_path / "u.parquet", "--threads", threads, "--force")
        data = (tmp_path / "u.parquet").read_bytes()
        first = first or data
        assert data == first
    assert run.report["row_groups"] == 1
    got = table(tmp_path / "u.parquet")
    a = got["a"].to_pylist()
    assert a[:2] == ["0", "1"] and a[4 * 150_000 - 1] == "late" and len(a) == 900_000
    assert got["b"].to_pylist()[4 * 150_000 - 1] == 9.5 and got["c"].null_count == 750_000
    assert "changed from int64 to string at row 600000" in run.err


def test_thousands_of_files_take_no_descriptors(tmp_path):
    names = [csv(tmp_path / f"d/{i:04d}.csv", [f"{i},{i * i}"], "i,q" if i % 2 else "q,i")
             for i in range(600)]
    assert len(names) == 600

    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    for threads in (1, 5):
        run = lf.logflow("convert", f"{tmp_path}/d/*.csv", "-o", tmp_path / f"{threads}.parquet",
                         "--threads", threads, preexec=few)
        assert run.rc == lf.DONE, run.err
    got = table(tmp_path / "1.parquet")
    assert got["q"].to_pylist() == [i * i if i % 2 else i for i in range(600)]
    assert got["i"].to_pylist() == [i if i % 2 else i * i for i in range(600)]
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "5.parquet").read_bytes()


def test_small_files_cost_little(tmp_path):
    """About 70 microseconds each; a row group, or worker, for each would be ten times that."""
    for i in range(2000):
        csv(tmp_path / f"d/{i:04d}.csv", [f"{i},{k}.5" for k in range(10)])
    run = union([tmp_path / "d"], tmp_path / "u.parquet")
    assert run.report["rows"]["out"] == 20000 and run.report["row_groups"] == 1
    assert run.cpu_s < 2 * lf.SLOW, run.cpu_s


def test_pipes_among_files(tmp_path):
    a, b = csv(tmp_path / "a.csv", ["1,2"]), csv(tmp_path / "b.csv", ["7,8.5"], "z,y")
    union([a, b], tmp_path / "u.parquet")
    union([a, "-"], tmp_path / "p.parquet", stdin=b.read_bytes())
    assert table(tmp_path / "u.parquet").equals(table(tmp_path / "p.parquet"))
    union([a, "-"], tmp_path / "p.csv", stdin=b.read_bytes())  # types come first: it is kept
    assert (tmp_path / "p.csv").read_text() == "x,y,z\n1,2,\n,8.5,7\n"


def test_bad_rows_are_told_with_their_file(tmp_path):
    good = [f"{k},{k}" for k in range(50)]
    names = [csv(tmp_path / f"{i}.csv", [*good, "1,2,3"], "x,y" if i else "y,x") for i in range(4)]
    run = union(names, tmp_path / "u.parquet", "--max-bad", 9)
    assert run.report["rows"]["rejected"] == 4 and run.report["rows"]["in"] == 204
    found = [json.loads(r) for r in open(tmp_path / "u.parquet.rejects.jsonl")]
    assert [(r["input"], r["row"], r["line"]) for r in found] == [(str(n), 51, 52) for n in names]
    assert run.report["files"] == [{"path": str(n), "rows_in": 51, "rows_out": 50,
                                    "rows_rejected": 1, "rows_filtered": 0} for n in names]
    run = lf.logflow("convert", *names, "-o", tmp_path / "s.parquet", "--on-error", "strict")
    assert run.rc == lf.BAD_DATA and f"{names[0]}, row 51" in run.err, run.err


def test_named_columns(tmp_path):
    a, b = csv(tmp_path / "a.csv", ["1,2"]), csv(tmp_path / "b.csv", ["3,4"], "z,y")
    union([a, b], tmp_path / "u.parquet", "--columns", "z,y", "--type", "z=string")
    assert table(tmp_path / "u.parquet").to_pydict() == {"z": [None, "3"], "y": [2, 4]}
    run = lf.logflow("convert", a, b, "-o", tmp_path / "n.parquet", "--columns", "y,none")
    assert run.rc == lf.USAGE and "no input has a column" in run.err
    run = lf.logflow("convert", a, b, "-o", tmp_path / "n.parquet", "--type", "none=date")
    assert run.rc == lf.USAGE and "no input has a column" in run.err


def test_parquet_among_text(tmp_path):
    a = csv(tmp_path / "a.csv", ["1,2"])
    lf.convert(a, tmp_path / "t.parquet")
    union([a, tmp_path / "t.parquet"], tmp_path / "u.parquet")
    got = table(tmp_path / "u.parquet")
    assert got.num_rows == 2 and got.slice(0, 1).equals(got.slice(1, 1))
