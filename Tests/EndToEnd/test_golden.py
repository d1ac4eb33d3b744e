"""The whole way of the data: recorded frames in, features over a real WebSocket out, equal to the exact values."""

import bisect
from decimal import Decimal

import pytest

from support.session import SYMBOL, replayed_states
from support.stream import close_to

EXACT = {
    "bid": "bid",
    "bid_size": "bid_sz",
    "ask": "ask",
    "ask_size": "ask_sz",
    "spread": "spread",
    "mid": "mid",
    "bid_liquidity_10bps": "bid_liq_10bps",
    "ask_liquidity_10bps": "ask_liq_10bps",
    "ofi_cum": "ofi_cum",
}
NEAREST = {
    "spread_bps": "spread_bps",
    "weighted_mid": "wmid",
    "imbalance_1": "imb1",
    "imbalance_5": "imb5",
    "imbalance_10": "imb10",
}


NOT_FEATURES = {"local_ns", "E", "u", "n_bids", "n_asks"}


class BookStates:
    """What the subscriber by name had after every depth event. An event that changed no feature has no delta."""

    def __init__(self, session):
        self.update_ids, self.states = [], []
        for message, subscription in replayed_states(session.named, session.by_name):
            if message["op"] == "d" and message.get("u"):
                self.update_ids.append(message["u"])
                self.states.append((subscription.state(), set(subscription.statuses), subscription.book))

    def after(self, update_id):
        """Values, set of statuses and book state after an update."""
        return self.states[bisect.bisect_right(self.update_ids, update_id) - 1]


@pytest.fixture(scope="module")
def books(session):
    """Rebuilt from the messages."""
    states = BookStates(session)
    assert states.update_ids == sorted(set(states.update_ids))
    return states


def test_the_whole_recording_is_acknowledged_without_an_error(session, lines):
    assert session.upload.status == 200
    assert session.upload.errors == []
    assert session.upload.durable == len(lines)


def test_features_equal_the_exact_values_after_every_depth_event(books, recordings):
    golden = recordings.golden_rows()
    matched, unchanged = set(), 0
    for row, before in zip(golden, [None, *golden]):
        update_id = int(row["u"])
        state, statuses, book = books.after(update_id)
        for feature, column in EXACT.items():
            assert state[feature] == float(Decimal(row[column])), (update_id, feature)
        for level, text in enumerate(row["mlofi1..5_cum"].split(), 1):
            assert state[f"ofi_{level}_cum"] == float(Decimal(text)), (update_id, level)
        for feature, column in NEAREST.items():
            assert close_to(state[feature], float(row[column])), (update_id, feature, state[feature], row[column])
        assert statuses == {"PRESENT"} and book == "live", update_id
        matched.add(update_id)
        unchanged += before is not None and all(row[c] == before[c] for c in row if c not in NOT_FEATURES)
    assert len(matched) == len(golden) == 6492
    assert unchanged > 0, "the recording has changes of the book that move no feature"
    assert matched <= set(books.update_ids), "every change of the book has its delta"


def test_the_book_equals_every_book_ticker_of_the_same_update(session, books, reading):
    quotes = {quote.update_id: quote for quote in reading.quotes}
    compared = 0
    for depth in reading.depths[1:]:  # the first is spliced into the snapshot
        quote = quotes.get(depth.update_id)
        if quote is None:
            continue
        update_id, (state, _, _) = depth.update_id, books.after(depth.update_id)
        for feature in ("bid", "bid_size", "ask", "ask_size"):
            assert state[feature] == float(getattr(quote, feature)), (update_id, feature)
        compared += 1
    assert compared == 1072
    assert session.gateway.metric("tickgate_book_compared_total") == 1072
    assert session.gateway.metric("tickgate_book_mismatches_total") == 0


def test_trade_features_are_exact_after_every_trade(session, reading):
    expected, buy, sell, notional = {}, Decimal(0), Decimal(0), Decimal(0)
    for trade in reading.trades:
        buy += trade.size if trade.side == "buy" else 0
        sell += trade.size if trade.side == "sell" else 0
        notional += trade.price * trade.size
        expected[(float(buy), float(sell))] = (trade, float(buy - sell), float(notional / (buy + sell)))
    seen = set()
    for message, subscription in replayed_states(session.named, session.by_name):
        state = subscription.state()
        key = (state["buy_volume"], state["sell_volume"])
        if key not in expected or key in seen:
            continue
        trade, signed, vwap = expected[key]
        assert state["last_price"] == float(trade.price)
        assert state["signed_volume"] == signed
        assert close_to(state["vwap"], vwap), (trade, state["vwap"], vwap)
        assert message["t"][0] * 1000 == trade.time or message["op"] == "snap"
        seen.add(key)
    first = min(expected[key][0].line for key in seen)
    assert len(seen) == sum(trade.line >= first for trade in reading.trades)
    assert first <= 10, "trades from the start of the recording are missing"


def test_no_link_of_the_chain_is_missing_and_there_is_one_epoch(session):
    epochs = {message["epoch"] for message in session.by_name if message["op"] == "snap"}
    assert len(session.by_name) > 20_000
    assert len(epochs) == 1
    assert sum(message.get("n", 1) for message in session.by_name if message["op"] == "d") == sum(
        message["op"] == "d" for message in session.by_name
    ), "mode all never merges"


def test_an_instrument_that_is_not_there_yet_is_rejected_by_name_but_found_by_wildcard(session):
    assert session.before_first_data["subs"] == []
    assert session.before_first_data["rejected"][0]["code"] == "unknown_symbol"
    assert session.after_first_data["subs"][0]["symbol"] == SYMBOL
    assert session.wild.symbol == SYMBOL
    assert session.wild.state() == session.named.state()
    assert session.wild.seq == session.named.seq


def test_the_latest_features_over_rest_are_those_of_the_stream(session):
    stream, rest = session.named.state(), session.last_features
    assert rest["symbol"] == SYMBOL
    assert rest["seq"] == session.named.seq
    assert rest["epoch"] == session.named.epoch
    values = {name: entry["value"] for name, entry in rest["features"].items()}
    assert {name: values[name] for name in stream} == stream
