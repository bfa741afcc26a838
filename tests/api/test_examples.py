"""The programs of examples/, built against the installed library in C and C++, and run."""
import contextlib
import re
import signal
import subprocess
import time

import lf
import pytest
import readers

pytestmark = pytest.mark.skipif(lf.SANITIZED, reason="the release library is what is installed")
EXAMPLES = lf.ROOT / "examples"
TEXT = "a,b\n" + "".join(f"{i},word {i % 7}\n" for i in range(1000)) + "1\n1,2,3\n"


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    where = tmp_path_factory.mktemp("installed")
    subprocess.run(["cmake", "--install", lf.BUILD, "--prefix", where], check=True,
                   capture_output=True)
    pc = next(where.rglob("logflow.pc")).parent
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "logflow"], check=True, text=True,
                           capture_output=True, env=lf.environment({"PKG_CONFIG_PATH": str(pc)})
                           ).stdout.split()
    for src in EXAMPLES.glob("*.c"):
        subprocess.run(["cc", "-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
                        "-D_POSIX_C_SOURCE=200809L", src, "-o", where / src.stem, *flags],
                       check=True)
    return where


@pytest.fixture
def run(programs, tmp_path):
    lib = next(programs.rglob("liblogflow.so")).parent

    def run(name, *args, **kw):
        return subprocess.Popen([programs / name, *map(str, args)], text=True, cwd=tmp_path,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=lf.environment({"LD_LIBRARY_PATH": str(lib)}),
                                preexec_fn=lf.heed_signals, **kw)
    return run


def ended(p):
    out, err = p.communicate(timeout=60)
    return p.returncode, out, err


def test_c_of_the_documents_compiles(tmp_path):
    """The ```c blocks of docs/c-api.md: programs as they stand, pieces within a function."""
    blocks = re.findall(r"^```c\n(.*?)^```", (lf.ROOT / "docs/c-api.md").read_text(), re.S | re.M)
    assert len(blocks) >= 3
    text = "#include <logflow/arrow.h>\n#include <logflow/logflow.h>\n#include <stdio.h>\n"
    for i, block in enumerate(blocks):
        if "#include" in block:
            lf.write(tmp_path / f"program_{i}.c", block)
        else:
            text += (f"int piece_{i}(void);\nint piece_{i}(void) {{\nlf_convert_opts opts = "
                     f"{{.struct_size = sizeof opts}};\n(void)opts;\n{block}return 0;\n}}\n")
    lf.write(tmp_path / "pieces.c", text)
    for src in tmp_path.glob("*.c"):
        subprocess.run(["cc", "-std=c17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                        "-I", lf.ROOT / "include", src], check=True)


def test_every_program_is_built(programs):
    assert {"convert", "progress", "allocator"} <= {p.stem for p in EXAMPLES.glob("*.c")}


def test_convert(run, tmp_path, out):
    src = lf.write(tmp_path / "in.csv", TEXT)
    rc, text, err = ended(run("convert", src, out))
    assert rc == 0, err
    assert text.startswith("1001 rows in 2 columns, 1 set aside\n") and "warning: " in text
    assert readers.pyarrow(out)["a"][:3] == [0, 1, 2]


def test_convert_says_what_is_wrong(run, tmp_path, out):
    rc, _, err = ended(run("convert", tmp_path / "gone.csv", out))
    assert rc == lf.IO and "LF302" in err and "gone.csv" in err and "hint: " in err
    lf.write(tmp_path / "empty.csv", "")
    rc, _, err = ended(run("convert", tmp_path / "empty.csv", out))
    assert rc == lf.BAD_DATA and "LF101" in err and not out.exists()
    assert ended(run("convert"))[0] == 2


def test_progress(run, data, out):
    rc, text, err = ended(run("progress", data.lineitem(0.1), out))
    assert rc == 0 and text == "done: 600572 rows\n", err
    assert " rows, " in err


def test_progress_stops_by_itself(run, tmp_path, out):
    """On an input that has no end."""
    p, begun = run("progress", "-", out, 1, stdin=subprocess.PIPE), time.monotonic()
    with contextlib.suppress(BrokenPipeError):
        p.stdin.write("a,b\n")
        while p.poll() is None and time.monotonic() - begun < 60:
            p.stdin.write("17,twenty\n" * 50_000)
    assert p.wait(60) == lf.INTERRUPTED and p.stdout.read() == "stopped\n"
    assert lf.files_in(tmp_path) == []
    with contextlib.suppress(BrokenPipeError):
        p.communicate()


def test_progress_stops_on_ctrl_c(run, tmp_path, out):
    p = run("progress", "-", out, stdin=subprocess.PIPE)
    p.stdin.write("a,b\n1,2\n")
    p.stdin.flush()
    time.sleep(0.3)
    p.send_signal(signal.SIGINT)
    begun = time.monotonic()
    assert p.wait(10) == lf.INTERRUPTED and time.monotonic() - begun < lf.prompt(0.3)
    assert p.stdout.read() == "stopped\n" and lf.files_in(tmp_path) == []
    p.communicate()


def test_allocator(run, tmp_path, out):
    src = lf.write(tmp_path / "in.csv", TEXT)
    rc, text, err = ended(run("allocator", src, out))
    assert rc == 0, err
    assert text == "1001 rows\n0 bytes were never given back\n"
    assert int(err.split()[2]) > 100_000


def test_allocator_with_a_limit(run, tmp_path, out):
    src = lf.write(tmp_path / "in.csv", TEXT)
    rc, text, err = ended(run("allocator", src, out, 1000))
    assert rc == lf.LIMIT and text == "0 bytes were never given back\n" and "NO_MEMORY" in err
    assert not out.exists()
