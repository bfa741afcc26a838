#!/bin/sh
# Installs what a goal misses: tools/bootstrap.sh build|check|test|test-all|bench.
#
# Silent, fast and without network where all is there. Packages come from apt (as root, or with
# sudo where it asks no password); elsewhere a list says what to install. The peers that tests and
# benchmarks compare with live in a Python venv of their own, build/venv, at pinned versions.
set -eu
cd "$(dirname "$0")/.."
goal=${1:-build}
venv=build/venv
missing=""     # apt packages
why=""         # lines for a reader

need() { # need PACKAGE DESCRIPTION
    missing="$missing $1"
    why="$why  $1 - $2
"
}
have() { command -v "$1" >/dev/null 2>&1; }
# Headers and libraries are looked for where compilers look, not through pkg-config.
header() {
    for d in /usr/include /usr/local/include /usr/include/$(uname -m)-linux-gnu; do
        [ -f "$d/$1" ] && return 0
    done
    return 1
}

have gcc || have clang || have cc || need gcc "the C compiler"
have g++ || need g++ "the C++ runtime that snappy is linked with; checks headers as C++"
have cmake || need cmake "configures the build (3.20 or newer)"
have ninja || need ninja-build "runs the build"
have ld || need binutils "the linker"
header stdio.h || need libc6-dev "the C library's headers"
header zstd.h || need libzstd-dev "compression: zstd"
header lz4.h || need liblz4-dev "compression: lz4"
header snappy-c.h || need libsnappy-dev "compression: snappy"
header brotli/encode.h || need libbrotli-dev "compression: brotli"
header zlib.h || need zlib1g-dev "compression: gzip"
header bzlib.h || need libbz2-dev "compressed input: bzip2"
header lzma.h || need liblzma-dev "compressed input: xz"
header libdeflate.h || need libdeflate-dev "compression: gzip, faster than zlib"
if [ "$(uname -m)" = x86_64 ] && ! header isa-l/igzip_lib.h; then
    need libisal-dev "fast gzip input"
fi
case $goal in
check | test | test-all | bench)
    have python3 || need python3 "runs checks, tests and benchmarks"
    ;;
esac
case $goal in
check)
    have clang-format || need clang-format "checks the layout of the source"
    ;;
esac
case $goal in
test | test-all | bench)
    if [ ! -x $venv/bin/python ] && have python3 &&
        ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then
        need python3-venv "keeps the peers apart from the system"
    fi
    have python3 || need python3-venv "keeps the peers apart from the system"
    have pkg-config || need pkg-config "tests the installed library"
    if have python3 && ! python3 -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'; then
        need python3-dev "builds the Python package"
    fi
    ;;
esac
case $goal in
test-all)
    have clang || need clang "the second compiler"
    have aarch64-linux-gnu-gcc || need gcc-aarch64-linux-gnu "compiles the NEON files"
    have java || need openjdk-17-jre-headless "runs Spark"
    ;;
esac

if [ -n "$missing" ]; then
    as=""
    if [ "$(id -u)" != 0 ]; then
        if have sudo && sudo -n true 2>/dev/null; then
            as="sudo -n"
        elif have sudo && [ -t 0 ]; then
            as="sudo"
        else
            as="no"
        fi
    fi
    if ! have apt-get || [ "$as" = no ]; then
        echo "LogFlow cannot install what it needs here (no apt-get, or neither root nor sudo)." >&2
        echo "Please install, then run make again:" >&2
        printf '%s' "$why" >&2
        have apt-get && echo "  sudo apt-get install$missing" >&2
        exit 1
    fi
    echo "Installing:$missing" >&2
    log=$(mktemp)
    # shellcheck disable=SC2086 # words are packages
    if ! { DEBIAN_FRONTEND=noninteractive $as apt-get install -y --no-install-recommends $missing ||
        { $as apt-get update && DEBIAN_FRONTEND=noninteractive \
            $as apt-get install -y --no-install-recommends $missing; }; } >"$log" 2>&1; then
        tail -20 "$log" >&2
        rm -f "$log"
        echo "apt-get failed. LogFlow needs:" >&2
        printf '%s' "$why" >&2
        exit 1
    fi
    rm -f "$log"
fi

# The venv: made again only when the list of packages has changed.
install_peers() { # install_peers STAMP REQUIREMENTS
    if [ -f "$venv/$1" ] && cmp -s "$2" "$venv/$1"; then
        return
    fi
    mkdir -p build
    [ -x $venv/bin/python ] || python3 -m venv $venv
    echo "Installing Python packages of $2 into $venv" >&2
    if ! $venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$2"; then
        echo "pip failed: the packages of $2 are needed for \`make $goal\`." >&2
        exit 1
    fi
    cp "$2" "$venv/$1"
}
case $goal in
test | bench) install_peers peers.txt tools/peers.txt ;;
test-all)
    install_peers peers.txt tools/peers.txt
    install_peers peers_all.txt tools/peers_all.txt
    ;;
esac
