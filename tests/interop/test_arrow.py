"""Arrow IPC files and streams, out and in, held against pyarrow and Polars."""
import datetime
import decimal
import io
import json
import random

import lf
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import pytest

TYPES = """i,u,d,s,day,clock,ts,ns,z,ok,dec,none
1,18446744073709551615,1.5,a,2026-01-01,10:00:00,AT,AT.123456789,ATZ,true,123456789012345678.12,
2,1,,"x y",2026-01-02,11:30:01.5,,AT,ATZ,false,1.25,
-3,7,2.5,,,,AT,,,,0.5,
""".replace("AT", "2026-01-01T10:00:00")


def read(path):
    with open(path, "rb") as f:
        head = f.read(6)
        f.seek(0)
        reader = ipc.open_file(f) if head == b"ARROW1" else ipc.open_stream(f)
        table = reader.read_all()
    table.validate(full=True)
    return table


@pytest.mark.parametrize("suffix", ["arrow", "feather", "ipc", "arrows"])
@pytest.mark.parametrize("codec", [None, "none", "lz4", "zstd", "zstd:5"])
def test_all_types_come_back(tmp_path, out, suffix, codec):
    src = lf.write(tmp_path / "in.csv", TYPES)
    lf.convert(src, out)
    expected = pq.read_table(out)
    arrow = tmp_path / f"o.{suffix}"
    lf.convert(src, arrow, *(["--compression", codec] if codec else []))
    got = read(arrow)
    assert got.to_pylist() == expected.to_pylist()
    for field in got.schema:
        want = expected.schema.field(field.name).type
        assert field.type == want, field
    peer = pl.read_ipc_stream(arrow) if suffix == "arrows" else pl.read_ipc(arrow)
    assert peer["i"].to_list() == [1, 2, -3] and peer["s"].to_list() == ["a", "x y", None]
    if suffix != "arrows":
        with ipc.open_file(arrow) as f:
            assert f.metadata[b"logflow.rows_out"] == b"3"


def test_nested_from_json_and_parquet(tmp_path, out):
    rows = [{"l": [i, None], "s": {"x": i, "t": [{"k": f"v{i}"}, None]}} for i in range(1000)]
    rows += [{"l": [], "s": None, "late": True}, {}]
    src = lf.write(tmp_path / "n.jsonl", "".join(json.dumps(r) + "\n" for r in rows))
    lf.convert(src, out)
    expected = pq.read_table(out).to_pylist()
    for suffix in ("arrow", "arrows"):
        lf.convert(src, tmp_path / f"n.{suffix}")
        assert read(tmp_path / f"n.{suffix}").to_pylist() == expected
        lf.convert(out, tmp_path / f"p.{suffix}")
        assert read(tmp_path / f"p.{suffix}").to_pylist() == expected


def test_maps_and_bytes(tmp_path):
    t = pa.table({"m": pa.array([[("k", 1)], [], None], pa.map_(pa.string(), pa.int64())),
                  "b": pa.array([b"\xff\x00", b"", None]),
                  "lm": pa.array([[[("a", None)]], [None], []],
                                 pa.list_(pa.map_(pa.string(), pa.float64())))})
    pq.write_table(t, tmp_path / "m.parquet")
    lf.convert(tmp_path / "m.parquet", tmp_path / "m.arrow", "--compression", "zstd")
    assert read(tmp_path / "m.arrow").to_pylist() == t.to_pylist()


def test_same_bytes_and_little_memory(data, tmp_path):
    src, seen = data.lineitem(0.1), set()
    for threads in (1, 2, 7):
        path = tmp_path / f"{threads}.arrow"
        run = lf.convert(src, path, "--threads", threads, "--compression", "lz4")
        seen.add(path.read_bytes())
        if not lf.SANITIZED:
            assert run.peak_rss < 100 * 2**20
    assert len(seen) == 1
    lf.convert(src, tmp_path / "o.parquet")
    got = read(tmp_path / "1.arrow")
    assert got.equals(pq.read_table(tmp_path / "o.parquet").cast(got.schema))


