"""One WebSocket or stream of events over asyncio, byte by byte: the soak has to be able to break every rule of it."""

import asyncio
import json
import os
import socket
import struct
import zlib

import msgpack

LAYOUTS = {  # of docs/protocol.md; rows have a layout of their own
    "d": ("op", "sid", "prev", "seq", "t", "i", "v", "u", "n", "book", "s"),
    "snap": ("op", "sid", "epoch", "seq", "t", "book", "v", "s", "u"),
    "lag": ("op", "sid", "from", "to"),
}
ROWS = {
    "d": ("op", "sid", "prev", "seq", "t", "rows", "closed", "removed"),
    "rev": ("op", "sid", "prev", "seq", "t", "rows", "closed", "removed"),
    "snap": ("op", "sid", "epoch", "seq", "t", "rows", "closed", "removed", "whole"),
}


def named(parts):
    """A MessagePack message with the names of its elements."""
    op = parts[0]
    layout = (ROWS if op in ROWS and parts[1] < 0 else LAYOUTS).get(op)
    if layout is None:
        return {"op": op, **parts[1]}
    return {name: part for name, part in zip(layout, parts) if part is not None}


def messages_of(opcode, payload):
    """The messages of a data frame: one, or those of a batch."""
    if opcode == 1:
        value = json.loads(payload)
        return value if isinstance(value, list) else [value]
    value = msgpack.unpackb(payload, strict_map_key=False)
    return [named(parts) for parts in value] if isinstance(value[0], list) else [named(value)]


def masked(opcode, payload, final=True):
    """A frame of a client; a masking key of zeros masks nothing."""
    first, length = (0x80 if final else 0) | opcode, len(payload)
    if length < 126:
        return bytes((first, 0x80 | length)) + bytes(4) + payload
    if length < 65536:
        return bytes((first, 0xFE)) + length.to_bytes(2, "big") + bytes(4) + payload
    return bytes((first, 0xFF)) + length.to_bytes(8, "big") + bytes(4) + payload


def upgrade(path, *fields):
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade"]
    lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", *fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Connection(asyncio.Protocol):
    """Bytes to the methods `opened`, `message` and `closed` of its owner."""

    def __init__(self, owner, request):
        self.owner, self.request = owner, request
        self.buffer = bytearray()
        self.is_open = False
        self.code = None
        self.ended = asyncio.get_running_loop().create_future()
        self.inflater = None

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data):
        self.buffer += data
        if not self.is_open:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self.buffer[:end]).decode("latin-1")
            del self.buffer[: end + 4]
            self.is_open = True
            self.begin(head)
        self.take()

    def begin(self, head):
        if not head.startswith("HTTP/1.1 101"):
            raise AssertionError(f"the upgrade was refused: {head[:200]}")
        if "permessage-deflate" in head:
            self.inflater = True
        self.owner.opened(self)

    def take(self):
        buffer, at = self.buffer, 0
        while len(buffer) - at >= 2:
            first, length, start = buffer[at], buffer[at + 1], at + 2
            if length == 126:
                if len(buffer) < start + 2:
                    break
                length, start = (buffer[start] << 8) | buffer[start + 1], start + 2
            elif length == 127:
                if len(buffer) < start + 8:
                    break
                length, start = int.from_bytes(buffer[start : start + 8], "big"), start + 8
            if len(buffer) < start + length:
                break
            payload = bytes(buffer[start : start + length])
            at = start + length
            self.frame(first, payload)
        del buffer[:at]

    def frame(self, first, payload):
        opcode = first & 15
        if opcode in (1, 2):
            if first & 0x40:
                inflater = zlib.decompressobj(-15)
                payload = inflater.decompress(payload + b"\x00\x00\xff\xff")
            for message in messages_of(opcode, payload):
                self.owner.message(message)
        elif opcode == 9:
            self.transport.write(masked(10, payload))
        elif opcode == 8:
            self.code = int.from_bytes(payload[:2], "big")
            if not self.transport.is_closing():
                self.transport.write(masked(8, payload[:2]))

    def connection_lost(self, failure):
        if not self.ended.done():
            self.ended.set_result(self.code)
        self.owner.closed(self)

    def send(self, message, as_msgpack=False):
        if as_msgpack:
            self.transport.write(masked(2, msgpack.packb(message)))
        else:
            self.transport.write(masked(1, json.dumps(message).encode()))

    def leave(self, manner):
        """Ends the connection: with a handshake, with an end of the stream, or by a reset."""
        if self.transport.is_closing():
            return
        if manner == "handshake":
            self.transport.write(masked(8, (1000).to_bytes(2, "big")))
        elif manner == "reset":
            raw = self.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()
        else:
            self.transport.close()


class EventConnection(Connection):
    """A stream of server-sent events in chunks; heartbeats are comments."""

    def begin(self, head):
        if not head.startswith("HTTP/1.1 200"):
            raise AssertionError(f"the events were refused: {head[:200]}")
        self.text = bytearray()
        self.owner.opened(self)

    def take(self):
        buffer, at = self.buffer, 0
        while True:
            end = buffer.find(b"\r\n", at)
            if end < 0:
                break
            length = int(buffer[at:end], 16)
            if len(buffer) < end + 2 + length + 2:
                break
            self.text += buffer[end + 2 : end + 2 + length]
            at = end + 4 + length
        del buffer[:at]
        while (end := self.text.find(b"\n\n")) >= 0:
            event = bytes(self.text[:end]).decode()
            del self.text[: end + 2]
            fields = dict(line.partition(": ")[::2] for line in event.split("\n") if not line.startswith(":"))
            if "id" in fields:
                self.owner.event_id = fields["id"]
            if "data" in fields:
                self.owner.message(json.loads(fields["data"]))
            else:
                self.owner.message({"op": "comment"})


async def connect(kind, owner, port, request, receive_bytes=None):
    """Opens a connection, with a receive buffer of some bytes."""
    raw = socket.socket()
    if receive_bytes:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, ("127.0.0.1", port))
    _, connection = await loop.create_connection(lambda: kind(owner, request), sock=raw)
    return connection


def noise(random):
    """Bytes that no client should send after its upgrade, one way or another."""
    text = masked(1, b'{"op":"ping"}')
    return random.choice(
        [
            os.urandom(random.randrange(1, 300)),
            b"\x81\x05hello",  # not masked
            masked(3, b"x"),  # no such opcode
            bytes((0xC1,)) + masked(1, b"x" * 20)[1:],  # a reserved bit, or a compressed frame that was not agreed on
            masked(1, b"\xff\xfe\xfd"),  # not UTF-8
            masked(9, b"x" * 126),  # a control frame too long
            masked(0, b"a continuation of nothing"),
            masked(1, b"x", final=False) + masked(1, b"y"),
            b"\x81\xff" + (1 << 40).to_bytes(8, "big") + bytes(4),  # a length beyond everything
            masked(8, b"\x00"),
            text[: random.randrange(1, len(text))],  # and silence, until the client goes
            masked(1, b"not json"),
            masked(1, b'{"op":"subscribe","symbols":' + b"[" * 400),
            masked(2, os.urandom(50)),
            text * 200,  # more requests than anybody may make
        ]
    )
