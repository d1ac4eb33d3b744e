#!/usr/bin/env bash
# Checks that no tool does: what must not be in the tree, and counts that a reviewer wants to see.
set -euo pipefail
cd "$(dirname "$0")/.."
fail=0
complain() { echo "tidy: $*" >&2; fail=1; }

if grep -rnE '\bTODO\b|\bFIXME\b' Sources Tests Public Benchmarks scripts --include='*' | grep -v 'scripts/tidy.sh'; then
    complain "leave no TODO behind"
fi
if grep -rnE '\btry!|\bas!|fatalError\(' Sources --include='*.swift'; then
    complain "no try!, as! or fatalError in Sources; preconditionFailure(\"BUG: ...\") for programmer errors"
fi
for file in $(git ls-files '*.swift' | grep '^Sources/' | grep -v '\.pb\.swift$'); do
    lines=$(wc -l <"$file")
    [ "$lines" -le 800 ] || complain "$file has $lines lines; 800 is the limit"
done
if git ls-files | grep -E '(^|/)(\.build|\.venv|Package\.resolved)(/|$)'; then
    complain "build products are in the tree"
fi
unchecked=$(grep -rn '@unchecked Sendable' Sources --include='*.swift' | wc -l)
echo "tidy: $unchecked uses of @unchecked Sendable"
exit $fail
