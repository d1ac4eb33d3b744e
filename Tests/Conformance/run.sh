#!/usr/bin/env bash
# Runs the Autobahn test suite against the project's WebSockets. Usage: run.sh PROGRAM short|long
#
# short: sections 1 to 7 and 10, against the server. long: every section, against server and client.
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

# Writes a specification: directory of the report, then its other members.
specify() {
    cat >"$work/$1.json" <<END
{"outdir": "$work/reports/$1", $2, "cases": $cases, "exclude-cases": [], "exclude-agent-cases": {}}
END
}

children=()
stop() { for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done; }
trap stop EXIT
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

status=0
for mode in $modes; do
    rm -rf "$work/reports/$mode"
    port=$(free_port)
    echo "conformance: Autobahn against the $mode"
    if [ "$mode" = server ]; then
        specify server "\"servers\": [{\"agent\": \"tickgate-server\", \"url\": \"ws://127.0.0.1:$port\"}]"
        mkfifo "$work/input.$$"
        "$program" "$port" <"$work/input.$$" >/dev/null &
        children+=($!)
        exec 3>"$work/input.$$"
        rm "$work/input.$$"
        jython Tests/Conformance/wstest.py "$suite/site" client "$work/server.json" >"$work/server.log" 2>&1 || true
        exec 3>&-
    else
        specify client "\"url\": \"ws://127.0.0.1:$port\""
        jython Tests/Conformance/wstest.py "$suite/site" server "$work/client.json" >"$work/client.log" 2>&1 &
        children+=($!)
        for _ in $(seq 600); do grep -q '^Ok, will run' "$work/client.log" && break; sleep 0.5; done
        "$program" client "ws://127.0.0.1:$port" tickgate-client >/dev/null
    fi
    python3 Tests/Conformance/summarize.py "$work/reports/$mode" "$count" || { status=1; tail -n 3 "$work/$mode.log"; }
done
exit $status
