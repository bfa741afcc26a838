"""Texts in other encodings, against Python's codecs; what is proven, what is only proposed, and
what happens to bytes that do not decode."""
import codecs
import gzip
import random
import re
import subprocess
import sys

import lf
import pyarrow.parquet as pq
import pytest

# Our name, Python's codec, where Python's reading differs from ours (with the reason).
CHARSETS = {
    "windows-1250": "cp1250", "windows-1251": "cp1251", "windows-1252": "cp1252",
    "windows-1253": "cp1253", "windows-1254": "cp1254", "windows-1255": "cp1255",
    "windows-1256": "cp1256", "windows-1257": "cp1257", "windows-1258": "cp1258",
    "windows-874": "cp874", "iso-8859-1": "latin-1", "iso-8859-2": "iso8859-2",
    "iso-8859-5": "iso8859-5", "iso-8859-7": "iso8859-7", "iso-8859-9": "iso8859-9",
    "iso-8859-15": "iso8859-15", "koi8-r": "koi8-r", "koi8-u": "koi8-u", "cp437": "cp437",
    "cp850": "cp850", "cp852": "cp852", "cp866": "cp866", "macintosh": "mac-roman",
    "shift_jis": "cp932", "gb18030": "gb18030", "gbk": "gb18030", "big5": "cp950",
    "euc-kr": "cp949", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "utf-32le": "utf-32-le",
    "utf-32be": "utf-32-be",
}
UTF = [n for n in CHARSETS if n.startswith("utf")]
# Single bytes that Shift_JIS and GBK leave open: Python maps them to controls and private use,
# we map 0x80 of GBK to the euro sign, as Windows does.
OPEN = {"shift_jis": {0x80, 0xA0, 0xFD, 0xFE, 0xFF}, "gb18030": {0x80}, "gbk": {0x80}}


def repertoire(name):
    """Every character that the encoding can write, and its bytes, by Python's codec."""
    codec = CHARSETS[name]
    if name.startswith("utf"):
        r = random.Random(7)
        points = [*range(0x20, 0x700), *range(0x2000, 0x2100), 0x20AC, 0xD7FF, 0xE000, 0xFFFD,
                  0x10000, 0x10FFFF, *(r.randrange(0x3000, 0xD7FF) for _ in range(3000)),
                  *(r.randrange(0x10000, 0x10FFFF) for _ in range(300))]
        return [(chr(c), chr(c).encode(codec)) for c in points]
    codes = [bytes([b]) for b in range(0x20, 0x100)]
    if name in ("shift_jis", "gb18030", "gbk", "big5", "euc-kr"):
        codes += [bytes([a, b]) for a in range(0x81, 0xFF) for b in range(0x40, 0xFF)]
    if name == "gb18030":
        r = random.Random(3)
        codes += [bytes([r.randrange(0x81, 0x85), r.randrange(0x30, 0x3A), r.randrange(0x81, 0xFF),
                         r.randrange(0x30, 0x3A)]) for _ in range(4000)]
        codes += [chr(r.randrange(0x10000, 0x110000)).encode(codec) for _ in range(300)]
    out = []
    for raw in codes:
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError:
            continue
        if len(text) == 1 and not (len(raw) == 1 and raw[0] in OPEN.get(name, ())):
            out.append((text, raw))
    return out


def cells(path):
    return pq.read_table(path).column(1).to_pylist()


def convert(src, out, *args, **kw):
    return lf.convert(src, out, "--all-strings", "--header", "yes", "--force", *args, **kw)


@pytest.mark.parametrize("name", CHARSETS)
def test_every_character_reads_as_python_reads_it(name, tmp_path, out):
    codec = CHARSETS[name]
    chars = [(t, raw) for t, raw in repertoire(name) if t not in '",\r\n']
    assert len(chars) > 150
    lines, want = [], []
    for i in range(0, len(chars), 7):
        group = chars[i:i + 7]
        lines.append(f"{i},".encode(codec) + b"".join(r for _, r in group) + "x\n".encode(codec))
        want.append("".join(t for t, _ in group) + "x")
    src = lf.write(tmp_path / "t.csv", "n,text\n".encode(codec) + b"".join(lines))
    run = convert(src, out, "--encoding", name, "--explain")
    assert cells(out) == want
    assert run.report["encoding"] == name and f"encoding: {name} (given)" in run.err
    # The same through a pipe, and on more threads.
    first = out.read_bytes()
    convert("-", out, "--encoding", name, "--threads", 3, stdin=src.read_bytes())
    assert out.read_bytes() == first


