"""The simulated exchange as a process of its own, and a gateway that follows it."""

import json
import socket

from .http import Client
from .process import Process, free_port, wait_until


class Exchange(Process):
    """A running `tickgate simulate`."""

    def __init__(self, binary, *arguments, rate=200, symbols=("BTC-USDT", "ETH-USDT"), seed=1, scheme="ws"):
        self.port = free_port()
        self.scheme = scheme
        self.symbols = symbols
        super().__init__(
            binary,
            [
                "simulate",
                "--listen",
                f"127.0.0.1:{self.port}",
                "--symbols",
                ",".join(symbols),
                "--rate",
                rate,
                "--seed",
                seed,
                *arguments,
            ],
        )
        self.http = Client("127.0.0.1", self.port)

    def wait_until_ready(self):
        """Waits until the port is listened on."""

        def is_listening():
            assert self.is_running, self.log()
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return True
            except OSError:
                return False

        wait_until(is_listening, 20, self.log)
        return self

    def fault(self, kind, **more):
        """Asks for a fault."""
        answer = self.http.post("/sim/fault", json.dumps({"kind": kind, **more}), Content_Type="application/json")
        assert answer.status in (200, 202, 204), answer.text

    def settings(self, host="127.0.0.1"):
        """Flags of a gateway that follows this exchange."""
        secure = "s" if self.scheme == "wss" else ""
        return [
            "--symbols",
            ",".join(self.symbols),
            "--set",
            f"binance.websocket_url=ws{secure}://{host}:{self.port}",
            "--set",
            f"binance.rest_url=http{secure}://{host}:{self.port}",
        ]


def book_state(gateway, symbol):
    """The state of an instrument's book over REST; None before its first event."""
    answer = gateway.http.get(f"/v1/features/{symbol}.BINANCE")
    return answer.json()["book"] if answer.status == 200 else None


def wait_for_live_books(gateway, symbols):
    """Waits until every book is live."""
    wait_until(lambda: all(book_state(gateway, s) == "live" for s in symbols), 30, gateway.log)
