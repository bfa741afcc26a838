from os import PathLike
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Protocol, Union

__version__: str
_Path = Union[str, bytes, "PathLike[str]", "PathLike[bytes]"]
_Paths = Union[_Path, Iterable[_Path]]

class _Bar(Protocol):
    n: Any
    total: Any
    def update(self, n: Any = ...) -> Any: ...

class Error(Exception):
    code: str
    number: int
    exit_status: int
    retryable: bool
    message: str
    hint: Optional[str]
    path: Optional[str]
    row: Optional[int]
    line: Optional[int]
    column: Optional[int]
    column_name: Optional[str]
    byte_offset: Optional[int]
    excerpt: Optional[str]

class UsageError(Error, ValueError): ...
class DataError(Error, ValueError): ...
class FileError(Error, OSError): ...
class LimitError(Error): ...
class InternalError(Error): ...
class CancelledError(Error): ...

class Progress(NamedTuple):
    bytes_read: int
    bytes_total: int
    rows: int
    bytes_written: int
    elapsed_s: float

class Option(NamedTuple):
    name: str
    type: str
    default: Optional[str]
    help: str

class Reader:
    def __arrow_c_stream__(self, requested_schema: Optional[object] = ...) -> object: ...
    def __arrow_c_schema__(self) -> object: ...
    def close(self) -> None: ...
    def __enter__(self) -> Reader: ...
    def __exit__(self, *exc: object) -> None: ...

def options() -> List[Option]: ...
def convert(src: _Paths, dst: Optional[_Path] = ..., *, overwrite: bool = ...,
            progress: Union[None, bool, _Bar, Callable[[Progress], object]] = ...,
            **options: Any) -> Dict[str, Any]: ...
def open(src: _Paths, **options: Any) -> Reader: ...
class Column(NamedTuple):
    name: str
    type: str
    nullable: bool
    nulls: Optional[int]

class Inspection(Dict[str, Any]):
    @property
    def path(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def bytes(self) -> Optional[int]: ...
    @property
    def rows(self) -> Optional[int]: ...
    @property
    def columns(self) -> List[Column]: ...
    @property
    def sample(self) -> List[List[Any]]: ...

class Difference(NamedTuple):
    kind: str
    row: Optional[int]
    row_out: Optional[int]
    line: Optional[int]
    byte_offset: Optional[int]
    column: Optional[str]
    value: Optional[str]
    value_out: Optional[str]

class Verification(Dict[str, Any]):
    @property
    def equal(self) -> bool: ...
    @property
    def rows_in(self) -> int: ...
    @property
    def rows_out(self) -> int: ...
    @property
    def differences(self) -> List[Difference]: ...
    @property
    def notes(self) -> List[str]: ...

def inspect(src: _Path, *, rows: int = ..., **options: Any) -> Inspection: ...
def verify(src: _Path, out: _Path, *, differences: int = ..., null_is_empty: bool = ...,
           **options: Any) -> Verification: ...
def load_plugins(*paths: _Path) -> None: ...
def schema(src: _Path, **options: Any) -> Dict[str, Any]: ...
