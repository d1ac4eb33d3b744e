"""Queries and views that are followed: over sockets, by curl, and kept up in tables."""

import contextlib
import json
import subprocess

import msgpack
import pytest
from websockets.sync.client import connect

from support.process import wait_until
from support.replay import Replay
from support.session import SYMBOL

TEXT = {"Content-Type": "text/plain"}
BARS = "SELECT time, symbol, sum(size) AS volume, count() AS n FROM ticks SAMPLE BY 1m"
TABLE = "CREATE TABLE ticks (time TIMESTAMP, symbol SYMBOL, price DOUBLE, size DOUBLE)"


def run(gateway, text, status=200):
    answer = gateway.http.request("POST", "/v1/query?format=json", text.encode(), TEXT)
    assert answer.status == status, f"{text}: {answer.status} {answer.text}"
    return answer.json()["rows"] if status == 200 else answer.json()


def insert(gateway, *rows):
    run(gateway, "INSERT INTO ticks VALUES " + ", ".join(f"('{t}', '{s}', {p}, {v})" for t, s, p, v in rows))


class Follower:
    """The rows of a followed query, by key, as a client of the protocol keeps them."""

    def __init__(self, gateway, query, **more):
        self.exit = contextlib.ExitStack()
        self.socket = self.exit.enter_context(connect(gateway.stream_url, compression=None, open_timeout=20))
        assert self.next()["op"] == "welcome"
        self.socket.send(json.dumps({"op": "subscribe", "id": 1, "query": query, **more}))
        self.answer = self.next()
        self.rows, self.seq, self.revisions = {}, None, 0

    def next(self, seconds=30):
        while True:
            message = json.loads(self.socket.recv(timeout=seconds))
            if message["op"] not in ("hb",):
                return message

    def receive(self):
        message = self.next()
        entry = self.answer["subs"][0]
        if message["op"] == "snap":
            self.rows = {}
        else:
            assert message["op"] in ("d", "rev"), message
            assert message["prev"] == self.seq, message
            self.revisions += message["op"] == "rev"
        self.seq = message["seq"]
        for index, row in enumerate(message["rows"]):
            key = tuple(row[column] for column in entry["key"])
            if index in message.get("removed", []):
                del self.rows[key]
            else:
                self.rows[key] = row
        return message

    def until(self, condition):
        while not condition(self):
            self.receive()


@pytest.fixture
def gateway(serve):
    gateway = serve("--set", "stream.query_resume_seconds=2")
    run(gateway, TABLE)
    return gateway


def test_the_answer_of_a_query_follows_what_is_written(gateway):
    insert(gateway, ("2024-01-01T00:00:10", "A", 1, 2), ("2024-01-01T00:00:20", "A", 2, 3))
    follower = Follower(gateway, BARS)
    assert follower.answer["op"] == "subscribed", follower.answer
    assert [c["name"] for c in follower.answer["subs"][0]["columns"]] == ["time", "symbol", "volume", "n"]
    assert follower.receive()["op"] == "snap"
    assert [row[1:] for row in follower.rows.values()] == [["A", 5, 2]]
    insert(gateway, ("2024-01-01T00:00:30", "A", 2, 1), ("2024-01-01T00:01:00", "B", 2, 7))
    follower.until(lambda f: len(f.rows) == 2 and any(row[2] == 6 for row in f.rows.values()))
    insert(gateway, ("2024-01-01T00:10:00", "A", 2, 1))
    insert(gateway, ("2024-01-01T00:00:05", "A", 2, 10))
    follower.until(lambda f: any(row[2] == 16 for row in f.rows.values()))
    assert follower.revisions == 1
    live = sorted(map(tuple, follower.rows.values()))
    asked = gateway.http.request("POST", "/v1/query?format=json", BARS.encode(), TEXT).json()["rows"]
    assert [row[1:] for row in live] == [tuple(row[1:]) for row in sorted(asked)]
    plans = run(gateway, "SELECT subscribers FROM system.live_queries")
    assert plans == [[1]]
    follower.exit.close()
    wait_until(lambda: run(gateway, "SELECT subscribers FROM system.live_queries") == [], 20, gateway.log)


def test_a_query_goes_on_where_its_subscriber_was_cut_off(gateway):
    insert(gateway, ("2024-01-01T00:00:10", "A", 1, 2))
    first = Follower(gateway, BARS)
    first.receive()
    insert(gateway, ("2024-01-01T00:00:20", "A", 1, 3))
    first.until(lambda f: any(row[2] == 5 for row in f.rows.values()))
    first.exit.close()
    insert(gateway, ("2024-01-01T00:00:30", "A", 1, 4), ("2024-01-01T00:05:00", "B", 1, 1))
    epoch = first.answer["subs"][0]["epoch"]
    again = Follower(gateway, BARS, resume={"epoch": epoch, "seq": first.seq})
    entry = again.answer["subs"][0]
    assert entry["resumed"] is True and entry["replay"] >= 1, again.answer
    again.rows, again.seq = first.rows, first.seq
    for _ in range(entry["replay"]):
        assert again.receive()["op"] in ("d", "rev")
    insert(gateway, ("2024-01-01T00:06:00", "B", 1, 2))
    again.until(lambda f: len(f.rows) == 3)
    asked = run(gateway, BARS)
    assert [row[1:] for row in sorted(again.rows.values())] == [row[1:] for row in sorted(asked)]
    again.exit.close()
    wait_until(lambda: run(gateway, "SELECT subscribers FROM system.live_queries") == [], 20, gateway.log)
    late = Follower(gateway, BARS, resume={"epoch": epoch, "seq": again.seq})
    assert late.answer["subs"][0]["reason"] == "epoch" and late.receive()["op"] == "snap"
    late.exit.close()


