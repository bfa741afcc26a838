"""Rows and bytes of fixed inputs, without a codec, against results.csv: --update rewrites it."""
import csv
import pathlib

import lf
import pytest

RESULTS = pathlib.Path(__file__).with_name("results.csv")
SOURCES = {
    "lineitem_0.01": lambda d: d.lineitem(0.01),
    "flights_1": lambda d: d.flights(1),
    "wide_1000x600": lambda d: d.wide(1000, 600),
    "quoted_8mb": lambda d: d.quoted(8),
}
OPTIONS = {"default": [], "plain": ["--encodings", "plain"], "modern": ["--encodings", "modern"]}


def expected():
    if not RESULTS.exists():
        return {}
    with open(RESULTS, newline="") as f:
        return {(r["input"], r["encodings"]): r for r in csv.DictReader(f)}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("name", SOURCES)
def test_size(name, options, data, out, request):
    run = lf.convert(SOURCES[name](data), out, "--compression", "none", *OPTIONS[options])
    got = {"input": name, "encodings": options, "rows": str(run.report["rows"]["out"]),
           "row_groups": str(run.report["row_groups"]), "bytes": str(out.stat().st_size)}
    table = expected()
    if request.config.getoption("--update"):
        table[name, options] = got
        with open(RESULTS, "w", newline="") as f:
            w = csv.DictWriter(f, list(got), lineterminator="\n")
            w.writeheader()
            w.writerows(table[k] for k in sorted(table))
    assert table.get((name, options)) == got
