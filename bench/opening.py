#!/usr/bin/env python3
"""Reads one CSV file into a pyarrow table (Polars: a frame), in a process of its own:
opening.py TOOL SOURCE. Two threads; NA is null where the data has it."""
import os
import pathlib
import sys

THREADS = 2
SITE = pathlib.Path(__file__).resolve().parent.parent / "build/python-site"


def logflow(src, null):
    sys.path.insert(0, str(SITE))
    import logflow as lf
    import pyarrow as pa
    return pa.table(lf.open(src, threads=THREADS, null=[null] if null else None)).num_rows


def pyarrow(src, null):
    import pyarrow as pa
    import pyarrow.csv as pc
    pa.set_cpu_count(THREADS)
    return pc.read_csv(src, convert_options=pc.ConvertOptions(null_values=["", null or ""])
                       ).num_rows


def polars(src, null):
    os.environ["POLARS_MAX_THREADS"] = str(THREADS)
    import polars as pl
    return pl.read_csv(src, null_values=null, try_parse_dates=True,
                       infer_schema_length=10000).height


def duckdb(src, null):
    import duckdb as db
    con = db.connect()
    con.execute(f"set threads={THREADS}")
    nulls = f", nullstr='{null}'" if null else ""
    return con.sql(f"from read_csv('{src}'{nulls})").to_arrow_table().num_rows


if __name__ == "__main__":
    tool, path = sys.argv[1:3]
    print(globals()[tool](path, "NA" if "flights" in path else None))
