"""lf_open_stream through the C data interface: what pyarrow takes over equals the Parquet file."""
import ctypes
import gzip
import os
import random

import lf
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.skipif(lf.SANITIZED, reason="a sanitized library needs a sanitized "
                                "interpreter")
LIB = lf.BUILD / "lib/liblogflow.so"


class Option(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("value", ctypes.c_char_p)]


class Options(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("options", ctypes.POINTER(Option)),
                ("n_options", ctypes.c_size_t), ("overwrite", ctypes.c_bool),
                ("alloc", ctypes.c_void_p), ("progress", ctypes.c_void_p),
                ("progress_ctx", ctypes.c_void_p), ("cancel", ctypes.c_void_p)]


class Stream(ctypes.Structure):
    _fields_ = [("pointers", ctypes.c_void_p * 5)]


class Failed(Exception):
    pass


@pytest.fixture(scope="module")
def library():
    if not LIB.exists():
        pytest.fail(f"{LIB} is not built")
    return ctypes.CDLL(str(LIB))


@pytest.fixture
def read(library):
    def read(path, **options):
        pairs = [(k.replace("_", "-").encode(), str(v).encode()) for k, v in options.items()]
        o = Options(ctypes.sizeof(Options), (Option * len(pairs))(*pairs), len(pairs))
        s, err = Stream(), ctypes.create_string_buffer(4096)
        paths = (ctypes.c_char_p * 1)(os.fsencode(path))
        rc = library.lf_open_stream(paths, 1, ctypes.byref(o), ctypes.byref(s), err)
        if rc:
            raise Failed(rc)
        return pa.RecordBatchReader._import_from_c(ctypes.addressof(s))
    return read


@pytest.fixture
def mixed(tmp_path):
    """A file with a column of each type, nulls in all, and one that widens late."""
    r = random.Random(5)
    path = tmp_path / "mixed.csv"
    n = 60_000
    with open(path, "w") as f:
        f.write("i,u,d,dec,b,day,t,ts,z,s,late,none\n")
        for k in range(n):
            cells = [str(r.randrange(-10**6, 10**6)), str(2**63 + r.randrange(2**60)),
                     f"{r.random() * 1e4:.3f}", f"{r.randrange(10**20)}.{r.randrange(100):02d}",
                     r.choice(["true", "false"]),
                     f"20{r.randrange(10, 99)}-0{r.randrange(1, 9)}-11", f"0{r.randrange(9)}:30:00",
                     f"2026-01-0{r.randrange(1, 9)} 10:00:0{k % 10}",
                     f"2026-01-0{r.randrange(1, 9)}T10:00:00Z", "é" * r.randrange(40),
                     "x" if k == n - 5 else str(k), ""]
            f.write(",".join("" if r.random() < 0.1 and i != 10 else c
                             for i, c in enumerate(cells)) + "\n")
    return path


def test_equals_the_parquet_file(read, mixed, out):
    lf.convert(mixed, out)
    expected = pq.read_table(out)
    for size in ("8MiB", "64KiB"):
        reader = read(mixed, row_group_size=size)
        got = reader.read_all()
        got.validate(full=True)
        assert got.schema.types == expected.schema.types
        assert got.equals(expected.replace_schema_metadata(None)), size
    assert got.column("late").type == pa.string()


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_any_thread_count(read, data, threads):
    src = data.flights(1)
    one = read(src, null="NA", threads=1, row_group_size="1MiB").read_all()
    got = read(src, null="NA", threads=threads, row_group_size="1MiB").read_all()
    assert got.equals(one)
    assert [len(c) for c in got.column(0).chunks] == [len(c) for c in one.column(0).chunks]


def test_compressed_inputs_are_spooled(read, mixed, tmp_path):
    packed = tmp_path / "mixed.csv.gz"
    packed.write_bytes(gzip.compress(mixed.read_bytes()))
    assert read(packed).read_all().equals(read(mixed).read_all())


def test_a_reader_that_is_dropped_ends_the_work(read, data):
    reader = read(data.flights(1), null="NA", row_group_size="64KiB")
    first = reader.read_next_batch()
    reader.close()
    assert first.num_rows > 0 and first.validate(full=True) is None


def test_batches_outlive_the_stream(read, mixed):
    batch = read(mixed, row_group_size="64KiB").read_next_batch()
    assert batch.num_rows > 0
    batch.validate(full=True)
    del batch


def test_header_only(read, tmp_path):
    path = tmp_path / "h.csv"
    path.write_text("a,b\n")
    got = read(path).read_all()
    assert got.num_rows == 0 and got.column_names == ["a", "b"]


@pytest.mark.parametrize("text, options", [
    ("", {}), (None, {}), ("a\n1\n", {"no-such": 1}), ("a\n1\n", {"threads": "many"})])
def test_refused_at_opening(read, tmp_path, text, options):
    path = tmp_path / "x.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(Failed):
        read(path, **options)


def test_too_many_bad_rows_end_the_stream_with_an_error(read, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("a,b\n" + "1,2\n" * 100 + "1,2,3,4\n" * 50)
    with pytest.raises(Exception, match="TOO_MANY_BAD"):
        read(path).read_all()


def test_without_a_spool_a_pipe_ends_at_the_misfit(read, tmp_path):
    good = "".join(f"{i},x\n" for i in range(200_000))
    for name, text in (("good", good), ("late", good + "N/A-7,y\n")):
        packed = tmp_path / f"{name}.csv.gz"
        packed.write_bytes(gzip.compress(("n,s\n" + text).encode()))
    assert read(tmp_path / "good.csv.gz", spool="no").read_all().num_rows == 200_000
    with pytest.raises(Exception, match="TYPE_CHANGED"):
        read(tmp_path / "late.csv.gz", spool="no").read_all()
    got = read(tmp_path / "late.csv.gz").read_all()
    assert got.num_rows == 200_001 and got.column("n")[-1].as_py() == "N/A-7"


def test_parquet_and_arrow_as_inputs(read, tmp_path):
    n = 100_000
    t = pa.table({"i": pa.array(range(n)), "s": [f"v{i}" if i % 5 else None for i in range(n)],
                  "b": [b"\xff%d" % (i % 9) for i in range(n)],
                  "l": [list(range(i % 4)) for i in range(n)]})
    pq.write_table(t, tmp_path / "in.parquet")
    with pa.ipc.new_stream(tmp_path / "in.arrows", t.schema) as w:
        w.write_table(t)
    for name in ("in.parquet", "in.arrows"):
        got = read(tmp_path / name).read_all()
        got.validate(full=True)
        assert got.schema.field("b").type == pa.binary()
        assert got.to_pylist() == t.to_pylist()
        some = read(tmp_path / name, columns="l,i", limit=10).read_all()
        assert some.to_pylist() == t.select(["l", "i"]).slice(0, 10).to_pylist()
    with pytest.raises(Failed):
        read(tmp_path / "in.parquet", columns="none")


def test_a_damaged_arrow_file_ends_the_stream(read, tmp_path):
    t = pa.table({"i": range(1000)})
    with pa.ipc.new_stream(tmp_path / "in.arrows", t.schema) as w:
        w.write_table(t, max_chunksize=100)
    whole = (tmp_path / "in.arrows").read_bytes()
    (tmp_path / "in.arrows").write_bytes(whole[:-400])
    with pytest.raises((pa.ArrowInvalid, OSError), match="ends in the middle"):
        read(tmp_path / "in.arrows").read_all()
