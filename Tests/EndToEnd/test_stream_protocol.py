"""The whole stream protocol over real sockets: both encodings, resume, events, what ends a stream."""

import json
import subprocess
import threading
import time

import msgpack
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from support.process import wait_until
from support.replay import Replay, replay
from support.session import SYMBOL
from support.stream import Recorder, StreamClient, decode, identity

ENCODINGS = {"json": ["tickgate.v1.json"], "msgpack": ["tickgate.v1.msgpack"]}
PRIMING = 400


@pytest.fixture
def gateway(serve, lines):
    """A gateway that has had the beginning of the recording."""
    gateway = serve()
    replay(gateway, lines[:PRIMING])
    return gateway


def position(subscription):
    return {subscription.symbol: {"epoch": subscription.epoch, "seq": subscription.seq}}


@pytest.mark.parametrize("held", [100_000, 20])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_client_that_is_cut_off_again_and_again_sees_every_delta_once(serve, lines, encoding, held):
    gateway = serve("--set", f"stream.resume_events={held}")
    replay(gateway, lines[:PRIMING])
    witness = StreamClient(gateway, max_queue=None)
    witness.subscribe([SYMBOL])
    everything = Recorder(witness)
    received, symbols, client = [], {}, None
    upload = Replay("127.0.0.1", gateway.port)
    for start in range(PRIMING, PRIMING + 3_000, 300):
        again = StreamClient(gateway, max_queue=None, subprotocols=ENCODINGS[encoding])
        if client is None:
            answer = again.subscribe([SYMBOL])
        else:
            old = client.subscription(SYMBOL)
            again.carried = {SYMBOL: old}
            answer = again.subscribe([SYMBOL], resume=position(old))
            assert answer["subs"][0]["resumed"] is True, answer
            for _ in range(answer["subs"][0]["replay"]):
                received.append(again.receive())
        client = again
        symbols[answer["subs"][0]["sid"]] = SYMBOL
        upload.send(lines[start : start + 200])
        head = wait_for_head(gateway, client, received)
        client.close()
        upload.send(lines[start + 200 : start + 300])
        wait_until(lambda before=head: gateway.http.get(f"/v1/features/{SYMBOL}").json()["seq"] > before, 20)
    upload.finish()
    last = received[-1]["seq"]
    wait_until(lambda: witness.subscription(SYMBOL).seq >= last, 20)
    expected = [m for m in everything.stop() if m["op"] == "d" and m["seq"] <= last]
    deltas = [m for m in received if m["op"] == "d"]
    names = {s.sid: SYMBOL for s in witness.subscriptions.values()} | symbols
    assert [normal(identity(m, names)) for m in deltas] == [normal(identity(m, names)) for m in expected[-len(deltas) :]]
    assert len(deltas) > 300
    # What memory does not hold was made again from the stored events.
    assert (gateway.http.metric("tickgate_stream_resumed_from_store_total") > 0) == (held == 20)
    witness.close()


def test_a_client_that_comes_back_while_events_come_misses_nothing(serve, lines):
    """Memory holds 20 updates, and more than those come while what was missed is made again."""
    gateway = serve("--set", "stream.resume_events=20")
    upload = Replay("127.0.0.1", gateway.port)
    upload.send(lines[:PRIMING])
    wait_until(lambda: gateway.http.get(f"/v1/features/{SYMBOL}").status == 200, 20)
    client = StreamClient(gateway, max_queue=None)
    client.subscribe([SYMBOL])
    client.until(lambda m: m["op"] == "snap")

    def feed():
        for start in range(PRIMING, PRIMING + 6_000, 50):
            upload.send(lines[start : start + 50])
            time.sleep(0.02)

    feeder = threading.Thread(target=feed)
    feeder.start()
    count = 0
    while feeder.is_alive():
        old = client.subscription(SYMBOL)
        client.close()
        time.sleep(0.1)
        client = StreamClient(gateway, max_queue=None)
        client.carried = {SYMBOL: old}
        answer = client.subscribe([SYMBOL], resume=position(old))
        assert answer["subs"][0]["resumed"] is True, answer
        for _ in range(answer["subs"][0]["replay"]):
            client.receive()
        count += 1
    upload.finish()
    client.close()
    assert count > 5
    assert gateway.http.metric("tickgate_stream_resumed_from_store_total") > 5
    assert gateway.http.metric("tickgate_stream_resumes_waiting") == 0


