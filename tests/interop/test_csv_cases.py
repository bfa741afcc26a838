"""The edge cases of text tables, one test id each, the outcome in the id. Each makes its own input.

Cases of memory, streams, outputs, Parquet and JSON have tests of their own: 60 and 72 in
test_memory, 63 and 64 in test_compression, 65 and 67 in test_stream and test_command, 66 and 68 in
tests/fault, 69 in test_interrupt, 70 and 71 in test_peers, 73 and 74 in test_json, 75 in
test_against_duckdb. The ledger (76) is checked by every case here.
"""
import datetime
import decimal
import json

import lf
import pyarrow.parquet as pq
import pytest

CASES = []


def case(name, data, want, *args, rejected=0, said=None, env=None):
    """want: {column: values}; None: the conversion fails."""
    if isinstance(data, str):
        data = data.encode()
    CASES.append(pytest.param(data, want, args, rejected, said, env, id=name))


def rows(n, line):
    return "".join(line % {"i": i} for i in range(n))


case("01_utf8_bom_is_dropped", b"\xef\xbb\xbfa,b\n1,2\n", {"a": [1], "b": [2]})
case("02_utf16_with_bom_reads_as_its_twin", "\ufeffa,b\n1,\u00fc\n".encode("utf-16-le"),
     {"a": [1], "b": ["\u00fc"]})
case("03_windows_1252_by_flag", "a,b\n1,caf\u00e9\n".encode("cp1252"),
     {"a": [1], "b": ["caf\u00e9"]},
     "--encoding", "windows-1252")
case("04_invalid_utf8_is_one_bad_row", b"a,b\n1,x\n2,\xff\n3,y\n", {"a": [1, 3], "b": ["x", "y"]},
     rejected=1)
case("05_nul_byte_in_a_field_is_kept", b"a,b\n1,x\0y\n2,z\n", {"a": [1, 2], "b": ["x\0y", "z"]},
     "--from", "csv", "--encoding", "utf-8")
for end, name in (("\n", "lf"), ("\r\n", "crlf"), ("\r", "cr")):
    case(f"06_line_end_{name}", end.join(["a,b", "1,x", "2,y", ""]), {"a": [1, 2], "b": ["x", "y"]})
case("06_line_ends_mixed", "a,b\r\n1,x\n2,y\r\n", {"a": [1, 2], "b": ["x", "y"]})
case("06_lone_carriage_return_of_one_column_ends_a_row", "name\nann\rbob\ncid\n",
     {"name": ["ann", "bob", "cid"]})
case("06_quoted_carriage_return_is_text", 'name\n"ann\rbob"\ncid\n', {"name": ["ann\rbob", "cid"]})
case("07_crlf_within_quotes_is_kept", 'a,b\r\n1,"x\r\ny"\r\n', {"a": [1], "b": ["x\r\ny"]})
case("08_last_line_without_newline_is_kept", "a,b\n1,2\n3,4", {"a": [1, 3], "b": [2, 4]})
case("09_no_bytes(fail)", "", None)
case("10_header_only_has_no_rows", "a,b\n", {"a": [], "b": []})
case("11_blank_line_is_skipped", "a,b\n1,2\n\n3,4\n", {"a": [1, 3], "b": [2, 4]})
case("11_blank_line_of_one_column_is_null", "a\n1\n\n3\n", {"a": [1, None, 3]})
case("12_line_of_blanks_is_a_bad_row", "a,b\n1,2\n3,4\n  \n5,6\n", {"a": [1, 3, 5], "b": [2, 4, 6]},
     rejected=1)
case("13_delimiter_in_quotes_is_text", 'a,b\n"x,y",1\n', {"a": ["x,y"], "b": [1]})
case("14_doubled_quote_is_one", 'a,b\n"x""y",1\n', {"a": ['x"y'], "b": [1]})
case("15_backslash_escapes_are_found", 'id,t\n1,"a \\"b\\", c"\n2,"d \\"e\\", f"\n',
     {"id": [1, 2], "t": ['a "b", c', 'd "e", f']})
case("15_backslash_n_is_null", "a,b\n1,x\n\\N,y\n", {"a": [1, None], "b": ["x", "y"]})
case("16_quoted_newlines_at_any_thread_count", 'a,b\n' + rows(3000, '%(i)d,"x\ny%(i)d"\n'),
     {"a": list(range(3000)), "b": [f"x\ny{i}" for i in range(3000)]}, "--threads", "2",
     "--row-group-size", "64KiB")
case("17_large_quoted_field", 'a,b\n1,"' + "x" * 3000000 + '"\n2,y\n',
     {"a": [1, 2], "b": ["x" * 3000000, "y"]})
