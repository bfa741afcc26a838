"""What we write, read by others: equal content in every reader, with every codec and page kind."""
import datetime as dt
import itertools
import random
from decimal import Decimal as D

import datasets
import lf
import pytest
import readers

UTC = dt.timezone.utc


def cells(n, seed):
    """Columns of all types with nulls: {name: ([text], [value])}."""
    r = random.Random(seed)
    day0, t0 = dt.date(1969, 1, 1), dt.datetime(1999, 12, 31, 23, 59, 59)

    def column(make, share=0.1):
        text, values = [], []
        for i in range(n):
            if r.random() < share:
                text.append("")
                values.append(None)
            else:
                t, v = make(i)
                text.append(t)
                values.append(v)
        return text, values

    def integer(i):
        v = r.randrange(-10**r.randrange(1, 18), 10**r.randrange(1, 18))
        return str(v), v

    def double(i):
        t = f"{r.uniform(-1e6, 1e6):.{r.randrange(1, 7)}f}"
        return t, float(t)

    def decimal(i):
        t = f"{r.randrange(10**16, 10**17)}.{r.randrange(1000):03d}"
        return t, D(t)

    def date(i):
        v = day0 + dt.timedelta(r.randrange(40000))
        return v.isoformat(), v

    def stamp(i):
        v = t0 + dt.timedelta(seconds=r.randrange(10**9), microseconds=r.randrange(10**6))
        return v.isoformat(sep=" ", timespec="microseconds"), v

    def instant(i):
        v = t0 + dt.timedelta(seconds=r.randrange(10**9))
        return v.isoformat() + "Z", v.replace(tzinfo=UTC)

    def boolean(i):
        v = r.random() < 0.5
        return str(v).lower(), v

    def word(i):
        v = r.choice(["red", "green", "blue, or so", 'say "hi"', "naïve", "東京"])
        return v, v

    def text(i):
        v = "".join(r.choice("abc ,\"\n\r\té東😀-1") for _ in range(r.randrange(1, 60)))
        v = f"t{v}{i}"
        return v, v

    def sequence(i):
        return str(10**6 + i), 10**6 + i

    return {"seq": column(sequence, 0), "int": column(integer), "double": column(double),
            "decimal": column(decimal), "date": column(date), "stamp": column(stamp),
            "instant": column(instant), "flag": column(boolean), "word": column(word),
            "text": column(text), "never": ([""] * n, [None] * n),
            "always": (["7"] * n, [7] * n)}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    made = cells(5000, 3)
    rows = zip(*(t for t, _ in made.values()))
    path = tmp_path_factory.mktemp("peers") / "all.csv"
    path.write_bytes(datasets.to_csv(list(made), rows))
    return path, {name: values for name, (_, values) in made.items()}


OPTIONS = {
    "default": [],
    "row_groups": ["--row-group-size", "64KiB"],
    "v2": ["--data-page", "v2"],
    "modern": ["--encodings", "modern", "--data-page", "v2"],
    "plain": ["--encodings", "plain"],
    **{c: ["--compression", c] for c in ("none", "zstd", "zstd:9", "gzip", "lz4", "brotli")},
    "v2_zstd_plain": ["--data-page", "v2", "--compression", "zstd", "--encodings", "plain"],
}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("reader", readers.ALL)
def test_every_reader_reads_every_kind(reader, options, table, tmp_path):
    src, want = table
    out = tmp_path / "out.parquet"
    lf.convert(src, out, *OPTIONS[options])
    got = readers.ALL[reader](out)
    if reader in ("chdb", "duckdb", "polars"):
        got["decimal"] = [None if v is None else D(v) for v in got["decimal"]]
    lines = readers.differences(got, want)
    assert not lines, "\n".join(lines)


def test_fastparquet_reads_plain_encodings(tmp_path):
    import fastparquet
    src = lf.write(tmp_path / "in.csv", "a,b,c,d\n" + "".join(
        f"{i},{i / 4},w{i % 7},2026-01-{1 + i % 28:02d}\n" for i in range(3000)))
    out = tmp_path / "out.parquet"
    lf.convert(src, out, "--encodings", "plain")
    frame = fastparquet.ParquetFile(str(out)).to_pandas()
    assert frame["a"].tolist() == list(range(3000))
    assert frame["b"].tolist() == [i / 4 for i in range(3000)]
    assert frame["c"].tolist() == [f"w{i % 7}" for i in range(3000)]
    assert str(frame["d"].iloc[29])[:10] == "2026-01-02"


def test_pandas_opens_the_result(table, tmp_path):
    import pandas as pd
    src, want = table
    out = tmp_path / "out.parquet"
    lf.convert(src, out)
    frame = pd.read_parquet(out)
    assert list(frame.columns) == list(want) and len(frame) == 5000


def test_statistics_are_true(table, tmp_path):
    """min, max and null_count of each chunk against the values that pyarrow reads there."""
    import pyarrow.parquet as pq
    src, want = table
    out = tmp_path / "out.parquet"
    lf.convert(src, out, "--row-group-size", "64KiB")
    f = pq.ParquetFile(out)
    first = 0
    checked = 0
    for g in range(f.metadata.num_row_groups):
        rows = f.metadata.row_group(g).num_rows
        for c, name in enumerate(want):
            s = f.metadata.row_group(g).column(c).statistics
            part = want[name][first:first + rows]
            values = [v for v in part if v is not None]
            assert s is not None and s.null_count == len(part) - len(values), (g, name)
            if not s.has_min_max or name in ("decimal",):
                continue
            checked += 1
            low, high = s.min, s.max
            if isinstance(low, dt.datetime):
                low, high = low.replace(tzinfo=None), high.replace(tzinfo=None)
                values = [v.replace(tzinfo=None) for v in values]
            if isinstance(low, str):
                key = lambda v: v.encode()
                assert low.encode() <= min(map(key, values)), (g, name)
                assert high.encode() >= max(map(key, values)), (g, name)
                assert len(low.encode()) <= 64 and len(high.encode()) <= 64
            else:
                assert low == min(values) and high == max(values), (g, name, low, high)
        first += rows
    assert checked > 20 and first == 5000


def test_column_chunks_have_indexes(table, tmp_path):
    import pyarrow.parquet as pq
    out = tmp_path / "out.parquet"
    lf.convert(table[0], out)
    m = pq.ParquetFile(out).metadata
    for g, c in itertools.product(range(m.num_row_groups), range(m.num_columns)):
        col = m.row_group(g).column(c)
        assert col.has_offset_index and col.has_column_index, (g, col.path_in_schema)


def test_page_checksums_are_right(table, tmp_path):
    import pyarrow.parquet as pq
    for kind in ("v1", "v2"):
        out = tmp_path / f"{kind}.parquet"
        lf.convert(table[0], out, "--data-page", kind)
        assert pq.read_table(out, page_checksum_verification=True).num_rows == 5000


def test_codec_is_the_one_that_was_named(table, tmp_path):
    import pyarrow.parquet as pq
    for codec, names in {"snappy": {"SNAPPY"}, "zstd": {"ZSTD"}, "gzip": {"GZIP"},
                         "lz4": {"LZ4"}, "brotli": {"BROTLI"}, "none": set()}.items():
        out = tmp_path / f"{codec}.parquet"
        lf.convert(table[0], out, "--compression", codec)
        m = pq.ParquetFile(out).metadata
        used = {m.row_group(g).column(c).compression
                for g in range(m.num_row_groups) for c in range(m.num_columns)}
        assert used <= names | {"UNCOMPRESSED"}, used
        assert names <= used, used
