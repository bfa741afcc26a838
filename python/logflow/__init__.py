"""Any data format into Parquet and Arrow, fast and in constant memory.

    import logflow

    logflow.convert("sales.csv", "sales.parquet")
    table = pyarrow.table(logflow.open("sales.csv"))        # or polars.DataFrame, duckdb.sql ...
    logflow.inspect("sales.parquet").columns
    logflow.verify("sales.csv", "sales.parquet").equal

Options are those of the command line, dashes as underscores: `memory_limit="200MiB"`,
`null=["NA", "-"]`, `type={"zip": "string"}`, `all_strings=True`; `from_="json"`, as `from` is a
word of Python. `logflow.options()` lists them.
"""
from __future__ import annotations

import json as _json
import os as _os
from typing import NamedTuple

from . import _logflow

__all__ = ["CancelledError", "Column", "DataError", "Difference", "Error", "FileError",
           "Inspection", "InternalError", "LimitError", "Option", "Progress", "Reader",
           "UsageError", "Verification", "convert", "inspect", "load_plugins", "open", "options",
           "schema", "verify"]
__version__ = _logflow.version


class Error(Exception):
    """What went wrong, and where.

    code: stable name ("ROW_WIDTH"), number: its number. path, row (from 1), line (from 1), column
    (from 1), column_name, byte_offset (from 0), excerpt: the place, None where unknown.
    hint: what to do next. retryable: whether trying again may help. exit_status: of the program.
    """

    code: str
    number: int
    exit_status: int
    retryable: bool
    message: str
    hint: str | None
    path: str | None
    row: int | None
    line: int | None
    column: int | None
    column_name: str | None
    byte_offset: int | None
    excerpt: str | None

    def __init__(self, record):
        self.__dict__.update(record)
        super().__init__(self._text())

    def _text(self):
        place = [self.path or ""]
        for name in ("line", "row", "column"):
            if getattr(self, name) is not None:
                place.append(f"{name} {getattr(self, name)}")
        if self.column_name:
            place[-1] += f" ({self.column_name})"
        where = ", ".join(p for p in place if p)
        what = self.message.removeprefix(f"{self.path}: ")
        hint = f"; {self.hint}" if self.hint else ""
        return f"{where + ': ' if where else ''}{what} [{self.code}]{hint}"

    def __reduce__(self):
        return type(self), (dict(self.__dict__),)


class UsageError(Error, ValueError):
    """An option, a name or a schema is wrong; nothing was read."""


class DataError(Error, ValueError):
    """The input's data is bad."""


class FileError(Error, OSError):
    """A file or device failed."""


class LimitError(Error):
    """Memory, disk or time ran out, or a limit that was set."""


class InternalError(Error):
    """A fault of LogFlow itself."""


class CancelledError(Error):
    """The call was cancelled."""


_CLASSES = {1: DataError, 2: UsageError, 3: FileError, 4: LimitError, 5: InternalError,
            130: CancelledError}


class Progress(NamedTuple):
    """A point of a running conversion: bytes of the input as stored (total 0 where unknown), good
    rows, bytes written, seconds."""

    bytes_read: int
    bytes_total: int
    rows: int
    bytes_written: int
    elapsed_s: float


class Option(NamedTuple):
    """One option that convert and open take."""

    name: str
    type: str
    default: str | None
    help: str


def options() -> list[Option]:
    """All options of `convert` and `open`, with underscores, as they are given here."""
    return [Option(name.replace("-", "_"), *rest) for name, *rest in _logflow.options()]


def _checked(result):
    if isinstance(result, dict):
        raise _CLASSES.get(result["exit_status"], Error)(result)
    return result


def _paths(src):
    one = isinstance(src, (str, bytes, _os.PathLike))
    return [_os.fsencode(p) for p in ([src] if one else src)]


def _values(name, value):
    """The texts that one option becomes: none, one, or one an element."""
    if name in ("header", "spool") and isinstance(value, bool):
        return ["yes" if value else "no"]
    if value is None or value is False:
        return []
    if value is True:
        return ["true"]
    if isinstance(value, dict):
        if name == "rename":
            return [str(k).replace("\\", "\\\\").replace("=", "\\=") + "=" +
                    str(v).replace("\\", "\\\\")
                    for k, v in value.items()]
        return [f"{k}={v}" for k, v in value.items()]
    if isinstance(value, (list, tuple)):
        if name == "columns":
            return [",".join(str(v).replace("\\", "\\\\").replace(",", "\\,") for v in value)]
        return [str(v) for v in value]
    return [_os.fsdecode(value) if isinstance(value, _os.PathLike) else str(value)]


