"""The recorded BTCUSDT feed, and what an independent reading of it says.

Nothing here asks Tickgate: every expected value comes from the raw lines, in exact decimal arithmetic.
"""

import csv
import gzip
import json
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

MINUTE_NS = 60_000_000_000


@dataclass(frozen=True)
class Trade:
    """One trade of the recording."""

    line: int
    id: int
    time: int
    price: Decimal
    size: Decimal
    side: str


@dataclass(frozen=True)
class Quote:
    """One bookTicker of the recording."""

    line: int
    update_id: int
    bid: Decimal
    bid_size: Decimal
    ask: Decimal
    ask_size: Decimal


@dataclass(frozen=True)
class Depth:
    """One depth update that a correct book applies, with the line at which it is applied."""

    line: int
    update_id: int
    time: int
    changes: tuple  # of (side, price text, size text)


@dataclass
class Reading:
    """What a venue adapter must make out of lines of the recording."""

    trades: list = field(default_factory=list)
    quotes: list = field(default_factory=list)
    depths: list = field(default_factory=list)
    snapshot_line: int = 0
    snapshot_levels: int = 0


def read(lines):
    """Reads recorded lines by the venue's own rules: buffer, take the snapshot, splice, then apply in order."""
    reading = Reading()
    buffered, last = [], None
    for number, line in enumerate(lines, 1):
        message = json.loads(line[line.index(b" ") + 1 :])
        if "lastUpdateId" in message:
            last = message["lastUpdateId"]
            reading.snapshot_line = number
            reading.snapshot_levels = len(message["bids"]) + len(message["asks"])
            for data in buffered:
                if data["u"] > last:
                    reading.depths.append(_depth(number, data))
                    last = data["u"]
            continue
        stream, data = message["stream"], message["data"]
        if stream.endswith("@trade"):
            side = "sell" if data["m"] else "buy"
            price, size = Decimal(data["p"]), Decimal(data["q"])
            reading.trades.append(Trade(number, data["t"], data["T"] * 1_000_000, price, size, side))
        elif stream.endswith("@bookTicker"):
            prices = (Decimal(data[key]) for key in ("b", "B", "a", "A"))
            reading.quotes.append(Quote(number, data["u"], *prices))
        elif last is None:
            buffered.append(data)
        elif data["u"] > last:
            assert data["U"] <= last + 1, f"line {number}: the recording has a gap"
            reading.depths.append(_depth(number, data))
            last = data["u"]
    return reading


def _depth(line, data):
    changes = [("bid", p, q) for p, q in data["b"]] + [("ask", p, q) for p, q in data["a"]]
    return Depth(line, data["u"], data["E"] * 1_000_000, tuple(changes))


def minute_bars(trades):
    """One-minute open, high, low, close, volume of trades, by the venue's time."""
    bars = {}
    for trade in trades:
        start = trade.time // MINUTE_NS * MINUTE_NS
        bar = bars.get(start)
        if bar is None:
            bars[start] = [trade.price, trade.price, trade.price, trade.price, trade.size]
            continue
        bar[1], bar[2] = max(bar[1], trade.price), min(bar[2], trade.price)
        bar[3] = trade.price
        bar[4] += trade.size
    return bars


class Recordings:
    """The shared data folder."""

    def __init__(self, folder):
        self.folder = Path(folder)

    @property
    def is_present(self):
        return (self.folder / "binance_spot" / "btcusdt_20240808.gz").is_file()

    @property
    def files(self):
        return [self.folder / "binance_spot" / f"btcusdt_{day}.gz" for day in ("20240808", "20240809")]

    def lines(self):
        """All raw lines of both files, in order, without line ends."""
        lines = []
        for file in self.files:
            with gzip.open(file) as stream:
                lines.extend(stream.read().splitlines())
        return lines

    def golden_rows(self):
        """The exact book features after every depth event, as dictionaries of text."""
        path = self.folder / "golden" / "golden_btcusdt_spot_per_depth_event.csv.gz"
        with gzip.open(path, "rt", newline="") as stream:
            return list(csv.DictReader(stream))


def renamed(lines, venue_symbol):
    """The same lines as if they were another instrument's."""
    upper, lower = venue_symbol.upper().encode(), venue_symbol.lower().encode()
    return [line.replace(b"BTCUSDT", upper).replace(b"btcusdt", lower) for line in lines]
