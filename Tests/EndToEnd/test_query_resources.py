"""Queries are a resource: bounded, seen, stopped, and visibly whole or not.

The data are a made-up book of some million changes: one snapshot, then updates of every level.
"""

import json
import socket
import subprocess
import threading
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from support.process import Gateway, wait_until
from support.replay import Replay

LEVELS = 500
UPDATES = 3_000
ROWS = 2 * LEVELS * UPDATES
SLACK_BYTES = 48 << 20  # sockets, pieces, blocks, and what an allocator keeps; the answer is seven times as long

# One row, so nothing is sent before all is read; dear enough to be caught at it.
LONG = "SELECT " + ", ".join(f"sum(price * {n}.5)" for n in range(150)) + " FROM book"
ALL = "SELECT * FROM book WHERE kind = 'change'"


def levels(start, step, size):
    return [[f"{start + step * index:.2f}", f"{size}.00000000"] for index in range(LEVELS)]


def book_lines():
    """A recording: an empty update, the snapshot that it asks for, and the updates."""
    time = 1_723_161_254_000_000_000

    def update(number, size=None):
        data = {"e": "depthUpdate", "E": 1_723_161_255_000 + 100 * number, "s": "BTCUSDT", "U": number, "u": number}
        data["b"] = levels(60_000, -0.01, size) if size else []
        data["a"] = levels(60_001, 0.01, size) if size else []
        document = {"stream": "btcusdt@depth@100ms", "data": data}
        return f"{time + 100_000_000 * number} {json.dumps(document, separators=(',', ':'))}".encode()

    yield update(1)
    snapshot = {"lastUpdateId": 1, "bids": levels(60_000, -0.01, 1), "asks": levels(60_001, 0.01, 1)}
    yield f"{time + 100_000_000} {json.dumps(snapshot)}".encode()
    for number in range(2, UPDATES + 2):
        yield update(number, size=number % 9 + 1)


@pytest.fixture(scope="module")
def book(binary, tmp_path_factory):
    """A data directory with the book, closed."""
    data = tmp_path_factory.mktemp("book") / "data"
    gateway = Gateway(binary, data)
    try:
        gateway.wait_until_ready()
        upload = Replay("127.0.0.1", gateway.port)
        for line in book_lines():
            upload.send([line])
        upload.finish(300)
        assert upload.errors == []
        assert gateway.value("SELECT count() FROM book WHERE kind = 'change'") == ROWS
        assert gateway.stop() == 0
    finally:
        gateway.kill()
    return data


class Asked(threading.Thread):
    """A query on a thread of its own."""

    def __init__(self, gateway, text, **parameters):
        super().__init__(daemon=True)
        self.gateway, self.text, self.parameters = gateway, text, parameters
        self.answer = None
        self.start()

    def run(self):
        self.answer = self.gateway.http.ask(self.text, **self.parameters)

    def result(self):
        self.join(60)
        assert self.answer is not None, "no answer"
        return self.answer


def active(gateway):
    """The active queries by id."""
    return {entry["id"]: entry for entry in gateway.http.get("/v1/queries").json()["queries"]}


def check(instance, schema):
    """Checks an instance against a schema of openapi.yaml."""
    document = yaml.safe_load((Path(__file__).resolve().parents[2] / "openapi.yaml").read_text())
    registry = Registry().with_resource("urn:api", Resource.from_contents(document, DRAFT202012))
    Draft202012Validator({"$ref": f"urn:api#/components/schemas/{schema}"}, registry=registry).validate(instance)


def in_state(gateway, state, count=1):
    """Waits until so many queries are in a state; the listed queries."""

    def look():
        found = [entry for entry in active(gateway).values() if entry["state"] == state]
        return found if len(found) == count else None

    return wait_until(look, 60, lambda: str(active(gateway)))


def delete(gateway, name, **headers):
    return gateway.http.request("DELETE", f"/v1/queries/{name}", headers=headers)


class RawAnswer:
    """A streamed answer over a socket of its own, whose body is read chunk by chunk."""

    def __init__(self, gateway, text, format="csv", buffer=8_192, name=None):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", gateway.port))
        fields = f"X-Query-Id: {name}\r\n" if name else ""
        target = f"/v1/query?format={format}&q={quote(text)}"
        self.socket.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n".encode())
        self.stream = self.socket.makefile("rb")
        assert self.stream.readline().startswith(b"HTTP/1.1 200 ")
        self.fields = read_fields(self.stream)
        self.trailers = None

    def chunks(self):
        """The chunks of the body, then the trailers are there; raises if the body breaks off."""
        while size := self.stream.readline():
            if int(size, 16) == 0:
                self.trailers = read_fields(self.stream)
                return
            yield self.stream.read(int(size, 16))
            assert self.stream.readline() == b"\r\n"
        raise EOFError("the body breaks off")

    def close(self):
        self.stream.close()
        self.socket.close()


