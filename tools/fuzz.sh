#!/bin/sh
# `make fuzz`: each fuzzer of tests/fuzz for FUZZ_SECONDS (600), one by one; FUZZ="csv late"
# chooses. Inputs are kept in build/fuzz/corpus; what breaks is left in build/fuzz/found, and the
# exit status is 1. Mended, it is added to tests/fuzz/crashes/NAME, small (-minimize_crash=1).
set -eu
cd "$(dirname "$0")/.."
cmake --preset fuzz >/dev/null
programs=$(cd tests/fuzz && ls -- *_fuzz.c | sed 's/\.c$//')
# shellcheck disable=SC2086
cmake --build build/fuzz --target $programs
python3 tests/fuzz/corpus.py build/fuzz/corpus
mkdir -p build/fuzz/found
asan="detect_leaks=1:allocator_may_return_null=1:quarantine_size_mb=32"
export ASAN_OPTIONS="$asan:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"
bad=0
for program in $programs; do
    name=${program%_fuzz}
    case " ${FUZZ:-$name} " in *" $name "*) ;; *) continue ;; esac
    log=build/fuzz/$name.log
    if build/fuzz/tests/fuzz/"$program" -max_total_time="${FUZZ_SECONDS:-600}" -timeout=10 \
        -rss_limit_mb=2048 -malloc_limit_mb=2200 -max_len=16384 -print_final_stats=1 \
        -artifact_prefix=build/fuzz/found/"$name"- build/fuzz/corpus/"$name" \
        </dev/null >"$log" 2>&1; then
        echo "ok   $name: $(sed -n 's/^stat::number_of_executed_units: */inputs run: /p' "$log")"
    else
        echo "FAIL $name: see $log and build/fuzz/found/$name-*"
        bad=1
    fi
done
exit $bad
