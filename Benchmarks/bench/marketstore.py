"""What pymarketstore costs the gateway: calls through the client as it is, time as it sees it and CPU time of the server.

The goal in each row is what one call may cost; in brackets what MarketStore 4.1.23 takes for the same call.
"""

import os
import statistics
import time
from pathlib import Path

from .tools import answers, free_port

SYMBOLS = 1_000
# Bars of each of the many symbols: five days of trading.
SYMBOL_BARS = 390 * 5
YEAR = 525_600
TICKS = 1_000_000
START = 1_672_531_200
BAR = [("Epoch", "i8"), ("Open", "f4"), ("High", "f4"), ("Low", "f4"), ("Close", "f4"), ("Volume", "i8")]
TICK = [("Epoch", "i8"), ("Price", "f4"), ("Size", "f4"), ("Nanoseconds", "i4")]


def measure_marketstore(tools, report):
    import numpy as np
    import pymarketstore as pymkts

    report.section("MarketStore's clients")
    port = free_port()
    running, command = tools.gateway(port, tools.folder / "marketstore")
    report.command("tickgate", *command)
    with running as process:
        client = pymkts.Client(f"http://127.0.0.1:{port}/rpc")
        bench = Bench(np, pymkts, client, process.pid, tools)
        bench.load()
        rows = bench.calls()
    report.table(("call", "calls", "p50 ms", "CPU ms a call", "goal", "MarketStore"), rows)


class Bench:
    def __init__(self, np, pymkts, client, pid, tools):
        self.np, self.pymkts, self.client, self.pid, self.tools = np, pymkts, client, pid, tools
        self.symbols = tools.size(SYMBOLS, 20)
        self.year = tools.size(YEAR, 2_000)
        self.ticks = tools.size(TICKS, 2_000)
        self.rng = np.random.default_rng(1)

    def bars(self, start, count, step=60):
        rows = self.np.empty(count, dtype=BAR)
        rows["Epoch"] = start + self.np.arange(count) * step
        price = 100 + self.np.round(self.np.cumsum(self.rng.normal(0, 0.02, count)), 2)
        rows["Open"], rows["Close"] = price, self.np.round(price + self.rng.normal(0, 0.02, count), 2)
        rows["High"] = self.np.maximum(rows["Open"], rows["Close"]) + 0.01
        rows["Low"] = self.np.minimum(rows["Open"], rows["Close"]) - 0.01
        rows["Volume"] = self.rng.integers(1, 10_000, count)
        return rows

    def load(self):
        """A year of one symbol, days of many, ticks of one; then waits until the server is at rest."""
        self.many = [f"S{number:04}" for number in range(self.symbols)]
        self.check(self.client.write(self.bars(START, self.year), "YEAR/1Min/OHLCV"))
        days = self.bars(START, self.tools.size(SYMBOL_BARS, 10))
        for symbol in self.many:
            self.check(self.client.write(days, f"{symbol}/1Min/OHLCV"))
        ticks = self.np.empty(self.ticks, dtype=TICK)
        offsets = self.np.sort(self.rng.integers(0, 86_400 * 5 * 10**9, self.ticks))
        ticks["Epoch"], ticks["Nanoseconds"] = START + offsets // 10**9, offsets % 10**9
        ticks["Price"] = 100 + self.np.round(self.np.cumsum(self.rng.normal(0, 0.01, self.ticks)), 2)
        ticks["Size"] = self.rng.integers(1, 500, self.ticks)
        self.check(self.client.write(ticks, "TICKS/1Sec/TRADE", isvariablelength=True))
        self.last = int(days["Epoch"][-1])
        self.rest()

    def check(self, answer):
        if answer["responses"] is not None:
            raise SystemExit(f"a write failed: {answer}")

    def rest(self):
        """Waits until the background has nothing to do: flushes and merges belong to no call."""
        while True:
            before = self.cpu()
            time.sleep(0.5)
            if self.cpu() - before < 0.01:
                return

    def cpu(self):
        """Seconds of CPU that all threads of the server have used, to the nanosecond."""
        total = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except (OSError, IndexError):
                continue
        return total / 1e9

    def query(self, symbols, timeframe, group, **options):
        return self.client.query(self.pymkts.Params(symbols, timeframe, group, **options))

    def calls(self):
        pick = set(os.environ.get("MARKETSTORE_BENCH", "").split(",")) - {""}
        days = self.bars(START, 10_000)
        year = self.bars(START, self.year)
        one = self.bars(self.last + 60, 1)
        end = {"end": self.last - 600}
        calls = [
            ("last bar of one symbol", 400, 0.3, "1.1", lambda n: self.query("YEAR", "1Min", "OHLCV", limit=1)),
            ("last bar of 1,000 symbols", 20, 10, "170", lambda n: self.query(self.many, "1Min", "OHLCV", limit=1)),
            ("the same before an end", 20, 10, "25,000",
             lambda n: self.query(self.many, "1Min", "OHLCV", limit=1, **end)),
            ("a year of minutes", 10, 30, "102-131", lambda n: self.query("YEAR", "1Min", "OHLCV")),
            ("… as candles of 5 minutes", 10, 15, "640-820", lambda n: self.query(
                "YEAR", "1Min", "OHLCV", functions=["candlecandler('5Min',Open,High,Low,Close,Sum::Volume)"])),
            ("a million ticks as candles", 10, 20, "360-410", lambda n: self.query(
                "TICKS", "1Sec", "TRADE", functions=["tickcandler('1Min',Price)"])),
            ("write 10,000 bars", 40, 2, "49-69", lambda n: self.check(self.client.write(days, f"W{n}/1Min/W"))),
            ("write a year of bars", 4, 400, "3,100-3,600",
             lambda n: self.check(self.client.write(year, f"Y{n}/1Min/Y"))),
            ("write a bar of 1,000 symbols", 20, 8, "60", lambda n: self.write_many(one, n)),
        ]
        return [
            self.measure(*call) for index, call in enumerate(calls) if not pick or str(index) in pick
        ]

    def write_many(self, one, number):
        """A bar of every symbol in one call, which the client has no method for: the same bytes over its connection."""
        count = len(self.many)
        rows = self.np.repeat(one, count)
        rows["Epoch"] += 60 * number
        keys = [f"{symbol}/1Min/OHLCV" for symbol in self.many]
        dataset = {
            "types": [kind for _, kind in BAR],
            "names": [name for name, _ in BAR],
            "data": [rows[name].tobytes() for name, _ in BAR],
            "length": count,
            "startindex": {key: index for index, key in enumerate(keys)},
            "lengths": {key: 1 for key in keys},
        }
        reply = self.client.client._request("DataService.Write", requests=[
            {"dataset": dataset, "is_variable_length": False}
        ])
        self.check(reply)

    def measure(self, name, count, goal, other, call):
        count = self.tools.size(count, 2)
        call(0)
        self.rest()
        times, before = [], self.cpu()
        for number in range(1, count + 1):
            start = time.perf_counter()
            call(number)
            times.append(time.perf_counter() - start)
        used = (self.cpu() - before) / count
        return (name, count, f"{statistics.median(times) * 1e3:.2f}", f"{used * 1e3:.2f}", f"{goal} ms", f"{other} ms")
