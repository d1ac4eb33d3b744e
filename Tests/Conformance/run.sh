#!/usr/bin/env bash
# Runs the Autobahn test suite against the project's WebSockets. Usage: run.sh PROGRAM short|long
#
# short: sections 1 to 7 and 10, against the server. long: every section, against server and client.
#
# Some cases end a connection after a second, whatever has come by then (4.1.5: "then Ping" and killAfter(1)). If the machine
# keeps either end waiting that long, the echo is not there and the case is called NON-STRICT, though nothing was wrong. So a
# case that did not pass is run once more, alone; what is wrong fails again.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=$(realpath "$1")
extent=$2
work=$PWD/.build/conformance
suite=$work/suite
Tests/Conformance/setup.sh "$suite"

case $extent in
short) cases='["1.*","2.*","3.*","4.*","5.*","6.*","7.*","10.*"]' count=247 modes=server ;;
long) cases='["*"]' count=500 modes="server client" ;;
*) echo "usage: run.sh PROGRAM short|long" >&2; exit 2 ;;
esac

# Writes a specification: name of the report, cases, then its other members.
specify() {
    cat >"$work/$1.json" <<END
{"outdir": "$work/reports/$1", $3, "cases": $2, "exclude-cases": [], "exclude-agent-cases": {}}
END
}

children=()
stop() { for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done; }
trap stop EXIT
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
suite() { "$suite/python2" Tests/Conformance/wstest.py "$suite/site" "$1" "$work/$2.json"; }

# Runs cases in a mode into a report: run MODE REPORT CASES
run() {
    local mode=$1 report=$2 port
    port=$(free_port)
    rm -rf "$work/reports/$report"
    if [ "$mode" = server ]; then
        specify "$report" "$3" "\"servers\": [{\"agent\": \"tickgate-server\", \"url\": \"ws://127.0.0.1:$port\"}]"
        mkfifo "$work/input.$$"
        "$program" "$port" <"$work/input.$$" >/dev/null &
        children+=($!)
        exec 3>"$work/input.$$"
        rm "$work/input.$$"
        suite client "$report" >"$work/$report.log" 2>&1 || true
        exec 3>&-
    else
        specify "$report" "$3" "\"url\": \"ws://127.0.0.1:$port\""
        suite server "$report" >"$work/$report.log" 2>&1 &
        local fuzzer=$!
        children+=($fuzzer)
        for _ in $(seq 600); do grep -q '^Ok, will run' "$work/$report.log" && break; sleep 0.5; done
        "$program" client "ws://127.0.0.1:$port" tickgate-client >/dev/null
        kill $fuzzer
        wait $fuzzer 2>/dev/null || true
    fi
}

status=0
for mode in $modes; do
    echo "conformance: Autobahn against the $mode"
    run $mode $mode "$cases"
    python3 Tests/Conformance/summarize.py "$work/reports/$mode" "$count" "$work/again.json" && continue
    if [ -s "$work/again.json" ]; then
        echo "conformance: once more, what did not pass"
        run $mode $mode-again "$(cat "$work/again.json")"
        python3 Tests/Conformance/summarize.py "$work/reports/$mode-again" 1 && continue
    fi
    status=1
    tail -n 3 "$work/$mode.log"
done
exit $status
