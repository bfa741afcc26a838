"""Zip archives: one file stands for itself, several for as many inputs; damage, passwords, zip64,
archives that were made by others' rules. Made by Python's zipfile, and bent byte by byte."""
import io
import struct
import zipfile

import lf
import pyarrow.parquet as pq
import pytest

METHODS = {"stored": zipfile.ZIP_STORED, "deflate": zipfile.ZIP_DEFLATED,
           "bzip2": zipfile.ZIP_BZIP2}


def text_of(n, name="a"):
    return "id,name\n" + "".join(f"{i},{name} {i * i % 977}\n" for i in range(n))


def packed(members, method=zipfile.ZIP_DEFLATED, **kw):
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w", method, **kw) as z:
        for name, text in members.items():
            z.writestr(name, text)
    return b.getvalue()


@pytest.fixture
def want(tmp_path):
    lf.convert(lf.write(tmp_path / "plain.csv", text_of(20000)), tmp_path / "plain.parquet")
    return (tmp_path / "plain.parquet").read_bytes()


@pytest.mark.parametrize("method", METHODS)
def test_one_file(method, tmp_path, want):
    src = lf.write(tmp_path / "d.csv.zip", packed({"x/inner.csv": text_of(20000)}, METHODS[method]))
    run = lf.logflow("convert", src, "--explain")
    assert run.rc == lf.DONE, run.err
    assert (tmp_path / "d.parquet").read_bytes() == want  # named after the archive
    assert "zip by its first bytes" in run.err
    lf.convert("-", tmp_path / "pipe.parquet", stdin=src.read_bytes())
    assert (tmp_path / "pipe.parquet").read_bytes() == want
    lf.convert(f"{src}/x/inner.csv", tmp_path / "m.parquet", "--threads", 3)
    assert (tmp_path / "m.parquet").read_bytes() == want
    assert b'"id"' in lf.logflow("inspect", src, "--schema").out


def test_several_files(tmp_path, want):
    members = {"2025/a.csv": text_of(20000), "2026/a.csv": text_of(50), "b.csv": text_of(3),
               "folder/": "", "__MACOSX/._b.csv": "x", ".DS_Store": "x"}
    (tmp_path / "in").mkdir()
    src = lf.write(tmp_path / "in" / "d.zip", packed(members))
    run = lf.logflow("convert", src)
    assert run.rc == lf.DONE, run.err
    assert lf.files_in(tmp_path / "in") == ["2025_a.parquet", "2026_a.parquet", "b.parquet",
                                            "d.zip"]
    assert (tmp_path / "in/2025_a.parquet").read_bytes() == want
    # Outputs are refused before anything is read, as for files.
    run = lf.logflow("convert", src)
    assert run.rc == lf.USAGE and "exists already" in run.err
    # A folder, the union, one of them.
    assert lf.logflow("convert", src, "-o", f"{tmp_path}/out/").rc == lf.DONE
    assert len(lf.files_in(tmp_path / "out")) == 3
    run = lf.convert(src, tmp_path / "all.parquet")
    assert run.report["rows"]["out"] == 20053 and run.report["inputs"] == 3
    run = lf.convert(f"{src}/b.csv", tmp_path / "one.parquet")
    assert run.report["rows"]["out"] == 3
    run = lf.logflow("convert", f"{src}/c.csv", "-o", tmp_path / "no.parquet")
    assert run.rc == lf.IO and "holds no file c.csv" in run.err
    run = lf.logflow("inspect", src)
    assert run.rc != lf.DONE and "holds 3 files" in run.err and "2025/a.csv" in run.err
    run = lf.logflow("convert", src, "-o", src, "--force")
    assert run.rc == lf.USAGE and "is the input" in run.err


def test_names(tmp_path):
    members = {"é/ü.csv": text_of(3), "日本.csv": text_of(4)}
    src = lf.write(tmp_path / "d.zip", packed(members))
    assert lf.logflow("convert", src).rc == lf.DONE
    assert lf.files_in(tmp_path) == ["d.zip", "é_ü.parquet", "日本.parquet"]


def test_escaping_names_stay_inside(tmp_path):
    (tmp_path / "in").mkdir()
    src = lf.write(tmp_path / "in" / "d.zip", packed({"../../evil.csv": text_of(3),
                                                      "/abs.csv": text_of(3)}))
    run = lf.logflow("convert", src)
    assert run.rc == lf.DONE, run.err
    assert lf.files_in(tmp_path / "in") == [".._.._evil.parquet", "_abs.parquet", "d.zip"]


