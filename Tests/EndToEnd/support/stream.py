"""A subscriber that believes nothing: it rebuilds the state from snapshots and deltas and checks every link."""

import contextlib
import json
import math
import threading

import msgpack
from websockets.sync.client import connect

SNAPSHOT_OR_DELTA = ("snap", "d")
LAYOUTS = {  # of docs/protocol.md
    "d": ("op", "sid", "prev", "seq", "t", "i", "v", "u", "n", "book", "s"),
    "snap": ("op", "sid", "epoch", "seq", "t", "book", "v", "s", "u"),
    "lag": ("op", "sid", "from", "to"),
}


def decode(frame):
    """The message of a text frame, JSON, or of a binary one, MessagePack with the names of its elements."""
    if isinstance(frame, str):
        return json.loads(frame)
    parts = msgpack.unpackb(frame, strict_map_key=False)
    if parts[0] not in LAYOUTS:
        return {"op": parts[0], **parts[1]}
    return {name: part for name, part in zip(LAYOUTS[parts[0]], parts) if part is not None}


class Subscription:
    """The state of one `sid`, as a client of the protocol rebuilds it."""

    def __init__(self, entry, old=None):
        self.sid = entry["sid"]
        self.symbol = entry["symbol"]
        self.fields = entry["fields"]
        self.epoch = None
        self.seq = None
        self.book = None
        self.time = None
        self.values = [None] * len(self.fields)
        self.statuses = ["PRESENT"] * len(self.fields)
        self.snapshots = 0
        self.deltas = 0
        self.merged = 0
        if old is not None:
            self.epoch, self.seq, self.book, self.time = old.epoch, old.seq, old.book, old.time
            self.values, self.statuses = old.values, old.statuses

    def apply(self, message):
        """Takes a `snap` or `d`; fails if the chain is broken."""
        if message["op"] == "snap":
            self._restart(message)
        else:
            self._continue(message)
        self.seq = message["seq"]
        self.time = message["t"]
        self.book = message.get("book", self.book)
        for index, status in message.get("s", []):
            self.statuses[index] = status

    def _restart(self, message):
        assert len(message["v"]) == len(self.fields), message
        self.epoch = message["epoch"]
        self.values = list(message["v"])
        self.statuses = ["PRESENT"] * len(self.fields)
        self.snapshots += 1

    def _continue(self, message):
        assert self.seq is not None, f"sid {self.sid}: a delta before any snapshot"
        assert message["prev"] == self.seq, f"sid {self.sid}: prev {message['prev']} after seq {self.seq}"
        assert message["seq"] > message["prev"], message
        assert len(message["i"]) == len(message["v"]), message
        for index, value in zip(message["i"], message["v"]):
            self.values[index] = value
        self.deltas += 1
        self.merged += message.get("n", 1) - 1

    def state(self):
        """Field names with their values."""
        return dict(zip(self.fields, self.values))

    def status(self):
        """Field names with their statuses."""
        return dict(zip(self.fields, self.statuses))


class StreamClient:
    """A WebSocket connection to /v1/stream."""

    def __init__(self, gateway, **options):
        options.setdefault("max_size", 1 << 24)
        options.setdefault("compression", None)
        options.setdefault("open_timeout", 20)
        self.exit = contextlib.ExitStack()
        self.socket = self.exit.enter_context(connect(gateway.stream_url, **options))
        self.subscriptions = {}
        self.carried = {}  # subscriptions of a connection before, by symbol
        self.welcome = self.receive()
        assert self.welcome["op"] == "welcome", self.welcome

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.exit.close()

    def send(self, message):
        self.socket.send(message if isinstance(message, str) else json.dumps(message))

    def receive(self, seconds=30):
        """The next message, applied to its subscription."""
        message = decode(self.socket.recv(timeout=seconds))
        operation = message["op"]
        if operation == "subscribed":
            for entry in message["subs"]:
                old = self.carried.get(entry["symbol"]) if entry.get("resumed") else None
                self.subscriptions[entry["sid"]] = Subscription(entry, old)
        elif operation in SNAPSHOT_OR_DELTA:
            self.subscriptions[message["sid"]].apply(message)
        return message

    def until(self, condition, seconds=30):
        """Receives until a message fits; that message."""
        while True:
            message = self.receive(seconds)
            if condition(message):
                return message

    def subscribe(self, symbols, features=("*",), mode="all", id=1, **more):
        """Subscribes and waits for the answer, a `subscribed` or an `error`."""
        request = {"op": "subscribe", "id": id, "symbols": list(symbols), "features": list(features), "mode": mode}
        self.send({**request, **more})
        return self.until(lambda m: m["op"] in ("subscribed", "error") and m.get("id") == id)

    def subscription(self, symbol):
        """The subscription of a symbol that was received."""
        return next(s for s in self.subscriptions.values() if s.symbol == symbol)


class Recorder:
    """Keeps every message of a connection, on a thread of its own, until it is stopped or the connection closes.

    Stop it once the last message that matters has arrived.
    """

    def __init__(self, client, keep=lambda message: True):
        self.client = client
        self.keep = keep
        self.messages = []
        self.failure = None
        self.close_code = None
        self.is_stopping = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.is_stopping:
            try:
                message = self.client.receive(seconds=0.2)
            except TimeoutError:
                continue
            except AssertionError as failure:
                self.failure = failure
                return
            except Exception as failure:  # closed by the server, or by the test
                self.close_code = getattr(getattr(failure, "rcvd", None), "code", None)
                if not hasattr(failure, "rcvd"):
                    self.failure = failure
                return
            if self.keep(message):
                self.messages.append(message)

    def stop(self):
        """Ends the thread; every message in order."""
        self.is_stopping = True
        self.thread.join(60)
        if self.failure is not None:
            raise AssertionError(f"the subscriber failed: {self.failure!r}") from self.failure
        return self.messages


def identity(message, symbols):
    """What makes two snapshots or deltas the same: all but compute time and subscription id (docs/protocol.md)."""
    kept = {key: value for key, value in message.items() if key not in ("sid", "t")}
    kept["t"] = message["t"][:2]
    kept["symbol"] = symbols[message["sid"]]
    return json.dumps(kept, sort_keys=True, separators=(",", ":"))


def close_to(actual, expected, relative=1e-12):
    """Whether a double is the expected one within a relative error."""
    if actual is None:
        return False
    return math.isclose(actual, expected, rel_tol=relative, abs_tol=0.0) or actual == expected