case("17_first_record_longer_than_the_head", "a;b\n" + '"' + "x" * 2500000 + '";1\ny;2\n',
     {"a": ["x" * 2500000, "y"], "b": [1, 2]})
case("17_name_longer_than_the_head", "n" * 1500000 + "\n" + "x" * 1500000 + "\ny\n",
     {"n" * 65535: ["x" * 1500000, "y"]})
case("18_quote_that_never_closes_is_one_bad_row", "a,b\n" + rows(20, "%(i)d,x\n") + '20,"open\n' +
     rows(2000, '%(i)d,"y"\n'), {"a": list(range(20)) + list(range(2000))}, rejected=1)
case("19_quote_within_text_is_text", 'n,size\n1,12" monitor\n2,say "hi"\n',
     {"n": [1, 2], "size": ['12" monitor', 'say "hi"']})
case("20_text_behind_a_quote_is_kept", 'a,b\n"aa"a,b\n', {"a": ["aaa"], "b": ["b"]})
case("21_blanks_around_quotes_are_dropped", 'a,b\n1, "x, y"\n2,"z" \n',
     {"a": [1, 2], "b": ["x, y", "z"]})
case("22_single_quotes_are_found", "a,b\n'x, y',1\n'z, w',2\n",
     {"a": ["x, y", "z, w"], "b": [1, 2]})
case("23_newline_in_a_name_becomes_a_blank", '"a\nb",c\n1,2\n', {"a b": [1], "c": [2]})
case("24_names_that_repeat_are_numbered", "a,a,b\n1,2,3\n", {"a": [1], "a_1": [2], "b": [3]})
case("25_empty_name_is_numbered", "a,,b\n1,2,3\n", {"a": [1], "column_2": [2], "b": [3]})
case("26_rows_wider_than_the_header", "a,b\n1,x,5\n2,y,6\n", {"a": [1, 2], "b": ["x", "y"],
                                                            "column_3": [5, 6]})
case("27_no_header_keeps_the_first_row", "1,x\n2,y\n", {"column_1": [1, 2], "column_2": ["x", "y"]})
case("28_keys_before_a_wider_table_are_its_preamble",
     "Vendor,Test\nStart,06/02/2024\nEnd,06/29/2024\nday,sku,title,pieces,price,state\n"
     "2024-06-19,m1,Monthly,1,9.5,S,\n2024-06-20,m2,Monthly,2,9.5,S,\n",
     {"day": [datetime.date(2024, 6, 19), datetime.date(2024, 6, 20)], "sku": ["m1", "m2"],
      "title": ["Monthly"] * 2, "pieces": [1, 2], "price": [9.5] * 2, "state": ["S"] * 2},
     said="preamble: lines 1 to 3")
case("28_preamble_is_told", "Report\nof today\n\nid,n\n1,2\n3,4\n", {"id": [1, 3], "n": [2, 4]},
     said="preamble: lines 1 to 3")
case("28_comments_are_counted", "# note\nid,n\n1,2\n# more, text, here\n3,4\n",
     {"id": [1, 3], "n": [2, 4]})
case("29_short_total_row_is_set_aside", "d,n,m\n2026-01-01,1,2\n2026-01-02,3,4\nTotal,4\n",
     {"n": [1, 3], "m": [2, 4]}, rejected=1)
case("30_width_that_grows_is_set_aside", "a,b\n" + rows(100, "%(i)d,x\n") + "1,2,3\n",
     {"a": list(range(100))}, rejected=1)
case("30_width_that_grows_widens_by_flag", "a,b\n" + rows(100, "%(i)d,x\n") + "100,x,3\n",
     {"a": list(range(101)), "column_3": [None] * 100 + [3]}, "--ragged", "widen")
case("31_short_row_is_padded", "a,b,c\n1,2,3\n4,5\n6,7,8\n", {"a": [1, 4, 6], "c": [3, None, 8]})
case("32_surplus_fields_are_never_cut", "a,b\n1,2\n3,4,5\n6,7\n",
     {"a": [1, 6], "b": [2, 7]}, rejected=1)
case("33_empty_surplus_is_cut_where_most_have_it", "a,b\n1,2,,\n3,4,,\n",
     {"a": [1, 3], "b": [2, 4]})
for d, name in ((";", "semicolon"), ("\t", "tab"), ("|", "bar"), ("\x01", "control_a"),
                ("^", "caret"), ("::", "two_colons"), (":", "colon"), (", ", "comma_blank")):
    quote = '"x, y"' if d == ", " else "x"
    case(f"34_delimiter_{name}", "\n".join(d.join(r) for r in
         [["a", "b", "c"], ["1", quote, "2"], ["3", "y", "4"], ["5", "z", "6"]]) + "\n",
         {"a": [1, 3, 5], "c": [2, 4, 6]})
