"""MarketStore's stream: its own Python client against /ws, rows written by its client over /rpc."""

import queue
import random
import socket
import threading

import msgpack
import numpy as np
import pymarketstore
import pytest
import requests
import websocket

from support.process import wait_until

BARS = [("Epoch", "i8"), ("Open", "f4"), ("Close", "f4"), ("Volume", "f8")]
TICKS = [("Epoch", "i8"), ("Px", "f4"), ("Nanoseconds", "i4")]
SECONDS = 20


class Stream:
    """`pymarketstore.StreamConn` on a thread of its own; what it hands to its handler, in order."""

    def __init__(self, gateway, streams, pattern=r".*"):
        self.messages = queue.Queue()
        self.connection = pymarketstore.StreamConn(f"ws://127.0.0.1:{gateway.port}/ws")
        self.connection.register(pattern, lambda _, message: self.messages.put(message))
        self.thread = threading.Thread(target=self._run, args=(streams,), daemon=True)
        self.thread.start()
        wait_until(lambda: gateway.metric("tickgate_marketstore_stream_streams") == len(streams), SECONDS)

    def _run(self, streams):
        try:
            self.connection.run(streams)
        except Exception as error:  # the client ends with whatever its library raises
            self.messages.put(error)

    def take(self, count):
        return [self.messages.get(timeout=SECONDS) for _ in range(count)]


def client(gateway):
    return pymarketstore.Client(f"{gateway.url}/rpc")


def bars(rows):
    return np.array(rows, dtype=BARS)


def write(gateway, key, rows, dtype=BARS, variable=False):
    answer = client(gateway).write(np.array(rows, dtype=dtype), key, isvariablelength=variable)
    assert answer == {"responses": None}, answer


def test_every_row_of_a_write_is_pushed(serve):
    gateway = serve()
    stream = Stream(gateway, ["*/1Min/*"])
    write(gateway, "BTC-USD/1Min/OHLCV", [(60 * i, i, i + 0.5, 10 * i) for i in range(1, 501)])
    for i, message in enumerate(stream.take(500), start=1):
        assert message == {
            "key": "BTC-USD/1Min/OHLCV",
            "data": {"Epoch": 60 * i, "Open": float(i), "Close": i + 0.5, "Volume": 10.0 * i},
        }
    # The past is pushed as well, and a value written again is.
    write(gateway, "BTC-USD/1Min/OHLCV", [(60, 7, 8, 9)])
    assert stream.take(1)[0]["data"] == {"Epoch": 60, "Open": 7.0, "Close": 8.0, "Volume": 9.0}


def test_ticks_have_exact_nanoseconds(serve):
    gateway = serve()
    stream = Stream(gateway, ["{BTC,ETH}-USD/1Min/TICK"])
    rows = [(1_795_225_140, 5, 123_456), (1_795_225_140, 6, 999), (1_795_225_140, 6, 999)]
    write(gateway, "SOL-USD/1Min/TICK", rows, TICKS, variable=True)
    write(gateway, "ETH-USD/1Min/TICK", rows, TICKS, variable=True)
    expected = [{"Epoch": epoch, "Px": float(price), "Nanoseconds": nanos} for epoch, price, nanos in rows]
    messages = stream.take(3)
    assert {message["key"] for message in messages} == {"ETH-USD/1Min/TICK"}
    key = lambda row: (row["Epoch"], row["Nanoseconds"])
    assert sorted((message["data"] for message in messages), key=key) == sorted(expected, key=key)


def test_long_bars_of_the_past_are_pushed_and_of_the_present_wait(serve):
    gateway = serve()
    stream = Stream(gateway, ["A/1D/X"])
    far = 4_102_444_800  # 2100-01-01
    write(gateway, "A/1D/X", [(far, 1, 1, 1), (86_400, 2, 2, 2), (far, 3, 3, 3)])
    assert stream.take(1)[0]["data"]["Epoch"] == 86_400
    wait_until(lambda: gateway.metric("tickgate_marketstore_stream_shelved_bars") == 1, SECONDS)
    assert stream.messages.empty()


def test_every_type_arrives_as_it_was_written(serve):
    gateway = serve()
    stream = Stream(gateway, ["*/*/*"])
    types = ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"]
    dtype = [("Epoch", "i8")] + [(f"c_{name}", name) for name in types] + [("text", "U16")]
    row = (60, -5, -300, -70_000, -(2**40), 255, 65_535, 2**32 - 1, 2**64 - 1, 0.5, 0.1, "héllo")
    write(gateway, "A/1Min/X", [row], dtype)
    data = stream.take(1)[0]["data"]
    assert list(data) == [name for name, _ in dtype]
    assert tuple(data.values()) == row


def test_subscriptions_are_echoed_replaced_and_refused_whole(serve):
    gateway = serve()
    raw = websocket.create_connection(f"ws://127.0.0.1:{gateway.port}/ws", timeout=SECONDS)

    def ask(value, opcode=websocket.ABNF.OPCODE_BINARY):
        body = msgpack.packb(value)
        raw.send(body, opcode=opcode)
        answer = raw.recv()
        return msgpack.unpackb(answer), answer == body

    assert ask({"streams": ["*/*/*"]}) == ({"streams": ["*/*/*"]}, True)
    assert ask({"streams": ["A/1Min/X", "bad"]})[0] == {"error": "bad is an invalid stream"}
    assert ask({"streams": []}) == ({"streams": []}, True)
    assert ask({"foo": 1}) == ({"foo": 1}, True)
    write(gateway, "B/1Min/X", [(60, 1, 1, 1)])
    assert msgpack.unpackb(raw.recv())["key"] == "B/1Min/X"
    raw.send('{"streams": ["B/1Min/X"]}', opcode=websocket.ABNF.OPCODE_TEXT)  # ignored
    assert ask({"streams": ["A/1Min/X"]})[1]
    write(gateway, "B/1Min/X", [(60, 1, 1, 1)])
    write(gateway, "A/1Min/X", [(60, 1, 1, 1)])
    assert msgpack.unpackb(raw.recv())["key"] == "A/1Min/X"
    raw.close()


