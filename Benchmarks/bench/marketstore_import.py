"""Measures `tickgate import marketstore`: a year of bars of a minute, and ticks of a few days, both generated.

    TICKGATE_BIN=.build/release/tickgate .venv/bin/python Benchmarks/bench/marketstore_import.py [--ticks 10000000] [--symbols 4]
"""

import argparse
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cramjam
import numpy as np

HEADER = 37_024
YEAR, YEAR_START, MINUTES = 2023, 1_672_531_200, 365 * 1440
BAR = np.dtype([("index", "<i8"), ("O", "<f4"), ("H", "<f4"), ("L", "<f4"), ("C", "<f4"), ("V", "<i8")])
TICK = np.dtype([("Price", "<f4"), ("Size", "<i4"), ("ticks", "<u4")])


def folder(root, key):
    path = root
    for name, category in zip(["", *key.split("/")], ["Symbol", "Timeframe", "AttributeGroup", "Year"]):
        path = path / name
        path.mkdir(parents=True, exist_ok=True)
        (path / "category_name").write_text(category)
    return path


def header(columns, is_variable, record):
    types = {"f4": 0, "i4": 1, "i8": 3}
    words = struct.pack("<6q", YEAR, 60 * 10**9, is_variable, len(columns), record, 0)
    names = b"".join(struct.pack("32s", name.encode()) for name, _ in columns).ljust(1024 * 32, b"\0")
    kinds = bytes(types[kind] for _, kind in columns).ljust(1024, b"\0")
    return (struct.pack("<q256s", 2, b"bench") + words + names + kinds).ljust(HEADER, b"\0")


def write_bars(root, symbol, seed):
    """Every minute of a year."""
    generator = np.random.default_rng(seed)
    rows = np.zeros(MINUTES, BAR)
    rows["index"] = np.arange(1, MINUTES + 1)
    walk = np.round(100 + np.cumsum(generator.integers(-3, 4, MINUTES)) / 100, 2)
    rows["O"], rows["C"] = walk, np.round(walk + generator.integers(-3, 4, MINUTES) / 100, 2)
    rows["H"] = np.round(np.maximum(rows["O"], rows["C"]) + generator.integers(0, 4, MINUTES) / 100, 2)
    rows["L"] = np.round(np.minimum(rows["O"], rows["C"]) - generator.integers(0, 4, MINUTES) / 100, 2)
    rows["V"] = generator.integers(1, 5_000, MINUTES)
    columns = [("Open", "f4"), ("High", "f4"), ("Low", "f4"), ("Close", "f4"), ("Volume", "i8")]
    path = folder(root, f"{symbol}/1Min/OHLCV") / f"{YEAR}.bin"
    path.write_bytes(header(columns, 0, 32) + rows.tobytes())
    return MINUTES


def write_ticks(root, symbol, count, seed):
    """Ticks at whole microseconds, about a thousand a minute."""
    generator = np.random.default_rng(seed)
    span = min(count // 1_000 + 1, MINUTES) * 60_000_000
    micros = np.sort(generator.integers(0, span, count))
    slots, inside = micros // 60_000_000, micros % 60_000_000
    rows = np.zeros(count, TICK)
    rows["Price"] = np.round(100 + np.cumsum(generator.integers(-1, 2, count)) / 100, 2)
    rows["Size"] = generator.integers(1, 500, count)
    rows["ticks"] = (inside.astype(np.uint64) * 2**32) // 60_000_000
    path = folder(root, f"{symbol}/1Min/TRADE") / f"{YEAR}.bin"
    area = np.zeros((MINUTES, 3), "<i8")
    edges = np.searchsorted(slots, np.arange(slots[-1] + 2))
    with path.open("wb") as file:
        file.write(header([("Price", "f4"), ("Size", "i4")], 1, 24))
        file.seek(HEADER + MINUTES * 24)
        for slot in range(slots[-1] + 1):
            if edges[slot] == edges[slot + 1]:
                continue
            payload = bytes(cramjam.snappy.compress_raw(rows[edges[slot] : edges[slot + 1]].tobytes()))
            area[slot] = (slot + 1, file.tell(), len(payload))
            file.write(payload)
        file.seek(HEADER)
        file.write(area[: slots[-1] + 1].tobytes())
    return count


def measure(binary, root, name, rows):
    """Imports a directory, then again; prints what both took, and the bytes a row."""
    data = root.parent / f"data-{name}"
    for what in ("import", "again"):
        began = time.monotonic()
        child = subprocess.Popen(
            [binary, "import", "marketstore", root, "--data", data], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        out = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - began
        if status:
            sys.exit(out)
        print(
            f"{name:6} {what:7} {rows:>11,} rows  {seconds:6.1f} s  {rows / seconds / 1e6:6.2f} M rows/s  "
            f"{usage.ru_maxrss / 1024:5.0f} MiB at most"
        )
    stat = subprocess.run([binary, "store", "stat", "--data", data, "--columns"], capture_output=True, text=True, check=True)
    print(stat.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ticks", type=int, default=10_000_000)
    parser.add_argument("--symbols", type=int, default=4)
    asked = parser.parse_args()
    binary = os.environ.get("TICKGATE_BIN", ".build/release/tickgate")
    scratch = Path(tempfile.mkdtemp(prefix="tickgate-import-"))
    try:
        bars = sum(write_bars(scratch / "bars", f"S{number}", number) for number in range(asked.symbols))
        ticks = write_ticks(scratch / "ticks", "BTC", asked.ticks, 9)
        measure(binary, scratch / "bars", "bars", bars)
        measure(binary, scratch / "ticks", "ticks", ticks)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
