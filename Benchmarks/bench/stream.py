"""Fan-out of the stream: latency, delivered deltas, CPU and bytes of each, memory of a connection; beside a raw broadcast.

The subscribers are one process on the same machine: its share of the cores is told with each figure.
"""

import contextlib
import json
import os
import signal
import subprocess
from pathlib import Path

from .latency import SYMBOLS, wait_for_books
from .report import number
from .tools import free_port, is_listening

REQUEST = {"op": "subscribe", "id": 1, "symbols": ["BTC-USDT.BINANCE"], "mode": "conflate"}
JSON, MESSAGE_PACK = "", "tickgate.v1.msgpack"
LOOPS = 1
SATURATING = 200_000  # messages a second: more than any number of subscribers here can take


def measure_stream(tools, report):
    report.section("Fan-out of the stream")
    measure_latency_of_fan_out(tools, report)
    measure_saturated(tools, report)
    measure_many(tools, report)
    measure_idle(tools, report)


# Latency: the whole way, from the simulated exchange's frame to the subscriber's delta.


def measure_latency_of_fan_out(tools, report):
    rates = tools.size([1_000, 10_000, 50_000], [500])
    audiences = tools.size([1, 100, 1_000], [3])
    rows = []
    for rate in rates:
        with contextlib.ExitStack() as stack:
            port, one = start_feed(tools, stack, rate)
            for audience in audiences:
                figures = fan(tools, port, audience, {**REQUEST, "symbols": one, "features": ["mid", "spread_bps"]})
                rows.append(
                    (
                        number(rate),
                        number(audience),
                        number(figures["per_second"]),
                        number(figures["p50"]),
                        number(figures["p99"]),
                        number(figures["p99_9"]),
                        share(figures),
                    )
                )
    report.note("frame in to delta out, µs; every subscriber takes two features of one of four instruments, conflated")
    report.table(("messages/s", "subscribers", "deltas/s", "p50", "p99", "p99.9", "client's cores"), rows)


def start_feed(tools, stack, rate):
    """A simulated exchange and a gateway that follows it; the gateway's port, and an instrument."""
    exchange, port = free_port(), free_port()
    names = ",".join(SYMBOLS)
    simulate = ["simulate", "--listen", f"127.0.0.1:{exchange}", "--rate", rate, "--symbols", names, "--seed", 1]
    stack.enter_context(tools.running(tools.binary, *simulate, ready=lambda: is_listening(exchange)))
    settings = [
        f"binance.websocket_url=ws://127.0.0.1:{exchange}",
        f"binance.rest_url=http://127.0.0.1:{exchange}",
        "binance.microseconds=true",
    ]
    more = [word for setting in settings for word in ("--set", setting)]
    folder = tools.folder / f"stream-{rate}"
    running, _ = tools.gateway(port, folder, "--feed", "binance", "--symbols", names, *more)
    stack.enter_context(running)
    wait_for_books(port, [f"{symbol}.BINANCE" for symbol in SYMBOLS])
    return port, [f"{SYMBOLS[0]}.BINANCE"]


# Saturated: more is published than can be delivered.


def measure_saturated(tools, report):
    audiences = tools.size([1, 100, 1_000], [3])
    rate = tools.size(SATURATING, 2_000)
    rows = []
    for audience in audiences:
        found = {}
        for name, subprotocol in (("tickgate, JSON", JSON), ("tickgate, MessagePack", MESSAGE_PACK)):
            with served(tools, report, "gateway", rate) as (process, port):
                found[name] = fan(tools, port, audience, REQUEST, subprotocol, process)
        size = max(64, int(found["tickgate, JSON"]["bytes"] / max(1, found["tickgate, JSON"]["frames"])))
        with served(tools, report, "broadcast", rate, size) as (process, port):
            found["raw NIO broadcast"] = fan(tools, port, audience, None, JSON, process)
        base = found["raw NIO broadcast"]["per_second"]
        for name, figures in found.items():
            each = max(1, figures["frames"])
            rows.append(
                (
                    number(audience),
                    name,
                    number(figures["per_second"]),
                    f"{figures['bytes'] / each:.0f}",
                    f"{figures['server_cpu_s'] / each * 1e6:.2f}",
                    share(figures),
                    f"{figures['per_second'] / base:.2f}" if base else "-",
                )
            )
    report.note(f"{number(rate)} messages/s are published, of eight features each; {LOOPS} loop; conflated beyond that")
    titles = ("subscribers", "server", "deltas/s", "bytes", "server CPU µs", "client's cores", "deltas/s to raw")
    report.table(titles, rows)


