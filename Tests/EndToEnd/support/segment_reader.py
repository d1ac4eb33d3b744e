"""Reads a data directory that no process has open, written from docs/storage.md and docs/segment-format.md alone.

It shares no code with Tickgate, verifies every checksum, and reads what is in segments; the WAL must hold no rows.
"""

import math
import re
import struct
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import lz4.block

NONE = 0xFFFFFFFF
BOOLEAN, INT64, FLOAT64, TIMESTAMP, SYMBOL, STRING = range(1, 7)  # types of columns
NULL, FLAG, INTEGER, DOUBLE, DECIMAL, CODE, TEXT = range(7)  # kinds of chunks
KIND_NAMES = ["null", "boolean", "int64", "float64", "decimal", "code", "text"]
FORM_NAMES = ["constant", "sequence", "plain", "packed", "differences"]
WORD = (1 << 64) - 1


def _crc_table():
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        yield value


_CRC = list(_crc_table())


def crc32c(data):
    """CRC-32C (Castagnoli) of bytes."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC[crc & 255 ^ byte]
    return crc ^ 0xFFFFFFFF


def check(condition, what):
    """Refuses what the documents do not allow."""
    if not condition:
        raise ValueError(what)


def signed(value):
    """A word as two's complement."""
    return value - (1 << 64) if value >> 63 else value


class Cursor:
    """Takes little-endian values off bytes, one after the other."""

    def __init__(self, data, position=0):
        self.data = data
        self.position = position

    def take(self, layout):
        """The values of a struct layout; one value alone, several as a tuple."""
        values = struct.unpack_from("<" + layout, self.data, self.position)
        self.position += struct.calcsize("<" + layout)
        return values[0] if len(values) == 1 else values

    def array(self, layout, count):
        """As a list, however many."""
        return list(struct.unpack("<%d%s" % (count, layout), self.bytes(count * struct.calcsize("<" + layout))))

    def bytes(self, count):
        self.position += count
        check(self.position <= len(self.data), "bytes are missing")
        return self.data[self.position - count : self.position]

    def text(self):
        return self.bytes(self.take("I")).decode()

    def pad(self):
        check(not any(self.bytes(-self.position % 8)), "padding is not zero")


def read_schema(cursor):
    """A schema; columns are pairs of type and name."""
    schema = SimpleNamespace(name=cursor.text())
    schema.timeframe, schema.time, schema.key, count = cursor.take("qIII")
    schema.columns = [(cursor.take("B") & 7, cursor.text()) for _ in range(count)]
    schema.unit, dedup = cursor.take("BI")
    schema.dedup = None if dedup == NONE else cursor.array("I", dedup)
    return schema


def read_manifest(data):
    """MANIFEST: tables by id, segments, deletions."""
    head = Cursor(data)
    check(head.bytes(8) == b"TGTEMAN1", "not a manifest")
    version, checksum = head.take("II")
    check(version == 2 and checksum == crc32c(data[16:]), "version or checksum of the manifest")
    manifest = SimpleNamespace(tables={}, segments=[], deletions=[])
    manifest.generation, manifest.flushed, manifest.next_segment, manifest.next_table, tables = head.take("QQQII")
    for _ in range(tables):
        number, _, _ = head.take("IIq")
        schema = read_schema(head)
        manifest.tables[number] = SimpleNamespace(schema=schema, series=[head.text() for _ in range(head.take("I"))])
    names = "table partition id length rows first_time last_time first_lsn last_lsn deleted_lsn".split()
    for _ in range(head.take("I")):
        manifest.segments.append(SimpleNamespace(**dict(zip(names, head.take("IiQQQqqQQQ")))))
    for _ in range(head.take("I")):
        lsn, table, start, end, count = head.take("QIqqI")
        series = None if count == NONE else set(head.array("I", count))
        manifest.deletions.append(SimpleNamespace(lsn=lsn, table=table, start=start, end=end, series=series))
    check(head.position == len(data), "bytes after the manifest")
    return manifest


