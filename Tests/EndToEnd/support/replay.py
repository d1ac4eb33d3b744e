"""POST /v1/replay over a raw socket: lines go up while progress comes down, as a real feeder does it."""

import json
import socket
import threading


class Replay:
    """One upload. `send` and `finish` on the caller's thread; progress is read on another."""

    def __init__(self, host, port, path="/v1/replay", timeout=60):
        self.socket = socket.create_connection((host, port), timeout=timeout)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: text/plain\r\n"
            "Accept: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        self.socket.sendall(head.encode())
        self.changed = threading.Condition()
        self.status = None
        self.headers = {}
        self.progress = []  # every NDJSON object of the answer
        self.durable = 0  # the largest line that was acknowledged as durable
        self.is_over = False
        self.sent = 0
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def send(self, lines, piece=500):
        """Sends lines in chunks; false if the other side is gone."""
        for start in range(0, len(lines), piece):
            part = lines[start : start + piece]
            body = b"\n".join(part) + b"\n"
            try:
                self.socket.sendall(b"%x\r\n%s\r\n" % (len(body), body))
            except OSError:
                return False
            self.sent += len(part)
        return True

    def wait_durable(self, line, seconds=60):
        """Waits until a line is acknowledged or the answer is over; the largest acknowledged line."""
        with self.changed:
            self.changed.wait_for(lambda: self.durable >= line or self.is_over, seconds)
            return self.durable

    def finish(self, seconds=120):
        """Ends the body and waits for the end of the answer."""
        try:
            self.socket.sendall(b"0\r\n\r\n")
        except OSError:
            pass
        self.reader.join(seconds)
        assert not self.reader.is_alive(), f"no end of the answer; progress so far: {self.progress[-3:]}"
        self.socket.close()
        return self

    def abandon(self):
        """Closes the socket in the middle."""
        self.socket.close()
        self.reader.join(10)

    @property
    def errors(self):
        """What was reported about single lines."""
        return [entry for entry in self.progress if "error" in entry]

    def _read(self):
        try:
            self._read_answer(self.socket.makefile("rb"))
        except (OSError, ValueError):
            pass  # the process was killed, or the socket closed by the test
        finally:
            with self.changed:
                self.is_over = True
                self.changed.notify_all()

    def _read_answer(self, stream):
        self.status = int(stream.readline().split()[1])
        while line := stream.readline().strip():
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()
        text = b""
        for piece in self._pieces(stream):
            *whole, text = (text + piece).split(b"\n")
            for line in whole:
                if line.strip():
                    self._take(json.loads(line))
        if text.strip():
            self._take(json.loads(text))

    def _pieces(self, stream):
        if self.headers.get("transfer-encoding") != "chunked":
            yield stream.read(int(self.headers.get("content-length", 0)))
            return
        while size := int(stream.readline().split(b";")[0], 16):
            yield stream.read(size)
            stream.readline()

    def _take(self, entry):
        with self.changed:
            self.progress.append(entry)
            if entry.get("durable"):
                self.durable = max(self.durable, entry["line"])
            self.changed.notify_all()


def replay(gateway, lines, path="/v1/replay"):
    """Sends all lines and returns the finished upload."""
    upload = Replay("127.0.0.1", gateway.port, path)
    upload.send(lines)
    return upload.finish()
