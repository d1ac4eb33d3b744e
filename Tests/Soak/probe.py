"""Readers that do nothing but read, in a process of their own: how old deltas are when they arrive, window by window.

probe.py PORT READERS SYMBOL; each line on standard input ends a window, and the end of it ends the probe.
"""

import asyncio
import json
import sys
import time

from frames import Connection, connect, upgrade


class Reader:
    def __init__(self, ages, symbol):
        self.ages, self.symbol = ages, symbol

    def opened(self, connection):
        connection.send({"op": "subscribe", "id": 1, "symbols": [self.symbol], "features": ["mid", "spread"], "mode": "all"})

    def message(self, message):
        if message["op"] == "d":
            self.ages.append(time.time() * 1e6 - message["t"][0])

    def closed(self, connection):
        pass


async def main(port, readers, symbol):
    ages, windows = [], []
    loop = asyncio.get_running_loop()
    for _ in range(readers):
        await connect(Connection, Reader(ages, symbol), port, upgrade("/v1/stream"))
    while await loop.run_in_executor(None, sys.stdin.readline):
        window = sorted(ages)
        ages.clear()
        quantiles = {name: window[int(share * (len(window) - 1))] if window else None for name, share in (("p50", 0.5), ("p99", 0.99))}
        windows.append({"deltas": len(window), **quantiles})
    print(json.dumps(windows))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
