#!/bin/sh
# Run one libFuzzer target: fuzz.sh SECONDS build/fuzz/bin/NAME_fuzz
#
# What it learns stays in build/fuzz/corpus/NAME; tests/fuzz/seeds/NAME is where it begins.  A crash,
# leak, hang or undefined behaviour ends it with non-zero and names the input that did it.
set -eu

seconds=$1
binary=$2
name=$(basename "$binary" _fuzz)
corpus=build/fuzz/corpus/$name
seeds=tests/fuzz/seeds/$name
artifacts=build/fuzz/artifacts
log=build/fuzz/$name.log

mkdir -p "$corpus" "$artifacts"
[ -d "$seeds" ] || seeds=

# $seeds is one path or nothing.
# shellcheck disable=SC2086
if "$binary" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 \
	-artifact_prefix="$artifacts/$name-" "$corpus" $seeds >"$log" 2>&1; then
	echo "fuzz $name: $(grep -E '^Done ' "$log")"
	exit 0
fi
tail -n 40 "$log" >&2
artifact=$(grep -oE 'Test unit written to .*' "$log" | cut -d' ' -f5 || true)
echo "fuzz $name: FAILED; input: ${artifact:-none written}, log: $log" >&2
exit 1
