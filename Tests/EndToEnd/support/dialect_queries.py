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
            self.sets,
            self.contained,
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

    # Sets

    #: Types whose values are equal in DuckDB where they are here.
    KEYS = ("symbol", "string", "int64", "boolean")

    def sets(self):
        """Two SELECTs put together or compared, perhaps by a name of WITH, perhaps grouped."""
        name, expressions = self._source()
        items = self._items([expressions.column(*self.KEYS) for _ in range(self.random.randint(1, 3))])
        left, right = expressions.where(), expressions.where()
        words = self.random.choice(
            ["UNION ALL", "UNION", "EXCEPT", "EXCEPT ALL", "INTERSECT", "INTERSECT ALL"]
        )
        tql = f"SELECT {items.tql} FROM {name}{left.tql} {words} SELECT {items.tql} FROM {name}{right.tql}"
        duck = f"SELECT {items.duck} FROM {name}{left.duck} {words} SELECT {items.duck} FROM {name}{right.duck}"
        match self.random.randint(0, 2):
            case 0:
                tql, duck = f"WITH put AS ({tql}) SELECT c0 FROM put", f"WITH put AS ({duck}) SELECT c0 FROM put"
            case 1:
                # Which of the rows that are equal in ORDER BY come first is no question of one column.
                tql, duck = f"SELECT c0, count(*) AS n FROM ({tql})", f"SELECT c0, count(*) AS n FROM ({duck}) GROUP BY c0"
        return Pair(tql, duck, is_ordered=False)

    def contained(self):
        """Conditions with sub-queries."""
        name, expressions = self._source()
        column, other = expressions.column("int64", "symbol"), expressions.where()
        where = expressions.where()
        condition = self.random.choice([
            f"{column.tql} IN (SELECT {column.tql} FROM {name}{{0}})",
            f"{column.tql} NOT IN (SELECT {column.tql} FROM {name}{{0}})",
            f"n >= (SELECT max(n) - 10 FROM {name}{{0}})",
            f"EXISTS (SELECT n FROM {name}{{0}})",
            f"n < (SELECT count(*) FROM {name}{{0}})",
        ])
        joint = " AND " if where.tql else " WHERE "
        return Pair(
            f"SELECT n FROM {name}{where.tql}{joint}{condition.format(other.tql)}",
            f"SELECT n FROM {name}{where.duck}{joint}{condition.format(other.duck)}",
            is_ordered=False,
        )

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
        kind = self.random.randrange(9)
        if kind == 5:
            return self._ranking(partition, column)
        if kind == 6:
            return self._picking(partition, column, offset)
        if kind >= 7:
            return self._moving(partition, expressions, offset)
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

    def _ranking(self, partition, key):
        """Places among equal rows, or among all in an order without equals."""
        direction = self.random.choice(["ASC", "DESC"])
        order = f"{partition} ORDER BY {key.tql} {direction}"
        if self.random.random() < 0.3:
            n = self.random.choice([1, 2, 3, 7])
            return Pair(f"ntile({n}) OVER ({order})", f"ntile({n}) OVER ({order} {NULLS[direction]}, {ROW_ORDER})")
        call = self.random.choice(["rank()", "dense_rank()", "percent_rank()", "cume_dist()"])
        return Pair(f"{call} OVER ({order})", f"{call} OVER ({order} {NULLS[direction]})")

    def _picking(self, partition, column, offset):
        """Values of rows by their number, over frames of rows in an order without equals, with EXCLUDE."""
        nulls = self.random.choice(["", "IGNORE NULLS"])
        shift = self.random.random() < 0.4
        if shift:
            call, frame = self.random.choice(["lag", "lead"]) + f"({column.tql}, {offset}", ""
        else:
            call = self.random.choice([
                f"first_value({column.tql}", f"last_value({column.tql}", f"nth_value({column.tql}, {offset}"
            ])
            frame = self.random.choice([
                "ROWS 3 PRECEDING",
                "ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING",
                "ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
                "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING",
            ])
            # DuckDB has IGNORE NULLS and EXCLUDE, but not right together.
            if not nulls:
                frame += self.random.choice(["", " EXCLUDE CURRENT ROW"])
        return Pair(
            f"{call}) {nulls} OVER ({partition} ORDER BY time {frame})",
            f"{call} {nulls}) OVER ({partition} ORDER BY {ROW_ORDER} {frame})",
        )

    def _moving(self, partition, expressions, offset):
        """Aggregates over frames that move: by rows with EXCLUDE and FILTER, by groups and by distances."""
        number = expressions.column("float64", "int64")
        while number.tql == "raw":
            number = expressions.column("float64", "int64")
        call = self.random.choice(["sum", "avg", "min", "max", "count", "stddev_pop", "var_samp"]) + f"({number.tql})"
        if self.random.random() < 0.3:
            call += self.random.choice([" FILTER (WHERE level > 0)", " FILTER (WHERE n % 3 = 0)"])
        kind = self.random.randrange(3)
        if kind == 0:
            frame = f"ROWS BETWEEN {offset} PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW"
            return Pair(f"{call} OVER ({partition} ORDER BY time {frame})",
                        f"{call} OVER ({partition} ORDER BY {ROW_ORDER} {frame})")
        direction = self.random.choice(["ASC", "DESC"])
        bounds = self.random.choice([
            "{} PRECEDING", "BETWEEN {} PRECEDING AND {} FOLLOWING", "BETWEEN {} FOLLOWING AND UNBOUNDED FOLLOWING",
            "BETWEEN UNBOUNDED PRECEDING AND {} PRECEDING",
        ])
        if kind == 1:
            exclude = self.random.choice(["", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"])
            frame = f"GROUPS {bounds.replace('{}', str(offset))}{exclude}"
            return Pair(f"{call} OVER ({partition} ORDER BY level {direction} {frame})",
                        f"{call} OVER ({partition} ORDER BY level {direction} {NULLS[direction]} {frame})")
        if self.random.random() < 0.5:
            tql, duck = bounds.replace("{}", f"{offset}s"), bounds.replace("{}", str(offset * SECOND))
            return Pair(f"{call} OVER ({partition} ORDER BY time {direction} RANGE {tql})",
                        f"{call} OVER ({partition} ORDER BY time {direction} RANGE {duck})")
        frame = f"RANGE {bounds.replace('{}', str(offset))}"
        return Pair(f"{call} OVER ({partition} ORDER BY level {direction} {frame})",
                    f"{call} OVER ({partition} ORDER BY level {direction} {NULLS[direction]} {frame})")
