"""The dialect is decided from the whole evidence: the middle and the end of a file too, where the
sample at its beginning shows less than what follows needs."""
import random

import lf
import pyarrow.parquet as pq
import pytest
import readers

NEAR, ALL = 45000, 75000  # rows before it are of the head, which is 1 MiB


def plain(i, sep=","):
    return sep.join((str(i), f"name {i % 100}", f"{i}.5", f"2026-01-{i % 28 + 1:02d}"))


def quoted(text, i):
    return f"{i},{text},{i}.5,2026-01-{i % 28 + 1:02d}"


def table(far, header="id,name,v,d\n", near=plain, end="\n"):
    return header + "".join(near(i) + "\n" for i in range(NEAR)) + \
        "".join(far(i) + end for i in range(NEAR, ALL))


def prose(lines):
    dice = random.Random(3)
    words = "the quick brown fox jumps over lazy dogs and some more, as plain prose does".split()
    return "".join(" ".join(dice.choice(words) for _ in range(dice.randint(6, 14))) + "\n"
                   for _ in range(lines))


def semicolons():
    return "id;name;v;d\n" + "".join(plain(i, ";") + "\n" for i in range(ALL))


# name: text, the name of row ALL - 1, what the explanation says
CASES = {
    "single_quotes": (lambda: table(lambda i: quoted(f"'a, {i}'", i)), f"a, {ALL - 1}",
                      "rows behind the sample need it"),
    "single_quotes_around_plain_text": (lambda: table(lambda i: quoted(f"'a {i}'", i)),
                                        f"a {ALL - 1}", "rows behind the sample need it"),
    "apostrophes": (lambda: table(lambda i: quoted(f"it's {i}'", i)), f"it's {ALL - 1}'",
                    "no other reads the rows better"),
    "escapes": (lambda: table(lambda i: quoted(f'"a \\"b\\", {i}"', i)), f'a "b", {ALL - 1}',
                "rows behind the sample need it"),
    "comments": (lambda: table(lambda i: (f"# part {i}\n" if i % 50 == 0 else "") + plain(i)),
                 "name 99", "comments: lines that begin with '#'"),
    "carriage_returns": (lambda: table(lambda i: plain(i) + ("\r" if i % 2 else "\n"), end=""),
                         "name 99", "a carriage return alone too"),
    "quoted_line_ends": (lambda: table(lambda i: quoted(f'"a\nb, {i}\n,,,"', i)),
                         f"a\nb, {ALL - 1}\n,,,", "no row needs another"),
    "preamble_longer_than_the_sample": (lambda: prose(2500) + semicolons(), "name 99",
                                        "they decided"),
    "preamble_longer_than_the_head": (lambda: prose(25000) + semicolons(), "name 99",
                                      "they decided"),
    "clear": (lambda: table(plain), "name 99", "rows are alike\n"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_stands_behind_the_sample_counts(name, tmp_path, out):
    make, last, says = CASES[name]
    src = tmp_path / "in.csv"
    src.write_bytes(make().encode())
    run = lf.convert(src, out, "--explain")
    assert run.report["rows"]["out"] == ALL and run.report["rows"]["rejected"] == 0, run.err
    assert says in run.err + run.out.decode()
    t = pq.read_table(out)
    assert t.column_names == ["id", "name", "v", "d"]
    assert t.column("id").to_pylist() == list(range(ALL))
    assert t.column("name")[ALL - 1].as_py() == last
    assert readers.types(out)["d"] == "date32[day]"
    assert b"equal" in lf.logflow("verify", src, out).out
    shown = " ".join(lf.logflow("inspect", src).out.decode().split())
    assert "columns: 4" in shown and says.strip() in shown


def test_what_is_no_table_stays_text(tmp_path, out):
    src = lf.write(tmp_path / "in.csv", prose(40000))
    run = lf.convert(src, out, "--explain")
    assert "delimiter: none" in run.err + run.out.decode() and pq.read_table(out).num_columns == 1


def test_rows_that_grow_wider_do_not_change_the_table(tmp_path, out):
    """The table is as wide as most rows of its head, also where all others are wider."""
    src = lf.write(tmp_path / "in.csv", table(lambda i: plain(i) + ",x"))
    run = lf.convert(src, out, "--max-bad", "100%")
    assert run.report["rows"]["out"] == NEAR and pq.read_table(out).num_columns == 4


def test_a_clear_head_decides_alike_for_a_pipe(tmp_path, out):
    src = lf.write(tmp_path / "in.csv", table(plain))
    lf.convert(src, out)
    piped = tmp_path / "piped.parquet"
    with open(src, "rb") as f:
        lf.convert("-", piped, stdin=f)
    with open(out, "rb") as a, open(piped, "rb") as b:
        assert a.read() == b.read()
