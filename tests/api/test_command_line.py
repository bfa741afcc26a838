"""The command line: help, mistakes, environment, streams, exit statuses, generated pages."""
import gzip
import json
import os
import signal
import subprocess
import time

import pytest

from support import lf

COMMANDS = ["convert", "inspect", "version", "help"]


@pytest.fixture
def table(tmp_path):
    return lf.write(tmp_path / "t.csv", "a,b\n" + "".join(f"{i},x{i}\n" for i in range(50)))


@pytest.mark.parametrize("page", [["help", "--markdown"], ["help", "errors", "--markdown"]])
def test_generated_pages_are_those_in_docs(page):
    name = "errors.md" if "errors" in page else "cli.md"
    run = lf.logflow(*page)
    assert run.rc == 0
    assert run.out.decode() == (lf.ROOT / "docs" / name).read_text(), \
        f"docs/{name} is old: build/logflow {' '.join(page)} > docs/{name}"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_80_columns_and_has_examples(command):
    for words in ([command, "--help"], [command, "-h"], ["help", command]):
        run = lf.logflow(*words)
        assert run.rc == 0 and run.err == ""
        text = run.out.decode()
        assert "Usage:" in text and "Examples:" in text
        assert [line for line in text.splitlines() if len(line) > 80] == []


def test_nothing_prints_short_help_and_fails():
    run = lf.logflow()
    assert run.rc == lf.USAGE and run.out == b"" and "logflow convert data.csv" in run.err


def test_version():
    for words in (["version"], ["--version"]):
        run = lf.logflow(*words)
        assert run.rc == 0 and run.out.decode().startswith("logflow ") and run.err == ""


@pytest.mark.parametrize("words, expected", [
    (["convrt", "x.csv"], "did you mean 'convert'?"),
    (["inspekt"], "did you mean 'inspect'?"),
    (["nonsense"], "neither a command nor a file"),
    (["convert"], "no input"),
    (["convert", "--trheads", "2", "T"], "did you mean --threads?"),
    (["convert", "--threads=0", "T"], "too small"),
    (["convert", "--threads"], "needs a value"),
    (["convert", "T", "-o", "--force"], "needs a value"),
    (["convert", "--rows", "5", "T"], "`logflow inspect` does"),
    (["convert", "--compression", "zipp", "T"], "zstd"),
    (["convert", "--memory-limit", "1MiB", "T"], "16MiB"),
    (["convert", "--memory-limit", "much", "T"], "64MB"),
    (["convert", "--type", "a=integer", "T"], "int64"),
    (["convert", "--type", "int64", "T"], "COLUMN=TYPE"),
    (["convert", "-x", "T"], "-x"),
    (["convert", "-q5", "T"], "takes no value"),
    (["convert", "--columns", "a,,b", "T"], "empty"),
    (["convert", "--columns", "a,a", "T"], "twice"),
    (["convert", "-", "-", "-o", "o"], "only once"),
    (["convert", "T", "-o", ""], "empty"),
    (["convert", "T", "-o", "T", "--force"], "input"),
    (["help", "nothing"], "no help"),
])
def test_mistakes_are_explained(words, expected, table, tmp_path):
    run = lf.logflow(*[str(table) if w == "T" else w for w in words], cwd=tmp_path)
    assert run.rc == lf.USAGE, run.err
    assert expected in run.err and "error LF0" in run.err and "hint:" in run.err
    assert run.out == b"" and lf.files_in(tmp_path) == ["t.csv"]


def test_a_code_is_explained():
    run = lf.logflow("help", "LF103")
    assert run.rc == 0 and b"ROW_WIDTH" in run.out and b"exit status: 1" in run.out
    assert lf.logflow("help", "LF999").rc == lf.USAGE


def test_a_file_alone_is_converted_beside_itself(table, tmp_path):
    run = lf.logflow(table)
    assert run.rc == 0, run.err
    assert lf.files_in(tmp_path) == ["t.csv", "t.parquet"]
    again = lf.logflow(table)
    assert again.rc == lf.USAGE and "LF003" in again.err
    assert lf.logflow("--force", table).rc == 0


def test_report_says_what_happened(table, tmp_path):
    run = lf.logflow("convert", table, "-o", tmp_path / "o.parquet")
    assert run.rc == 0 and run.out == b""
    for fact in ("rows", "50 in = 50 out + 0 rejected + 0 filtered", "columns  2 in 1 row group",
                 "size", "time", "memory", "limit 100 MiB"):
        assert fact in run.err