case("35_decimal_comma_is_found", "x;y;n\n1,5;2,5;7\n3,5;4;8\n",
     {"x": [1.5, 3.5], "y": [2.5, 4.0], "n": [7, 8]})
case("35_decimal_comma_that_ends_late_becomes_text", "x;n\n" + rows(60000, "%(i)d,5;1\n") + "x;2\n",
     {"x": [f"{i},5" for i in range(60000)] + ["x"]}, "--row-group-size", "64KiB")
case("35_comma_before_three_digits_is_undecided", "x;n\n1,234;1\n5,678;2\n",
     {"x": ["1,234", "5,678"]})
case("35_another_column_decides_it", "x;n\n1,234;1,5\n5,678;2,5\n",
     {"x": [1.234, 5.678], "n": [1.5, 2.5]})
case("35_points_and_commas_by_column", "x;n;t\n1.5;1,5;1.234,5\n2.5;2,25;2.345,6\n",
     {"x": [1.5, 2.5], "n": [1.5, 2.25], "t": ["1.234,5", "2.345,6"]})
case("35_quoted_comma_between_commas_is_text", 'x,n\n"1,5",1\n"2,5",2\n', {"x": ["1,5", "2,5"]})
case("35_lists_are_no_fractions", "x;n\n1,5;1\n1,5,6;2\n", {"x": ["1,5", "1,5,6"]})
case("36_second_table_is_left_out", "a,b\n1,2\n3,4\n\nname,town,n\nAnn,Oslo,1\nBob,Rome,2\n",
     {"a": [1, 3], "b": [2, 4]}, said="another table begins at line 5")
case("36_second_table_is_taken", "a,b\n1,2\n3,4\n\nname,town,n\nAnn,Oslo,1\nBob,Rome,2\n",
     {"name": ["Ann", "Bob"], "n": [1, 2]}, "--tables", "2")
case("36_same_header_again_begins_a_table", "a,b\n1,2\n3,4\na,b\n5,6\n", {"a": [1, 3], "b": [2, 4]},
     said="another table begins at line 4")
case("37_integers_then_a_version_become_text", "v\n" + rows(30000, "%(i)d\n") + "11.0.1\n",
     {"v": [str(i) for i in range(30000)] + ["11.0.1"]})
case("38_quoted_digits_then_text_become_text", "v,w\n" + rows(20000, '"%(i)d",1\n') + '"D1",1\n',
     {"v": [str(i) for i in range(20000)] + ["D1"]})
case("39_integers_then_a_fraction_stay_exact", "v\n" + rows(20000, "%(i)d\n") + "3.5\n",
     {"v": [float(i) for i in range(20000)] + [3.5]})
case("40_leading_zeros_stay_text", "z\n00123\n02116\n", {"z": ["00123", "02116"]})
case("41_plus_hex_and_underscores_stay_text", "a,b,c\n+5,0x1F,1_000\n", {"a": ["+5"], "b": ["0x1F"],
                                                                       "c": ["1_000"]})
case("42_beyond_int64_is_exact", "v\n9223372036854775808\n1\n", {"v": [9223372036854775808, 1]})
case("43_beyond_2_to_53_beside_a_half_is_decimal", "v\n9007199254740993\n0.5\n",
     {"v": [decimal.Decimal("9007199254740993.0"), decimal.Decimal("0.5")]})
case("44_long_decimal_is_exact", "v\n649686000000001631.440\n1.5\n",
     {"v": [decimal.Decimal("649686000000001631.440"), decimal.Decimal("1.500")]},
     "--type", "v=decimal(25,3)")
case("51_zones_are_instants", "t,n\n2026-01-01T00:00:00Z,1\n2026-01-01T02:00:00+02:00,2\n",
     {"t": [datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)] * 2})
case("51_some_zones_stay_text", "t,n\n2026-01-01T00:00:00Z,1\n2026-01-01T02:00:00,2\n",
     {"t": ["2026-01-01T00:00:00Z", "2026-01-01T02:00:00"]})
case("52_six_fraction_digits_are_kept", "t,n\n2026-01-01 00:00:00.123456,1\n",
     {"t": [datetime.datetime(2026, 1, 1, 0, 0, 0, 123456)]})
case("53_times_and_days_that_are_none_stay_text", "a,b,n\n24:00:00,1900-02-29,1\n",
     {"a": ["24:00:00"], "b": ["1900-02-29"]})
