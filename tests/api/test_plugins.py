"""Plugins: the example of examples/, and one with all kinds (support/plugin_all.c), through the
program and the library."""
import array
import ctypes
import gzip
import json
import os
import subprocess

import lf
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ALL = lf.ROOT / "tests/support/plugin_all.c"
EXAMPLE = lf.ROOT / "examples/plugins/samples.c"


def build(source, out, *flags):
    subprocess.run(["cc", "-std=c17", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", *flags,
                    f"-I{lf.ROOT}/include", source, "-o", out], check=True)
    return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("plugins")
    where.chmod(0o755)
    build(ALL, where / "all.so")
    return where


@pytest.fixture
def convert(folder):
    def convert(*args, plugin=folder / "all.so", env=None, data=None):
        extra = ["--plugin", plugin] if plugin else []
        return subprocess.run([lf.LOGFLOW, "convert", *map(str, args), *map(str, extra)],
                              capture_output=True, env=lf.environment(env or {}), input=data)
    return convert


def good(p):
    assert p.returncode == 0, p.stderr.decode()
    return p.stderr.decode()


def fails(p, status, *words):
    err = p.stderr.decode()
    assert p.returncode == status, err
    assert all(w in err for w in words), err


@pytest.fixture
def numbers(tmp_path):
    return lf.write(tmp_path / "n.csv", "x\n" + "".join(f"{i}\n" for i in range(1, 50001)))


def test_example_is_short_and_decodes(tmp_path):
    assert len(EXAMPLE.read_text().splitlines()) < 60
    so = build(EXAMPLE, tmp_path / "samples.so", "-Wpedantic")
    values = [i / 4 for i in range(100000)]
    with open(tmp_path / "signal.f64", "wb") as f:
        array.array("d", values).tofile(f)
    good(subprocess.run([lf.LOGFLOW, "convert", tmp_path / "signal.f64", "--plugin", so],
                        capture_output=True, env=lf.environment()))
    t = pq.read_table(tmp_path / "signal.parquet")
    assert t.schema.field("value").type == pa.float64() and t["value"].to_pylist() == values


def test_decoder_by_suffix_content_and_name(convert, tmp_path):
    text = "".join(f"{i}\n" for i in range(5000))
    src = lf.write(tmp_path / "a.num", "#num\n" + text)  # by its first bytes
    assert "#num" not in good(convert(src))
    assert pq.read_table(tmp_path / "a.parquet")["number"].to_pylist() == [0, *range(5000)]
    src = lf.write(tmp_path / "b.txt", text)
    good(convert(src, "--from", "numbers", "-o", tmp_path / "b.parquet"))
    assert pq.read_table(tmp_path / "b.parquet")["number"].to_pylist() == list(range(5000))


def run(command, *args, **kw):
    return subprocess.run([lf.LOGFLOW, command, *map(str, args)], capture_output=True,
                          env=lf.environment(kw.get("env", {})))


def test_inspect_and_verify_know_plugins(convert, folder, tmp_path):
    src = lf.write(tmp_path / "a.num", "#num\n" + "".join(f"{i}\n" for i in range(5000)))
    good(convert(src))
    known = ["--plugin", folder / "all.so"]
    assert b"csv" in run("inspect", src).stdout  # without it, it is a text
    p = run("inspect", src, "--rows", 3, *known)
    good(p)
    assert b"numbers, " in p.stdout and b"number  int64" in p.stdout
    d = json.loads(run("inspect", src, "--json", "--rows", 3, *known).stdout)
    assert d["format"] == "numbers" and d["sample"] == [[0], [0], [1]]
    (tmp_path / "plugins").mkdir(mode=0o755)
    build(ALL, tmp_path / "plugins/all.so")
    env = {"LOGFLOW_HOME": str(tmp_path)}
    assert b"numbers, " in run("inspect", src, env=env).stdout
    good(run("verify", src, tmp_path / "a.parquet", env=env))
    good(run("verify", src, tmp_path / "a.parquet", *known))
    good(run("verify", tmp_path / "a.parquet", src, *known))
    good(run("verify", tmp_path / "a.parquet", src, "--to", "numbers", *known))
    lf.write(src, "#num\n" + "".join(f"{i + (i == 4000)}\n" for i in range(5000)))
    p = run("verify", src, tmp_path / "a.parquet", "--json", *known)
    assert p.returncode == 1
    assert [(x["row"], x["column"], x["in"], x["out"])
            for x in json.loads(p.stdout)["differences"]] == [(4002, "number", "4001", "4000")]
    none = tmp_path / "none.so"
    fails(run("verify", src, tmp_path / "a.parquet", "--plugin", none), 3, "none.so")
    fails(run("inspect", src, "--from", "nmbers", *known), 2, "nmbers")


