"""Series of bars to compute indicators of: walks, ticks, flat stretches, gaps, and too few rows."""

import numpy as np

COLUMNS = [("time", "timestamp"), ("symbol", "symbol"), ("open", "float64"), ("high", "float64"), ("low", "float64"),
           ("close", "float64"), ("volume", "float64"), ("other", "float64"), ("periods", "float64")]
NAMES = [name for name, _ in COLUMNS[2:]]


def series(seed):
    """Bars by symbol, each a dictionary of columns."""
    random = np.random.default_rng(seed)
    made = {
        "walk": _walk(random, 400),
        "trend": _walk(random, 300, drift=0.3),
        "large": _scaled(_walk(random, 250), 60_000.0),
        "ticks": _ticks(random, 400, 0.05),
        "coarse": _ticks(random, 600, 0.5),
        "flat": _flat(_walk(random, 300), random),
        "constant": _flat(_walk(random, 150), random, whole=True),
        "gaps": _gaps(random, 400),
        "candles": _candles(random, 1500),
        "cycle": _cycle(random, 300),
        "planted": _planted(random),
    }
    for count in (1, 2, 3, 9, 33, 64):
        made[f"short{count}"] = _walk(random, count)
    # Numbers of few digits: every way from text to a double gives the same one.
    return {symbol: {name: np.round(column, 6) for name, column in bars.items()} for symbol, bars in made.items()}


def rows(bars, random):
    """Rows of all series, interleaved, each in its order of time."""
    lines = []
    for symbol, columns in bars.items():
        count = len(columns["close"])
        times = np.cumsum(random.integers(1, 4, count))
        for index in range(count):
            lines.append((int(times[index]) * 1_000_000_000, symbol, *(float(columns[name][index]) for name in NAMES)))
    lines.sort(key=lambda line: line[0])
    return lines


def _bars(random, opens, closes, shadow):
    count = len(opens)
    top, bottom = np.maximum(opens, closes), np.minimum(opens, closes)
    high = top + np.abs(random.normal(0, shadow, count))
    low = bottom - np.abs(random.normal(0, shadow, count))
    return {
        "open": opens, "high": high, "low": low, "close": closes,
        "volume": np.floor(random.lognormal(6, 1, count)) + 1.0,
        "other": 50 + np.cumsum(random.normal(0, 0.5, count)),
        "periods": random.uniform(0, 35, count),
    }


def _walk(random, count, drift=0.0):
    closes = 100 + np.cumsum(random.normal(drift, 1, count))
    closes += max(0.0, 20 - closes.min())
    opens = np.concatenate([[100.0], closes[:-1]]) + random.normal(0, 0.2, count)
    return _bars(random, opens, closes, 0.5)


def _scaled(bars, factor):
    return {name: column * factor if name in ("open", "high", "low", "close") else column for name, column in bars.items()}


def _ticks(random, count, tick):
    """Prices on a grid: many are equal."""
    bars = _walk(random, count)
    return {name: np.round(column / tick) * tick if name in ("open", "high", "low", "close") else column
            for name, column in bars.items()}


def _flat(bars, random, whole=False):
    """Stretches in which nothing moves and nothing is traded."""
    bars = {name: column.copy() for name, column in bars.items()}
    count = len(bars["close"])
    starts = [0] if whole else [20, 120, 200]
    for start in starts:
        stretch = slice(start, count if whole else start + 60)
        price = bars["close"][start]
        for name in ("open", "high", "low", "close"):
            bars[name][stretch] = price
        bars["volume"][stretch] = 0.0 if start != 120 else 7.0
        bars["other"][stretch] = 50.0
    return bars


def _gaps(random, count):
    """Bars far from those before."""
    bars = _walk(random, count)
    jumps = np.cumsum(np.where(random.random(count) < 0.1, random.normal(0, 15, count), 0.0))
    jumps -= min(0.0, jumps.min())
    return {name: column + jumps if name in ("open", "high", "low", "close") else column for name, column in bars.items()}


