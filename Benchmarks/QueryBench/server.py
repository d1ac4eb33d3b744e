"""A gateway over a store, asked over one connection that stays open."""

import contextlib
import json
import os
from pathlib import Path
from urllib.parse import urlencode

from bench.tools import free_port

from .client import Broken, Client

TIMEOUT_SECONDS = 600
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Refused(Exception):
    """The server gave no answer to a question; says why."""


class Server:
    """A running `tickgate serve`."""

    def __init__(self, port, process):
        self.process = process
        self.port = port
        self.connection = Client(port, TIMEOUT_SECONDS)

    def ask(self, text, form="json"):
        """The body of an answer."""
        return self.get(path(text, form))

    def get(self, target):
        """The body of a GET, to its end."""
        try:
            status, body = self.connection.get(target)
        except Broken as broken:
            raise Refused(f"the connection ended: {broken}") from broken
        if status != 200:
            raise Refused(complaint(status, body))
        return body

    def delete(self, target):
        """Sends a DELETE; what it finds is not told."""
        self.connection.exchange(target, "DELETE")

    def first_value(self, text):
        """The first value of the first row."""
        rows = json.loads(self.ask(text))["rows"]
        if not rows:
            raise Refused(f"no rows: {text}")
        return rows[0][0]

    def cpu_seconds(self):
        """User and system time of the process so far, in the kernel's ticks."""
        # The name of the program stands in parentheses and may hold anything.
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        user, system = fields[11:13]
        return (int(user) + int(system)) / TICKS_PER_SECOND


def path(text, form):
    """The target of a request."""
    return "/v1/query?" + urlencode({"q": text, "format": form})


def complaint(status, body):
    """What a problem document says, on one line."""
    with contextlib.suppress(ValueError):
        problem = json.loads(body)
        return f"{status} {problem.get('code')}: {problem.get('detail')}"
    return f"{status}: {body[:200].decode(errors='replace')}"


@contextlib.contextmanager
def serving(tools, market):
    """A gateway over a market's store."""
    port = free_port()
    limit = f"query.timeout_ms={TIMEOUT_SECONDS * 1_000}"
    running, _ = tools.gateway(port, market.store, "--feed", "none", "--set", limit)
    with running as process:
        server = Server(port, process)
        try:
            yield server
        finally:
            server.connection.close()