def test_decoder_reads_what_is_compressed_or_piped(convert, tmp_path):
    text = "".join(f"{i}\n" for i in range(3000)).encode()
    p = convert("-", "--from", "numbers", "-o", tmp_path / "p.parquet", data=gzip.compress(text))
    good(p)
    assert pq.read_table(tmp_path / "p.parquet")["number"].to_pylist() == list(range(3000))


def test_decoder_into_every_output(convert, tmp_path):
    src = lf.write(tmp_path / "a.num", "1\n2\n-3\n")
    for to, want in (("csv", "number\n1\n2\n-3\n"), ("jsonl", '{"number":1}\n{"number":2}\n'
                                                     '{"number":-3}\n')):
        good(convert(src, "--from", "numbers", "-o", tmp_path / f"o.{to}"))
        assert (tmp_path / f"o.{to}").read_text() == want


def test_inputs_of_a_plugin_are_one_table(convert, tmp_path):
    a, b = lf.write(tmp_path / "a.num", "1\n2\n"), lf.write(tmp_path / "b.num", "3\n")
    good(convert(a, b, "--from", "numbers", "-o", tmp_path / "o.parquet"))
    assert pq.read_table(tmp_path / "o.parquet")["number"].to_pylist() == [1, 2, 3]


@pytest.mark.parametrize("options,code,word", [
    ("fail", "LF109", "plugin 'numbers': no luck with"), ("late", "LF109", "second batch"),
    ("badutf8", "LF105", "'number'"), ("offsets", "LF109", "offsets that fall"),
    ("duration", "LF006", "'tDu'")])
def test_decoder_that_fails(convert, tmp_path, options, code, word):
    src = lf.write(tmp_path / "a.num", "".join(f"{i}\n" for i in range(3000)))
    p = convert(src, "--from", f"numbers:{options}", "-o", tmp_path / "o.parquet")
    fails(p, 2 if code == "LF006" else 1, code, word)
    assert lf.files_in(tmp_path) == ["a.num"]


def test_transforms_in_order_and_the_ledger(convert, numbers, tmp_path):
    out = tmp_path / "o.parquet"
    good(convert(numbers, "-o", out, "--transform", "evens", "--transform", "twice", "--report",
                 tmp_path / "r.json"))
    r = json.loads((tmp_path / "r.json").read_text())
    got = pq.read_table(out)
    assert sorted(got["evens"].to_pylist()) == sorted([*range(2, 50001, 2)] * 2)
    assert r["rows"]["in"] == r["rows"]["out"] + r["rows"]["rejected"] + r["rows"]["filtered"]
    assert r["rows"]["out"] == 50000 and r["rows"]["filtered"] == 25000
    kept = pq.read_metadata(out).metadata
    assert kept[b"logflow.rows_filtered"] == b"25000" and kept[b"logflow.rows_in"] == b"75000"


def test_transform_that_sums(convert, numbers, tmp_path):
    good(convert(numbers, "-o", tmp_path / "o.csv", "--transform", "total"))
    assert (tmp_path / "o.csv").read_text() == f"total\n{50000 * 50001 // 2}\n"


def test_transform_of_parquet_and_of_a_union(convert, tmp_path):
    for k in (0, 1):
        pq.write_table(pa.table({"x": list(range(k * 100, k * 100 + 100))}),
                       tmp_path / f"{k}.parquet")
    good(convert(tmp_path / "0.parquet", tmp_path / "1.parquet", "-o", tmp_path / "o.csv",
                 "--transform", "total"))
    assert (tmp_path / "o.csv").read_text() == f"total\n{sum(range(200))}\n"
    pq.write_table(pa.table({"y": [1]}), tmp_path / "2.parquet")
    fails(convert(tmp_path / "0.parquet", tmp_path / "2.parquet", "-o", tmp_path / "p.csv",
                  "--transform", "total"), 2, "LF005", "2.parquet")


def test_transform_same_output_on_any_number_of_threads(convert, numbers, tmp_path):
    outs = []
    for n in (1, 2, 7):
        good(convert(numbers, "-o", tmp_path / f"{n}.parquet", "--transform", "evens", "--threads",
                     n))
        outs.append((tmp_path / f"{n}.parquet").read_bytes())
    assert outs[0] == outs[1] == outs[2]


