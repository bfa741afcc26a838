"""A million rows, one in two hundred damaged in one of ten ways: nothing good is lost, every byte
is accounted for, and the file of rejects is the same however the input was read."""
import base64
import random

import lf
import pyarrow.parquet as pq
import pytest

ROWS = 1_000_000
BAD_SHARE = 0.005
HEAD = b"id,name,qty,price,day,note\n"
OPTIONS = ["--type", "qty=int64", "--memory-limit", "16MiB", "--max-bad", "1%"]
OVERSIZED = 4 << 20  # a quarter of the limit


def good_row(r, i):
    note = ("", "plain", '"a, b"', '"say ""hi"""', '"two\nlines"')[r.randrange(5)]
    day = f"2026-0{1 + i % 9}-1{i % 9}"
    return f"{i},name {i % 977},{i % 50},{i % 1000 / 8},{day},{note}\n".encode()


def short(r, i):
    return b"%d,7.25,2026-01-02,x\n" % i


def long(r, i):
    return b"%d,n,7,7.25,2026-01-02,x,surplus,%d\n" % (i, i)


def open_quote(r, i):
    return b'%d,n,7,7.25,2026-01-02,"never closed\n' % i


def text_after_quote(r, i):
    return b'%d,n,7,7.25,2026-01-02,"closed" and on\n' % i


def bad_utf8(r, i):
    return b"%d,caf\xe9 \xff,7,7.25,2026-01-02,x\n" % i


def nul(r, i):
    return b"%d,n,\x007\x00,7.25,2026-01-02,x\n" % i


def misfit(r, i):
    return b"%d,n,seven,7.25,2026-01-02,x\n" % i


def stray_quote(r, i):
    return b'%d,5" disk,7 "x",7.25,2026-01-02,x\n' % i


def carriage_returns(r, i):
    return b"%d,n\r,7\r,7.25,2026-01-02,x\r\r\n" % i


