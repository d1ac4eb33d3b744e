"""Random queries in two dialects: TQL's, and what DuckDB must be asked to mean the same.

Where the two differ on purpose, the translation says so:

- Rows without ORDER BY come by (time, series, arrival); DuckDB's come in any order. `n` is the order of arrival.
- SAMPLE BY counts buckets from 1970; time_bucket from a Monday in 2000, so it is given an origin.
- int64 / int64 truncates (`//`), and by zero is NULL; DuckDB's `/` is of doubles.
- NaN in comparisons is IEEE 754's: different from everything. In DuckDB it equals itself and is the largest double.
- min, max and arg_min, arg_max pass over NaN, which DuckDB takes as the largest. In ORDER BY both put it after all numbers.
- NULL comes last in ascending order and first in descending; DuckDB puts it last in both unless told.
- first and last skip NULL, and go by time, series and arrival; DuckDB's take any row.
- arg_min and arg_max take the first of equal rows; DuckDB any.
- corr of something that does not vary is NULL; DuckDB has NaN.
- LATEST BY, WINDOW JOIN and FILL have no words in DuckDB: QUALIFY, sub-queries and series of buckets say the same.
- ASOF JOIN takes the last of several rows of one time; DuckDB any, so all but the last are removed first. It keeps left rows
  without a match, which is DuckDB's ASOF LEFT JOIN.
"""

import random
from dataclasses import dataclass

SECOND = 1_000_000_000
TICK = SECOND // 4
ORIGIN = 1_723_075_200 * SECOND


@dataclass
class Pair:
    """An expression or a query, twice; `type` is TQL's."""

    tql: str
    duck: str
    type: str = ""
    is_ordered: bool = True


NUMERIC = ("int64", "float64")
#: name, type
TRADES = [
    ("time", "timestamp"),
    ("symbol", "symbol"),
    ("price", "float64"),
    ("size", "float64"),
    ("raw", "float64"),
    ("level", "int64"),
    ("side", "string"),
    ("flag", "boolean"),
    ("n", "int64"),
]
QUOTES = [
    ("time", "timestamp"),
    ("symbol", "symbol"),
    ("bid", "float64"),
    ("ask", "float64"),
    ("level", "int64"),
    ("n", "int64"),
]
DUCK_TYPES = {
    "timestamp": "BIGINT",
    "symbol": "VARCHAR",
    "string": "VARCHAR",
    "float64": "DOUBLE",
    "int64": "BIGINT",
    "boolean": "BOOLEAN",
}
#: By time, series, arrival.
ROW_ORDER = "time, symbol, n"


def bucket(seconds, time="time"):
    """The start of the bucket of a time."""
    stamp = f"make_timestamp({time} // 1000)"
    return f"epoch_ns(time_bucket(INTERVAL {seconds} SECOND, {stamp}, TIMESTAMP '1970-01-01'))"


def compare(symbol, left, right):
    """A comparison of doubles as IEEE 754 has it."""
    return (
        f"CASE WHEN {left} IS NULL OR {right} IS NULL THEN NULL "
        f"WHEN isnan({left}) OR isnan({right}) THEN {str(symbol == '!=').upper()} ELSE {left} {symbol} {right} END"
    )


