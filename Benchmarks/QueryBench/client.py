"""The least client of HTTP/1.1 that a benchmark needs: what it costs itself is small beside what it measures."""

import socket

RECEIVE_BYTES = 1 << 20


class Broken(Exception):
    """The connection ended, or what came is no answer."""


class Client:
    """One connection that stays open."""

    def __init__(self, port, timeout_seconds):
        self.address = ("127.0.0.1", port)
        self.timeout_seconds = timeout_seconds
        self.socket = None
        self.buffer = bytearray(RECEIVE_BYTES)
        # What was received and not yet read.
        self.rest = b""

    def close(self):
        """Ends the connection; the next request opens another one."""
        if self.socket is not None:
            self.socket.close()
        self.socket, self.rest = None, b""

    def get(self, target):
        """Status and body of a GET, to its end."""
        return self.exchange(target)

    def exchange(self, target, method="GET"):
        """Status and body of an answer, to its end."""
        try:
            self.send(target, method)
            return self._answer()
        except (OSError, ValueError) as error:
            self.close()
            raise Broken(repr(error)) from error
        except Broken:
            self.close()
            raise

    def send(self, target, method="GET"):
        """Sends a request and leaves it to the caller what becomes of the answer."""
        if self.socket is None:
            self.socket = socket.create_connection(self.address, self.timeout_seconds)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{self.address[1]}\r\n\r\n".encode())

    def _answer(self):
        head = self._until(b"\r\n\r\n").decode("latin-1").lower()
        status = int(head[9:12])
        for line in head.split("\r\n")[1:]:
            name, _, value = line.partition(":")
            if name == "content-length":
                return status, self._exactly(int(value))
            if name == "transfer-encoding":
                return status, self._chunks()
        return status, b""

    def _receive(self):
        count = self.socket.recv_into(self.buffer)
        if count == 0:
            raise Broken("the server closed the connection")
        return memoryview(self.buffer)[:count]

    def _until(self, end):
        while (place := self.rest.find(end)) < 0:
            self.rest += self._receive()
        taken, self.rest = self.rest[: place + len(end)], self.rest[place + len(end) :]
        return taken

    def _exactly(self, count):
        parts, missing = [self.rest[:count]], count - len(self.rest)
        self.rest = self.rest[count:]
        while missing > 0:
            received = self._receive()
            parts.append(bytes(received[:missing]))
            if missing < len(received):
                self.rest = bytes(received[missing:])
            missing -= len(received)
        return b"".join(parts)

    def _chunks(self):
        parts = []
        while size := int(self._until(b"\r\n").split(b";")[0], 16):
            parts.append(self._exactly(size + 2)[:-2])
        # Trailers, to the empty line.
        while self._until(b"\r\n") != b"\r\n":
            pass
        return b"".join(parts)
