#!/usr/bin/env bash
# Runs the Swift tests under a watchdog: a run that hangs is ended, says which tests had not finished, and is tried once more.
# Up to three tests that fail while all others run are run again by themselves, and named as flaky if they pass then.
set -uo pipefail
cd "$(dirname "$0")/.."

limit=${TEST_SECONDS_MAX:-900} # ten times what a run takes on two cores
log=$(mktemp)
trap 'rm -f "$log"' EXIT

attempt() {
    timeout -k 10 "$limit" swift test --skip-build --parallel "$@" 2>&1 | tee "$log"
    return "${PIPESTATUS[0]}"
}

# Runs one part. Returns the status of the last run.
run() {
    attempt "$@"
    local status=$?
    if [ "$status" -eq 124 ]; then
        echo "test-swift: hung for $limit s; started and not finished:"
        comm -23 \
            <(sed -nE 's/^◇ Test (.*) started\.$/\1/p' "$log" | sort -u) \
            <(sed -nE 's/^[✔✘] Test (.*\)|"[^"]*")( with .*)? (passed|failed) after .*$/\1/p' "$log" | sort -u)
        attempt "$@"
        return
    fi
    local failed count
    failed=$(sed -nE 's/^✘ Test ([A-Za-z0-9_]+)\(.* failed after .*$/\1/p' "$log" | sort -u | paste -sd '|')
    count=$(grep -cE '^✘ Test (.*\)|"[^"]*")( with .*)? failed after ' "$log")
    # Tests with names in words cannot be asked for by them.
    [ "$(grep -cE '^✘ Test [A-Za-z0-9_]+\(.* failed after ' "$log")" -eq "$count" ] || return "$status"
    # No summary means that the process died: that is never put down to company.
    if [ "$status" -eq 0 ] || [ "$count" -lt 1 ] || [ "$count" -gt 3 ] || ! grep -q '^✘ Test run with' "$log"; then
        return "$status"
    fi
    attempt --filter "[/.]($failed)\\(" && echo "test-swift: flaky, failed in company and passed alone: ${failed//|/, }"
}

# Tests of the store and of queries keep every core busy; others wait for sockets, with bounds. Each gets the machine for
# itself.
store='StoreTests\.'
queries='(EngineTests|QueryTests|QueryLangTests)\.'
run --skip "$store" --skip "$queries" && run --filter "$queries" && run --filter "$store"
