"""Random queries in both dialects, out of the expressions of ``dialects``."""

import random

from .dialects import QUOTES, ROW_ORDER, SECOND, TRADES, Expressions, Pair, bucket

NULLS = {"ASC": "NULLS LAST", "DESC": "NULLS FIRST"}


class Queries:
    """Random queries of a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def next(self):
        return self.random.choice([
            self.rows,
            self.rows,
            self.distinct,
            self.groups,
            self.groups,
            self.samples,
            self.samples,
            self.filled,
            self.latest,
            self.asof,
            self.joined,
            self.window_joined,
            self.windows,
            self.windows,
            self.sub_query,
        ])()

    def _source(self):
        name, columns = self.random.choice([("trades", TRADES), ("quotes", QUOTES)])
        return name, Expressions(self.random, columns)

    def _limit(self):
        if self.random.random() < 0.7:
            return ""
        count, skipped = self.random.choice([0, 1, 5, 40]), self.random.choice([0, 1, 3])
        return self.random.choice([f" LIMIT {count}", f" LIMIT {count} OFFSET {skipped}"])

    def _order(self, names, ties):
        """ORDER BY some of the columns; what ties goes as it would without."""
        if self.random.random() < 0.5:
            return Pair("", f" ORDER BY {ties}")
        name, direction = self.random.choice(names), self.random.choice(["ASC", "DESC"])
        return Pair(f" ORDER BY {name} {direction}", f" ORDER BY {name} {direction} {NULLS[direction]}, {ties}")

    def _items(self, items):
        tql = ", ".join(f"{item.tql} AS c{i}" for i, item in enumerate(items))
        duck = ", ".join(f"{item.duck} AS c{i}" for i, item in enumerate(items))
        return Pair(tql, duck)

    # Rows

    def rows(self):
        name, expressions = self._source()
        items = [expressions.value() for _ in range(self.random.randint(1, 4))]
        list_, where, limit = self._items(items), expressions.where(), self._limit()
        order = self._order([f"c{i}" for i in range(len(items))], ROW_ORDER)
        return Pair(
            f"SELECT {list_.tql} FROM {name}{where.tql}{order.tql}{limit}",
            f"SELECT {list_.duck} FROM {name}{where.duck}{order.duck}{limit}",
        )

    def distinct(self):
        name, expressions = self._source()
        items = self._items([expressions.column() for _ in range(self.random.randint(1, 2))])
        where = expressions.where()
        return Pair(
            f"SELECT DISTINCT {items.tql} FROM {name}{where.tql}",
            f"SELECT DISTINCT {items.duck} FROM {name}{where.duck}",
            is_ordered=False,
        )

    def latest(self):
        name, expressions = self._source()
        columns = QUOTES if name == "quotes" else TRADES
        keys = self.random.sample([c for c, type_ in columns if type_ in ("symbol", "string", "boolean", "int64") and c != "n"], 1)
        if self.random.random() < 0.4 and keys != ["symbol"]:
            keys.append("symbol")
        key, where = ", ".join(keys), expressions.where()
        words = self.random.choice([f"LATEST BY {key}", f"LATEST ON time PARTITION BY {key}"])
        return Pair(
            f"SELECT * FROM {name}{where.tql} {words}",
            f"SELECT * FROM {name}{where.duck} QUALIFY row_number() OVER (PARTITION BY {key} "
            f"ORDER BY time DESC, symbol DESC, n DESC) = 1 ORDER BY {ROW_ORDER}",
        )

    # Groups

    def groups(self):
        name, expressions = self._source()
        keys = [expressions.column() for _ in range(self.random.randint(0, 2))]
        aggregates = [expressions.aggregate() for _ in range(self.random.randint(1, 3))]
        items, where = self._items(keys + aggregates), expressions.where()
        tql = f"SELECT {items.tql} FROM {name}{where.tql}"
        duck = f"SELECT {items.duck} FROM {name}{where.duck}"
        if keys:
            duck += " GROUP BY " + ", ".join(f"c{i}" for i in range(len(keys)))
        if self.random.random() < 0.3:
            having = self.random.choice(["count(*) > 1", "count(*) % 2 = 1"])
            tql, duck = f"{tql} HAVING {having}", f"{duck} HAVING {having}"
        if keys:
            duck += " ORDER BY " + ", ".join(f"c{i} NULLS LAST" for i in range(len(keys)))
        return Pair(tql, duck)

    def samples(self):
        name, expressions = self._source()
        seconds = self.random.choice([1, 3, 60, 3600])
        keys = [expressions.column("symbol", "string", "int64") for _ in range(self.random.randint(0, 1))]
        aggregates = [expressions.aggregate() for _ in range(self.random.randint(1, 3))]
        items, where, limit = self._items(keys + aggregates), expressions.where(), self._limit()
        step = self.random.choice([f"{seconds}s", f"{seconds} seconds"])
        by_key = ", c0" if keys else ""
        return Pair(
            f"SELECT time, {items.tql} FROM {name}{where.tql} SAMPLE BY {step}{limit}",
            f"SELECT {bucket(seconds)} AS b, {items.duck} FROM {name}{where.duck} GROUP BY b{by_key} "
            f"ORDER BY b{by_key and ', c0 NULLS LAST'}{limit}",
        )

    def filled(self):
        """FILL: a row for each key and bucket from the first to the last of the answer."""
        name, expressions = self._source()
        seconds = self.random.choice([1, 2, 10])
        aggregate, where = expressions.aggregate(), expressions.where()
        is_number = aggregate.type in ("int64", "float64")
        rule = self.random.choice(["NULL", "PREV", "PREV"] + ["-7"] * is_number)
        groups = (
            f"SELECT {bucket(seconds)} AS b, symbol AS k, {aggregate.duck} AS v FROM {name}{where.duck} GROUP BY b, k"
        )
        value = {
            "NULL": "g.v",
            "-7": "CASE WHEN g.b IS NULL THEN -7 ELSE g.v END",
            # The last bucket with rows counts, even if its value is NULL.
            "PREV": "(last_value(CASE WHEN g.b IS NOT NULL THEN {'v': g.v} END IGNORE NULLS) "
            "OVER (PARTITION BY keys.k ORDER BY s.b ROWS UNBOUNDED PRECEDING)).v",
        }[rule]
        step = seconds * SECOND
        return Pair(
            f"SELECT time, symbol, {aggregate.tql} AS v FROM {name}{where.tql} SAMPLE BY {seconds}s FILL({rule})",
            f"WITH g AS MATERIALIZED ({groups}), keys AS (SELECT DISTINCT k FROM g), "
            f"s AS (SELECT unnest(generate_series(min(b), max(b), {step})) AS b FROM g) "
            f"SELECT s.b, keys.k, {value} AS v FROM s CROSS JOIN keys LEFT JOIN g ON g.b = s.b AND g.k = keys.k "
            f"ORDER BY s.b, keys.k",
        )

    def sub_query(self):
        name, expressions = self._source()
        number, any_ = expressions.number(1), expressions.column()
        where = expressions.where()
        inner = f"SELECT time, symbol, {{}} AS x, {{}} AS y FROM {name}{{}}"
        tql = inner.format(number.tql, any_.tql, where.tql)
        duck = inner.format(number.duck, any_.duck, where.duck)
        if self.random.random() < 0.5:
            return Pair(
                f"SELECT time, count(), count(x), count(DISTINCT y) FROM ({tql}) SAMPLE BY 2s",
                f"SELECT {bucket(2)} AS b, count(*), count(x), count(DISTINCT y) FROM ({duck}) GROUP BY b ORDER BY b",
            )
        return Pair(
            f"SELECT c, count() AS groups FROM (SELECT y, count(x) AS c FROM ({tql}) q GROUP BY y) ORDER BY c DESC",
            f"SELECT c, count(*) AS groups FROM (SELECT y, count(x) AS c FROM ({duck}) q GROUP BY y) GROUP BY c "
            "ORDER BY c DESC",
        )

    # Joins

    def asof(self):
        is_strict, by_symbol = self.random.random() < 0.3, self.random.random() < 0.7
        tolerance = self.random.choice([None, None, 0, 1, 3])
        per = "symbol, time" if by_symbol else "time"
        right = f"(SELECT * FROM quotes QUALIFY row_number() OVER (PARTITION BY {per} ORDER BY symbol DESC, n DESC) = 1)"
        on = ("t.symbol = q.symbol AND " if by_symbol else "") + f"t.time {'>' if is_strict else '>='} q.time"
        near = "TRUE" if tolerance is None else f"t.time - q.time <= {tolerance * SECOND}"
        items = [f"CASE WHEN {near} THEN q.{name} END" for name in ("time", "bid", "level")]
        words = "LT JOIN" if is_strict else "ASOF JOIN"
        keys = self.random.choice(["ON (symbol)", "ON symbol", "ON t.symbol = q.symbol"]) if by_symbol else ""
        limit = "" if tolerance is None else f"TOLERANCE {tolerance}s"
        return Pair(
            f"SELECT t.n, t.price, q.time, q.bid, q.level FROM trades t {words} quotes q {keys} {limit}",
            f"SELECT t.n, t.price, {', '.join(items)} FROM trades t ASOF LEFT JOIN {right} q ON {on} "
            "ORDER BY t.time, t.symbol, t.n",
        )

    def joined(self):
        words = self.random.choice(["JOIN", "INNER JOIN", "LEFT JOIN", "LEFT OUTER JOIN"])
        terms = self.random.sample(
            ["t.symbol = q.symbol", "t.level = q.level", "t.time >= q.time", "t.time = q.time", "t.price > q.bid"], 2
        )
        both = Expressions(self.random, TRADES, "t.")
        other = Expressions(self.random, QUOTES, "q.")
        items = self._items([both.value(), other.value(), both.column(), other.column()])
        where = both.where()
        on = " AND ".join(terms)
        return Pair(
            f"SELECT {items.tql} FROM trades t {words} quotes q ON {on}{where.tql}",
            f"SELECT {items.duck} FROM trades t {words} quotes q ON {on}{where.duck} "
            "ORDER BY t.time, t.symbol, t.n, q.time NULLS FIRST, q.symbol, q.n",
        )

    def window_joined(self):
        before, after = self.random.choice([0, 1, 2]), self.random.choice([0, 1])
        is_prevailing = self.random.random() < 0.5
        aggregates = [Expressions(self.random, QUOTES, "q.").aggregate("q.time, q.symbol, q.n") for _ in range(2)]
        inside = f"q.time BETWEEN t.time - {before * SECOND} AND t.time + {after * SECOND}"
        if is_prevailing:
            inside = (
                f"({inside} OR q.n = (SELECT last(p.n ORDER BY p.time, p.symbol, p.n) FROM quotes p "
                f"WHERE p.symbol = t.symbol AND p.time < t.time - {before * SECOND}))"
            )
        values = [f"(SELECT {a.duck} FROM quotes q WHERE q.symbol = t.symbol AND {inside})" for a in aggregates]
        items = ", ".join(f"{a.tql} AS c{i}" for i, a in enumerate(aggregates))
        word = "INCLUDE" if is_prevailing else "EXCLUDE"
        return Pair(
            f"SELECT t.n, {items} FROM trades t WINDOW JOIN quotes q ON (symbol) "
            f"RANGE BETWEEN {before}s PRECEDING AND {after}s FOLLOWING {word} PREVAILING",
            f"SELECT t.n, {', '.join(values)} FROM trades t ORDER BY t.time, t.symbol, t.n",
        )

    # Windows

    def windows(self):
        name, expressions = self._source()
        calls = [self._window(expressions) for _ in range(self.random.randint(1, 3))]
        items, where = self._items(calls), expressions.where()
        return Pair(
            f"SELECT n, {items.tql} FROM {name}{where.tql}",
            f"SELECT n, {items.duck} FROM {name}{where.duck} ORDER BY {ROW_ORDER}",
        )

    def _window(self, expressions):
        partition = self.random.choice(["", "PARTITION BY symbol", "PARTITION BY level"])
        column = expressions.column()
        offset = self.random.choice([1, 2, 5])
        kind = self.random.randrange(5)
        if kind < 2:
            call = self.random.choice(["row_number()", f"lag({column.tql}, {offset})", f"lead({column.tql}, {offset})"])
            if self.random.random() < 0.5:
                by_time = f"{partition} ORDER BY time"
                return Pair(f"{call} OVER ({by_time})", f"{call} OVER ({by_time}, symbol, n)")
            key, direction = expressions.column(), self.random.choice(["ASC", "DESC"])
            order = f"{partition} ORDER BY {key.tql} {direction}"
            return Pair(f"{call} OVER ({order})", f"{call} OVER ({order} {NULLS[direction]}, {ROW_ORDER})")
        number = expressions.column("float64", "int64")
        while number.tql == "raw":  # infinities come and go: DuckDB's running sums do not get over them
            number = expressions.column("float64", "int64")
        call = self.random.choice(["sum", "avg", "min", "max", "count"]) + f"({number.tql})"
        if kind == 2:
            frame = self.random.choice([
                f"ROWS {offset} PRECEDING",
                f"ROWS BETWEEN {offset} PRECEDING AND 1 FOLLOWING",
                "ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
                "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
            ])
            # Without ORDER BY, a frame of rows goes by the designated timestamp.
            order = self.random.choice(["", " ORDER BY time"])
            return Pair(
                f"{call} OVER ({partition}{order} {frame})", f"{call} OVER ({partition} ORDER BY {ROW_ORDER} {frame})"
            )
        if kind == 3:
            bounds = self.random.choice(["{} PRECEDING", "BETWEEN {} PRECEDING AND {} FOLLOWING"])
            order = self.random.choice(["", " ORDER BY time"])
            tql = bounds.replace("{}", f"{offset}s")
            duck = bounds.replace("{}", str(offset * SECOND))
            return Pair(
                f"{call} OVER ({partition}{order} RANGE {tql})",
                f"{call} OVER ({partition} ORDER BY time RANGE {duck})",
            )
        order = self.random.choice(["", " ORDER BY time", " ORDER BY level"])
        nulls = f" {NULLS['ASC']}" if order else ""
        return Pair(f"{call} OVER ({partition}{order})", f"{call} OVER ({partition}{order}{nulls})")
