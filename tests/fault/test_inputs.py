"""Inputs and outputs that cannot be: each with its exit status, a message that helps, no debris."""
import os
import pathlib
import re
import shutil
import subprocess

import lf
import pyarrow.parquet as pq
import pytest
import readers

GOOD = "a,b\n1,x\n2,y\n"


@pytest.fixture
def src(tmp_path):
    return lf.write(tmp_path / "in.csv", GOOD)


def fails(run, rc, *words):
    assert run.rc == rc, f"exit {run.rc}, expected {rc}\n{run.err}"
    assert len(run.err.splitlines()) <= 12, run.err
    for w in words:
        assert re.search(w, run.err, re.I), f"no {w!r} in:\n{run.err}"


def test_zero_bytes(tmp_path):
    empty = lf.write(tmp_path / "in.csv", "")
    fails(lf.logflow("convert", empty), lf.BAD_DATA, "in.csv", "no bytes|empty")
    fails(lf.logflow("convert", "-", "-o", tmp_path / "x.parquet", stdin=b""), lf.BAD_DATA)
    assert lf.files_in(tmp_path) == ["in.csv"]


@pytest.mark.parametrize("text", ["a,b\n", "a,b", "a,b\r\n"])
def test_header_only(text, tmp_path, out):
    run = lf.convert(lf.write(tmp_path / "in.csv", text), out)
    assert run.report["rows"]["out"] == 0
    assert readers.types(out) == {"a": "string", "b": "string"}
    for read in readers.ALL.values():
        assert read(out) == {"a": [], "b": []}


def test_one_column(tmp_path, out):
    lf.convert(lf.write(tmp_path / "in.csv", "name\nx y\nz, \n".replace(", ", "")), out)
    assert readers.pyarrow(out) == {"name": ["x y", "z"]}


def test_20000_columns(data, out):
    src = data.wide(20000, 60)
    run = lf.convert(src, out)
    assert run.report["columns"] == 20000 and run.report["rows"]["out"] == 60
    t = pq.read_table(out)
    lines = src.read_text().splitlines()
    for r in (0, 59):
        for c, cell in list(enumerate(lines[r + 1].split(",")))[::997]:
            got = t.column(c)[r].as_py()
            assert (got is None) if cell == "" else (str(got) == cell or float(cell) == got)


def test_cell_over_the_cap(tmp_path, out):
    """A quarter of the limit: 4 MiB of 16. The others stay; the message names size and limit."""
    big = "x" * (6 * 1024 * 1024)
    rows = "".join(f"{i},ok\n" for i in range(100))
    src = lf.write(tmp_path / "in.csv", f'a,b\n{rows}100,"{big}"\n101,ok\n')
    run = lf.convert(src, out, "--memory-limit", "16MiB", "--threads", "1")
    assert run.report["rows"]["rejected"] == 1 and run.report["rows"]["out"] == 101
    (bad,) = lf.rejects(out)
    assert bad["name"] == "RECORD_TOO_BIG" and bad["row"] == 101 and bad["line"] == 102
    assert re.search(r"\d+ ?([KM]i?B|bytes)", bad["reason"]), bad["reason"]
    if not lf.SANITIZED:
        assert run.peak_rss <= 16 * 1024 * 1024
    fails(lf.logflow("convert", src, "-o", out, "--force", "--memory-limit", "16MiB",
                     "--on-error", "strict"), lf.BAD_DATA, "memory-limit", "102")


def test_large_cell_under_the_cap(tmp_path, out):
    big = "y" * (20 * 1024 * 1024)
    src = lf.write(tmp_path / "in.csv", f'a,b\n1,"{big}"\n2,z\n')
    run = lf.convert(src, out)
    assert readers.pyarrow(out) == {"a": [1, 2], "b": [big, "z"]}
    if not lf.SANITIZED:
        assert run.peak_rss <= 100 * 1024 * 1024


