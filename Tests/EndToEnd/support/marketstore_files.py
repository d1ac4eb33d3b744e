"""Writes data directories as MarketStore does: from the text of its format, apart from the reader under test."""

import hashlib
import struct
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import cramjam
import numpy as np

HEADER = 37_024
DAY = 86_400 * 10**9
TYPES = {"f4": 0, "i4": 1, "f8": 2, "i8": 3, "i1": 5, "i2": 9, "u1": 10, "u2": 11, "u4": 12, "u8": 13, "U16": 14}
UNITS = {"Sec": 10**9, "Min": 60 * 10**9, "H": 3_600 * 10**9, "D": DAY, "W": 7 * DAY}


def nanoseconds(timeframe):
    """The length of a timeframe such as 5Min."""
    digits = "".join(c for c in timeframe if c.isdigit())
    return int(digits) * UNITS[timeframe[len(digits) :]]


def packed(columns):
    """The type of a row's columns, without padding."""
    return np.dtype([(name, "<" + kind if kind not in ("i1", "u1") else kind) for name, kind in columns])


class Store:
    """A data directory. Columns are (name, type) pairs; rows are structured arrays of `packed(columns)`."""

    def __init__(self, root, zone="UTC", compresses=True):
        self.root, self.zone, self.compresses = Path(root), ZoneInfo(zone), compresses
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / "category_name").write_text("Symbol")

    def path(self, key, year):
        symbol, timeframe, attribute = key.split("/")
        names = [(symbol, "Timeframe"), (timeframe, "AttributeGroup"), (attribute, "Year")]
        folder = self.root
        for name, category in names:
            folder = folder / name
            folder.mkdir(exist_ok=True)
            (folder / "category_name").write_text(category)
        return folder / f"{year}.bin"

    def first(self, year):
        """The first instant of a year, in nanoseconds."""
        return int(datetime(year, 1, 1, tzinfo=self.zone).timestamp()) * 10**9

    def slots(self, key, times):
        """Year, index and first instant of the slot of each time."""
        length = nanoseconds(key.split("/")[1])
        for time in times:
            local = datetime.fromtimestamp(time // 10**9, tz=timezone.utc).astimezone(self.zone)
            if length == DAY:
                index = local.timetuple().tm_yday - 1
                start = int(datetime(local.year, local.month, local.day, tzinfo=self.zone).timestamp()) * 10**9
            else:
                index = 1 + (time - self.first(local.year)) // length
                start = self.first(local.year) + (index - 1) * length
            yield local.year, index, start

    def open(self, key, year, columns, is_variable):
        """Opens a year file; makes it, with its header and the holes of its slots, if it is not there."""
        path, length = self.path(key, year), nanoseconds(key.split("/")[1])
        record = 24 if is_variable else 8 + (packed(columns).itemsize + 7) // 8 * 8
        if not path.exists():
            words = struct.pack("<6q", year, length, int(is_variable), len(columns), record, 0)
            header = struct.pack("<q256s", 2, b"Created By Writer") + words
            header += b"".join(struct.pack("32s", name.encode()) for name, _ in columns).ljust(1024 * 32, b"\0")
            header += bytes(TYPES[kind] for _, kind in columns).ljust(1024, b"\0")
            days = 366 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 365
            with path.open("wb") as file:
                file.write(header.ljust(HEADER, b"\0"))
                file.truncate(HEADER + days * DAY // length * record)
        return path.open("r+b"), record

    def fixed(self, key, columns, times, rows):
        """Writes rows of fixed buckets."""
        files = {}
        for (year, index, _), row in zip(self.slots(key, times), rows):
            if year not in files:
                files[year] = self.open(key, year, columns, False)
            file, record = files[year]
            file.seek(HEADER + (index - 1) * record)
            file.write(struct.pack("<q", index) + row.tobytes())
        for file, _ in files.values():
            file.close()

    def ticks(self, key, time, year, index):
        """What MarketStore stores of a time within its slot."""
        a_day = DAY // nanoseconds(key.split("/")[1])
        january = int(datetime(year, 1, 1, tzinfo=timezone.utc).timestamp())
        base = january + int((index - 1) * 86_400.0 / a_day)
        return int(a_day * 49710.269629629629629629629629629 * ((time - base * 10**9) / 1e9)) & 0xFFFF_FFFF

    def variable(self, key, columns, times, rows):
        """Writes rows of variable buckets, whose slots must be new."""
        slots = {}
        for time, (year, index, _), row in zip(times, self.slots(key, times), rows):
            ticks = self.ticks(key, time, year, index)
            slots.setdefault((year, index), []).append((ticks, row.tobytes() + struct.pack("<I", ticks)))
        files = {}
        for (year, index), records in sorted(slots.items()):
            if year not in files:
                files[year] = self.open(key, year, columns, True)
            file, record = files[year]
            payload = b"".join(data for _, data in sorted(records, key=lambda pair: pair[0]))
            if self.compresses:
                payload = bytes(cramjam.snappy.compress_raw(payload))
            offset = file.seek(0, 2)
            file.write(payload)
            file.seek(HEADER + (index - 1) * record)
            file.write(struct.pack("<3q", index, offset, len(payload)))
        for file, _ in files.values():
            file.close()

    def log(self, transactions, name="WALFile.1700000000000000000.walfile", replay=1):
        """Writes a log of transactions: lists of (key, columns, is variable, times, rows), none with a checkpoint."""
        out = struct.pack("<bbbq", 2, 1, replay, 4711)
        for number, writes in enumerate(transactions, 1):
            out += struct.pack("<bqbb", 1, number, 0, 0)
            body, count = b"", 0
            for key, columns, is_variable, times, rows in writes:
                width = packed(columns).itemsize
                for time, (year, index, _), row in zip(times, self.slots(key, times), rows):
                    path = f"{key}/{year}.bin".encode()
                    data = row.tobytes()
                    if is_variable:
                        data += struct.pack("<I", self.ticks(key, time, year, index))
                    record = 24 if is_variable else 8 + (width + 7) // 8 * 8
                    body += struct.pack("<bh", int(is_variable), len(path)) + path
                    body += struct.pack("<ii", len(data), width + 4 if is_variable else 0)
                    body += struct.pack("<qq", HEADER + (index - 1) * record, index) + data
                    body += bytes([len(columns) + 1])
                    for column, kind in [("Epoch", "i8"), *columns]:
                        body += bytes([len(column)]) + column.encode() + bytes([TYPES[kind]])
                    count += 1
            body = struct.pack("<qq", number, count) + body
            whole = struct.pack("<q", len(body)) + body
            out += b"\0" + whole + hashlib.md5(whole).digest() + struct.pack("<bqbb", 1, number, 0, 2)
        (self.root / name).write_bytes(out)
