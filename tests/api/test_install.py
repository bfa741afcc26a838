"""The installed library: a small program that converts, through pkg-config and find_package."""
import shutil
import subprocess

import lf
import pytest
import readers

PROGRAM = """
#include <logflow/logflow.h>
#include <stdio.h>
int main(int argc, char **argv) {
    const char *in[] = {argv[1]};
    lf_report rep = {0};
    lf_error err = {0};
    if (argc != 3 || lf_convert(in, 1, argv[2], NULL, &rep, &err) != LF_OK)
        return fprintf(stderr, "%s\\n", err.message), 1;
    printf("%llu rows\\n", (unsigned long long)rep.rows_out);
    lf_report_reset(&rep);
    return 0;
}
"""

CMAKE = """
cmake_minimum_required(VERSION 3.18)
project(user LANGUAGES C)
find_package(logflow 0.1 REQUIRED)
add_executable(user main.c)
target_link_libraries(user PRIVATE logflow::logflow)
"""

pytestmark = pytest.mark.skipif(lf.SANITIZED, reason="the release library is what is installed")


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    where = tmp_path_factory.mktemp("prefix")
    subprocess.run(["cmake", "--install", lf.BUILD, "--prefix", where], check=True,
                   capture_output=True)
    return where


@pytest.fixture
def program(tmp_path):
    lf.write(tmp_path / "main.c", PROGRAM)
    lf.write(tmp_path / "in.csv", "a,b\n1,x\n2,y\n")
    return tmp_path


def runs(exe, folder, prefix):
    out = folder / "out.parquet"
    p = subprocess.run([exe, folder / "in.csv", out], capture_output=True, text=True,
                       env=lf.environment({"LD_LIBRARY_PATH": str(prefix / "lib")}))
    assert p.returncode == 0 and p.stdout == "2 rows\n", p.stderr
    assert readers.pyarrow(out) == {"a": [1, 2], "b": ["x", "y"]}


def flags(prefix, *args):
    pc = next(prefix.rglob("logflow.pc")).parent
    return subprocess.run(["pkg-config", *args, "logflow"], check=True, capture_output=True,
                          text=True, env=lf.environment({"PKG_CONFIG_PATH": str(pc)})
                          ).stdout.split()


def test_install_with_pkg_config(prefix, program):
    subprocess.run(["cc", "main.c", "-o", "user", *flags(prefix, "--cflags", "--libs")],
                   cwd=program, check=True)
    runs(program / "user", program, prefix)


def test_install_static_library(prefix, program):
    libs = flags(prefix, "--static", "--libs")
    libs = ["-Wl,-Bstatic" if x == "-llogflow" else x for x in libs]
    at = libs.index("-Wl,-Bstatic")
    libs[at:at + 1] = ["-Wl,-Bstatic", "-llogflow", "-Wl,-Bdynamic"]
    subprocess.run(["cc", "main.c", "-o", "user", *flags(prefix, "--cflags"), *libs],
                   cwd=program, check=True)
    runs(program / "user", program, prefix)


def test_install_with_find_package(prefix, program):
    lf.write(program / "CMakeLists.txt", CMAKE)
    generator = ["-G", "Ninja"] if shutil.which("ninja") else []
    subprocess.run(["cmake", *generator, "-S", ".", "-B", "b", f"-DCMAKE_PREFIX_PATH={prefix}"],
                   cwd=program, check=True, capture_output=True)
    subprocess.run(["cmake", "--build", "b"], cwd=program, check=True, capture_output=True)
    runs(program / "b/user", program, prefix)


def test_install_shows_public_names_alone(prefix):
    lib = next(prefix.rglob("liblogflow.so"))
    names = subprocess.run(["nm", "-D", "--defined-only", lib], check=True, capture_output=True,
                           text=True).stdout.split("\n")
    names = {x.split()[-1].split("@")[0] for x in names if x.strip()}
    headers = "".join(p.read_text() for p in (prefix / "include/logflow").glob("*.h"))
    assert "lf_convert" in names
    assert all(n in headers for n in names), [n for n in names if n not in headers]


def test_install_library_has_what_is_listed(prefix):
    """docs/abi.txt, which `make check` compares with the headers, is what the library exports."""
    lib = next(prefix.rglob("liblogflow.so"))
    names = subprocess.run(["nm", "-D", "--defined-only", lib], check=True, capture_output=True,
                           text=True).stdout.split("\n")
    names = {x.split()[-1].split("@")[0] for x in names if x.strip()}
    listed = [x.split() for x in (lf.ROOT / "docs/abi.txt").read_text().splitlines()]
    assert names == {x[1] for x in listed if x[0] == "function"}


def test_install_program_runs(prefix, tmp_path):
    src = lf.write(tmp_path / "in.csv", "a\n1\n")
    assert subprocess.run([prefix / "bin/logflow", "convert", src], capture_output=True,
                          env=lf.environment()).returncode == 0
