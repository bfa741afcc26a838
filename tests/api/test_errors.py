"""Every code of the table is reached, with its exit status, its place and what to do next."""
import fcntl
import gzip
import json
import os
import re
import resource
import signal
import struct
import subprocess
import termios
import time
import unicodedata

import pytest

from support import lf

ROW = re.compile(r'X\((\w+), (\d+), (\d+), (\d+), ([01]), "(.*?)",\s*"(.*?)"\)')
HEADER = re.sub(r"\s*\\\n\s*", " ", (lf.ROOT / "include/logflow/error.h").read_text())
TABLE = {m[0]: (int(m[1]), int(m[2]), m[4] == "1", m[5], m[6]) for m in ROW.findall(HEADER)}

GOOD = "".join(f"{i},n{i},{i}\n" for i in range(1, 21))
STRICT = ["--on-error", "strict"]

# Reached by programs that link the library; the test's file names the code.
ELSEWHERE = {"ENCODE": "tests/unit/encode_parquet/parquet_encode_test.c",
             "INTERNAL": "tests/unit/io/sink_test.c",
             "CHANGED": "tests/unit/io/source_test.c",
             "TYPE_CHANGED": "tests/api/test_stream.py",
             "NO_MEMORY": "tests/unit/io/fault_test.c"}


def bad(row, *options):
    """A table whose row 21 is bad."""
    def case(tmp):
        row_bytes = row if isinstance(row, bytes) else row.encode()
        src = lf.write(tmp / "in.csv", b"id,name,qty\n" + GOOD.encode() + row_bytes + b"\n22,x,2\n")
        return lf.logflow("convert", src, "-o", tmp / "o.parquet", *STRICT, *options)
    return case


def plain(*options, text="id,name,qty\n" + GOOD, **kw):
    def case(tmp):
        src = lf.write(tmp / "in.csv", text)
        words = [str(src) if o == "IN" else str(o) for o in options]
        return lf.logflow("convert", src, *([] if "-o" in words else ["-o", tmp / "o.parquet"]),
                          *words, **kw)
    return case


def exists(tmp):
    lf.write(tmp / "o.parquet", "x")
    return plain()(tmp)


def schema(tmp):
    return plain("--schema", lf.write(tmp / "s.json", '{"columns":[{"name":"id"}]}'))(tmp)


def unsupported(tmp):
    return lf.logflow("convert", "-", "-o", tmp / "o.parquet", "--infer", "full",
                      stdin=b"a,b\n1,2\n")


def corrupt(tmp):
    whole = gzip.compress(os.urandom(3000).hex().encode())
    return lf.logflow("convert", lf.write(tmp / "in.csv.gz", whole[:2000]))


def too_big(tmp):
    text = "id,name,qty\n" + GOOD + "21," + "x" * (5 << 20) + ",1\n"
    return plain(*STRICT, "--memory-limit", "16MiB", text=text)(tmp)


def not_an_object(tmp):
    text = "".join('{"id":%d,"name":"%s"}\n' % (i, "x" * 1000) for i in range(1100)) + "42\n"
    return lf.logflow("convert", lf.write(tmp / "in.jsonl", text), *STRICT)


def loop(tmp):
    (tmp / "in.csv").symlink_to(tmp / "in.csv")
    return lf.logflow("convert", tmp / "in.csv")


def as_nobody():
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)


def permission(tmp):
    src = lf.write(tmp / "in.csv", "a\n1\n")
    src.chmod(0)
    p = subprocess.run([lf.LOGFLOW, "convert", src.name], cwd=tmp, env=lf.environment(),
                       preexec_fn=as_nobody, capture_output=True, text=True)
    said = [x for x in p.stderr.splitlines(True) if not x.startswith("profiling:")]
    return lf.Run(p.returncode, b"", "".join(said))  # nobody may not write counters of coverage


def unread(tmp):
    return lf.logflow("convert", "/proc/self/mem", "-o", tmp / "o.parquet", "--from", "csv")