def test_damage(tmp_path):
    whole = packed({"a.csv": text_of(20000)})
    src = tmp_path / "d.zip"
    run = lf.logflow("convert", lf.write(src, whole[:len(whole) // 2]))
    assert run.rc == lf.BAD_DATA and "no directory at its end" in run.err
    broken = bytearray(whole)
    broken[len(whole) // 2] ^= 0x10
    run = lf.logflow("convert", lf.write(src, bytes(broken)), "--max-bad", "100%")
    assert run.rc == lf.BAD_DATA and "d.zip" in run.err and not (tmp_path / "d.parquet").exists()
    # A wrong checksum, or a wrong length, in the directory.
    at = whole.index(b"PK\x01\x02")
    for offset, words in ((16, "checksum is wrong"), (24, "bytes where")):
        broken = bytearray(whole)
        broken[at + offset] ^= 1
        run = lf.logflow("convert", lf.write(src, bytes(broken)))
        assert run.rc == lf.BAD_DATA and words in run.err
        assert not (tmp_path / "d.parquet").exists()
    run = lf.convert(src, tmp_path / "p.parquet", "--on-error", "permissive")
    assert run.report["rows"]["out"] == 20000 and "bytes where" in run.err
    for n in range(0, len(whole), 997):  # anywhere: an error, never a crash
        assert lf.logflow("convert", lf.write(src, whole[:n])).rc == lf.BAD_DATA


def test_what_is_not_read(tmp_path):
    src = tmp_path / "d.zip"
    plain = packed({"a.csv": text_of(10)}, zipfile.ZIP_STORED)
    at = plain.index(b"PK\x01\x02")
    for offset, value, words in ((8, 1, "encrypted"), (10, 9, "method .9.")):
        bent = bytearray(plain)
        struct.pack_into("<H", bent, at + offset, value)
        run = lf.logflow("convert", lf.write(src, bytes(bent)))
        assert run.rc == lf.USAGE and words.replace(".9.", "(9)") in run.err
    run = lf.logflow("convert", lf.write(src, packed({})))
    assert run.rc == lf.BAD_DATA and "holds no files" in run.err
    run = lf.logflow("convert", lf.write(tmp_path / "book.xlsx", packed({
        "[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"})))
    assert run.rc == lf.USAGE and "Office document" in run.err


def test_zip64_and_a_prefix(tmp_path, want):
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w", zipfile.ZIP_DEFLATED) as z:
        with z.open("a.csv", "w", force_zip64=True) as f:
            f.write(text_of(20000).encode())
    whole = bytearray(b.getvalue())
    # As a writer does that never fills the 32-bit fields: all stand in the zip64 records.
    at, end = whole.index(b"PK\x01\x02"), whole.index(b"PK\x05\x06")
    stored, text = struct.unpack_from("<II", whole, at + 20)
    extra = struct.pack("<HHQQQ", 1, 24, text, stored, 0)
    entry = bytearray(whole[at:end])
    struct.pack_into("<II", entry, 20, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<H", entry, 30, len(extra))
    struct.pack_into("<I", entry, 42, 0xFFFFFFFF)
    entry = entry[:46 + 5] + extra
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 1, 1, len(entry), at)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, at + len(entry), 1)
    tail = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 7)
    large = bytes(whole[:at]) + bytes(entry) + record + locator + tail + b"comment"
    src = lf.write(tmp_path / "large.zip", large)
    lf.convert(src, tmp_path / "large.parquet")
    assert (tmp_path / "large.parquet").read_bytes() == want
    # Bytes in front, as of a self-extracting archive: still a zip for those who name it so.
    plain = packed({"a.csv": text_of(20000)})
    src = lf.write(tmp_path / "moved.zip", plain[:4] + plain)
    lf.convert(src, tmp_path / "moved.parquet")
    assert (tmp_path / "moved.parquet").read_bytes() == want


def test_memory_and_speed_of_a_large_member(tmp_path):
    text = text_of(1_000_000)
    src = lf.write(tmp_path / "d.zip", packed({"a.csv": text}))
    run = lf.convert(src, tmp_path / "d.parquet", "--memory-limit", "40MiB")
    assert run.report["rows"]["out"] == 1_000_000
    assert pq.read_metadata(tmp_path / "d.parquet").num_rows == 1_000_000
    assert lf.SANITIZED or run.peak_rss < 40 << 20
