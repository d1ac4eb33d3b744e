"""A subscriber that lives through many connections, and checks all that it is told."""

import asyncio
import time
from collections import Counter
from urllib.parse import urlencode

from frames import Connection, EventConnection, connect, noise, upgrade
from model import Broken, Chain, Ledger, Rows

SILENCE_S = 30  # nobody who reads waits longer than this for a heartbeat
FAREWELL_S = 20  # nor for the end of a connection that was closed
# Subscriptions of a reader that takes more than it can: enough to fill soon what kernel and gateway hold for it.
MUCH = [["bid*", "ask*", "mid", "imbalance_*", "weighted_mid", "vwap", "bar_*"] + [f"ofi_{n + 1}_cum" for n in range(5) if shape >> n & 1] for shape in range(32)]


class Soak:
    """What all subscribers share: the server's port, chance, what was counted, and what went wrong."""

    def __init__(self, port, random, symbols):
        self.port, self.random, self.symbols = port, random, symbols
        self.counts, self.failures, self.ledgers = Counter(), [], {}
        self.phase = "run"  # then "settle": nobody leaves any more; then "end": everybody does
        self.open = set()

    def fail(self, who, failure):
        self.counts["failures"] += 1
        if len(self.failures) < 20:
            self.failures.append(f"{who}: {failure}")


class Subscriber:
    """Requests to subscribe, which differ in their features alone, and the connections that they are made on."""

    def __init__(self, soak, name, request, encoding="json", pace=None, life=20.0, deflate=False, features=(), rest=3.0):
        self.soak, self.name, self.request = soak, name, request
        self.features = list(features) or [request.get("features")]
        self.encoding, self.pace, self.life, self.deflate, self.rest = encoding, pace, life, deflate, rest
        self.chains, self.sids, self.rows = {}, {}, {}  # by request and symbol, by sid, by sid of a query
        self.is_all = request.get("mode") == "all"
        self.connection, self.heard, self.codes = None, 0.0, Counter()
        self.event_id = None

    # Life

    async def run(self):
        soak, random = self.soak, self.soak.random
        await asyncio.sleep(random.random() * 3)
        while soak.phase == "run":
            try:
                connection = await self.connect()
            except OSError as failure:
                soak.fail(self.name, failure)
                return
            soak.open.add(self)
            self.heard = time.monotonic()
            until = self.heard + random.expovariate(1 / self.life) if self.life else float("inf")
            await self.stay(connection, until)
            await self.part(connection)
            soak.open.discard(self)
            until = time.monotonic() + random.random() * self.rest
            while soak.phase == "run" and time.monotonic() < until:
                await asyncio.sleep(0.3)

    async def connect(self):
        kind, small = Connection, 8_192 if self.pace else None
        fields = [] if self.encoding == "json" else [f"Sec-WebSocket-Protocol: tickgate.v1.{self.encoding}"]
        if self.deflate:
            fields.append("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover")
        self.connection = await connect(kind, self, self.soak.port, upgrade("/v1/stream", *fields), small)
        return self.connection

    async def stay(self, connection, until):
        """Reads, at its own pace, until the connection ends or it is time to go."""
        soak, random = self.soak, self.soak.random
        while not connection.ended.done() and soak.phase != "end":
            if soak.phase == "run" and time.monotonic() >= until:
                return
            if self.pace:
                connection.transport.pause_reading()
                await asyncio.sleep(random.random() * self.pace)
                if connection.ended.done():
                    break
                connection.transport.resume_reading()
                self.heard = time.monotonic()
            await asyncio.wait([connection.ended], timeout=0.5)
            if time.monotonic() - self.heard > SILENCE_S:
                soak.fail(self.name, f"nothing was heard for {SILENCE_S} s: a stuck connection")
                return

    async def part(self, connection):
        if not connection.ended.done():
            self.soak.counts["partings"] += 1
            connection.leave(self.soak.random.choice(["handshake", "end", "reset"]))
            done, _ = await asyncio.wait([connection.ended], timeout=FAREWELL_S)
            if not done:
                self.soak.fail(self.name, "the connection did not end")
                connection.transport.abort()
                return
        code = connection.ended.result()
        if code is not None:
            self.codes[code] += 1
            self.soak.counts[f"closed {code}"] += 1
            if code not in (1000, 4008):
                self.soak.fail(self.name, f"closed with {code}")

    # What a connection tells

    def opened(self, connection):
        self.sids, self.rows, self.asked = {}, {}, set()
        for number, features in enumerate(self.features):
            request = {"op": "subscribe", "id": number, **self.request}
            if features:
                request["features"] = features
            kept = {k[1]: c for k, c in self.chains.items() if k[0] == number and c.seq is not None}
            if kept and self.soak.random.random() < 0.8:
                request["resume"] = {s: {"epoch": c.epoch, "seq": c.seq} for s, c in kept.items()}
                self.soak.counts["resumes asked"] += len(kept)
                self.asked |= {(number, symbol) for symbol in kept}
            connection.send(request, self.encoding == "msgpack" and self.soak.random.random() < 0.5)

    def closed(self, connection):
        self.soak.open.discard(self)

    def message(self, message):
        self.heard = time.monotonic()
        try:
            self.take(message)
        except Broken as failure:
            self.soak.fail(self.name, failure)
        except Exception as failure:  # whatever it is, it was caused by the message
            self.soak.fail(self.name, f"{failure!r} by {str(message)[:300]}")

    def take(self, message):
        op = message["op"]
        self.soak.counts[op] += 1
        if op in ("d", "snap", "rev"):
            sid = message["sid"]
            if sid < 0:
                self.rows[sid].take(message)
                return
            chain = self.sids[sid]
            chain.take(message, self.is_all)
            if op == "d" and self.is_all:
                key = (chain.symbol, self.request.get("view"), chain.fields)
                self.soak.ledgers.setdefault(key, Ledger()).take(chain.epoch, message)
        elif op == "subscribed":
            self.subscribed(message)
        elif op == "hb":
            self.check_heads(message["heads"])
        elif op == "lag":
            if self.request.get("on_lag") != "snapshot" or not (self.is_all or message["sid"] < 0):
                raise Broken(f"a lag that was not asked for: {message}")
            if message["sid"] > 0:
                self.sids[message["sid"]].may_snap = True
        elif op == "error":
            raise Broken(str(message))

    def subscribed(self, message):
        if message["rejected"]:
            raise Broken(str(message))
        for entry in message["subs"]:
            if entry["sid"] < 0:
                self.rows[entry["sid"]] = Rows(entry)
                continue
            symbol, fields = entry["symbol"], tuple(entry["fields"])
            key = (message.get("id", 0), symbol)
            old = self.chains.get(key)
            if key in self.asked:
                self.soak.counts["resumed" if entry["resumed"] else f"not resumed: {entry['reason']}"] += 1
            if entry.get("resumed"):
                if old.epoch != entry["epoch"]:
                    raise Broken(f"resumed in another epoch: {entry}")
                old.replay = entry["replay"]
            else:
                self.chains[key] = old = Chain(symbol, fields)
            self.sids[entry["sid"]] = old

    def check_heads(self, heads):
        """A heartbeat comes only when nothing waits: its heads are what was received, but for what waits for its time."""
        for sid, head in heads.items():
            sid = int(sid)
            last = self.rows[sid].seq if sid < 0 else self.sids[sid].seq
            if last is None or head < last or head > last and "max_rate_hz" not in self.request:
                raise Broken(f"sid {sid} was told up to {last}, and the heartbeat says {head}")
        for sid, chain in self.sids.items():
            if chain.seq is not None and str(sid) not in heads and sid not in heads:
                raise Broken(f"a heartbeat without sid {sid}")


