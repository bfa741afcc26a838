"""What reads as what: dates in words, clocks of twelve hours, bools, dressed numbers, epochs."""
import datetime as dt
import random

import lf
import pytest
import readers

UTC = dt.timezone.utc
NAMES = {"date32[day]": "date", "time64[us]": "time", "timestamp[us, tz=UTC]": "timestamp[us,UTC]"}
# strptime formats, for which Python is the judge; with zone: instants
FORMATS = ["%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%d/%b/%Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y",
           "%Y-%b-%d", "%a, %d %b %Y", "%A, %B %d, %Y", "%a %b %d %H:%M:%S %Y",
           "%d-%b-%Y %H:%M:%S", "%d %b %Y %I:%M %p", "%d/%b/%Y:%H:%M:%S %z",
           "%a, %d %b %Y %H:%M:%S %z", "%m/%d/%Y, %I:%M:%S %p", "%Y-%m-%d %I:%M:%S %p",
           "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%S%z", "%Y-%m-%d %H:%M:%S,%f", "%Y-%m-%d %H:%M:%S %z",
           "%I:%M %p", "%I:%M:%S %p"]


def types(out):
    return {k: NAMES.get(v, v) for k, v in readers.types(out).items()}


def column(tmp_path, out, cells, *options, name="in.csv"):
    """Converts one column beside a counter; its type and values."""
    src = lf.write(tmp_path / name, "n;v\n" + "".join(f"{i};{c}\n" for i, c in enumerate(cells)))
    lf.convert(src, out, "--force", *options)
    return types(out)["v"], readers.pyarrow(out)["v"]


@pytest.mark.parametrize("spelled", FORMATS)
def test_as_strptime_reads_it(spelled, tmp_path, out):
    r = random.Random(spelled)
    zone = dt.timezone(dt.timedelta(hours=r.randrange(-11, 12))) if "%z" in spelled else None
    cells, want = [], []
    for _ in range(500):
        t = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=r.randrange(4 * 10**9),
                                                   microseconds=r.randrange(10**6))
        cells.append(t.replace(tzinfo=zone).strftime(spelled))
        w = dt.datetime.strptime(cells[-1], spelled)
        dated, timed = "%d" in spelled, "%H" in spelled or "%I" in spelled
        if zone:
            w = w.astimezone(UTC)
        want.append(w if dated and timed else w.date() if dated else w.time())
    kind, got = column(tmp_path, out, cells)
    assert kind == ("time" if "%d" not in spelled else "date" if "%S" not in spelled
                    and "%M" not in spelled else "timestamp[us,UTC]" if zone else "timestamp[us]")
    assert not readers.differences({"v": got}, {"v": want})


@pytest.mark.parametrize("cells,kind", [
    (["yes", "no", ""], "bool"), (["Y", "N"], "bool"), (["On", "Off"], "bool"),
    (["t", "f"], "bool"), (["yes", "yes"], "string"), (["no"], "string"),
    (["N", "N"], "string"), (["yes", "NO"], "string"),
    (["yes", "no", "y"], "string"), (["yes", "no", "true"], "string"), (["M", "F"], "string"),
    (["0", "1"], "int64"),
    (["01/02/26", "03/04/26"], "string"), (["1.2.20", "3.4.21"], "string"),
    (["1:2:3", "4:5:6"], "string"), (["INF", "inf"], "string"), (["20260308"], "int64"),
    (["1700000000"], "int64"), (["08-Mar-26"], "string"), (["30-Feb-2026"], "string"),
    (["Mon, 08 Mar 2026"], "string"), (["13:05 PM"], "string"), (["10:05"], "string"),
    (["2026-03-08 10:00:00 CET"], "string"), (["08-Mar-2026", "2026-03-08"], "string"),
    (["1,234.56"], "string"), (["$5"], "string"), (["50%"], "string"), (["1,5"], "double"),
])
def test_without_options(cells, kind, tmp_path, out):
    got, values = column(tmp_path, out, cells, "--delimiter", ";")
    assert got == kind
    if kind == "string":
        assert values == cells