def test_report_file_has_the_same_facts(table, tmp_path):
    facts = tmp_path / "r.json"
    run = lf.logflow("convert", table, "-o", tmp_path / "o.parquet", "--report", facts, "--quiet")
    assert run.rc == 0 and run.err == "" and run.out == b""
    r = json.loads(facts.read_text())
    assert r["status"] == "done" and r["error"] is None and r["columns"] == 2
    assert r["rows"] == {"in": 50, "out": 50, "rejected": 0, "filtered": 0, "padded": 0}
    assert r["bytes"]["in"] == table.stat().st_size
    assert r["bytes"]["out"] == (tmp_path / "o.parquet").stat().st_size


def test_report_file_is_written_after_a_failure_too(tmp_path):
    empty, facts = lf.write(tmp_path / "e.csv", ""), tmp_path / "r.json"
    run = lf.logflow("convert", empty, "-o", tmp_path / "o.parquet", "--report", facts)
    assert run.rc == lf.BAD_DATA
    r = json.loads(facts.read_text())
    assert r["status"] == "failed" and r["output"] is None
    assert r["error"]["name"] == "EMPTY_INPUT" and r["error"]["exit_status"] == 1


def test_report_file_never_replaces_the_input(table):
    before = table.read_bytes()
    assert lf.logflow("convert", table, "--report", table).rc == lf.USAGE
    assert table.read_bytes() == before


def test_errors_are_printed_with_quiet(tmp_path):
    run = lf.logflow("convert", tmp_path / "none.csv", "--quiet")
    assert run.rc == lf.IO and "LF302" in run.err and "none.csv" in run.err


def test_environment_stands_below_flags(table, tmp_path):
    out = tmp_path / "o.parquet"
    facts = tmp_path / "r.json"
    env = {"LOGFLOW_MEMORY_LIMIT": "40MiB", "LOGFLOW_REPORT": str(facts)}
    assert lf.logflow("convert", table, "-o", out, env=env).rc == 0
    assert json.loads(facts.read_text())["memory"]["limit_bytes"] == 40 << 20
    assert lf.logflow("convert", table, "-o", out, "--force", "--memory-limit", "64MiB",
                      env=env).rc == 0
    assert json.loads(facts.read_text())["memory"]["limit_bytes"] == 64 << 20
    run = lf.logflow("convert", table, "-o", out, "--force", env={"LOGFLOW_THREADS": "x"})
    assert run.rc == lf.USAGE and "LOGFLOW_THREADS" in run.err


def test_unknown_environment_is_warned_about(table, tmp_path):
    run = lf.logflow("convert", table, "-o", tmp_path / "o.parquet", "-q",
                     env={"LOGFLOW_THREDS": "2", "LOGFLOW_HOME": "/nowhere"})
    assert run.rc == 0
    assert "LOGFLOW_THREDS is not known; did you mean LOGFLOW_THREADS?" in run.err
    assert "LOGFLOW_HOME" not in run.err


def test_unknown_instruction_set_is_an_error(table, tmp_path):
    run = lf.logflow("convert", table, "-o", tmp_path / "o.parquet", env={"LF_SIMD": "mmx"})
    assert run.rc == lf.USAGE and "avx2" in run.err


def test_progress_json_is_json_lines(table, tmp_path):
    run = lf.logflow("convert", table, "-o", tmp_path / "o.parquet", "--progress", "json")
    events = [json.loads(line) for line in run.err.splitlines()]
    assert run.rc == 0 and events[-1]["event"] == "report"
    assert events[-1]["report"]["rows"]["out"] == 50


def test_many_inputs(table, tmp_path):
    other = lf.write(tmp_path / "u.csv", "a,b\n1,2\n")
    run = lf.logflow("convert", table, other, "-o", f"{tmp_path}/out/")
    assert run.rc == 0 and "2 converted, 0 failed" in run.err
    assert lf.files_in(tmp_path / "out") == ["t.parquet", "u.parquet"]


def test_one_bad_file_does_not_keep_the_others(table, tmp_path):
    empty, facts = lf.write(tmp_path / "e.csv", ""), tmp_path / "r.json"
    run = lf.logflow("convert", empty, table, "-o", f"{tmp_path}/out/", "--report", facts)
    assert run.rc == lf.BAD_DATA and "1 converted, 1 failed" in run.err
    assert lf.files_in(tmp_path / "out") == ["t.parquet"]
    assert [r["status"] for r in json.loads(facts.read_text())] == ["failed", "done"]


