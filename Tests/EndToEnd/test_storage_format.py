"""The documents of the storage format are enough: a reader written from them alone gives the rows of an export."""

import json
import shutil
import struct
import subprocess
from collections import Counter
from datetime import datetime, timezone
from functools import lru_cache
from types import SimpleNamespace

import lz4.block
import pytest

from support.process import clean_environment
from support.segment_reader import DOUBLE, FLOAT64, TIMESTAMP, Cursor, Segment, crc32c
from support.segment_reader import read_integers, read_tables, read_texts
from support.store import flip_byte, segments, status

TABLES = ["trades", "quotes", "book", "1Min/OHLCV", "book_features@v1", "trade_features@v1"]
LINES = 50_000  # of the recording: enough for some row groups a series, and a second day
AFTER_SNAPSHOT = 1000  # lines; by then the recorded instrument has its book
SMALL_SERIES = [(b"ETHUSDT", 1200), (b"SOLUSDT", 500)]  # and how many lines each gets


@pytest.fixture(scope="module")
def data(binary, recordings, lines, tmp_path_factory):
    """A recording with small series beside its own, replayed in two parts, then merged to a segment a partition."""
    folder = tmp_path_factory.mktemp("format")
    wider = []
    for number, line in enumerate(lines[: LINES // 2]):
        wider.append(line)
        for name, count in SMALL_SERIES:
            if AFTER_SNAPSHOT <= number < AFTER_SNAPSHOT + count and b"BTCUSDT" in line:
                wider.append(line.replace(b"BTCUSDT", name).replace(b"btcusdt", name.lower()))
    parts = {"first.txt": wider, "second.txt": lines[LINES // 2 : LINES], "later.txt": list(_quiet_day())}
    for name, part in parts.items():
        (folder / name).write_bytes(b"\n".join(part) + b"\n")
        _run(binary, "replay", folder / name, "--data", folder / "data")
    _run(binary, "store", "compact", "--data", folder / "data")
    return folder / "data"


def _quiet_day():
    """Trades of a later day at one price but for the last: their vwap is a decimal except in a row or two."""
    for number in range(100):
        time = 1_725_184_800_000 + number * 1000
        price = "150.25" if number < 98 else "150.91"
        trade = {"e": "trade", "E": time, "s": "SOLUSDT", "t": 9_000_000_000 + number, "p": price, "q": "0.3"}
        trade |= {"T": time, "m": True, "M": True}
        yield f"{time * 1_000_000} {json.dumps({'stream': 'solusdt@trade', 'data': trade})}".encode()


@pytest.fixture(scope="module")
def read(data):
    """What the independent reader finds: tables, and what it met on the way."""
    return read_tables(data)


def _run(binary, *arguments):
    options = {"check": True, "capture_output": True, "timeout": 60, "env": clean_environment()}
    return subprocess.run([binary, *arguments], **options).stdout


@lru_cache(maxsize=4096)
def _second(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp())


def nanoseconds(text):
    """A time as an export writes it."""
    fraction = text[19:].strip(".Z")
    return _second(text[:19]) * 1_000_000_000 + int(fraction.ljust(9, "0"))


def exact(kind, value):
    """A value so that equal means equal bit for bit."""
    return struct.pack("<d", value) if kind == FLOAT64 and value is not None else value


@pytest.mark.parametrize("name", TABLES)
def test_every_row_is_the_exported_one(binary, data, read, name):
    table = read[0][name]
    columns = table.schema.columns
    convert = {TIMESTAMP: nanoseconds, FLOAT64: float}
    text = _run(binary, "store", "export", "--data", data, "--table", name, "--format", "ndjson").decode()
    exported = [json.loads(line) for line in text.splitlines()]
    assert [list(row) for row in exported[:1]] == [[name for _, name in columns]]
    assert len(table.rows) == len(exported)
    for number, (found, row) in enumerate(zip(table.rows, exported)):
        for (kind, column), value in zip(columns, found):
            expected = row[column]
            if expected is not None and kind in convert:
                expected = convert[kind](expected)
            assert exact(kind, value) == exact(kind, expected), f"row {number}, {column}: {value}, not {expected}"


def test_the_rows_were_written_in_the_ways_that_the_documents_tell(run, data, read):
    tables, seen = read
    known = status(run, "--data", data)["tables"]
    assert {name: table["rows"] for name, table in known.items()} == {n: len(t.rows) for n, t in tables.items()}
    for what in ("null 0", "int64 0", "float64 0", "float64 1", "float64 2", "decimal 0", "code 0"):
        assert seen[what], f"no chunk of kind and encoding {what}: {seen}"
    for what in ("constant", "sequence", "plain", "packed", "differences"):
        assert seen["form " + what], f"no integer stream of form {what}: {seen}"
    for what in ("exceptions", "packed groups", "validity bitmaps", "doubles that are no decimals"):
        assert seen[what], f"no {what}: {seen}"


def test_what_no_table_of_the_gateway_has_is_read_as_documented():
    """Booleans and text, in bytes put together by hand from the document."""
    assert crc32c(b"123456789") == 0xE3069283
    lanes = [0b11, 0b01] + [0] * 14  # rows 0, 16 and 1 of 20
    flags = struct.pack("<BBBBHHqqq16Q", 3, 1, 0, 0, 0, 0, 0, 1, 0, *lanes)
    assert [row for row, flag in enumerate(read_integers(Cursor(flags), 20, Counter())) if flag] == [0, 1, 16]
    lengths = struct.pack("<BBBBHHqqq3Q", 2, 8, 0, 0, 0, 0, 0, 0, 0, 400, 0, 2)
    packed = lz4.block.compress(b"a" * 400 + b"xy", store_size=False)
    for size, body in [(0, b"a" * 400 + b"xy"), (len(packed), packed)]:
        chunk = lengths + struct.pack("<II", 402, size) + body
        cursor = Cursor(chunk + bytes(-len(chunk) % 8))
        assert read_texts(cursor, 3, Counter()) == [b"a" * 400, b"", b"xy"]
        assert cursor.position == len(cursor.data)


def test_doubles_that_came_as_floats_are_read_as_documented():
    """Bits of floats, and decimals that are rounded to floats with an exception."""
    reader = SimpleNamespace(seen=Counter())
    plain = struct.pack("<BBBBHHqqq", 2, 8, 0, 0, 0, 0, 0, 0, 0)
    bits = struct.unpack("<III", struct.pack("<fff", 101.2, -0.0, 1e-40))
    cursor = Cursor(plain + struct.pack("<3Q", *bits))
    floats = Segment._raw(reader, cursor, 3, DOUBLE, 4, 0)
    assert [exact(FLOAT64, value) for value in floats] == [
        exact(FLOAT64, value) for value in struct.unpack("<fff", struct.pack("<fff", 101.2, -0.0, 1e-40))
    ]
    cursor = Cursor(plain + struct.pack("<3qQdHxxxxxx", 1012, 5, 5, 1, 0.3, 1))
    assert Segment._raw(reader, cursor, 3, DOUBLE, 5, 1) == [101.19999694824219, 0.3, 0.5]
    assert cursor.position == len(cursor.data)


def test_a_flipped_byte_is_found(data, tmp_path):
    copy = shutil.copytree(data, tmp_path / "data")
    flip_byte(segments(copy, "trades")[0])
    with pytest.raises(ValueError, match="checksum"):
        read_tables(copy)
