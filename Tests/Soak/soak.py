"""Many subscribers of every kind against a running gateway for a long time; fails if a promise of the stream is broken.

    soak.py BINARY --seconds 600 --subscribers 1000

A simulated exchange feeds the gateway, and now and then skips a message, so that an epoch ends. Readers come and go, by
handshake, end or reset, and resume; some are slow, some read events, some follow queries and views, some break every
rule, and from half-time on two never read at all. Checked are the chain of each subscription across its connections, that all
who take every delta are told the same, heads of heartbeats, what everybody believes in the end, that no connection is stuck
or left over, and that memory is flat.
"""

import argparse
import asyncio
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "EndToEnd"))

from subscriber import MUCH, Listener, Soak, Stalled, Subscriber, Vandal
from support.exchange import Exchange, wait_for_live_books
from support.process import Gateway, wait_until

COINS = ["BTC-USDT", "ETH-USDT", "SOL-USDT", "XRP-USDT", "ADA-USDT", "DOGE-USDT"]
RATE = 150  # messages a second of all instruments: what one interpreter can check for a thousand readers
VIEW = "CREATE FEATURE VIEW soak AS SELECT spread_bps(), imbalance(5) AS imbalance, microprice() FROM book"
QUERIES = [
    "SELECT time, symbol, count() AS n, sum(size) AS volume FROM trades SAMPLE BY 1m",
    "SELECT time, symbol, price FROM trades LATEST BY symbol",
]
FEATURES = [["mid", "spread"], ["bid", "ask", "mid", "imbalance_*"], ["*"], ["ofi_*", "vwap"]]
SETTINGS = {
    "stream.queue_bytes": 131_072,  # soon full
    "stream.resume_events": 3_000,  # the last twenty seconds
    "store.memtable_bytes": 4 << 20,
    "binance.microseconds": "true",
}
GROWTH_BYTES = 24 << 20  # of resident memory after the warm-up: what an allocator keeps of a busy moment
SETTLE_S = 40


def population(soak, number):
    """All subscribers but those that stall."""
    chance, people = soak.random, []
    for index in range(number):
        symbols = chance.sample(soak.symbols, chance.choice([1, 1, 1, 2]))
        request = {"symbols": symbols, "features": chance.choice(FEATURES), "mode": chance.choice(["all", "conflate"])}
        kind, name = index % 100, f"subscriber {index}"
        options = {"encoding": chance.choice(["json", "msgpack"]), "life": chance.choice([5, 20, 60])}
        if request["mode"] == "all":
            request["on_lag"] = chance.choice(["close", "snapshot"])
        elif chance.random() < 0.4:
            request["max_rate_hz"] = chance.choice([1, 5])
        if kind < 10:
            people.append(Listener(soak, f"listener {index}", {**request, "features": FEATURES[0]}, life=options["life"]))
        elif kind < 16:
            query = {"query": chance.choice(QUERIES), "on_lag": "snapshot"}
            people.append(Subscriber(soak, f"query {index}", query, **options))
        elif kind < 22:
            view = {"view": "soak@v1", "symbols": symbols, "mode": "all"}
            people.append(Subscriber(soak, f"view {index}", view, **options))
        elif kind < 32:
            people.append(Subscriber(soak, f"slow {index}", request, pace=chance.choice([1, 3, 8]), **options))
        elif kind < 35:
            people.append(Vandal(soak, f"vandal {index}"))
        elif kind < 38:
            request.update(mode="all", on_lag="close")
            request.pop("max_rate_hz", None)
            people.append(Subscriber(soak, f"sleeper {index}", request, **{**options, "life": 5, "rest": 80}))
        else:
            request["batch"] = chance.random() < 0.2
            people.append(Subscriber(soak, name, request, deflate=chance.random() < 0.1, **options))
    for on_lag in ("close", "snapshot"):
        request = {"symbols": soak.symbols, "mode": "all", "on_lag": on_lag}
        people.append(Subscriber(soak, f"glutton, {on_lag}", request, "msgpack", pace=30, life=60, features=MUCH))
    return people