def no_reader(tmp):
    src = lf.write(tmp / "in.csv", "id,name,qty\n" + GOOD)
    r, w = os.pipe()
    os.close(r)
    p = subprocess.run([lf.LOGFLOW, "convert", src, "-o", "-"], env=lf.environment(), stdout=w,
                       stderr=subprocess.PIPE, text=True)
    os.close(w)
    return lf.Run(p.returncode, b"", p.stderr)


def far_window(tmp):
    """A zstd frame whose window is 64 MiB, with one raw block."""
    text = b"id,name,qty\n" + GOOD.encode()
    frame = b"\x28\xb5\x2f\xfd\x00\x80" + (len(text) << 3 | 1).to_bytes(3, "little") + text
    return lf.logflow("convert", lf.write(tmp / "in.csv.zst", frame), "--memory-limit", "16MiB")


def waiting(stop, *options):
    """A conversion that waits for its input when `stop` is called with its process."""
    def case(tmp):
        p = subprocess.Popen([lf.LOGFLOW, "convert", "-", "-o", tmp / "o.parquet", *options],
                             stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=lf.environment(),
                             preexec_fn=lf.heed_signals)
        try:
            p.stdin.write(b"a,b\n" + b"1,2\n" * 400000)
            p.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended already
        begun = time.monotonic()
        stop(p)
        rc = p.wait(timeout=10)
        assert time.monotonic() - begun < lf.prompt(1)
        err = p.stderr.read().decode()
        p.stdin = None
        return lf.Run(rc, b"", err)
    return case


CASES = {
    "USAGE": plain("--threads", "0"),
    "CONFIG": plain(env={"LOGFLOW_THREADS": "many"}),
    "OUTPUT_EXISTS": exists,
    "OUTPUT_IS_INPUT": plain("-o", "IN", "--force"),
    "SCHEMA": schema,
    "UNSUPPORTED": unsupported,
    "EMPTY_INPUT": plain(text=""),
    "BAD_ROW": not_an_object,
    "ROW_WIDTH": bad("21,x,1,surplus"),
    "QUOTE_OPEN": bad('21,"open,1'),
    "BAD_UTF8": bad(b"21,caf\xe9,1"),
    "TYPE_MISFIT": bad("21,x,seven", "--type", "qty=int64"),
    "TOO_MANY_BAD": plain(text="id,name,qty\n" + GOOD + "1,2,3,4\n" * 11),
    "RECORD_TOO_BIG": too_big,
    "CORRUPT": corrupt,
    "JSON": lambda tmp: lf.logflow("convert", lf.write(tmp / "in.json", '[{"a":1},{"a":}]')),
    "NO_GOOD_ROW": plain("--type", "qty=int64", text="id,name,qty\n1,x,y\n2,x,z\n"),
    "OPEN": loop,
    "NOT_FOUND": lambda tmp: lf.logflow("convert", tmp / "none.csv"),
    "PERMISSION": permission,
    "IS_DIRECTORY": lambda tmp: lf.logflow("inspect", tmp),
    "READ": unread,
    "WRITE": no_reader,
    "MEMORY_LIMIT": far_window,
    "DISK_FULL": plain("-o", "/dev/full"),
    "DEADLINE": waiting(lambda p: None, "--timeout", "300ms"),
    "CANCELLED": waiting(lambda p: (time.sleep(0.2), p.send_signal(signal.SIGINT))),
}
PLACED = {"ROW_WIDTH": None, "QUOTE_OPEN": (2, "name"), "BAD_UTF8": (2, "name"),
          "TYPE_MISFIT": (3, "qty"), "RECORD_TOO_BIG": None, "TOO_MANY_BAD": None}


def test_every_code_has_a_case():
    assert len(TABLE) > 30
    for name in TABLE:
        assert name in CASES or name in ELSEWHERE, f"no test reaches {name}"
    for name, file in ELSEWHERE.items():
        assert re.search(rf"\b(LF_E)?{name}\b", (lf.ROOT / file).read_text()), \
            f"{file} no longer reaches {name}"