def test_no_rows_and_empty_texts(tmp_path):
    src = lf.write(tmp_path / "h.csv", "a,b\n")
    lf.convert(src, tmp_path / "h.arrow")
    assert read(tmp_path / "h.arrow").schema.names == ["a", "b"]
    src = lf.write(tmp_path / "e.csv", 'a,b\n"",\n"",\n')
    lf.convert(src, tmp_path / "e.arrows", "--compression", "lz4", "--header", "yes")
    assert read(tmp_path / "e.arrows").num_rows == 2


def test_standard_output_and_a_late_change(tmp_path):
    text = "n\n" + "".join(f"{i}\n" for i in range(300_000)) + "N/A-7\n"
    run = lf.logflow("convert", "-", "-o", "-", "--to", "arrows", stdin=text.encode())
    assert run.rc == lf.DONE, run.err
    column = ipc.open_stream(io.BytesIO(run.out)).read_all()["n"]
    assert column[0].as_py() == "0" and column[-1].as_py() == "N/A-7" and len(column) == 300_001


@pytest.mark.parametrize("codec", ["snappy", "gzip", "brotli:3"])
def test_codecs_that_arrow_does_not_have(tmp_path, codec):
    src = lf.write(tmp_path / "in.csv", TYPES)
    run = lf.logflow("convert", src, "-o", tmp_path / "o.arrow", "--compression", codec)
    assert run.rc == lf.USAGE and "lz4 or zstd" in run.err
    assert not (tmp_path / "o.arrow").exists()


# ---- in ----

ROWS = 200


def some(make):
    """A value a row, and now and then a null."""
    return [None if i % 7 == 3 else make(i) for i in range(ROWS)]


def clock(i):
    return datetime.time(i % 24, 5, 6)


def moment(i):
    return datetime.datetime(2020, 1, 1, i % 24, 5, 6)


def numbers():
    d, ten = decimal.Decimal, decimal.Decimal(10)
    yield from ((f"i{w}", pa.array(some(lambda i: -(i % 100)), getattr(pa, f"int{w}")()))
                for w in (8, 16, 32, 64))
    yield from ((f"u{w}", pa.array(some(lambda i: i % 200), getattr(pa, f"uint{w}")()))
                for w in (8, 16, 32, 64))
    yield "f16", pa.array(some(lambda i: np.float16(i / 8)), pa.float16())
    yield "f32", pa.array(some(lambda i: i / 8), pa.float32())
    yield "f64", pa.array(some(lambda i: i / 3), pa.float64())
    yield "d32", pa.array(some(lambda i: d(i) / 100), pa.decimal32(7, 2))
    yield "d64", pa.array(some(lambda i: -d(i) / 1000), pa.decimal64(15, 3))
    yield "d128", pa.array(some(lambda i: d(i) * ten**20), pa.decimal128(38, 10))
    yield "d256", pa.array(some(lambda i: -d(i) * ten**25), pa.decimal256(38, 4))
    yield "bool", pa.array(some(lambda i: i % 3 == 0))
    yield "null", pa.nulls(ROWS)


def times():
    day = datetime.timedelta(1)
    yield "date32", pa.array(some(lambda i: datetime.date(2020, 1, 1) + i * day), pa.date32())
    yield "date64", pa.array(some(lambda i: datetime.date(1960, 1, 1) + i * day), pa.date64())
    for u in ("s", "ms"):
        yield f"time32_{u}", pa.array(some(clock), pa.time32(u))
    for u in ("us", "ns"):
        yield f"time64_{u}", pa.array(some(clock), pa.time64(u))
    for u in ("s", "ms", "us", "ns"):
        yield f"timestamp_{u}", pa.array(some(moment), pa.timestamp(u))
        yield f"instant_{u}", pa.array(some(moment), pa.timestamp(u, "Europe/Paris"))
    yield "duration", pa.array(some(lambda i: i), pa.duration("ms"))