def _candles(random, count):
    """Bodies, shadows and gaps of all sizes, on a coarse grid so that equal prices are common."""
    opens, closes = np.empty(count), np.empty(count)
    price = 200.0
    for index in range(count):
        gap = random.choice([0.0, 0.0, 0.25, -0.25, 2.0, -2.0, 5.0, -5.0])
        body = random.choice([0.0, 0.25, 0.5, 1.0, 3.0, 6.0, 10.0]) * random.choice([-1, 1])
        price = min(max(price, 60.0), 400.0)
        opens[index] = price + gap
        closes[index] = opens[index] + body
        price = closes[index]
    bars = _bars(random, opens, closes, 1.0)
    choices = [0.0, 0.0, 0.05, 0.25, 1.0, 4.0]
    bars["high"] = np.maximum(opens, closes) + random.choice(choices, count)
    bars["low"] = np.minimum(opens, closes) - random.choice(choices, count)
    return bars


#: Patterns that random bars hardly ever have, as (open, high, low, close).
RARE = [
    # Three black crows.
    [(100, 106, 99.9, 105.8), (105, 105.2, 101, 101), (103, 103.1, 99, 99), (101, 101.1, 97, 97)],
    # Three stars in the south.
    [(110, 110.2, 98, 105), (106, 106.1, 99, 104), (103.5, 103.5, 103, 103)],
    # Breakaway.
    [(110, 110.5, 104.5, 105), (103, 103.2, 101.8, 102), (101.5, 102, 100.5, 101), (100.5, 101, 99.5, 100),
     (100, 104.2, 99.8, 104)],
    # Concealing baby swallow.
    [(110, 110, 106, 106), (106, 106, 102, 102), (100, 104, 99, 99), (104.5, 105, 97.5, 98)],
    # Mat hold.
    [(100, 105.2, 99.8, 105), (106.5, 106.8, 105.9, 106), (105.2, 105.4, 104.3, 104.6), (104.8, 105, 104, 104.2),
     (104.6, 109, 104.5, 108.5)],
    # Rising three methods.
    [(100, 105.5, 99.8, 105), (104.5, 104.7, 103.8, 104), (103.9, 104.1, 103.2, 103.4), (103.3, 103.5, 102.6, 102.8),
     (103, 108, 102.9, 107)],
    # Unique three river.
    [(110, 110.5, 104.5, 105), (108, 108.5, 103, 106), (104, 104.6, 103.8, 104.5)],
    # Two crows.
    [(100, 105.2, 99.8, 105), (107, 107.2, 105.9, 106), (106.5, 106.6, 102.5, 103)],
    # Upside gap two crows.
    [(100, 105.2, 99.8, 105), (107, 107.2, 106.3, 106.5), (107.5, 107.6, 105.5, 105.8)],
]


def _planted(random):
    """Rare patterns among usual candles, each as it is, upside down, and several times blurred."""
    candles = []
    for number in range(54):
        for index in range(15):
            candles.append((100, 101, 99.5, 100.5) if index % 2 else (100.5, 101, 99.5, 99.7))
        block = np.array(RARE[number % len(RARE)], dtype=float)
        if number % 18 >= 9 and number >= 18:
            block = 210 - block[:, [0, 2, 1, 3]]
        block += random.normal(0, 0.02 * (number // 18), block.shape)
        block[:, 1] = np.maximum(block[:, 1], block.max(axis=1))
        block[:, 2] = np.minimum(block[:, 2], block.min(axis=1))
        candles.extend(map(tuple, block))
    opens, highs, lows, closes = (np.array(column, dtype=float) for column in zip(*candles))
    return {**_bars(random, opens, closes, 1.0), "high": highs, "low": lows}


def _cycle(random, count):
    closes = 100 + 5 * np.sin(np.arange(count) * 2 * np.pi / 20) + random.normal(0, 0.1, count)
    opens = np.concatenate([[100.0], closes[:-1]])
    return _bars(random, opens, closes, 0.3)
