"""DuckDB with a market in memory, as a user would have it: sorted by symbol and time, two threads."""

import os
import time

import duckdb

THREADS = 2
TYPES = {"time": "make_timestamp_ns({})", "receive_time": "make_timestamp_ns({})"}
# In the order of Tickgate's tables, so that `*` is the same.
COLUMNS = {
    "trades": ("time", "symbol", "seq", "receive_time", "id", "side", "price", "size"),
    "quotes": ("time", "symbol", "seq", "receive_time", "update_id", "bid", "bid_size", "ask", "ask_size"),
}


class Duck:
    """An in-memory database."""

    def __init__(self, market, folder):
        self.folder = folder
        self.connection = duckdb.connect(config={"threads": THREADS})
        for table in market.tables:
            self.load(table, market)

    def load(self, table, market):
        """Copies the columns into a table: codes become text, nanoseconds become timestamps."""
        texts = {"symbol": market.symbols, "side": market.summary["sides"]}
        expressions = []
        for name in COLUMNS[table]:
            if name in texts:
                expressions.append(f"{quoted_list(texts[name])}[{name} + 1] AS {name}")
            else:
                expressions.append(f"{TYPES.get(name, '{}').format(name)} AS {name}")
        self.connection.register("raw", market.columns(table))
        self.connection.execute(
            f"CREATE TABLE {table} AS SELECT {', '.join(expressions)} FROM raw ORDER BY symbol, time"
        )
        self.connection.unregister("raw")

    def rows(self, text):
        """The answer as Python's own values."""
        return self.connection.execute(text).fetchall()

    def arrow(self, text):
        """The answer as an Arrow table."""
        return self.connection.sql(text).to_arrow_table()

    def copy(self, text, form):
        """Writes the answer into a file in memory."""
        target = self.folder / f"answer.{form}"
        options = "FORMAT json, ARRAY true" if form == "json" else f"FORMAT {form}"
        self.connection.execute(f"COPY ({text}) TO '{target}' ({options})")

    @staticmethod
    def cpu_seconds():
        """User and system time of this process so far."""
        return time.process_time()


def quoted_list(texts):
    """A list of texts in SQL."""
    return "[" + ", ".join(f"'{text}'" for text in texts) + "]"


def memory_folder():
    """Where Linux keeps files in memory; None elsewhere."""
    return "/dev/shm" if os.path.isdir("/dev/shm") else None
