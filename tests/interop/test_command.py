"""The command line: names of outputs, streams, the report, progress, help, inspect, start-up."""
import json
import os
import subprocess
import time

import lf
import pytest
import readers

GOOD = "a,b\n1,x\n2,y\n"


@pytest.fixture
def src(tmp_path):
    return lf.write(tmp_path / "in.csv", GOOD)


@pytest.mark.parametrize("name", ["x.csv", "x.tsv", "x.csv.gz", "x.csv.zst"])
def test_output_beside_the_input(name, tmp_path):
    import gzip
    lf.write(tmp_path / name, gzip.compress(GOOD.encode()) if name.endswith("gz") else GOOD)
    assert lf.logflow("convert", tmp_path / name).rc == 0
    assert lf.files_in(tmp_path) == sorted([name, "x.parquet"])


def test_output_into_a_folder(src, tmp_path):
    (tmp_path / "d").mkdir()
    run = lf.logflow("convert", src, "-o", f"{tmp_path}/d/")
    assert run.rc == 0, run.err
    assert lf.files_in(tmp_path / "d") == ["in.parquet"]


def test_many_inputs_one_output_each(tmp_path):
    names = [lf.write(tmp_path / f"{c}.csv", f"a\n{i}\n") for i, c in enumerate("pqr")]
    run = lf.logflow("convert", *names)
    assert run.rc == 0, run.err
    assert [readers.pyarrow(tmp_path / f"{c}.parquet")["a"] for c in "pqr"] == [[0], [1], [2]]


def test_many_inputs_into_one_file_are_their_union(tmp_path, out):
    names = [lf.write(tmp_path / f"{c}.csv", f"a,b\n{i},{c}\n") for i, c in enumerate("pqr")]
    run = lf.logflow("convert", *names, "-o", out)
    assert run.rc == 0, run.err
    assert readers.pyarrow(out) == {"a": [0, 1, 2], "b": ["p", "q", "r"]}


def test_standard_input_to_standard_output(src):
    run = lf.logflow("convert", "-", stdin=GOOD.encode())
    assert run.rc == 0 and run.out[:4] == b"PAR1" == run.out[-4:], run.err


def test_report_keys(src, tmp_path, out):
    run = lf.logflow("convert", src, "-o", out, "--report", tmp_path / "r.json")
    assert run.rc == 0
    r = json.loads((tmp_path / "r.json").read_text())
    assert r["status"] == "done" and r["error"] is None
    assert r["rows"] == {"in": 2, "out": 2, "rejected": 0, "filtered": 0, "padded": 0}
    assert r["lines"] == {"blank": 0, "comment": 0, "preamble": 0, "footer": 0}
    assert r["bytes"]["in"] == r["bytes"]["text"] == len(GOOD)
    assert r["bytes"]["out"] == out.stat().st_size
    assert r["columns"] == 2 and r["row_groups"] == 1 and r["late_changes"] == 0
    assert {"requested", "used"} == set(r["threads"])
    assert {"limit_bytes", "peak_rss_bytes"} == set(r["memory"])
    assert {"elapsed_s", "cpu_s", "mb_per_s"} == set(r["time"])
    assert r["warnings"] == []


def test_report_of_a_failure(tmp_path, out):
    src = lf.write(tmp_path / "in.csv", "a,b\n1,2\n3,4,5\n")
    run = lf.logflow("convert", src, "-o", out, "--on-error", "strict", "--report",
                     tmp_path / "r.json")
    assert run.rc == lf.BAD_DATA
    r = json.loads((tmp_path / "r.json").read_text())
    assert r["status"] == "failed" and r["output"] is None
    assert r["error"]["name"] == "ROW_WIDTH" and r["error"]["line"] == 3
    assert r["error"]["exit_status"] == 1


def test_text_report_is_on_standard_error(src, out):
    run = lf.logflow("convert", src, "-o", out)
    assert run.out == b"" and "2" in run.err and "rows" in run.err.lower()


def test_quiet_says_nothing_but_errors(src, out):
    run = lf.logflow("convert", src, "-o", out, "--quiet")
    assert (run.rc, run.out, run.err) == (0, b"", "")
    run = lf.logflow("convert", src, "-o", out, "--quiet")
    assert run.rc == lf.USAGE and run.err


