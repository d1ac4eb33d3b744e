"""kill -9 in the middle of ingestion: what was acknowledged is there, once, and nothing is half there."""

import random
from collections import Counter

import pytest

from support.replay import Replay, replay

SEEDS = [1, 2, 3, 4]
AHEAD = 4_000  # lines that may be on their way and not acknowledged
PIECE = 200


def ingest_and_kill(gateway, lines, kill_after):
    """Sends lines, a bounded number ahead of the acknowledgements, and kills when a line is acknowledged."""
    upload = Replay("127.0.0.1", gateway.port)
    while upload.durable < kill_after:
        assert upload.sent < len(lines), "everything was sent and it never came to the kill"
        upload.send(lines[upload.sent : upload.sent + PIECE], PIECE)
        upload.wait_durable(upload.sent - AHEAD)
    upload.send(lines[upload.sent : upload.sent + AHEAD], PIECE)  # so that the kill hits work in progress
    gateway.kill()
    assert upload.sent < len(lines), "the kill came after the end"
    upload.abandon()
    assert upload.errors == []
    return upload


def stored_rows(gateway):
    """Ids of trades, update ids of quotes, and change counts by update id, as stored."""
    trades = [row["id"] for row in gateway.query("SELECT id FROM trades")]
    quotes = [row["update_id"] for row in gateway.query("SELECT update_id FROM quotes ORDER BY seq")]
    changes = gateway.query("SELECT update_id FROM book WHERE kind = 'change'", limit=1_000_000)
    return trades, quotes, Counter(row["update_id"] for row in changes)


def expected_rows(reading, through_line):
    """The same of all lines up to one."""
    trades = [t.id for t in reading.trades if t.line <= through_line]
    quotes = [q.update_id for q in reading.quotes if q.line <= through_line]
    changes = {d.update_id: len(d.changes) for d in reading.depths if d.line <= through_line}
    return trades, quotes, Counter({key: count for key, count in changes.items() if count})


def last_line(reading, stored):
    """The line of the last event that is stored."""
    trades, quotes, changes = stored
    found = [t.line for t in reading.trades if t.id in set(trades[-1:])]
    found += [q.line for q in reading.quotes if q.update_id in set(quotes[-1:])]
    found += [d.line for d in reading.depths if d.update_id in changes]
    return max(found, default=0)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_acknowledged_survives_kill_9_once_and_whole(serve, directory, lines, reading, seed):
    kill_after = random.Random(seed).randrange(2_000, len(lines) - 3 * AHEAD)
    upload = ingest_and_kill(serve(), lines, kill_after)
    again = serve(data=directory / "data")
    stored = stored_rows(again)
    through = last_line(reading, stored)
    assert kill_after <= upload.durable <= through <= upload.sent
    trades, quotes, changes = expected_rows(reading, through)
    assert stored[0] == trades
    assert stored[1] == quotes
    assert stored[2] == changes


def test_ingestion_goes_on_after_a_kill_without_a_loss_or_a_double(serve, directory, lines, reading):
    upload = ingest_and_kill(serve(), lines, 30_000)
    again = serve(data=directory / "data")
    stored = stored_rows(again)
    highest = max(again.value(f"SELECT max(seq) FROM {table}") for table in ("trades", "quotes", "book"))
    through = last_line(reading, stored)
    assert through >= upload.durable
    rest = replay(again, lines[through:60_000])
    assert rest.errors == [] and rest.durable == 60_000 - through
    trades, quotes, _ = expected_rows(reading, 60_000)
    assert stored_rows(again)[:2] == (trades, quotes)
    first_new = trades[len(stored[0])]
    assert again.value(f"SELECT seq FROM trades WHERE id = {first_new}") > highest


def test_two_kills_in_a_row_lose_nothing(serve, directory, lines, reading):
    first = ingest_and_kill(serve(), lines, 10_000)
    recovering = serve(data=directory / "data", ready=False)
    recovering.kill()
    again = serve(data=directory / "data")
    stored = stored_rows(again)
    through = last_line(reading, stored)
    assert through >= first.durable
    assert stored == expected_rows(reading, through)


def test_a_data_directory_cannot_be_opened_twice(serve, directory):
    serve()
    second = serve(data=directory / "data", ready=False)
    assert second.wait() != 0
    assert "another" in second.log() or "in use" in second.log() or "lock" in second.log()
