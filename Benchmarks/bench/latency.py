"""From the simulated exchange's frame to the subscriber's delta, over real sockets, beside a raw WebSocket echo."""

import contextlib
import json
import threading

from .report import number
from .tools import free_port, get_json, is_listening

RATE = 10_000
GRANULARITY_US = 20  # how late the exchange may be with a message, at most, to send several in one go
SYMBOLS = ["BTC-USDT", "ETH-USDT", "SOL-USDT", "BNB-USDT"]
SCAN = "SELECT kind, count() AS n, sum(price * size) AS notional FROM book"
COLUMNS = ("path", "messages/s", "bytes", "p50", "p90", "p99", "p99.9", "max")


def measure_latency(tools, report):
    report.section("Latency, socket to socket, in microseconds")
    seconds, warm_up = tools.size(10, 1), tools.size(2, 0.5)
    rate = tools.size(RATE, 1_000)
    report.note(
        f"open loop: {number(rate)} messages/s are due at fixed times; ages count from the time a message was due"
    )
    rows = []
    with contextlib.ExitStack() as stack:
        exchange, gateway = free_port(), free_port()
        simulate = [
            "simulate",
            "--listen",
            f"127.0.0.1:{exchange}",
            "--rate",
            rate,
            "--symbols",
            ",".join(SYMBOLS),
            "--seed",
            1,
        ]
        if "--granularity-us" in tools.run(tools.binary, "simulate", "--help"):
            simulate += ["--granularity-us", GRANULARITY_US]
        report.command("tickgate", *simulate)
        stack.enter_context(tools.running(tools.binary, *simulate, ready=lambda: is_listening(exchange)))
        data = getattr(tools, "replayed", tools.folder / "latency")
        running, command = tools.gateway(
            gateway,
            data,
            "--feed",
            "binance",
            "--symbols",
            ",".join(SYMBOLS),
            "--set",
            f"binance.websocket_url=ws://127.0.0.1:{exchange}",
            "--set",
            f"binance.rest_url=http://127.0.0.1:{exchange}",
            "--set",
            "binance.microseconds=true",
        )
        report.command("tickgate", *command)
        stack.enter_context(running)
        names = [f"{symbol}.BINANCE" for symbol in SYMBOLS]
        wait_for_books(gateway, names)
        client = [tools.compiled("latency_client"), "stream", gateway, seconds, warm_up, *names]
        report.command("latency_client", *client[1:])
        idle = json.loads(tools.run(*client))
        rows.append(row("gateway, idle otherwise", idle))
        with scanning(gateway) as scans:
            busy = json.loads(tools.run(*client))
        rows.append(row("gateway, full scans beside it", busy))
    echo = measure_echo(tools, report, idle, seconds, warm_up)
    rows.append(row("raw WebSocket echo, same rate", echo))
    report.table(COLUMNS, rows)
    report.note(f"the scans beside it: {scans['count']} times `{SCAN}` over {number(scans['rows'])} rows")
    if idle["messages"] and echo["messages"]:
        report.note(
            f"ratio to the echo at p50: {idle['p50'] / echo['p50']:.2f}, at p99: {idle['p99'] / echo['p99']:.2f}\n"
        )


def measure_echo(tools, report, like, seconds, warm_up):
    """The same client, the same number of messages a second of the same size, through a server that only echoes."""
    port = free_port()
    with tools.running(tools.compiled("echo_server"), port, ready=lambda: is_listening(port)):
        rate, size = max(100, like.get("per_second", 1_000)), max(64, int(like.get("bytes_per_message", 200)))
        client = [tools.compiled("latency_client"), "echo", port, seconds, warm_up, int(rate), size]
        report.command("latency_client", *client[1:])
        return json.loads(tools.run(*client))


def wait_for_books(port, names):
    """Waits until every instrument has a live book."""
    pause = threading.Event()
    for _ in range(600):
        states = []
        for name in names:
            with contextlib.suppress(SystemExit):
                states.append(get_json(port, f"/v1/features/{name}").get("book"))
        if states == ["live"] * len(names):
            return
        pause.wait(0.05)
    raise SystemExit(f"the books are not live after 30 s: {states}")


@contextlib.contextmanager
def scanning(port):
    """Runs a full scan again and again beside the block; counts them."""
    result, is_over = {"count": 0, "rows": 0}, threading.Event()

    def scan():
        while not is_over.is_set():
            document = get_json(port, "/v1/query?format=json&q=" + SCAN.replace(" ", "%20").replace("*", "%2A"))
            result["count"] += 1
            result["rows"] = sum(row[1] for row in document["rows"])

    thread = threading.Thread(target=scan)
    thread.start()
    try:
        yield result
    finally:
        is_over.set()
        thread.join()


def row(name, figures):
    if not figures["messages"]:
        return (name, 0, "-", "-", "-", "-", "-", "-")
    quantiles = (number(figures[key]) for key in ("p50", "p90", "p99", "p99_9", "max"))
    return (name, number(figures["per_second"]), number(figures["bytes_per_message"]), *quantiles)