@pytest.mark.parametrize("name", CHARSETS)
def test_what_does_not_decode(name, tmp_path, out):
    """Random bytes: a bad row with its place; U+FFFD with --lossy; its neighbours stand."""
    codec = CHARSETS[name]
    r = random.Random(len(name))
    n = 400
    rows, sound = [], []
    for i in range(n):
        body = b"ok".decode().encode(codec)
        if i % 50 == 20:
            wide = 2 if "16" in name[:6] and name in UTF else 4 if name in UTF else 1
            if wide == 1:
                body = bytes(r.choice([*range(0x80, 0x100), 0x41]) for _ in range(6))
            else:
                body = (b"\x00\xd8" if name.endswith("le") else b"\xd8\x00")
                body = body + (b"\0\0" if name.endswith("le") else b"") if wide == 4 else body
                body = b"\0\0" + body if wide == 4 and name.endswith("be") else body
            body += "A".encode(codec)
        try:
            (f"{i},".encode(codec) + body).decode(codec)
            whole = not any(b in OPEN.get(name, ()) for b in body)
        except UnicodeDecodeError:
            whole = False
        sound.append(whole)
        rows.append(f"{i},".encode(codec) + body + "\n".encode(codec))
    src = lf.write(tmp_path / "t.csv", "n,text\n".encode(codec) + b"".join(rows))
    bad = sound.count(False)
    if name in OPEN or bad == 0:  # which bytes are open differs, see OPEN
        run = lf.logflow("convert", src, "-o", out, "--encoding", name, "--max-bad", "100%")
        assert run.rc == lf.DONE
    else:
        run = convert(src, out, "--encoding", name, "--max-bad", "100%")
        assert run.report["rows"]["rejected"] == bad, run.err
        place = sound.index(False)
        assert f"bad row {place + 1} (line {place + 2}," in run.err
        assert name in run.err
        assert pq.read_table(out).column(0).to_pylist() == [str(i) for i in range(n) if sound[i]]
    run = convert(src, out, "--encoding", name, "--lossy")
    assert run.report["rows"]["out"] == n
    got = cells(out)
    assert all(t == "ok" for i, t in enumerate(got) if i % 50 != 20)
    assert all(("\ufffd" in t) != s for t, s in zip(got, sound)) or name in OPEN


@pytest.mark.parametrize("codec,name,how", [
    ("utf-8-sig", "utf-8", "byte order mark"), ("utf-16", "utf-16le", "byte order mark"),
    ("utf-32", "utf-32le", "byte order mark"), ("utf-16-le", "utf-16le", "zero bytes"),
    ("utf-16-be", "utf-16be", "zero bytes"), ("utf-32-le", "utf-32le", "zero bytes"),
    ("utf-32-be", "utf-32be", "zero bytes")])
@pytest.mark.parametrize("text", [
    "id,name\n1,Zoë\n2,Łukasz\n", "a\n1\n", "番号,名前\r\n1,一郎\r\n2,二郎 😀\r\n" * 30])
def test_what_is_proven(codec, name, how, text, tmp_path, out):
    want = lf.write(tmp_path / "plain.csv", text)
    lf.convert(want, tmp_path / "plain.parquet")
    src = lf.write(tmp_path / "t.csv", text.encode(codec))
    run = lf.convert(src, out, "--explain")
    assert out.read_bytes() == (tmp_path / "plain.parquet").read_bytes()
    assert run.report["encoding"] == name
    assert re.search(rf"encoding: {name} \(by .*{how}", run.err), run.err
    lf.convert("-", tmp_path / "p.parquet", stdin=src.read_bytes())
    assert (tmp_path / "p.parquet").read_bytes() == out.read_bytes()
    run = lf.logflow("inspect", src, "--schema")
    assert run.rc == 0 and run.out == lf.logflow("inspect", want, "--schema").out


def test_marks_of_big_endian_text(tmp_path, out):
    for codec, mark, name in (("utf-16-be", codecs.BOM_UTF16_BE, "utf-16be"),
                              ("utf-32-be", codecs.BOM_UTF32_BE, "utf-32be")):
        src = lf.write(tmp_path / "t.csv", mark + "a,b\n1,é\n".encode(codec))
        for args in ((), ("--encoding", name), ("--encoding", name[:6])):
            lf.convert(src, out, "--force", *args)
            assert pq.read_table(out).to_pydict() == {"a": [1], "b": ["é"]}


def test_zero_bytes_do_not_make_utf16(tmp_path, out):
    """A few zero bytes in a UTF-8 text are no proof."""
    src = lf.write(tmp_path / "t.csv", b"a,b\n" + b"1,x\0y\n2,zz\n" * 100)
    run = lf.convert(src, out)
    assert run.report["encoding"] == "utf-8"
    assert pq.read_table(out).column("b").to_pylist()[0] == "x\0y"


