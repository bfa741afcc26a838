#!/usr/bin/env python3
"""check_abi.py [--update]: the binary interface of include/logflow against docs/abi.txt.

Listed are the functions, the size of every struct with the place and size of its members, and the
value of every enumerator, on 64-bit machines. What is listed never changes within a major version:
a struct with struct_size may grow at its end, others may not; functions and enumerators may only be
added. --update writes the list anew, which is then reviewed as part of the change.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = ROOT / "docs/abi.txt"
# arrow.h is the Arrow project's, fixed there
HEADERS = ["alloc.h", "error.h", "plugin.h", "logflow.h"]


def text_of(header):
    text = (ROOT / "include/logflow" / header).read_text()
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    return re.sub(r"^\s*#(?:\\\n|[^\n])*$", "", text, flags=re.M)


def members(body):
    """Names of a struct's members, in order."""
    for declaration in body.split(";"):
        pointer = re.match(r"[^(]*\(\s*\*\s*(\w+)\s*\)", declaration)
        if pointer:
            yield pointer.group(1)
        elif declaration.strip():
            for part in declaration.split(","):
                yield re.search(r"(\w+)\s*(?:\[[^\]]*\]\s*)*$", part).group(1)


def facts():
    """C statements that print the list, and the functions."""
    lines, functions = [], set()
    for header in HEADERS:
        text = text_of(header)
        structs = re.findall(r"typedef struct (\w+) \{(.*?)\}\s*\1\s*;", text, flags=re.S)
        structs += re.findall(r"^struct (\w+) \{(.*?)^\}\s*;", text, flags=re.S | re.M)
        for name, body in structs:
            lines.append(f'printf("struct {name} %zu\\n", sizeof({name}));')
            for m in members(body):
                lines.append(f'printf("  {m} %zu %zu\\n", offsetof({name}, {m}), '
                             f'sizeof((({name} *)0)->{m}));')
        for body in re.findall(r"typedef enum \w+ \{(.*?)\}", text, flags=re.S):
            for m in re.findall(r"\b(LF_[A-Z0-9_]+)\b(?=\s*(?:=|,|\s*$))", body):
                lines.append(f'printf("enum {m} %d\\n", (int){m});')
        flat = re.sub(r"\{[^{}]*\}", "", text)
        functions |= set(re.findall(r"\b(lf_\w+)\s*\([^;{]*\)\s*;", flat))
        functions -= set(re.findall(r"\(\s*\*\s*(lf_\w+)\s*\)", flat))
    table = ('#define X(name, number, exit, http, retry, text, hint) '
             'printf("enum LF_E" #name " %d\\n", LF_E##name);\nLF_RC_TABLE(X)\n')
    return "\n".join(lines) + "\n" + table, sorted(functions)


def current():
    statements, functions = facts()
    program = ("#include <logflow/logflow.h>\n#include <stdio.h>\n"
               "int main(void) {\n" + statements + "return 0; }\n")
    with tempfile.TemporaryDirectory() as tmp:
        src, exe = pathlib.Path(tmp) / "abi.c", pathlib.Path(tmp) / "abi"
        src.write_text(program)
        subprocess.run(["cc", "-std=c17", f"-I{ROOT}/include", src, "-o", exe], check=True)
        out = subprocess.run([exe], check=True, capture_output=True, text=True).stdout
    return [f"function {f}" for f in functions] + out.splitlines()


def keyed(lines):
    """Lines by what they are about: members with their struct."""
    found, struct = {}, ""
    for line in lines:
        words = line.split()
        if words[0] == "struct":
            struct = words[1]
        key = f"{struct}.{words[0]}" if line.startswith("  ") else " ".join(words[:2])
        found[key] = line.strip()
    return found


def main():
    now = current()
    if "--update" in sys.argv:
        LIST.write_text("\n".join(now) + "\n")
        return 0
    was, is_now = keyed(LIST.read_text().splitlines()), keyed(now)
    bad = [f"{k}: is gone from the library's interface" for k in was if k not in is_now]
    bad += [f"{k}: was '{was[k]}', is '{is_now[k]}'" for k in was
            if k in is_now and was[k] != is_now[k]]
    bad += [f"{k}: is new" for k in is_now if k not in was]
    if bad:
        print("\n".join(bad))
        print("include/logflow differs from docs/abi.txt: keep what is listed; for what may change "
              "see tools/check_abi.py --help, then run it with --update")
    return 1 if bad else 0


if __name__ == "__main__":
    if "--help" in sys.argv:
        print(__doc__)
        sys.exit(0)
    sys.exit(main())
