"""Replay of raw recorded frames with storing: messages and changes a second, of the clock and of a core."""

import gzip
import json
import os
import re
import subprocess
import time

from .report import number

LETTERS = [bytes([letter]) for letter in b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
UPDATE_ID = re.compile(rb'("(?:u|U|lastUpdateId)":)(\d+)')
ID_STEP = 10**10  # far more than a recording's own range, so that a snapshot without a symbol fits one instrument only


def measure_replay(tools, report):
    report.section("Replay of raw frames, decoded, folded and stored")
    copies = tools.size(8, 1)
    files, messages, changes = recordings(tools, copies)
    data = tools.folder / "replayed"
    command = [tools.binary, "replay", *files, "--data", data, "--speed", "max"]
    report.command("tickgate replay FILE... --data DIR --speed max")
    report.note(
        f"the two BTCUSDT recordings as {copies} instruments at once: "
        f"{number(messages)} messages, {number(changes)} changes"
    )
    started = time.perf_counter()
    process = subprocess.Popen([*map(str, command)], stdout=tools.log, stderr=tools.log, env=tools.environment)
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"replay ended with {process.returncode}:\n{tools.last_log()}")
    cpu = usage.ru_utime + usage.ru_stime
    stored = sum(file.stat().st_size for file in data.rglob("*") if file.is_file())
    rows = [
        ("elapsed", f"{elapsed:.2f} s", f"{cpu:.2f} s"),
        ("messages/s", number(messages / elapsed), number(messages / cpu)),
        ("changes/s", number(changes / elapsed), number(changes / cpu)),
        (
            "raw input",
            f"{number(raw_bytes(files) / elapsed / 1e6)} MB/s",
            f"{number(raw_bytes(files) / cpu / 1e6)} MB/s",
        ),
    ]
    report.table(("figure", "by the clock", "a core (user + system time)"), rows)
    rows = [
        ("bytes stored a message", number(stored / messages, 1)),
        ("bytes of the raw line", number(raw_bytes(files) / messages, 1)),
        ("peak resident memory", f"{number(usage.ru_maxrss / 1024)} MB"),
    ]
    report.table(("figure", "value"), rows)
    tools.replayed = data


def recordings(tools, copies):
    """Writes the recordings as that many instruments at once, uncompressed; (files, messages, changes)."""
    folder = tools.shared / "data" / "binance_spot"
    lines = []
    for day in ("20240808", "20240809"):
        path = folder / f"btcusdt_{day}.gz"
        if not path.is_file():
            raise SystemExit(f"{path} is absent; set TICKGATE_SHARED, or leave out this part with --only")
        with gzip.open(path) as stream:
            lines += stream.read().splitlines(keepends=True)
    if tools.is_smoke:
        lines = lines[:5_000]
    target = tools.folder / "recordings.txt"
    with open(target, "wb") as output:
        for line in lines:
            output.writelines(as_instrument(line, copy) for copy in range(copies))
    return [target], len(lines) * copies, sum(map(count_changes, lines)) * copies


def as_instrument(line, copy):
    """The line as if it were another instrument's, with update ids of its own."""
    name = b"X" + LETTERS[copy // 26] + LETTERS[copy % 26] + b"USDT"
    line = line.replace(b"BTCUSDT", name).replace(b"btcusdt", name.lower())
    return UPDATE_ID.sub(lambda found: found[1] + b"%d" % (int(found[2]) + copy * ID_STEP), line)


def count_changes(line):
    """Levels of a depth message, or one for a trade or quote; a snapshot's levels are not counted."""
    if b"depthUpdate" not in line:
        return 0 if b"lastUpdateId" in line[:60] else 1
    data = json.loads(line.partition(b" ")[2])["data"]
    return len(data["b"]) + len(data["a"])


def raw_bytes(files):
    return sum(file.stat().st_size for file in files)
