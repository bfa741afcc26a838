"""What new users get wrong: each mistake has its code, its exit status, its place and a next step,
and leaves nothing behind."""
import gzip
import os
import zipfile

import lf
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

CSV = "id,name\n1,a\n2,b\n"
JSON = '{"id":1,"name":"a"}\n{"id":2,"name":"b"}\n'


@pytest.fixture
def here(tmp_path):
    lf.write(tmp_path / "data.csv", CSV)
    lf.write(tmp_path / "rows.jsonl", JSON)
    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "table.parquet")
    lf.write(tmp_path / "there.parquet", "x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "nothing").mkdir()
    return tmp_path


CASES = {
    "a file that is not there": ("convert dta.csv", 3, "LF302", ["dta.csv", "data.csv"]),
    "a folder that is not there": ("convert none/data.csv", 3, "LF302", ["none/data.csv"]),
    "no input": ("convert", 2, "LF001", ["no input", "convert --help"]),
    "a pattern that nothing matches": ("convert *.tsv", 3, "LF302", ["*.tsv"]),
    "a folder of nothing": ("convert nothing", 3, "LF302", ["nothing", "no file"]),
    "a list that is not there": ("convert @list.txt", 3, "LF302", ["list.txt"]),
    "an output that is there": ("convert data.csv -o there.parquet", 2, "LF003", ["--force"]),
    "an output that is the input": ("convert data.csv -o data.csv", 2, "LF004", ["-o"]),
    "an output in no folder": ("convert data.csv -o none/x.parquet", 3, "LF302",
                               ["none/x.parquet", "no folder none"]),
    "an output of another program": ("convert data.csv -o x.xlsx", 2, "LF006",
                                     ["Excel", "--to", ".parquet"]),
    "an output format of another program": ("convert data.csv --to xlsx", 2, "LF001", ["parquet|"]),
    "a mistyped command": ("convrt data.csv", 2, "LF001", ["'convert'"]),
    "a mistyped option": ("convert data.csv --compresion zstd", 2, "LF001", ["--compression"]),
    "an option of another command": ("convert data.csv --differences 3", 2, "LF001", ["verify"]),
    "a mistyped value": ("convert data.csv --compression zst", 2, "LF001", ["zstd"]),
    "an option without its value": ("convert data.csv -o", 2, "LF001", ["--output PATH"]),
    "a number that is none": ("convert data.csv --limit many", 2, "LF001", ["--limit", "many"]),
    "too little memory": ("convert data.csv --memory-limit 1MB", 2, "LF001", ["16MiB"]),
    "a column that is not there": ("convert data.csv --columns id,nme -o o.parquet", 2, "LF001",
                                   ["nme", "name"]),
    "a type that is none": ("convert data.csv --type id=integer", 2, "LF001", ["int64"]),
    "a format that is none": ("convert data.csv --from jsn", 2, "LF001", ["json"]),
    "Parquet as CSV": ("convert table.parquet --from csv -o o.parquet", 2, "LF001",
                       ["is parquet", "--from"]),
    "Parquet as JSON": ("inspect table.parquet --from json", 2, "LF001", ["is parquet"]),
    "CSV as Parquet": ("convert data.csv --from parquet", 2, "LF001", ["a text", "--from"]),
    "CSV as Arrow": ("inspect data.csv --from arrow", 2, "LF001", ["a text"]),
    "CSV as JSON": ("convert data.csv --from json", 1, "LF112", ["line 1", "byte 0"]),
    "a folder to look at": ("inspect folder", 3, "LF304", ["folder", "files inside"]),
    "one file to verify": ("verify data.csv", 2, "LF001", ["IN and OUT"]),
    "a folder to verify": ("verify data.csv folder", 3, "LF304", ["folder"]),
    "no file to look at": ("inspect", 2, "LF001", ["inspect --help"]),
    "a schema that is none": ("convert data.csv --schema data.csv", 2, "LF005", ["columns"]),
    "a plugin that is not there": ("convert data.csv --plugin no.so", 3, "LF302", ["no.so"]),
    "help on nothing": ("help LF999", 2, "LF001", ["LF999"]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_answered(here, name):
    words, status, code, said = CASES[name]
    before = sorted(p.name for p in here.rglob("*"))
    run = lf.logflow(*words.split(), cwd=here)
    assert run.rc == status, run.err
    assert f"error {code}: " in run.err and "\nhint: " in run.err, run.err
    assert all(s in run.err for s in said), run.err
    assert run.out == b"" and sorted(p.name for p in here.rglob("*")) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to root")
def test_an_unreadable_file(here):
    (here / "data.csv").chmod(0)
    run = lf.logflow("convert", "data.csv", cwd=here)
    assert run.rc == lf.IO and "LF303" in run.err and "data.csv" in run.err


def test_json_given_as_csv_is_read_with_a_warning(here):
    run = lf.logflow("convert", "rows.jsonl", "--from", "csv", "-o", "o.parquet", cwd=here)
    assert run.rc == 0 and "looks like JSON" in run.err and "--from" in run.err
    run = lf.logflow("convert", "data.csv", "--from", "csv", "-o", "p.parquet", cwd=here)
    assert run.rc == 0 and "warning" not in run.err


def test_a_wrong_suffix_is_no_mistake(here):
    (here / "rows.jsonl").rename(here / "rows.csv")
    (here / "table.parquet").rename(here / "table.json")
    for src, column in (("rows.csv", "name"), ("table.json", "a")):
        run = lf.logflow("convert", src, "-o", "o.parquet", "--force", cwd=here)
        assert run.rc == 0 and column in pq.read_schema(here / "o.parquet").names


FOREIGN = {
    "x.xml": (b'<?xml version="1.0"?>\n<rows><row a="1"/></rows>\n', "XML"),
    "x.xes": (b'\xef\xbb\xbf  <?xml version="1.0"?><log/>', "XML"),
    "x.html": (b"\n<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n", "HTML"),
    "x.avro": (b"Obj\x01" + bytes(60), "Avro"),
    "x.orc": (b"ORC" + bytes(60), "ORC"),
    "x.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Excel"),
    "x.sqlite": (b"SQLite format 3\x00" + bytes(84), "sqlite3"),
    "x.duckdb": (bytes(8) + b"DUCK" + bytes(84), "duckdb"),
    "x.h5": (b"\x89HDF\r\n\x1a\n" + bytes(84), "HDF5"),
    "x.npy": (b"\x93NUMPY\x01\x00" + bytes(84), "NumPy"),
    "x.pdf": (b"%PDF-1.7\n" + bytes(84), "PDF"),
    "x.png": (b"\x89PNG\r\n\x1a\n" + bytes(84), "picture"),
    "x.7z": (b"7z\xbc\xaf\x27\x1c" + bytes(84), "7-Zip"),
    "x.tar": (b"a.csv" + bytes(252) + b"ustar\x0000" + bytes(247) + CSV.encode(), "tar -xOf"),
    "x.csv": (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\n", "git lfs pull"),
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("zipped", [False, True])
def test_formats_that_are_not_read_are_named(here, name, zipped):
    data, said = FOREIGN[name]
    src = here / (name + ".gz" if zipped else name)
    src.write_bytes(gzip.compress(data) if zipped else data)
    for words in (["convert", src, "-o", here / "o.parquet"], ["inspect", src],
                  ["verify", src, here / "table.parquet"],
                  ["verify", here / "table.parquet", src]):
        run = lf.logflow(*words)
        assert run.rc == lf.USAGE and "LF006" in run.err, run.err
        assert said in run.err and "which is not read: " in run.err and src.name in run.err
    assert not (here / "o.parquet").exists()


def test_a_workbook_is_named(here):
    with zipfile.ZipFile(here / "x.xlsx", "w") as z:
        z.writestr("[Content_Types].xml", "<x/>")
        z.writestr("xl/workbook.xml", "<x/>")
    run = lf.logflow("convert", here / "x.xlsx")
    assert run.rc == lf.USAGE and "LF006" in run.err and "save the sheet as CSV" in run.err


@pytest.mark.parametrize("text", [
    "ORC,RDX\n1,2\n", "Obj\n1\n", "DUCK\n1\n", "xxxxxxxxDUCK,a\n1,2\n", "RDX3\n5\n",
    "FEA1,x\n1,2\n",
    "a,b\n<?xml?>,1\n", "log,html\n1,2\n", "version,b\n1,2\n"])
def test_text_that_begins_like_them_is_text(tmp_path, text):
    src = lf.write(tmp_path / "a.csv", text)
    lf.convert(src, tmp_path / "o.parquet")
    assert pq.read_metadata(tmp_path / "o.parquet").num_rows == text.count("\n") - 1


@pytest.mark.parametrize("command", ["convert", "inspect", "verify", "version", "help"])
def test_every_command_explains_itself(command):
    run = lf.logflow(command, "--help")
    text = run.out.decode()
    assert run.rc == 0 and run.err == "" and max(map(len, text.splitlines())) <= 80
    assert f"Usage: logflow {command}" in text and "Examples:" in text
    assert lf.logflow("help", command).out == run.out
