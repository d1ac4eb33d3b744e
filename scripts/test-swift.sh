#!/usr/bin/env bash
# Runs the Swift tests under a watchdog: a run that hangs is ended, says which tests had not finished, and is tried once more.
set -uo pipefail
cd "$(dirname "$0")/.."

limit=${TEST_SECONDS_MAX:-900} # ten times what a run takes on two cores
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Runs one part, and once more if it hangs. Returns the status of the last run.
run() {
    for attempt in 1 2; do
        timeout -k 10 "$limit" swift test --skip-build --parallel "$@" 2>&1 | tee "$log"
        status=${PIPESTATUS[0]}
        [ "$status" -eq 124 ] || return "$status"
        echo "test-swift: attempt $attempt hung for $limit s; started and not finished:"
        comm -23 \
            <(sed -nE 's/^◇ Test (.*) started\.$/\1/p' "$log" | sort -u) \
            <(sed -nE 's/^[✔✘] Test (.*\)|"[^"]*")( with .*)? (passed|failed) after .*$/\1/p' "$log" | sort -u)
    done
    return 124
}

# Tests of the store and of queries keep every core busy; others wait for sockets, with bounds. Each gets the machine for
# itself.
store='StoreTests\.'
queries='(EngineTests|QueryTests|QueryLangTests)\.'
run --skip "$store" --skip "$queries" && run --filter "$queries" && run --filter "$store"