def test_transform_with_bad_rows(convert, tmp_path):
    src = lf.write(tmp_path / "n.csv", "x,y\n" + "".join(f"{i},1\n" for i in range(2000)) +
                   "1,2,3\n")
    out = tmp_path / "o.parquet"
    good(convert(src, "-o", out, "--transform", "evens", "--report", tmp_path / "r.json"))
    rows = json.loads((tmp_path / "r.json").read_text())["rows"]
    assert (rows["in"], rows["out"], rows["rejected"], rows["filtered"]) == (2001, 1000, 1, 1000)
    assert (tmp_path / "o.parquet.rejects.jsonl").exists()


def test_transform_with_a_limit(convert, numbers, tmp_path):
    good(convert(numbers, "-o", tmp_path / "o.csv", "--transform", "evens", "--limit", 3,
                 "--report", tmp_path / "r.json"))
    assert (tmp_path / "o.csv").read_text() == "evens\n2\n4\n6\n"
    rows = json.loads((tmp_path / "r.json").read_text())["rows"]
    assert rows["in"] == rows["out"] + rows["filtered"] and rows["out"] == 3


def test_transform_that_fails(convert, numbers, tmp_path):
    out = tmp_path / "o.parquet"
    fails(convert(numbers, "-o", out, "--transform", "refuse:because it may"), 2,
          "plugin 'refuse': because it may")
    fails(convert(numbers, "-o", out, "--transform", "evans"), 2, "LF001", "'evans'")
    text = lf.write(tmp_path / "t.csv", "a\nx\ny\n")
    fails(convert(text, "-o", out, "--transform", "evens"), 1, "the first column is 'u'")
    fails(convert(numbers, "-o", out, "--transform", "evens", "--memory-limit", "20MiB"), 4,
          "LF702")
    lf.write(text, "a,b\n" + "".join(f"x,{i}{',,' * (i % 500 == 3)}\n" for i in range(400_000)))
    for threads in "12":  # the flow of the text is still at work, and sets rows aside
        fails(convert(text, "-o", out, "--transform", "evens", "--threads", threads), 1,
              "the first column is 'u'")
    assert lf.files_in(tmp_path) == ["n.csv", "t.csv"]


def test_sink_by_suffix(convert, numbers, tmp_path):
    good(convert(numbers, "-o", tmp_path / "o.sumlog"))
    lines = (tmp_path / "o.sumlog").read_text().splitlines()
    assert lines[0] == "x l"
    assert sum(int(x.split()[0]) for x in lines[1:]) == 50000
    assert sum(int(x.split()[1]) for x in lines[1:]) == 50000 * 50001 // 2
    fails(convert(numbers, "-o", tmp_path / "o.sumlog"), 2, "LF003")


def test_sink_to_standard_output(convert, numbers):
    p = convert(numbers, "--to", "sumlog", "-o", "-")
    good(p)
    assert p.stdout.startswith(b"x l\n")


def test_sink_that_fails_leaves_nothing(convert, numbers, tmp_path):
    fails(convert(numbers, "--to", "sumlog:unfinished", "-o", tmp_path / "o.sumlog"), 5, "LF201",
          "plugin 'sumlog': it will not end")
    fails(convert(numbers, "--to", "sumlog:fail", "-o", tmp_path / "o.sumlog"), 5, "not to")
    assert lf.files_in(tmp_path) == ["n.csv"]


def test_sink_elsewhere_makes_no_file(convert, numbers, tmp_path):
    assert "elsewhere: 50000 rows to" in good(convert(numbers, "--to", "elsewhere", "-o",
                                                      tmp_path / "table"))
    assert lf.files_in(tmp_path) == ["n.csv"]


# ---- loading ----

def test_folder_of_plugins(convert, folder, numbers, tmp_path):
    home = tmp_path / "home"
    (home / "plugins").mkdir(parents=True, mode=0o755)
    (home / "plugins/all.so").write_bytes((folder / "all.so").read_bytes())
    env = {"LOGFLOW_HOME": str(home)}
    good(convert(numbers, "-o", tmp_path / "o.csv", "--transform", "total", plugin=None, env=env))
    (home / "plugins/broken.so").write_bytes(b"no library")
    err = good(convert(numbers, "-o", tmp_path / "p.csv", "--transform", "total", plugin=None,
                       env=env))
    assert "plugin left out" in err and "broken.so" in err


def test_nothing_is_loaded_from_where_the_program_runs(folder, numbers, tmp_path):
    p = subprocess.run([lf.LOGFLOW, "convert", numbers, "--transform", "total"], cwd=folder,
                       capture_output=True, env=lf.environment())
    fails(p, 2, "LF001", "'total'")


