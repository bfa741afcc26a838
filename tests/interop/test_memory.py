"""Peak memory is what the limit says, at any shape of input and number of threads."""
import lf
import pytest

MIB = 1024 * 1024
pytestmark = pytest.mark.skipif(lf.SANITIZED, reason="sanitizers need memory of their own")


def peak(run, limit):
    assert run.peak_rss <= limit, f"{run.peak_rss / MIB:.1f} MiB of {limit / MIB:.0f}"
    assert run.report["memory"]["limit_bytes"] == limit


@pytest.mark.parametrize("threads", [1, 2, 8, 32])
@pytest.mark.parametrize("source", ["lineitem", "flights", "quoted", "wide"])
def test_memory_default_is_under_100_mib(source, threads, data, out):
    src = {"lineitem": lambda: data.lineitem(0.1), "flights": lambda: data.flights(1),
           "quoted": lambda: data.quoted(60), "wide": lambda: data.wide(1000, 20000)}[source]()
    peak(lf.convert(src, out, "--threads", threads), 100 * MIB)


@pytest.mark.parametrize("codec", ["snappy", "zstd", "gzip", "lz4", "brotli"])
@pytest.mark.parametrize("limit,threads", [("40MiB", 2), ("16MiB", 1)])
def test_memory_explicit_limit_is_never_passed(limit, threads, codec, data, out):
    src = data.flights(1)
    run = lf.convert(src, out, "--memory-limit", limit, "--threads", threads,
                     "--compression", codec)
    peak(run, int(limit[:2]) * MIB)
    assert run.report["rows"]["out"] == 336776


@pytest.mark.parametrize("kind", ["gz", "zst"])
@pytest.mark.parametrize("limit,threads", [("40MiB", 2), ("16MiB", 1)])
def test_memory_of_compressed_input(kind, limit, threads, data, out):
    src = data.lineitem(0.1)
    src = data.gzipped(src) if kind == "gz" else data.zstandard(src)
    peak(lf.convert(src, out, "--memory-limit", limit, "--threads", threads),
         int(limit[:2]) * MIB)


def test_memory_of_wide_and_text(data, out):
    peak(lf.convert(data.quoted(60), out, "--memory-limit", "40MiB"), 40 * MIB)
    peak(lf.convert(data.wide(1000, 20000), out, "--memory-limit", "64MiB", "--force"), 64 * MIB)


def test_memory_20000_columns_raise_the_default(data, out):
    run = lf.convert(data.wide(20000, 60), out)
    limit = run.report["memory"]["limit_bytes"]
    assert limit >= 100 * MIB + 18000 * 10 * 1024
    assert run.peak_rss <= limit
    assert any("memory" in w for w in run.report["warnings"]) or "memory" in run.err


def test_memory_floor_is_told(tmp_path, out):
    run = lf.logflow("convert", lf.write(tmp_path / "in.csv", "a\n1\n"), "-o", out,
                     "--memory-limit", "1MiB")
    assert run.rc == lf.USAGE and "16" in run.err


@pytest.mark.large
@pytest.mark.parametrize("threads", [1, 2, 32])
def test_memory_of_10_gb(threads, data, out):
    run = lf.convert(data.lineitem(13), out, "--threads", threads, timeout=1800)
    peak(run, 100 * MIB)
