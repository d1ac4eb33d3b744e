"""A really full disk: writes are refused clearly, reads go on, nothing acknowledged is lost, and it heals."""

import os
import subprocess

import pytest

from support.replay import Replay, replay
from test_durability import expected_rows, last_line, stored_rows

SMALL = "size=8m"


@pytest.fixture
def small_disk(directory):
    """A tmpfs that the recording does not fit in."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    mount = directory / "disk"
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", SMALL, "tmpfs", mount], capture_output=True, text=True)
    if made.returncode != 0:
        pytest.skip(f"no tmpfs can be mounted here: {made.stderr.strip()}")
    yield mount
    subprocess.run(["umount", "-l", mount], check=False)


def fill(gateway, lines):
    """Sends the whole recording until the disk is full."""
    upload = Replay("127.0.0.1", gateway.port)
    for start in range(0, len(lines), 1_000):
        if upload.is_over or upload.errors or not upload.send(lines[start : start + 1_000]):
            break
    return upload.finish()


def assert_stored_once(gateway, reading, spans):
    """Checks that every trade and quote of these spans of lines is stored, and none twice."""
    trades, quotes, changes = stored_rows(gateway)
    wanted = [item for item in reading.trades if any(item.line in span for span in spans)]
    assert len(trades) == len(set(trades)) and {trade.id for trade in wanted} <= set(trades)
    wanted = [item for item in reading.quotes if any(item.line in span for span in spans)]
    assert len(quotes) == len(set(quotes)) and {quote.update_id for quote in wanted} <= set(quotes)
    for depth in reading.depths:
        assert changes[depth.update_id] in (0, len(depth.changes)), "an event is half there, or twice"


def test_a_full_disk_refuses_writes_keeps_reads_and_heals(serve, small_disk, lines, reading):
    gateway = serve(data=small_disk / "data")
    upload = fill(gateway, lines)
    text = str(upload.progress[-1]).lower()
    assert "error" in upload.progress[-1] and "space" in text, text
    assert 0 < upload.durable < len(lines)
    assert "space" in gateway.http.get("/health/ready").text
    assert gateway.metric("tickgate_store_rejected_total") > 0
    stored = stored_rows(gateway)  # reads go on
    through = last_line(reading, stored)
    assert upload.durable <= through < upload.sent
    assert stored == expected_rows(reading, through), "what is stored ends at one line, without a hole"

    subprocess.run(["mount", "-o", "remount,size=512m", small_disk], check=True)
    more = range(upload.sent + 1, upload.sent + 2_001)
    again = replay(gateway, lines[more.start - 1 : more.stop - 1])
    assert again.errors == [] and again.durable == len(more)
    assert gateway.http.get("/health/ready").status == 200
    assert_stored_once(gateway, reading, [range(1, through + 1), more])
    assert gateway.stop() == 0
    assert_stored_once(serve(data=small_disk / "data"), reading, [range(1, through + 1), more])


def test_a_restart_on_a_full_disk_loses_nothing(serve, small_disk, lines, reading):
    gateway = serve(data=small_disk / "data")
    upload = fill(gateway, lines)
    gateway.kill()
    subprocess.run(["mount", "-o", "remount,size=512m", small_disk], check=True)
    again = serve(data=small_disk / "data")
    stored = stored_rows(again)
    through = last_line(reading, stored)
    assert upload.sent > through >= upload.durable > 0
    assert stored == expected_rows(reading, through)