class Watch:
    """Resident memory of the gateway, second by second."""

    def __init__(self, gateway):
        self.gateway, self.samples = gateway, []

    async def run(self):
        while True:
            self.samples.append((time.monotonic(), self.gateway.resident_bytes()))
            await asyncio.sleep(1)

    def between(self, start, end):
        return sorted(size for moment, size in self.samples if start <= moment <= end)


async def disturb(soak, exchange):
    """A message that is lost, now and then: an instrument's epoch ends, and all get a snapshot."""
    while soak.phase == "run":
        await asyncio.sleep(12)
        symbol = soak.random.choice(COINS).replace("-", "")
        await asyncio.to_thread(exchange.fault, "gap", symbol=symbol)
        soak.counts["gaps"] += 1


async def run(options, gateway, exchange):
    soak = Soak(gateway.port, random.Random(options.seed), [f"{coin}.BINANCE" for coin in COINS])
    watch = Watch(gateway)
    idle = {"files": open_files(gateway), "memory": gateway.resident_bytes()}
    probe = subprocess.Popen(
        [sys.executable, HERE / "probe.py", str(gateway.port), "4", soak.symbols[0]],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
    )
    began = time.monotonic()
    tasks = [asyncio.create_task(person.run()) for person in population(soak, options.subscribers)]
    helpers = [asyncio.create_task(watch.run()), asyncio.create_task(disturb(soak, exchange))]
    await asyncio.sleep(options.seconds / 4)
    probe.stdin.write("warm-up\n")
    warm = time.monotonic()
    await asyncio.sleep(options.seconds / 4)
    probe.stdin.write("calm\n")
    stalled = [Stalled(soak, f"stalled, {mode}", mode) for mode in ("all", "conflate")]
    stalled_tasks = [asyncio.create_task(person.run()) for person in stalled]
    await asyncio.sleep(options.seconds / 2)
    probe.stdin.write("with stalled readers\n")
    windows = json.loads(probe.communicate()[0])
    over = time.monotonic()

    soak.phase = "settle"
    for helper in helpers:
        helper.cancel()
    await asyncio.to_thread(exchange.stop)
    await settle(soak, gateway)
    metrics = {name: gateway.metric(f"tickgate_stream_{name}") or 0 for name in ("lag_closes_total", "lags_total", "resumed_total", "resumed_from_store_total", "conflated_total")}
    soak.phase = "end"
    await asyncio.gather(*tasks, *stalled_tasks)
    check_end(soak, gateway, idle)
    check_stalled(soak, stalled, metrics, over - began)
    check_memory(soak, watch, warm, over)
    report(soak, watch, windows, metrics, stalled, (began, warm, over), idle)
    return soak


async def settle(soak, gateway):
    """Nothing comes any more: what everybody believes has to be what the gateway says."""
    deadline = time.monotonic() + SETTLE_S
    while True:
        await asyncio.sleep(1)
        latest = await asyncio.to_thread(latest_values, gateway, soak.symbols)
        wrong = [fault for person in list(soak.open) for fault in differences(person, latest)]
        if not wrong:
            break
        if time.monotonic() > deadline:
            for fault in wrong[:5]:
                soak.fail("in the end", fault)
            break
    soak.counts["states compared in the end"] = sum(len(p.sids) for p in soak.open if isinstance(p, Subscriber))


def latest_values(gateway, symbols):
    return {symbol: gateway.http.get(f"/v1/features/{symbol}").json() for symbol in symbols}


def differences(person, latest):
    if person.request.get("view") or person.rows:
        return
    if not person.sids:
        yield f"{person.name} has no subscription yet"
    for chain in person.sids.values():
        features = latest[chain.symbol]["features"]
        told = {name: features[name]["value"] for name in chain.fields}
        believed = dict(zip(chain.fields, chain.values))
        if told != believed:
            yield f"{person.name} believes {believed} of {chain.symbol}, and the gateway says {told}"


