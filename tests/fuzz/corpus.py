#!/usr/bin/env python3
"""corpus.py DIR [SHARED]: fills DIR/TARGET with the inputs that a fuzzer starts from: what is
committed (seeds, crashes), and small files of a folder of real ones where it exists (by default
../shared/corpus), which are not committed."""
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
SMALL = 4096
OPTIONS = bytes(8)  # FUZZ_HEAD_BYTES of fuzz.h
REAL = {"dialect": "csv", "csv": "csv", "late": "csv", "json": "json", "verify": "csv",
        "pq_file": "parquet"}


def main():
    target_root = pathlib.Path(sys.argv[1])
    shared = pathlib.Path(sys.argv[2] if len(sys.argv) > 2
                          else HERE.parent.parent.parent / "shared/corpus")
    for source in sorted(HERE.glob("*_fuzz.c")):
        name = source.stem.removesuffix("_fuzz")
        folder = target_root / name
        folder.mkdir(parents=True, exist_ok=True)
        for kind in ("seeds", "crashes"):
            for p in sorted((HERE / kind / name).glob("*")):
                shutil.copy(p, folder / f"{kind}-{p.name}")
        real = shared / REAL.get(name, "none")
        for n, p in enumerate(sorted(q for q in real.rglob("*") if q.is_file())):
            if p.stat().st_size <= SMALL * (4 if REAL[name] == "parquet" else 1):
                (folder / f"real-{n}").write_bytes(OPTIONS + p.read_bytes())
        print(f"{name}: {sum(1 for _ in folder.iterdir())} inputs")


if __name__ == "__main__":
    main()