def texts():
    text = some(lambda i: f"é{i}" * (i % 9))
    raw = some(lambda i: b"\xff%d" % i * (i % 9))
    yield from (("s", pa.array(text, pa.string())), ("ls", pa.array(text, pa.large_string())),
                ("sv", pa.array(text, pa.string_view())), ("b", pa.array(raw, pa.binary())),
                ("lb", pa.array(raw, pa.large_binary())), ("bv", pa.array(raw, pa.binary_view())),
                ("fb", pa.array(some(lambda i: b"%05d" % i), pa.binary(5))))


def nested():
    ints = some(lambda i: [None if k % 3 == 1 else k * i for k in range(i % 5)])
    for name, make in (("list", pa.list_), ("large_list", pa.large_list),
                       ("list_view", pa.list_view), ("large_list_view", pa.large_list_view)):
        yield name, pa.array(ints, make(pa.int32()))
    yield "fixed_list", pa.array(some(lambda i: [i, None, 2]), pa.list_(pa.int16(), 3))
    inner = pa.list_(pa.struct([("c", pa.string())]))
    yield "struct", pa.array(some(lambda i: {"a": i, "b": [{"c": f"z{i}"}, None]}),
                             pa.struct([("a", pa.int32()), ("b", inner)]))
    yield "map", pa.array(some(lambda i: [(f"k{k}", k) for k in range(i % 3)]),
                          pa.map_(pa.string(), pa.int32()))


def coded():
    words = pa.array(some(lambda i: f"d{i % 5}")).dictionary_encode()
    yield "words", words
    yield "coded_ints", pa.array(some(lambda i: i % 5)).dictionary_encode()
    yield "in_lists", pa.ListArray.from_arrays(pa.array(range(ROWS + 1), pa.int32()), words)
    yield "coded_structs", pa.DictionaryArray.from_arrays(
        pa.array(some(lambda i: i % 3), pa.int8()), pa.array([{"x": 1}, {"x": 2}, None]))
    yield "runs", pc.run_end_encode(pa.array([f"r{i // 10}" for i in range(ROWS)]))


ALL = pa.table(dict([*numbers(), *times(), *texts(), *nested(), *coded()]))


def rows(table):
    """As they come back: durations are integers."""
    for i, f in enumerate(table.schema):
        if pa.types.is_duration(f.type):
            table = table.set_column(i, f.name, table[f.name].cast(pa.int64()))
    return {name: table[name].to_pylist() for name in table.column_names}


def write(path, table, stream=False, chunk=None, **options):
    make = ipc.new_stream if stream else ipc.new_file
    with make(path, table.schema, options=ipc.IpcWriteOptions(**options)) as w:
        w.write_table(table, max_chunksize=chunk)
    return path


V4 = ipc.MetadataVersion.V4


@pytest.mark.parametrize("how", [
    {}, {"stream": True}, {"chunk": 33}, {"compression": "lz4", "chunk": 70},
    {"compression": "zstd", "stream": True}, {"metadata_version": V4},
    {"metadata_version": V4, "use_legacy_format": True, "stream": True}])
def test_every_type_is_read(tmp_path, out, how):
    src = write(tmp_path / "in.any", ALL, **how)
    lf.convert(src, out)
    got, want = rows(pq.read_table(out)), rows(ALL)
    for name in want:
        assert got[name] == want[name], name


def test_types_of_columns(tmp_path, out):
    src = write(tmp_path / "in.arrow", ALL)
    lf.convert(src, out)
    got = pq.read_schema(out)
    want = {"i8": pa.int64(), "u32": pa.uint64(), "f16": pa.float64(), "d32": pa.decimal128(7, 2),
            "d256": pa.decimal128(38, 4), "date64": pa.date32(), "time32_s": pa.time64("us"),
            "timestamp_s": pa.timestamp("us"), "instant_ns": pa.timestamp("ns", "UTC"),
            "duration": pa.int64(), "sv": pa.string(), "fb": pa.binary(), "words": pa.string()}
    assert {name: got.field(name).type for name in want} == want


def test_slices_columns_and_limits(tmp_path, out):
    src = write(tmp_path / "in.arrow", ALL.slice(11, 77), chunk=20)
    lf.convert(src, out, "--columns", "map,words,i8", "--limit", "50")
    got = pq.read_table(out)
    assert got.column_names == ["map", "words", "i8"]
    assert rows(got) == rows(ALL.slice(11, 50).select(["map", "words", "i8"]))