def test_small_inputs_side_by_side_are_those_one_by_one(tmp_path):
    for i in range(70):
        rows = "".join(f"{i},{j}\n" for j in range(i))
        lf.write(tmp_path / f"in/{i % 3}/f{i}.csv", "a,b\n" + rows)
    lf.write(tmp_path / "in/1/bad.csv", "")
    lf.write(tmp_path / "in/1/zipped.csv.gz", gzip.compress(b"a\n1\n", mtime=0))
    lf.write(tmp_path / "in/2/lines.jsonl", '{"a":1}\n{"b":[2]}\n')
    told, made = [], []
    for threads in (1, 4):
        out = tmp_path / f"out{threads}"
        run = lf.logflow("convert", "in", "-o", f"{out}/", "--threads", threads, "--progress",
                         "json", "--report", tmp_path / "r.json", cwd=tmp_path)
        assert run.rc == lf.BAD_DATA
        facts = json.loads((tmp_path / "r.json").read_text())
        told.append([(r["input"], r["status"], r["rows"]["out"]) for r in facts])
        made.append({p.relative_to(out): p.read_bytes() for p in out.rglob("*.parquet")})
    assert told[0] == told[1] and len(told[0]) == 73
    assert made[0] == made[1] and len(made[0]) == 72


def test_inputs_side_by_side_stay_in_the_limit(tmp_path):
    big = lf.write(tmp_path / "in/0.csv", "id,text,value\n" + "".join(
        f"{i},some text number {i * 7919 % 100003},{i / 7}\n" for i in range(500_000)))
    assert big.stat().st_size > 20 << 20
    for i in range(1, 6):
        os.link(big, tmp_path / f"in/{i}.csv")
    run = lf.logflow("convert", tmp_path / "in", "-o", f"{tmp_path}/out/", "--threads", 4)
    assert run.rc == 0 and "6 converted" in run.err
    assert len({p.read_bytes() for p in (tmp_path / "out").iterdir()}) == 1
    if not lf.SANITIZED:
        assert run.peak_rss <= 100 * 1024 * 1024


def test_two_inputs_that_would_share_an_output_are_refused(table, tmp_path):
    other = lf.write(tmp_path / "t.tsv", "a\tb\n1\t2\n")
    run = lf.logflow("convert", table, other)
    assert run.rc == lf.USAGE and "would both become" in run.err
    assert lf.files_in(tmp_path) == ["t.csv", "t.tsv"]


def test_all_is_checked_before_the_first_file_is_begun(table, tmp_path):
    run = lf.logflow("convert", table, tmp_path / "none.csv")
    assert run.rc == lf.IO and lf.files_in(tmp_path) == ["t.csv"]


def test_explain_names_decisions(table, tmp_path):
    run = lf.logflow("convert", table, "-o", tmp_path / "o.parquet", "--explain", "-q")
    assert run.rc == 0 and "delimiter" in run.err and "row groups" in run.err


def test_double_dash_ends_the_options(tmp_path):
    lf.write(tmp_path / "-q.csv", "a\n1\n")
    run = lf.logflow("convert", "--", "-q.csv", cwd=tmp_path)
    assert run.rc == 0 and "-q.parquet" in lf.files_in(tmp_path)


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once_and_leaves_nothing(sig, tmp_path):
    cmd = [lf.LOGFLOW, "convert", "-", "-o", tmp_path / "o.parquet"]
    p = subprocess.Popen(cmd, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=lf.environment(),
                         preexec_fn=lf.heed_signals)
    p.stdin.write(b"a,b\n" + b"1,2\n" * 500000)
    p.stdin.flush()
    time.sleep(0.3)
    begun = time.monotonic()
    p.send_signal(sig)
    rc = p.wait(timeout=10)
    took = time.monotonic() - begun
    err = p.stderr.read().decode()
    p.stdin = None
    assert rc == lf.INTERRUPTED and "LF902" in err
    assert took < lf.prompt(0.25), took
    assert lf.files_in(tmp_path) == []


def test_a_closed_pipe_is_an_error_with_a_message(tmp_path):
    rows = "".join(f"{i * 7919 % 1000003},{i}\n" for i in range(300000))
    big = lf.write(tmp_path / "b.csv", "a,b\n" + rows)
    read_end, write_end = os.pipe()
    os.close(read_end)
    p = subprocess.run([lf.LOGFLOW, "convert", big, "-o", "-"], stdout=write_end,
                       stderr=subprocess.PIPE, env=lf.environment())
    os.close(write_end)
    assert p.returncode == lf.IO and b"LF306" in p.stderr