@pytest.mark.parametrize("name", CASES)
def test_a_code_is_reached(name, tmp_path):
    if name == "PERMISSION":
        for p in (tmp_path, *tmp_path.parents[:2]):
            p.chmod(0o755)
    number, status, _, _, hint = TABLE[name]
    run = CASES[name](tmp_path)
    assert run.rc == status, run.err
    assert f"logflow: error LF{number:03d}: " in run.err
    last = run.err.rstrip().splitlines()[-1]
    assert last.startswith("hint: ") and (name == "USAGE" or hint.replace('\\"', '"') in last)
    assert [f for f in lf.files_in(tmp_path) if f.endswith(".parquet")] == (
        ["o.parquet"] if name == "OUTPUT_EXISTS" else [])


@pytest.mark.parametrize("name", PLACED)
def test_an_error_of_the_data_shows_its_place(name, tmp_path):
    err = CASES[name](tmp_path).err
    line = next(x for x in err.splitlines() if "error" in x)
    data = (tmp_path / "in.csv").read_bytes()
    at = data.index(b"\n20,") + 1
    at = data.index(b"\n", at) + 1
    column = "" if PLACED[name] is None else ", column %d '%s'" % PLACED[name]
    assert f"{tmp_path}/in.csv, row 21, line 22{column}, byte {at}: " in line
    lines = err.splitlines()
    shown = next(i for i, x in enumerate(lines) if x.startswith("  | ") and "^" not in x)
    mark = lines[shown + 1]
    assert re.fullmatch(r"  \| *\^~*", mark) and max(map(len, lines[shown:shown + 2])) <= 80


@pytest.mark.parametrize("row,shown,mark", [
    (b"21,caf\xe9 \xff,1", r"21,caf\xe9 \xff,1", r"\xe9"),
    (b"21,\xc3\xa9\xe2\x82\xac\xe9,1", "21,\u00e9\u20ac\\xe9,1", r"\xe9"),
    (b"21,a\x1b[31mb\xc2\x9bc\xff,1", r"21,a\x1b[31mb\xc2\x9bc\xff,1", r"\xff"),
])
def test_no_byte_reaches_the_terminal_that_steers_it(row, shown, mark, tmp_path):
    err = bad(row)(tmp_path).err
    assert f"  | {shown}\n" in err
    at = err.index(f"  | {shown}\n")
    assert err[at:].splitlines()[1].rstrip() == "  | " + " " * shown.index(mark) + "^~~~"


def test_a_long_row_is_cut_around_its_mark(tmp_path):
    err = bad("21," + "x" * 500 + ",seven", "--type", "qty=int64")(tmp_path).err
    text, mark = [x[4:] for x in err.splitlines() if x.startswith("  | ")]
    assert text.startswith("...xx") and len(text) <= 76
    assert text[mark.index("^"):mark.rindex("~") + 1] == "seven"


def test_the_report_holds_the_same_facts(tmp_path):
    facts = tmp_path / "r.json"
    src = lf.write(tmp_path / "in.csv", "id,name,qty\n" + GOOD + "21,x,seven\n")
    run = lf.logflow("convert", src, "--type", "qty=int64", *STRICT, "--report", facts)
    error = json.loads(facts.read_text())["error"]
    message = error.pop("message")
    assert message in run.err and "seven" in message
    assert error == {
        "code": 106, "name": "TYPE_MISFIT", "class": "data", "hint": TABLE["TYPE_MISFIT"][4],
        "exit_status": 1, "retryable": False, "file": str(src), "row": 21, "line": 22, "column": 3,
        "column_name": "qty", "byte_offset": src.read_bytes().index(b"21,x"),
        "excerpt": "21,x,seven", "excerpt_mark": 5, "excerpt_mark_length": 5, "context": []}
    facts.unlink()
    run = lf.logflow("convert", tmp_path / "none.csv", "--report", facts)
    error = json.loads(facts.read_text())["error"]
    assert (run.rc, error["name"], error["class"]) == (lf.IO, "NOT_FOUND", "files")