def _options(given):
    return [(name.rstrip("_").replace("_", "-"), text) for name, value in given.items()
            for text in _values(name, value)]


def _teller(progress):
    """(callback of five numbers or None, what to call at the end)."""
    if progress is None or progress is False:
        return None, lambda: None
    if progress is True:
        from tqdm.auto import tqdm
        progress = tqdm(unit="B", unit_scale=True, unit_divisor=1024)
        close = progress.close
    else:
        def close():
            return None
    if not hasattr(progress, "update"):
        return (lambda *numbers: progress(Progress(*numbers))), close

    def tell(read, total, *_rest):
        progress.total = total or None
        progress.update(read - progress.n)

    return tell, close


def convert(src, dst=None, *, overwrite=False, progress=None, **options):
    """Converts `src` (a path, folder, pattern or "@list.txt", or several) into `dst` (Parquet).

    dst: a path; a folder with a slash at the end; None: beside the input. Nothing appears there
    unless all went well. An existing file is refused unless `overwrite`; an input is never
    overwritten. progress: a callable that takes a `Progress` about ten times a second, a tqdm bar,
    or True for a new one; what it raises ends the conversion. options: see `options()`.

    Returns the report as a dict: "rows" (in = out + rejected + filtered), "bytes", "warnings" ...
    Raises `Error`. Other threads run meanwhile; Ctrl-C ends it within 100 ms, with nothing left.
    """
    tell, close = _teller(progress)
    out = None if dst is None else _os.fsencode(dst)
    try:
        text = _logflow.convert(_paths(src), out, _options(options), bool(overwrite), tell,
                                _plugins)
        report = _json.loads(_checked(text))
        if tell is not None:
            stored = report.get("bytes", {}).get("in", 0)
            tell(stored, stored, report["rows"]["out"], report.get("bytes", {}).get("out", 0),
                 report.get("elapsed_s", 0.0))
    finally:
        close()
    return report


class Reader:
    """An input as Arrow batches: give it to pyarrow.table, polars.DataFrame, duckdb.sql, pandas.

    The types are those of all rows, settled when it is opened. Each library that asks gets all rows
    from the start; what can be read only once ("-", a pipe) is given once.
    """

    def __init__(self, src, options):
        self._src, self._given = _paths(src), _options(options)
        self._first = self._stream()
        self._schema = _logflow.stream_schema(self._first)

    def _stream(self):
        return _checked(_logflow.open_stream(self._src, self._given, _plugins))

    def __arrow_c_stream__(self, requested_schema=None):
        """The stream as a PyCapsule (Arrow PyCapsule interface); requested_schema is not used."""
        stream, self._first = self._first, None
        return stream if stream is not None else self._stream()

    def __arrow_c_schema__(self):
        """The schema as a PyCapsule."""
        if self._first is not None:
            return _logflow.stream_schema(self._first)
        return _logflow.stream_schema(self._stream())

    def close(self):
        """Ends what is open. The reader can still be given to a library, which opens it anew."""
        self._first = None

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()


def open(src, **options) -> Reader:  # noqa: A001 - logflow.open is the name that users look for
    """Opens `src` (a path, folder, pattern, "@list.txt", or several) for Arrow libraries to read.

    Raises `Error` where the input cannot be opened or typed; what fails later is raised by the
    library that reads. options: see `options()`; `row_group_size` sets the batches; `spool=False`
    reads a pipe once, by the types of its head: a value that they cannot hold ends it.
    """
    return Reader(src, options)


class Column(NamedTuple):
    """One column of a file. nulls: how many there are, as far as the file was read or says so;
    None where neither."""

    name: str
    type: str
    nullable: bool
    nulls: int | None


