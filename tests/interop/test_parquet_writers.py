"""Parquet as other writers wrote it: what is wrong by the letter, but meant clearly, is read."""
import struct

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support import lf
from support import thrift as th


def made(tmp_path, table, **options):
    options = {"compression": "none", "use_dictionary": False, "store_schema": False, **options}
    pq.write_table(table, tmp_path / "made.parquet", **options)
    return th.Parquet(tmp_path / "made.parquet")


def read(tmp_path, file, *args):
    source = file.write(tmp_path / "in.parquet")
    done = lf.logflow("convert", source, "-o", tmp_path / "out.parquet", "--force", *args)
    assert done.rc == 0, done.err
    if not args:
        done = lf.logflow("verify", source, tmp_path / "out.parquet")
        assert done.rc == 0, done.err
    return pq.read_table(tmp_path / "out.parquet")


def refused(tmp_path, file, *args):
    done = lf.logflow("convert", file.write(tmp_path / "in.parquet"), "-o",
                      tmp_path / "none.parquet", *args)
    assert not (tmp_path / "none.parquet").exists()
    return done.rc, done.err


@pytest.fixture
def plain(tmp_path):
    return made(tmp_path, pa.table({"a": [1, 2, 3], "b": ["x", None, "z"]}))


VALUES = {"a": [1, 2, 3], "b": ["x", None, "z"]}


def test_metadata_that_is_no_text_is_passed_over(tmp_path, plain):
    pairs = [[[1, th.BINARY, b"number"], [2, th.I64, 7]],
             [[1, th.BINARY, b"true"], [2, th.TRUE, True]], [[1, th.BINARY, b"none"]],
             [[1, th.BINARY, b"text"], [2, th.BINARY, b"kept"]]]
    th.put(plain.footer, 5, th.LIST, (th.STRUCT, pairs))
    assert read(tmp_path, plain).to_pydict() == VALUES


def test_fields_of_drafts_are_passed_over(tmp_path, plain):
    for meta in plain.metas:
        th.put(meta, 15, th.LIST, (th.STRUCT, [[[1, th.I32, 0]]]))
        th.put(meta, 16, th.I32, 5)
    assert read(tmp_path, plain).to_pydict() == VALUES


def test_groups_may_have_a_physical_type(tmp_path, plain):
    th.put(plain.schema[0], 1, th.I32, 2)
    th.put(plain.schema[0], 2, th.I32, 64)
    assert read(tmp_path, plain).to_pydict() == VALUES


def test_groups_without_fields_are_left_out(tmp_path, plain):
    def group(name, n, converted=None):
        g = [[3, th.I32, 1], [4, th.BINARY, name], [5, th.I32, n]]
        return g + ([[6, th.I32, converted]] if converted is not None else [])
    repeated = [[3, th.I32, 2], [4, th.BINARY, b"list"], [5, th.I32, 1]]
    plain.schema[2:2] = [group(b"none", 0), group(b"outer", 2), group(b"x", 0), group(b"y", 0),
                         group(b"l", 1, 3), repeated, group(b"element", 0)]
    th.put(plain.schema[0], 5, th.I32, 5)
    assert read(tmp_path, plain).to_pydict() == VALUES


def test_bits_above_8_and_16_mean_nothing(tmp_path):
    values = [-1, 0, 127, 128, 255, 256, 65535, 65536, -129]
    names = {"u8": 11, "u16": 12, "i8": 15, "i16": 16}
    file = made(tmp_path, pa.table({n: pa.array(values, pa.int32()) for n in names}))
    for element, converted in zip(file.schema[1:], names.values()):
        th.put(element, 6, th.I32, converted)
    signed = lambda v, bits: (v + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)  # noqa: E731
    got = read(tmp_path, file)
    assert got.to_pydict() == {
        "u8": [v % 256 for v in values], "u16": [v % 65536 for v in values],
        "i8": [signed(v, 8) for v in values], "i16": [signed(v, 16) for v in values]}
    assert got.to_pydict() == pq.read_table(tmp_path / "in.parquet").to_pydict()


def test_intervals_are_text(tmp_path):
    raw = [struct.pack("<III", *v) for v in ((0, 0, 0), (14, 0, 0), (1, 2, 500), (0, 3, 2**32 - 1))]
    file = made(tmp_path, pa.table({"i": pa.array([*raw, None], pa.binary(12))}))
    th.put(file.schema[1], 6, th.I32, 21)
    want = ["PT0S", "P14M", "P1M2DT0.5S", "P3DT4294967.295S", None]
    assert read(tmp_path, file).to_pydict() == {"i": want}