@pytest.mark.parametrize("text, at, said", [
    ('{"columns":[{"name":"id","type":"int64"},}', "}", "an object in braces"),
    ('{"columns":[{"name":"id","typ":"int64"}]}', '"typ"', "the keys name, type,"),
    ('{"colums":[]}', '"colums"', 'the one key "columns"'),
    ('{"columns":[\n {"name":"id",\n  "type":"integer"}\n]}', '"integer"', "is no type; types"),
    ('{"columns":[{"name":"id","type":"int64","nullable":7}]}', "7", "true or false"),
    ('{"columns":[{"name":"i\\d","type":"int64"}]}', "\\d", "escape"),
    ('{"columns":[]} x', "x", "follows its end"),
    ('{"columns":[{"name":"id"', "", "',' or '}'"),
])
def test_an_error_of_a_schema_shows_its_place(text, at, said, tmp_path):
    path = lf.write(tmp_path / "s.json", text)
    run = plain("--schema", path)(tmp_path)
    byte = text.rindex(at) if len(at) < 2 else text.index(at)
    line = text.count("\n", 0, byte) + 1
    assert run.rc == lf.USAGE, run.err
    first, shown, mark = run.err.splitlines()[:3]
    assert first.startswith(f"logflow: error LF005: {path}, line {line}, byte {byte}: ")
    assert said in first and shown == "  | " + text.split("\n")[line - 1]
    column = byte - (text.rfind("\n", 0, byte) + 1)
    assert mark.rstrip("~") == "  | " + " " * column + "^"


@pytest.mark.parametrize("type, format, said", [
    ("date", "%d/%q/%Y", "%q in the format"), ("date", "%d/%m", "no year (%Y)"),
    ("date", "%d.%m.%Y %", "% in the format"), ("date", "%F %T", "has a time"),
    ("time", "%F %T", "has a date"), ("time", "%M:%S", "no hour (%H)"),
    ("timestamp", "%T", "no year (%Y)"), ("int64", "%d", "only a date, time or timestamp"),
])
def test_a_format_that_can_read_nothing_is_refused(type, format, said, tmp_path):
    columns = json.dumps({"columns": [{"name": "qty", "type": type, "format": format}]})
    run = plain("--schema", lf.write(tmp_path / "s.json", columns))(tmp_path)
    assert run.rc == lf.USAGE and "LF005" in run.err and said in run.err, run.err
    assert "s.json" in run.err and "in column 'qty'" in run.err


def test_a_value_of_json_that_does_not_fit_is_marked(tmp_path):
    row = '{"id":2,"who":{"name":"x","born":"some day"}}'
    src = lf.write(tmp_path / "in.jsonl", '{"id":1,"who":{"name":"x","born":3}}\n' + row + "\n")
    columns = '{"columns":[{"name":"who","type":"struct<name:string,born:int64>"}]}'
    run = lf.logflow("convert", src, "-o", tmp_path / "o.parquet", *STRICT, "--schema",
                     lf.write(tmp_path / "s.json", columns))
    lines = run.err.splitlines()
    at = next(i for i, x in enumerate(lines) if "LF106" in x)
    assert '"some' in lines[at] and "column 2 'who'" in lines[at]
    assert lines[at + 2].startswith("  | " + " " * row.index("some") + "^~~~")


@pytest.mark.parametrize("record, marked, said", [
    ('{"id":1,"who":{"name":"x","age":3}}', '"age"', '"who" has a key that the type'),
    ('{"id":1,"who":[1]}', "[1]", 'what "who" holds does not fit the type'),
])
def test_a_record_of_json_that_does_not_fit_is_marked(record, marked, said, tmp_path):
    src = lf.write(tmp_path / "in.jsonl", '{"id":1,"who":{"name":"x"}}\n' + record + "\n")
    columns = '{"columns":[{"name":"who","type":"struct<name:string>"}]}'
    run = lf.logflow("convert", src, *STRICT, "--schema", lf.write(tmp_path / "s.json", columns))
    first, shown, mark = run.err.splitlines()[:3]
    assert "LF106" in first and said in first and shown == "  | " + record
    assert mark.startswith("  | " + " " * record.index(marked) + "^")


