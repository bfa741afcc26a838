#!/bin/sh
# `make coverage`: builds with counters into build/coverage, runs all of `make test` there (C tests,
# goldens, end-to-end), prints the lines that ran, file by file and in all, and fails under 85 %.
# Files of one instruction set are apart: no single machine runs them all. COVERAGE="--only unit"
# runs a part.
set -eu
cd "$(dirname "$0")/.."
cmake -G Ninja -S . -B build/coverage -DCMAKE_BUILD_TYPE=Debug -DLF_COVERAGE=ON >/dev/null
cmake --build build/coverage >/dev/null
find build/coverage -name '*.gcda' -delete
python=build/venv/bin/python
[ -x "$python" ] || python=python3
failed=0
# shellcheck disable=SC2086
"$python" tests/run.py --build build/coverage --slow 3 ${COVERAGE:-} || failed=1
python3 tools/coverage.py build/coverage
exit $failed
