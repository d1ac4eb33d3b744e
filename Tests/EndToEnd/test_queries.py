"""Queries over the store give what an independent reading of the raw files gives."""

import csv
import io
import json
from collections import Counter
from datetime import datetime, timezone
from decimal import Decimal

import pytest

from support.recording import MINUTE_NS, minute_bars
from support.session import SYMBOL
from support.stream import close_to

BAR_LATENESS_NS = 2_000_000_000


def nanoseconds(text):
    """An ISO 8601 timestamp in UTC as nanoseconds since the epoch."""
    date, _, fraction = text.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(date).replace(tzinfo=timezone.utc).timestamp())
    return seconds * 1_000_000_000 + int(fraction.ljust(9, "0") or 0)


def iso(time):
    """Nanoseconds since the epoch as ISO 8601 to the second."""
    return datetime.fromtimestamp(time // 1_000_000_000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_every_trade_is_counted_once(session, reading):
    gateway = session.gateway
    assert gateway.value("SELECT count() FROM trades") == 19_904 == len(reading.trades)
    rows = gateway.query("SELECT id, side, price, size, time FROM trades")
    stored = [(row["id"], row["side"], row["price"], row["size"], nanoseconds(row["time"])) for row in rows]
    assert stored == [(t.id, t.side, float(t.price), float(t.size), t.time) for t in reading.trades]


def test_vwap_and_volumes_are_those_of_the_raw_file(session, reading):
    gateway = session.gateway
    volume = sum(t.size for t in reading.trades)
    expected = float(sum(t.price * t.size for t in reading.trades) / volume)
    assert close_to(gateway.value("SELECT vwap(price, size) FROM trades"), expected)
    assert round(expected, 7) == 61671.5516067
    rows = gateway.query("SELECT side, sum(size) AS volume FROM trades")
    assert {row["side"]: row["volume"] for row in rows} == {"buy": 204.49112, "sell": 233.4244}
    assert gateway.value("SELECT sum(size) FROM trades WHERE side = 'buy'") == 204.49112


def test_minimum_maximum_and_ends_are_those_of_the_raw_file(session, reading):
    text = "SELECT min(price) AS low, max(price) AS high, first(price) AS open, last(price) AS close FROM trades"
    prices = [float(t.price) for t in reading.trades]
    expected = {"low": min(prices), "high": max(prices), "open": prices[0], "close": prices[-1]}
    assert session.gateway.query(text) == [expected]


def test_every_minute_bar_is_computed_by_a_query(session, reading):
    rows = session.gateway.query(f"SELECT time, ohlcv(price, size) FROM trades WHERE symbol = '{SYMBOL}' SAMPLE BY 1m")
    assert {nanoseconds(row["time"]): bar_values(row) for row in rows} == expected_bars(reading)


def test_every_closed_minute_bar_is_in_its_table(session, reading, lines):
    latest = max(max(t.time for t in reading.trades), max(d.time for d in reading.depths))
    closed = {
        start: bar for start, bar in expected_bars(reading).items() if start + MINUTE_NS + BAR_LATENESS_NS <= latest
    }
    assert len(closed) >= 10
    rows = session.gateway.query('SELECT * FROM "1Min/OHLCV"')
    stored = {nanoseconds(row["time"]): bar_values(row) for row in rows}
    assert len(stored) == len(rows)
    assert {start: stored.get(start) for start in closed} == closed
    assert {row["symbol"] for row in rows} == {SYMBOL}


def bar_values(row):
    return tuple(row[name] for name in ("open", "high", "low", "close", "volume"))


def expected_bars(reading):
    return {start: tuple(map(float, bar)) for start, bar in minute_bars(reading.trades).items()}


def test_every_quote_is_stored_once(session, reading):
    rows = session.gateway.query("SELECT update_id, bid, bid_size, ask, ask_size FROM quotes ORDER BY seq")
    stored = [tuple(row.values()) for row in rows]
    expected = [(q.update_id, float(q.bid), float(q.bid_size), float(q.ask), float(q.ask_size)) for q in reading.quotes]
    assert len(stored) == 73_174
    assert stored == expected


def test_every_book_change_is_stored_once(session, reading):
    gateway = session.gateway
    expected = Counter()
    for depth in reading.depths:
        for side, price, size in depth.changes:
            expected[(depth.update_id, side, float(price), float(size))] += 1
    assert gateway.value("SELECT count() FROM book WHERE kind = 'change'") == expected.total() == 298_094
    rows = gateway.query("SELECT update_id, side, price, size FROM book WHERE kind = 'change'", limit=1_000_000)
    assert Counter(tuple(row.values()) for row in rows) == expected


def test_the_snapshot_is_stored_as_a_whole_keyframe(session, reading, lines):
    message = json.loads(lines[reading.snapshot_line - 1].split(b" ", 1)[1])
    rows = session.gateway.query(
        f"SELECT side, price, size FROM book WHERE kind = 'keyframe' AND update_id = {message['lastUpdateId']}"
    )
    stored = Counter(tuple(row.values()) for row in rows)
    levels = [("bid", float(p), float(s)) for p, s in message["bids"]]
    levels += [("ask", float(p), float(s)) for p, s in message["asks"]]
    assert stored == Counter(levels)


def test_the_states_of_the_book_are_stored(session):
    rows = session.gateway.query("SELECT seq, state, reason FROM book WHERE kind = 'state' ORDER BY seq")
    assert [(row["state"], row["reason"]) for row in rows][:2] == [("syncing", "start"), ("live", "synced")]


def test_no_sequence_number_is_used_twice(session, reading):
    gateway = session.gateway
    used = [row["seq"] for row in gateway.query("SELECT seq FROM trades")]
    used += [row["seq"] for row in gateway.query("SELECT seq FROM quotes")]
    book = gateway.query("SELECT seq, update_id FROM book WHERE kind = 'change'", limit=1_000_000)
    used += list({row["seq"] for row in book})
    assert len(used) == len(set(used))
    assert len({row["update_id"] for row in book}) == len({row["seq"] for row in book})
    assert len({row["seq"] for row in book}) == sum(bool(depth.changes) for depth in reading.depths)


def test_a_whole_minute_is_selected_by_its_name(session, reading):
    start = nanoseconds("2024-08-08T23:55:00Z")
    expected = sum(start <= trade.time < start + MINUTE_NS for trade in reading.trades)
    assert expected > 0
    count = session.gateway.value("SELECT count() FROM trades WHERE time IN '2024-08-08T23:55'")
    assert count == expected


def test_latest_by_symbol_gives_the_last_quote(session, reading):
    rows = session.gateway.query("SELECT symbol, update_id, bid FROM quotes LATEST BY symbol")
    last = reading.quotes[-1]
    assert rows == [{"symbol": SYMBOL, "update_id": last.update_id, "bid": float(last.bid)}]


def test_order_and_limit_give_the_largest_trades(session, reading):
    rows = session.gateway.query("SELECT id, size FROM trades ORDER BY size DESC, id LIMIT 5")
    expected = sorted(reading.trades, key=lambda t: (-t.size, t.id))[:5]
    assert [(row["id"], row["size"]) for row in rows] == [(t.id, float(t.size)) for t in expected]


def test_expressions_and_filters_are_computed(session, reading):
    text = "SELECT id, price * size AS notional FROM trades WHERE size >= 1 AND side = 'sell' ORDER BY id"
    expected = [t for t in reading.trades if t.size >= 1 and t.side == "sell"]
    rows = session.gateway.query(text)
    assert [row["id"] for row in rows] == [t.id for t in expected]
    assert all(close_to(r["notional"], float(t.price) * float(t.size)) for r, t in zip(rows, expected))


def test_feature_views_are_stored_once_a_second(session, lines, recordings):
    rows = session.gateway.query('SELECT * FROM "book_features@v1" ORDER BY seq')
    expected = second_rows(lines, recordings)
    stored = [(row["bid"], row["ask"], row["ofi_cum"]) for row in rows if row["ofi_cum"] is not None]
    assert stored == expected


def second_rows(lines, recordings):
    """Bid, ask and OFI after the last event of each second of the recording, by the venue's clock.

    A quote has no time of its own: it takes the greatest that its connection has seen.
    """
    golden = {int(row["u"]): row for row in recordings.golden_rows()}
    rows, current, watermark, venue_time = [], None, 0, 0
    for line in lines:
        data = json.loads(line.split(b" ", 1)[1]).get("data", {})
        venue_time = max(venue_time, data.get("E", 0), data.get("T", 0))
        time = data.get("T", data.get("E", venue_time))
        if time // 1000 > watermark // 1000 and current is not None:
            rows.append((float(current["bid"]), float(current["ask"]), float(Decimal(current["ofi_cum"]))))
        watermark = max(watermark, time)
        if data.get("e") == "depthUpdate":
            current = golden.get(data["u"], current)
    return rows


def test_all_formats_hold_the_same_rows(session, reading):
    gateway = session.gateway
    text = "SELECT id, side, price, size FROM trades LIMIT 1000"
    by_json = [tuple(row.values()) for row in gateway.query(text)]
    assert by_json == [(t.id, t.side, float(t.price), float(t.size)) for t in reading.trades[:1000]]

    answer = gateway.http.ask(text, format="csv")
    assert answer.type == "text/csv"
    header, *records = list(csv.reader(io.StringIO(answer.text)))
    assert header == ["id", "side", "price", "size"]
    assert [(int(r[0]), r[1], float(r[2]), float(r[3])) for r in records] == by_json

    answer = gateway.http.ask(text, format="ndjson")
    assert answer.type == "application/x-ndjson"
    *records, end = [json.loads(line) for line in answer.text.splitlines()]
    assert [(r["id"], r["side"], r["price"], r["size"]) for r in records] == by_json
    assert end["end"]["rows"] == 1000


@pytest.mark.parametrize(
    "accept, expected",
    [("application/json", "application/json"), ("text/csv", "text/csv"), ("application/x-ndjson",) * 2],
)
def test_the_format_follows_the_accept_header(session, accept, expected):
    answer = session.gateway.http.post(
        "/v1/query", "SELECT count() FROM trades", Accept=accept, Content_Type="text/plain"
    )
    assert answer.status == 200
    assert answer.type == expected


def test_a_query_may_be_a_json_document(session):
    body = json.dumps({"query": "SELECT count() AS n FROM trades"})
    answer = session.gateway.http.post("/v1/query", body, Content_Type="application/json", Accept="application/json")
    document = answer.json()
    assert document["columns"] == [{"name": "n", "type": "int64"}]
    assert document["rows"] == [[19_904]]
    assert document["rows_count"] == 1
    assert isinstance(document["elapsed_us"], int)


def test_tables_and_columns_are_listed(session):
    names = {row["name"] for row in session.gateway.query("SHOW TABLES")}
    assert {"trades", "quotes", "book", "1Min/OHLCV", "book_features@v1", "trade_features@v1"} <= names
    columns = [row["column"] for row in session.gateway.query("SHOW COLUMNS FROM trades")]
    assert columns == ["time", "symbol", "seq", "receive_time", "id", "side", "price", "size"]