def test_ten_million_empty_lines(tmp_path, out):
    src = lf.write(tmp_path / "in.csv", "a,b\n1,x\n" + "\n" * 10_000_000 + "2,y\n")
    run = lf.convert(src, out)
    assert readers.pyarrow(out) == {"a": [1, 2], "b": ["x", "y"]}
    assert run.report["lines"]["blank"] == 10_000_000
    only = lf.write(tmp_path / "only.csv", "\n" * 10_000_000)
    run = lf.convert(only, out, "--force")  # one column, in which a blank line is a null row
    assert run.report["rows"]["out"] == 10_000_000


def test_nul_bytes(tmp_path, out):
    src = lf.write(tmp_path / "in.csv", b"a,b\n" + b"\0,\0\0\n" * 2000 + b"x,y\n")
    lf.convert(src, out)
    assert readers.pyarrow(out) == {"a": ["\0"] * 2000 + ["x"], "b": ["\0\0"] * 2000 + ["y"]}
    zeros = lf.write(tmp_path / "zeros.csv", b"\0" * 300000)
    run = lf.logflow("convert", zeros, "-o", tmp_path / "z.parquet")
    assert run.rc in (lf.DONE, lf.BAD_DATA), run.err


def test_a_directory(tmp_path):
    (tmp_path / "d.csv").mkdir()
    fails(lf.logflow("convert", tmp_path / "d.csv"), lf.IO, "d.csv", "director")
    assert lf.files_in(tmp_path) == ["d.csv"]


def test_a_missing_file(tmp_path):
    fails(lf.logflow("convert", tmp_path / "gone.csv"), lf.IO, "gone.csv", "no such file")
    assert lf.files_in(tmp_path) == []


def test_an_output_folder_that_is_missing(src, tmp_path):
    fails(lf.logflow("convert", src, "-o", tmp_path / "no/out.parquet"), lf.IO, "no")


def as_nobody():
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


def as_plain_user(*args, folder):
    """Runs the program as nobody where we are root, whom no permission stops."""
    program, preexec = lf.LOGFLOW, None
    if os.getuid() == 0:
        program, preexec = folder / "program", as_nobody
        shutil.copy(lf.LOGFLOW, program)
        for p in (folder, *folder.parents):
            if p.owner() == "root" and not p.stat().st_mode & 0o001:
                p.chmod(p.stat().st_mode | 0o011)
    p = subprocess.run([program, *args], capture_output=True, preexec_fn=preexec,
                       env=lf.environment(), cwd="/")
    return lf.Run(p.returncode, p.stdout, p.stderr.decode())


def test_no_permission_to_read(src, tmp_path):
    src.chmod(0)
    fails(as_plain_user("convert", src, "-o", tmp_path / "out.parquet", folder=tmp_path), lf.IO,
          "in.csv", "permission")