def test_progress_json_is_one_object_a_line(data, out):
    run = lf.logflow("convert", data.lineitem(0.1), "-o", out, "--progress", "json",
                     "--compression", "brotli:9")
    lines = [json.loads(x) for x in run.err.splitlines() if x.startswith("{")]
    assert run.rc == 0 and lines, run.err


def test_explain_says_what_was_decided(tmp_path, out):
    src = lf.write(tmp_path / "in.csv", "zip;n\n02116;1\n10115;2\n")
    run = lf.logflow("convert", src, "-o", out, "--explain")
    text = run.err + run.out.decode(errors="replace")
    assert run.rc == 0 and "zip" in text and ";" in text, text


def test_help_and_version():
    for args in (["--help"], ["help"], ["convert", "--help"], ["inspect", "--help"]):
        run = lf.logflow(*args)
        assert run.rc == 0 and b"convert" in run.out or b"inspect" in run.out, args
    assert b"0.1.0" in lf.logflow("version").out
    assert b"0.1.0" in lf.logflow("--version").out
    page = lf.logflow("convert", "--help").out.decode()
    for name in ("--output", "--force", "--compression", "--memory-limit", "--threads",
                 "--on-error", "--type", "--null"):
        assert name in page
    assert lf.logflow().rc == lf.USAGE


def test_options_from_the_environment(src, out):
    import pyarrow.parquet as pq
    big = "a\n" + "".join(f"some text {i % 50} that repeats\n" for i in range(5000))
    run = lf.logflow("convert", lf.write(src, big), "-o", out,
                     env={"LOGFLOW_COMPRESSION": "zstd", "LOGFLOW_ENCODINGS": "plain"})
    assert run.rc == 0, run.err
    assert pq.read_metadata(out).row_group(0).column(0).compression == "ZSTD"


def test_inspect_rows_and_json(src, out):
    lf.convert(src, out)
    text = lf.logflow("inspect", out, "--rows", "5")
    assert text.rc == 0, text.err
    for word in ("a", "b", "int64", "string", "x", "y"):
        assert word in text.out.decode()
    facts = json.loads(lf.logflow("inspect", out, "--json").out)
    assert facts["rows"] == 2
    assert lf.logflow("inspect", src, "--rows", "1").rc == 0
    assert lf.logflow("inspect", src.with_name("gone")).rc == lf.IO


def test_inspect_a_file_that_is_cut(src, out, tmp_path):
    lf.convert(src, out)
    raw = out.read_bytes()
    for n in (4, 8, len(raw) // 2, len(raw) - 1):
        run = lf.logflow("inspect", lf.write(tmp_path / "cut.parquet", raw[:n]))
        assert run.rc == lf.BAD_DATA, (n, run.rc, run.err)


@pytest.mark.skipif(lf.SANITIZED, reason="sanitizers start slowly")
def test_start_up_is_quick(tmp_path):
    """Least of many: `version` 5 ms, ten rows 10 ms above /bin/true."""
    src = lf.write(tmp_path / "ten.csv", "a,b\n" + "1,x\n" * 10)

    def least(cmd):
        times = []
        for _ in range(25):
            t = time.perf_counter()
            subprocess.run(cmd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            times.append(time.perf_counter() - t)
        return min(times)

    base = least(["/bin/true"])
    assert least([lf.LOGFLOW, "version"]) - base < lf.prompt(0.005)
    assert least([lf.LOGFLOW, "convert", src, "-o", tmp_path / "o.parquet", "--force"]) - base \
        < lf.prompt(0.010)


def test_nothing_is_written_elsewhere(src, tmp_path, out):
    """HOME and the temporary folder stay as they were."""
    home, tmp = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    tmp.mkdir()
    lf.convert(src, out, env={"HOME": str(home), "TMPDIR": str(tmp)})
    assert lf.files_in(home) == [] and lf.files_in(tmp) == []
    mask = os.umask(0)
    os.umask(mask)
    assert os.stat(out).st_mode & 0o777 == 0o666 & ~mask
