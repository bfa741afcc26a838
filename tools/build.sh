#!/bin/sh
# Configures (once) and builds one preset: tools/build.sh release|debug|asan|tsan|clang [targets].
set -eu
cd "$(dirname "$0")/.."
preset=${1:-release}
shift || true
case $preset in release) dir=build ;; *) dir=build/$preset ;; esac
mkdir -p build
if [ ! -f "$dir/build.ninja" ]; then
    log=$(mktemp)
    if ! cmake --preset "$preset" >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        exit 1
    fi
    rm -f "$log"
fi
# Ninja's lines are shown where something goes wrong; a build of nothing says nothing.
if [ -t 1 ]; then
    exec cmake --build "$dir" -- "$@"
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
[ -x "$dir/logflow" ] || echo "Building $dir ..." >&2
if ! cmake --build "$dir" -- "$@" >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
