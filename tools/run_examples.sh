#!/bin/sh
# `make run`: converts examples/ into out/, shows each command with its report, then a result.
set -eu
cd "$(dirname "$0")/.."
logflow=${1:-build/logflow}
mkdir -p out
for f in examples/*.csv examples/*.tsv; do
    name=$(basename "$f")
    out=out/${name%.*}.parquet
    echo "\$ $logflow convert $f -o $out --force"
    "$logflow" convert "$f" -o "$out" --force
    echo
done
echo "\$ $logflow inspect out/sales.parquet --rows 5"
"$logflow" inspect out/sales.parquet --rows 5
