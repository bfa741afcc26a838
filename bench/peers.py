#!/usr/bin/env python3
"""One conversion by one peer, in a process of its own: peers.py TOOL SOURCE TARGET CODEC[:LEVEL].

Each peer is asked for what LogFlow does by itself: two threads, all rows kept, dates typed, NA
given as a null spelling where the data has it. What a peer needs beyond that is set here.
"""
import os
import sys

THREADS = 2


def batches_of(src):
    """Of an Arrow file, which is not read as a whole."""
    import pyarrow as pa
    import pyarrow.ipc as ipc
    reader = ipc.open_file(pa.memory_map(src))
    return reader.schema, (reader.get_batch(i) for i in range(reader.num_record_batches))


def duckdb(src, dst, codec, level, null):
    import duckdb as db
    con = db.connect()
    con.execute(f"set threads={THREADS}")
    if src.endswith(".arrow"):
        import pyarrow as pa
        arrow = pa.RecordBatchReader.from_batches(*batches_of(src))  # noqa: F841 (by its name)
        con.execute(f"copy (from arrow) to '{dst}' (format parquet, compression {codec})")
        return
    nulls = f", nullstr='{null}'" if null else ""
    grade = f", compression_level {level}" if level else ""
    read = f"read_json('{src}')" if src.endswith(".jsonl") else f"read_csv('{src}'{nulls})"
    con.execute(f"copy (from {read}) to '{dst}' "
                f"(format parquet, compression {codec}{grade})")


def polars(src, dst, codec, level, null):
    os.environ["POLARS_MAX_THREADS"] = str(THREADS)
    import polars as pl
    if src.endswith(".jsonl"):
        frame = pl.scan_ndjson(src, infer_schema_length=10000)
    elif src.endswith(".arrow"):
        frame = pl.scan_ipc(src)
    else:
        frame = pl.scan_csv(src, null_values=null, try_parse_dates=True,
                            infer_schema_length=10000)
    frame.sink_parquet(dst, compression=codec, compression_level=level)


def pyarrow(src, dst, codec, level, null):
    import pyarrow as pa
    import pyarrow.csv as pc
    import pyarrow.parquet as pq
    pa.set_cpu_count(THREADS)
    pa.set_io_thread_count(THREADS)
    if src.endswith(".jsonl"):
        import pyarrow.json as pj
        pq.write_table(pj.read_json(src), dst, compression=codec, compression_level=level)
        return
    if src.endswith(".arrow"):
        schema, batches = batches_of(src)
    else:
        batches = pc.open_csv(
            src, parse_options=pc.ParseOptions(newlines_in_values="tickets" in src),
            convert_options=pc.ConvertOptions(null_values=["", null or ""]))
        schema = batches.schema
    with pq.ParquetWriter(dst, schema, compression=codec, compression_level=level) as writer:
        for batch in batches:
            writer.write_batch(batch)


def chdb(src, dst, codec, level, null):
    import chdb as ch
    word = null or r"\\N"
    forms = {"jsonl": "JSONEachRow", "arrow": "Arrow"}
    form = forms.get(src.rpartition(".")[2], "CSVWithNames")
    ch.query(f"insert into function file('{dst}', Parquet) select * from "
             f"file('{src}', {form}) settings max_threads={THREADS}, "
             f"output_format_parquet_compression_method='{codec}', "
             f"format_csv_null_representation='{word}'")


def main():
    tool, src, dst, codec = sys.argv[1:5]
    codec, _, level = codec.partition(":")
    null = "NA" if "flights" in src else None
    convert = {"duckdb": duckdb, "polars": polars, "pyarrow": pyarrow, "chdb": chdb}[tool]
    level = int(level) if level else None
    if not os.path.isdir(src):
        convert(src, dst, codec, level, null)
        return
    for name in sorted(os.listdir(src)):  # each to a file of its own
        out = os.path.join(dst, name.replace(".csv", ".parquet"))
        convert(os.path.join(src, name), out, codec, level, null)


if __name__ == "__main__":
    main()
