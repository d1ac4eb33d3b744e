"""A data directory seen from outside: its files, and damage done to them."""

import json
from pathlib import Path


def segments(data, table=""):
    """Paths of the segment files, of one table or of all, in a stable order."""
    folders = [path for path in Path(data, "tables").iterdir() if not table or path.name.split("-", 1)[1] == table]
    return sorted(path for folder in folders for path in folder.rglob("seg-*"))


def flip_byte(path, offset=None):
    """Flips all bits of one byte, in the middle of the file unless told; the offset."""
    content = bytearray(Path(path).read_bytes())
    offset = len(content) // 2 if offset is None else offset
    content[offset] ^= 0xFF
    Path(path).write_bytes(content)
    return offset


def fingerprint(data):
    """Content of every file of a directory, to see whether anything changed."""
    return {str(path.relative_to(data)): path.read_bytes() for path in Path(data).rglob("*") if path.is_file()}


def status(run, *target):
    """`tickgate store stat` as a document, its tables by name."""
    document = json.loads(run("store", "stat", "--format", "json", *target).stdout)
    document["tables"] = {table["name"]: table for table in document["tables"]}
    return document


def rows(document, table):
    """Rows of a table in a status, wherever they are."""
    found = document["tables"][table]
    return found["rows"] + found["memtable_rows"]


def value(run, data, text):
    """The only value of a query over a directory that no process has open."""
    result = run("query", text, "--data", data, "--format", "json")
    return json.loads(result.stdout)["rows"][0][0]
