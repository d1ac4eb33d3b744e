"""Thousands of random queries give what DuckDB gives for the same in its dialect.

The tables and queries are random, from seeds; support/dialects.py says where the two languages mean different things on
purpose, and translates. Each query runs in one of the ways in which the engine can be set up: in memory and over a store,
in small batches and large, with two threads and one. `DUCKDB_SEED=n` shows one seed again, `DUCKDB_SECONDS=n` looks longer.
"""

import math
import os
import time
from pathlib import Path

import duckdb
import pytest

from support.dialect_queries import Queries
from support.dialects import DUCK_TYPES, QUOTES, TRADES, Rows
from support.probe import Probe, Refused, Table

ROOT = Path(__file__).resolve().parents[2]
SECONDS = float(os.environ.get("DUCKDB_SECONDS", 40))
QUERIES_PER_SEED = 50
#: Both sides sum in their own order.
RELATIVE_ERROR = 1e-9


@pytest.fixture(scope="module")
def probe():
    path = Path(os.environ.get("QUERY_PROBE", ROOT / ".build" / "release" / "query-probe"))
    if not path.is_file():
        pytest.fail(f"{path} does not exist; build it, or name it in QUERY_PROBE")
    probe = Probe(path)
    yield probe
    probe.close()


def test_queries_mean_what_they_mean_to_duckdb(probe):
    one = os.environ.get("DUCKDB_SEED")
    seed = int(one) if one else 1
    end = time.monotonic() + SECONDS
    count = 0
    while True:
        count += check(probe, seed)
        if one or time.monotonic() > end:
            break
        seed += 1
    print(f"{count} queries of {seed if not one else 1} seeds")
    assert count >= 1000 or one, "too few queries in the time"


def check(probe, seed):
    rows = Rows(seed)
    tables = [Table("trades", TRADES, rows.trades()), Table("quotes", QUOTES, rows.quotes())]
    probe.load(tables, seed)
    database = duck(tables)
    queries = Queries(seed)
    for index in range(QUERIES_PER_SEED):
        pair = queries.next()
        story = f"DUCKDB_SEED={seed}, query {index}:\n{pair.tql}\nDuckDB:\n{pair.duck}"
        try:
            types, given = probe.query(pair.tql, setup=seed + index)
        except Refused as error:
            pytest.fail(f"{story}\nrefused: {error}")
        expected = database.execute(pair.duck).fetchall()
        if not pair.is_ordered:
            given, expected = sorted(given, key=order), sorted(expected, key=order)
        problem = difference(types, given, expected)
        assert problem is None, f"{story}\n{problem}"
    return QUERIES_PER_SEED


def duck(tables):
    """A database of the same tables."""
    database = duckdb.connect(config={"threads": 1})
    # As IEEE 754 has it for doubles, NULL for integers.
    database.execute("SET ieee_floating_point_ops = true")
    database.execute("SET error_on_division_by_zero = false")
    for table in tables:
        columns = ", ".join(f"{name} {DUCK_TYPES[type_]}" for name, type_ in table.columns)
        database.execute(f"CREATE TABLE {table.name} ({columns})")
        if table.rows:
            marks = ", ".join("?" for _ in table.columns)
            database.executemany(f"INSERT INTO {table.name} VALUES ({marks})", table.rows)
    return database


def order(row):
    """A key to sort rows by, whatever is in them."""
    return [(value is None, isinstance(value, float) and math.isnan(value), str(value)) for value in row]


def difference(types, given, expected):
    """What is wrong with the rows that were given; None if nothing is."""
    if len(given) != len(expected):
        return f"{len(given)} rows, expected {len(expected)}: {given[:5]} … {expected[:5]} …"
    for index, (row, wanted) in enumerate(zip(given, expected)):
        if len(row) != len(wanted) or not all(map(is_same, types, row, wanted)):
            return f"row {index}: {row}, expected {wanted}"
    return None


def is_same(type_, given, wanted):
    if given is None or wanted is None:
        return given is wanted
    if type_ == "float64":
        wanted = float(wanted)
        if math.isnan(given) or math.isnan(wanted):
            return math.isnan(given) and math.isnan(wanted)
        return given == wanted or math.isclose(given, wanted, rel_tol=RELATIVE_ERROR, abs_tol=RELATIVE_ERROR)
    return type(given) is type(wanted) and given == wanted