def normal(text):
    """An identity in which a whole number is the same number in either encoding."""
    return json.dumps(json.loads(text, parse_int=float), sort_keys=True)


def wait_for_head(gateway, client, received):
    """Receives until the subscriber has what the server has."""
    while True:
        head = gateway.http.get(f"/v1/features/{SYMBOL}").json()["seq"]
        while client.subscription(SYMBOL).seq is None or client.subscription(SYMBOL).seq < head:
            received.append(client.receive())
        if gateway.http.get(f"/v1/features/{SYMBOL}").json()["seq"] == head:
            return head


def test_a_position_of_another_start_is_a_snapshot(gateway):
    with StreamClient(gateway) as client:
        answer = client.subscribe([SYMBOL], resume={SYMBOL: {"epoch": "k0", "seq": 1}})
        assert answer["subs"][0]["resumed"] is False
        assert answer["subs"][0]["reason"] == "epoch"
        assert client.receive()["op"] == "snap"


def test_welcome_and_limits_tell_the_same(gateway):
    limits = gateway.http.get("/v1/limits").json()["stream"]
    with StreamClient(gateway) as client:
        assert client.welcome["resume_window"] == {"events": 100_000, "seconds": 600}
        for name, value in client.welcome["limits"].items():
            assert limits[name] == value
        assert limits["heartbeat_s"] == client.welcome["heartbeat_s"]


def test_requests_come_in_either_encoding(gateway):
    with StreamClient(gateway, subprotocols=ENCODINGS["msgpack"]) as client:
        assert client.socket.subprotocol == "tickgate.v1.msgpack"
        client.socket.send(msgpack.packb({"op": "ping", "id": 1}))
        assert client.until(lambda m: m["op"] == "pong")["id"] == 1
        client.send({"op": "ping", "id": 2})
        assert client.until(lambda m: m["op"] == "pong")["id"] == 2


def test_a_batch_is_an_array(gateway, lines):
    with connect(gateway.stream_url, compression=None, max_size=1 << 24, max_queue=None) as socket:
        decode(socket.recv(timeout=20))
        socket.send(json.dumps({"op": "subscribe", "id": 1, "symbols": [SYMBOL], "mode": "all", "batch": True}))
        assert decode(socket.recv(timeout=20))["op"] == "subscribed"
        last = decode(socket.recv(timeout=20))["seq"]
        thread = threading.Thread(target=replay, args=(gateway, lines[PRIMING : PRIMING + 2_000]))
        thread.start()
        arrays, deltas = 0, 0
        while deltas < 300:
            message = decode(socket.recv(timeout=20))
            arrays += isinstance(message, list)
            for delta in message if isinstance(message, list) else [message]:
                if delta["op"] == "d":
                    assert delta["prev"] == last
                    deltas += 1
                last = delta.get("seq", last)  # a replay begins an epoch, with a snapshot
        thread.join()
        assert arrays > 0


def test_an_unknown_version_is_told_by_the_close_code(gateway):
    with connect(gateway.stream_url, subprotocols=["tickgate.v9.json"]) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=20)
        assert closed.value.rcvd.code == 4104
        assert json.loads(closed.value.rcvd.reason)["code"] == "version"


def test_too_many_requests_close_with_4009(gateway):
    with connect(gateway.stream_url, max_queue=None) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            for _ in range(1_000):
                socket.send('{"op":"ping"}')
            while True:
                socket.recv(timeout=20)
        assert closed.value.rcvd.code == 4009


