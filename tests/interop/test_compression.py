"""Compressed inputs: every format by its first bytes, the same bytes out as from plain text;
damage, memory and names. Compressed by Python's own modules and pyarrow."""
import bz2
import gzip
import lzma
import random
import re
import struct
import zlib

import lf
import pyarrow as pa
import pyarrow.parquet as pq
import pytest


def crc32c(data):
    crc = 0xFFFFFFFF
    for b in data:
        crc ^= b
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def snappy_framed(text, step=5000):
    """The framing format, with stored and compressed chunks in turn."""
    out = bytearray(b"\xff\x06\x00\x00sNaPpY")
    for i, at in enumerate(range(0, len(text), step)):
        piece = text[at:at + step]
        crc = crc32c(piece)
        masked = (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
        body = piece if i % 2 else pa.compress(piece, codec="snappy", asbytes=True)
        body = struct.pack("<I", masked) + body
        out += bytes([i % 2]) + struct.pack("<I", len(body))[:3] + body
    return bytes(out)


def halves(pack):
    """Two members, frames or streams, as `cat a b` leaves them."""
    def make(text):
        at = text.index(b"\n", len(text) // 2) - 1  # inside a row
        return pack(text[:at]) + pack(text[at:])
    return make


def arrow(codec):
    return lambda text: pa.compress(text, codec=codec, asbytes=True)


PACK = {
    "gzip": (".gz", halves(gzip.compress)),
    "zstd": (".zst", halves(arrow("zstd"))),
    "bzip2": (".bz2", halves(bz2.compress)),
    "xz": (".xz", lambda t: lzma.compress(t[:7000]) + bytes(8) + lzma.compress(t[7000:])),
    "lz4": (".lz4", halves(arrow("lz4"))),
    "snappy": (".sz", halves(snappy_framed)),
}


def text_of(rows, seed=3):
    r = random.Random(seed)
    lines = [f'{i},{r.random():.6f},"note {r.randrange(10**6)}, no {i}"\n' for i in range(rows)]
    return ("id,x,note\n" + "".join(lines)).encode()


@pytest.mark.parametrize("kind", PACK)
def test_the_same_bytes_as_from_plain_text(kind, tmp_path):
    suffix, pack = PACK[kind]
    text = text_of(6000 if kind == "snappy" else 30000)
    plain = lf.write(tmp_path / "t.csv", text)
    lf.convert(plain, tmp_path / "plain.parquet")
    want = (tmp_path / "plain.parquet").read_bytes()
    packed = lf.write(tmp_path / f"d.csv{suffix}", pack(text))
    for threads in (1, 2, 7):
        out = tmp_path / f"{threads}.parquet"
        run = lf.convert(packed, out, "--threads", threads, "--explain")
        assert out.read_bytes() == want
        assert f"{kind} by its first bytes" in run.err
        assert run.report["bytes"]["text"] == len(text)
        assert run.report["bytes"]["in"] == len(packed.read_bytes())
    # Through a pipe, and under a name that says nothing.
    lf.convert("-", tmp_path / "pipe.parquet", stdin=packed.read_bytes())
    assert (tmp_path / "pipe.parquet").read_bytes() == want
    lf.convert(lf.write(tmp_path / "odd.csv", pack(text)), tmp_path / "odd.parquet")
    assert (tmp_path / "odd.parquet").read_bytes() == want
    # The suffix is no part of the output's name.
    assert lf.logflow("convert", packed).rc == lf.DONE
    assert (tmp_path / "d.parquet").read_bytes() == want


def bgzf(text, step=20000):
    """What bgzip writes: members that tell their length, and one without text at the end."""
    out = bytearray()
    for at in [*range(0, len(text), step), len(text)]:
        piece = text[at:at + step]
        deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        body = deflate.compress(piece) + deflate.flush()
        out += b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0"
        out += struct.pack("<H", len(body) + 25) + body
        out += struct.pack("<II", zlib.crc32(piece), len(piece))
    return bytes(out)


def zstd_frames(text, step=100000):
    return b"".join(arrow("zstd")(text[at:at + step]) for at in range(0, len(text), step))


PIECES = {"gzip": (".gz", bgzf), "zstd": (".zst", zstd_frames)}
BLOCKS = ("--row-group-size", "128KiB")  # many blocks, so that many places are read at once


@pytest.mark.parametrize("kind", PIECES)
def test_independent_pieces_are_read_side_by_side(kind, tmp_path):
    suffix, pack = PIECES[kind]
    text = text_of(60000)
    lf.convert(lf.write(tmp_path / "t.csv", text), tmp_path / "plain.parquet", *BLOCKS)
    want = (tmp_path / "plain.parquet").read_bytes()
    packed = lf.write(tmp_path / f"d.csv{suffix}", pack(text))
    for threads in (1, 2, 7):
        run = lf.convert(packed, tmp_path / "d.parquet", *BLOCKS, "--threads", threads,
                         "--explain", "--force")
        assert (tmp_path / "d.parquet").read_bytes() == want
        assert f"{kind} by its first bytes" in run.err and "read once" not in run.err
        assert run.report["bytes"]["text"] == len(text)
        assert run.report["bytes"]["in"] == len(packed.read_bytes())
    lf.convert("-", tmp_path / "pipe.parquet", *BLOCKS, stdin=packed.read_bytes())
    assert (tmp_path / "pipe.parquet").read_bytes() == want
    lf.convert(packed, tmp_path / "full.parquet", *BLOCKS, "--infer", "full")
    assert pq.read_table(tmp_path / "full.parquet").equals(pq.read_table(tmp_path / "d.parquet"))
    # Several inputs are read in order, one after the other.
    lf.logflow("convert", packed, packed, "-o", tmp_path / "two.parquet")
    assert pq.read_metadata(tmp_path / "two.parquet").num_rows == 120000


@pytest.mark.parametrize("kind", PIECES)
def test_pieces_with_something_else_behind_them(kind, tmp_path):
    """The same as through a pipe, which is read in order: text, rows kept, and what is said."""
    suffix, pack = PIECES[kind]
    text, more = text_of(20000), text_of(3000, seed=9).split(b"\n", 1)[1]
    whole = pack(text)
    r = random.Random(11)
    cases = {"member": whole + PACK[kind][1](more), "zeros": whole + bytes(700),
             "junk": whole + b"text" * 300, "cut": whole[:-40],
             "member, then an end": whole + PACK[kind][1](more) + bgzf(b"")}
    for i in range(3):
        at = r.randrange(len(whole))
        cases[f"flip {at}"] = whole[:at] + bytes([whole[at] ^ 1 << i]) + whole[at + 1:]
        cases[f"hole {at}"] = whole[:at] + whole[at + 1 + i * 400:]
    for name, data in cases.items():
        packed = lf.write(tmp_path / f"d.csv{suffix}", data)
        for policy in ("quarantine", "permissive"):
            args = (*BLOCKS, "--threads", 3, "--on-error", policy, "--force")
            outcomes = []
            for src, stdin in ((packed, None), ("-", data)):
                out = tmp_path / "out.parquet"
                out.unlink(missing_ok=True)
                run = lf.logflow("convert", src, "-o", out, *args, stdin=stdin)
                told = r"the \w+ data is corrupt|ends in the middle|come bytes that"
                what = re.search(told, run.err)
                outcomes.append((run.rc, out.exists() and out.read_bytes(), what and what[0]))
            assert outcomes[0] == outcomes[1], name


@pytest.mark.parametrize("kind", PACK)
def test_a_stream_that_was_cut(kind, tmp_path):
    suffix, pack = PACK[kind]
    text = text_of(8000)
    whole = pack(text)
    out = tmp_path / "d.parquet"
    cut = len(whole) * 3 // 4
    src = lf.write(tmp_path / f"d.csv{suffix}", whole[:cut])
    run = lf.logflow("convert", src)
    assert run.rc == lf.BAD_DATA, run.err
    assert src.name in run.err and f"the {kind} data ends in the middle" in run.err
    assert re.search(rf"at byte {cut} of the file, byte \d+ of its text", run.err)
    assert not out.exists()
    run = lf.convert(src, out, "--on-error", "permissive")
    kept = run.report["rows"]["out"]
    assert 0 < kept < 8000 and run.report["rows"]["rejected"] <= 1
    assert any("the rest is lost" in w and f"the {kind} data" in w for w in run.report["warnings"])
    # What is kept is whole rows from the start.
    first = lf.write(tmp_path / "first.csv", b"".join(text.splitlines(True)[:kept + 1]))
    lf.convert(first, tmp_path / "first.parquet")
    assert pq.read_table(out).equals(pq.read_table(tmp_path / "first.parquet"))


@pytest.mark.parametrize("kind", PACK)
def test_a_stream_that_was_damaged(kind, tmp_path):
    """Formats without checksums may give garbage before they notice; never a file in silence."""
    suffix, pack = PACK[kind]
    whole = pack(text_of(8000))
    cut = len(whole) * 3 // 4
    src = tmp_path / f"d.csv{suffix}"
    lf.write(src, whole[:cut] + bytes(b ^ 0x55 for b in whole[cut:cut + 40]) + whole[cut + 40:])
    run = lf.logflow("convert", src, "--max-bad", "100%")
    if kind != "lz4":
        assert run.rc == lf.BAD_DATA and f"the {kind} data is corrupt" in run.err
        assert "of the file, byte " in run.err and not (tmp_path / "d.parquet").exists()
    assert lf.logflow("convert", src, "--on-error", "permissive", "--force").rc in (0, 1)


def test_nothing_readable(tmp_path):
    src = lf.write(tmp_path / "d.csv.bz2", bz2.compress(text_of(9000))[:3000])
    for policy in ("quarantine", "permissive"):
        run = lf.logflow("convert", src, "--on-error", policy)
        assert run.rc == lf.BAD_DATA and "ends in the middle" in run.err
    assert lf.files_in(tmp_path) == ["d.csv.bz2"]


def test_junk_behind_the_end(tmp_path):
    for kind, (suffix, pack) in PACK.items():
        src = lf.write(tmp_path / f"d.csv{suffix}", pack(text_of(50)) + b"more text\n")
        run = lf.logflow("convert", src)
        assert run.rc == lf.BAD_DATA, kind
        assert "of the file" in run.err


def test_a_window_above_the_limit(tmp_path):
    text = text_of(100)
    src = lf.write(tmp_path / "d.csv.xz", lzma.compress(text, preset=9))  # 64 MiB
    run = lf.logflow("convert", src, "--memory-limit", "40MiB")
    enough = re.search(r"--memory-limit (\d+MiB) would do", run.err)
    assert run.rc == lf.LIMIT and enough, run.err
    assert not (tmp_path / "d.parquet").exists()
    lf.convert(src, tmp_path / "d.parquet", "--memory-limit", enough[1])
    lf.convert(src, tmp_path / "e.parquet")  # the default takes `xz -9`


def test_a_bomb_takes_time_not_memory(tmp_path):
    text = b"a,b\n" + b"1,2\n" * 4_000_000
    for suffix, pack in ((".bz2", bz2.compress), (".zst", arrow("zstd"))):
        src = lf.write(tmp_path / f"b.csv{suffix}", pack(text))
        assert src.stat().st_size < 100_000
        run = lf.convert(src, tmp_path / "b.parquet", "--memory-limit", "40MiB", "--force")
        assert run.report["rows"]["out"] == 4_000_000
        assert lf.SANITIZED or run.peak_rss < 40 << 20
