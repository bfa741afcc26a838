"""What reads as what: dates in words, clocks of twelve hours, bools, dressed numbers, epochs."""
import datetime as dt
import json
import random

import lf
import pyarrow as pa
import pyarrow.parquet as pq
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


def test_epochs_of_all_columns_that_can_be(tmp_path):
    """`*` takes what is a time by all its values, and leaves numbers alone."""
    rows = [{"id": i, "at": 1700000000000 + i, "seen": None if i % 3 else 1600000000123,
             "big": 10 ** 15 + i, "early": 1, "price": i / 4, "word": f"w{i}"} for i in range(500)]
    csv = "id,at,seen,big,early,price,word\n" + "".join(
        ",".join("" if v is None else str(v) for v in o.values()) + "\n" for o in rows)
    ts = pa.timestamp("us", tz="UTC")
    for name, text in (("a.csv", csv), ("a.jsonl", "".join(json.dumps(o) + "\n" for o in rows))):
        src, out = lf.write(tmp_path / name, text), tmp_path / "o.parquet"
        lf.convert(src, out, "--epoch", "*=ms", "--force")
        t = pq.read_table(out)
        assert {f.name: str(f.type) for f in t.schema} == {
            "id": "int64", "at": str(ts), "seen": str(ts), "big": "int64", "early": "int64",
            "price": "double", "word": "string"}
        assert t["at"][1].value == 1700000000001000 and t["seen"][0].value == 1600000000123000
        assert t["seen"].null_count == sum(o["seen"] is None for o in rows)
        assert lf.logflow("verify", src, out, "--epoch", "*=ms").rc == 0
        lf.convert(src, out, "--epoch", "*=ms", "--epoch", "early=s", "--type", "at=int64",
                   "--force")
        t = pq.read_table(out)
        assert t.schema.field("at").type == pa.int64() and t.schema.field("seen").type == ts
        assert t["early"][0].value == 1000000
        run = lf.convert(src, out, "--epoch", "*=ns", "--force")
        assert "--epoch '*'" in run.err and pq.read_schema(out).field("at").type == pa.int64()


KEPT = """1.2.20|1.2.3|10.0.0.1|1:2:3|12:30:99|25:00:00|24:00:00|1:2|00:00|INF|inf|-inf|Infinity
nan|NaN%|+5|007|0x1F|0b11|0o17|1e|e5|1_000|1,000|1 000|1'000|$5|5$|€5|5%|½|²|٣|１２|1/2
13/13/2020|2020-13-01|2020-02-30|2020-00-10|2020-1-1-1|2020-W05|2020-W05-3|2020-123|1/1
Jan|May|Mon|Monday|March|now|today|epoch|yesterday|noon|T|t1|yes!|Y/N|TRUE/FALSE
true false|truee|nulls|N.A.|none|--|-0x1|1..2|1.2e3.4|1e400|1e-400|00|00.5|--5|+-5|5-|5+
(5)|[1]|{1}|1;2|12:30 PMs|12:60|2020-01-01T|2020-01-01T25:00|2020-01-01 24:00:01
2020-01-01T12|2020-01-01Z|2020-01-01T00:00:00+99:00|2020-01-01 00:00:00 PST
2020-01-01T00:00:00 Europe/Berlin|10:00Z|10:00+01:00|P1D|PT5M|1d|5 days|1 day ago|1e3e3
1d5|1f|1L|1u|NaT|NAN|#N/A|#DIV/0!|—|−5|1−2|1-2|1-2-3|2020/1|12-2020|2020-12|Q1 2020|1st
2nd January|Feb 30 2020|31 Apr 2020|32 Jan 2020|Jan 2020|2020 Jan|0:0:0|1:00|01:00:00.
01:00:00.1234567890|1e310|0.1.2.3|::1|fe80::1|12:34:56:78:9a:bc
550e8400-e29b-41d4-a716-446655440000|5e550e84|1E5E|123E4567|1D10|1.5e|on/off|oui|ja|да|是
1,5,3|1.000.000|1.000,5|1,000.5|5 %|% 5|$ 5|USD 5|5 USD|5k|5M|5 kg|1h"""
READ = {"20200101": "int64", "2020": "int64", "1.": "double", ".5": "double", "12E3": "double",
        "0E0": "double", "1999.12": "double", "-0.5": "double", "2020-02-29": "date32[day]"}


@pytest.mark.parametrize("suffix", ["", "x"])
def test_what_looks_like_a_value_and_is_none_stays_text(tmp_path, suffix):
    """A column each, all in one table; `suffix`: once more with a text far below."""
    texts = KEPT.replace("\n", "|").split("|") + list(READ)
    assert len(set(texts)) == len(texts) > 150
    head = "|".join(f"c{i}" for i in range(len(texts)))
    src = lf.write(tmp_path / "a.csv", head + "\n" + ("|".join(texts) + "\n") * 40
                   + ("|".join(t + suffix for t in texts) + "\n") * bool(suffix))
    lf.convert(src, tmp_path / "a.parquet", "--delimiter", "|", "--header", "yes")
    t = pq.read_table(tmp_path / "a.parquet")
    wrong = {}
    for i, text in enumerate(texts):
        want = "string" if suffix else READ.get(text, "string")
        if str(t.schema.field(i).type) != want or (want == "string" and t[i][0].as_py() != text):
            wrong[text] = str(t.schema.field(i).type), t[i][0].as_py()
    assert wrong == {}


@pytest.mark.parametrize("values,type", [
    (["yes", "no"], "bool"), (["Yes", "No"], "bool"), (["y", "n"], "bool"), (["on", "off"], "bool"),
    (["t", "f"], "bool"), (["TRUE", "FALSE"], "bool"), (["true", ""], "bool"),
    (["yes", "no", "maybe"], "string"), (["yes", "n"], "string"), (["y", "no"], "string"),
    (["true", "no"], "string"), (["on", "no"], "string"), (["t", "false"], "string"),
    (["yes", "yes"], "string"), (["y", "y"], "string"), (["1", "0"], "int64"),
    (["true", "1"], "string"), (["yes", "0"], "string"), (["true", "True"], "string"),
    (["yes", "no", "5"], "string"), (["on", "off", "1.5"], "string"), (["ON", "OFF"], "bool"),
])
def test_bools_only_where_the_whole_column_fits(tmp_path, values, type):
    src = lf.write(tmp_path / "a.csv", "id,v\n" + "".join(f"{i},{v}\n" for i, v in
                                                          enumerate(values * 30)))
    lf.convert(src, tmp_path / "a.parquet")
    assert str(pq.read_schema(tmp_path / "a.parquet").field("v").type) == type
