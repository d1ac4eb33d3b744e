"""The questions, each in both languages, with its goal.

A text may name `{symbol}`, `{day}` and `{next_day}`, `{second}` and `{next_second}`. DuckDB's texts are the fastest
spelling that was found: bars by `date_trunc` and `arg_min`, latest rows by a semi-join, and WINDOW JOIN, which it does
not have, as an inequality join whose sides are cut down to the symbol first.
"""

import re
from dataclasses import dataclass

from .market import TABLES


@dataclass(frozen=True)
class AtLeast:
    """So many times as fast as DuckDB."""

    ratio: float

    def is_met(self, own_seconds, other_seconds):
        return other_seconds / own_seconds >= self.ratio

    def __str__(self):
        return f"≥ {self.ratio:g} ×"


@dataclass(frozen=True)
class AtMost:
    """In so many milliseconds, as the client sees it."""

    milliseconds: float

    def is_met(self, own_seconds, other_seconds):
        return own_seconds * 1e3 <= self.milliseconds

    def __str__(self):
        return f"≤ {self.milliseconds:g} ms"


@dataclass(frozen=True)
class Question:
    """One question."""

    number: int
    title: str
    tickgate: str
    duckdb: str
    goal: AtLeast | AtMost
    # How the answer is sent.
    form: str = "json"
    # Whether DuckDB, too, hands the answer out in that form: a file in memory that it writes itself (COPY), or an Arrow
    # table. Else Python's own values, which are the least work for a few rows.
    is_large: bool = False
    # Whether the order of the rows is part of the answer.
    is_ordered: bool = False
    # Whether it is asked again to see how its cost grows.
    grows: bool = False

    @property
    def tables(self):
        """The tables that are read."""
        return {table for table in TABLES if re.search(rf"\b{table}\b", self.tickgate)}


BARS_OF_SYMBOL = "SELECT time, ohlcv(price, size) FROM trades WHERE symbol = '{symbol}' SAMPLE BY 1m"
BARS = "SELECT time, symbol, ohlcv(price, size) FROM trades SAMPLE BY 1m"
# All five of a bar's values are asked for, because DuckDB leaves out what nobody reads.
BAR_TOTALS = "count(), sum(open), max(high), min(low), sum(close), sum(volume)"

DUCK_BAR = (
    "arg_min(price, time) AS open, max(price) AS high, min(price) AS low, arg_max(price, time) AS close, "
    "sum(size) AS volume"
)
DUCK_BARS_OF_SYMBOL = (
    f"SELECT date_trunc('minute', time) AS minute, {DUCK_BAR} FROM trades WHERE symbol = '{{symbol}}' GROUP BY minute"
)
DUCK_BARS = f"SELECT date_trunc('minute', time) AS minute, symbol, {DUCK_BAR} FROM trades GROUP BY minute, symbol"