@pytest.mark.parametrize("delta", [False, True])
def test_dictionaries_that_grow_and_change(tmp_path, out, delta):
    batches, want = [], []
    for k in range(4):
        words = [f"w{j}" for j in range(2 * k + 2)] if delta else [f"v{k}", f"x{k}"]
        index = [j % len(words) for j in range(50)] + [None]
        want += [None if j is None else words[j] for j in index]
        batches.append(pa.record_batch([pa.DictionaryArray.from_arrays(
            pa.array(index, pa.int16()), pa.array(words))], ["w"]))
    src = tmp_path / "in.arrows"
    with ipc.new_stream(src, batches[0].schema,
                        options=ipc.IpcWriteOptions(emit_dictionary_deltas=delta)) as w:
        for b in batches:
            w.write_batch(b)
    lf.convert(src, out)
    assert pq.read_table(out)["w"].to_pylist() == want


def test_rows_that_take_a_tile_each_of_one_dictionary(tmp_path, out):
    """Two columns share a dictionary that is not kept; a tile is one row of each."""
    words = pa.array([c * 300_000 for c in "abcdefgh"])
    a, b = [0, 3, 5, 7, None, 1], [6, 4, 2, None, 0, 1]
    same = [pa.DictionaryArray.from_arrays(pa.array(x, pa.int8()), words) for x in (a, b)]
    pair = pa.StructArray.from_arrays(same, ["a", "b"])
    src = write(tmp_path / "in.arrow", pa.table({"a": same[0], "pair": pair, "b": same[1]}))
    lf.convert(src, out)
    got = pq.read_table(out).to_pylist()
    text = [x.as_py() for x in words] + [None]
    at = [(-1 if i is None else i, -1 if k is None else k) for i, k in zip(a, b)]
    assert got == [{"a": text[i], "pair": {"a": text[i], "b": text[k]}, "b": text[k]}
                   for i, k in at]


@pytest.mark.parametrize("chunk", [1, 7, 8, 4096, 5000])
def test_values_that_stay_where_they_lie(tmp_path, out, chunk):
    """Batches that begin anywhere, in files whose buffers are aligned to 8 bytes alone."""
    n = 9000
    i = np.arange(n)
    some_null = pa.array(i * 3, mask=i % 5 == 0)
    t = pa.table({"i": i, "u": i.astype("u8"), "x": i / 3, "n": some_null,
                  "day": pa.array(i.astype("i4")).cast(pa.date32()),
                  "at": pa.array(i * 10**9).cast(pa.timestamp("us")),
                  "ns": pa.array(i * 10**9).cast(pa.timestamp("ns")),
                  "s": pa.array(i).cast(pa.string())}).slice(3)
    src = write(tmp_path / "in.arrow", t, chunk=chunk)
    lf.convert(src, out)
    assert pq.read_table(out).to_pylist() == t.to_pylist()


def test_a_pipe_and_a_wrong_name(tmp_path, out):
    src = write(tmp_path / "in.csv", ALL, stream=True)
    lf.convert(src, out)
    assert pq.read_table(out).num_rows == ROWS
    piped = tmp_path / "piped.parquet"
    lf.convert("-", piped, stdin=src.read_bytes())
    assert piped.read_bytes() == out.read_bytes()
    whole = write(tmp_path / "whole.arrow", ALL)
    again = tmp_path / "again.parquet"
    lf.convert(whole, again, "--from", "arrow")
    assert again.read_bytes() == out.read_bytes()


