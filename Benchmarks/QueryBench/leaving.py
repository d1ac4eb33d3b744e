"""Prints how soon a query ends after its client has gone, or after somebody has cancelled it."""

import json
import time

from .client import Client
from .market import market
from .server import Refused, path, serving
from .timing import milliseconds

# Long enough that each is in the middle of its work, short beside what it would take.
HEAD_START_SECONDS = 0.1
PATIENCE_SECONDS = 30
RUNS = 5

QUERIES = (
    (
        "join of every trade with the symbol's quotes",
        "SELECT count() FROM trades t JOIN quotes q ON t.symbol = q.symbol",
    ),
    ("sort of all trades", "SELECT sum(size) FROM (SELECT size FROM trades ORDER BY price * size, size LIMIT 9000000)"),
    (
        "median of 1,000 rows, every row",
        "SELECT sum(m) FROM (SELECT median(price) OVER (ROWS 999 PRECEDING) AS m FROM trades)",
    ),
    ("all trades as JSON; the reader takes nothing", "SELECT * FROM trades"),
)


def measure_leaving(tools, report, only, data):
    """Leaves queries in the middle, and cancels them."""
    report.section("Queries that are left")
    made = market(tools, data or tools.folder, tools.size(10_000_000, 100_000))
    runs = tools.size(RUNS, 1)
    lines = []
    with serving(tools, made) as server:
        for number, (title, text) in enumerate(QUERIES, 1):
            if only is None or number in only:
                ways = (lambda client, _: client.close(), lambda _, name: server.delete(f"/v1/queries/{name}"))
                lines.append((title, *(describe([until_gone(server, text, way) for _ in range(runs)]) for way in ways)))
    report.table(("query", "client gone, ms", "cancelled, ms"), lines)
    report.note(f"until GET /v1/queries shows it no more, which is asked without pause; median / longest of {runs}")


def describe(times):
    """Median and maximum, or that the query was over before it was left."""
    known = sorted(seconds for seconds in times if seconds is not None)
    if not known:
        return "over before"
    return f"{milliseconds(known[len(known) // 2])} / {milliseconds(known[-1])}"


def until_gone(server, text, leave):
    """Seconds from leaving a query to the end of it; nil if it ended by itself before."""
    client = Client(server.port, PATIENCE_SECONDS)
    client.send(path(text, "json"))
    time.sleep(HEAD_START_SECONDS)
    names = active(server)
    if not names:
        client.close()
        return None
    start = time.perf_counter()
    leave(client, names[0])
    while active(server):
        if time.perf_counter() - start > PATIENCE_SECONDS:
            raise Refused(f"a query that was left still runs after {PATIENCE_SECONDS} s: {text}")
    seconds = time.perf_counter() - start
    client.close()
    return seconds


def active(server):
    """The names of the queries that are active."""
    return [query["id"] for query in json.loads(server.get("/v1/queries"))["queries"]]