@contextlib.contextmanager
def served(tools, report, kind, rate, *more):
    """A running StreamBench; its process and port."""
    port = free_port()
    command = [tools.stream_bench, kind, port, LOOPS, rate, *more]
    report.command("StreamBench", *command[1:])
    with tools.running(*command, ready=lambda: is_listening(port)) as process:
        yield process, port


# Many: ten thousand subscribers of one process, all of one instrument.


def measure_many(tools, report):
    number_of = tools.size(10_000, 20)
    rows = []
    for rate in tools.size([1_000, 10_000, 50_000], [500]):
        found = {}
        with served(tools, report, "gateway", rate) as (process, port):
            found["tickgate"] = fan(tools, port, number_of, REQUEST, JSON, process)
        size = max(64, int(found["tickgate"]["bytes"] / max(1, found["tickgate"]["frames"])))
        with served(tools, report, "broadcast", rate, size) as (process, port):
            found["raw NIO broadcast"] = fan(tools, port, number_of, None, JSON, process)
        for name, figures in found.items():
            rows.append(
                (
                    number(rate),
                    name,
                    number(figures["per_second"]),
                    number(figures["per_second"] * figures["merged"]),
                    number(figures["p50"] / 1e3),
                    number(figures["p99"] / 1e3),
                    number(figures["p99_9"] / 1e3),
                    f"{figures['server_cpu_s'] / figures['seconds']:.2f}",
                    share(figures),
                )
            )
    report.note(f"{number(number_of)} subscribers of one process, conflated; ages in ms; {LOOPS} loop")
    titles = ("messages/s", "server", "frames/s", "messages in them/s", "p50", "p99", "p99.9", "server's cores", "client's cores")
    report.table(titles, rows)


# Memory of a connection that is open and has a subscription.


def measure_idle(tools, report):
    number_of, rows = tools.size(10_000, 20), []
    for name, request in (("no subscription", None), ("one subscription", REQUEST)):
        with served(tools, report, "gateway", 1) as (process, port):
            fan(tools, port, 10, request)  # what is only made once
            before = resident(process.pid)
            with client(tools, port, number_of, 1, 0, request) as child:
                after = resident(process.pid)
                finish(child)
            rows.append((name, number(number_of), f"{(after - before) / number_of / 1024:.1f}"))
    report.note("resident memory of the server over that of before, for each connection")
    report.table(("connection", "number", "KiB each"), rows)


# Parts


def fan(tools, port, audience, request, subprotocol=JSON, server=None):
    """The figures of a number of subscribers, with the server's CPU time if its process is given."""
    seconds, warm_up = tools.size(5, 0.5), tools.size(1, 0.2)
    with client(tools, port, audience, seconds, warm_up, request, subprotocol) as child:
        if server:
            server.send_signal(signal.SIGUSR1)
        before = cpu(server.pid) if server else 0
        figures = finish(child)
        after = cpu(server.pid) if server else 0
    # The warm-up is as busy as the rest.
    figures["server_cpu_s"] = (after - before) * seconds / (seconds + warm_up)
    figures["seconds"] = seconds
    return figures


@contextlib.contextmanager
def client(tools, port, audience, seconds, warm_up, request, subprotocol=JSON):
    """A load client whose subscribers are all connected."""
    text = json.dumps(request) if request else ""
    command = [tools.compiled("fan_client"), port, audience, seconds, warm_up, text, subprotocol]
    child = subprocess.Popen([*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if child.stdout.readline() != "ready\n":
            raise SystemExit(f"the load client did not start: {command[1:]}")
        yield child
    finally:
        child.kill()
        child.wait()


def finish(child):
    """Lets a client begin, and waits for its figures."""
    output, _ = child.communicate("go\n")
    if child.returncode:
        raise SystemExit(f"the load client ended with {child.returncode}")
    return json.loads(output)


def share(figures):
    """The cores that the client kept busy."""
    return f"{figures['client_cpu_s'] / figures['seconds']:.2f}"


def cpu(pid):
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid):
    """Bytes of resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