case("54_dates_then_a_timestamp", "t,n\n2000-01-01,1\n2000-01-02 03:00:00,2\n",
     {"t": [datetime.datetime(2000, 1, 1), datetime.datetime(2000, 1, 2, 3)]})
case("45_null_words_between_numbers", "v\n1\nNA\nN/A\nnull\n2\n", {"v": [1, None, None, None, 2]})
case("45_null_words_stay_text_in_text", "c\nNA\nDE\nUS\n", {"c": ["NA", "DE", "US"]})
case("46_empty_is_null_and_quoted_empty_is_text", 'a,b,c\nx,,1\ny,"",2\n', {"b": [None, ""]})
case("47_zero_and_one_stay_integers", "a,b\n0,true\n1,false\n", {"a": [0, 1], "b": [True, False]})
case("48_thousands_currency_percent_stay_text", 'a;b;c\n1,234.56;$5;50%\n', {"a": ["1,234.56"],
                                                                           "b": ["$5"], "c":
     ["50%"]})
case("49_undecidable_dates_stay_text", "d,n\n03/08/2026,1\n04/08/2026,2\n", {"d": ["03/08/2026",
                                                                               "04/08/2026"]})
case("50_mixed_date_formats_stay_text", "d,n\n2026-03-08,1\n26/06/2026,2\n",
     {"d": ["2026-03-08", "26/06/2026"]})
case("55_epoch_stays_an_integer", "t,n\n1700000000,1\n", {"t": [1700000000]})
case("56_two_digit_years_stay_text", "d,n\n01/02/26,1\n", {"d": ["01/02/26"]})
case("57_all_null_column_is_there", "a,b\n1,\n2,\n", {"a": [1, 2], "b": [None, None]})
case("58_nulls_then_integers", "a,b\n" + rows(20000, "%(i)d,\n") + "20000,7\n",
     {"b": [None] * 20000 + [7]})
case("59_wide_header", ",".join(f"c{i}" for i in range(20000)) + "\n" +
     ",".join(str(i) for i in range(20000)) + "\n", {"c0": [0], "c19999": [19999]})
case("61_text_without_a_delimiter_is_one_column", "words\nhello there\ngood day\n",
     {"words": ["hello there", "good day"]})
for width in (62, 63, 64, 65):
    case(f"62_field_of_{width}_bytes", "a,b\n" + "x" * width + ",1\n" + "y" * width + ",2\n",
         {"a": ["x" * width, "y" * width], "b": [1, 2]})
case("header_of_two_rows_is_joined", "len,width\ncm,cm\n1,2\n3,4\n5,6\n", {"len cm": [1, 3, 5]})
case("footer_is_left_out", "a,b,c\n1,2,3\n4,5,6\n\nSource: office\n", {"a": [1, 4]},
     said="footer: lines 5 to 5")
case("skip_lines_by_flag", "x;y\nq\na,b\n1,2\n", {"a": [1], "b": [2]}, "--skip-lines", "2")
case("header_rows_by_flag", "a,b\nc,d\n1,2\n", {"a c": [1], "b d": [2]}, "--header-rows", "2")
case("footer_by_flag", "a,b\n1,2\n3,4\n9,9\n", {"a": [1, 3]}, "--footer", "1")


@pytest.mark.parametrize("data, want, args, rejected, said, env", CASES)
def test_case(data, want, args, rejected, said, env, tmp_path):
    src, out, report = tmp_path / "in.csv", tmp_path / "out.parquet", tmp_path / "report.json"
    src.write_bytes(data)
    run = lf.logflow("convert", src, "-o", out, "--report", report, "--max-bad", "50%", *args)
    if want is None:
        assert run.rc == 1 and run.err and not out.exists()
        return
    assert run.rc == 0, run.err
    got = pq.read_table(out).to_pydict()
    for name, values in want.items():
        assert got.get(name) == values, (name, str(got)[:300])
    counts = json.loads(report.read_text())["rows"]
    assert counts["in"] == counts["out"] + counts["rejected"] + counts["filtered"]
    assert counts["rejected"] == rejected
    assert said is None or said in run.err


THREE = "Report\n\na,b\n1,2\n\n3,4\n\nname,town,n\nAnn,Oslo,1\nBob,Rome,2\n\nx,y\n1.5,2\n2.5,3\n"
TABLES = [{"a": [1, 3], "b": [2, 4]},
          {"name": ["Ann", "Bob"], "town": ["Oslo", "Rome"], "n": [1, 2]},
          {"x": [1.5, 2.5], "y": [2, 3]}]