PROSE = {
    "windows-1252": "Größe,Straße\nKöln,Müller\nMünchen,Jürgen Groß\nZürich,René Café\n",
    "windows-1250": "imię,miasto\nŁukasz,Łódź\nZbyšek,Plzeň\nŚwiętosława,Częstochowa\n",
    "windows-1251": "имя,город\nАлексей,Москва\nМария,Санкт-Петербург\nИван,Казань\n",
    "koi8-r": "имя,город\nАлексей,Москва\nМария,Санкт-Петербург\nИван,Казань\n",
    "shift_jis": "名前,都市\n山田太郎,東京\nさとう,おおさか\nスズキ,ナゴヤ\n",
    "gb18030": "姓名,城市\n张伟,北京\n王芳,上海市浦东新区\n李娜,广州的天气很好\n",
    "euc-kr": "이름,도시\n김철수,서울\n이영희,부산광역시\n박민수,대구\n",
    "big5": "姓名,城市\n王小明,臺北市\n陳美麗,高雄的天氣很好\n林志玲,臺中\n",
}


@pytest.mark.parametrize("name", PROSE)
def test_legacy_text_is_proposed_not_guessed(name, tmp_path, out):
    text = PROSE[name]
    src = lf.write(tmp_path / "t.csv", (text + text * 20).encode(CHARSETS[name]))
    run = lf.logflow("convert", src, "-o", out)
    assert run.rc == lf.BAD_DATA and not out.exists()
    proposed = re.search(r"--encoding (.*)", run.err)
    assert proposed and name in proposed[1], run.err
    if name != "windows-1250":  # of Latin texts either may come first
        assert proposed[1].startswith(name), run.err
    lf.convert(src, out, "--encoding", name)
    rows = [line.split(",") for line in text.splitlines()]
    assert list(pq.read_table(out).to_pydict()) == rows[0]
    assert pq.read_table(out).column(1).to_pylist()[:3] == [r[1] for r in rows[1:]]


def test_names(tmp_path, out):
    src = lf.write(tmp_path / "t.csv", "a,b\n1,é\n".encode("cp1252"))
    for alias in ("cp1252", "Windows-1252", "WINDOWS_1252", "latin1", "ISO-8859-1", "l1", "ansi"):
        lf.convert(src, out, "--force", "--encoding", alias)
        assert pq.read_table(out).column("b").to_pylist() == ["é"]
    for wrong, near in (("windows1253x", "windows-1253"), ("shiftjis2", "shift_jis"),
                        ("utf-61", "utf-16"), ("eur-kr", "euc-kr")):
        run = lf.logflow("convert", src, "-o", out, "--encoding", wrong, "--force")
        assert run.rc == lf.USAGE and f"did you mean '{near}'" in run.err, run.err
    run = lf.logflow("convert", src, "-o", out, "--encoding", "qqqqqqqqqq", "--force")
    assert run.rc == lf.USAGE and "windows-1250" in run.err


def test_lossy_utf8(tmp_path, out):
    """As Python's errors="replace": one U+FFFD for the longest beginning of a sequence."""
    bad = [b"\xff", b"\xc3", b"a\xe2\x82", b"\xf0\x9f\x98z", b"\xed\xa0\x80", b"\xc0\xaf", b"\x80"]
    src = lf.write(tmp_path / "t.csv", b"n,text\n" + b"".join(b"1,%s\n" % b for b in bad))
    convert(src, out, "--lossy")
    assert cells(out) == [b.decode("utf-8", "replace") for b in bad]


def test_compressed_and_encoded(tmp_path, out):
    import gzip
    text = "id,name\n" + "".join(f"{i},naïve – {i}\n" for i in range(20000))
    lf.convert(lf.write(tmp_path / "p.csv", text), tmp_path / "p.parquet")
    for codec, args in (("utf-16", ()), ("cp1252", ("--encoding", "cp1252"))):
        src = lf.write(tmp_path / "t.csv.gz", gzip.compress(text.encode(codec)))
        lf.convert(src, out, "--force", *args)
        assert out.read_bytes() == (tmp_path / "p.parquet").read_bytes()


def test_the_tables_are_those_of_the_codecs():
    """tools/make_charsets.py writes what is committed."""
    tool = lf.ROOT / "tools/make_charsets.py"
    assert subprocess.run([sys.executable, tool, "--check"]).returncode == 0


# --- places in the file's own bytes ---

LETTERS = {"windows-1252": "abcü€ñ", "koi8-r": "abвгд", "shift_jis": "abｱｲ漢字", "gb18030": "ab漢😀ßü",
           "gbk": "ab汉字", "big5": "ab漢字", "euc-kr": "ab한글", "utf-16le": "abüñ漢😀",
           "utf-16be": "abcdefghij", "utf-32le": "abü漢😀", "utf-32be": "ab漢"}