def test_refused_libraries(convert, folder, numbers, tmp_path):
    old = build(ALL, tmp_path / "old.so", "-DABI=7")
    fails(convert(numbers, plugin=old), 2, "LF006", "plugin interface 7, this LogFlow has 1")
    fails(convert(numbers, plugin=tmp_path / "gone.so"), 3, "LF302")
    lf.write(tmp_path / "empty.c", "int nothing_in_here;\n")
    none = build(tmp_path / "empty.c", tmp_path / "none.so")
    fails(convert(numbers, plugin=none), 2, "no logflow_plugin()")
    fails(convert(numbers, plugin=numbers), 2, "LF006")
    mine = tmp_path / "all.so"
    mine.write_bytes((folder / "all.so").read_bytes())
    mine.chmod(0o666)
    fails(convert(numbers, plugin=mine), 3, "LF303", "writable by everyone")
    mine.chmod(0o755)
    open_folder = tmp_path / "open"
    open_folder.mkdir()
    open_folder.chmod(0o777)
    mine.rename(open_folder / "all.so")
    fails(convert(numbers, plugin=open_folder), 3, "writable by everyone")
    fails(convert(numbers, plugin=open_folder / "all.so"), 3, "writable by everyone")
    again = build(ALL, tmp_path / "twice.so")
    good(convert(numbers, plugin=again))
    p = convert(numbers, "--plugin", again, "--force")  # twice the same names
    fails(p, 2, "there is a decoder named 'numbers' already")


def test_formats_that_are_neither_ours_nor_a_plugins(convert, numbers):
    fails(convert(numbers, "--from", "cvs"), 2, "LF001", "did you mean csv?")
    fails(convert(numbers, "--to", "parqet"), 2, "LF001", "did you mean parquet?")
    fails(convert(numbers, "--to", "csv:x"), 2, "csv takes no options")


# ---- the library ----

@pytest.mark.skipif(lf.SANITIZED, reason="a sanitized library needs a sanitized interpreter")
class TestLibrary:
    @pytest.fixture(scope="class")
    def lib(self):
        lib = ctypes.CDLL(str(lf.BUILD / "lib/liblogflow.so"))
        lib.lf_plugins_new.restype = ctypes.c_void_p
        lib.lf_plugins_new.argtypes = [ctypes.c_void_p]
        lib.lf_plugins_load.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        lib.lf_plugins_free.argtypes = [ctypes.c_void_p]
        return lib

    def stream(self, lib, plugins, path, *options):
        class Option(ctypes.Structure):
            _fields_ = [("name", ctypes.c_char_p), ("value", ctypes.c_char_p)]

        class Options(ctypes.Structure):
            _fields_ = [("struct_size", ctypes.c_size_t), ("options", ctypes.POINTER(Option)),
                        ("n_options", ctypes.c_size_t), ("overwrite", ctypes.c_bool),
                        ("alloc", ctypes.c_void_p), ("progress", ctypes.c_void_p),
                        ("progress_ctx", ctypes.c_void_p), ("cancel", ctypes.c_void_p),
                        ("plugins", ctypes.c_void_p)]
        given = (Option * len(options))(*[Option(a.encode(), b.encode()) for a, b in options])
        opts = Options(struct_size=ctypes.sizeof(Options), options=given, n_options=len(options),
                       plugins=plugins)
        inputs = (ctypes.c_char_p * 1)(os.fsencode(path))
        stream = (ctypes.c_void_p * 5)()
        assert lib.lf_open_stream(inputs, ctypes.c_size_t(1), ctypes.byref(opts),
                                  ctypes.byref(stream), None) == 0
        return pa.RecordBatchReader._import_from_c(ctypes.addressof(stream)).read_all()

    def test_streams_through_plugins(self, lib, folder, numbers, tmp_path):
        plugins = lib.lf_plugins_new(None)
        assert lib.lf_plugins_load(plugins, os.fsencode(folder), None) == 0
        t = self.stream(lib, plugins, numbers, ("transform", "evens"), ("transform", "total"))
        assert t.to_pydict() == {"total": [sum(range(0, 50001, 2))]}
        src = lf.write(tmp_path / "a.num", "".join(f"{i}\n" for i in range(4000)))
        t = self.stream(lib, plugins, src, ("from", "numbers"))
        assert t.schema.field("number").type == pa.int64()
        assert t["number"].to_pylist() == list(range(4000))
        lib.lf_plugins_free(plugins)
        del t  # the plugin's batches outlive its set

    def test_streams_parquet(self, lib, tmp_path):
        want = pa.table({"a": list(range(20000)), "s": [f"t{i}" for i in range(20000)]})
        pq.write_table(want, tmp_path / "a.parquet")
        assert self.stream(lib, None, tmp_path / "a.parquet").to_pydict() == want.to_pydict()
