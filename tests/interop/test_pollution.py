"""Three tables of our own, polluted one way at a time as files of people are: all with the same
flags, none. What concerns the whole file must leave every row and name as it is; what damages one
row may cost that row and no other."""
import datetime
import random

import lf
import pyarrow.parquet as pq
import pytest


def orders():
    dice = random.Random(1)
    names = ["order", "day", "customer", "item", "pieces", "price", "note"]
    rows = [[str(1000 + i), f"{dice.randint(13, 28):02d}/{dice.randint(1, 12):02d}/2025",
             dice.choice(["Hansen, Ole", "Meier", "O'Brien", "Zhang Wei"]),
             dice.choice(['Lamp "Berlin"', "Desk", "Chair, oak", "Shelf"]),
             str(dice.randint(1, 9)), f"{dice.randint(5, 900)}.{dice.randint(10, 99)}",
             dice.choice(["", "call first", "2nd floor; bell broken"])] for i in range(60)]
    return names, rows


def stations():
    dice = random.Random(2)
    names = ["station", "at", "temperature", "humidity", "status"]
    rows = [[f"S{dice.randint(10, 19)}", f"2026-02-{i % 28 + 1:02d} {i % 24:02d}:30:00",
             f"{dice.randint(-20, 40)}.5", str(dice.randint(10, 99)),
             dice.choice(["ok", "ok", "low battery"])] for i in range(80)]
    return names, rows


def people():
    dice = random.Random(3)
    names = ["name", "town", "member", "since"]
    rows = [[dice.choice(["Ana", "Bo", "Cid", "Dag", "Eve"]) + f" {i}",
             dice.choice(["Oslo", "Lund", "Rome", "Graz"]), str(dice.choice(["true", "false"])),
             str(1990 + i % 30)] for i in range(50)]
    return names, rows


TABLES = {f.__name__: f for f in (orders, stations, people)}


def cell(text, sep=",", quote='"', escape=None, always=False):
    marks = (sep, quote, "\n", "\r", sep[0])
    if text and (always or any(m in text for m in marks) or text.startswith("'")):
        return quote + text.replace(quote, (escape or quote) + quote) + quote
    return text


def line(row, sep=",", **how):
    return sep.join(cell(c, sep, **how) for c in row)


def text(names, rows, end="\n", header=True, **how):
    return "".join(line(r, **how) + end for r in ([names] if header else []) + rows)


def of(**how):
    return lambda names, rows: text(names, rows, **how)


def two_rows(names, rows):
    units = [f"unit of {n}" for n in names]
    return line(names) + "\n" + line(units) + "\n" + text(names, rows, header=False)


OTHER = "code,label\n1,one\n2,two\n3,three\n"
FILES = {
    "clean": of(),
    "semicolon": of(sep=";"),
    "tab": of(sep="\t"),
    "bar": of(sep="|"),
    "control_a": of(sep="\x01"),
    "comma_blank": of(sep=", ", always=True),
    "two_colons": of(sep="::"),
    "single_quotes": of(quote="'", always=True),
    "all_quoted": of(always=True),
    "backslashes": of(escape="\\", always=True),
    "crlf": of(end="\r\n"),
    "cr": of(end="\r"),
    "mixed_ends": lambda n, r: text(n, r[:20], end="\r\n") + text(n, r[20:], header=False),
    "no_newline_at_the_end": lambda n, r: text(n, r)[:-1],
    "blank_lines_at_the_end": lambda n, r: text(n, r) + "\n\n",
    "blank_lines_between": lambda n, r: text(n, r[:20]) + "\n" + text(n, r[20:], header=False),
    "byte_order_mark": lambda n, r: "\ufeff" + text(n, r),
    "comments": lambda n, r: "# of the north\n# made by hand\n" + text(n, r),
    "preamble": lambda n, r: "Report of May\nprinted at night\n\n" + text(n, r),
    "padded_preamble": lambda n, r: "Report of May" + "," * (len(n) - 1) + "\n" + text(n, r),
    "footer": lambda n, r: text(n, r) + "\nSource: the archive\n",
    "two_header_rows": two_rows,
    "no_header": of(header=False),
    "second_table": lambda n, r: text(n, r) + "\n" + OTHER,
    "empty_last_column": lambda n, r: "".join(s + ",\n" for s in text(n, r).splitlines()),
}


def table_of(src, out, *args):
    run = lf.convert(src, out, *args)
    t = pq.read_table(out)
    return run, t.column_names, [list(r.values()) for r in t.to_pylist()]


def plain(v):
    """A value as its text stood, for the forms of our tables."""
    if v is None:
        return ""
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, datetime.datetime):
        return v.strftime("%Y-%m-%d %H:%M:%S")
    return v.strftime("%d/%m/%Y") if isinstance(v, datetime.date) else str(v)


def as_text(rows):
    return [[plain(v) for v in r] for r in rows]


def truth(rows):
    """Prices lose the zeros at their end, as numbers do."""
    def one(c):
        number = c.count(".") == 1 and c.replace(".", "").lstrip("-").isdigit()
        return str(float(c)) if number else c
    return [[one(c) for c in r] for r in rows]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", FILES)
def test_a_polluted_file_keeps_its_table(name, table, tmp_path, out):
    names, rows = TABLES[table]()
    src = lf.write(tmp_path / "in.csv", FILES[name](names, rows))
    run, got_names, got = table_of(src, out)
    want = list(names)
    if name == "two_header_rows":
        want = [f"{n} unit of {n}" for n in names]
    if name == "no_header":
        want = [f"column_{i + 1}" for i in range(len(names))]
    if name == "empty_last_column":
        assert got_names[len(names):] in ([], [f"column_{len(names) + 1}"])
        got_names, got = got_names[:len(names)], [r[:len(names)] for r in got]
    assert got_names == want, run.err
    assert run.report["rows"]["rejected"] == 0
    assert as_text(got) == truth(rows)


def with_row(names, rows, k, changed):
    return text(names, rows[:k]) + changed + "\n" + text(names, rows[k + 1:], header=False)


ROWS = {
    "short": lambda r: line(r[:-1]),
    "half": lambda r: line(r[:len(r) // 2]),
    "long": lambda r: line(r) + ",more",
    "longer_by_nothing": lambda r: line(r) + ",",
    "another_delimiter": lambda r: line(r, sep=";"),
    "quote_that_never_closes": lambda r: '"' + line(r[:1]) + "," + line(r[1:]),
    "quote_within": lambda r: line(r[:1]) + ',12" wide,' + line(r[2:]),
    "quote_behind": lambda r: line(r[:1]) + "," + cell(r[1], always=True) + "x," + line(r[2:]),
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", ROWS)
def test_a_damaged_row_costs_no_other(name, table, tmp_path):
    names, rows = TABLES[table]()
    for k in (0, 7, len(rows) - 1):
        src = lf.write(tmp_path / f"{k}.csv", with_row(names, rows, k, ROWS[name](rows[k])))
        run, got_names, got = table_of(src, tmp_path / f"{k}.parquet")
        assert got_names == names, run.err
        shown = as_text(got)
        others = truth(rows[:k]) + truth(rows[k + 1:])
        # A text in a column of numbers makes it text: the others are as they were written.
        raw = rows[:k] + rows[k + 1:]
        kept = shown if len(shown) == len(others) else shown[:k] + shown[k + 1:]
        assert len(kept) == len(others), f"{len(shown)} rows of {len(rows)}: {run.err}"
        for a, b, c in zip(kept, others, raw):
            assert all(x in (y, z) for x, y, z in zip(a, b, c)), (a, b)