def test_from_arrow_to_arrow_and_text(tmp_path):
    src = write(tmp_path / "in.arrow", ALL.select(["i8", "s", "list", "struct", "map", "d128"]))
    lf.convert(src, tmp_path / "o.arrows")
    assert read(tmp_path / "o.arrows").to_pylist() == read(src).to_pylist()
    lf.convert(src, tmp_path / "o.jsonl")
    lines = [json.loads(x) for x in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert [x["struct"] for x in lines] == ALL["struct"].to_pylist()


def test_decimals_of_over_38_digits_are_text(tmp_path, out):
    d = decimal.Decimal
    columns = {"whole": pa.array([None, 0, 1, -1, 10**75, d("-" + "9" * 76), d("9" * 76),
                                  10**18, -10**36],
                                 pa.decimal256(76, 0)),
               "parts": pa.array([d(0), None, d("-0.07"), d("1E-20"), d(10)**18, d(-10)**19,
                                  d("123456789.000000001"), d(2)**64, -d(2)**64],
                                 pa.decimal256(60, 20)),
               "list": pa.array([[d(1), None], [], None, [d(-2)], [], [], [], [], []],
                                pa.list_(pa.decimal256(40, 1)))}
    table = pa.table(columns)
    text = lambda v: v if v is None else format(v, "f")  # noqa: E731
    lf.convert(write(tmp_path / "in.arrow", table), out)
    got = pq.read_table(out)
    assert got["whole"].to_pylist() == [text(v) for v in columns["whole"].to_pylist()]
    assert got["parts"].to_pylist() == [text(v) for v in columns["parts"].to_pylist()]
    assert got["list"].to_pylist()[:4] == [["1.0", None], [], None, ["-2.0"]]


def test_intervals_are_text(tmp_path, out):
    values = [(0, 0, 0), None, (1, -2, 500_000_000), (-13, 0, 0), (0, 3, -1), (0, 0, -61 * 10**9),
              (2**31 - 1, -2**31, 2**63 - 1), (0, 0, -2**63)]
    lf.convert(write(tmp_path / "in.arrow", pa.table(
        {"i": pa.array(values, pa.month_day_nano_interval())})), out)
    assert pq.read_table(out)["i"].to_pylist() == [
        "PT0S", None, "P1M-2DT0.5S", "P-13M", "P3DT-0.000000001S", "PT-61S",
        "P2147483647M-2147483648DT9223372036.854775807S", "PT-9223372036.854775808S"]


def test_uuids_are_text(tmp_path, out):
    raw = [bytes(range(16)), None, b"\xff" * 16, bytes(16)]
    want = ["00010203-0405-0607-0809-0a0b0c0d0e0f", None, "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "00000000-0000-0000-0000-000000000000"]
    column = pa.ExtensionArray.from_storage(pa.uuid(), pa.array(raw, pa.binary(16)))
    lists = pa.ListArray.from_arrays([0, 2, 2, 3, 4], column)
    src = write(tmp_path / "in.arrow", pa.table({"u": column, "l": lists,
                                                 "b": pa.array(raw, pa.binary(16))}))
    lf.convert(src, out)
    assert pq.read_table(out).to_pydict() == {
        "u": want, "l": [want[:2], [], want[2:3], want[3:]], "b": raw}
    assert lf.logflow("verify", src, out).rc == lf.DONE


def test_what_goes_past_its_type_is_kept_where_there_is_room(tmp_path, out):
    wide = pa.Array.from_buffers(pa.decimal128(3, 2), 2,
                                 [None, pa.py_buffer(b"".join(
                                     v.to_bytes(16, "little", signed=True)
                                     for v in (12810, -99999)))])
    end = pa.array([86400, 0], pa.int32()).view(pa.time32("s"))
    lf.convert(write(tmp_path / "in.arrow", pa.table({"d": wide, "t": end})), out)
    got = pq.read_table(out)
    assert got["d"].to_pylist() == [decimal.Decimal("128.10"), decimal.Decimal("-999.99")]
    assert got["t"].cast(pa.int64()).to_pylist() == [86400 * 10**6, 0]
    over = pa.Array.from_buffers(pa.decimal128(3, 2), 1,
                                 [None, pa.py_buffer((2**63).to_bytes(16, "little"))])
    late = pa.array([86401], pa.int32()).view(pa.time32("s"))
    for bad in (over, late):
        run = lf.logflow("convert", write(tmp_path / "bad.arrow", pa.table({"bad": bad})),
                         "-o", tmp_path / "none.parquet")
        assert run.rc == lf.BAD_DATA and "column 'bad'" in run.err


@pytest.mark.parametrize("column", [
    pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])]),
    pa.array([{}], pa.struct([]))])