def test_a_server_that_stops_says_goaway_and_1012(gateway):
    with StreamClient(gateway) as client:
        client.subscribe([SYMBOL])
        gateway.terminate()
        message = client.until(lambda m: m["op"] == "goaway")
        assert message["reconnect_after_ms"] == [0, 5000]
        with pytest.raises(ConnectionClosed) as closed:
            client.receive()
        assert closed.value.rcvd.code == 1012
    assert gateway.wait() == 0


def test_curl_shows_events_and_resumes_by_their_id(gateway, lines):
    url = f"{gateway.url}/v1/stream/sse?symbols={SYMBOL}&mode=all"
    first = Events(url)
    assert first.next()["event"] == "subscribed"
    assert first.next()["event"] == "snap"
    replay(gateway, lines[PRIMING : PRIMING + 500])
    assert first.next()["event"] == "snap", "a replay begins an epoch"
    seen = [first.next() for _ in range(20)]
    assert all(event["event"] == "d" for event in seen)
    assert all(event["id"] == f"{SYMBOL}={event['id'].split('=')[1]}" for event in seen)
    rest = [first.next() for _ in range(5)]
    first.end()
    again = Events(url, "-H", f"Last-Event-ID: {seen[-1]['id']}")
    answer = json.loads(again.next()["data"])
    assert answer["subs"][0]["resumed"] is True
    replayed = [again.next() for _ in range(5)]
    assert [event["id"] for event in replayed] == [event["id"] for event in rest]
    assert [json.loads(event["data"])["prev"] for event in replayed] == [
        json.loads(event["data"])["prev"] for event in rest
    ]
    again.end()
    wait_until(lambda: gateway.metric("tickgate_stream_connections") == 0, 20)


class Events:
    """Server-sent events as curl prints them."""

    def __init__(self, url, *options):
        self.child = subprocess.Popen(["curl", "-sN", "--max-time", "60", *options, url], stdout=subprocess.PIPE, text=True)

    def next(self):
        """The next event with data."""
        event = {}
        for line in self.child.stdout:
            line = line.rstrip("\n")
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                event[name] = value
            elif not line and "data" in event:
                return event
            elif not line:
                event = {}
        raise AssertionError("the events ended")

    def end(self):
        self.child.kill()
        self.child.wait()


def test_feast_gets_its_columns(gateway):
    request = {
        "features": ["book_features:mid", "trade_features@v1:last_price"],
        "entities": {"symbol": [SYMBOL, "NONE"]},
    }
    answer = gateway.http.post("/get-online-features", json.dumps(request), Content_Type="application/json")
    assert answer.status == 200, answer.text
    document = answer.json()
    assert document["metadata"]["feature_names"] == ["symbol", "mid", "last_price"]
    mid = document["results"][1]
    assert mid["statuses"] == ["PRESENT", "NOT_FOUND"]
    latest = gateway.http.get(f"/v1/features/{SYMBOL}").json()["features"]["mid"]
    assert mid["values"] == [latest["value"], None]


def test_values_are_stale_after_their_time(serve, lines):
    gateway = serve("--set", "features.ttl=book_features@v1=1s")
    replay(gateway, lines[:PRIMING])

    def statuses():
        features = gateway.http.get(f"/v1/features/{SYMBOL}").json()["features"]
        return features["mid"]["status"], features["last_price"]["status"]

    wait_until(lambda: statuses() == ("STALE", "PRESENT"), 20)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_whoever_offers_compression_reads_the_same_in_fewer_bytes(gateway, encoding):
    """`permessage-deflate`, as clients offer it unless they are told not to: long messages come compressed."""
    plain = StreamClient(gateway, subprotocols=ENCODINGS[encoding])
    packed = StreamClient(gateway, subprotocols=ENCODINGS[encoding], compression="deflate")
    assert [type(e).__name__ for e in packed.socket.protocol.extensions] == ["PerMessageDeflate"]
    assert plain.socket.protocol.extensions == []
    states = []
    for client in (plain, packed):
        client.subscribe([SYMBOL])
        client.until(lambda m: m["op"] == "snap")
        states.append(client.subscription(SYMBOL).state())
        client.close()
    assert states[0] == states[1]
