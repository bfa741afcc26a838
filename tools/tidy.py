#!/usr/bin/env python3
"""House rules that a compiler does not know: banned calls, sizes, names, top comments.

Prints file:line: what is wrong and what to write instead; exits 1 if anything is.
Functions longer than the limit live in tools/tidy_exempt.txt (`file function lines why`); the
list is a ratchet: a listed function may shrink, never grow, and leaves the list once it fits.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINE_MAX, FILE_MAX, FUNCTION_MAX = 100, 800, 70

# call -> what to use; `core` may use what it wraps.
BANNED = {
    "malloc": "lf_mem_alloc", "calloc": "lf_mem_zalloc", "realloc": "lf_mem_realloc",
    "free": "lf_mem_free", "strdup": "lf_mem_strdup", "strndup": "lf_buf_append",
    "sprintf": "snprintf or lf_buf_printf", "vsprintf": "vsnprintf", "strcpy": "lf_buf_append",
    "strcat": "lf_buf_append", "strncat": "lf_buf_append", "strncpy": "snprintf",
    "gets": "fgets", "atoi": "infer/parse.h", "atol": "infer/parse.h", "atof": "infer/parse.h",
    "strtok": "memchr", "alloca": "an arena", "rand": "a seeded generator",
}
# Libraries return; only the program ends a process or talks to a terminal.
BANNED_IN_LIBRARY = {
    "exit": "a return code", "_exit": "a return code", "abort": "a return code",
    "setjmp": "a return code", "longjmp": "a return code", "signal": "the cancel flag",
    "sigaction": "the cancel flag", "printf": "the caller's report", "puts": "the caller's report",
    "getenv": "an option", "setlocale": "nothing: no global state",
}
CALL = re.compile(r"(?<![\w.>])(%s)\s*\(" % "|".join(sorted({*BANNED, *BANNED_IN_LIBRARY})))
# getenv is read in api (LF_SIMD) and by io for TMPDIR; both are documented there.
MAY_GETENV = ("src/api/", "src/io/", "src/cli/")
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:work|root|home/\w+|Users/\w+)(?=[/\s\"'`)])")
TODO = re.compile(r"\bTODO\b(?!\(#\d+\))")


def strip_comments(text):
    """Blanks comments and the insides of literals, keeping lines and columns."""
    def blank(m):
        s = m.group(0)
        if s[0] in "\"'":
            return s[0] + " " * (len(s) - 2) + s[-1]
        return re.sub(r"[^\n]", " ", s)
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, blank, text, flags=re.S)


def functions(lines):
    """(name, first line, lines) of each function; relies on clang-format's layout."""
    start, head = None, []
    for n, line in enumerate(lines, 1):
        if start is None:
            if re.match(r"[A-Za-z_]", line):
                head = [(n, line)] if not head else head + [(n, line)]
            elif head and line[:1] in " \t":
                head.append((n, line))
            else:
                head = []
            if head and line.endswith("{"):
                text = " ".join(x for _, x in head)
                m = re.search(r"(\w+)\s*\([^;]*\)\s*\{$", text)
                if m and not re.match(r"(typedef|struct|enum|union|extern)\b[^()]*\{$", text) \
                        and "=" not in text.split("(")[0]:
                    start, name = n, m.group(1)
                head = []
            elif head and line.rstrip().endswith((";", "}")):
                head = []
        elif line.startswith("}"):
            yield name, start, n - start + 1
            start = None


