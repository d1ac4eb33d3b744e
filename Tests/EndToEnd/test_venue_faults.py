"""Faults of the venue: the book goes stale, says so, and is live again; other instruments are left alone."""

import pytest

from support.exchange import Exchange, wait_for_live_books
from support.process import Process, wait_until
from support.stream import Recorder, StreamClient

FAULTY, CALM = "BTC-USDT", "ETH-USDT"


@pytest.fixture
def exchange(binary, request):
    """A simulated exchange with two instruments."""
    exchange = Exchange(binary, rate=400)
    request.config.processes.append(exchange)
    try:
        yield exchange.wait_until_ready()
    finally:
        exchange.kill()
        request.config.processes.remove(exchange)


@pytest.fixture
def follower(serve, exchange):
    """A gateway that follows the exchange, with live books."""
    gateway = serve(*exchange.settings(), "--set", "binance.silence_seconds=1", feed="binance")
    wait_for_live_books(gateway, exchange.symbols)
    return gateway


def states_of(gateway, symbol):
    """(state, reason) of an instrument's book in order, as stored."""
    rows = gateway.query(
        f"SELECT state, reason FROM book WHERE kind = 'state' AND symbol = '{symbol}.BINANCE' ORDER BY seq"
    )
    return [(row["state"], row["reason"]) for row in rows]


def wait_for_recovery(gateway, symbol, reason):
    """Waits until the book went stale for a reason and is live again; all its states."""

    def has_recovered():
        states = states_of(gateway, symbol)
        return ("stale", reason) in states and states[-1] == ("live", "synced") and states

    return wait_until(has_recovered, 30, lambda: f"{states_of(gateway, symbol)}\n{gateway.log()[-3000:]}")


def books_seen(messages, client, symbol):
    """The book states that a subscriber was told, and the epochs of the snapshots."""
    sids = {s.sid for s in client.subscriptions.values() if s.symbol == f"{symbol}.BINANCE"}
    mine = [m for m in messages if m.get("sid") in sids and m["op"] in ("snap", "d")]
    return [m["book"] for m in mine if "book" in m], [m["epoch"] for m in mine if m["op"] == "snap"]


def test_a_sequence_gap_makes_one_book_stale_until_a_new_snapshot(follower, exchange):
    with StreamClient(follower, max_queue=None) as client:
        client.subscribe([f"{FAULTY}.BINANCE", f"{CALM}.BINANCE"])
        recorder = Recorder(client)
        exchange.fault("gap", symbol="BTCUSDT")
        wait_for_recovery(follower, FAULTY, "gap")
        wait_until(lambda: books_seen(recorder.messages, client, FAULTY)[0][-2:] == ["stale", "live"], 20)
        messages = recorder.stop()
    books, epochs = books_seen(messages, client, FAULTY)
    assert books == ["live", "stale", "live"]
    assert epochs[0] == "k1" and epochs[-1] == "k1-1"
    assert books_seen(messages, client, CALM) == (["live"], ["k1"])
    assert all(state != "stale" for state, _ in states_of(follower, CALM))
    assert follower.metric("tickgate_book_mismatches_total") == 0


def test_values_of_a_stale_book_say_so(follower, exchange):
    with StreamClient(follower, max_queue=None) as client:
        client.subscribe([f"{FAULTY}.BINANCE"], features=["mid", "last_price"])
        exchange.fault("gap", symbol="BTCUSDT")
        client.until(lambda m: m.get("book") == "stale")
        assert client.subscription(f"{FAULTY}.BINANCE").status()["mid"] == "STALE"
        assert client.subscription(f"{FAULTY}.BINANCE").state()["mid"] is not None
        client.until(lambda m: m.get("book") == "live")
        assert client.subscription(f"{FAULTY}.BINANCE").status()["mid"] == "PRESENT"


def test_a_disconnect_is_survived(follower, exchange):
    exchange.fault("disconnect")
    for symbol in exchange.symbols:
        wait_for_recovery(follower, symbol, "disconnect")
    assert follower.metric("tickgate_book_mismatches_total") == 0


def test_a_silent_connection_is_noticed_and_replaced(follower, exchange):
    exchange.fault("silence")
    for symbol in exchange.symbols:
        wait_for_recovery(follower, symbol, "silence")


def test_a_malformed_frame_is_counted_and_changes_nothing(follower, exchange):
    before = follower.metric("tickgate_feed_malformed_total") or 0
    exchange.fault("malformed")
    wait_until(lambda: follower.metric("tickgate_feed_malformed_total") > before, 20, follower.log)
    seq = follower.http.get(f"/v1/features/{CALM}.BINANCE").json()["seq"]
    wait_until(lambda: follower.http.get(f"/v1/features/{CALM}.BINANCE").json()["seq"] > seq, 20)
    assert all(("stale", reason) not in states_of(follower, CALM) for reason in ("disconnect", "silence"))


def test_a_venue_that_is_away_at_the_start_is_awaited(binary, serve, request):
    exchange = Exchange(binary)
    arguments = exchange.settings()
    exchange.kill()
    gateway = serve(*arguments, feed="binance", ready="live")
    wait_until(lambda: "feed" in gateway.http.get("/health/ready").text, 20, gateway.log)
    assert gateway.http.get("/health/ready").status == 503
    again = Process(binary, exchange.arguments[1:])
    request.config.processes.append(again)
    try:
        wait_for_live_books(gateway, exchange.symbols)
        assert gateway.http.get("/health/ready").status == 200
    finally:
        again.kill()
        request.config.processes.remove(again)


def test_the_built_in_exchange_moves_features_within_seconds(serve):
    gateway = serve("--symbols", "BTC-USDT", "--set", "simulated.rate=500", feed="simulated")
    wait_for_live_books(gateway, ["BTC-USDT"])
    with StreamClient(gateway, max_queue=None) as client:
        client.subscribe(["BTC-USDT.BINANCE"])
        while client.subscription("BTC-USDT.BINANCE").deltas < 100:
            client.receive()
    assert gateway.metric("tickgate_book_mismatches_total") == 0