def test_refused_by_name(tmp_path, out, column):
    src = write(tmp_path / "in.arrow", pa.table({"fine": [1], "strange": column}))
    run = lf.logflow("convert", src, "-o", out)
    assert run.rc == lf.USAGE and "'strange' is a" in run.err and not out.exists()
    lf.convert(src, out, "--columns", "fine")
    assert pq.read_table(out)["fine"].to_pylist() == [1]


def test_damage_is_told(tmp_path, out):
    src = write(tmp_path / "in.arrow", ALL)
    whole = src.read_bytes()
    for n in (7, 100, len(whole) // 2, len(whole) - 1):
        src.write_bytes(whole[:n])
        run = lf.logflow("convert", src, "-o", out)
        assert run.rc == lf.BAD_DATA and not out.exists(), (n, run.err)
    with ipc.new_stream(tmp_path / "in.arrows", pa.schema([("n", pa.int64())])) as w:
        for n in range(5):
            w.write_batch(pa.record_batch({"n": list(range(n, 500))}))
    whole = (tmp_path / "in.arrows").read_bytes()
    cut = lf.write(tmp_path / "cut.arrows", whole[:len(whole) * 2 // 3])
    run = lf.logflow("convert", cut, "-o", out)
    assert run.rc == lf.BAD_DATA and "  in the message after record batch 3\n" in run.err, run.err
    bad = pa.table({"s": pa.StringArray.from_buffers(
        1, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe"))})
    run = lf.logflow("convert", write(src, bad), "-o", out)
    assert run.rc == lf.BAD_DATA and "column 's'" in run.err


def test_bytes_that_are_no_text_are_found_wherever_they_stand(tmp_path, out):
    """All of a column is looked at as a whole first, then where its texts begin."""
    for n, at, what in [(400, k, b"\xc3") for k in (0, 1, 126, 127, 128, 255, 300, 399)] + [
            (127, 126, b"\x80"), (1, 0, b"\xff"), (129, 128, b"\xe2\x82")]:
        data = bytearray(b"a" * n)
        data[at:at + len(what)] = what
        offsets = np.array([0, n // 2, len(data)], dtype="i4")
        column = pa.Array.from_buffers(pa.utf8(), 2, [None, pa.py_buffer(offsets),
                                                      pa.py_buffer(bytes(data))])
        write(tmp_path / "b.arrow", pa.table({"s": column}))
        assert "UTF-8" in lf.logflow("convert", tmp_path / "b.arrow", "-o", out).err
    cut = pa.Array.from_buffers(pa.utf8(), 2, [None, pa.py_buffer(np.array([0, 1, 2], dtype="i4")),
                                               pa.py_buffer("é".encode())])
    write(tmp_path / "b.arrow", pa.table({"s": cut}))
    assert "UTF-8" in lf.logflow("convert", tmp_path / "b.arrow", "-o", out).err


def texts_like(kind, n=60_000):
    rng = random.Random(5)
    if kind == "any length":
        return ["".join(rng.choices("abcdefé", k=n % 131)) for n in range(n)]
    if kind == "ends and zeros":
        return ["k" * (i % 7) + "\0" * (i % 5) + str(i) * (i % 3) + "\0" * (i % 4) + f"{i:x}"
                for i in range(n)]
    start = "https://example.com/a/long/path/that/all/have/" * (4 if kind == "long start" else 1)
    return [start[:len(start) - (i == 777)] + rng.randbytes(rng.randrange(12)).hex() + f"{i % 9}"
            for i in range(n)]


@pytest.mark.parametrize("encodings", ["plain", "default"])
@pytest.mark.parametrize("kind", ["any length", "ends and zeros", "one start", "long start"])
def test_texts_that_no_dictionary_takes(tmp_path, out, encodings, kind):
    texts = texts_like(kind)
    write(tmp_path / "t.arrow", pa.table({"s": texts}))
    lf.convert(tmp_path / "t.arrow", out, "--encodings", encodings)
    assert pq.read_table(out)["s"].to_pylist() == texts
    groups, at = pq.ParquetFile(out).metadata, 0
    for i in range(groups.num_row_groups):
        chunk = groups.row_group(i).column(0)
        here = [t.encode() for t in texts[at:at + groups.row_group(i).num_rows]]
        low, high = (getattr(chunk.statistics, k).encode() for k in ("min", "max"))
        assert low <= min(here) and low == min(here)[:64]
        assert high >= max(here) and (high == max(here) or len(max(here)) > 64)
        at += len(here)


@pytest.mark.parametrize("distinct", [50, 90_000])
@pytest.mark.parametrize("encodings", ["plain", "default"])
def test_lists_of_texts_however_they_are_cut(tmp_path, distinct, encodings):
    """Pages end at the same rows, and a dictionary fills at the same row, for any batches."""
    rng = random.Random(3)
    rows = [[f"https://example.com/{rng.randrange(distinct):040x}"] * (i % 2)
            + [f"{rng.randrange(distinct):x}" for _ in range(i % 4)] if i % 13 else None
            for i in range(80_000)]
    table, seen = pa.table({"l": pa.array(rows, pa.list_(pa.string()))}), set()
    for chunk in (80_000, 7_001, 613):
        src = write(tmp_path / f"{chunk}.arrow", table, chunk=chunk)
        lf.convert(src, tmp_path / "o.parquet", "--encodings", encodings, "--force")
        seen.add((tmp_path / "o.parquet").read_bytes())
    assert len(seen) == 1
    assert pq.read_table(tmp_path / "o.parquet")["l"].to_pylist() == rows


@pytest.mark.parametrize("codec", [None, "lz4", "zstd"])
def test_changed_bytes_never_crash(tmp_path, codec):
    rand = random.Random(7)
    whole = bytearray(write(tmp_path / "in.arrow", ALL.slice(0, 20),
                            compression=codec).read_bytes())
    src = tmp_path / "bad.arrow"
    for _ in range(60):
        bad = bytearray(whole)
        for _ in range(rand.randint(1, 8)):
            bad[rand.randrange(8, len(bad))] = rand.choice((0, 1, 0x7F, 0x80, 0xFF))
        src.write_bytes(bad)
        run = lf.logflow("convert", src, "-o", "-", "--to", "null", "--quiet", timeout=10)
        assert run.rc in (lf.DONE, lf.BAD_DATA, lf.USAGE, lf.LIMIT), run.err


@pytest.mark.parametrize("codec", [None, "zstd"])
def test_a_large_batch_in_little_memory(tmp_path, codec):
    n = 2_000_000
    i = np.arange(n)
    t = pa.table({"i": i, "x": np.sin(i), "s": pa.array(i).cast(pa.string()),
                  "w": pa.array(i % 1000).cast(pa.string()).dictionary_encode(),
                  "v": pa.array(i * 7919).cast(pa.string()).cast(pa.string_view())})
    src = write(tmp_path / "in.arrow", t, compression=codec)
    run = lf.convert(src, tmp_path / "o.parquet")
    if not lf.SANITIZED:
        assert run.peak_rss < 100 * 2**20
    got = pq.read_table(tmp_path / "o.parquet")
    for name in ("i", "x", "s"):
        assert got[name].combine_chunks().equals(t[name].combine_chunks()), name
    assert got["w"].to_pylist() == t["w"].to_pylist()
    assert got["v"].to_pylist() == t["v"].to_pylist()


def test_inspect(tmp_path):
    src = write(tmp_path / "in.arrow", ALL)
    run = lf.logflow("inspect", src)
    assert run.rc == lf.DONE and "arrow" in run.out.decode() and "list<int64>" in run.out.decode()
    facts = json.loads(lf.logflow("inspect", src, "--json", "--rows", "3").out)
    assert facts["format"] == "arrow" and len(facts["sample"]) == 3
    names = [c["name"] for c in json.loads(lf.logflow("inspect", src, "--schema").out)["columns"]]
    assert names == ALL.column_names
    write(src, ALL.select(["i8", "words"]))
    assert b"d4" in lf.logflow("inspect", src, "--rows", "5").out
