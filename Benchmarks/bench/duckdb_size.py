#!/usr/bin/env python3
"""Bytes of DuckDB's file of the same trades and quotes, sorted by symbol and time: a line of JSON a table.

    duckdb_size.py MARKET DIR [ROWS]

MARKET is a directory of raw columns with a meta.json; DIR takes the files, which are removed.
"""

import json
import sys
from pathlib import Path

import duckdb
import numpy

TABLES = {
    "trades": {"price": ("price.f64", 2), "size": ("size.f64", 3)},
    "quotes": {"bid": ("bid.f64", 2), "ask": ("ask.f64", 2), "bsz": ("bsz.f64", 3), "asz": ("asz.f64", 3)},
}


def main():
    market, folder = Path(sys.argv[1]), Path(sys.argv[2])
    rows_max = int(sys.argv[3]) if len(sys.argv) > 3 else -1
    symbols = json.loads((market / "meta.json").read_text())["symbols"]
    for table, numbers in TABLES.items():
        for kind in ("double", "decimal"):
            path = folder / f"size-{table}-{kind}.duckdb"
            rows = write(path, market / table, rows_max, symbols, numbers, kind)
            found = {"table": table, "numbers": kind, "rows": rows, "bytes": path.stat().st_size}
            print(json.dumps(found | {"version": duckdb.__version__}), flush=True)
            path.unlink()


def write(path, columns, rows_max, symbols, numbers, kind):
    """Writes one table into a file of its own; the number of rows."""
    raw = {
        "time": numpy.fromfile(columns / "ts.i64", "<i8", rows_max),
        "symbol": numpy.fromfile(columns / "sym.u8", "u1", rows_max),
    }
    expressions = ["make_timestamp_ns(time) AS time", "names[symbol + 1] AS symbol"]
    if (columns / "side.u8").exists():
        raw["side"] = numpy.fromfile(columns / "side.u8", "u1", rows_max)
        expressions.append("['buy', 'sell'][side + 1] AS side")
    for name, (file, scale) in numbers.items():
        raw[name] = numpy.fromfile(columns / file, "<f8", rows_max)
        target = "DOUBLE" if kind == "double" else f"DECIMAL(18, {scale})"
        expressions.append(f"{name}::{target} AS {name}")
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.register("raw", raw)
        names = "[" + ", ".join(f"'{symbol}'" for symbol in symbols) + "]"
        connection.execute(
            f"CREATE TABLE rows AS SELECT {', '.join(expressions)} FROM (SELECT *, {names} AS names FROM raw) "
            "ORDER BY symbol, time"
        )
        connection.execute("CHECKPOINT")
        return connection.execute("SELECT count(*) FROM rows").fetchone()[0]


if __name__ == "__main__":
    main()
