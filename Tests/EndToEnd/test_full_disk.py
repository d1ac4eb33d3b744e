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


def test_a_full_disk_refuses_writes_keeps_reads_and_heals(serve, small_disk, lines, reading):
    gateway = serve(data=small_disk / "data")
    upload = fill(gateway, lines)
    text = " ".join(str(entry) for entry in upload.progress[-3:]).lower()
    assert "disk" in text and ("full" in text or "space" in text), upload.progress[-3:]
    assert 0 < upload.durable < len(lines)
    assert gateway.is_running
    stored = stored_rows(gateway)  # reads go on
    through = last_line(reading, stored)
    assert through >= upload.durable
    assert gateway.http.get("/health/live").status == 200

    subprocess.run(["mount", "-o", "remount,size=512m", small_disk], check=True)
    more = replay(gateway, lines[through : through + 2_000])
    if more.durable == 0:  # the store may want a restart once it has turned read-only
        gateway.stop()
        gateway = serve(data=small_disk / "data")
        assert stored_rows(gateway)[:2] == expected_rows(reading, last_line(reading, stored_rows(gateway)))[:2]
        through = last_line(reading, stored_rows(gateway))
        more = replay(gateway, lines[through : through + 2_000])
    assert more.durable == 2_000
    assert stored_rows(gateway)[:2] == expected_rows(reading, through + 2_000)[:2]


def test_a_restart_on_a_full_disk_loses_nothing(serve, small_disk, lines, reading):
    gateway = serve(data=small_disk / "data")
    upload = fill(gateway, lines)
    gateway.kill()
    subprocess.run(["mount", "-o", "remount,size=512m", small_disk], check=True)
    again = serve(data=small_disk / "data")
    stored = stored_rows(again)
    through = last_line(reading, stored)
    assert len(lines) > through >= upload.durable > 0
    assert stored == expected_rows(reading, through)
