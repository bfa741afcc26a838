"""The typing and row rules, one small text each: what comes out, as pyarrow reads it."""
import datetime as dt
from decimal import Decimal as D

import lf
import pytest
import readers

INT, UINT, DOUBLE, BOOL, TEXT = "int64", "uint64", "double", "bool", "string"
DATE, TIME, STAMP, INSTANT = "date32[day]", "time64[us]", "timestamp[us]", "timestamp[us, tz=UTC]"
UTC = dt.timezone.utc


def day(*a):
    return dt.date(*a)


def at(*a, z=None):
    return dt.datetime(*a, tzinfo=z)


# name: (text, options, {column: (type, values)})
CASES = {
    "integers_and_doubles": (
        "a,b\n1,1.5\n-2,2.25\n", [],
        {"a": (INT, [1, -2]), "b": (DOUBLE, [1.5, 2.25])}),
    "integer_then_fraction_is_double": (
        "a\n1\n2.5\n", [], {"a": (DOUBLE, [1.0, 2.5])}),
    "limits_of_int64": (
        "a\n9223372036854775807\n-9223372036854775808\n", [],
        {"a": (INT, [2**63 - 1, -2**63])}),
    "uint64_beyond_int64": (
        "a\n18446744073709551615\n1\n", [], {"a": (UINT, [2**64 - 1, 1])}),
    "negative_beside_beyond_int64_is_decimal": (
        "a\n9223372036854775808\n-1\n", [], {"a": ("decimal", [D(2**63), D(-1)])}),
    "beyond_uint64_is_decimal": (
        "a\n18446744073709551616\n1\n", [], {"a": ("decimal", [D(2**64), D(1)])}),
    "beyond_38_digits_is_text": (
        "a\n%s\n1\n" % ("9" * 40), [], {"a": (TEXT, ["9" * 40, "1"])}),
    "fifteen_digits_are_double": (
        "a\n0.123456789012345\n99999.9999999999\n", [],
        {"a": (DOUBLE, [0.123456789012345, 99999.9999999999])}),
    "more_than_fifteen_digits_are_decimal": (
        "a\n649686000000001631.440\n1.5\n", [],
        {"a": ("decimal", [D("649686000000001631.440"), D("1.5")])}),
    "two_to_the_53_plus_one_beside_a_half": (
        "a\n9007199254740993\n0.5\n", [],
        {"a": ("decimal", [D("9007199254740993"), D("0.5")])}),
    "decimal_option": (
        "a,b\n1.50,7\n22.5,8\n", ["--decimal"],
        {"a": ("decimal128(4, 2)", [D("1.50"), D("22.50")]), "b": (INT, [7, 8])}),
    "leading_zeros_stay_text": (
        "zip,n\n02116,1\n10115,2\n", [], {"zip": (TEXT, ["02116", "10115"]), "n": (INT, [1, 2])}),
    "plus_hex_thousands_stay_text": (
        'a,b,c\n+5,0x1F,"1,234"\n6,0x20,"5,678"\n', [],
        {"a": (TEXT, ["+5", "6"]), "b": (TEXT, ["0x1F", "0x20"]),
         "c": (TEXT, ["1,234", "5,678"])}),
    "booleans": (
        "a,b\ntrue,0\nfalse,1\n", [], {"a": (BOOL, [True, False]), "b": (INT, [0, 1])}),
    "iso_dates": (
        "d\n2026-01-31\n0001-01-01\n9999-12-31\n", [],
        {"d": (DATE, [day(2026, 1, 31), day(1, 1, 1), day(9999, 12, 31)])}),
    "impossible_date_is_text": (
        "d\n1900-02-28\n1900-02-29\n", [], {"d": (TEXT, ["1900-02-28", "1900-02-29"])}),
    "day_first_decided_by_the_column": (
        "d\n03/08/2026\n26/06/2026\n", [], {"d": (DATE, [day(2026, 8, 3), day(2026, 6, 26)])}),
    "month_first_decided_by_the_column": (
        "d\n03/08/2026\n06/26/2026\n", [], {"d": (DATE, [day(2026, 3, 8), day(2026, 6, 26)])}),
    "undecidable_day_and_month_is_text": (
        "d\n03/08/2026\n05/06/2026\n", [], {"d": (TEXT, ["03/08/2026", "05/06/2026"])}),
    "local_timestamps": (
        "t\n2026-01-02 03:04:05\n2026-01-02T03:04:05.25\n", [],
        {"t": (STAMP, [at(2026, 1, 2, 3, 4, 5), at(2026, 1, 2, 3, 4, 5, 250000)])}),
    "instants": (
        "t\n2026-01-02T03:04:05Z\n2026-01-02T03:04:05+02:00\n", [],
        {"t": (INSTANT, [at(2026, 1, 2, 3, 4, 5, z=UTC), at(2026, 1, 2, 1, 4, 5, z=UTC)])}),
    "zone_in_some_values_is_text": (
        "t\n2026-01-02T03:04:05Z\n2026-01-02T03:04:05\n", [],
        {"t": (TEXT, ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05"])}),
    "nanoseconds_where_needed": (
        "t\n2026-01-02 03:04:05.123456789\n2026-01-02 03:04:05\n", [],
        {"t": ("timestamp[ns]", [("ns", 1767323045123456789), ("ns", 1767323045000000000)])}),
    "date_then_timestamp": (
        "t\n2000-01-01\n2000-01-01 00:00:01\n", [],
        {"t": (STAMP, [at(2000, 1, 1), at(2000, 1, 1, 0, 0, 1)])}),
    "times": (
        "t\n10:20:30\n23:59:59.5\n", [],
        {"t": (TIME, [dt.time(10, 20, 30), dt.time(23, 59, 59, 500000)])}),
    "epoch_stays_integer": ("t\n1700000000\n", [], {"t": (INT, [1700000000])}),
    "empty_is_null_everywhere": (
        "a,b\n1,x\n,\n3,z\n", [], {"a": (INT, [1, None, 3]), "b": (TEXT, ["x", None, "z"])}),
    "null_words_in_a_typed_column": (
        "a,b\n1,true\nNA,NULL\nN/A,null\n\\N,false\n-,-\n", [],
        {"a": (INT, [1, None, None, None, None]),
         "b": (BOOL, [True, None, None, False, None])}),
    "null_words_stay_in_a_text_column": (
        "country,n\nNA,1\nDE,2\nnull,3\n", [],
        {"country": (TEXT, ["NA", "DE", "null"]), "n": (INT, [1, 2, 3])}),
    "nan_in_a_double_column": (
        "a\n1.5\nNaN\n", [], {"a": (DOUBLE, [1.5, float("nan")])}),
    "null_option_replaces_the_words": (
        "a,b,c\n1,?,x\n?,5,?\n3,6,NA\n", ["--null", "?"],
        {"a": (INT, [1, None, 3]), "b": (INT, [None, 5, 6]), "c": (TEXT, ["x", None, "NA"])}),
    "null_option_repeats": (
        "a\n1\n?\n--\n", ["--null", "?", "--null=--"], {"a": (INT, [1, None, None])}),
    "quoted_empty_is_null_where_typed": (
        'a,b\n1,x\n"",""\n', [], {"a": (INT, [1, None]), "b": (TEXT, ["x", ""])}),
    "quoted_null_word_in_a_text_column": (
        'a,b\nx,1\n"NA",2\n', [], {"a": (TEXT, ["x", "NA"]), "b": (INT, [1, 2])}),
    "all_null_column_is_text": (
        "a,b\n1,\n2,\n", [], {"a": (INT, [1, 2]), "b": (TEXT, [None, None])}),
    "no_header_where_the_first_row_is_data": (
        "1,x\n2,y\n", [], {"column_1": (INT, [1, 2]), "column_2": (TEXT, ["x", "y"])}),
    "header_no": (
        "a,b\nc,d\n", ["--header", "no"],
        {"column_1": (TEXT, ["a", "c"]), "column_2": (TEXT, ["b", "d"])}),
    "header_yes": (
        "1,2\n3,4\n", ["--header", "yes"], {"1": (INT, [3]), "2": (INT, [4])}),
    "all_text_unique_first_row_is_header": (
        "name,city\nAda,Bonn\nBo,Kiel\n", [],
        {"name": (TEXT, ["Ada", "Bo"]), "city": (TEXT, ["Bonn", "Kiel"])}),
    "header_only_is_no_rows_of_text": ("a,b\n", [], {"a": (TEXT, []), "b": (TEXT, [])}),
    "byte_order_mark_is_dropped": (
        "\ufeffa,b\n1,2\n", [], {"a": (INT, [1]), "b": (INT, [2])}),
    "quotes": (
        'a,b\n"x, y","say ""hi"""\n"line\nbreak",12" monitor\n', [],
        {"a": (TEXT, ["x, y", "line\nbreak"]), "b": (TEXT, ['say "hi"', '12" monitor'])}),
    "carriage_returns": (
        'a,b\r\n1,"x\r\ny"\r\n2,z\r\n', [], {"a": (INT, [1, 2]), "b": (TEXT, ["x\r\ny", "z"])}),
    "last_line_without_newline": ("a,b\n1,2\n3,4", [], {"a": (INT, [1, 3]), "b": (INT, [2, 4])}),
    "semicolons": ("a;b\n1;x,y\n2;z\n", [], {"a": (INT, [1, 2]), "b": (TEXT, ["x,y", "z"])}),
    "tabs": ("a\tb\n1\tx y\n", [], {"a": (INT, [1]), "b": (TEXT, ["x y"])}),
    "bars": ("a|b\n1|x\n2|y\n", [], {"a": (INT, [1, 2]), "b": (TEXT, ["x", "y"])}),
    "delimiter_option": (
        "a:b\n1:x\n", ["--delimiter", ":"], {"a": (INT, [1]), "b": (TEXT, ["x"])}),
    "blank_lines_are_skipped": (
        "a,b\n1,2\n\n\n3,4\n", [], {"a": (INT, [1, 3]), "b": (INT, [2, 4])}),
    "blank_line_in_one_column_is_null": ("a\n1\n\n3\n", [], {"a": (INT, [1, None, 3])}),
    "short_row_is_padded": (
        "a,b,c\n1,2,3\n4,5\n6,7,8\n", [],
        {"a": (INT, [1, 4, 6]), "b": (INT, [2, 5, 7]), "c": (INT, [3, None, 8])}),
    "empty_surplus_that_most_rows_have_is_cut": (
        "a,b\n1,2,\n3,4,\n5,6,\n", [], {"a": (INT, [1, 3, 5]), "b": (INT, [2, 4, 6])}),
    "nul_byte_in_text_is_kept": (
        "a,b\nx\0y,1\nz,2\n", [], {"a": (TEXT, ["x\0y", "z"]), "b": (INT, [1, 2])}),
    "unicode": (
        "né,市\nü,東京\nß,😀\n", [], {"né": (TEXT, ["ü", "ß"]), "市": (TEXT, ["東京", "😀"])}),
    "all_strings": (
        "a,b\n1,\n2.5,NA\n", ["--all-strings"],
        {"a": (TEXT, ["1", "2.5"]), "b": (TEXT, [None, "NA"])}),
    "type_option": (
        "a,b\n1,2\n3,4\n", ["--type", "a=string", "--type", "b=double"],
        {"a": (TEXT, ["1", "3"]), "b": (DOUBLE, [2.0, 4.0])}),
    "columns_option_selects_and_orders": (
        "a,b,c\n1,2,3\n4,5,6\n", ["--columns", "c,a"], {"c": (INT, [3, 6]), "a": (INT, [1, 4])}),
    "limit_option": ("a\n1\n2\n3\n", ["--limit", "2"], {"a": (INT, [1, 2])}),
    "infer_full": ("a\n1\n2\nx\n", ["--infer", "full"], {"a": (TEXT, ["1", "2", "x"])}),
}


@pytest.mark.parametrize("name", CASES)
def test_rule(name, tmp_path, out):
    text, options, want = CASES[name]
    lf.convert(lf.write(tmp_path / "in.csv", text), out, *options)
    types = readers.types(out)
    for column, (kind, _) in want.items():
        got = types.get(column)
        assert got is not None, f"columns are {list(types)}"
        assert got.startswith(kind) if kind == "decimal" else got == kind, f"{column} is {got}"
    lines = readers.differences(readers.pyarrow(out), {c: v for c, (_, v) in want.items()})
    assert not lines, "\n".join(lines)


@pytest.mark.parametrize("isa", ["scalar", "avx2", "avx512"])
def test_rules_hold_on_every_instruction_set(isa, tmp_path, out):
    probe = lf.logflow("convert", lf.write(tmp_path / "p.csv", "a\n1\n"), "-o",
                       tmp_path / "p.parquet", env={"LF_SIMD": isa})
    if probe.rc == lf.USAGE:
        pytest.skip(f"this machine has no {isa}")
    for name, (text, options, want) in CASES.items():
        lf.convert(lf.write(tmp_path / "in.csv", text), out, "--force", *options,
                   env={"LF_SIMD": isa})
        lines = readers.differences(readers.pyarrow(out), {c: v for c, (_, v) in want.items()})
        assert not lines, name + ": " + "\n".join(lines)


def test_schema_file_types_columns(tmp_path, out):
    schema = lf.write(tmp_path / "s.json", '{"columns":[{"name":"d","type":"date","format":'
                      '"%d/%m/%Y"},{"name":"n","type":"decimal(9,2)"},{"name":"w","type":"int64",'
                      '"null":["none"]}]}')
    src = lf.write(tmp_path / "in.csv", "d,n,w\n03/08/2026,1.5,none\n04/08/2026,2,7\n")
    lf.convert(src, out, "--schema", schema)
    assert readers.types(out) == {"d": DATE, "n": "decimal128(9, 2)", "w": INT}
    assert readers.pyarrow(out) == {"d": [day(2026, 8, 3), day(2026, 8, 4)],
                                    "n": [D("1.50"), D("2.00")], "w": [None, 7]}


def test_inspect_schema_is_what_convert_takes(tmp_path, out):
    src = lf.write(tmp_path / "in.csv", "a,b,c\n1,x,2026-01-01\n2,y,2026-01-02\n")
    lf.convert(src, out)
    run = lf.logflow("inspect", out, "--schema")
    assert run.rc == 0, run.err
    again = tmp_path / "again.parquet"
    lf.convert(src, again, "--schema", lf.write(tmp_path / "s.json", run.out))
    assert readers.pyarrow(again) == readers.pyarrow(out)
    assert readers.types(again) == readers.types(out)