def test_no_permission_to_write(src, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    fails(as_plain_user("convert", src, "-o", closed / "out.parquet", folder=tmp_path), lf.IO,
          "out.parquet", "permission")
    assert lf.files_in(closed) == []


def test_output_is_the_input(src, tmp_path):
    for out in (src, tmp_path / "." / "in.csv"):
        fails(lf.logflow("convert", src, "-o", out, "--force"), lf.USAGE, "input")
    os.link(src, tmp_path / "link.csv")
    os.symlink(src, tmp_path / "sym.csv")
    for out in ("link.csv", "sym.csv"):
        fails(lf.logflow("convert", src, "-o", tmp_path / out, "--force"), lf.USAGE, "input")
    assert src.read_text() == GOOD


def test_output_exists(src, tmp_path):
    out = lf.write(tmp_path / "in.parquet", "mine")
    fails(lf.logflow("convert", src), lf.USAGE, "in.parquet", "--force")
    assert out.read_text() == "mine"
    assert lf.logflow("convert", src, "--force").rc == 0
    assert readers.pyarrow(out) == {"a": [1, 2], "b": ["x", "y"]}


def test_existing_output_is_refused_before_reading(tmp_path):
    out = lf.write(tmp_path / "out.parquet", "mine")
    r, w = os.pipe()  # nothing ever comes: reading would hang
    try:
        run = lf.logflow("convert", "-", "-o", out, stdin=r, timeout=10)
    finally:
        os.close(r)
        os.close(w)
    fails(run, lf.USAGE, "out.parquet", "--force")


@pytest.mark.parametrize("args,word", [
    (["convert"], "input|file"), (["convrt", "x.csv"], "convert"),
    (["convert", "x.csv", "--compresion", "zstd"], "--compression"),
    (["convert", "x.csv", "--compression", "zip"], "zstd"),
    (["convert", "x.csv", "--threads", "many"], "threads"),
    (["convert", "x.csv", "--threads", "0"], "threads"),
    (["convert", "x.csv", "--memory-limit", "12XB"], "memory-limit"),
    (["convert", "x.csv", "--on-error", "ignore"], "quarantine"),
    (["convert", "x.csv", "--type", "a"], "type"),
])
def test_wrong_command_lines(args, word):
    fails(lf.logflow(*args), lf.USAGE, word)


def test_unknown_columns_and_types(src, out):
    fails(lf.logflow("convert", src, "-o", out, "--columns", "a,zz"), lf.USAGE, "zz")
    fails(lf.logflow("convert", src, "-o", out, "--type", "zz=int64"), lf.USAGE, "zz")
    fails(lf.logflow("convert", src, "-o", out, "--type", "a=int65"), lf.USAGE, "int65")
    assert not out.exists()


def test_instruction_set_that_does_not_exist(src, out):
    fails(lf.logflow("convert", src, "-o", out, env={"LF_SIMD": "mmx"}), lf.USAGE, "mmx")
    fails(lf.logflow("convert", src, "-o", out, env={"LF_SIMD": "neon"}), lf.USAGE, "neon")


def test_unknown_environment_name_is_only_a_warning(src, out):
    run = lf.logflow("convert", src, "-o", out, env={"LOGFLOW_COMPRESION": "zstd"})
    assert run.rc == 0 and "LOGFLOW_COMPRESION" in run.err


@pytest.mark.parametrize("cut", [0.3, 0.9, 0.999])
@pytest.mark.parametrize("kind", ["gz", "zst"])
def test_truncated_compressed_input(kind, cut, data, tmp_path, out):
    whole = data.lineitem(0.01)
    whole = (data.gzipped(whole) if kind == "gz" else data.zstandard(whole)).read_bytes()
    src = lf.write(tmp_path / f"in.csv.{kind}", whole[:int(len(whole) * cut)])
    fails(lf.logflow("convert", src, "-o", out), lf.BAD_DATA, "truncated|corrupt|ends")
    assert not out.exists()


def test_corrupt_compressed_input(data, tmp_path, out):
    raw = bytearray(data.gzipped(data.lineitem(0.01)).read_bytes())
    raw[len(raw) // 2] ^= 0x55
    fails(lf.logflow("convert", lf.write(tmp_path / "in.csv.gz", bytes(raw)), "-o", out),
          lf.BAD_DATA, "corrupt|truncated")
    assert not out.exists()


def test_gzip_of_many_members(tmp_path, out):
    import gzip
    parts = [b"a,b\n1,x\n", b"2,", b"y\n3,z\n", b""]
    src = lf.write(tmp_path / "in.csv.gz", b"".join(map(gzip.compress, parts)))
    lf.convert(src, out)
    assert readers.pyarrow(out) == {"a": [1, 2, 3], "b": ["x", "y", "z"]}


def test_magic_bytes_count_not_names(tmp_path, out):
    import gzip
    lf.convert(lf.write(tmp_path / "plain.csv", gzip.compress(GOOD.encode())), out)
    lf.convert(lf.write(tmp_path / "named.csv.gz", GOOD), out, "--force")
    assert readers.pyarrow(out)["a"] == [1, 2]


def test_input_that_shrinks_or_grows_is_no_crash(tmp_path, out):
    src = lf.write(tmp_path / "in.csv", "a,b\n" + "1,xxxxxxxx\n" * 3_000_000)
    p = subprocess.Popen([lf.LOGFLOW, "convert", src, "-o", out, "--threads", "1"],
                         stderr=subprocess.PIPE, env=lf.environment())
    os.truncate(src, 1_000_000)
    _, err = p.communicate(timeout=60 * lf.SLOW)
    assert p.returncode in (lf.DONE, lf.BAD_DATA, lf.IO), err
    assert pathlib.Path(out).exists() == (p.returncode == 0)