QUESTIONS = (
    Question(
        1,
        "count, sum and max of all trades",
        "SELECT count(), sum(size), max(price) FROM trades",
        "SELECT count(), sum(size), max(price) FROM trades",
        AtLeast(40),
        grows=True,
    ),
    Question(
        2,
        "count and sum of filtered trades",
        "SELECT count(), sum(size) FROM trades WHERE price > 100 AND side = 'buy'",
        "SELECT count(), sum(size) FROM trades WHERE price > 100 AND side = 'buy'",
        AtLeast(4),
        grows=True,
    ),
    Question(
        3,
        "minute bars of a symbol, summed",
        f"SELECT {BAR_TOTALS} FROM ({BARS_OF_SYMBOL})",
        f"SELECT {BAR_TOTALS} FROM ({DUCK_BARS_OF_SYMBOL})",
        AtLeast(15),
        grows=True,
    ),
    Question(
        4,
        "minute bars of all symbols, summed",
        f"SELECT {BAR_TOTALS} FROM ({BARS})",
        f"SELECT {BAR_TOTALS} FROM ({DUCK_BARS})",
        AtLeast(18),
        grows=True,
    ),
    Question(5, "those bars as JSON", BARS, DUCK_BARS, AtLeast(10), form="json", is_large=True),
    Question(5, "those bars as CSV", BARS, DUCK_BARS, AtLeast(10), form="csv", is_large=True),
    Question(5, "those bars as Arrow", BARS, DUCK_BARS, AtLeast(10), form="arrow", is_large=True),
    Question(
        6,
        "vwap by minute, all symbols, summed",
        "SELECT count(), sum(vwap) FROM (SELECT time, symbol, vwap(price, size) AS vwap FROM trades SAMPLE BY 1m)",
        "SELECT count(), sum(vwap) FROM (SELECT date_trunc('minute', time) AS minute, symbol, "
        "sum(price * size) / sum(size) AS vwap FROM trades GROUP BY minute, symbol)",
        AtLeast(6),
    ),
    Question(
        7,
        "latest trade of each symbol",
        "SELECT * FROM trades LATEST BY symbol",
        "SELECT * FROM trades WHERE (symbol, time) IN (SELECT symbol, max(time) FROM trades GROUP BY symbol)",
        AtMost(0.5),
        grows=True,
    ),
    Question(
        7,
        "last ten trades, latest first",
        "SELECT * FROM trades WHERE symbol = '{symbol}' ORDER BY time DESC LIMIT 10",
        "SELECT * FROM trades WHERE symbol = '{symbol}' ORDER BY time DESC LIMIT 10",
        AtMost(0.5),
        is_ordered=True,
        grows=True,
    ),
    Question(
        7,
        "last ten trades, latest last",
        "SELECT * FROM trades WHERE symbol = '{symbol}' LIMIT -10",
        "SELECT * FROM (SELECT * FROM trades WHERE symbol = '{symbol}' ORDER BY time DESC LIMIT 10) ORDER BY time",
        AtMost(0.5),
        is_ordered=True,
        grows=True,
    ),
    Question(
        7,
        "a second of a symbol's trades",
        "SELECT * FROM trades WHERE symbol = '{symbol}' AND time >= '{second}' AND time < '{next_second}'",
        "SELECT * FROM trades WHERE symbol = '{symbol}' "
        "AND time >= TIMESTAMP_NS '{second}' AND time < TIMESTAMP_NS '{next_second}' ORDER BY time",
        AtMost(0.5),
        is_ordered=True,
        grows=True,
    ),
    Question(
        8,
        "ASOF JOIN of trades with quotes, summed",
        "SELECT count(), sum(t.price - q.bid) FROM trades t ASOF JOIN quotes q ON (symbol)",
        "SELECT count(), sum(t.price - q.bid) "
        "FROM trades t ASOF LEFT JOIN quotes q ON t.symbol = q.symbol AND t.time >= q.time",
        AtLeast(28),
        grows=True,
    ),
    Question(
        9,
        "mean of the last 100 rows, every row, summed",
        "SELECT count(), sum(mean) FROM "
        "(SELECT avg(price) OVER (PARTITION BY symbol ORDER BY time ROWS 99 PRECEDING) AS mean FROM trades)",
        "SELECT count(), sum(mean) FROM "
        "(SELECT avg(price) OVER (PARTITION BY symbol ORDER BY time ROWS 99 PRECEDING) AS mean FROM trades)",
        AtLeast(40),
        grows=True,
    ),
    Question(
        10,
        "mean of the last 10 s, every row, summed",
        "SELECT count(), sum(mean) FROM "
        "(SELECT avg(price) OVER (PARTITION BY symbol ORDER BY time RANGE 10s PRECEDING) AS mean FROM trades)",
        "SELECT count(), sum(mean) FROM (SELECT avg(price) OVER (PARTITION BY symbol ORDER BY time "
        "RANGE BETWEEN INTERVAL 10 SECONDS PRECEDING AND CURRENT ROW) AS mean FROM trades)",
        AtLeast(180),
    ),
    Question(
        11,
        "WINDOW JOIN ± 1 s of a symbol's day, summed",
        "SELECT count(), sum(bids) FROM (SELECT t.time, sum(q.bid) AS bids "
        "FROM trades t WINDOW JOIN quotes q ON (symbol) "
        "RANGE BETWEEN 1 second PRECEDING AND 1 second FOLLOWING EXCLUDE PREVAILING "
        "WHERE t.symbol = '{symbol}' AND t.time IN '{day}')",
        "WITH t AS (SELECT time FROM trades WHERE symbol = '{symbol}' "
        "AND time >= TIMESTAMP_NS '{day}' AND time < TIMESTAMP_NS '{next_day}'), "
        "q AS (SELECT time, bid FROM quotes WHERE symbol = '{symbol}') "
        "SELECT count(), sum(bids) FROM (SELECT t.time, sum(q.bid) AS bids FROM t LEFT JOIN q "
        "ON q.time BETWEEN t.time - INTERVAL 1 SECOND AND t.time + INTERVAL 1 SECOND GROUP BY t.time)",
        AtMost(10),
    ),
)

# Asked of ranges of time, from `{start}` to before `{end}`.
RANGE_QUESTIONS = (
    (
        "count, sum and max",
        "SELECT count(), sum(size), max(price) FROM trades WHERE time >= '{start}' AND time < '{end}'",
    ),
    (
        "the same of a symbol",
        "SELECT count(), sum(size), max(price) FROM trades "
        "WHERE symbol = '{symbol}' AND time >= '{start}' AND time < '{end}'",
    ),
    (
        "minute bars of a symbol, summed",
        f"SELECT {BAR_TOTALS} FROM (SELECT time, ohlcv(price, size) FROM trades "
        "WHERE symbol = '{symbol}' AND time >= '{start}' AND time < '{end}' SAMPLE BY 1m)",
    ),
    (
        "ASOF JOIN of a symbol, summed",
        "SELECT count(), sum(t.price - q.bid) FROM trades t ASOF JOIN quotes q ON (symbol) "
        "WHERE t.symbol = '{symbol}' AND t.time >= '{start}' AND t.time < '{end}'",
    ),
)