class Inspection(dict):
    """What `inspect` found: all of `logflow inspect --json` by its keys, the common part typed."""

    @property
    def path(self) -> str:
        return self["file"]

    @property
    def format(self) -> str:
        return self["format"]

    @property
    def bytes(self) -> int | None:
        """The file's size; None of a pipe."""
        return self.get("bytes")

    @property
    def rows(self) -> int | None:
        """How many there are; None where the file would have to be read to know."""
        return self.get("rows") if self.get("whole", True) else None

    @property
    def columns(self) -> list[Column]:
        """The columns with their types, nested ones as "list<struct<a:int64>>"."""
        found = {c["name"]: c.get("nulls") for c in self.get("columns", []) if "name" in c}
        return [Column(c["name"], c["type"], c.get("nullable", True), found.get(c["name"]))
                for c in self["schema"]["columns"]]

    @property
    def sample(self) -> list[list]:
        """The first rows, as many as were asked for."""
        return self.get("sample", [])


def inspect(src, *, rows=0, **options) -> Inspection:
    """What is in a file: columns, types, sizes; with `rows`, the first of them. Raises `Error`.

    Of a text (CSV, JSON) what its first mebibyte shows.
    """
    text = _logflow.inspect(_paths(src), _options(options), rows, False, _plugins)
    return Inspection(_json.loads(_checked(text)))


class Difference(NamedTuple):
    """Where two files differ. kind: "cell", "row_missing", "row_extra", "row_width", "column",
    "ledger". row, line (from 1), byte_offset: of the input; row_out: of the output; column: with
    the path to a nested value ("who.tags[1]"). None: unknown, or of the whole row. value,
    value_out: what both hold; None: null, or nothing."""

    kind: str
    row: int | None
    row_out: int | None
    line: int | None
    byte_offset: int | None
    column: str | None
    value: str | None
    value_out: str | None


class Verification(dict):
    """What `verify` found: all of `logflow verify --json` by its keys, the common part typed."""

    @property
    def equal(self) -> bool:
        """The same rows in the same order, in columns of the same names."""
        return self["equal"]

    @property
    def rows_in(self) -> int:
        return self["rows"]["in"]

    @property
    def rows_out(self) -> int:
        return self["rows"]["out"]

    @property
    def differences(self) -> list[Difference]:
        """The first of them; `["n_differences"]` says how many there are."""
        return [Difference(*(d[k] for k in ("kind", "row", "row_out", "line", "byte_offset",
                                            "column", "in", "out")))
                for d in self["differences"]]

    @property
    def notes(self) -> list[str]:
        """What is unlike without being a difference."""
        return self["notes"]


def verify(src, out, *, differences=10, null_is_empty=False, **options) -> Verification:
    """Compares every cell of two files, each of any format that is read and of any writer.

    A text is read as the types of `out`; nested values are compared level by level. options say
    how `src` is read, as for `convert`; `to` names the format of `out`. differences: how many are
    kept with their place. null_is_empty: null and empty text are equal. Raises `Error`, but not for
    a difference. Other threads run meanwhile; Ctrl-C ends it.
    """
    text = _logflow.verify([_os.fsencode(src), _os.fsencode(out)], _options(options), differences,
                           bool(null_is_empty), _plugins)
    return Verification(_json.loads(_checked(text)))


_plugins = None
_plugin_paths: list[bytes] = []


def load_plugins(*paths):
    """Loads plugins (shared libraries, or folders of them), which every later call then knows:
    their formats (`from_="name:options"` or by themselves) and transforms (`transform="name"`).

    Without paths: those of $LOGFLOW_HOME/plugins, or ~/.logflow/plugins. They run as code of this
    process and stay loaded. Raises `Error`; the plugins are then what they were.
    """
    global _plugins
    if not paths:
        home = _os.environ.get("LOGFLOW_HOME") or _os.path.expanduser("~/.logflow")
        paths = [_os.path.join(home, "plugins")]
    new = [p for p in map(_os.fsencode, paths) if p not in _plugin_paths]
    _plugins = _checked(_logflow.load_plugins(_plugin_paths + new))
    _plugin_paths.extend(new)


def schema(src, **options) -> dict:
    """The types of a file's columns, as `schema=` of convert takes them from a JSON file."""
    return _json.loads(_checked(_logflow.inspect(_paths(src), _options(options), 0, True,
                                                _plugins)))
