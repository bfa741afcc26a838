"""Mutated files through the program: no crash, hang, leftover or memory over the limit."""
import pathlib
import subprocess
import sys

import lf
import pytest

MUTATE = pathlib.Path(__file__).with_name("mutate.py")
SHARED = lf.ROOT.parent / "shared/corpus"


def mutate(runs, *args):
    p = subprocess.run([sys.executable, MUTATE, "--runs", str(runs), "--build", lf.BUILD,
                        "--slow", str(lf.SLOW), *map(str, args)], capture_output=True, text=True)
    assert p.returncode == 0, p.stdout[-4000:] + p.stderr[-2000:]
    assert p.stdout.splitlines()[-1].startswith(f"{runs} mutations of "), p.stdout


def test_some_mutations():
    mutate(400)


def test_some_mutations_of_real_files():
    if not SHARED.is_dir():
        pytest.skip("needs ../shared/corpus")
    mutate(300, "--corpus", SHARED, "--seed", 2)


@pytest.mark.large
def test_100000_mutations():
    mutate(100_000, "--seed", 3, *(["--corpus", SHARED] if SHARED.is_dir() else []))
