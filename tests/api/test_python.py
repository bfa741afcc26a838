"""The Python package, built as a wheel by pip and installed in a folder of its own."""
import inspect
import os
import pathlib
import pickle
import re
import signal
import subprocess
import sys
import threading
import time

import lf
import pytest

pytestmark = pytest.mark.skipif(lf.SANITIZED, reason="a sanitized module needs a sanitized "
                                "interpreter")


def pip(*args):
    run = subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check",
                          *map(str, args)], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "-q", "--no-deps", "--no-build-isolation", "-C", f"build-dir={lf.BUILD}/python",
        "-w", folder, lf.ROOT / "python")
    return next(folder.glob("logflow-*.whl"))


@pytest.fixture(scope="session")
def site(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    pip("install", "-q", "--no-deps", "--target", folder, wheel)
    return folder


@pytest.fixture(scope="session")
def logflow(site):
    sys.path.insert(0, str(site))
    import logflow
    assert pathlib.Path(logflow.__file__).is_relative_to(site)
    return logflow


@pytest.fixture
def sales(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("id,name,price,day\n00123,a,1.5,2026-01-02\n00124,,2.25,2026-01-03\n")
    return path


def test_convert_and_report(logflow, sales, tmp_path):
    import pyarrow.parquet as pq
    out = tmp_path / "sales.parquet"
    report = logflow.convert(sales, out, compression="zstd:3")
    assert report["rows"]["in"] == report["rows"]["out"] == 2
    assert pq.read_table(out).column("id").to_pylist() == ["00123", "00124"]
    with pytest.raises(logflow.UsageError) as e:
        logflow.convert(sales, out)
    assert e.value.code == "OUTPUT_EXISTS" and e.value.exit_status == 2
    logflow.convert(str(sales), str(out), overwrite=True, type={"price": "decimal(6,2)"},
                    null=["a"])
    assert str(pq.read_table(out).schema.field("price").type) == "decimal128(6, 2)"
    assert pq.read_table(out).column("name").to_pylist() == [None, None]
    logflow.convert(sales, out, overwrite=True, columns=["day", "id"], header=True)
    assert pq.read_table(out).column_names == ["day", "id"]


def test_rows_and_names(logflow, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq
    (tmp_path / "a.csv").write_text("id,v\n" + "".join(f"{i},{i % 10}\n" for i in range(1000)))
    report = logflow.convert(tmp_path / "a.csv", tmp_path / "o.parquet", where=["v > 3", "v < 6"],
                             rename={"id": "n=1"}, skip=10)
    want = [i for i in range(10, 1000) if 3 < i % 10 < 6]
    assert pq.read_table(tmp_path / "o.parquet")["n=1"].to_pylist() == want
    assert report["rows"]["filtered"] == 1000 - len(want)
    t = pa.table(logflow.open(tmp_path / "a.csv", where="v = 3", columns=["id"], limit=5))
    assert t.to_pydict() == {"id": [3, 13, 23, 33, 43]}
    t = pa.table(logflow.open(tmp_path / "o.parquet", sample=10, rename={"v": "w2"}))
    assert t.num_rows == 10 and "w2" in t.column_names
    with pytest.raises(logflow.UsageError, match="did you mean"):
        logflow.open(tmp_path / "a.csv", where="idd > 3")


def test_the_default_output_lies_beside_the_input(logflow, sales):
    logflow.convert(sales)
    assert sales.with_suffix(".parquet").exists()


def test_errors_have_a_place(logflow, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("a,b\n1,2\n3,4,5\n6,7\n")
    with pytest.raises(logflow.DataError) as e:
        logflow.convert(path, tmp_path / "o.parquet", on_error="strict")
    err = e.value
    assert (err.code, err.line, err.row, err.byte_offset) == ("ROW_WIDTH", 3, 2, 8)
    assert err.path == str(path) and err.hint and str(path) in str(err)
    assert isinstance(err, ValueError) and not (tmp_path / "o.parquet").exists()
    again = pickle.loads(pickle.dumps(err))
    assert again.code == err.code and str(again) == str(err)
    with pytest.raises(logflow.FileError) as e:
        logflow.convert(tmp_path / "none.csv")
    assert e.value.code == "NOT_FOUND" and str(e.value).count(e.value.path) == 1
    with pytest.raises(logflow.UsageError, match="no-such|no_such"):
        logflow.convert(path, no_such=1)


def test_open_for_every_library(logflow, sales):
    duckdb = pytest.importorskip("duckdb")
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    reader = logflow.open(sales)
    table = pa.table(reader)
    assert table.column("id").to_pylist() == ["00123", "00124"]
    assert table.column("price").type == pa.float64()
    assert table.column("day").type == pa.date32()
    assert pa.schema(reader) == table.schema
    assert pl.DataFrame(reader)["price"].sum() == 3.75  # a second reading starts anew
    assert duckdb.sql("select count(*), max(id) from reader").fetchall() == [(2, "00124")]
    assert pd.DataFrame.from_arrow(reader)["price"].sum() == 3.75
    with logflow.open([sales, sales], all_strings=True) as many:
        assert pa.table(many).num_rows == 4


def test_open_says_what_is_wrong(logflow, tmp_path):
    import pyarrow as pa
    with pytest.raises(logflow.FileError):
        logflow.open(tmp_path / "none.csv")
    path = tmp_path / "bad.csv"
    path.write_text("a,b\n" + "1,2\n" * 100 + "1,2,3\n" * 50)
    with pytest.raises(Exception, match="TOO_MANY_BAD"):
        pa.table(logflow.open(path))


def test_inspect_and_schema(logflow, sales, tmp_path):
    out = tmp_path / "s.parquet"
    logflow.convert(sales, out)
    assert logflow.inspect(out, rows=1)
    names = [c["name"] for c in logflow.schema(sales)["columns"]]
    assert names == ["id", "name", "price", "day"]
    with pytest.raises(logflow.FileError):
        logflow.inspect(tmp_path / "none")


def test_inspect_is_typed(logflow, sales, tmp_path):
    for out in ("s.parquet", "s.arrow", "s.jsonl"):
        logflow.convert(sales, tmp_path / out)
        found = logflow.inspect(tmp_path / out, rows=2)
        assert [(c.name, c.type) for c in found.columns] == [
            ("id", "string"), ("name", "string"), ("price", "double"), ("day", "date")]
        assert found.format == {"jsonl": "json"}.get(out[2:], out[2:])
        assert found.path == str(tmp_path / out)
        assert found.bytes == (tmp_path / out).stat().st_size
        assert len(found.sample) == 2 and found.sample[0][0] == "00123" and found["schema"]
        assert found.rows == (None if out == "s.arrow" else 2)
    assert [c.nulls for c in logflow.inspect(sales).columns] == [0, 1, 0, 0]
    assert logflow.inspect(sales, from_="csv").format == "csv"


def test_verify(logflow, sales, tmp_path):
    out = tmp_path / "s.parquet"
    logflow.convert(sales, out)
    same = logflow.verify(sales, out)
    assert same.equal and same.rows_in == same.rows_out == 2 and same.differences == []
    assert same["checksum"]["in"] == same["checksum"]["out"] and same.notes == []
    other = tmp_path / "o.csv"
    other.write_text(sales.read_text().replace("2.25", "2.5"))
    found = logflow.verify(other, out)
    assert not found.equal
    assert found.differences == [logflow.Difference("cell", 2, 2, 3, 41, "price", "2.5", "2.25")]
    logflow.convert(sales, tmp_path / "c.parquet", columns=["id", "day"])
    assert logflow.verify(sales, tmp_path / "c.parquet", columns=["id", "day"]).equal
    with pytest.raises(logflow.FileError):
        logflow.verify(sales, tmp_path / "none.parquet")
    with pytest.raises(logflow.UsageError, match="delimter"):
        logflow.verify(sales, out, delimter=";")
    out.write_bytes(out.read_bytes()[:-20])
    with pytest.raises(logflow.DataError):
        logflow.verify(sales, out)


def test_plugins(site, tmp_path):
    """In a process of its own: what is loaded stays."""
    so = tmp_path / "all.so"
    subprocess.run(["cc", "-std=c17", "-shared", "-fPIC", f"-I{lf.ROOT}/include",
                    lf.ROOT / "tests/support/plugin_all.c", "-o", so], check=True)
    (tmp_path / "a.num").write_text("#num\n" + "".join(f"{i}\n" for i in range(50)))
    code = f"""
import sys
sys.path.insert(0, {str(site)!r})
import logflow, pyarrow as pa
assert logflow.inspect("a.num").format == "csv"
logflow.load_plugins({str(so)!r})
found = logflow.inspect("a.num", rows=3)
assert found.format == "numbers", found
assert [(c.name, c.type) for c in found.columns] == [("number", "int64")], found.columns
assert found.sample == [[0], [0], [1]], found.sample
logflow.convert("a.num", "a.parquet")
assert logflow.verify("a.num", "a.parquet").equal
table = pa.table(logflow.open("a.num"))
assert table["number"].to_pylist() == [0, *range(50)], table
logflow.load_plugins({str(so)!r})
try:
    logflow.load_plugins("none.so")
except logflow.FileError as e:
    assert e.code == "NOT_FOUND"
else:
    raise SystemExit("none.so was loaded")
assert logflow.inspect("a.num").format == "numbers"
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    (tmp_path / "plugins").mkdir(mode=0o755)
    so.rename(tmp_path / "plugins/all.so")
    code = f"""
import sys
sys.path.insert(0, {str(site)!r})
import logflow
logflow.load_plugins()
assert logflow.inspect("a.num").format == "numbers"
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True,
                         env={**os.environ, "LOGFLOW_HOME": str(tmp_path)})
    assert run.returncode == 0, run.stderr


def test_progress(logflow, data, tmp_path):
    tqdm = pytest.importorskip("tqdm")
    seen = []
    logflow.convert(data.flights(1), tmp_path / "a.parquet", null="NA", progress=seen.append)
    assert seen and seen[-1].rows == 336776 and seen[-1].bytes_read == seen[-1].bytes_total
    assert all(isinstance(p, logflow.Progress) for p in seen)
    with tqdm.tqdm(disable=False, file=open(os.devnull, "w")) as bar:
        logflow.convert(data.flights(1), tmp_path / "b.parquet", null="NA", progress=bar)
        assert bar.n == bar.total > 0

    def stop(_):
        raise RuntimeError("enough")
    with pytest.raises(RuntimeError, match="enough"):
        logflow.convert(data.flights(1), tmp_path / "c.parquet", null="NA", progress=stop)


def test_other_threads_run(logflow, data, tmp_path):
    ticks, done = 0, threading.Event()

    def convert():
        logflow.convert(data.lineitem(0.1), tmp_path / "t.parquet", threads=1)
        done.set()

    worker = threading.Thread(target=convert)
    worker.start()
    while not done.is_set():
        ticks += 1
        time.sleep(0.001)
    worker.join()
    assert ticks > 10


def test_ctrl_c(site, tmp_path):
    fifo = tmp_path / "slow.csv"
    os.mkfifo(fifo)
    code = ("import logflow, sys\nprint('go', flush=True)\n"
            f"logflow.convert({str(fifo)!r}, {str(tmp_path / 'o.parquet')!r})\n")
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True,
                             env={**os.environ, "PYTHONPATH": str(site)},
                             preexec_fn=lf.heed_signals)
    with open(fifo, "w") as f:
        child.stdout.readline()
        f.write("a,b\n1,2\n")
        f.flush()
        time.sleep(0.3)
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=10 * lf.SLOW)
    assert "KeyboardInterrupt" in err
    assert [p.name for p in tmp_path.iterdir()] == ["slow.csv"]


def test_all_is_documented_and_typed(logflow, site):
    stub = (site / "logflow/__init__.pyi").read_text()
    assert (site / "logflow/py.typed").exists()
    for name in logflow.__all__:
        thing = getattr(logflow, name)
        assert inspect.getdoc(thing), name
        assert f"def {name}(" in stub or f"class {name}(" in stub or f"class {name}:" in stub, name
    for option in logflow.options():
        assert option.help and "-" not in option.name


def test_auditwheel_accepts_the_wheel(wheel, tmp_path):
    env = {**os.environ, "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"}
    run = subprocess.run([sys.executable, "-m", "auditwheel", "repair", "-w", tmp_path, wheel],
                         capture_output=True, text=True, env=env)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "manylinux" in next(tmp_path.glob("*.whl")).name


PAGES = ["docs/guide/python.md", "docs/guide/first-conversion.md", "python/README.md"]


@pytest.mark.parametrize("name", PAGES)
def test_python_of_the_documents_runs(logflow, tmp_path, monkeypatch, name):
    """Each ```python block of a page, in order, in one folder and one namespace."""
    import duckdb
    import pandas
    import polars
    import pyarrow
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{i:05},item {i},{i}.5,2026-01-{i % 28 + 1:02}\n" for i in range(999))
    for file in ("sales.csv", "jan.csv", "feb.csv"):
        pathlib.Path(file).write_text("zip,name,price,day\n" + rows + "1,2,3,4,5\n")
    if name.endswith("first-conversion.md"):
        logflow.convert("sales.csv", "sales.parquet")
    names = {"pyarrow": pyarrow, "polars": polars, "duckdb": duckdb, "pandas": pandas}
    blocks = re.findall(r"^```python\n(.*?)^```", (lf.ROOT / name).read_text(), re.S | re.M)
    assert blocks
    for block in blocks:
        exec(compile(block, name, "exec"), names)
    if name.endswith("guide/python.md"):
        assert names["report"]["rows"] == {**names["report"]["rows"], "in": 1000, "out": 999,
                                           "rejected": 1}
        assert names["table"].num_rows == names["frame"].height == 999
