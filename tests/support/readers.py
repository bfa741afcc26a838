"""One table, read by each peer into plain Python values, so that they can be compared.

A table is {column: [values]}; instants are aware datetimes in UTC, decimals Decimal, dates date,
times time, text str. Nanoseconds are kept as integers ("ns", n).
"""
import datetime as dt
import decimal

import pyarrow as pa
import pyarrow.parquet as pq

UTC = dt.timezone.utc
EPOCH = dt.datetime(1970, 1, 1)


def from_arrow(table):
    out = {}
    for name, column in zip(table.column_names, table.columns):
        t = column.type
        if pa.types.is_dictionary(t):
            column, t = column.cast(t.value_type), t.value_type
        if pa.types.is_timestamp(t) and t.unit == "ns":
            out[name] = [None if v is None else ("ns", v)
                         for v in column.cast(pa.int64()).to_pylist()]
        elif pa.types.is_timestamp(t):
            zone = UTC if t.tz else None
            out[name] = [None if v is None else
                         (EPOCH + dt.timedelta(microseconds=v)).replace(tzinfo=zone)
                         for v in column.cast(pa.timestamp("us", t.tz)).cast(pa.int64())
                         .to_pylist()]
        else:
            out[name] = column.to_pylist()
    return out


def pyarrow(path):
    return from_arrow(pq.read_table(path))


def duckdb(path):
    import duckdb as db
    con = db.connect()
    con.execute("set threads=2; set TimeZone='UTC'")
    return from_arrow(con.execute(f"select * from read_parquet('{path}')").to_arrow_table())


def polars(path):
    import polars as pl
    return from_arrow(pl.read_parquet(path).to_arrow())


def chdb(path):
    import chdb as ch
    import io
    raw = ch.query(f"select * from file('{path}', Parquet) settings max_threads=1,"
                   " input_format_parquet_preserve_order=1,"
                   " output_format_arrow_string_as_string=1", "Arrow").bytes()
    return from_arrow(pa.ipc.open_file(io.BytesIO(raw)).read_all())


ALL = {"pyarrow": pyarrow, "duckdb": duckdb, "polars": polars, "chdb": chdb}


def same_value(a, b):
    if a == b and type(a) is type(b):
        return True
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (a != a and b != b)
    if isinstance(a, (int, bool)) and isinstance(b, (int, bool)):
        return a == b
    if isinstance(a, decimal.Decimal) or isinstance(b, decimal.Decimal):
        return a is not None and b is not None and decimal.Decimal(a) == decimal.Decimal(b)
    if isinstance(a, dt.datetime) and isinstance(b, dt.datetime):
        return a.replace(tzinfo=None) == b.replace(tzinfo=None)
    return a == b


def differences(got, want, most=5):
    """Lines that say where two tables differ; empty: they are equal."""
    if list(got) != list(want):
        return [f"columns {list(got)} != {list(want)}"]
    lines = []
    for name in want:
        a, b = got[name], want[name]
        if len(a) != len(b):
            lines.append(f"{name}: {len(a)} rows != {len(b)}")
            continue
        for i, (x, y) in enumerate(zip(a, b)):
            if not same_value(x, y):
                lines.append(f"{name} row {i + 1}: {x!r} != {y!r}")
                if len(lines) >= most:
                    return lines
    return lines


def types(path):
    """{column: Arrow type as text}, as pyarrow names them."""
    return {f.name: str(f.type) for f in pq.read_schema(path)}