def check_c(rel, text, exempt, seen_exempt):
    lib = rel.startswith("src/") and not rel.startswith("src/cli/")
    code = strip_comments(text)
    for n, line in enumerate(code.splitlines(), 1):
        for m in CALL.finditer(line):
            call = m.group(1)
            if call in BANNED and rel.startswith("src/") and not rel.startswith("src/core/"):
                yield n, f"{call}() is banned: use {BANNED[call]}"
            if call in BANNED_IN_LIBRARY and lib and \
                    not (call == "getenv" and rel.startswith(MAY_GETENV)):
                yield n, f"{call}() is banned in the library: use {BANNED_IN_LIBRARY[call]}"
    if rel.endswith(".h"):
        yield from check_header(rel, text)
    if not rel.startswith(("src/", "include/")):
        return
    for name, n, size in functions(code.splitlines()):
        allowed = exempt.get((rel, name), FUNCTION_MAX)
        seen_exempt.discard((rel, name)) if size > FUNCTION_MAX else None
        if size > allowed:
            yield n, f"{name} has {size} lines, at most {allowed}: split it"


def check_header(rel, text):
    name = rel.split("/", 1)[1]
    if not text.startswith(f"/* {name} - "):
        yield 1, f"must begin with '/* {name} - PURPOSE'"
        return
    if rel.startswith("src/"):
        top = text[: text.find("*/")]
        for word in ("Owns", "Threads", "Fails"):
            if word not in top:
                yield 1, f"the top comment does not say '{word}'"


def check_text(rel, text):
    data = re.search(r"^(examples|tests/.*(data|golden|corpus)|fuzz)/", rel) is not None
    if rel.startswith("tools/tidy"):
        return
    laid_out = True  # tables between "clang-format off" and "on" may be wide
    for n, line in enumerate(text.splitlines(), 1):
        if data:
            continue
        if "clang-format o" in line:
            laid_out = "clang-format on" in line
        if laid_out and len(line) > LINE_MAX and rel.endswith((".c", ".h", ".py", ".sh")):
            yield n, f"{len(line)} columns, at most {LINE_MAX}"
        if "\t" in line and not rel.endswith("Makefile"):
            yield n, "a tab: use spaces"
        if line != line.rstrip():
            yield n, "blanks at the end"
        if MACHINE_PATH.search(line + " "):
            yield n, "a path of one machine"
        if TODO.search(line) and not rel.endswith(".md"):
            yield n, "TODO needs an issue: TODO(#12)"
        if "FIXME" in line:
            yield n, "FIXME cannot be merged"
    count = text.count("\n")
    if count > FILE_MAX and rel.endswith((".c", ".h", ".py")) and not data:
        yield FILE_MAX, f"{count} lines, at most {FILE_MAX}: split the file"
    if text and not text.endswith("\n") and not data:
        yield count + 1, "no newline at the end"


def tracked_files():
    out = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                         cwd=ROOT, capture_output=True, check=True).stdout
    return sorted({p for p in out.decode().split("\0") if p and (ROOT / p).is_file()})


def read_exempt():
    path = ROOT / "tools/tidy_exempt.txt"
    table = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        if line and not line.startswith("#"):
            file, function, size = line.split(maxsplit=3)[:3]
            table[file, function] = int(size)
    return table


def main():
    exempt = read_exempt()
    unused = set(exempt)
    names, bad = {}, 0
    for rel in tracked_files():
        if not rel.endswith((".c", ".h", ".py", ".sh", ".md", ".txt", ".cmake", "Makefile")):
            continue
        try:
            text = (ROOT / rel).read_text()
        except UnicodeDecodeError:
            print(f"{rel}:1: not UTF-8")
            bad += 1
            continue
        found = list(check_text(rel, text))
        if rel.endswith((".c", ".h")) and rel.startswith(("src/", "include/", "tests/", "bench/")):
            found += check_c(rel, text, exempt, unused)
            base = rel.rsplit("/", 1)[1]
            if not rel.startswith("include/"):
                if base in names:
                    found.append((1, f"the name is taken by {names[base]}"))
                names[base] = rel
        for n, what in found:
            print(f"{rel}:{n}: {what}")
            bad += 1
    for rel, function in sorted(unused):
        print(f"tools/tidy_exempt.txt: {rel} {function} fits or is gone: remove the line")
        bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