def test_addresses_and_reports_that_cannot_be_written(tmp_path):
    for name in ("https://example.com/x.csv", "s3://bucket/x.csv"):
        run = lf.logflow("convert", name, cwd=tmp_path)
        assert run.rc == lf.IO and "LF302" in run.err and "an address is not read" in run.err
    run = plain("--report", tmp_path / "none/r.json")(tmp_path)
    assert run.rc == lf.IO and "LF302" in run.err and "No such file" in run.err


@pytest.mark.parametrize("name", ["a\x1b[31mb", "a\u009b31mb", "a\x07b"])
def test_no_name_steers_the_terminal(name, tmp_path):
    src = lf.write(tmp_path / f"{name}.csv", f"id,{name}\n1,2\n3,{name}\n")
    text = name.replace("\x1b", "").replace("\x07", "")
    lf.write(tmp_path / "in.jsonl", '{"id":1}\n{"id":"%s"}\n' % text)
    out = tmp_path / f"{name}.parquet"
    for words in (["convert", src, "--explain"], ["convert", src], ["inspect", src, "--rows", 3],
                  ["inspect", out], ["inspect", src, out], ["verify", src, out],
                  ["convert", tmp_path / f"{name}.tsv"],
                  ["convert", src, "-f", "--type", "x=int64"],
                  ["convert", src, "-f", *STRICT, "--type", f"{name}=int64"],
                  ["convert", src, tmp_path / "in.jsonl", "-o", tmp_path / "d/", "-f"],
                  ["convert", tmp_path / "in.jsonl", *STRICT, "--type", "id=int64"]):
        run = lf.logflow(*words)
        for text in (run.out.decode(), run.err):
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text), (words, text)


def test_the_option_that_names_a_column_is_named(tmp_path):
    assert '--columns: there is no column "size"' in plain("--columns", "size")(tmp_path).err
    assert '--type: there is no column "size"' in plain("--type", "size=int64")(tmp_path).err
    src = lf.write(tmp_path / "in.jsonl", '{"id":1}\n')
    run = lf.logflow("convert", src, "--type", "size=int64")
    assert '--type: there is no column "size"' in run.err


def test_a_folder_in_which_no_file_can_be_made(tmp_path):
    run = plain("-o", "/proc/o.parquet")(tmp_path)
    assert run.rc == lf.IO and "no file can be made in the folder /proc" in run.err


@pytest.mark.parametrize("name", TABLE)
def test_help_explains_a_code(name):
    number, status, retry, text, hint = TABLE[name]
    for word in (f"LF{number:03d}", str(number), name, name.lower()):
        out = lf.logflow("help", word).out.decode()
        assert f"LF{number:03d} {name}: {text}" in out and f"exit status: {status}" in out
        assert ("trying again may help" in out) == retry and "class: " in out


@pytest.mark.parametrize("words, meant", [
    (["convert", "sles.csv"], "did you mean sales.csv?"),
    (["convert", "data/sales.cvs"], "did you mean data/sales.csv?"),
    (["convert", "dta/sales.csv"], "did you mean data/sales.csv?"),
    (["convert", "Sales.CSV"], "did you mean sales.csv?"),
    (["inspect", "slaes.csv"], "did you mean sales.csv?"),
    (["convert", "sales.csv", "--schema", "shema.json"], "did you mean schema.json?"),
    (["convert", "sales.csv", "--on-error", "permisive"], "did you mean permissive?"),
    (["convert", "sales.csv", "--compression", "ztsd:3"], "did you mean zstd?"),
    (["convert", "sales.csv", "--type", "id=integer"], "did you mean int64?"),
    (["convert", "sales.csv", "--type", "id=stirng"], "did you mean string?"),
    (["convert", "sales.csv", "--colums", "id"], "did you mean --columns?"),
    (["convert", "sales.csv", "--columns", "nmae"], '"name"'),
    (["convert", "sales.csv", "--type", "prce=double"], '"price"'),
    (["covnert", "sales.csv"], "did you mean 'convert'?"),
    (["help", "inpsect"], "did you mean 'inspect'?"),
    (["help", "row_widht"], "did you mean 'ROW_WIDTH'?"),
])
def test_what_was_meant_is_named(words, meant, tmp_path):
    (tmp_path / "data").mkdir()
    for folder in (tmp_path, tmp_path / "data"):
        lf.write(folder / "sales.csv", "id,name,price\n1,x,2.5\n2,y,3.5\n")
    lf.write(tmp_path / "schema.json", "{}")
    run = lf.logflow(*words, cwd=tmp_path)
    assert run.rc in (lf.USAGE, lf.IO) and meant in run.err, run.err
    assert run.err.rstrip().splitlines()[-1].startswith("hint: ")


