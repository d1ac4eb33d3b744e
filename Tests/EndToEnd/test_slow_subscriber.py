"""A subscriber that stops reading costs a bounded amount of memory and nobody else's time."""

import contextlib
import json
import socket

import pytest

from support.process import Gateway, wait_until
from support.replay import replay
from support.session import SYMBOL, finish, replayed_states
from support.stream import Recorder, StreamClient, Subscription

PRIMING = 200
SHAPES = 32  # together some 150 MB of deltas in a recording
SLACK_BYTES = 40 << 20  # the queue's 8 MiB, and what an allocator keeps
FIELDS = ["bid", "ask", "mid", "spread", "vwap", "imbalance_5", "imbalance_10", "weighted_mid", "ofi_cum"]
LARGEST_FEATURES = [
    "bid",
    "ask",
    "mid",
    "weighted_mid",
    "imbalance_1",
    "imbalance_5",
    "imbalance_10",
    "last_price",
    "vwap",
]
LARGEST_FEATURES += ["buy_volume", "sell_volume", "signed_volume", "bar_high", "bar_low", "bar_close", "bar_volume"]


def connect_without_reading(gateway, mode):
    """A subscriber with many shapes and small buffers whose socket is never read after the handshake."""
    raw = open_socket(gateway)
    for shape in range(SHAPES):
        features = LARGEST_FEATURES + [f"ofi_{level}_cum" for level in range(1, 6) if shape >> (level - 1) & 1]
        message = {"op": "subscribe", "id": shape, "symbols": [SYMBOL], "features": features, "mode": mode}
        raw.sendall(masked_text(json.dumps(message).encode()))
    return raw


def open_socket(gateway):
    """A socket with a small buffer and the request of a handshake sent."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    raw.connect(("127.0.0.1", gateway.port))
    raw.sendall(
        f"GET /v1/stream HTTP/1.1\r\nHost: localhost:{gateway.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    return raw


def masked_text(payload):
    """A text frame of a client with the masking key zero."""
    length = len(payload)
    head = bytes([0x81, 0x80 | length]) if length < 126 else b"\x81\xfe" + length.to_bytes(2, "big")
    return head + bytes(4) + payload


def replay_beside(gateway, lines, stalled_mode=None):
    """Replays with one reading subscriber and perhaps a stalled one; (growth of memory, stalled socket, messages)."""
    replay(gateway, lines[:PRIMING])
    stalled = connect_without_reading(gateway, stalled_mode) if stalled_mode else None
    if stalled:
        wait_until(lambda: (gateway.metric("tickgate_stream_subscriptions") or 0) >= SHAPES, 20, gateway.log)
    with StreamClient(gateway, max_queue=None) as client:
        client.subscribe([SYMBOL], features=FIELDS)
        recorder = Recorder(client)
        before = gateway.resident_bytes()
        upload = replay(gateway, lines)
        assert upload.errors == []
        seq = gateway.http.get(f"/v1/features/{SYMBOL}").json()["seq"]
        messages = finish(recorder, SYMBOL, seq)
        for _ in replayed_states(client.subscription(SYMBOL), messages):
            pass
    return gateway.resident_bytes() - before, stalled, messages


@pytest.fixture(scope="module")
def growth_without_stall(binary, lines, tmp_path_factory):
    """Memory that the replay itself takes: rows in memory."""
    gateway = Gateway(binary, tmp_path_factory.mktemp("calm") / "data")
    try:
        return replay_beside(gateway.wait_until_ready(), lines)[0]
    finally:
        gateway.kill()


def test_a_stalled_subscriber_in_mode_all_is_closed_with_4008(serve, lines, growth_without_stall):
    gateway = serve()
    growth, stalled, messages = replay_beside(gateway, lines, "all")
    assert growth < growth_without_stall + SLACK_BYTES
    assert sum(m["op"] == "d" for m in messages) > 20_000, "the other subscriber got everything"
    assert close_code(stalled) == 4008
    wait_until(lambda: gateway.metric("tickgate_stream_subscriptions") == 0, 20)


def close_code(stalled):
    """Reads what is left on a stalled socket up to the close frame; its code."""
    stalled.settimeout(20)
    stream = stalled.makefile("rb")
    while stream.readline().strip():
        pass
    while True:
        opcode, payload = read_frame(stream)
        if opcode == 8:
            return int.from_bytes(payload[:2], "big")


def test_a_stalled_subscriber_in_mode_conflate_gets_merged_deltas_and_the_last_state(
    serve, lines, growth_without_stall
):
    gateway = serve()
    growth, stalled, _ = replay_beside(gateway, lines, "conflate")
    assert growth < growth_without_stall + SLACK_BYTES
    latest = gateway.http.get(f"/v1/features/{SYMBOL}").json()
    merged, state, shapes = read_conflated(stalled, latest["seq"])
    assert shapes == SHAPES
    assert merged > 0, "deltas were merged, and said so"
    values = {name: entry["value"] for name, entry in latest["features"].items()}
    assert state == {name: values[name] for name in state}


def read_conflated(stalled, last_seq):
    """Reads a conflated stream from its start to the last state; (merged deltas, state of sid 1, sids)."""
    stalled.settimeout(20)
    stream = stalled.makefile("rb")
    while stream.readline().strip():
        pass
    subscriptions = {}
    while len(subscriptions) < SHAPES or any((s.seq or 0) < last_seq for s in subscriptions.values()):
        message = json.loads(read_text(stream))
        if message["op"] == "subscribed":
            subscriptions.update({entry["sid"]: Subscription(entry) for entry in message["subs"]})
        elif message["op"] in ("snap", "d"):
            subscriptions[message["sid"]].apply(message)
        elif message["op"] == "hb":
            heads = {int(sid): head for sid, head in message["heads"].items()}
            if subscriptions and all(s.seq == heads.get(s.sid) for s in subscriptions.values()):
                break
    first = min(subscriptions.values(), key=lambda s: s.sid)
    return sum(s.merged for s in subscriptions.values()), first.state(), len(subscriptions)


def read_frame(stream):
    """Opcode and payload of the next frame of a server."""
    head = stream.read(2)
    assert len(head) == 2, "the connection ended without a close frame"
    length = head[1] & 127
    if length >= 126:
        length = int.from_bytes(stream.read(2 if length == 126 else 8), "big")
    return head[0] & 15, stream.read(length)


def read_text(stream):
    """The next text message of a server."""
    while True:
        opcode, payload = read_frame(stream)
        if opcode == 1:
            return payload
        assert opcode != 8, f"closed with {int.from_bytes(payload[:2], 'big')}"


def test_a_message_beyond_the_limit_closes_only_its_connection(session):
    with StreamClient(session.gateway) as other:
        limit = other.welcome["limits"]["message_bytes"]
        with contextlib.closing(open_socket(session.gateway)) as raw:
            raw.sendall(b"\x81\xff" + (limit + 1).to_bytes(8, "big") + bytes(4) + b"x" * (limit + 1))
            assert close_code(raw) == 1009
        assert other.subscribe([SYMBOL])["op"] == "subscribed"
