"""Arrow inputs of random nested types, layouts, cuts: what comes out is what pyarrow was given."""
import datetime as dt
import decimal
import random

import lf
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import pytest

DAY = dt.date(2020, 1, 1)


def leaf(r):
    """A type and a function that makes a value of it and what comes back."""
    def same(make):
        return lambda: (lambda v: (v, v))(make())

    def number(bits, signed):
        low = -(1 << (bits - 1)) if signed else 0
        return same(lambda: r.randint(low, low + (1 << bits) - 1))

    def places(precision, scale):
        return same(lambda: decimal.Decimal(r.randint(1 - 10**precision, 10**precision - 1)).scaleb(
            -scale, decimal.Context(prec=80)))

    def text():
        return "".join(r.choice("abcé漢 \n\"") for _ in range(r.choice([0, 1, 5, 12, 13, 40])))

    return r.choice([
        (pa.int8(), number(8, True)), (pa.uint64(), number(64, False)),
        (pa.int32(), number(32, True)), (pa.uint16(), number(16, False)),
        (pa.float32(), same(lambda: r.randint(-9999, 9999) / 8)),
        (pa.float64(), same(r.random)), (pa.bool_(), same(lambda: r.random() < 0.5)),
        (pa.decimal32(7, 2), places(7, 2)), (pa.decimal64(15, 0), places(15, 0)),
        (pa.decimal128(38, 10), places(38, 10)), (pa.decimal256(30, 5), places(30, 5)),
        (pa.string(), same(text)), (pa.large_string(), same(text)), (pa.string_view(), same(text)),
        (pa.binary(), same(lambda: text().encode())),
        (pa.large_binary(), same(lambda: b"\xff" + text().encode())),
        (pa.binary_view(), same(lambda: b"\x00" * 20 + text().encode())),
        (pa.binary(5), same(lambda: r.randbytes(5))),
        (pa.date32(), same(lambda: DAY + dt.timedelta(r.randint(-9000, 9000)))),
        (pa.date64(), same(lambda: DAY + dt.timedelta(r.randint(-9000, 9000)))),
        (pa.time32("s"), same(lambda: dt.time(r.randint(0, 23), 5, r.randint(0, 59)))),
        (pa.time64("us"), same(lambda: dt.time(1, 2, 3, r.randint(0, 999_999)))),
        (pa.timestamp("s"), same(lambda: dt.datetime(2000, 1, 1, 0, r.randint(0, 59)))),
        (pa.timestamp("us"), same(lambda: dt.datetime(2000, 1, 1, 0, 0, 0, r.randint(0, 999_999)))),
        (pa.timestamp("ms", "UTC"), same(lambda: dt.datetime(
            1950, 6, 1, r.randint(0, 23), tzinfo=dt.timezone.utc))),
        (pa.duration("ms"), lambda: (lambda v: (dt.timedelta(milliseconds=v), v))(
            r.randint(-10**9, 10**9))),
    ])


def plain_array(r, n):
    t, make = leaf(r)
    pairs = [(None, None) if r.random() < 0.15 else make() for _ in range(n)]
    return pa.array([p[0] for p in pairs], type=t), [p[1] for p in pairs]


def cuts(r, n, total):
    """n lengths that add up to total."""
    at = sorted(r.randint(0, total) for _ in range(n - 1))
    return [b - a for a, b in zip([0, *at], [*at, total])] if n else []


def lists(r, n, depth):
    """Lists of any kind over one array of elements."""
    kind = r.choice(["list", "large", "fixed", "view", "large_view"])
    size = r.randint(0, 3)
    lengths = [size] * n if kind == "fixed" else cuts(r, n, r.randint(0, 3 * n))
    array, values = any_array(r, sum(lengths), depth - 1)
    starts = [sum(lengths[:i]) for i in range(n + 1)]
    want = [values[a:b] for a, b in zip(starts, starts[1:])]
    if kind == "fixed":
        return pa.FixedSizeListArray.from_arrays(array, size) if size else None, want
    large = kind.startswith("large")
    offsets = pa.array(starts, pa.int64() if large else pa.int32())
    if kind.endswith("view"):
        maker = pa.LargeListViewArray if large else pa.ListViewArray
        return maker.from_arrays(offsets[:-1], pa.array(lengths, offsets.type), array), want
    return (pa.LargeListArray if large else pa.ListArray).from_arrays(offsets, array), want


def structs(r, n, depth):
    parts = [any_array(r, n, depth - 1) for _ in range(r.randint(1, 3))]
    names = [f"f{i}" for i in range(len(parts))]
    gone = [r.random() < 0.2 for _ in range(n)]
    want = [None if gone[i] else dict(zip(names, (p[1][i] for p in parts))) for i in range(n)]
    mask = pa.array(gone, pa.bool_())
    return pa.StructArray.from_arrays([p[0] for p in parts], names, mask=mask), want


