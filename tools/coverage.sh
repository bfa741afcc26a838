#!/bin/sh
# `make coverage`: builds with counters into build/coverage, runs the C tests, prints lines run.
set -eu
cd "$(dirname "$0")/.."
cmake -G Ninja -S . -B build/coverage -DCMAKE_BUILD_TYPE=Debug -DLF_COVERAGE=ON >/dev/null
cmake --build build/coverage >/dev/null
find build/coverage -name '*.gcda' -delete
python3 tests/run.py --only unit --build build/coverage
cd build/coverage
find . -path '*/lf_*.dir/*.gcda' -print0 | xargs -0 gcov -n 2>/dev/null |
    awk '/^File .*src\// { f = $2 }
        f && /^Lines executed/ { split($2, a, ":"); print a[2], f; f = "" }' |
    tr -d "'" | sort -n
