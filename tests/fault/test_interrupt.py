"""Ctrl-C and full disks: out within 100 ms, nothing left behind."""
import os
import resource
import shutil
import signal
import subprocess
import time

import lf
import pytest


def slow_start(data, tmp_path, *args, stdin=None):
    """A conversion that runs long enough to be interrupted."""
    src = data.lineitem(0.1) if stdin is None else "-"
    return subprocess.Popen(
        [lf.LOGFLOW, "convert", src, "-o", tmp_path / "out.parquet", "--compression", "brotli:11",
         *args], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=lf.environment(), cwd=tmp_path, preexec_fn=lf.heed_signals)


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("after", [0.05, 0.3, 1.0])
def test_a_signal_ends_it_at_once(after, sig, data, tmp_path):
    p = slow_start(data, tmp_path)
    time.sleep(after * min(lf.SLOW, 5))
    p.send_signal(sig)
    start = time.monotonic()
    _, err = p.communicate(timeout=30)
    took = time.monotonic() - start
    assert p.returncode == lf.INTERRUPTED, (p.returncode, err)
    assert took < lf.prompt(0.15), f"{took * 1000:.0f} ms"
    assert lf.files_in(tmp_path) == [], "nothing is left"


def test_a_signal_while_waiting_for_a_pipe(tmp_path):
    r, w = os.pipe()
    os.write(w, b"a,b\n1,2\n")
    p = slow_start(None, tmp_path, stdin=r)
    time.sleep(0.3)
    p.send_signal(signal.SIGINT)
    start = time.monotonic()
    p.communicate(timeout=30)
    assert time.monotonic() - start < lf.prompt(0.15)
    assert p.returncode == lf.INTERRUPTED
    os.close(r)
    os.close(w)
    assert lf.files_in(tmp_path) == []


def test_kill_leaves_nothing(data, tmp_path):
    p = slow_start(data, tmp_path)
    time.sleep(0.5)
    p.kill()
    p.communicate(timeout=30)
    if not hasattr(os, "O_TMPFILE"):
        pytest.skip("no O_TMPFILE here")
    assert lf.files_in(tmp_path) == []


def test_an_existing_output_survives_an_interruption(data, tmp_path):
    out = lf.write(tmp_path / "out.parquet", "mine")
    p = slow_start(data, tmp_path, "--force")
    time.sleep(0.3)
    p.send_signal(signal.SIGINT)
    p.communicate(timeout=30)
    assert out.read_text() == "mine" and lf.files_in(tmp_path) == ["out.parquet"]


def small_file_limit():
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))


def test_a_file_size_limit(data, tmp_path, out):
    """Past the limit the kernel sends SIGXFSZ and refuses: an error as any other, no death."""
    p = subprocess.run([lf.LOGFLOW, "convert", data.lineitem(0.1), "-o", out],
                       preexec_fn=small_file_limit, capture_output=True, env=lf.environment())
    assert p.returncode in (lf.IO, lf.LIMIT), p.stderr
    assert lf.files_in(tmp_path) == []


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 2 MB."""
    where = tmp_path / "disk"
    where.mkdir()
    if os.getuid() != 0 or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", where],
            capture_output=True).returncode:
        pytest.skip("no right to mount a small file system")
    yield where
    subprocess.run(["umount", where], check=True)


def test_disk_full(small_disk, data):
    out = lf.write(small_disk / "out.parquet", "mine")
    run = lf.logflow("convert", data.lineitem(0.1), "-o", out, "--force")
    assert run.rc == lf.LIMIT, run.err
    assert "no space" in run.err.lower()
    assert out.read_text() == "mine" and lf.files_in(small_disk) == ["out.parquet"]
    assert shutil.disk_usage(small_disk).used < 100_000, "space is given back"


def test_disk_full_of_spills(small_disk, data, tmp_path):
    """Temporary space runs out, not the output's."""
    out = tmp_path / "out.parquet"
    with open(data.lineitem(0.1), "rb") as f:
        run = lf.logflow("convert", "-", "-o", "-", "--temp-dir", small_disk, stdin=f)
    assert run.rc == lf.LIMIT and run.out == b"", run.err
    assert lf.files_in(small_disk) == [] and not out.exists()


def test_standard_output_that_is_full(tmp_path, data):
    with open("/dev/full", "wb") as full:
        p = subprocess.run([lf.LOGFLOW, "convert", data.lineitem(0.01), "-o", "-"], stdout=full,
                           stderr=subprocess.PIPE, env=lf.environment())
    assert p.returncode in (lf.IO, lf.LIMIT), p.stderr


def test_standard_output_that_is_closed(data):
    p = subprocess.Popen([lf.LOGFLOW, "convert", data.lineitem(0.1), "-o", "-"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=lf.environment())
    p.stdout.close()
    p.stderr.read()
    assert p.wait(60) in (lf.IO, lf.LIMIT)


@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.large)])
def test_disk_full_at_every_percent(step, small_disk, data, tmp_path):
    """Real disks, from nothing to almost enough; the late change needs its space twice."""
    src = data.lineitem(0.01)
    late = lf.write(tmp_path / "late.csv", "a,b\n" + "".join(
        f"{i},{i % 977}.25\n" for i in range(120_000)) + "N/A-7,x\n")
    nested = lf.write(tmp_path / "in.jsonl", "".join(
        '{"id":%d,"tags":["%x","b"]}\n' % (i, i * 2654435761) for i in range(40_000)))
    lf.convert(nested, tmp_path / "in.parquet")
    cases = [(src, []), (late, ["--row-group-size", "512KiB"])]
    if step == 1:
        cases += [(nested, []), (tmp_path / "in.parquet", ["--compression", "zstd"]),
                  (src, ["--to", "arrow"]), (nested, ["--to", "csv"])]
    for path, options in cases:
        enough = lf.convert(path, tmp_path / "whole.parquet", "--force", *options)
        need = (tmp_path / "whole.parquet").stat().st_size
        for percent in range(1, 100, step):
            size = max(need * percent // 100, 4096)
            subprocess.run(["mount", "-o", f"remount,size={size}", small_disk], check=True)
            out = small_disk / "out.parquet"
            run = lf.logflow("convert", path, "-o", out, "--temp-dir", small_disk, *options)
            if percent < 95:  # a disk has whole pages
                assert run.rc == lf.LIMIT, (percent, run.err)
            assert (run.rc == 0) == out.exists(), (percent, run.err)
            out.unlink(missing_ok=True)
            assert lf.files_in(small_disk) == []
        assert enough.rc == 0