def check_end(soak, gateway, idle):
    """Everybody left: nothing of them is."""
    try:
        names = ["connections", "subscriptions", "queries", "queue_bytes"]
        wait_until(lambda: not any(gateway.metric(f"tickgate_stream_{name}") for name in names), 40)
        wait_until(lambda: open_files(gateway) <= idle["files"] + 8, 40)
    except AssertionError:
        left = {name: gateway.metric(f"tickgate_stream_{name}") for name in names}
        soak.fail("in the end", f"left over are {left} and {open_files(gateway)} files, {idle['files']} before")
    if gateway.metric("tickgate_book_mismatches_total"):
        soak.fail("in the end", "a book differed from a quote")


def check_stalled(soak, stalled, metrics, seconds):
    if not metrics["lag_closes_total"]:
        soak.fail("in the end", "the stalled reader of all deltas was not closed")
    for person in stalled:
        if person.gone_after is None and seconds / 2 > 120:
            soak.fail(person.name, "still connected")


def check_memory(soak, watch, warm, over):
    """The median of the last third after the warm-up is not above that of the first."""
    third = (over - warm) / 3
    first, last = watch.between(warm, warm + third), watch.between(over - third, over)
    if last[len(last) // 2] > first[len(first) // 2] + GROWTH_BYTES:
        soak.fail("memory", f"{first[len(first) // 2] >> 20} MiB have become {last[len(last) // 2] >> 20} MiB")


def open_files(gateway):
    return len(list(Path(f"/proc/{gateway.pid}/fd").iterdir()))


def report(soak, watch, windows, metrics, stalled, times, idle):
    print("counted: " + ", ".join(f"{name} {count}" for name, count in sorted(soak.counts.items())))
    print(f"deltas that two or more were told: {sum(ledger.compared for ledger in soak.ledgers.values())} compared")
    print("the gateway: " + ", ".join(f"{name} {value:.0f}" for name, value in metrics.items()))
    for name, window in zip(("warm-up", "calm", "with stalled readers"), windows):
        if window["deltas"]:
            print(f"readers that only read, {name}: {window['deltas']} deltas, p50 {window['p50']:.0f} µs, p99 {window['p99']:.0f} µs")
    for person in stalled:
        print(f"{person.name}: " + (f"cut after {person.gone_after:.0f} s" if person.gone_after else "still there"))
    began, warm, over = times
    sizes = [watch.between(began + (over - began) * part / 6, began + (over - began) * (part + 1) / 6) for part in range(6)]
    steps = " ".join(str(size[len(size) // 2] >> 20) for size in sizes if size)
    print(f"resident memory: {idle['memory'] >> 20} MiB idle, then by sixths of the time, median: {steps} MiB")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=Path)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"soak: {options.subscribers} subscribers, {options.seconds:.0f} s, seed {options.seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="tickgate-soak-"))
    exchange = Exchange(options.binary, rate=RATE, symbols=COINS)
    gateway = None
    try:
        exchange.wait_until_ready()
        settings = [word for name, value in SETTINGS.items() for word in ("--set", f"{name}={value}")]
        gateway = Gateway(options.binary, folder / "data", *exchange.settings(), *settings, feed="binance").wait_until_ready()
        wait_for_live_books(gateway, COINS)
        created = gateway.http.request("POST", "/v1/query?format=json", VIEW.encode(), {"Content-Type": "text/plain"})
        assert created.status == 200, created.text
        wait_until(lambda: len(gateway.query('SELECT symbol FROM "soak@v1/stored" LATEST BY symbol')) == len(COINS), 30)
        soak = asyncio.run(run(options, gateway, exchange))
        status = gateway.stop()
        if status:
            soak.fail("the gateway", f"ended with {status}: {gateway.log()[-2000:]}")
    finally:
        for process in (gateway, exchange):
            if process:
                process.kill()
        shutil.rmtree(folder, ignore_errors=True)
    for failure in soak.failures:
        print("FAILED " + failure)
    print(f"soak: {soak.counts['failures']} failures")
    sys.exit(soak.counts["failures"] > 0)


if __name__ == "__main__":
    main()