def test_pages_of_other_sites_and_other_hosts_are_refused(serve):
    gateway = serve()
    address = f"ws://127.0.0.1:{gateway.port}/ws"
    for options in [{"origin": "https://evil.example"}, {"host": "evil.example"}]:
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            websocket.create_connection(address, timeout=SECONDS, **options)
        assert refused.value.status_code in (403, 421)
    websocket.create_connection(address, timeout=SECONDS, origin=gateway.url).close()
    assert gateway.http.get("/ws").status in (400, 426)


def test_a_stalled_subscriber_stalls_nobody_and_costs_bounded_memory(serve):
    gateway = serve("--set", "stream.queue_bytes=1048576")
    stalled = socket.socket()
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    stalled.connect(("127.0.0.1", gateway.port))
    body = msgpack.packb({"streams": ["*/*/*"]})
    stalled.sendall(
        f"GET /ws HTTP/1.1\r\nHost: localhost:{gateway.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        + bytes([0x82, 0x80 | len(body)]) + bytes(4) + body
    )
    wait_until(lambda: gateway.metric("tickgate_marketstore_stream_streams") == 1, SECONDS)
    stream = Stream.__new__(Stream)
    stream.messages = queue.Queue()
    stream.connection = pymarketstore.StreamConn(f"ws://127.0.0.1:{gateway.port}/ws")
    stream.connection.register(r".*", lambda _, message: stream.messages.put(message))
    threading.Thread(target=stream._run, args=(["A/1Min/X"],), daemon=True).start()
    wait_until(lambda: gateway.metric("tickgate_marketstore_stream_streams") == 2, SECONDS)
    most = 0
    for round_ in range(400):
        if gateway.metric("tickgate_marketstore_stream_lag_closes_total"):
            break
        rows = [(60 * (1_000 * round_ + i), round_, i, 1) for i in range(1_000)]
        write(gateway, "A/1Min/X", rows)
        for i, message in enumerate(stream.take(1_000)):
            assert message["data"]["Open"] == round_ and message["data"]["Close"] == i
        most = max(most, gateway.metric("tickgate_marketstore_stream_queue_bytes"))
    else:
        raise AssertionError("the stalled subscriber was never closed")
    assert most <= 1 << 20
    assert gateway.metric("tickgate_marketstore_stream_queue_bytes") == 0
    assert gateway.is_running
    tail = b""
    stalled.settimeout(SECONDS)
    while chunk := stalled.recv(1 << 16):
        tail = (tail + chunk)[-200:]
        if b"\x0f\xa8too slow" in tail:  # close code 4008 and its reason
            break
    else:
        raise AssertionError("no close frame")


def test_messages_that_make_no_sense_are_ignored(serve):
    gateway = serve()
    chance = random.Random(7)
    for _ in range(5):
        raw = websocket.create_connection(f"ws://127.0.0.1:{gateway.port}/ws", timeout=SECONDS)
        for _ in range(15):
            raw.send_binary(b"\x81\xa7streams" + chance.randbytes(chance.randrange(40)))
            raw.send_binary(chance.randbytes(chance.randrange(60)))
        raw.send_binary(b"\x81\xa7streams\xdd\xff\xff\xff\xff")
        raw.send_binary(b"\x81\xa1a" + b"\x91" * 500_000)
        body = msgpack.packb({"streams": ["A/1Min/X"]})
        raw.send_binary(body)
        while raw.recv() != body:
            pass
        raw.close()
    assert gateway.is_running and gateway.metric("tickgate_marketstore_stream_ignored_total") > 0


def test_every_row_that_was_pushed_survives_kill_9(serve, directory):
    gateway = serve()
    stream = Stream(gateway, ["*/1Min/X"])

    def writer(symbol):
        store = client(gateway)
        try:
            for row in range(1_000_000):
                store.write(bars([(60 * row, row, row, row)]), f"{symbol}/1Min/X")
        except requests.exceptions.RequestException:
            pass

    threads = [threading.Thread(target=writer, args=(f"S{index}",), daemon=True) for index in range(4)]
    for thread in threads:
        thread.start()
    pushed = stream.take(400)
    gateway.kill()
    for thread in threads:
        thread.join(SECONDS)
    while isinstance(message := stream.messages.get(timeout=SECONDS), dict):
        pushed.append(message)
    again = serve(data=directory / "data")
    for symbol in ["S0", "S1", "S2", "S3"]:
        seen = [message["data"]["Open"] for message in pushed if message["key"] == f"{symbol}/1Min/X"]
        assert seen == list(range(len(seen))), "each once, in order"
        frame = client(again).query(pymarketstore.Params(symbol, "1Min", "X")).first().df()
        assert list(frame["Open"])[: len(seen)] == seen
    # Who connects again gets what is written from then on.
    stream = Stream(again, ["*/1Min/X"])
    write(again, "S0/1Min/X", [(0, 5, 5, 5)])
    assert stream.take(1)[0]["data"]["Open"] == 5
