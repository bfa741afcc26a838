"""Every ```console example of README.md and docs/ runs and prints what the page shows.

A line that begins with `$ ` is a command, what follows it up to the next one is what it prints
(both streams); `...` alone stands for any lines, within a line for any text; `? N` is an exit
status other than 0. A command that shows nothing may print anything. The blocks of a page run in
one folder, in order, with examples/ beside them and the program in the PATH.
"""
import os
import re
import shutil
import subprocess

import pytest

import lf

PAGES = sorted([lf.ROOT / "README.md", *(lf.ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```console\n(.*?)^```", re.S | re.M)
# What a newcomer's page takes as given.
GIVEN = {"README.md": {"data.csv": "id,name\n1,x\n2,y\n"},
         "encodings.md": {"export.csv": b"id,name\n1,caf\xe9\n2,\x80 5\n"}}


def examples(page):
    """(command, lines shown, exit status) of a page, in order."""
    found = []
    for block in BLOCK.findall(page.read_text()):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, *shown = part.rstrip("\n").split("\n")
            status = 0
            if shown and re.fullmatch(r"\? \d+", shown[-1]):
                status = int(shown.pop()[2:])
            found.append((command, shown, status))
    return found


def pattern(shown):
    lines = ["(?:.*\n)*?" if line.strip() == "..." else
             ".*?".join(map(re.escape, line.rstrip().split("..."))) + " *\n" for line in shown]
    return re.compile("".join(lines))


def with_examples():
    return [p for p in PAGES if examples(p)]


@pytest.mark.parametrize("page", with_examples(), ids=lambda p: str(p.relative_to(lf.ROOT)))
def test_examples_of_a_page(page, tmp_path):
    shutil.copytree(lf.ROOT / "examples", tmp_path / "examples")
    for name, text in GIVEN.get(page.name, {}).items():
        lf.write(tmp_path / name, text)
    env = lf.environment({"PATH": f"{lf.BUILD}:{os.environ['PATH']}", "LC_ALL": "C"})
    for command, shown, status in examples(page):
        p = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=env, timeout=60,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        printed = p.stdout.decode()
        assert p.returncode == status, f"$ {command}\n{printed}"
        if shown and printed and not printed.endswith("\n"):
            printed += "\n"
        assert not shown or pattern(shown).fullmatch(printed), f"$ {command}\n{printed}"


def test_there_are_examples_and_a_wrong_one_is_noticed():
    assert len(with_examples()) >= 4
    assert pattern(["a ... c", "...", "d"]).fullmatch("a b c\nx\ny\nd\n")
    assert not pattern(["a ... c", "d"]).fullmatch("a b c\nx\nd\n")
    assert not pattern(["a"]).fullmatch("ab\n")
