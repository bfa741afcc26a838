"""Records over a quarter of the limit, and quotes that stay open for as long: one bad row each, in
constant memory, whatever the threads and wherever the text comes from."""
import hashlib
import itertools

import lf
import pytest

MIB = 1024 * 1024
CAP = 4 * MIB  # a quarter of 16 MiB
WAYS = list(itertools.product(["file", "pipe"], [1, 2, 7]))


def rows(first, n, quoted=False):
    word = '"word, %d"' if quoted else "word %d"
    return "".join(f"{i},{word % i},{i * 7}\n" for i in range(first, first + n)).encode()


def giant(size):
    """A record of `size` bytes, its line feed included, whose text looks like rows."""
    line = b'17,""quoted, and more"",119\n18,,\n'
    body = (line * (size // len(line) + 1))[:size - 10]
    if body.count(b'"') % 2:
        body = body[:-1].rsplit(b'"', 1)[0]
        body += b"x" * (size - 10 - len(body))
    return b'5,"' + body + b'",1234\n'


def all_ways(tmp_path, text, *args, limit=16 * MIB):
    """Converts from a file and a pipe with several threads: the report and rejects, all alike."""
    src, first = lf.write(tmp_path / "in.csv", text), None
    for how, threads in WAYS:
        out = tmp_path / "out.parquet"
        run = lf.convert(src if how == "file" else "-", out, "--threads", threads,
                         "--memory-limit", "16MiB", "--force", *args, timeout=60,
                         stdin=None if how == "file" else text)
        bad = [{k: v for k, v in r.items() if k != "input"} for r in lf.rejects(out)]
        digest = hashlib.sha256(out.read_bytes()).hexdigest()
        if not lf.SANITIZED:
            assert run.peak_rss <= limit, f"{how} {threads}: {run.peak_rss / MIB:.1f} MiB"
        if first is None:
            first = run.report, bad, digest
        assert (bad, digest) == first[1:], (how, threads)
        assert run.report["rows"] == first[0]["rows"]
        (tmp_path / "out.parquet.rejects.jsonl").unlink(missing_ok=True)
    return first[0], first[1]


@pytest.mark.parametrize("size,big", [
    (CAP - 1, False), (CAP, False), (CAP + 1, True), (CAP + 2, True), (CAP + 256 * 1024, True),
    (8 * MIB, True), (33 * MIB + 17, True)])
def test_a_quoted_record_over_the_cap_is_one_bad_row(size, big, tmp_path):
    head, tail = rows(1, 3000), rows(3001, 200_000, quoted=True)
    report, bad = all_ways(tmp_path, b"a,b,c\n" + head + giant(size) + tail,
                           limit=(16 if big else 26) * MIB)
    assert report["rows"]["out"] == 203_000 + (not big)
    assert len(bad) == big
    if big:
        assert bad[0]["name"] == "RECORD_TOO_BIG" and bad[0]["row"] == 3001
        assert bad[0]["line"] == 3002 and bad[0]["byte_offset"] == 6 + len(head)
        assert f"has {size - 1} bytes" in bad[0]["reason"]
        assert f"--memory-limit {size * 4 // MIB + 1}MiB" in bad[0]["reason"]


def test_the_limit_that_is_named_takes_it(tmp_path, out):
    src = lf.write(tmp_path / "in.csv", b"a,b,c\n" + rows(1, 100) + giant(9 * MIB))
    run = lf.convert(src, out, "--memory-limit", "37MiB")
    assert run.report["rows"]["out"] == 101


@pytest.mark.parametrize("before,after", [(100, 250_000), (300_000, 250_000), (3000, 900_000)])
def test_a_quote_that_never_closes_costs_one_record(before, after, tmp_path):
    text = b"a,b,c\n" + rows(1, before) + b'7,"open,8\n' + rows(before + 1, after)
    report, bad = all_ways(tmp_path, text)
    assert report["rows"]["out"] == before + after
    assert [b["name"] for b in bad] == ["QUOTE_OPEN"]
    assert bad[0]["raw"] == '7,"open,8' and bad[0]["line"] == before + 2


def test_a_quote_open_up_to_one_that_opens_costs_one_record(tmp_path):
    text = (b"a,b,c\n" + rows(1, 3000) + b'7,"open,8\n' + rows(3001, 300_000) +
            rows(303_001, 1000, quoted=True) + b'9,"open,10\n' + rows(304_001, 300_000))
    report, bad = all_ways(tmp_path, text)
    assert report["rows"]["out"] == 604_000
    assert [b["raw"] for b in bad] == ['7,"open,8', '9,"open,10']


def test_a_giant_record_after_an_open_quote(tmp_path):
    text = (b"a,b,c\n" + rows(1, 3000) + b'7,"open,8\n' + rows(3001, 300_000) + giant(9 * MIB) +
            rows(303_001, 300_000) + giant(5 * MIB) + rows(603_001, 10))
    report, bad = all_ways(tmp_path, text)
    assert report["rows"]["out"] == 603_010
    assert [b["name"] for b in bad] == ["QUOTE_OPEN", "RECORD_TOO_BIG", "RECORD_TOO_BIG"]


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("quotes", [False, True])
def test_cells_of_20_mb_stay_under_the_default(threads, quotes, tmp_path, out):
    """One at a time, and of each no more copies than are needed."""
    cell = hashlib.shake_256(b"giant").hexdigest(10_000_000)
    if quotes:
        cell = cell[:10_000_000] + '""' + cell[10_000_002:]
    small = "".join(f"{i},ok\n" for i in range(20_000))
    text = "a,b\n" + "".join(f'{i},"{cell}"\n{small}' for i in range(6))
    run = lf.convert(lf.write(tmp_path / "in.csv", text), out, "--threads", threads)
    assert run.report["rows"]["out"] == 6 * 20_001
    if not lf.SANITIZED:
        assert run.peak_rss <= 100 * MIB, f"{run.peak_rss / MIB:.1f} MiB"