def test_int96_of_far_years_wraps_as_spark_writes_it(tmp_path):
    micros = pa.array([0, 253402225200000000], pa.timestamp("us"))
    file = made(tmp_path, pa.table({"t": micros}), use_deprecated_int96_timestamps=True)
    header, body = file.page()
    spark = struct.pack("<qi", -32509551616000, -105862232)   # 290000-12-31 by Spark 3.5
    file.set_page(header, body[:-12] + spark)
    got = read(tmp_path, file)["t"].cast(pa.int64()).to_pylist()
    assert got == [0, 9089380393200000000]


def test_pages_said_not_to_be_compressed_that_are(tmp_path):
    text = ["the same text again and again"] * 1000
    file = made(tmp_path, pa.table({"s": text}), compression="snappy", data_page_version="2.0")
    header, body = file.page()
    v2 = th.get(header, 8)
    assert th.get(header, 3) < th.get(header, 2)
    th.put(v2, 7, th.FALSE, False)
    file.set_page(header, body)
    assert read(tmp_path, file).to_pydict() == {"s": text}


def test_a_checksum_of_zero_is_none(tmp_path, plain):
    header, body = plain.page()
    th.put(header, 4, th.I32, 0)
    plain.set_page(header, body)
    assert read(tmp_path, plain).to_pydict() == VALUES
    th.put(header, 4, th.I32, 1)
    plain.set_page(header, body)
    code, err = refused(tmp_path, plain)
    assert code == 1 and "checksum" in err


@pytest.mark.parametrize("writer, bits", [(b"impala version 2.11.0", 0b00110101),
                                          (b"parquet-mr version 1.0.0", 0b10101100)])
def test_packed_levels_start_at_the_end_that_the_writer_took(tmp_path, writer, bits):
    file = made(tmp_path, pa.table({"n": [1, None, 3, None, 5, 6, None, None]}))
    header, body = file.page()
    th.put(th.get(header, 5), 3, th.I32, 4)
    body = bytes([bits]) + body[-32:]
    th.put(header, 2, th.I32, len(body))
    th.put(header, 3, th.I32, len(body))
    file.set_page(header, body)
    th.put(file.footer, 6, th.BINARY, writer)
    assert read(tmp_path, file).to_pydict() == {"n": [1, None, 3, None, 5, 6, None, None]}


def test_map_keys_declared_optional_are_read_and_null_ones_refused(tmp_path):
    rows = [[("a", 1), ("b", None)], [], None, [("c", 3)]]
    file = made(tmp_path, pa.table({"m": pa.array(rows, pa.map_(pa.string(), pa.int64()))}))
    th.put(file.schema[3], 3, th.I32, 1)
    code, err = refused(tmp_path, file)        # by the levels of the file all keys are null now
    assert code == 1 and "a map has a null key" in err
    header, body = file.page()
    levels = struct.unpack("<I", body[:4])[0] + 4
    n = struct.unpack("<I", body[levels:levels + 4])[0]
    keys = body[levels + 4 + n:]
    defined = b"".join(bytes([2, d]) for d in (3, 3, 1, 0, 3))
    body = body[:levels] + struct.pack("<I", len(defined)) + defined + keys
    th.put(header, 2, th.I32, len(body))
    th.put(header, 3, th.I32, len(body))
    file.set_page(header, body)
    got = read(tmp_path, file)
    assert got["m"].to_pylist() == rows
    assert not got.schema.field("m").type.key_field.nullable


def test_encrypted_files_and_columns_say_so(tmp_path, plain):
    th.put(plain.chunks[1], 8, th.STRUCT, [[1, th.STRUCT, []]])
    code, err = refused(tmp_path, plain)
    assert code == 2 and "LF006" in err and "encrypted" in err and "'b'" in err
    assert "--columns" in err
    assert read(tmp_path, plain, "--columns", "a").to_pydict() == {"a": VALUES["a"]}
    plain.body = b"PARE" + plain.body[4:]
    source = plain.write(tmp_path / "all.parquet", b"PARE")
    for command in (["convert", source, "-o", tmp_path / "none.parquet"], ["inspect", source]):
        done = lf.logflow(*command)
        assert "LF006" in done.err and "the file is encrypted" in done.err