def read_fields(stream):
    """Header or trailer fields up to the empty line."""
    fields = {}
    while line := stream.readline().strip():
        name, _, value = line.decode().partition(":")
        fields[name.lower()] = value.strip()
    return fields


def test_a_running_query_is_listed_and_stopped_by_its_name(serve, book):
    gateway = serve("--set", "query.timeout_ms=600000", data=book)
    assert active(gateway) == {}
    asked = Asked(gateway, LONG, format="ndjson")
    (entry,) = in_state(gateway, "running")
    assert entry["query"] == LONG[:1000] + "…" and entry["format"] == "ndjson"
    assert entry["client"].startswith("127.0.0.1:") and entry["started"].endswith("Z")
    check(entry, "ActiveQuery")
    wait_until(lambda: active(gateway)[entry["id"]]["rows_scanned"] > 0, 60)
    refused = delete(gateway, entry["id"], Origin="https://evil.example")
    assert refused.status == 403 and entry["id"] in active(gateway)
    assert delete(gateway, entry["id"]).status == 204
    answer = asked.result()
    assert answer.status == 409 and answer.type == "application/problem+json"
    check(answer.json(), "Problem")
    assert answer.json()["code"] == "cancelled" and answer.json()["instance"] == entry["id"]
    assert answer.headers["x-query-id"] == entry["id"]
    assert active(gateway) == {}
    gone = delete(gateway, entry["id"])
    assert gone.status == 404 and gone.json()["code"] == "unknown_query"
    assert gateway.metric("tickgate_queries_cancelled_total") == 1