def test_what_cannot_be_followed_is_refused_with_a_reason(gateway):
    for query, part in [
        ("SELECT * FROM ticks ORDER BY price", "ORDER BY"),
        ("SELECT * FROM tick", "did you mean"),
        ("SELECT DISTINCT symbol FROM ticks", "DISTINCT"),
    ]:
        follower = Follower(gateway, query)
        assert follower.answer["op"] == "error" and follower.answer["id"] == 1
        assert part in follower.answer["message"] + follower.answer.get("hint", ""), follower.answer
        follower.exit.close()


def test_messagepack_has_the_same_rows(gateway):
    insert(gateway, ("2024-01-01T00:00:10", "A", 1, 2))
    with connect(gateway.stream_url, subprotocols=["tickgate.v1.msgpack"], compression=None) as socket:
        assert msgpack.unpackb(socket.recv(timeout=20))[0] == "welcome"
        socket.send(json.dumps({"op": "subscribe", "id": 1, "query": BARS}))
        assert msgpack.unpackb(socket.recv(timeout=20))[0] == "subscribed"
        op, sid, epoch, seq, times, rows, closed, removed, whole = msgpack.unpackb(socket.recv(timeout=20))
        assert (op, sid) == ("snap", -1) and epoch and seq > 0 and len(times) == 3
        assert [row[1:] for row in rows] == [["A", 2.0, 1]] and removed == [] and whole is True


def test_a_materialized_view_keeps_bars_that_can_be_followed(serve, directory):
    gateway = serve()
    run(gateway, TABLE)
    run(gateway, f"CREATE MATERIALIZED VIEW bars AS ({BARS})")
    run(gateway, "CREATE MATERIALIZED VIEW hours AS (SELECT time, symbol, sum(volume) AS volume FROM bars SAMPLE BY 1h)")
    insert(gateway, *[(f"2024-01-01T00:{m:02}:00", "A", 1, m) for m in range(60)])
    follower = Follower(gateway, "SELECT * FROM hours LATEST BY symbol")
    follower.until(lambda f: [row[2] for row in f.rows.values()] == [1770.0])
    insert(gateway, ("2024-01-01T00:30:01", "A", 1, 1000))
    follower.until(lambda f: [row[2] for row in f.rows.values()] == [2770.0])
    assert sorted(run(gateway, "SELECT * FROM bars")) == sorted(run(gateway, BARS))
    states = run(gateway, "SELECT name, state FROM system.materialized_views")
    assert [row[0] for row in states] == ["bars", "hours"] and {row[1] for row in states} <= {"valid", "behind"}
    # The same after a kill: nothing is lost, nothing counts twice.
    gateway.kill()
    gateway = serve(data=directory / "data")
    insert(gateway, ("2024-01-01T00:59:59", "A", 1, 5))
    wait_until(lambda: run(gateway, "SELECT volume FROM hours") == [[2775.0]], 30, gateway.log)


def test_a_feature_view_is_pushed_and_its_deltas_are_its_history(serve, lines):
    gateway = serve()
    run(gateway, "CREATE FEATURE VIEW micro AS SELECT spread_bps(), imbalance(5) AS imbalance FROM book")
    upload = Replay("127.0.0.1", gateway.port)
    upload.send(lines[:1000])
    wait_until(lambda: (gateway.http.metric("tickgate_view_updates_total") or 0) > 10, 60, gateway.log)
    with connect(gateway.stream_url, compression=None, max_queue=None) as socket:
        assert json.loads(socket.recv(timeout=20))["op"] == "welcome"
        request = {"op": "subscribe", "id": 1, "view": "micro@v1", "symbols": [SYMBOL], "mode": "all"}
        socket.send(json.dumps(request))
        answer = json.loads(socket.recv(timeout=20))
        assert answer["op"] == "subscribed" and answer["subs"][0]["fields"] == ["spread_bps", "imbalance"], answer
        upload.send(lines[1000:3000])
        upload.finish()
        state, seen = None, {}
        wait_until(lambda: len(gateway.query("SELECT * FROM micro")) > 0, 30, gateway.log)
        last = max(row["seq"] for row in gateway.query("SELECT * FROM micro WHERE spread_bps IS NOT NULL"))
        while not seen or max(seen) < last - 50:
            message = json.loads(socket.recv(timeout=30))
            if message["op"] == "snap":
                state = message["v"]
            elif message["op"] == "d":
                for place, value in zip(message["i"], message["v"]):
                    state[place] = value
            else:
                continue
            seen[message["seq"]] = list(state)
    history = {row["seq"]: [row["spread_bps"], row["imbalance"]] for row in gateway.query("SELECT * FROM micro")}
    told = {seq: values for seq, values in seen.items() if seq in history}
    assert len(told) > 50 and all(history[seq] == values for seq, values in told.items())


def test_curl_follows_a_query(gateway):
    insert(gateway, ("2024-01-01T00:00:10", "A", 1, 2))
    url = f"http://127.0.0.1:{gateway.port}/v1/stream/sse"
    command = ["curl", "-sN", "--max-time", "5", "-G", url, "--data-urlencode", f"query={BARS}"]
    events = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout
    assert "event: snap" in events and '"rows":' in events, events
