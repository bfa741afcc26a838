"""Names that stand for many inputs: patterns, folders, lists; one output each or one table."""
import json

import lf
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