MARKS = {"utf-16le": codecs.BOM_UTF16_LE, "utf-32be": codecs.BOM_UTF32_BE}


def with_bad_rows(name, rows):
    """A table in the encoding, and where its bad rows begin, in its bytes."""
    r = random.Random(name)
    data = bytearray(MARKS.get(name, b""))
    at, codec = [], CHARSETS[name]
    data += "id,name,note\n".encode(codec)
    for i in range(rows):
        text = "".join(r.choice(LETTERS[name]) for _ in range(r.randrange(12)))
        bad = i > 30 and r.random() < 0.005
        if bad:
            at.append(len(data))
        data += f"{i},{text},{'x,y' if bad else 'k'}\n".encode(codec)
    assert len(at) > 5
    return bytes(data), at


def offsets(path):
    return [r["byte_offset"] for r in lf.rejects(path)]


@pytest.mark.parametrize("how", ["file", "pipe", "gzip"])
@pytest.mark.parametrize("name", LETTERS)
def test_offsets_of_bad_rows_are_those_of_the_files_bytes(tmp_path, name, how):
    data, at = with_bad_rows(name, 6000)
    src = tmp_path / "a.csv"
    src.write_bytes(gzip.compress(data, 1) if how == "gzip" else data)
    out = tmp_path / "a.parquet"
    with open(src, "rb") as f:
        run = lf.logflow("convert", "-" if how == "pipe" else src, "-o", out, "--encoding", name,
                         "--threads", "2", stdin=f if how == "pipe" else None)
    assert run.rc == 0, run.err
    assert offsets(out) == at
    if how == "file":
        assert lf.logflow("verify", src, out, "--encoding", name).rc == 0


def test_offsets_are_counted_over_blocks(tmp_path):
    for name in ("utf-16le", "shift_jis"):
        data, at = with_bad_rows(name, 130000)
        src, out = tmp_path / f"{name}.csv", tmp_path / f"{name}.parquet"
        src.write_bytes(data)
        run = lf.logflow("convert", src, "-o", out, "--encoding", name, "--threads", "3",
                         "--row-group-size", "1MiB")
        assert run.rc == 0, run.err
        assert pq.ParquetFile(out).num_row_groups > 1
        assert offsets(out) == at


def test_the_offset_of_a_row_that_goes_by_in_pieces(tmp_path):
    """A quote that never closes, and a row over the limit: read past, or read twice."""
    rows = ["id,name\n", *(f"{i},ü{'ä' * (i % 7)}\n" for i in range(9000))]
    rows[2000] = 'x,"öpen never closes\n'
    rows[4000] = '9,"' + "größe " * 900000 + '"\n'
    rows[6000] = "a,b,ç,d\n"
    rows[8000] = 'z,"öpen\n'
    for name in ("utf-16le", "windows-1252"):
        src, out = tmp_path / f"{name}.csv", tmp_path / f"{name}.parquet"
        src.write_bytes("".join(rows).encode(CHARSETS[name]))
        run = lf.logflow("convert", src, "-o", out, "--encoding", name, "--memory-limit", "16MiB")
        assert run.rc == 0, run.err
        size = 2 if name == "utf-16le" else 1
        assert offsets(out) == [size * len("".join(rows[:i])) for i in (2000, 4000, 6000, 8000)]


def test_errors_tell_the_offset_in_the_files_bytes(tmp_path):
    src = tmp_path / "a.csv"
    src.write_bytes(codecs.BOM_UTF16_LE + "id,n\n1,ü\n2,漢\n3,x,y\n".encode("utf-16-le"))
    run = lf.logflow("convert", src, "-o", tmp_path / "a.parquet", "--on-error", "strict")
    assert run.rc == 1 and "byte 28" in run.err, run.err
    json_src = tmp_path / "a.jsonl"
    json_src.write_bytes('{"a":"ü"}\n{"a":"€"}\n{"a":\n'.encode("cp1252"))
    run = lf.logflow("convert", json_src, "-o", tmp_path / "b.parquet", "--encoding", "cp1252",
                     "--on-error", "strict")
    assert run.rc == 1 and "byte 20" in run.err, run.err


def test_offsets_of_several_inputs_count_in_each(tmp_path):
    want = []
    for n in ("a", "b", "c"):
        text = f"id,n\n{n * 3},ü\n2,漢\n3,x,y\n4,z\n"
        (tmp_path / f"{n}.csv").write_bytes(codecs.BOM_UTF16_LE + text.encode("utf-16-le"))
        want.append(2 + 2 * text.index("3,x"))
    out = tmp_path / "all.parquet"
    run = lf.logflow("convert", *(tmp_path / f"{n}.csv" for n in "abc"), "-o", out)
    assert run.rc == 0, run.err
    assert offsets(out) == want
