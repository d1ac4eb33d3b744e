#!/usr/bin/env bash
# Builds the tests with ThreadSanitizer and runs those that have threads. A report ends it with a status other than 0.
# The build is of a copy of the tree, in which Mutex is one that the sanitizer can see; see scripts/tsan/Mutex.swift.
set -euo pipefail
cd "$(dirname "$0")/.."

tree=.build/tsan-tree
scratch=$PWD/.build/tsan
shim=MutexForTheSanitizer.swift
filters=("$@")
[ ${#filters[@]} -gt 0 ] || filters=(
    'StoreTests\.'
    'EngineTests\.(QueryDifferentialTests|QueryEngineTests|JoinPropertyTests|JoinTests|WindowQueryTests|StatementTests|Live)'
    'GatewayTests\.'
    'WireTests\.'
    'IngestTests\.'
)

mkdir -p "$tree"
# What has not changed stays the same file, so that it is not built again; what is gone goes.
cp -au Package.swift Sources Tests Benchmarks docs openapi.yaml "$tree/"
(cd "$tree" && find Sources Tests Benchmarks -type f ! -name "$shim") | while read -r file; do
    [ -e "$file" ] || rm "$tree/$file"
done
grep -rlE 'Mutex[(<]' Sources Tests --include='*.swift' | cut -d/ -f1,2 | sort -u | while read -r folder; do
    cp -pu scripts/tsan/Mutex.swift "$tree/$folder/$shim"
done

cd "$tree"
export TSAN_OPTIONS="exitcode=66 history_size=4 ${TSAN_OPTIONS:-}"
swift build --build-tests --sanitize=thread --scratch-path "$scratch"
status=0
for filter in "${filters[@]}"; do
    swift test --skip-build --sanitize=thread --scratch-path "$scratch" --no-parallel --filter "$filter" || status=$?
done
exit "$status"