@pytest.mark.parametrize("name", ["qqqq.csv", "x", "data/none/at/all.csv", "sales.csv/x"])
def test_nothing_near_is_not_guessed(name, tmp_path):
    (tmp_path / "data").mkdir()
    lf.write(tmp_path / "sales.csv", "a\n1\n")
    run = lf.logflow("convert", name, "-q", cwd=tmp_path)
    assert "mean" not in run.err and run.rc in (lf.USAGE, lf.IO)


def test_a_command_that_fails_for_memory_says_so(tmp_path):
    src = lf.write(tmp_path / "in.csv", "id,name,qty\n" + GOOD)
    p = subprocess.run([lf.LOGFLOW, "convert", src], env=lf.environment(), capture_output=True,
                       text=True, preexec_fn=lambda: resource.setrlimit(
                           resource.RLIMIT_DATA, (1 << 20, 1 << 20)))
    if lf.SANITIZED or p.returncode < 0 or "error while loading" in p.stderr:
        pytest.skip("the program does not start in so little")
    assert p.returncode == lf.LIMIT and "LF701" in p.stderr and "hint:" in p.stderr


def on_terminal(columns, *args):
    """Standard error of the program on a terminal of so many columns, a list of lines."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = dict(os.environ, NO_COLOR="1", TERM="xterm")
    subprocess.run([lf.LOGFLOW, *map(str, args)], env=env, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=theirs, check=False)
    os.close(theirs)
    text = b""
    try:
        while part := os.read(ours, 65536):
            text += part
    except OSError:  # the end, on Linux
        pass
    os.close(ours)
    return text.decode().splitlines()


def columns_of(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("row", ["21,日本語のとても長いテキスト日本語のとても長い,2,余分",
                                 "21,x,2,3,4," + "a long surplus cell " * 6,
                                 "21," + "x" * 70 + ",2,余分"])
def test_a_message_fits_its_terminal(tmp_path, width, row):
    src = lf.write(tmp_path / "in.csv", f"id,name,qty\n{GOOD}{row}\n22,x,2\n")
    lines = on_terminal(width, "convert", src, "-o", tmp_path / "o.parquet", "--quiet", *STRICT)
    place = [columns_of(n) <= width or "/" in n for n in lines]  # a path is not parted
    assert all(place), lines
    assert lines[0].startswith("logflow: error LF103: ") and lines[1].startswith("    ")
    at = next(i for i, n in enumerate(lines) if n.startswith("  | "))
    shown, mark = lines[at], lines[at + 1]
    # The mark stands under the first cell too many, however wide the characters before it are.
    before = mark.index("^")
    left = "".join(c for i, c in enumerate(shown) if columns_of(shown[:i + 1]) <= before)
    assert columns_of(left) == before and shown[len(left):].startswith(row.split(",")[3][:1])
    # Elsewhere a message is one line, for programs.
    piped = lf.logflow("convert", src, "-o", tmp_path / "o.parquet", "--quiet", *STRICT).err
    assert piped.splitlines()[0].endswith("fields where 3 are expected")
    assert piped.splitlines()[1].startswith("  | ")