def read_integers(cursor, rows, seen):
    """An integer stream: a word a row (modulo 2^64)."""
    form, width, high_bits, zero, exceptions, gap_bytes, base, step, first = cursor.take("BBBBHHQQQ")
    check(form <= 4 and zero == 0, "form of an integer stream")
    seen["form " + FORM_NAMES[form]] += 1
    if form == 0:
        return [base] * rows
    if form == 1:
        return [(base + i * step) & WORD for i in range(rows)]
    if form == 2:
        values = cursor.array({1: "B", 4: "I", 8: "Q"}[width], rows)
        cursor.pad()
        return values
    offsets = _unpack(cursor, rows, width)
    if exceptions:
        seen["exceptions"] += exceptions
        high_base = cursor.take("Q")
        places = list(rows_of_exceptions(cursor.bytes(gap_bytes)))
        highs = int.from_bytes(cursor.bytes((exceptions * high_bits + 7) // 8), "little")
        check(len(places) == exceptions, "number of exceptions")
        for e, row in enumerate(places):
            high = highs >> (e * high_bits) & ((1 << high_bits) - 1)
            offsets[row] = (offsets[row] + ((high_base + high) << width)) & WORD
    cursor.pad()
    if form == 3:
        return [(base + step * offset) & WORD for offset in offsets]
    values = [first]
    for offset in offsets[1:]:
        values.append((values[-1] + base + step * offset) & WORD)
    return values


def rows_of_exceptions(gaps):
    """Rows that the gaps lead to."""
    row = -1
    for gap in gaps:
        row += 255 if gap == 255 else gap + 1
        if gap != 255:
            yield row


def _unpack(cursor, rows, width):
    """Packed offsets, in blocks of 1024 and 16 lanes."""
    blocks, rest = divmod(rows, 1024)
    words = cursor.array("Q", 16 * width * blocks + 16 * (((rest + 15) // 16 * width + 63) // 64))
    offsets, mask = [], (1 << width) - 1
    for i in range(rows if width else 0):
        bit = i % 1024 // 16 * width
        k = i // 1024 * 16 * width + bit // 64 * 16 + i % 16
        value = words[k] >> bit % 64
        if bit % 64 + width > 64:
            value |= words[k + 16] << 64 - bit % 64
        offsets.append(value & mask)
    return offsets or [0] * rows


def read_texts(cursor, rows, seen):
    """Text: the bytes of every row."""
    lengths = read_integers(cursor, rows, seen)
    total, compressed = cursor.take("II")
    data = cursor.bytes(compressed or total)
    cursor.pad()
    if compressed:
        data = lz4.block.decompress(data, uncompressed_size=total)
    check(sum(lengths) == total == len(data), "length of texts")
    texts = Cursor(data)
    return [texts.bytes(length) for length in lengths]


class Segment:
    """One segment file, all of its columns decoded by `rows`."""

    def __init__(self, data, seen):
        self.data = data
        self.seen = seen  # counts kinds, encodings and forms, to tell what a test has covered
        self._read_ends()
        self._read_metadata()

    def _read_ends(self):
        head = Cursor(self.data)
        check(head.bytes(8) == b"TGTESEG1", "not a segment")
        version, self.table, self.partition, zero, self.id = head.take("IIiIQ")
        check(version in (2, 3) and zero == 0, "header")
        footer = Cursor(self.data, len(self.data) - 88)
        self.metadata = footer.take("QQ")
        checksum, self.columns, self.groups, self.series = footer.take("IIII")
        self.row_count, self.last_lsn, self.deleted_lsn, self.key, zero, self.first_lsn = footer.take("QQQIIQ")
        version, footer_checksum = footer.take("II")
        check(footer.bytes(8) == b"TGTESEG1" and version in (2, 3) and zero == 0, "footer")
        check(footer_checksum == crc32c(self.data[-88:-12]), "checksum of the footer")
        offset, length = self.metadata
        check(offset % 8 == 0 and offset + length == len(self.data) - 88, "place of the metadata")
        check(checksum == crc32c(self.data[offset : offset + length]), "checksum of the metadata")

    def _read_metadata(self):
        cursor = Cursor(self.data, self.metadata[0])
        schema = Cursor(cursor.bytes(cursor.take("I")))
        self.schema = read_schema(schema)
        check(schema.position == len(schema.data) and self.schema.key == self.key, "schema")
        cursor.pad()
        self.dictionaries = [self._dictionary(*cursor.take("QIIII")) for _ in range(self.columns)]
        series = [cursor.take("IIIIQIIqq") for _ in range(self.series)]
        self.group_entries = [cursor.take("IIqqII") for _ in range(self.groups)]
        self.stored = [i for i in range(self.columns) if i != self.key]
        self.chunks = [[cursor.take("QIIBBBBIQQ16sQQ") for _ in self.stored] for _ in range(self.groups)]
        names = cursor.bytes(sum(entry[3] for entry in series))
        self.series_entries = [(*entry[:3], names[entry[4] :][: entry[3]].decode(), *entry[5:]) for entry in series]
        cursor.pad()
        check(cursor.position == len(self.data) - 88, "length of the metadata")
        check([e[0] for e in series] == sorted({e[0] for e in series}), "order of the series")

    def _dictionary(self, offset, length, checksum, count, zero):
        data = self.data[offset : offset + length] if length else b""
        check(zero == 0 and (not length or crc32c(data) == checksum), "checksum of a dictionary")
        cursor = Cursor(data)
        texts = [cursor.text() for _ in range(count)]
        check(cursor.position == length, "length of a dictionary")
        return texts

    def rows(self):
        """Yields series id, series name, and its rows as lists of values in the order of the columns."""
        groups = [self._group(number) for number in range(self.groups)]
        for number, first_group, count, name, rows, first_row, first_time, last_time in self.series_entries:
            found = [row for group in groups[first_group : first_group + count] for row in group]
            owner, _, _, _, packed, _ = self.group_entries[first_group]
            check(owner == (NONE if packed else number), "owner of a row group")
            found = [list(row) for row in found[first_row : first_row + rows]]
            times = [row[self.schema.time] for row in found]
            check(len(found) == rows and times == sorted(times), "rows of a series")
            check((times[0], times[-1]) == (first_time, last_time), "times of a series")
            for row in found if self.key != NONE else ():
                row[self.key] = name
            yield number, name, found

    def _group(self, number):
        _, rows, earliest, latest, packed, _ = self.group_entries[number]
        columns = [[None] * rows for _ in range(self.columns)]
        for column, entry in zip(self.stored, self.chunks[number]):
            columns[column] = self._chunk(column, rows, entry)
        times = columns[self.schema.time]
        check((min(times), max(times)) == (earliest, latest), "times of a row group")
        self.seen["packed groups"] += packed
        return list(zip(*columns))

    def _chunk(self, column, rows, entry):
        offset, length, checksum, kind, encoding, scale, facts, nulls, *statistics = entry
        data = self.data[offset : offset + length]
        check(crc32c(data) == checksum, "checksum of a chunk")
        self.seen[f"{KIND_NAMES[kind]} {encoding}"] += 1
        cursor = Cursor(data)
        has_value = [kind != NULL] * rows
        if facts & 1:
            words = cursor.array("Q", (rows + 63) // 64)
            has_value = [words[i // 64] >> i % 64 & 1 == 1 for i in range(rows)]
            self.seen["validity bitmaps"] += 1
        check(has_value.count(False) == nulls, "number of rows without a value")
        raw = self._raw(cursor, rows, kind, encoding, scale)
        check(cursor.position == length, "length of a chunk")
        present = [value for value, there in zip(raw, has_value) if there]
        _check_statistics(kind, facts, present, has_value, self.dictionaries[column], *statistics)
        meanings = {FLAG: bool, CODE: self.dictionaries[column].__getitem__, TEXT: bytes.decode}
        if kind == DECIMAL:
            meanings[DECIMAL] = lambda mantissa: mantissa / 10**scale  # of two integers: correctly rounded
        meaning = meanings.get(kind, lambda value: value)
        return [meaning(value) if there else None for value, there in zip(raw, has_value)]

    def _raw(self, cursor, rows, kind, encoding, scale):
        if kind == NULL:
            return [None] * rows
        if kind == TEXT:
            return read_texts(cursor, rows, self.seen)
        if kind != DOUBLE:
            values = read_integers(cursor, rows, self.seen)
            return [signed(value) for value in values] if kind in (INTEGER, DECIMAL) else values
        if encoding == 1:
            plain = lz4.block.decompress(cursor.bytes(cursor.take("Q")), uncompressed_size=8 * rows)
            cursor.pad()
            return list(struct.unpack("<%dd" % rows, bytes(plain[b * rows + i] for i in range(rows) for b in range(8))))
        values = read_integers(cursor, rows, self.seen)
        if encoding == 0:
            return list(struct.unpack("<%dd" % rows, struct.pack("<%dQ" % rows, *values)))
        if encoding == 4:
            return [as_float(value & 0xFFFFFFFF) for value in values]
        values = [signed(value) / 10**scale for value in values]
        if encoding == 5:
            values = [struct.unpack("<f", struct.pack("<f", value))[0] for value in values]
        count = cursor.take("Q")
        others = cursor.array("d", count)
        for row, value in zip(cursor.array("H", count), others):
            values[row] = value
        self.seen["doubles that are no decimals"] += count
        cursor.pad()
        return values


def as_float(bits):
    """The float of 32 bits."""
    return struct.unpack("<f", struct.pack("<I", bits))[0]


def _check_statistics(kind, facts, values, has_value, texts, smallest, largest, total, first, last):
    def as_double(word):
        return struct.unpack("<d", struct.pack("<Q", word))[0]

    decode = {FLAG: int, CODE: int, DOUBLE: as_double}.get(kind, signed)
    if facts & 2:
        order = texts.__getitem__ if kind == CODE else None
        known = [value for value in values if value == value]
        ends = (min(known, key=order), max(known, key=order))
        check((decode(smallest), decode(largest)) == ends, "smallest and largest")
    if facts & 4 and kind == DOUBLE:
        check(math.isclose(sum(struct.unpack("<dd", total)), math.fsum(values), rel_tol=1e-15, abs_tol=1e-9), "sum")
    elif facts & 4:
        check(int.from_bytes(total, "little", signed=True) == sum(values), "sum")
    if facts & 32:
        check((bool(facts & 8), bool(facts & 16)) == (has_value[0], has_value[-1]), "first and last row have values")
        check(not facts & 8 or decode(first) == values[0], "first value")
        check(not facts & 16 or decode(last) == values[-1], "last value")


def partition_name(unit, number):
    """The folder of a partition."""
    if unit in (1, 2):
        since = datetime(1970, 1, 1) + (timedelta(hours=number) if unit == 1 else timedelta(days=number))
        return since.strftime("%Y-%m-%dT%H" if unit == 1 else "%Y-%m-%d")
    return {3: "%04d-%02d" % (number // 12, number % 12 + 1), 4: "%04d" % number, 5: "all"}[unit]


def read_tables(folder):
    """All rows by table name, in the order of time, series' name, arrival; and what was met on the way, counted."""
    folder, seen = Path(folder), Counter()
    manifest = read_manifest((folder / "MANIFEST").read_bytes())
    collected = {number: [] for number in manifest.tables}
    for entry in sorted(manifest.segments, key=lambda entry: entry.last_lsn):
        table = manifest.tables[entry.table]
        place = f"{entry.table}-" + re.sub(r"[^A-Za-z0-9.@-]", "_", table.schema.name)
        place = folder / "tables" / place / partition_name(table.schema.unit, entry.partition)
        path = place / f"seg-{entry.id}.seg"
        segment = Segment(path.read_bytes(), seen)
        check((entry.length, entry.rows) == (len(segment.data), segment.row_count), f"{path}: length or rows")
        for name in ("table", "partition", "id", "first_lsn", "last_lsn", "deleted_lsn"):
            check(getattr(entry, name) == getattr(segment, name), f"{path}: {name}")
        places = {name: i for i, (_, name) in enumerate(segment.schema.columns)}
        order = [places.get(name) for _, name in table.schema.columns]
        later = [d for d in manifest.deletions if segment.deleted_lsn < d.lsn >= segment.last_lsn]
        gone = [d for d in later if d.table == segment.table]
        for number, name, rows in segment.rows():
            check(table.series[number] == name, f"{path}: name of series {number}")
            for row in rows:
                time = row[segment.schema.time]
                if not any(d.start <= time < d.end and (d.series is None or number in d.series) for d in gone):
                    collected[entry.table].append((time, name, [None if i is None else row[i] for i in order]))
    tables = {}
    for number, table in manifest.tables.items():
        rows = sorted(collected[number], key=lambda row: row[:2])  # stable: what came first stays first
        if table.schema.timeframe:
            rows = {row[:2]: row for row in rows}.values()  # the last row of a slot stands
        tables[table.schema.name] = SimpleNamespace(schema=table.schema, rows=[row for _, _, row in rows])
    return tables, seen