class Listener(Subscriber):
    """A subscriber to server-sent events, which comes back with the id of its last one."""

    async def connect(self):
        parameters = {"symbols": ",".join(self.request["symbols"]), "features": ",".join(self.request["features"])}
        parameters["mode"] = self.request["mode"]
        head = f"GET /v1/stream/sse?{urlencode(parameters)} HTTP/1.1\r\nHost: localhost\r\n"
        self.asked = set()
        if self.event_id and self.soak.random.random() < 0.8:
            head += f"Last-Event-ID: {self.event_id}\r\n"
            self.asked = {key for key, chain in self.chains.items() if chain.seq is not None}
            self.soak.counts["resumes asked"] += len(self.asked)
        self.connection = await connect(EventConnection, self, self.soak.port, (head + "\r\n").encode())
        return self.connection

    def opened(self, connection):
        self.sids = {}

    async def part(self, connection):
        if not connection.ended.done():
            connection.leave(self.soak.random.choice(["end", "reset"]))
            await asyncio.wait([connection.ended], timeout=FAREWELL_S)


class Vandal:
    """Connects, and breaks a rule; the server has to end the connection, or the vandal does."""

    def __init__(self, soak, name):
        self.soak, self.name = soak, name

    async def run(self):
        soak, random = self.soak, self.soak.random
        while soak.phase == "run":
            await asyncio.sleep(random.random() * 4)
            try:
                await self.visit(random)
            except OSError:
                soak.counts["visits cut"] += 1

    async def visit(self, random):
        self.soak.counts["visits"] += 1
        reader, writer = await asyncio.open_connection("127.0.0.1", self.soak.port)
        try:
            request = upgrade("/v1/stream")
            if random.random() < 0.3:
                request = random.choice([request[: random.randrange(1, len(request))], b"\x16\x03\x01\x02\x00" * 9, b"GET / HTTP/9.9\r\n\r\n"])
                writer.write(request)
            else:
                writer.write(request)
                await reader.readuntil(b"\r\n\r\n")
                writer.write(noise(random))
            try:
                await asyncio.wait_for(reader.read(-1), 1 + random.random() * 2)
                self.soak.counts["visits ended by the server"] += 1
            except TimeoutError:
                pass
        finally:
            if random.random() < 0.5:
                writer.transport.abort()
            writer.close()


class Stalled:
    """Subscribes to a great deal and never reads: closed with 4008 in mode all, else once it counts as silent."""

    def __init__(self, soak, name, mode):
        self.soak, self.name, self.mode = soak, name, mode
        self.gone_after = None

    async def run(self):
        began = time.monotonic()
        connection = await connect(Connection, self, self.soak.port, upgrade("/v1/stream"), 4_096)
        own_port = connection.transport.get_extra_info("sockname")[1]
        while self.soak.phase != "end":
            await asyncio.sleep(1)
            if not is_connected(self.soak.port, own_port):
                self.gone_after = time.monotonic() - began
                break
        connection.transport.abort()

    def opened(self, connection):
        for shape, features in enumerate(MUCH):
            connection.send({"op": "subscribe", "id": shape, "symbols": ["*"], "features": features, "mode": self.mode})
        connection.transport.pause_reading()

    def message(self, message):
        pass

    def closed(self, connection):
        pass


def is_connected(port, peer_port):
    """Whether the server's end of a connection is open: once it is closed, the kernel goes on trying to send what is left."""
    wanted, established = (f":{port:04X}", f":{peer_port:04X}"), "01"
    with open("/proc/net/tcp") as table:
        return any(
            state == established and local[-5:] == wanted[0] and remote[-5:] == wanted[1]
            for _, local, remote, state, *_ in map(str.split, table)
        )