@pytest.mark.parametrize("cells,options,kind,want", [
    (["1,234.56", "5"], ["--thousands", ","], "double", [1234.56, 5.0]),
    (["1,234", "12,345,678"], ["--thousands", "comma"], "int64", [1234, 12345678]),
    (["1,234", "12,34"], ["--thousands", "comma"], "string", ["1,234", "12,34"]),
    (["1.234,5", "-2,25"], ["--thousands", "point", "--decimal-comma"], "double", [1234.5, -2.25]),
    (["1 234", "5"], ["--thousands", "blank"], "int64", [1234, 5]),
    (["$5", "$1.50", "-$2", "($3.25)"], ["--currency"], "double", [5.0, 1.5, -2.0, -3.25]),
    (["€ 5", "7 €", "EUR 3"], ["--currency"], "int64", [5, 7, 3]),
    (["50%", "12.5 %", "-5%", "100%"], ["--percent"], "double", [0.5, 0.125, -0.05, 1.0]),
    (["8. März 2026", "18. Mai 2026"], ["--locale", "de"], "date",
     [dt.date(2026, 3, 8), dt.date(2026, 5, 18)]),
    (["8 février 2026", "18 AOÛT 2026"], ["--locale", "fr_FR.UTF-8"], "date",
     [dt.date(2026, 2, 8), dt.date(2026, 8, 18)]),
    (["8 de marzo de 2026"], ["--locale", "es"], "date", [dt.date(2026, 3, 8)]),
    (["1.234,5", "2,5"], ["--locale", "it"], "double", [1234.5, 2.5]),
    (["03/08/2026"], ["--locale", "nl"], "date", [dt.date(2026, 8, 3)]),
    (["03/08/2026"], ["--locale", "en-US"], "date", [dt.date(2026, 3, 8)]),
    (["03/08/2026"], ["--locale", "en"], "string", ["03/08/2026"]),
    (["03/08/2026", "06/26/2026"], ["--locale", "de"], "string", ["03/08/2026", "06/26/2026"]),
    (["1700000000", "-1", "0.5"], ["--epoch", "v=s"], "timestamp[us,UTC]",
     [dt.datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
      dt.datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
      dt.datetime(1970, 1, 1, 0, 0, 0, 500000, tzinfo=UTC)]),
    (["1700000000123"], ["--epoch", "v=ms"], "timestamp[us,UTC]",
     [dt.datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)]),
    (["1700000000000001"], ["--epoch", "v=us"], "timestamp[us,UTC]",
     [dt.datetime(2023, 11, 14, 22, 13, 20, 1, tzinfo=UTC)]),
    (["00123", "+5", "-07", "0"], ["--type", "v=int64"], "int64", [123, 5, -7, 0]),
    (["yes", "yes"], ["--type", "v=bool"], "bool", [True, True]),
])
def test_with_options(cells, options, kind, want, tmp_path, out):
    got, values = column(tmp_path, out, cells, "--delimiter", ";", *options)
    assert (got, values) == (kind, want)
    run = lf.logflow("verify", str(tmp_path / "in.csv"), out, "--delimiter", ";", *options)
    assert run.rc == 0, run.out


def test_what_is_no_count_is_a_bad_row(tmp_path, out):
    cells = ["1700000000"] * 30 + ["soon", "1e3", "99999999999999999999"]
    text = "n,v\n" + "".join(f"{i},{c}\n" for i, c in enumerate(cells))
    src = lf.write(tmp_path / "in.csv", text)
    run = lf.convert(src, out, "--epoch", "v=s")
    assert run.report["rows"]["out"] == 30 and run.report["rows"]["rejected"] == 3


@pytest.mark.parametrize("options,said", [
    (["--locale", "xx"], "none of en|en-US"), (["--thousands", "x"], "none of comma"),
    (["--epoch", "v=min"], "COLUMN=s, ms, us or ns"),
])
def test_wrong_options_are_told(options, said, tmp_path, out):
    src = lf.write(tmp_path / "in.csv", "n,v\n1,2\n")
    run = lf.logflow("convert", src, "-o", out, *options)
    assert run.rc == 2 and said in run.err


def test_words_that_come_after_a_head_of_nulls_are_text(tmp_path, out):
    """Whatever block saw which word first: the type follows from the head alone."""
    cells = [""] * 300000 + ["yes", "maybe", "no"] * 1000
    text = "n,v\n" + "".join(f"{i},{c}\n" for i, c in enumerate(cells))
    src = lf.write(tmp_path / "in.csv", text)
    for threads in ("1", "2"):
        lf.convert(src, out, "--force", "--threads", threads, "--row-group-size", "128KiB")
        assert readers.pyarrow(out)["v"] == [c or None for c in cells]


def test_json_strings_are_read_alike(tmp_path, out):
    src = lf.write(tmp_path / "in.jsonl",
                   '{"a":"8 March 2026","b":"10:05 PM","c":"yes","d":"50%"}\n'
                   '{"a":"18 May 2026","b":"1:05 AM","c":"no","d":"1%"}\n')
    lf.convert(src, out)
    found = types(out)
    assert [found[k] for k in "abcd"] == ["date", "time", "string", "string"]
    assert readers.pyarrow(out)["b"] == [dt.time(22, 5), dt.time(1, 5)]


def test_explain_names_the_format(tmp_path, out):
    src = lf.write(tmp_path / "in.csv", "n,v\n1,08-Mar-2026\n2,09-Mar-2026\n")
    run = lf.logflow("convert", src, "-o", out, "--explain")
    assert "dates as %d-%b-%Y" in run.err + run.out.decode()