@pytest.mark.parametrize("piped", [False, True])
def test_all_tables_are_written(piped, tmp_path):
    src, report = tmp_path / "in.csv", tmp_path / "report.json"
    src.write_text(THREE)
    args = ("-o", tmp_path / "o.parquet", "--tables", "all", "--report", report)
    run = lf.logflow("convert", "-", *args, stdin=THREE.encode()) if piped else \
        lf.logflow("convert", src, *args)
    assert run.rc == 0 and "left out" not in run.err, run.err
    names = ["o.parquet", "o.2.parquet", "o.3.parquet"]
    assert sorted(p.name for p in tmp_path.glob("*.parquet")) == sorted(names)
    assert [pq.read_table(tmp_path / n).to_pydict() for n in names] == TABLES
    told = json.loads(report.read_text())
    assert [p.rsplit("/", 1)[-1] for p in told["outputs"]] == names
    assert [(t["first_line"], t["last_line"], t["converted"]) for t in told["tables"]] == [
        (1, 7, True), (8, 11, True), (12, 14, True)]
    assert told["rows"]["in"] == told["rows"]["out"] == 6


def test_all_tables_into_a_folder_and_refusals(tmp_path):
    src = tmp_path / "in.csv"
    src.write_text(THREE)
    run = lf.logflow("convert", src, "-o", f"{tmp_path}/d/", "--tables", "all")
    assert run.rc == 0, run.err
    assert sorted(p.name for p in (tmp_path / "d").iterdir()) == ["in.2.parquet", "in.3.parquet",
                                                                   "in.parquet"]
    (tmp_path / "d/in.parquet").unlink()  # what stands in the way is refused before any is written
    run = lf.logflow("convert", src, "-o", f"{tmp_path}/d/", "--tables", "all")
    assert run.rc == 2 and "in.2.parquet exists" in run.err
    assert not (tmp_path / "d/in.parquet").exists()
    assert lf.logflow("convert", src, "-o", "-", "--tables", "all").rc == 2


@pytest.mark.parametrize("threads", ["1", "2"])
def test_skipped_lines_are_listed(threads, tmp_path):
    src, report = tmp_path / "in.csv", tmp_path / "report.json"
    lines = ["Report", "", "id,n"] + [f"{i},2" for i in range(60000)]
    for at in (10, 11, 20000, 59000):
        lines[at] = ""
    lines += ["# over, and out", ""]
    src.write_text("\n".join(lines) + "\n\nSource: office\n")
    run = lf.logflow("convert", src, "-o", tmp_path / "o.parquet", "--report", report, "--threads",
                     threads, "--row-group-size", "64KiB", "--comment", "#")
    assert run.rc == 0, run.err
    told = json.loads(report.read_text())
    assert [(s["what"], s["first_line"], s["last_line"]) for s in told["skipped"]] == [
        ("preamble", 1, 2), ("footer", 60007, 60007), ("blank", 11, 12), ("blank", 20001, 20001),
        ("blank", 59001, 59001), ("comment", 60004, 60004), ("blank", 60005, 60006)], told
    assert told["lines"]["blank"] >= 5 and told["skipped_more"] == 0
    assert "blank lines skipped (lines 11 to 12, 20001, 59001" in run.err


def test_many_skipped_lines_are_counted(tmp_path):
    src, report = tmp_path / "in.csv", tmp_path / "report.json"
    src.write_text("id,n\n" + "1,2\n\n" * 1000)
    run = lf.logflow("convert", src, "-o", tmp_path / "o.parquet", "--report", report)
    assert run.rc == 0, run.err
    told = json.loads(report.read_text())
    assert len(told["skipped"]) == 20 and told["skipped_more"] == 980
    assert told["lines"]["blank"] == 1000


@pytest.mark.parametrize("text", [
    "id,text,n\n" + ("1,\"" + 'say "a" or ' * 5_000 + '",2\n') * 30,  # quotes as text in fields
    "id,text\n1,\"" + '{"a":' * 60_000 + "\n",
    'id\n"' + "\n" + 'x"y ' * 100_000 + "\n"])                      # behind a line end
def test_texts_full_of_broken_quotes_take_no_longer_than_others(tmp_path, text):
    src = lf.write(tmp_path / "in.csv", text)
    for options in ([], ["--delimiter", ","], ["--delimiter", "::"]):
        run = lf.logflow("convert", src, "-o", tmp_path / "o.parquet", "--force", *options)
        assert run.rc in (lf.DONE, lf.BAD_DATA), run.err
        assert run.wall_s < lf.prompt(5), options
