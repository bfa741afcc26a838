"""Arrow IPC files and streams, out and in, held against pyarrow and Polars."""
import io
import json

import lf
import polars as pl
import pyarrow as pa
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
