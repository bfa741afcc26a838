"""Output is a function of input and options: not of threads, instruction set, pipe or memory."""
import hashlib
import random

import datasets
import lf
import pytest


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def mixed(data):
    """All kinds of cells, quoted rows within rows, a late change, 12 MB: several row groups."""
    def make(tmp):
        r = random.Random(5)
        rows = []
        for i in range(120000):
            late = "N/A-7" if i == 110000 else i * 3
            rows.append([i, f"{r.random() * 1e4:.4f}", r.choice(["a", "bb", "", "ccc"]),
                         f"2026-{r.randrange(1, 13):02d}-{r.randrange(1, 29):02d}",
                         f"2026-05-01T{r.randrange(24):02d}:00:{r.randrange(60):02d}Z",
                         r.choice(["true", "false", "NA"]), late,
                         r.choice(['say "x"', "1,2\n3,4\n5,6", "plain", "", "é"]) +
                         str(r.randrange(10**r.randrange(1, 9)))])
        header = ["id", "price", "kind", "day", "at", "flag", "late", "note"]
        tmp.write_bytes(datasets.to_csv(header, rows))
    return data.made("mixed.csv", make)


SOURCES = ["mixed", "lineitem", "flights"]


@pytest.fixture(scope="module")
def sources(mixed, data):
    return {"mixed": mixed, "lineitem": data.lineitem(0.01), "flights": data.flights(1)}


@pytest.mark.parametrize("source", SOURCES)
def test_threads(source, sources, tmp_path):
    seen = {}
    for threads in (1, 2, 7, 32):
        out = tmp_path / f"{threads}.parquet"
        lf.convert(sources[source], out, "--threads", threads, "--row-group-size", "1MiB")
        seen[threads] = digest(out)
    assert len(set(seen.values())) == 1, seen


@pytest.mark.parametrize("source", SOURCES)
def test_instruction_sets(source, sources, tmp_path):
    seen = {}
    for isa in ("scalar", "avx2", "avx512"):
        out = tmp_path / f"{isa}.parquet"
        run = lf.logflow("convert", sources[source], "-o", out, env={"LF_SIMD": isa})
        if run.rc == lf.USAGE and isa != "scalar":
            continue  # this machine lacks it
        assert run.rc == 0, run.err
        seen[isa] = digest(out)
    assert len(set(seen.values())) == 1, seen


@pytest.mark.parametrize("source", SOURCES)
def test_file_and_pipe(source, sources, tmp_path):
    a, b = tmp_path / "file.parquet", tmp_path / "pipe.parquet"
    lf.convert(sources[source], a)
    with open(sources[source], "rb") as f:
        import subprocess
        cat = subprocess.Popen(["cat"], stdin=f, stdout=subprocess.PIPE)
        lf.convert("-", b, stdin=cat.stdout)
        cat.stdout.close()
        cat.wait()
    assert digest(a) == digest(b)


def test_compressed_and_plain_input(sources, data, tmp_path):
    plain = tmp_path / "plain.parquet"
    lf.convert(sources["lineitem"], plain)
    for src in (data.gzipped(sources["lineitem"]), data.zstandard(sources["lineitem"])):
        out = tmp_path / f"{src.suffix[1:]}.parquet"
        lf.convert(src, out)
        assert digest(out) == digest(plain), src.suffix


def test_standard_output(sources, tmp_path):
    out = tmp_path / "file.parquet"
    lf.convert(sources["mixed"], out)
    run = lf.logflow("convert", sources["mixed"], "-o", "-")
    assert run.rc == 0, run.err
    assert run.out == out.read_bytes()


@pytest.mark.parametrize("codec", ["none", "snappy", "zstd", "gzip", "lz4", "brotli"])
def test_repeats(codec, sources, tmp_path):
    seen = set()
    for i in range(2):
        out = tmp_path / f"{i}.parquet"
        lf.convert(sources["mixed"], out, "--compression", codec, "--threads", 2 + i)
        seen.add(digest(out))
    assert len(seen) == 1