class Rows:
    """Random rows of both tables."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def trades(self):
        pick = self._random.choice
        return [
            (
                time,
                symbol,
                self._maybe(self._random.randint(392, 408) / 4),
                self._maybe(self._random.randint(0, 400) / 100),
                self._maybe(pick([float("nan"), float("inf"), -2.25, 0.0, 1e-3, self._random.uniform(-9, 9)])),
                self._maybe(self._random.randint(-3, 5)),
                self._maybe(pick(["buy", "sell", "", "é", "Zürich"])),
                self._maybe(pick([True, False])),
                n,
            )
            for n, (time, symbol) in enumerate(self._places())
        ]

    def quotes(self):
        rows = []
        for n, (time, symbol) in enumerate(self._places()):
            bid = self._random.randint(784, 816) / 8
            ask = bid + self._random.randint(1, 4) / 8
            rows.append((time, symbol, self._maybe(bid), self._maybe(ask), self._maybe(self._random.randint(-2, 3)), n))
        return rows

    def _maybe(self, value):
        return None if self._random.random() < 0.12 else value

    def _places(self):
        count = self._random.choice([0, 1, 2, 7, 20, 60])
        step = self._random.choice([0, 1, 3, 20])
        series = [f"S{i}" for i in range(self._random.randint(1, 4))]
        time = ORIGIN
        places = []
        for _ in range(count):
            time += self._random.randint(0, step) * TICK
            places.append((time, self._random.choice(series)))
        if self._random.random() < 0.3:
            self._random.shuffle(places)
        return places


class Expressions:
    """Expressions over columns that have the same name in both dialects."""

    def __init__(self, generator, columns, prefix=""):
        self.random = generator
        self.columns = [(prefix + name, type_) for name, type_ in columns if name != "n"]

    def column(self, *types):
        name, type_ = self.random.choice([c for c in self.columns if not types or c[1] in types])
        return Pair(name, name, type_)

    def value(self):
        kind = self.random.randrange(4)
        if kind == 0:
            return self.condition(1)
        return self.column() if kind == 1 else self.number(2)

    def number(self, depth):
        if depth == 0 or self.random.random() < 0.3:
            if self.random.random() < 0.7:
                return self.column(*NUMERIC)
            return self.random.choice([Pair("3", "3::BIGINT", "int64"), Pair("0.5", "0.5::DOUBLE", "float64")])
        left, right = self.number(depth - 1), self.number(depth - 1)
        is_integer = left.type == right.type == "int64"
        type_ = "int64" if is_integer else "float64"
        kind = self.random.randrange(8)
        if kind < 4:
            symbol = "+-*/"[kind]
            if symbol == "/":
                duck = f"({left.duck} // {right.duck})" if is_integer else f"({left.duck}::DOUBLE / {right.duck}::DOUBLE)"
            else:
                duck = f"({left.duck} {symbol} {right.duck})"
            return Pair(f"({left.tql} {symbol} {right.tql})", duck, type_)
        if kind == 4:
            return Pair(f"abs({left.tql})", f"abs({left.duck})", left.type)
        if kind == 5:
            return Pair(f"coalesce({left.tql}, {right.tql})", f"coalesce({left.duck}, {right.duck})", type_)
        if kind == 6:
            name = self.random.choice(["floor", "ceil"])
            cast = "::BIGINT" if left.type == "int64" else ""
            return Pair(f"{name}({left.tql})", f"{name}({left.duck}){cast}", left.type)
        return Pair(f"sqrt(abs({left.tql}))", f"sqrt(abs({left.duck}))", "float64")

    def condition(self, depth):
        if depth and self.random.random() < 0.3:
            left, right = self.condition(depth - 1), self.condition(depth - 1)
            word = self.random.choice(["AND", "OR"])
            return Pair(f"({left.tql} {word} {right.tql})", f"(({left.duck}) {word} ({right.duck}))", "boolean")
        if depth and self.random.random() < 0.15:
            inner = self.condition(depth - 1)
            return Pair(f"NOT ({inner.tql})", f"NOT ({inner.duck})", "boolean")
        symbol = self.random.choice(["=", "!=", "<", "<=", ">", ">="])
        kind = self.random.randrange(5)
        if kind == 0:
            column = self.column()
            word = self.random.choice(["IS NULL", "IS NOT NULL"])
            return Pair(f"{column.tql} {word}", f"{column.duck} {word}", "boolean")
        if kind == 1 and any(c[1] in ("string", "symbol") for c in self.columns):
            column = self.column("string", "symbol")
            word = self.random.choice(["IN ('buy', 'S0', '')", "NOT IN ('sell', 'S1')", f"{symbol} 'é'"])
            return Pair(f"{column.tql} {word}", f"{column.duck} {word}", "boolean")
        if kind == 2 and any(c[1] == "int64" for c in self.columns):
            column = self.column("int64")
            word = self.random.choice(["BETWEEN -1 AND 2", "IN (1, -3)", f"{symbol} 1"])
            return Pair(f"{column.tql} {word}", f"{column.duck} {word}", "boolean")
        left, right = self.number(1), self.number(1)
        duck = compare(symbol, f"({left.duck})::DOUBLE", f"({right.duck})::DOUBLE")
        return Pair(f"{left.tql} {symbol} {right.tql}", duck, "boolean")

    def where(self):
        if self.random.random() < 0.5:
            return Pair("", "")
        condition = self.condition(2)
        return Pair(f" WHERE {condition.tql}", f" WHERE {condition.duck}")

    def aggregate(self, order=ROW_ORDER):
        """A call of an aggregate over groups whose rows have the order."""
        number, other, any_ = self.column(*NUMERIC), self.column(*NUMERIC), self.column()
        x, y = number.duck, other.duck
        # DuckDB refuses variances of infinities.
        finite = [name for name, type_ in self.columns if type_ in NUMERIC and not name.endswith("raw")]
        a, b = self.random.choice(finite), self.random.choice(finite)
        is_number = f"NOT isnan({x}::DOUBLE)"
        both = f"{a} IS NOT NULL AND {b} IS NOT NULL"
        numbered = f"{any_.duck} IS NOT NULL AND {x} IS NOT NULL AND {is_number}"
        varies = f"count(DISTINCT {a}) FILTER ({both}) > 1 AND count(DISTINCT {b}) FILTER ({both}) > 1"
        moment = self.random.choice(["stddev_samp", "stddev_pop", "var_samp", "var_pop"])
        covariance = self.random.choice(["covar_pop", "covar_samp"])
        share = self.random.choice([0, 0.25, 0.5, 0.9, 1])
        return self.random.choice([
            Pair("count()", "count(*)", "int64"),
            Pair(f"count({any_.tql})", f"count({any_.duck})", "int64"),
            Pair(f"count(DISTINCT {any_.tql})", f"count(DISTINCT {any_.duck})", "int64"),
            Pair(f"sum({x})", f"sum({x})", number.type),
            Pair(f"avg({x})", f"avg({x})", "float64"),
            Pair(f"min({x})", f"min({x}) FILTER ({is_number})", number.type),
            Pair(f"max({x})", f"max({x}) FILTER ({is_number})", number.type),
            Pair(f"first({any_.tql})", f"first({any_.duck} ORDER BY {order}) FILTER ({any_.duck} IS NOT NULL)", any_.type),
            Pair(f"last({any_.tql})", f"last({any_.duck} ORDER BY {order}) FILTER ({any_.duck} IS NOT NULL)", any_.type),
            Pair(f"vwap({a}, {b})", f"sum({a} * {b}) / nullif(sum({b}) FILTER ({both})::DOUBLE, 0)", "float64"),
            Pair(f"{moment}({a})", f"{moment}({a})", "float64"),
            Pair(f"{covariance}({a}, {b})", f"{covariance}({a}, {b})", "float64"),
            Pair(f"corr({a}, {b})", f"CASE WHEN {varies} THEN corr({a}, {b}) END", "float64"),
            Pair(f"median({a})", f"median({a}::DOUBLE)", "float64"),
            Pair(f"quantile({a}, {share})", f"quantile_cont({a}::DOUBLE, {share})", "float64"),
            Pair(
                f"arg_min({any_.tql}, {x})",
                f"first({any_.duck} ORDER BY {x} ASC, {order}) FILTER ({numbered})",
                any_.type,
            ),
            Pair(
                f"arg_max({any_.tql}, {x})",
                f"first({any_.duck} ORDER BY {x} DESC, {order}) FILTER ({numbered})",
                any_.type,
            ),
        ])