def maps(r, n, depth):
    lengths = cuts(r, n, r.randint(0, 2 * n))
    array, values = any_array(r, sum(lengths), depth - 1)
    starts = [sum(lengths[:i]) for i in range(n + 1)]
    keys = [f"k{i}" for i in range(starts[-1])]
    want = [list(zip(keys[a:b], values[a:b])) for a, b in zip(starts, starts[1:])]
    return pa.MapArray.from_arrays(pa.array(starts, pa.int32()), pa.array(keys), array), want


def dictionaries(r, n, depth):
    size = r.randint(1, 9)
    array, values = plain_array(r, size)
    at = [None if r.random() < 0.1 else r.randrange(size) for _ in range(n)]
    index = pa.array(at, r.choice([pa.int8(), pa.uint16(), pa.int64()]))
    want = [None if i is None else values[i] for i in at]
    return pa.DictionaryArray.from_arrays(index, array), want


def runs(r, n, depth):
    lengths = [x for x in cuts(r, r.randint(1, 5), n) if x > 0]
    array, values = plain_array(r, len(lengths))
    ends = pa.array([sum(lengths[:i + 1]) for i in range(len(lengths))],
                    r.choice([pa.int16(), pa.int32(), pa.int64()]))
    want = [v for v, k in zip(values, lengths) for _ in range(k)]
    return pa.RunEndEncodedArray.from_arrays(ends, array), want


def any_array(r, n, depth):
    array = None
    while array is None:
        make = r.choice([lists, structs, maps, dictionaries, runs] if depth > 0 else [None])
        if make is None or r.random() < 0.3:
            return plain_array(r, n)
        array, want = make(r, n, depth)
    return array, want


def write(r, path, arrays, stream, codec):
    """The columns in batches that are slices of them, so that buffers begin anywhere."""
    table = pa.RecordBatch.from_arrays(arrays, [f"c{i}" for i in range(len(arrays))])
    options = ipc.IpcWriteOptions(compression=codec, emit_dictionary_deltas=True)
    new = ipc.new_stream if stream else ipc.new_file
    with new(str(path), table.schema, options=options) as w:
        for k, begin in [(k, sum(sizes[:i])) for sizes in [cuts(r, 4, table.num_rows)]
                         for i, k in enumerate(sizes)]:
            w.write_batch(table.slice(begin, k))


@pytest.mark.parametrize("seed", range(36))
def test_random_types_come_back(seed, tmp_path, out):
    r = random.Random(seed)
    n = r.choice([0, 1, 7, 64, 1000, 9000]) if seed < 30 else 300
    parts = [any_array(r, n, 3 if n < 2000 else 1) for _ in range(r.randint(1, 6))]
    src = tmp_path / "in.arrow"
    write(r, src, [p[0] for p in parts], seed % 2 == 0, [None, "lz4", "zstd"][seed % 3])
    lf.convert(src, out)
    table = pq.ParquetFile(out).read()
    assert table.num_rows == n
    for i, (array, want) in enumerate(parts):
        assert table.column(i).to_pylist() == want, (i, array.type)


@pytest.mark.parametrize("to", ["parquet", "arrow"])
def test_columns_of_one_name_are_all_kept(to, tmp_path):
    table = pa.Table.from_arrays([pa.array([1, 2]), pa.array(["x", None]), pa.array([1.5, 2.5]),
                                  pa.array([True, False])], ["a", "a", "b", "a"])
    names = ["a", "a_1", "b", "a_2"]
    src, out = tmp_path / "in.arrow", tmp_path / f"o.{to}"
    with ipc.new_file(str(src), table.schema) as w:
        w.write_table(table)
    run = lf.convert(src, out)
    assert "missing" not in run.err
    got = pq.ParquetFile(out).read() if to == "parquet" else ipc.open_file(str(out)).read_all()
    assert got.column_names == names
    assert [c.to_pylist() for c in got.columns] == [c.to_pylist() for c in table.columns]
    lf.convert(src, out, "--columns", "a_2,a", "--force")
    again = pq.ParquetFile(out).read() if to == "parquet" else ipc.open_file(str(out)).read_all()
    assert again.to_pydict() == {"a_2": [True, False], "a": [1, 2]}


def test_columns_of_one_name_in_parquet_are_all_kept(tmp_path, out):
    table = pa.Table.from_arrays([pa.array([1, 2]), pa.array(["x", None])], ["a", "a"])
    src = tmp_path / "in.parquet"
    pq.write_table(table, src)
    lf.convert(src, out)
    assert pq.ParquetFile(out).read().to_pydict() == {"a": [1, 2], "a_1": ["x", None]}


def test_no_columns_are_refused(tmp_path, out):
    src = tmp_path / "in.arrow"
    with ipc.new_file(str(src), pa.schema([])) as w:
        w.write_batch(pa.RecordBatch.from_arrays([], []))
    run = lf.convert(src, out, rc=2)
    assert "no columns" in run.err