def oversized(r, i):
    cell = b"0123456789abcdef" * (OVERSIZED // 16 + r.randrange(9))
    return b"%d,%s,7,7.25,2026-01-02,x\n" % (i, cell)


KINDS = [short, long, open_quote, text_after_quote, bad_utf8, nul, misfit, stray_quote,
         carriage_returns]
# Damage that leaves a row readable: its text is kept as it stands.
KEPT = {text_after_quote}


class Input:
    def __init__(self, path):
        r = random.Random(20260308)
        self.path, self.good, self.damaged = path, set(), {}
        giants = {ROWS // 3, ROWS // 2, ROWS - 5}
        with open(path, "wb") as f:
            f.write(HEAD)
            for i in range(ROWS):
                if i in giants:
                    kind = oversized
                elif i > 100 and r.random() < BAD_SHARE:
                    kind = r.choice(KINDS)
                else:
                    f.write(good_row(r, i))
                    self.good.add(i)
                    continue
                f.write(kind(r, i))
                self.damaged[i] = kind


@pytest.fixture(scope="module")
def dirty(tmp_path_factory):
    return Input(tmp_path_factory.mktemp("dirty") / "dirty.csv")


@pytest.fixture(scope="module")
def kept(dirty):
    """The conversion that the tests look at: two threads, from the file."""
    out = dirty.path.parent / "out.parquet"
    run = lf.convert(dirty.path, out, *OPTIONS, "--threads", "2")
    return run, out, lf.rejects(out)


def raw_of(reject):
    return base64.b64decode(reject["raw_base64"]) if "raw_base64" in reject else \
        reject["raw"].encode()


def ids_of(out):
    return pq.read_table(out, columns=["id"]).column("id").to_pylist()


def test_permissive_keeps_the_good_rows(dirty, tmp_path, out):
    run = lf.convert(dirty.path, out, *OPTIONS, "--on-error", "permissive")
    assert lf.SANITIZED or run.peak_rss < (16 << 20)
    assert lf.files_in(tmp_path) == ["out.parquet"]
    lost = dirty.good - set(ids_of(out))
    assert len(lost) < len(dirty.good) * 0.001, sorted(lost)[:10]


@pytest.mark.parametrize("cell", [
    "0123456789\u00e9\u20ac\U0001f600\"\\\t" * 400_000, "x" * (5 << 20),
    b"caf\xe9 \x00" * 1_000_000, b"x" * (5 << 20) + b"\xe2\x82"])
def test_an_oversized_row_is_kept_whole(cell, tmp_path, out):
    cell = cell if isinstance(cell, bytes) else cell.encode()
    rows = b"".join(b"%d,x%d\n" % (i, i) for i in range(1000))
    src = lf.write(tmp_path / "in.csv", b"a,b\n" + rows + b"1000," + cell + b"\n" + rows)
    run = lf.convert(src, out, "--memory-limit", "16MiB")
    (bad,) = lf.rejects(out)
    assert (bad["name"], bad["row"], bad["line"]) == ("RECORD_TOO_BIG", 1001, 1002)
    assert raw_of(bad) == b"1000," + cell
    assert lf.SANITIZED or run.peak_rss < 16 << 20
    assert run.report["rows"] == {"in": 2001, "out": 2000, "rejected": 1, "filtered": 0,
                                  "padded": 0}


def test_no_good_row_is_lost_and_no_bad_one_kept(dirty, kept):
    run, out, rejects = kept
    ids = set(ids_of(out))
    lost, won = dirty.good - ids, ids - dirty.good
    assert len(lost) < len(dirty.good) * 0.0001, sorted(lost)[:10]
    assert {dirty.damaged[i] for i in won} <= KEPT
    assert len(rejects) == run.report["rows"]["rejected"]
    assert lf.SANITIZED or run.peak_rss < 16 << 20
    assert {r["name"] for r in rejects} == {
        "ROW_WIDTH", "QUOTE_OPEN", "BAD_UTF8", "TYPE_MISFIT", "RECORD_TOO_BIG"}


def test_every_byte_is_in_the_output_or_in_a_reject(dirty, kept, tmp_path):
    """Cut out what the rejects say they are: what is left converts strictly to the same table."""
    _, out, rejects = kept
    data, rest, at, line = dirty.path.read_bytes(), [], 0, 1
    for r in rejects:
        raw, start = raw_of(r), r["byte_offset"]
        assert data[start:start + len(raw)] == raw, r["row"]
        line += data.count(b"\n", at, start)
        assert start >= at and r["line"] == line
        end = start + len(raw)
        while data[end:end + 1] == b"\r":
            end += 1
        assert data[end:end + 1] == b"\n", r["row"]
        rest.append(data[at:start])
        at, line = end + 1, line + raw.count(b"\n") + 1
    rest.append(data[at:])
    clean = lf.write(tmp_path / "clean.csv", b"".join(rest))
    lf.convert(clean, tmp_path / "clean.parquet", *OPTIONS[:4], "--on-error", "strict")
    assert pq.read_table(tmp_path / "clean.parquet").equals(pq.read_table(out))


@pytest.mark.parametrize("threads", [1, 7])
def test_rejects_do_not_depend_on_threads(threads, dirty, kept, out):
    lf.convert(dirty.path, out, *OPTIONS, "--threads", threads)
    same(out, kept[1])


def test_rejects_of_a_pipe_are_those_of_the_file(dirty, kept, out):
    with open(dirty.path, "rb") as f:
        lf.convert("-", out, *OPTIONS, stdin=f)
    assert out.read_bytes() == kept[1].read_bytes()
    named = [dict(r, input=str(dirty.path)) for r in lf.rejects(out)]
    assert named == kept[2]


def same(out, other):
    assert out.read_bytes() == other.read_bytes()
    a, b = (open(f"{p}.rejects.jsonl", "rb").read() for p in (out, other))
    assert a == b