def test_a_client_that_leaves_stops_its_query(serve, book):
    gateway = serve("--set", "query.timeout_ms=600000", data=book)
    client = socket.create_connection(("127.0.0.1", gateway.port))
    client.sendall(f"GET /v1/query?q={quote(LONG)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    in_state(gateway, "running")
    client.close()
    wait_until(lambda: active(gateway) == {}, 60)
    assert gateway.metric("tickgate_queries_active") == 0
    assert gateway.metric("tickgate_queries_cancelled_total") == 1


def test_a_query_beyond_its_time_is_stopped(serve, book):
    gateway = serve("--set", "query.timeout_ms=1000", data=book)
    for parameters, time in (({"timeout_ms": 20}, 20), ({"timeout_ms": 1}, 1)):
        answer = gateway.http.ask(LONG, **parameters)
        assert answer.status == 504 and answer.json()["code"] == "timeout"
        assert f"{time} ms" in answer.json()["detail"]
    # What a request allows itself beyond the server's bound is not given: a reader that takes its time finds out.
    answer = RawAnswer(gateway, ALL)
    wait_until(lambda: active(gateway) == {}, 60)
    assert gateway.metric("tickgate_queries_timed_out_total") == 3
    with pytest.raises((EOFError, ConnectionError)):
        for _ in answer.chunks():
            pass
    answer.close()


def test_a_query_beyond_its_memory_is_stopped(serve, book):
    gateway = serve("--set", "query.memory_bytes=1048576", data=book)
    answer = gateway.http.ask("SELECT price, size FROM book ORDER BY size", limit=1)
    assert answer.status == 422 and answer.json()["code"] == "limit_exceeded"
    assert gateway.http.get("/v1/limits").json()["query"]["memory_bytes"] == 1_048_576


def test_as_many_run_and_wait_as_may_and_the_others_come_back_later(serve, book):
    settings = ("workers=1", "queue=1", "timeout_ms=600000")
    gateway = serve(*(part for setting in settings for part in ("--set", f"query.{setting}")), data=book)
    limits = gateway.http.get("/v1/limits").json()["query"]
    assert (limits["workers"], limits["queued"], limits["timeout_ms"]) == (1, 1, 600_000)
    first = Asked(gateway, LONG)
    (running,) = in_state(gateway, "running")
    second = Asked(gateway, "SELECT count() FROM book")
    in_state(gateway, "queued")
    assert gateway.metric("tickgate_queries_queued") == 1
    third = gateway.http.ask("SELECT count() FROM book")
    assert third.status == 503 and third.json()["code"] == "busy"
    assert int(third.headers["retry-after"]) >= 1
    assert gateway.metric("tickgate_queries_refused_total") == 1
    assert delete(gateway, running["id"]).status == 204
    assert first.result().status == 409
    assert second.result().status == 200


def test_a_query_that_is_not_begun_in_time_comes_back_later(serve, book):
    settings = ("workers=1", "queue_wait_ms=50", "timeout_ms=600000")
    gateway = serve(*(part for setting in settings for part in ("--set", f"query.{setting}")), data=book)
    first = Asked(gateway, LONG)
    (running,) = in_state(gateway, "running")
    second = gateway.http.ask("SELECT count() FROM book")
    assert second.status == 503 and second.json()["code"] == "busy" and "retry-after" in second.headers
    assert delete(gateway, running["id"]).status == 204
    first.result()


def test_readers_that_stall_keep_nobody_from_asking(serve, book):
    settings = ("workers=1", "readers=2", "timeout_ms=600000")
    gateway = serve(*(part for setting in settings for part in ("--set", f"query.{setting}")), data=book)
    stalled = [RawAnswer(gateway, ALL, name=f"slow-{n}") for n in range(3)]
    in_state(gateway, "sending", 3)
    # All places are taken by readers that are slow: one has to go.
    assert gateway.value("SELECT count() FROM book WHERE kind = 'change'") == ROWS
    assert gateway.metric("tickgate_queries_cut_total") == 1
    assert len(active(gateway)) == 2
    for answer in stalled:
        answer.close()
    wait_until(lambda: active(gateway) == {}, 60)


def test_a_name_of_ones_own_is_on_every_answer_and_taken_once(serve, book):
    gateway = serve("--set", "query.timeout_ms=600000", data=book)
    name = {"X-Query-Id": "report-2026.11_1"}
    for target, status in (("/v1/query?q=SHOW%20TABLES", 200), ("/v1/query?q=SELEC%20*", 400), ("/v1/query", 400)):
        answer = gateway.http.request("GET", target, headers=name)
        assert answer.status == status and answer.headers["x-query-id"] == name["X-Query-Id"]
    bad = gateway.http.request("GET", "/v1/query?q=SHOW%20TABLES", headers={"X-Query-Id": "no good"})
    assert bad.status == 400 and bad.json()["code"] == "bad_query_id"
    first = RawAnswer(gateway, ALL, name=name["X-Query-Id"])
    assert first.fields["x-query-id"] == name["X-Query-Id"]
    second = gateway.http.request("GET", "/v1/query?q=SHOW%20TABLES", headers=name)
    assert second.status == 409 and second.json()["code"] == "duplicate_query_id"
    first.close()
    wait_until(lambda: active(gateway) == {}, 60)
    assert gateway.http.request("GET", "/v1/query?q=SHOW%20TABLES", headers=name).status == 200


def test_a_short_answer_says_in_its_head_that_it_is_whole(serve, book):
    gateway = serve(data=book)
    answer = gateway.http.ask("SELECT count() FROM book")
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert answer.headers["x-query-status"] == "ok"
    summary = json.loads(answer.headers["x-query-summary"])
    check(summary, "QuerySummary")
    assert summary["rows"] == 1
    assert summary["elapsed_us"] == answer.json()["elapsed_us"]


@pytest.mark.parametrize("format", ["csv", "ndjson", "json"])
def test_an_answer_that_is_stopped_is_visibly_cut(serve, book, directory, format):
    gateway = serve("--set", "query.timeout_ms=600000", data=book)
    url = f"{gateway.url}/v1/query?format={format}&q={quote(ALL)}"
    file = directory / "answer"
    curl = subprocess.Popen(["curl", "-sS", "-H", "X-Query-Id: mine", "--limit-rate", "2M", "-o", file, url])
    wait_until(lambda: file.exists() and file.stat().st_size > 200_000, 60)
    assert delete(gateway, "mine").status == 204
    assert curl.wait(60) == 18, "curl knows this as a partial file"
    last = file.read_bytes().splitlines()[-1]
    if format == "ndjson":
        assert json.loads(last)["error"]["code"] == "cancelled"
    assert active(gateway) == {}


def test_a_slow_reader_of_a_long_answer_costs_constant_memory(serve, book):
    gateway = serve("--set", "query.timeout_ms=600000", data=book)
    assert gateway.value("SELECT sum(price) + sum(size) > 0 AS warm FROM book")
    before = gateway.resident_bytes()
    answer = RawAnswer(gateway, ALL, format="ndjson", buffer=65_536)
    assert answer.fields["trailer"] == "X-Query-Status, X-Query-Summary"
    rows, received, peak = -1, 0, 0  # the last line is not a row
    for count, chunk in enumerate(answer.chunks(), 1):
        rows += chunk.count(b"\n")
        received += len(chunk)
        if count % 16 == 0:
            peak = max(peak, gateway.resident_bytes())
        if count < 100:
            in_state(gateway, "sending")  # it waits for us, with the socket full
    answer.close()
    assert rows == ROWS and received > 7 * SLACK_BYTES
    assert answer.trailers["x-query-status"] == "ok"
    summary = json.loads(answer.trailers["x-query-summary"])
    check(summary, "QuerySummary")
    assert summary["rows"] == ROWS <= summary["rows_scanned"]
    assert peak - before < SLACK_BYTES
    assert active(gateway) == {}
